/** Clauses of all codec classes: construction, configuration, work. */
import { assert } from 'chai';
import { type Anchors, type Conformance, withCodec, workTimes } from './codec-situation.js';
import { assertIsError, assertRejects, assertThrows } from './harness.js';
import type { AnyCodec, Kind } from './kinds.js';

export function construction(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

export function configuration(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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

export function working(kind: Kind, anchors: Anchors, conformance: Conformance): void {
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
