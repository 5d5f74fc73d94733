/** The clauses that hold for every codec class, under the anchors of each. */
import { assert } from 'chai';
import { assertIsError, assertRejects, assertThrows, type Env, nextTask, type Suite, until } from './harness.js';
import type { AnyCodec, Callbacks, Kind, Recorded } from './kinds.js';

type Conformance = Suite['conformance'];

/** Anchors of one class. */
function anchorsOf({ name, method }: Kind) {
  const lower = name.toLowerCase();
  return {
    constructor: `#dom-${lower}-${lower}`,
    init: `#dictdef-${lower}init`,
    state: `#dom-${lower}-state`,
    queueSize: `#dom-${lower}-${method}queuesize`,
    ondequeue: `#dom-${lower}-ondequeue`,
    dequeue: `#eventdef-${lower}-dequeue`,
    scheduleDequeue: `#${lower}-schedule-dequeue-event`,
    configure: `#dom-${lower}-configure`,
    work: `#dom-${lower}-${method}`,
    flush: `#dom-${lower}-flush`,
    reset: `#dom-${lower}-reset`,
    resetAlgorithm: `#reset-${lower}`,
    close: `#dom-${lower}-close`,
    closeAlgorithm: `#close-${lower}`,
  } as const;
}

type Anchors = ReturnType<typeof anchorsOf>;

/** Runs a body with a fresh codec, which is closed afterwards. */
function withCodec(
  kind: Kind,
  body: (recorded: Recorded, env: Env) => Promise<void> | void,
  callbacks: (get: () => Recorded) => Callbacks = () => ({}),
): (env: Env) => Promise<void> {
  return async (env) => {
    const box: { recorded?: Recorded } = {};
    const recorded = await kind.record(
      env,
      callbacks(() => box.recorded as Recorded),
    );
    box.recorded = recorded;
    try {
      await body(recorded, env);
    } finally {
      if (recorded.codec.state !== 'closed') recorded.codec.close();
    }
  };
}

function workTimes(recorded: Recorded, count: number): void {
  for (let index = 0; index < count; index += 1) recorded.work(index);
}

function construction(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(anchors.constructor, 'wants both callbacks, and `new`', ({ webcodecs }) => {
    const codecClass = kind.classOf(webcodecs);
    const callback = () => undefined;
    for (const init of [undefined, null, {}, 5, { output: callback }, { error: callback }]) {
      assertThrows('TypeError', () => new codecClass(init as never));
    }
    for (const other of [null, 'text', {}, []]) {
      assertThrows('TypeError', () => new codecClass({ output: other, error: callback }));
      assertThrows('TypeError', () => new codecClass({ output: callback, error: other }));
    }
    assertThrows('TypeError', () => new (codecClass as unknown as new () => AnyCodec)());
    assertThrows('TypeError', () =>
      (codecClass as unknown as (init: object) => void)({ output: callback, error: callback }),
    );
  });

  conformance(anchors.init, 'members are read once each, in lexicographical order', ({ webcodecs }) => {
    const read: string[] = [];
    const init = new Proxy({} as Record<string, unknown>, {
      get: (_, name) => {
        read.push(String(name));
        return () => undefined;
      },
    });
    new (kind.classOf(webcodecs))(init);
    assert.deepEqual(read, ['error', 'output']);
  });

  conformance(
    anchors.constructor,
    'makes an unconfigured codec without work and without a handler',
    withCodec(kind, (recorded) => {
      assert.equal(recorded.codec.state, 'unconfigured');
      assert.equal(recorded.queueSize(), 0);
      assert.isNull(recorded.codec.ondequeue);
      assert.instanceOf(recorded.codec, EventTarget);
      assert.equal(Object.prototype.toString.call(recorded.codec), `[object ${kind.name}]`);
    }),
  );
}

function configuration(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.configure,
    'throws a TypeError for an invalid configuration and changes nothing',
    withCodec(kind, async (recorded) => {
      for (const config of kind.invalidConfigs) assertThrows('TypeError', () => recorded.codec.configure(config));
      assertThrows('TypeError', () => recorded.codec.configure(undefined as never));
      assertThrows('TypeError', () => recorded.codec.configure(7 as never));
      assert.equal(recorded.codec.state, 'unconfigured');
      recorded.configure();
      for (const config of kind.invalidConfigs) assertThrows('TypeError', () => recorded.codec.configure(config));
      assert.equal(recorded.codec.state, 'configured');
      recorded.work(0);
      await recorded.codec.flush();
      assert.isAtLeast(recorded.outputs.length, 1);
      assert.deepEqual(recorded.errors, []);
    }),
  );

  conformance(
    anchors.configure,
    'checks the configuration before the state',
    withCodec(kind, (recorded) => {
      recorded.codec.close();
      for (const config of kind.invalidConfigs) assertThrows('TypeError', () => recorded.codec.configure(config));
      assertThrows('InvalidStateError', () => recorded.configure());
      assertThrows('InvalidStateError', () => recorded.codec.configure(kind.unsupportedConfig));
      assert.equal(recorded.codec.state, 'closed');
    }),
  );

  conformance(
    anchors.configure,
    'sets the state at once and returns nothing',
    withCodec(kind, (recorded) => {
      assert.isUndefined(recorded.configure());
      assert.equal(recorded.codec.state, 'configured');
    }),
  );

  const states: string[] = [];
  conformance(
    anchors.configure,
    'an unsupported configuration closes the codec with a NotSupportedError, later',
    withCodec(
      kind,
      async (recorded) => {
        states.length = 0;
        recorded.codec.configure(kind.unsupportedConfig);
        assert.equal(recorded.codec.state, 'configured');
        recorded.work(0);
        const flushed = recorded.codec.flush();
        await Promise.resolve();
        assert.deepEqual(recorded.errors, []);
        const reason = await assertRejects('NotSupportedError', flushed);
        assert.equal(recorded.errors.length, 1);
        assertIsError(recorded.errors[0], 'NotSupportedError');
        assert.strictEqual(reason, recorded.errors[0]);
        assert.deepEqual(states, ['closed']);
        assert.equal(recorded.queueSize(), 0);
        assert.deepEqual(recorded.outputs, []);
      },
      (get) => ({ error: () => states.push(get().codec.state) }),
    ),
  );

  conformance(
    anchors.configure,
    'a later configuration takes effect after the work that was there before',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      recorded.work(0);
      recorded.configure();
      recorded.work(0);
      recorded.work(1);
      await recorded.codec.flush();
      assert.deepEqual(recorded.outputs, [0, 0, kind.step]);
    }),
  );
}

function working(kind: Kind, anchors: Anchors, conformance: Conformance): void {
  conformance(
    anchors.work,
    'throws an InvalidStateError unless the codec is configured',
    withCodec(kind, (recorded) => {
      assertThrows('InvalidStateError', () => recorded.work(0));
      recorded.configure();
      recorded.codec.reset();
      assertThrows('InvalidStateError', () => recorded.work(0));
      recorded.codec.close();
      assertThrows('InvalidStateError', () => recorded.work(0));
      assert.equal(recorded.queueSize(), 0);
    }),
  );

  conformance(
    anchors.work,
    'converts its arguments before it looks at the state',
    withCodec(kind, (recorded) => {
      for (const state of ['unconfigured', 'configured', 'closed']) {
        if (state === 'configured') recorded.configure();
        if (state === 'closed') recorded.codec.close();
        assert.equal(recorded.codec.state, state);
        assertThrows('TypeError', () => recorded.give());
        for (const other of [undefined, null, 1, {}, new Uint8Array(8)]) {
          assertThrows('TypeError', () => recorded.give(other));
        }
      }
    }),
  );

  conformance(
    anchors.queueSize,
    'counts what was not taken up, at once, and falls to 0',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      for (let index = 0; index < 5; index += 1) {
        assert.equal(recorded.queueSize(), index);
        assert.isUndefined(recorded.work(index));
      }
      assert.equal(recorded.queueSize(), 5);
      await recorded.codec.flush();
      assert.equal(recorded.queueSize(), 0);
    }),
  );

  conformance(
    anchors.work,
    'gives outputs later, one for each input, in order',
    withCodec(kind, async (recorded) => {
      recorded.configure();
      workTimes(recorded, 6);
      assert.deepEqual(recorded.outputs, []);
      await recorded.codec.flush();
      assert.deepEqual(
        recorded.outputs,
        [0, 1, 2, 3, 4, 5].map((index) => index * kind.step),
      );
    }),
  );
}

function dequeueing(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

function flushing(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

function resetting(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

function closing(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

function callingBack(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

function lifetimes(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

/** Adds the clauses that all four classes share. */
export function addCodecClauses(kind: Kind, { conformance }: Suite): void {
  const anchors = anchorsOf(kind);
  for (const add of [
    construction,
    configuration,
    working,
    dequeueing,
    flushing,
    resetting,
    closing,
    callingBack,
    lifetimes,
  ]) {
    add(kind, anchors, conformance);
  }
}
