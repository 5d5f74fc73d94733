import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import type { HostMessage, SessionLimits, Statistics } from '../../app/protocol/messages.js';
import { writeGif } from '../fixtures/gif-writer.js';
import { type Bench, pictureInfo, withSession } from '../fixtures/raw-client.js';

const generation = 0;
const rect = { x: 0, y: 0, width: 4, height: 4 };
/** Bytes of a copy of `rect` by the fake addon. */
const copySize = 16;

async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn++) await setImmediate();
}

/** A decoder, 1, and the handle of a picture that it put out. */
async function decodedPicture({ client, binding }: Bench): Promise<number> {
  client.send({ type: 'open', codec: 1, kind: 'video-decoder' });
  client.send({ type: 'configure', codec: 1, generation, kind: 'video-decoder', config: { codec: 'vp8' } });
  await client.settle();
  binding.codec.emit({ type: 'configured', generation });
  binding.codec.emitPicture(9);
  return (await client.take('picture')).handle;
}

function copy({ client }: Bench, request: number, handle: number, offset = 0): void {
  const layout = offset === 0 ? null : [{ offset, stride: 1 }];
  client.send({ type: 'request', request, call: { method: 'copyPicture', handle, rect, format: null, layout } });
}

/** The requests that were answered, in order. */
function answered({ client }: Bench): number[] {
  const responses = client.received.filter((message): message is HostMessage & { type: 'response' } => {
    return message.type === 'response';
  });
  return responses.map(({ request }) => request);
}

const withCredit = (answerCredit: SessionLimits['answerCredit'], body: (bench: Bench) => Promise<void>) =>
  withSession({ answerCredit }, body);

describe('credit for answers', () => {
  test('no more copies are made than the client has taken, however many it asks for; they come in order', () =>
    withCredit({ count: 3, bytes: 10_000 }, async (bench) => {
      const { client } = bench;
      const handle = await decodedPicture(bench);
      const asked = Array.from({ length: 4000 }, (_, index) => index);
      for (const request of asked) copy(bench, request, handle);
      await turns();
      assert.deepEqual(answered(bench), [0, 1, 2]);
      await turns();
      assert.equal(answered(bench).length, 3);
      while (answered(bench).length < asked.length) {
        client.send({ type: 'answerTaken', count: 2, bytes: 2 * copySize });
        await turns(4);
      }
      assert.deepEqual(answered(bench), asked);
    }));

  test('bytes end it too; one copy of any size passes', () =>
    withCredit({ count: 100, bytes: 1000 }, async (bench) => {
      const handle = await decodedPicture(bench);
      for (const request of [1, 2, 3]) copy(bench, request, handle, 5000);
      await turns();
      assert.deepEqual(answered(bench), [1]);
      bench.client.send({ type: 'answerTaken', count: 1, bytes: 5001 });
      await turns();
      assert.deepEqual(answered(bench), [1, 2]);
    }));

  test('a codec works on while the answers wait', () =>
    withCredit({ count: 1, bytes: 1000 }, async (bench) => {
      const { client, binding } = bench;
      const handle = await decodedPicture(bench);
      for (const request of [1, 2]) copy(bench, request, handle);
      const chunk = { type: 'key' as const, timestamp: 5, duration: null, data: new Uint8Array(4) };
      binding.automatic = true;
      client.send({ type: 'decode', codec: 1, generation, chunk, alphaSideData: null });
      assert.equal((await client.take('picture')).info.timestamp, 5);
      assert.deepEqual(answered(bench), [1]);
    }));

  test('a copy that fails gives its credit back', () =>
    withCredit({ count: 1, bytes: 1000 }, async (bench) => {
      const { client, binding } = bench;
      const handle = await decodedPicture(bench);
      const open = binding.holdPool(new Error('no memory'));
      copy(bench, 1, handle);
      await turns();
      open();
      assert.equal((await client.take('refusal')).request, 1);
      copy(bench, 2, handle);
      await turns();
      assert.deepEqual(answered(bench), [2]);
    }));

  test('taken twice ends the session', () =>
    withCredit({ count: 1, bytes: 1000 }, async (bench) => {
      const { client } = bench;
      const handle = await decodedPicture(bench);
      copy(bench, 1, handle);
      await client.take('response');
      for (let time = 0; time < 2; time++) client.send({ type: 'answerTaken', count: 1, bytes: copySize });
      assert.match(await client.goodbye(), /More answers were taken/);
    }));

  test('a port that closes takes what waits for credit with it', () =>
    // withSession() sees to it that no picture is left.
    withCredit({ count: 1, bytes: 1000 }, async (bench) => {
      const { client, binding } = bench;
      const handle = await decodedPicture(bench);
      for (let request = 0; request < 100; request++) copy(bench, request, handle);
      client.send({ type: 'release', handles: [handle] });
      await turns();
      assert.equal(binding.livePictures, 1);
    }));
});

describe('a picture that a request waits for', () => {
  const statisticsOf = async ({ client }: Bench) => (await client.settle()) as Statistics;

  test('counts until it is copied, also when its handle is released before', () =>
    withSession({ pictures: 0 }, async (bench) => {
      const { client, binding } = bench;
      const handle = await decodedPicture(bench);
      const open = binding.holdPool();
      for (const request of [1, 2]) copy(bench, request, handle);
      client.send({ type: 'release', handles: [handle] });
      const { pictures, pictureBytes } = await statisticsOf(bench);
      assert.deepEqual([pictures, pictureBytes], [1, 1000]);
      const chunk = { type: 'key' as const, timestamp: 5, duration: null, data: new Uint8Array(4) };
      client.send({ type: 'decode', codec: 1, generation, chunk, alphaSideData: null });
      await turns();
      const isDecoding = () => binding.codec.calls.some(({ type }) => type === 'decode');
      assert.ok(!isDecoding(), 'the decoder waits as for a picture that is open');
      open();
      await turns();
      assert.ok(isDecoding(), 'and goes on behind the copies');
      for (const request of [1, 2]) assert.equal((await client.take('response')).request, request);
      assert.equal((await statisticsOf(bench)).pictures, 0);
    }));

  test('counts while it is transformed', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      const handle = await decodedPicture(bench);
      const open = binding.holdPool();
      const transform = {
        crop: null,
        rotation: 0,
        flip: false,
        width: 0,
        height: 0,
        fit: 'fill',
        format: null,
      } as const;
      const picture = { source: 'handle', info: pictureInfo(0), handle } as const;
      client.send({ type: 'request', request: 1, call: { method: 'transformPicture', picture, transform } });
      client.send({ type: 'release', handles: [handle] });
      assert.equal((await statisticsOf(bench)).pictureBytes, 1000);
      open();
      await client.take('response');
      assert.equal((await statisticsOf(bench)).pictures, 1, 'the new one');
    }));
});

describe('an image that is wanted in another size', () => {
  const data = writeGif({ width: 2, height: 2, frames: [{ pixels: 0 }] });

  /** How many of three decodes begin at once. */
  const begunAtOnce = (desired: number): Promise<number> => {
    let begun = 0;
    return withSession({ pictureBytes: 2 ** 20 }, async ({ client, binding }) => {
      const init = { format: 'gif', colorSpaceConversion: 'default', premultiply: false } as const;
      for (const image of [1, 2, 3]) {
        client.send({ type: 'openImage', image, init: { ...init, desiredWidth: desired, desiredHeight: desired } });
        const append = { method: 'appendImage', image, data, isLast: true } as const;
        client.send({ type: 'request', request: image, call: append });
        await client.take('response');
      }
      const open = binding.holdPool();
      for (const image of [1, 2, 3]) {
        const call = { method: 'decodeImage', image, track: 0, frame: 0 } as const;
        client.send({ type: 'request', request: 10 + image, call });
      }
      await turns();
      begun = binding.imagesDecoded;
      open();
      for (let image = 0; image < 3; image++) await client.take('response');
    }).then(() => begun);
  };

  test('counts with that size: large ones are made one after the other', async () => {
    assert.equal(await begunAtOnce(4), 3);
    assert.equal(await begunAtOnce(1024), 1);
  });

  test('of which there is none beyond limits.dimension: it counts with its own', async () => {
    assert.equal(await begunAtOnce(16385), 3);
  });
});

describe('a reset of an image', () => {
  const frames = Array.from({ length: 60 }, () => ({ pixels: 0, width: 1, height: 1 }));
  const data = writeGif({ width: 2, height: 2, loops: 0, frames });
  const init = { format: 'gif', colorSpaceConversion: 'default', premultiply: false, desiredWidth: 0 } as const;

  const openImage = async ({ client }: Bench) => {
    client.send({ type: 'openImage', image: 1, init: { ...init, desiredHeight: 0 } });
    client.send({ type: 'request', request: 1, call: { method: 'appendImage', image: 1, data, isLast: true } });
    await client.take('response');
  };
  const decode = ({ client }: Bench, request: number, frame: number) =>
    client.send({ type: 'request', request, call: { method: 'decodeImage', image: 1, track: 0, frame } });

  test('stops a decode after the frame that it is at, and those behind it', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openImage(bench);
      const open = binding.holdPool();
      for (const request of [2, 3]) decode(bench, request, 59);
      await turns();
      client.send({ type: 'resetImage', image: 1 });
      decode(bench, 4, 1);
      await turns();
      assert.equal(binding.imagesDecoded, 1);
      open();
      for (const request of [2, 3]) {
        const refusal = await client.take('refusal');
        assert.deepEqual([refusal.request, refusal.error.name], [request, 'AbortError']);
      }
      assert.equal((await client.take('response')).request, 4);
      assert.equal(binding.imagesDecoded, 2, 'what was drawn is drawn on');
    }));

  test('of one that was closed is passed over', () =>
    withSession({}, async ({ client }) => {
      client.send({ type: 'resetImage', image: 77 });
      await client.settle();
      assert.equal(client.count('goodbye'), 0);
    }));
});
