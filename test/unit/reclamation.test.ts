/** https://w3c.github.io/webcodecs/#resource-reclamation, in a session over the fake addon. */
import assert from 'node:assert/strict';
import { describe, mock, test } from 'node:test';
import type { SessionLimits } from '../../app/protocol/messages.js';
import { type Bench, vp8, withSession } from '../fixtures/raw-client.js';

const generation = 0;

/** Runs the body with the monotonic clock in its hand. */
async function withClock(
  limits: Partial<SessionLimits>,
  body: (bench: Bench, pass: (milliseconds: number) => void) => Promise<void>,
): Promise<void> {
  let now = performance.now();
  const clock = mock.method(performance, 'now', () => now);
  try {
    await withSession(limits, (bench) => {
      bench.binding.automatic = true;
      return body(bench, (milliseconds) => {
        now += milliseconds;
      });
    });
  } finally {
    clock.mock.restore();
  }
}

async function openDecoder({ client }: Bench, codec: number): Promise<void> {
  client.send({ type: 'open', codec, kind: 'video-decoder' });
  client.send({ type: 'configure', codec, generation, kind: 'video-decoder', config: { codec: 'vp8' } });
  await client.settle();
}

function decode({ client }: Bench, codec: number): void {
  const chunk = { type: 'key' as const, timestamp: 0, duration: null, data: new Uint8Array(9) };
  client.send({ type: 'decode', codec, generation, chunk, alphaSideData: null });
}

const configured = ({ client }: Bench) =>
  client.received.flatMap((message) => (message.type === 'configured' ? [message.codec] : []));
const failures = ({ client }: Bench) =>
  client.received.flatMap((message) => (message.type === 'failed' ? [[message.codec, message.error.name]] : []));

describe('reclamation', () => {
  test('of the codec that was inactive for longest, for one that is configured', () =>
    withClock({ codecs: 3 }, async (bench, pass) => {
      for (const codec of [1, 2, 3]) {
        await openDecoder(bench, codec);
        pass(1000);
      }
      decode(bench, 1);
      await bench.client.settle();
      pass(10_000);
      await openDecoder(bench, 4);
      assert.deepEqual(failures(bench), [[2, 'QuotaExceededError']]);
      assert.deepEqual(configured(bench), [1, 2, 3, 4]);
      await openDecoder(bench, 5);
      assert.deepEqual(failures(bench).slice(1), [[3, 'QuotaExceededError']]);
      const [failed] = bench.client.received.filter((message) => message.type === 'failed');
      assert.match(failed?.type === 'failed' ? failed.error.message : '', /10 seconds.*limits\.codecs/);
    }));

  test('never of one that made progress within ten seconds: the new one fails', () =>
    withClock({ codecs: 2 }, async (bench, pass) => {
      await openDecoder(bench, 1);
      await openDecoder(bench, 2);
      pass(9_000);
      decode(bench, 1);
      decode(bench, 2);
      await bench.client.settle();
      pass(9_999);
      await openDecoder(bench, 3);
      assert.deepEqual(failures(bench), [[3, 'QuotaExceededError']]);
    }));

  test('never of one that was just given work, though it told nothing of it yet', () =>
    withClock({ codecs: 1 }, async (bench, pass) => {
      await openDecoder(bench, 1);
      pass(10_001);
      bench.binding.automatic = false;
      decode(bench, 1);
      await openDecoder(bench, 2);
      assert.deepEqual(failures(bench), [[2, 'QuotaExceededError']]);
    }));

  test('never for a configuration that is refused', () =>
    withClock({ codecs: 1, dimension: 1000 }, async (bench, pass) => {
      await openDecoder(bench, 1);
      pass(10_001);
      const config = { ...vp8, width: 1001 };
      bench.client.send({ type: 'open', codec: 2, kind: 'video-encoder' });
      bench.client.send({ type: 'configure', codec: 2, generation, kind: 'video-encoder', config });
      await bench.client.settle();
      assert.deepEqual(failures(bench), [[2, 'NotSupportedError']]);
    }));

  test('with one codec only, the new one waits for the end of the old one', () =>
    withClock({ codecs: 1 }, async (bench, pass) => {
      await openDecoder(bench, 1);
      pass(10_001);
      bench.client.send({ type: 'open', codec: 2, kind: 'video-encoder' });
      bench.client.send({ type: 'configure', codec: 2, generation, kind: 'video-encoder', config: vp8 });
      await bench.client.settle();
      await bench.client.settle();
      assert.deepEqual(failures(bench), [[1, 'QuotaExceededError']]);
      assert.deepEqual(configured(bench), [1, 2]);
    }));

  test('where codecs are winding down, no more wait for their end than may be open', () =>
    withClock({ codecs: 1 }, async (bench) => {
      await openDecoder(bench, 1);
      bench.binding.lingering = true;
      bench.client.send({ type: 'close', codec: 1 });
      for (const codec of [2, 3]) {
        bench.client.send({ type: 'open', codec, kind: 'video-encoder' });
        bench.client.send({ type: 'configure', codec, generation, kind: 'video-encoder', config: vp8 });
      }
      await bench.client.settle();
      assert.deepEqual(failures(bench), [[3, 'QuotaExceededError']]);
      assert.deepEqual(configured(bench), [1]);
      bench.binding.lingering = false;
      bench.binding.codec.end();
      await bench.client.settle();
      await bench.client.settle();
      assert.deepEqual(configured(bench), [1, 2]);
    }));

  test('of one that has no configuration is not told: it has nothing to lose', () =>
    withClock({ codecs: 1 }, async (bench) => {
      await openDecoder(bench, 1);
      bench.client.send({ type: 'reset', codec: 1, generation: 1 });
      await openDecoder(bench, 2);
      await bench.client.settle();
      assert.deepEqual(failures(bench), []);
      assert.deepEqual(configured(bench), [1, 2]);
      bench.client.send({ type: 'close', codec: 2 });
      bench.client.send({
        type: 'configure',
        codec: 1,
        generation: 1,
        kind: 'video-decoder',
        config: { codec: 'vp8' },
      });
      await bench.client.settle();
      await bench.client.settle();
      assert.deepEqual(configured(bench), [1, 2, 1]);
    }));

  test('keeps what the codec put out before it', () =>
    withClock({ codecs: 1, outputCredit: { count: 1, bytes: 1000 } }, async (bench, pass) => {
      await openDecoder(bench, 1);
      for (let count = 0; count < 2; count++) decode(bench, 1);
      await bench.client.settle();
      pass(10_001);
      await openDecoder(bench, 2);
      assert.deepEqual(failures(bench), []);
      bench.client.send({ type: 'outputTaken', codec: 1, count: 1, bytes: 0 });
      await bench.client.settle();
      const types = bench.client.received.flatMap(({ type }) =>
        type === 'picture' || type === 'failed' ? [type] : [],
      );
      assert.deepEqual(types, ['picture', 'picture', 'failed']);
      const handles = bench.client.received.flatMap((message) => (message.type === 'picture' ? [message.handle] : []));
      bench.client.send({ type: 'release', handles });
    }));
});
