/** Clauses of all codec classes: flush(), reset(), close(), and codecs that nobody holds. */
import { assert } from 'chai';
import { type Anchors, type Conformance, withCodec, workTimes } from './codec-situation.js';
import { assertRejects, assertThrows, nextTask, until } from './harness.js';
import type { AnyCodec, Kind } from './kinds.js';

export function flushing(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.flush,
    'is rejected with an InvalidStateError unless the codec is configured',
    withCodec(kind, async (recorded) => {
      await assertRejects('InvalidStateError', recorded.codec.flush());
      recorded.configure();
      recorded.codec.reset();
      await assertRejects('InvalidStateError', recorded.codec.flush());
      recorded.codec.close();
      await assertRejects('InvalidStateError', recorded.codec.flush());
    }),
  );

  conformance(anchors.flush, 'is rejected with a TypeError on something else', async ({ webcodecs }) => {
    const { flush } = kind.classOf(webcodecs).prototype;
    await assertRejects('TypeError', flush.call({} as AnyCodec));
  });

  conformance(
    anchors.flush,
    'resolves with undefined after all outputs of before, and without any work',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      assert.isUndefined(await recorded.codec.flush());
      workTimes(recorded, 3);
      const first = recorded.codec.flush().then((value) => {
        assert.isUndefined(value);
        return [...recorded.outputs];
      });
      recorded.work(0);
      const second = recorded.codec.flush();
      const earlier = await first;
      assert.deepEqual(earlier.slice(0, 3), [0, kind.step, 2 * kind.step]);
      await second;
      assert.equal(recorded.outputs.length, 4);
      assert.equal(recorded.codec.state, 'configured');
    }),
  );

  conformance(
    anchors.flush,
    'promises resolve in the order of the calls',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      const order: number[] = [];
      recorded.work(0);
      const flushes = [0, 1, 2].map((number) => recorded.codec.flush().then(() => order.push(number)));
      await Promise.all(flushes);
      assert.deepEqual(order, [0, 1, 2]);
    }),
  );
}

export function resetting(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.reset,
    'works without a configuration, not on a closed codec',
    withCodec(kind, (recorded) => {
      assert.isUndefined(recorded.codec.reset());
      assert.equal(recorded.codec.state, 'unconfigured');
      recorded.codec.close();
      assertThrows('InvalidStateError', () => recorded.codec.reset());
      assert.equal(recorded.codec.state, 'closed');
    }),
  );

  conformance(
    anchors.resetAlgorithm,
    'drops work, outputs and promises at once',
    withCodec(kind, async (recorded) => {
      let dequeued = 0;
      recorded.codec.ondequeue = () => {
        dequeued += 1;
      };
      recorded.configure();
      workTimes(recorded, 4);
      const flushed = recorded.codec.flush();
      recorded.codec.reset();
      assert.equal(recorded.codec.state, 'unconfigured');
      assert.equal(recorded.queueSize(), 0);
      await assertRejects('AbortError', flushed);
      await until('the event', () => dequeued === 1);
      recorded.configure();
      recorded.work(0);
      await recorded.codec.flush();
      assert.deepEqual(recorded.outputs, [0]);
      assert.deepEqual(recorded.errors, []);
    }),
  );

  conformance(
    anchors.resetAlgorithm,
    'schedules no event where nothing was queued',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      await recorded.codec.flush();
      recorded.codec.ondequeue = () => assert.fail('an event was fired');
      recorded.codec.reset();
      await nextTask();
      await nextTask();
    }),
  );

  conformance(
    anchors.resetAlgorithm,
    'what was under way does not show after it',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      workTimes(recorded, 8);
      await until('an output or an empty queue', () => recorded.outputs.length > 0 || recorded.queueSize() === 0);
      recorded.codec.reset();
      const { length } = recorded.outputs;
      recorded.configure();
      await recorded.codec.flush();
      assert.equal(recorded.outputs.length, length);
    }),
  );
}

export function closing(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.close,
    'is final, in every state once',
    withCodec(kind, (recorded) => {
      assert.isUndefined(recorded.codec.close());
      assert.equal(recorded.codec.state, 'closed');
      assertThrows('InvalidStateError', () => recorded.codec.close());
      assertThrows('InvalidStateError', () => recorded.configure());
    }),
  );

  conformance(
    anchors.closeAlgorithm,
    'drops work and outputs, aborts promises, and calls no error callback',
    withCodec(kind, async (recorded) => {
      let dequeued = 0;
      recorded.codec.ondequeue = () => {
        dequeued += 1;
      };
      recorded.configure();
      workTimes(recorded, 4);
      const flushed = recorded.codec.flush();
      recorded.codec.close();
      assert.equal(recorded.codec.state, 'closed');
      assert.equal(recorded.queueSize(), 0);
      await assertRejects('AbortError', flushed);
      await until('the event', () => dequeued === 1);
      assert.deepEqual(recorded.outputs, []);
      assert.deepEqual(recorded.errors, []);
    }),
  );

  if (!kind.canFail) return;
  const seen: string[] = [];
  conformance(
    anchors.closeAlgorithm,
    'an input that the codec fails on closes it with an EncodingError',
    withCodec(
      kind,
      async (recorded) => {
        seen.length = 0;
        recorded.configure();
        recorded.badWork();
        const flushed = recorded.codec.flush();
        void flushed.catch(() => seen.push('flush'));
        const reason = await assertRejects('EncodingError', flushed);
        await nextTask();
        assert.deepEqual(seen, ['closed', 'flush']);
        assert.equal(recorded.errors.length, 1);
        assert.strictEqual(recorded.errors[0], reason);
        assert.equal(recorded.queueSize(), 0);
        assertThrows('InvalidStateError', () => recorded.codec.close());
      },
      (get) => ({ error: () => seen.push(get().codec.state) }),
    ),
  );
}

export function lifetimes(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(anchors.close, 'a codec that nobody holds any more lets go of what it had in the host', async (env) => {
    const { collectGarbage } = env;
    if (!collectGarbage) return;
    const make = async () => {
      const recorded = await kind.record(env);
      recorded.configure();
      recorded.work(0);
      await recorded.codec.flush();
    };
    await make();
    // Anything that still points there from this turn's stack is gone in the next.
    for (let turn = 0; turn < 3; turn += 1) {
      await nextTask();
      collectGarbage();
    }
  });

  conformance(anchors.work, 'a codec that nobody holds finishes its work first', async (env) => {
    const outputs: number[] = [];
    const start = async () => {
      const recorded = await kind.record(env, { output: (timestamp) => outputs.push(timestamp) });
      recorded.configure();
      workTimes(recorded, 3);
      void recorded.codec.flush();
    };
    await start();
    env.collectGarbage?.();
    await until('all outputs', () => {
      env.collectGarbage?.();
      return outputs.length === 3;
    });
    for (let turn = 0; turn < 3; turn += 1) {
      await nextTask();
      env.collectGarbage?.();
    }
  });
}
