/** Clauses of all codec classes: the dequeue event and its handler. */
import { assert } from 'chai';
import { type Anchors, type Conformance, withCodec, workTimes } from './codec-situation.js';
import { nextTask, until } from './harness.js';
import type { Kind } from './kinds.js';

export function dequeueing(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.dequeue,
    'is a plain event, fired later, after the queue size fell',
    withCodec(kind, async (recorded) => {
      const events: Event[] = [];
      const sizes: number[] = [];
      recorded.codec.addEventListener('dequeue', (event) => {
        events.push(event);
        sizes.push(recorded.queueSize());
        assert.strictEqual(event.target, recorded.codec);
      });
      recorded.configure();
      workTimes(recorded, 4);
      assert.equal(events.length, 0);
      await recorded.codec.flush();
      await nextTask();
      assert.isAtLeast(events.length, 1);
      assert.isAtMost(events.length, 4);
      assert.equal(sizes.at(-1), 0);
      assert.isTrue(sizes.every((size) => size < 4));
      const [event] = events;
      assert.equal(event?.type, 'dequeue');
      assert.isFalse(event?.bubbles);
      assert.isFalse(event?.cancelable);
    }),
  );

  conformance(
    anchors.scheduleDequeue,
    'one event stands for all decreases of one task',
    withCodec(kind, async (recorded) => {
      let count = 0;
      recorded.codec.addEventListener('dequeue', () => {
        count += 1;
      });
      recorded.configure();
      workTimes(recorded, 3);
      recorded.codec.reset();
      recorded.configure();
      workTimes(recorded, 3);
      recorded.codec.reset();
      assert.equal(count, 0);
      await nextTask();
      await nextTask();
      assert.equal(count, 1);
    }),
  );

  conformance(
    anchors.scheduleDequeue,
    'a decrease within the event handler schedules no further event, one after it does',
    withCodec(kind, async (recorded) => {
      let count = 0;
      recorded.codec.addEventListener('dequeue', () => {
        count += 1;
        if (count > 1) return;
        recorded.configure();
        recorded.work(0);
        recorded.codec.reset();
      });
      recorded.configure();
      recorded.work(0);
      recorded.codec.reset();
      await nextTask();
      await nextTask();
      assert.equal(count, 1);
      recorded.configure();
      recorded.work(0);
      recorded.codec.reset();
      await until('the next event', () => count === 2);
    }),
  );

  conformance(
    anchors.ondequeue,
    'is called with the codec as `this`, keeps its place, and can be taken away',
    withCodec(kind, async ({ codec, configure, work }) => {
      const calls: string[] = [];
      codec.ondequeue = () => calls.push('replaced');
      codec.addEventListener('dequeue', () => calls.push('listener'));
      codec.ondequeue = function (this: unknown, event: Event) {
        assert.strictEqual(this, codec);
        assert.equal(event.type, 'dequeue');
        calls.push('handler');
      };
      const drop = async () => {
        const { length } = calls;
        configure();
        work(0);
        codec.reset();
        await until('a dequeue event', () => calls.length > length);
      };
      await drop();
      assert.deepEqual(calls, ['handler', 'listener']);
      codec.ondequeue = null;
      await drop();
      assert.deepEqual(calls, ['handler', 'listener', 'listener']);
      codec.ondequeue = () => calls.push('later');
      await drop();
      assert.deepEqual(calls.slice(3), ['listener', 'later']);
    }),
  );

  conformance(
    anchors.ondequeue,
    'keeps objects that can’t be called, without calling them, and takes other values for null',
    withCodec(kind, async ({ codec, configure, work }) => {
      const handler = () => undefined;
      codec.ondequeue = handler;
      assert.strictEqual(codec.ondequeue, handler);
      for (const other of [5, 'text', undefined, true]) {
        codec.ondequeue = other as never;
        assert.isNull(codec.ondequeue);
      }
      const object = {};
      codec.ondequeue = object as never;
      assert.strictEqual(codec.ondequeue as unknown, object);
      configure();
      work(0);
      codec.reset();
      await nextTask();
    }),
  );
}
