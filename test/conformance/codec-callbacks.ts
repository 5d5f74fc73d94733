/** Clauses of all codec classes: callbacks that throw, and callbacks that call the codec. */
import { assert } from 'chai';
import { type Anchors, type Conformance, withCodec, workTimes } from './codec-situation.js';
import { assertIsError, assertRejects, assertThrows, nextTask, until } from './harness.js';
import type { Kind } from './kinds.js';

export function callingBack(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.work,
    'the output callback gets no `this`, and what the specification gives it',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      recorded.work(0);
      await recorded.codec.flush();
      assert.deepEqual(recorded.calls, [{ receiver: undefined, count: kind.method === 'encode' ? 2 : 1 }]);
    }),
  );

  conformance(
    anchors.work,
    'an exception of the output callback is reported, and the codec goes on',
    withCodec(
      kind,
      async (recorded, env) => {
        const uncaught = await env.uncaught(async () => {
          recorded.configure();
          workTimes(recorded, 3);
          await recorded.codec.flush();
          await nextTask();
        });
        assert.deepEqual(
          uncaught.map((error) => (error as Error).message),
          ['from output', 'from output', 'from output'],
        );
        assert.equal(recorded.codec.state, 'configured');
        assert.equal(recorded.outputs.length, 3);
      },
      () => ({
        output: () => {
          throw new Error('from output');
        },
      }),
    ),
  );

  conformance(
    anchors.closeAlgorithm,
    'an exception of the error callback is reported',
    withCodec(
      kind,
      async (recorded, env) => {
        const uncaught = await env.uncaught(async () => {
          recorded.codec.configure(kind.unsupportedConfig);
          await assertRejects('NotSupportedError', recorded.codec.flush());
          await nextTask();
        });
        assert.deepEqual(
          uncaught.map((error) => (error as Error).message),
          ['from error'],
        );
        assert.equal(recorded.codec.state, 'closed');
      },
      () => ({
        error: () => {
          throw new Error('from error');
        },
      }),
    ),
  );

  conformance(
    anchors.closeAlgorithm,
    'within the error callback the codec is closed for every method',
    withCodec(
      kind,
      async (recorded) => {
        recorded.codec.configure(kind.unsupportedConfig);
        await assertRejects('NotSupportedError', recorded.codec.flush());
        assert.equal(recorded.errors.length, 1);
      },
      (get) => ({
        error: () => {
          const recorded = get();
          assertThrows('InvalidStateError', () => recorded.configure());
          assertThrows('InvalidStateError', () => recorded.work(0));
          assertThrows('InvalidStateError', () => recorded.codec.reset());
          assertThrows('InvalidStateError', () => recorded.codec.close());
          void recorded.codec.flush().catch((error) => assertIsError(error, 'InvalidStateError'));
        },
      }),
    ),
  );

  conformance(
    anchors.close,
    'close() within the output callback ends the outputs',
    withCodec(
      kind,
      async (recorded) => {
        recorded.configure();
        workTimes(recorded, 4);
        await assertRejects('AbortError', recorded.codec.flush());
        await nextTask();
        assert.deepEqual(recorded.outputs, [0]);
        assert.deepEqual(recorded.errors, []);
      },
      (get) => ({ output: () => get().codec.close() }),
    ),
  );

  conformance(
    anchors.reset,
    'reset() and a new beginning within the output callback',
    withCodec(
      kind,
      async (recorded) => {
        recorded.configure();
        workTimes(recorded, 4);
        await assertRejects('AbortError', recorded.codec.flush());
        await recorded.codec.flush();
        assert.deepEqual(recorded.outputs, [0, 0]);
      },
      (get) => ({
        output: () => {
          const recorded = get();
          if (recorded.outputs.length > 1) return;
          recorded.codec.reset();
          recorded.configure();
          recorded.work(0);
        },
      }),
    ),
  );

  let inner: Promise<unknown> | null = null;
  conformance(
    anchors.flush,
    'flush() and more work within the output callback',
    withCodec(
      kind,
      async (recorded) => {
        inner = null;
        recorded.configure();
        recorded.work(0);
        await recorded.codec.flush();
        await until('the inner flush()', () => inner !== null);
        await inner;
        assert.deepEqual(recorded.outputs, [0, 0]);
      },
      (get) => ({
        output: () => {
          const recorded = get();
          if (recorded.outputs.length > 1) return;
          recorded.work(0);
          inner = recorded.codec.flush();
        },
      }),
    ),
  );

  conformance(
    anchors.dequeue,
    'close() within the event, and an exception of a handler, which is reported',
    withCodec(kind, async (recorded, env) => {
      recorded.codec.ondequeue = () => {
        recorded.codec.close();
        throw new Error('from dequeue');
      };
      const uncaught = await env.uncaught(async () => {
        recorded.configure();
        workTimes(recorded, 4);
        await recorded.codec.flush().catch((error) => assertIsError(error, 'AbortError'));
        await until('the codec to be closed', () => recorded.codec.state === 'closed');
        await nextTask();
      });
      assert.equal((uncaught[0] as Error).message, 'from dequeue');
    }),
  );
}
