import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { protocolVersion, type Statistics } from '../../app/protocol/messages.js';
import { type Bench, openBench, pictureInfo, vp8, withSession } from '../fixtures/raw-client.js';

const generation = 0;

/** Opens codec 1 and configures it; the fake addon has confirmed when this resolves. */
async function openDecoder({ client, binding }: Bench): Promise<void> {
  client.send({ type: 'open', codec: 1, kind: 'video-decoder' });
  client.send({ type: 'configure', codec: 1, generation, kind: 'video-decoder', config: { codec: 'vp8' } });
  await client.settle();
  if (!binding.automatic) binding.codec.emit({ type: 'configured', generation });
  await client.take('configured');
}

async function openEncoder({ client, binding }: Bench): Promise<void> {
  client.send({ type: 'open', codec: 1, kind: 'video-encoder' });
  client.send({ type: 'configure', codec: 1, generation, kind: 'video-encoder', config: vp8 });
  await client.settle();
  if (!binding.automatic) binding.codec.emit({ type: 'configured', generation });
  await client.take('configured');
}

function decode(timestamp: number, size = 10, ofGeneration = generation) {
  const chunk = { type: 'key' as const, timestamp, duration: null, data: new Uint8Array(size) };
  return { type: 'decode' as const, codec: 1, generation: ofGeneration, chunk, alphaSideData: null };
}

function encode(timestamp: number, handle?: number) {
  const info = pictureInfo(timestamp);
  const picture =
    handle === undefined
      ? { source: 'bytes' as const, info, layout: null, data: new Uint8Array(384) }
      : { source: 'handle' as const, info, handle };
  const options = { keyFrame: timestamp === 0, quantizer: null };
  return { type: 'encodeVideo' as const, codec: 1, generation, picture, ...options };
}

const statistics = async ({ client }: Bench) => (await client.settle()) as Statistics;
const decodedTimes = ({ binding }: Bench) =>
  binding.codec.calls.flatMap((call) => (call.type === 'decode' ? [call.chunk.timestamp] : []));

describe('a session', () => {
  test('answers hello with its limits', async () => {
    const { client, session } = openBench({ codecs: 3 });
    client.send({ type: 'hello', version: protocolVersion });
    const hello = await client.take('hello');
    assert.equal(hello.version, protocolVersion);
    assert.equal(hello.limits.codecs, 3);
    client.close();
    await session.ended;
  });

  test('encodes what it is sent and gives outputs, dequeues and flush in order', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      binding.automatic = true;
      await openEncoder(bench);
      client.send(encode(0));
      client.send(encode(100));
      client.send({ type: 'flush', codec: 1, generation, flush: 7 });
      assert.equal((await client.take('flushed')).flush, 7);
      assert.deepEqual(
        client.received.map((message) => message.type),
        ['dequeued', 'chunk', 'dequeued', 'chunk'],
      );
      assert.deepEqual(
        binding.codec.calls.flatMap((call) => (call.type === 'encodeVideo' ? [[call.timestamp, call.keyFrame]] : [])),
        [
          [0, true],
          [100, false],
        ],
      );
      assert.equal(binding.livePictures, 0);
    }));

  test('keeps decoded pictures behind handles until they are released', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      binding.codec.emitPicture(40);
      const { handle, info } = await client.take('picture');
      assert.equal(info.timestamp, 40);
      assert.deepEqual(info.colorSpace, { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false });
      assert.equal((await statistics(bench)).pictureBytes, 1000);
      client.send({
        type: 'request',
        request: 5,
        call: { method: 'copyPicture', handle, rect: { x: 0, y: 0, width: 4, height: 4 }, format: null, layout: null },
      });
      assert.deepEqual((await client.take('response')).result, { data: new Uint8Array(16).fill(40) });
      client.send({ type: 'release', handles: [handle, handle, 12345] });
      assert.equal((await statistics(bench)).pictures, 0);
      assert.equal(binding.livePictures, 0);
    }));

  test('encodes a picture that lives in it, though its handle is released right after', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      binding.codec.emitPicture(40);
      const { handle } = await client.take('picture');
      client.send({ type: 'open', codec: 2, kind: 'video-encoder' });
      client.send({ type: 'configure', codec: 2, generation, kind: 'video-encoder', config: vp8 });
      client.send({ ...encode(77, handle), codec: 2 });
      client.send({ type: 'release', handles: [handle] });
      const { bytesReceived } = await statistics(bench);
      assert.equal(bytesReceived, 0, 'no pixels crossed');
      assert.ok(binding.codec.calls.some((call) => call.type === 'encodeVideo' && call.timestamp === 77));
    }));

  for (const change of [
    {},
    { timestamp: 41 },
    { duration: 33 },
    { visibleRect: { x: 2, y: 0, width: 8, height: 8 } },
    { visibleRect: { x: 0, y: 2, width: 8, height: 8 } },
    { visibleRect: { x: 0, y: 0, width: 6, height: 8 } },
    { visibleRect: { x: 0, y: 0, width: 8, height: 6 } },
    { displayWidth: 20 },
    { displayHeight: 20 },
    { rotation: 90 as const },
    { flip: true },
  ]) {
    test(`encodes a picture that lives in it as the client sees it: ${JSON.stringify(change)}`, () =>
      withSession({}, async (bench) => {
        const { client, binding } = bench;
        await openDecoder(bench);
        const whole = binding.picture(40);
        const picture = whole.clone({ visibleRect: { x: 0, y: 0, width: 8, height: 8 } });
        whole.close();
        binding.codec.emit({ type: 'picture', generation, picture, info: picture.info });
        const { handle, info } = await client.take('picture');
        client.send({ type: 'open', codec: 2, kind: 'video-encoder' });
        client.send({ type: 'configure', codec: 2, generation, kind: 'video-encoder', config: vp8 });
        client.send({
          ...encode(40, handle),
          codec: 2,
          picture: { source: 'handle', info: { ...info, ...change }, handle },
        });
        await client.settle();
        const { color: _, ...given } = binding.codec.encoded[0] ?? assert.fail('nothing was encoded');
        const { colorSpace: __, ...seen } = { ...info, ...change };
        assert.deepEqual(given, seen);
        assert.equal(binding.livePictures, 1, 'what was made for the encoder is closed, the picture itself is not');
      }));
  }

  test('counts a picture that waits to be encoded, though its handle is released, until the codec takes it up', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      client.send({ type: 'open', codec: 2, kind: 'video-encoder' });
      client.send({ type: 'configure', codec: 2, generation, kind: 'video-encoder', config: vp8 });
      const [decoder] = binding.codecs;
      for (const time of [1, 2, 3]) {
        decoder?.emitPicture(time);
        const { handle } = await client.take('picture');
        client.send({ ...encode(time, handle), codec: 2 });
        client.send({ type: 'release', handles: [handle] });
      }
      assert.equal((await statistics(bench)).pictureBytes, 3000);
      binding.codec.emit({ type: 'dequeued', generation, count: 2 });
      await client.take('dequeued');
      assert.equal((await statistics(bench)).pictureBytes, 1000);
      client.send({ type: 'reset', codec: 2, generation: 1 });
      assert.equal((await statistics(bench)).pictureBytes, 0);
    }));

  test('answers copies of released pictures that were asked for before', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      binding.codec.emitPicture(9);
      const { handle } = await client.take('picture');
      const call = {
        method: 'copyPicture' as const,
        handle,
        rect: { x: 0, y: 0, width: 1, height: 1 },
        format: null,
        layout: null,
      };
      for (let request = 0; request < 50; request++) client.send({ type: 'request', request, call });
      client.send({ type: 'release', handles: [handle] });
      client.send({ type: 'request', request: 50, call });
      for (let request = 0; request < 50; request++) assert.equal((await client.answer(request)).type, 'response');
      const refusal = await client.answer(50);
      assert.match(refusal.type === 'refusal' ? refusal.error.message : refusal.type, /not open/);
    }));

  test('knows no picture of another session', () =>
    withSession({}, async (owner) => {
      owner.binding.automatic = true;
      await openDecoder(owner);
      owner.client.send(decode(0));
      const { handle } = await owner.client.take('picture');
      await withSession({}, async ({ client }) => {
        const rect = { x: 0, y: 0, width: 1, height: 1 };
        const call = { method: 'copyPicture', handle, rect, format: null, layout: null } as const;
        client.send({ type: 'request', request: 1, call });
        const answer = await client.answer(1);
        assert.match(answer.type === 'refusal' ? answer.error.message : answer.type, /not open/);
        client.send({ type: 'release', handles: [handle] });
        client.send({ type: 'open', codec: 1, kind: 'video-encoder' });
        client.send({ type: 'configure', codec: 1, generation, kind: 'video-encoder', config: vp8 });
        client.send(encode(0, handle));
        assert.match(await client.goodbye(), /not open/);
      });
      assert.equal((await statistics(owner)).pictures, 1);
    }));

  test('detaches what it sends through a port that can transfer', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openEncoder(bench);
      const data = new Uint8Array(64);
      const chunk = { type: 'key' as const, timestamp: 0, duration: null, data };
      binding.codec.emit({
        type: 'chunk',
        generation,
        chunk,
        decoderConfig: null,
        temporalLayerId: null,
        alphaSideData: null,
      });
      assert.equal((await client.take('chunk')).chunk.data.byteLength, 64);
      assert.equal(data.byteLength, 0);
    }));

  test('sends a view of a pool without its pool', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openEncoder(bench);
      const data = new Uint8Array(new ArrayBuffer(8192), 100, 5);
      const chunk = { type: 'key' as const, timestamp: 0, duration: null, data };
      binding.codec.emit({
        type: 'chunk',
        generation,
        chunk,
        decoderConfig: null,
        temporalLayerId: null,
        alphaSideData: data,
      });
      const message = await client.take('chunk');
      assert.equal(message.chunk.data.buffer.byteLength, 5);
      assert.equal(message.alphaSideData?.buffer.byteLength, 5);
    }));

  test('frees everything when the port closes in the middle', async () => {
    const bench = openBench();
    const { client, binding, session } = bench;
    client.send({ type: 'hello', version: protocolVersion });
    await openDecoder(bench);
    const openPool = binding.holdPool();
    binding.codec.emitPicture(1);
    const { handle } = await client.take('picture');
    client.send({
      type: 'request',
      request: 1,
      call: {
        method: 'copyPicture',
        handle,
        rect: { x: 0, y: 0, width: 1, height: 1 },
        format: null,
        layout: null,
      },
    });
    client.send(decode(2));
    await new Promise((resolve) => setTimeout(resolve, 20));
    client.close();
    binding.codec.emitPicture(3);
    openPool();
    await session.ended;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.deepEqual(binding.statistics(), { codecs: 0, pictures: 0 });
  });
});

describe('credit for outputs', () => {
  test('beyond it they wait in order, and the codec gets no more work', () =>
    withSession({ outputCredit: { count: 2, bytes: 1000 } }, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      for (const time of [0, 1, 2, 3]) binding.codec.emitPicture(time);
      binding.codec.emit({ type: 'flushed', generation, flush: 1 });
      await client.settle();
      client.send(decode(0));
      await client.settle();
      assert.equal(client.count('picture'), 2);
      assert.equal(client.count('flushed'), 0);
      assert.deepEqual(decodedTimes(bench), []);
      client.send({ type: 'outputTaken', codec: 1, count: 1, bytes: 0 });
      await client.settle();
      assert.equal(client.count('picture'), 3);
      client.send({ type: 'outputTaken', codec: 1, count: 2, bytes: 0 });
      await client.settle();
      const times = client.received.map((message) =>
        message.type === 'picture' ? message.info.timestamp : message.type,
      );
      assert.deepEqual(times, [0, 1, 2, 3, 'flushed']);
      assert.deepEqual(decodedTimes(bench), [0]);
    }));

  test('counts bytes too, and lets one output of any size pass', () =>
    withSession({ outputCredit: { count: 10, bytes: 100 } }, async (bench) => {
      const { client, binding } = bench;
      await openEncoder(bench);
      binding.codec.emitChunk(0, 5000);
      binding.codec.emitChunk(1, 10);
      await client.settle();
      assert.equal(client.count('chunk'), 1);
      client.send({ type: 'outputTaken', codec: 1, count: 1, bytes: 5000 });
      await client.settle();
      assert.equal(client.count('chunk'), 2);
    }));

  test('is due also for outputs that a reset overtook; nothing that waited before it surfaces', () =>
    withSession({ outputCredit: { count: 1, bytes: 1000 } }, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      for (const time of [0, 1, 2]) binding.codec.emitPicture(time);
      await client.settle();
      assert.equal(client.count('picture'), 1);
      client.send({ type: 'reset', codec: 1, generation: 1 });
      client.send({ type: 'configure', codec: 1, generation: 1, kind: 'video-decoder', config: { codec: 'vp8' } });
      await client.settle();
      binding.codec.emitPicture(3, 0);
      binding.codec.emitPicture(4, 1);
      await client.settle();
      assert.equal(client.count('picture'), 1);
      client.send({ type: 'outputTaken', codec: 1, count: 1, bytes: 0 });
      await client.settle();
      const times = client.received.flatMap((message) => (message.type === 'picture' ? [message.info.timestamp] : []));
      assert.deepEqual(times, [0, 4]);
      assert.equal((await statistics(bench)).pictures, 2);
    }));
});

describe('credit for work', () => {
  test('comes back as the codec takes work up', () =>
    withSession({ workCredit: { count: 2, bytes: 1000 } }, async (bench) => {
      const { client, binding } = bench;
      binding.automatic = true;
      await openDecoder(bench);
      for (let time = 0; time < 20; time += 2) {
        client.send(decode(time));
        client.send(decode(time + 1));
        for (let taken = 0; taken < 2; ) taken += (await client.take('dequeued')).count;
        for (let output = 0; output < 2; output++) await client.take('picture');
        client.send({ type: 'outputTaken', codec: 1, count: 2, bytes: 0 });
      }
      assert.equal(decodedTimes(bench).length, 20);
    }));

  for (const [name, sizes] of [
    ['count', [10, 10, 10]],
    ['bytes', [600, 600, 1]],
  ] as const) {
    test(`overdrawn by ${name} ends the session`, async () => {
      const bench = openBench({ workCredit: { count: 2, bytes: name === 'count' ? 1000 : 700 } });
      bench.client.send({ type: 'hello', version: protocolVersion });
      await openDecoder(bench);
      for (const size of sizes) bench.client.send(decode(0, size));
      assert.match(await bench.client.goodbye(), /more work than its credit/);
      await bench.session.ended;
      assert.deepEqual(bench.binding.statistics(), { codecs: 0, pictures: 0 });
    });
  }

  test('is whole again after a reset', () =>
    withSession({ workCredit: { count: 1, bytes: 1000 } }, async (bench) => {
      const { client } = bench;
      await openDecoder(bench);
      client.send(decode(0));
      client.send({ type: 'reset', codec: 1, generation: 1 });
      client.send({ type: 'configure', codec: 1, generation: 1, kind: 'video-decoder', config: { codec: 'vp8' } });
      client.send(decode(1, 10, 1));
      await client.settle();
      assert.equal(client.count('goodbye'), 0);
    }));
});

describe('limits', () => {
  for (const limits of [{ pictureBytes: 2500 }, { pictures: 2 }]) {
    const limit = Object.keys(limits).join();
    test(`${limit}: a decoder waits while too many pictures are held, and goes on when they are released`, () =>
      withSession(limits, async (bench) => {
        const { client, binding } = bench;
        binding.automatic = true;
        await openDecoder(bench);
        for (const time of [0, 1, 2]) client.send(decode(time));
        const handles = [];
        for (let count = 0; count < 3; count++) handles.push((await client.take('picture')).handle);
        client.send(decode(3));
        client.send({ type: 'flush', codec: 1, generation, flush: 1 });
        await client.settle();
        assert.deepEqual(decodedTimes(bench), [0, 1, 2]);
        assert.equal(client.count('flushed'), 0);
        client.send({ type: 'release', handles });
        await client.take('flushed');
        assert.deepEqual(decodedTimes(bench), [0, 1, 2, 3]);
      }));
  }

  test('a client that sends more messages a second than it may is told, and loses its session', () =>
    withSession({ messagesPerSecond: 100 }, async ({ client, session }) => {
      for (let id = 1; id <= 2000; id++) client.send({ type: 'open', codec: id, kind: 'video-encoder' });
      assert.match(await client.goodbye(), /100 messages a second \(limits\.messagesPerSecond\)/);
      await client.ended();
      assert.match(session.fault ?? '', /messagesPerSecond/);
    }));

  test('a client that stays below its messages a second keeps its session, however many these come to', () =>
    withSession({ messagesPerSecond: 100 }, async ({ client }) => {
      const begun = performance.now();
      for (let id = 1; id <= 140; id++) {
        client.send({ type: 'open', codec: id, kind: 'video-encoder' });
        const due = begun + id * 12;
        while (performance.now() < due) await new Promise((resolve) => setTimeout(resolve, 2));
      }
      assert.equal(client.count('goodbye'), 0);
    }));

  test('a video decoder is not given more than it can begin soon', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      for (let time = 0; time < 20; time++) client.send(decode(time));
      await client.settle();
      assert.equal(decodedTimes(bench).length, 8);
      binding.codec.emit({ type: 'dequeued', generation, count: 3 });
      await client.settle();
      assert.equal(decodedTimes(bench).length, 11);
    }));

  test('configurations go to the codec one by one, and what waits for it does not grow without end', () =>
    withSession({ workCredit: { count: 4, bytes: 1000 } }, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      const configure = (ofGeneration: number) => {
        const config = { codec: 'vp8', description: new Uint8Array(400) };
        client.send({ type: 'configure', codec: 1, generation: ofGeneration, kind: 'video-decoder', config });
      };
      const configured = () => binding.codec.calls.filter((call) => call.type === 'configure').length;
      for (let count = 0; count < 3; count++) configure(generation);
      await client.settle();
      assert.equal(configured(), 2);
      binding.codec.emit({ type: 'configured', generation });
      await client.settle();
      assert.equal(configured(), 3);
      for (let count = 0; count < 4; count++) configure(generation);
      assert.equal((await client.take('failed')).error.name, 'QuotaExceededError');
      client.send({ type: 'reset', codec: 1, generation: 1 });
      for (let count = 0; count < 2; count++) configure(1);
      for (let flush = 0; flush < 5000; flush++) client.send({ type: 'flush', codec: 1, generation: 1, flush });
      assert.equal((await client.take('failed')).error.name, 'QuotaExceededError');
    }));

  test('one codec too many fails with a QuotaExceededError, the others go on', () =>
    withSession({ codecs: 2 }, async (bench) => {
      const { client, binding } = bench;
      binding.automatic = true;
      for (const codec of [1, 2, 3]) {
        client.send({ type: 'open', codec, kind: 'video-encoder' });
        client.send({ type: 'configure', codec, generation, kind: 'video-encoder', config: vp8 });
      }
      const failed = await client.take('failed');
      assert.equal(failed.codec, 3);
      assert.equal(failed.error.name, 'QuotaExceededError');
      client.send({ ...encode(0), codec: 2 });
      assert.equal((await client.take('chunk')).codec, 2);
      client.send({ type: 'close', codec: 1 });
      client.send({ type: 'reset', codec: 3, generation: 1 });
      client.send({ type: 'configure', codec: 3, generation: 1, kind: 'video-encoder', config: vp8 });
      for (let count = 0; count < 3; count++) await client.take('configured');
    }));

  test('hundreds of codecs opened and closed at once never have more threads than twice the limit', () =>
    withSession({ codecs: 4 }, async (bench) => {
      const { client, binding } = bench;
      binding.automatic = true;
      for (let codec = 1; codec <= 300; codec++) {
        client.send({ type: 'open', codec, kind: 'video-encoder' });
        client.send({ type: 'configure', codec, generation, kind: 'video-encoder', config: vp8 });
        client.send({ ...encode(0), codec });
        if (codec < 300) client.send({ type: 'close', codec });
      }
      assert.equal((await client.take('chunk')).codec, 300);
      assert.ok(binding.mostCodecs <= 8, `${binding.mostCodecs} codecs`);
      assert.equal(client.count('failed'), 0);
    }));

  test('a frame beyond the dimension limit fails its codec and no other', () =>
    withSession({ dimension: 100 }, async (bench) => {
      const { client } = bench;
      await openEncoder(bench);
      const large = encode(0);
      client.send({ ...large, picture: { ...large.picture, info: { ...pictureInfo(0), codedWidth: 101 } } });
      assert.match((await client.take('failed')).error.message, /101×16/);
      assert.equal((await statistics(bench)).codecs, 0);
    }));
});

describe('a codec', () => {
  test('whose native queue is full fails with the error that it refuses with', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      const full = Object.assign(new Error('1024 commands wait.'), { name: 'QuotaExceededError' });
      const error = { name: 'QuotaExceededError', message: '1024 commands wait.' };
      await openEncoder(bench);
      binding.codec.refusal = full;
      client.send(encode(0));
      assert.deepEqual((await client.take('failed')).error, error);
    }));

  test('that refuses a new configuration fails with the error that it refuses with', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openEncoder(bench);
      binding.codec.refusal = Object.assign(new Error('It is closed.'), { name: 'OperationError' });
      client.send({ type: 'configure', codec: 1, generation, kind: 'video-encoder', config: vp8 });
      assert.equal((await client.take('failed')).error.name, 'OperationError');
    }));

  test('that is asked for a configuration it can not have fails with the reason', () =>
    withSession({}, async (bench) => {
      const { client } = bench;
      client.send({ type: 'open', codec: 1, kind: 'video-encoder' });
      client.send({
        type: 'configure',
        codec: 1,
        generation,
        kind: 'video-encoder',
        config: { ...vp8, codec: 'vp9' },
      });
      client.send(encode(0));
      const { error } = await client.take('failed');
      assert.deepEqual(error, { name: 'NotSupportedError', message: '"vp9" names no video codec that is known here.' });
      await client.settle();
      assert.equal(client.count('failed') + client.count('goodbye'), 0);
    }));

  test('that failed drops what is still sent, and works again after a reset', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      await openEncoder(bench);
      binding.codec.emit({
        type: 'failed',
        generation,
        error: { name: 'EncodingError', message: 'avcodec_send_frame' },
      });
      assert.equal((await client.take('failed')).error.message, 'avcodec_send_frame');
      client.send(encode(0));
      client.send({ type: 'flush', codec: 1, generation, flush: 1 });
      await client.settle();
      assert.ok(!binding.codec.calls.some((call) => call.type === 'encodeVideo' || call.type === 'flush'));
      client.send({ type: 'reset', codec: 1, generation: 1 });
      client.send({ type: 'configure', codec: 1, generation: 1, kind: 'video-encoder', config: vp8 });
      client.send({ ...encode(0), generation: 1 });
      await client.settle();
      assert.ok(binding.codec.calls.some((call) => call.type === 'encodeVideo'));
    }));

  test('given pixels that do not fit their layout fails, and the session goes on', () =>
    withSession({}, async (bench) => {
      const { client } = bench;
      await openEncoder(bench);
      const short = encode(0);
      client.send({
        ...short,
        picture: { source: 'bytes', info: pictureInfo(0), layout: null, data: new Uint8Array(3) },
      });
      const { error } = await client.take('failed');
      assert.equal(error.name, 'EncodingError');
      assert.match(error.message, /data must hold/);
      await client.settle();
      assert.equal(client.count('goodbye'), 0);
    }));

  test('closed with work in every queue lets go of all of it', () =>
    withSession({ outputCredit: { count: 1, bytes: 1000 } }, async (bench) => {
      const { client, binding } = bench;
      await openEncoder(bench);
      binding.codec.emitChunk(0, 1);
      binding.codec.emitChunk(1, 1);
      await client.settle();
      for (let time = 0; time < 5; time++) client.send(encode(time));
      await client.settle();
      assert.equal(binding.livePictures, 5);
      client.send({ type: 'close', codec: 1 });
      await client.settle();
      assert.deepEqual(binding.statistics(), { codecs: 0, pictures: 0 });
    }));
});

describe('isConfigSupported', () => {
  test('asks the addon once per configuration, whatever the order of its members', () =>
    withSession({}, async (bench) => {
      const { client, binding } = bench;
      const ask = async (config: typeof vp8) => {
        const call = { method: 'isConfigSupported' as const, kind: 'video-encoder' as const, config };
        client.send({ type: 'request', request: 1, call });
        return (await client.take('response')).result;
      };
      assert.deepEqual(await ask({ codec: 'vp8', width: 16, height: 16 }), { supported: true, reason: null });
      binding.probeError = { name: 'NotSupportedError', message: 'no such encoder' };
      await ask({ height: 16, width: 16, codec: 'vp8' });
      assert.equal(binding.probes.length, 1);
      assert.deepEqual(await ask({ codec: 'vp8', width: 32, height: 16 }), {
        supported: false,
        reason: 'no such encoder',
      });
      assert.equal(binding.probes.length, 2);
      const unknown = await ask({ codec: 'h264', width: 32, height: 16 });
      assert.deepEqual(unknown, { supported: false, reason: '"h264" names no video codec that is known here.' });
      assert.equal(binding.probes.length, 2);
    }));

  test('makes copies one after the other where their layout takes much memory', () =>
    withSession({ pictureBytes: 1000 }, async (bench) => {
      const { client, binding } = bench;
      await openDecoder(bench);
      binding.codec.emitPicture(9);
      const { handle } = await client.take('picture');
      const open = binding.holdPool();
      const rect = { x: 0, y: 0, width: 1, height: 1 };
      const call = { method: 'copyPicture' as const, handle, rect, format: null, layout: [{ offset: 800, stride: 1 }] };
      for (const request of [1, 2]) client.send({ type: 'request', request, call });
      client.send({ type: 'request', request: 3, call: { method: 'versions' } });
      for (let turn = 0; turn < 20; turn++) await setImmediate();
      // The second copy waits for the first, and what is behind it too.
      assert.ok(client.received.every(({ type }) => type !== 'response'));
      open();
      for (const request of [1, 3, 2]) assert.equal((await client.take('response')).request, request);
    }));

  test('refuses what would take too much memory while it waits', () =>
    withSession({ pictureBytes: 1000 }, async (bench) => {
      const { client, binding } = bench;
      const open = binding.holdPool();
      for (let request = 0; request < 12; request++) {
        const config = { codec: 'vp8', description: new Uint8Array(100).fill(request) };
        client.send({ type: 'request', request, call: { method: 'isConfigSupported', kind: 'video-decoder', config } });
      }
      assert.equal((await client.take('refusal')).error.name, 'QuotaExceededError');
      open();
      for (let request = 0; request < 11; request++) await client.take('response');
    }));
});

describe('what no client of ours sends ends the session with the reason:', () => {
  const hello = { type: 'hello', version: protocolVersion };
  const open = { type: 'open', codec: 1, kind: 'video-decoder' };
  const configure = { type: 'configure', codec: 1, generation, kind: 'video-decoder', config: { codec: 'vp8' } };
  const cases: [string, unknown[], RegExp][] = [
    ['no hello', [open], /first message must be hello/],
    ['another protocol version', [{ type: 'hello', version: 99 }], /version 99/],
    ['hello twice', [hello, hello], /once/],
    ['a malformed message', [hello, { type: 'open', codec: Number.NaN }], /codec must be an integer/],
    ['no object at all', [hello, 'DROP TABLE'], /must be an object/],
    ['a codec id twice', [hello, open, open], /open already/],
    ['a codec that is not open', [hello, { type: 'close', codec: 4 }], /Codec 4 is not open/],
    ['a configuration of another kind', [hello, { ...open, kind: 'video-encoder' }, configure], /not a video-decoder/],
    ['work before configure', [hello, open, decode(0)], /was not configured/],
    ['flush before configure', [hello, open, { type: 'flush', codec: 1, generation, flush: 1 }], /not configured/],
    [
      'work after a reset',
      [hello, open, configure, { type: 'reset', codec: 1, generation: 1 }, decode(0, 1, 1)],
      /not configured/,
    ],
    ['work of another kind', [hello, open, configure, encode(0)], /has no encodeVideo/],
    ['work of a generation to come', [hello, open, configure, decode(0, 1, 5)], /not reset to generation 5/],
    ['a reset that goes back', [hello, open, { type: 'reset', codec: 1, generation: 0 }], /did not raise/],
    [
      'outputs taken that were not given',
      [hello, open, { type: 'outputTaken', codec: 1, count: 1, bytes: 0 }],
      /More outputs/,
    ],
    [
      'a handle of nothing',
      [hello, { ...open, kind: 'video-encoder' }, { ...configure, kind: 'video-encoder', config: vp8 }, encode(0, 666)],
      /Picture 666 is not open/,
    ],
  ];
  for (const [name, messages, reason] of cases) {
    test(name, async () => {
      const { client, session, binding } = openBench();
      for (const message of messages) client.sendAnything(message);
      assert.match(await client.goodbye(), reason);
      await client.ended();
      await session.ended;
      assert.deepEqual(binding.statistics(), { codecs: 0, pictures: 0 });
    });
  }

  test('more codec ids than anyone needs', async () => {
    const { client, session } = openBench({ codecs: 1 });
    client.sendAnything(hello);
    for (let codec = 0; codec < 65; codec++) client.sendAnything({ ...open, codec });
    assert.match(await client.goodbye(), /64 codecs are open/);
    await session.ended;
  });
});
