import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  AudioData,
  createWebCodecs,
  EncodedVideoChunk,
  type EncodedVideoChunkMetadata,
  VideoFrame,
  type VideoFrameInit,
  type WebCodecs,
} from '../../app/client/index.js';
import { connectedHost, HostFake as Host, type HostFake, settle } from '../fixtures/client-host-fake.js';

const named = (name: string) => (error: unknown) => error instanceof DOMException && error.name === name;
const encoderConfig = { codec: 'vp8', width: 4, height: 2 };
const decoderConfig = { codec: 'vp8' };

function localFrame(init: Partial<VideoFrameInit> = {}): VideoFrame {
  const { timestamp = 0, ...rest } = init;
  const base = { format: 'I420', codedWidth: 4, codedHeight: 2, timestamp } as const;
  return new VideoFrame(new Uint8Array(12), { ...base, ...rest } as never);
}

function chunk(type: 'key' | 'delta' = 'key', timestamp = 0): EncodedVideoChunk {
  return new EncodedVideoChunk({ type, timestamp, data: new Uint8Array([4, 2, 3]) });
}

interface Recorded<Codec> {
  codec: Codec;
  outputs: unknown[];
  metadata: (EncodedVideoChunkMetadata | undefined)[];
  errors: DOMException[];
  states: string[];
}

function videoEncoder(webcodecs: WebCodecs): Recorded<InstanceType<WebCodecs['VideoEncoder']>> {
  const outputs: unknown[] = [];
  const metadata: (EncodedVideoChunkMetadata | undefined)[] = [];
  const errors: DOMException[] = [];
  const states: string[] = [];
  const codec = new webcodecs.VideoEncoder({
    output: (output, more) => {
      outputs.push(output);
      metadata.push(more);
    },
    error: (error) => {
      errors.push(error);
      states.push(codec.state);
    },
  });
  return { codec, outputs, metadata, errors, states };
}

function videoDecoder(webcodecs: WebCodecs): Recorded<InstanceType<WebCodecs['VideoDecoder']>> {
  const outputs: unknown[] = [];
  const errors: DOMException[] = [];
  const codec = new webcodecs.VideoDecoder({
    output: (output) => void outputs.push(output),
    error: (error) => void errors.push(error),
  });
  return { codec, outputs, metadata: [], errors, states: [] };
}

async function configuredEncoder(host: HostFake): Promise<ReturnType<typeof videoEncoder>> {
  const made = videoEncoder(createWebCodecs(host.connection));
  made.codec.configure(encoderConfig);
  await host.configured();
  return made;
}

test('constructors want both callbacks', () => {
  const { VideoEncoder, AudioDecoder } = createWebCodecs(new Host().connection);
  for (const init of [undefined, {}, { output() {} }, { error() {} }, { output: 1, error() {} }]) {
    assert.throws(() => new VideoEncoder(init as never), TypeError);
    assert.throws(() => new AudioDecoder(init as never), TypeError);
  }
  assert.equal(VideoEncoder.name, 'VideoEncoder');
  assert.throws(() => (VideoEncoder as never as () => void)(), TypeError);
});

test('an unconfigured codec refuses work, a closed one everything', async () => {
  const webcodecs = createWebCodecs((await connectedHost()).connection);
  const { codec: encoder } = videoEncoder(webcodecs);
  const { codec: decoder } = videoDecoder(webcodecs);
  const frame = localFrame();
  assert.equal(encoder.state, 'unconfigured');
  assert.throws(() => encoder.encode(frame), named('InvalidStateError'));
  assert.throws(() => decoder.decode(chunk()), named('InvalidStateError'));
  await assert.rejects(encoder.flush(), named('InvalidStateError'));
  await assert.rejects(decoder.flush(), named('InvalidStateError'));
  encoder.reset();
  assert.throws(() => encoder.configure({ codec: '', width: 1, height: 1 }), TypeError);
  for (const codec of [encoder, decoder]) {
    codec.close();
    assert.equal(codec.state, 'closed');
    assert.throws(() => codec.reset(), named('InvalidStateError'));
    assert.throws(() => codec.close(), named('InvalidStateError'));
    await assert.rejects(codec.flush(), named('InvalidStateError'));
  }
  assert.throws(() => encoder.configure(encoderConfig), named('InvalidStateError'));
  assert.throws(() => encoder.configure({ codec: '' } as never), TypeError);
  assert.throws(() => encoder.encode(frame), named('InvalidStateError'));
  frame.close();
  assert.throws(() => encoder.encode(frame), TypeError);
  assert.throws(() => encoder.encode({} as never), TypeError);
  assert.throws(() => decoder.decode({} as never), TypeError);
});

test('messages wait for the hello, then go out in order', async () => {
  const host = new Host();
  const { codec } = videoEncoder(createWebCodecs(host.connection));
  codec.configure(encoderConfig);
  codec.encode(localFrame());
  await settle();
  assert.deepEqual(
    host.received.map(({ type }) => type),
    ['hello'],
  );
  assert.equal(codec.encodeQueueSize, 1);
  await host.hello();
  await host.configured();
  assert.deepEqual(
    host.received.map(({ type }) => type),
    ['hello', 'open', 'configure', 'encodeVideo'],
  );
  await host.connection.ready;
});

test('configure blocks the queue until the host has configured', async () => {
  const host = await connectedHost();
  const { codec } = videoEncoder(createWebCodecs(host.connection));
  codec.configure(encoderConfig);
  codec.encode(localFrame());
  const flushed = codec.flush();
  await settle();
  assert.equal(host.all('encodeVideo').length, 0);
  await host.configured();
  assert.deepEqual(
    host.received.slice(-2).map(({ type }) => type),
    ['encodeVideo', 'flush'],
  );
  await host.dequeue(1);
  await host.flushed();
  assert.equal(await flushed, undefined);
});

test('work beyond the credit stays here until credit returns', async () => {
  const host = await connectedHost({ limits: { workCredit: { count: 2, bytes: 1000 } } });
  const { codec } = await configuredEncoder(host);
  for (let timestamp = 0; timestamp < 5; timestamp += 1) {
    codec.encode(localFrame({ timestamp }));
  }
  await settle();
  assert.equal(host.all('encodeVideo').length, 2);
  assert.equal(codec.encodeQueueSize, 5);
  await host.dequeue(1);
  assert.equal(host.all('encodeVideo').length, 3);
  assert.equal(codec.encodeQueueSize, 4);
  await host.dequeue(2);
  await host.dequeue(2);
  assert.equal(codec.encodeQueueSize, 0);
  assert.deepEqual(
    host.all('encodeVideo').map(({ picture }) => picture.info.timestamp),
    [0, 1, 2, 3, 4],
  );
});

test('work beyond the byte credit waits as well', async () => {
  const host = await connectedHost({ limits: { workCredit: { count: 9, bytes: 13 } } });
  const { codec } = await configuredEncoder(host);
  for (let index = 0; index < 3; index += 1) {
    codec.encode(localFrame());
  }
  await settle();
  assert.equal(host.all('encodeVideo').length, 2);
});

/** An encoder, frames that live in its host, and the timestamps of those that it was told to encode. */
async function framesInHost(count: number) {
  const host = await connectedHost({ limits: { workCredit: { count: 32, bytes: 1000 } } });
  const webcodecs = createWebCodecs(host.connection);
  const { codec: decoder, outputs } = videoDecoder(webcodecs);
  decoder.configure(decoderConfig);
  await host.configured();
  for (let handle = 1; handle <= count; handle += 1) {
    host.picture(handle, { timestamp: handle });
  }
  const { codec } = videoEncoder(webcodecs);
  codec.configure(encoderConfig);
  await host.configured();
  const told = () => host.all('encodeVideo').map(({ picture }) => picture.info.timestamp);
  return { host, codec, frames: outputs as VideoFrame[], told };
}

test('frames in the host that are not needed yet are told of with what its next word brings about', async () => {
  const { host, codec, frames, told } = await framesInHost(7);
  for (const some of [frames.slice(0, 4), frames.slice(4, 6)]) {
    for (const frame of some) {
      codec.encode(frame);
      frame.close();
    }
    await settle();
  }
  assert.deepEqual(told(), [1, 2, 3, 4]);
  assert.deepEqual(
    host.all('release').flatMap(({ handles }) => handles),
    [1, 2, 3, 4],
  );
  assert.equal(codec.encodeQueueSize, 6);
  assert.equal(host.clientPort.isReferenced, true, 'the process must not end over it');
  await host.dequeue(1);
  assert.deepEqual(told(), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    host.all('release').flatMap(({ handles }) => handles),
    [1, 2, 3, 4, 5, 6],
  );
  for (const frame of frames.slice(6)) codec.encode(frame);
  await settle();
  assert.deepEqual(told(), [1, 2, 3, 4, 5, 6]);
  void codec.flush();
  await settle();
  assert.deepEqual(told(), [1, 2, 3, 4, 5, 6, 7], 'a flush sends what was held, and goes behind it');
  assert.equal(host.received.at(-1)?.type, 'flush');
});

test('frames in the host that were held back leave before one whose pixels go along, and not after a reset', async () => {
  const { host, codec, frames, told } = await framesInHost(6);
  for (const some of [frames.slice(0, 4), frames.slice(4, 5)]) {
    for (const frame of some) codec.encode(frame);
    await settle();
  }
  assert.deepEqual(told(), [1, 2, 3, 4]);
  codec.encode(localFrame({ timestamp: 50 }));
  await settle();
  assert.deepEqual(told(), [1, 2, 3, 4, 5, 50]);
  for (const frame of frames) {
    codec.encode(frame);
    frame.close();
  }
  await settle();
  assert.equal(host.all('release').length, 0, 'held still');
  codec.reset();
  await settle();
  assert.deepEqual(told(), [1, 2, 3, 4, 5, 50]);
  assert.equal(host.last('release').handles.length, 6);
});

test('dequeue events are coalesced, asynchronous, and reach ondequeue', async () => {
  const host = await connectedHost();
  const { codec } = await configuredEncoder(host);
  const seen: number[] = [];
  let handled = 0;
  codec.addEventListener('dequeue', () => seen.push(codec.encodeQueueSize));
  codec.ondequeue = () => {
    handled += 1;
  };
  for (let index = 0; index < 4; index += 1) {
    codec.encode(localFrame());
  }
  await settle();
  const { codec: id, generation } = host.last('configure');
  host.send({ type: 'dequeued', codec: id, generation, count: 1 });
  host.send({ type: 'dequeued', codec: id, generation, count: 1 });
  await settle();
  assert.deepEqual(seen, [2]);
  assert.equal(handled, 1);
  codec.ondequeue = null;
  codec.reset();
  assert.deepEqual(seen, [2]);
  await settle();
  assert.deepEqual(seen, [2, 0]);
  assert.equal(handled, 1);
});

test('the hard limits throw a QuotaExceededError that names them', async () => {
  const host = await connectedHost({ connection: { limits: { queueSize: 2, queueBytes: 30 } } });
  const { codec } = await configuredEncoder(host);
  codec.encode(localFrame());
  const large = new VideoFrame(new Uint8Array(48), { format: 'I420', codedWidth: 8, codedHeight: 4, timestamp: 0 });
  assert.throws(
    () => codec.encode(large),
    (error) => named('QuotaExceededError')(error) && /queueBytes/.test(String(error)),
  );
  codec.encode(localFrame());
  assert.throws(
    () => codec.encode(localFrame()),
    (error) => named('QuotaExceededError')(error) && /queueSize/.test(String(error)),
  );
  assert.equal(codec.encodeQueueSize, 2);
  assert.equal(codec.state, 'configured');
  await settle();
  await host.dequeue(2);
  codec.encode(large);
});

test('a frame that is closed at once is transferred, one that stays open is cloned', async () => {
  const host = await connectedHost({ canTransfer: true });
  const { codec } = await configuredEncoder(host);
  const kept = localFrame();
  const given = localFrame();
  codec.encode(given);
  given.close();
  codec.encode(kept);
  await settle();
  const transfers = host.clientPort.transfers.slice(-2);
  assert.deepEqual(
    transfers.map((list) => list.length),
    [1, 0],
  );
  assert.equal(transfers[0]?.[0]?.byteLength, 0);
  await kept.copyTo(new Uint8Array(12));
  for (const { picture } of host.all('encodeVideo')) {
    assert.ok(picture.source === 'bytes' && picture.data.byteLength === 12);
  }
});

test('a port that can only clone gets no transfer list', async () => {
  const host = await connectedHost({ canTransfer: false });
  const { codec } = await configuredEncoder(host);
  const frame = localFrame();
  codec.encode(frame);
  frame.close();
  await settle();
  assert.ok(host.clientPort.transfers.every((list) => list.length === 0));
  assert.equal(host.all('encodeVideo').length, 1);
});

/** 768 KiB: two of them are as much as one turn of the event loop clones. */
const largeSize = { codedWidth: 1024, codedHeight: 512 };
const largeFrame = (timestamp: number) => {
  const data = new Uint8Array(largeSize.codedWidth * largeSize.codedHeight * 1.5);
  return new VideoFrame(data, { format: 'I420', ...largeSize, timestamp });
};

for (const [canTransfer, sentByTurn] of [
  [false, [2, 4, 5, 5]],
  [true, [5, 5, 5, 5]],
] as const) {
  test(`large frames given at once: ${canTransfer ? 'transferred all at once' : 'the event loop has turns between them'}`, async () => {
    const host = await connectedHost({ canTransfer, limits: { workCredit: { count: 8, bytes: 2 ** 28 } } });
    const { codec } = await configuredEncoder(host);
    const before = host.clientPort.transfers.length;
    for (let timestamp = 0; timestamp < 5; timestamp++) {
      const frame = largeFrame(timestamp);
      codec.encode(frame);
      frame.close();
    }
    const sent: number[] = [];
    for (const _turn of sentByTurn) {
      await nextTurn();
      sent.push(host.clientPort.transfers.length - before);
    }
    assert.deepEqual(sent, sentByTurn);
    await settle();
    const timestamps = host.all('encodeVideo').map(({ picture }) => picture.info.timestamp);
    assert.deepEqual(timestamps, [0, 1, 2, 3, 4]);
  });
}

test('codecs with large frames take turns', async () => {
  const host = await connectedHost({ limits: { workCredit: { count: 8, bytes: 2 ** 28 } } });
  const encoders = [await configuredEncoder(host), await configuredEncoder(host)];
  for (const { codec } of encoders) {
    for (let timestamp = 0; timestamp < 6; timestamp++) codec.encode(largeFrame(timestamp));
  }
  await settle();
  await settle();
  const [first] = host.all('encodeVideo');
  const order = host.all('encodeVideo').map(({ codec }) => (codec === first?.codec ? 'a' : 'b'));
  assert.equal(order.join(''), 'aaaabbaabbbb');
});

test('a reset drops large frames that the event loop’s turn held back', async () => {
  const host = await connectedHost({ limits: { workCredit: { count: 8, bytes: 2 ** 28 } } });
  const { codec } = await configuredEncoder(host);
  for (let timestamp = 0; timestamp < 5; timestamp++) codec.encode(largeFrame(timestamp));
  await nextTurn();
  codec.reset();
  codec.configure(encoderConfig);
  codec.encode(largeFrame(7));
  await host.configured();
  const sent = host.received.map((message) =>
    message.type === 'encodeVideo' ? message.picture.info.timestamp : message.type,
  );
  assert.deepEqual(sent, ['hello', 'open', 'configure', 0, 1, 'reset', 'configure', 7]);
});

test('a chunk stays the caller’s, also where buffers are transferred', async () => {
  const host = await connectedHost({ canTransfer: true });
  const { codec } = videoDecoder(createWebCodecs(host.connection));
  codec.configure(decoderConfig);
  await host.configured();
  const key = chunk();
  codec.decode(key);
  codec.decode(key);
  await settle();
  assert.deepEqual(
    host.all('decode').map((message) => [...message.chunk.data]),
    [
      [4, 2, 3],
      [4, 2, 3],
    ],
  );
  assert.equal(key.byteLength, 3);
});

test('a decoder wants a key chunk after configure and flush', async () => {
  const host = await connectedHost();
  const { codec } = videoDecoder(createWebCodecs(host.connection));
  codec.configure(decoderConfig);
  assert.throws(() => codec.decode(chunk('delta')), named('DataError'));
  codec.decode(chunk('key'));
  codec.decode(chunk('delta'));
  assert.equal(codec.decodeQueueSize, 2);
  void codec.flush();
  assert.throws(() => codec.decode(chunk('delta')), named('DataError'));
  codec.decode(chunk('key'));
  codec.configure(decoderConfig);
  assert.throws(() => codec.decode(chunk('delta')), named('DataError'));
});

test('the orientation of the first frame holds until the next configure', async () => {
  const host = await connectedHost();
  const { codec } = await configuredEncoder(host);
  codec.encode(localFrame({ rotation: 90 }));
  assert.throws(() => codec.encode(localFrame()), named('DataError'));
  assert.throws(() => codec.encode(localFrame({ rotation: 90, flip: true })), named('DataError'));
  codec.configure(encoderConfig);
  codec.encode(localFrame());
  assert.equal(codec.encodeQueueSize, 2);
});

test('encode options: key frames and the quantizer of the codec in use', async () => {
  const host = await connectedHost();
  const { codec } = videoEncoder(createWebCodecs(host.connection));
  codec.configure({ ...encoderConfig, codec: 'vp09.00.10.08', bitrateMode: 'quantizer' });
  await host.configured();
  codec.encode(localFrame(), { keyFrame: true, vp9: { quantizer: 33 }, avc: { quantizer: 7 } });
  codec.encode(localFrame());
  await settle();
  assert.deepEqual(
    host.all('encodeVideo').map(({ keyFrame, quantizer }) => [keyFrame, quantizer]),
    [
      [true, 33],
      [false, null],
    ],
  );
  assert.throws(() => codec.encode(localFrame(), 5 as never), TypeError);
});

test('a chunk’s metadata says how to decode it, once and whenever that changes', async () => {
  const host = await connectedHost();
  const { codec, outputs, metadata } = videoEncoder(createWebCodecs(host.connection));
  codec.configure({ ...encoderConfig, codec: 'avc1.42001f', displayWidth: 8, displayHeight: 2 });
  await host.configured();
  codec.encode(localFrame({ rotation: 180 }));
  const colorSpace = { primaries: 'bt709', transfer: null, matrix: null, fullRange: false };
  const decoder = {
    codec: 'x',
    description: new Uint8Array([7, 8]),
    codedWidth: 16,
    codedHeight: 16,
    displayWidth: 16,
    displayHeight: 16,
    colorSpace,
    sampleRate: 0,
    numberOfChannels: 0,
  };
  host.chunk({ timestamp: 5, duration: 6 }, { decoderConfig: decoder });
  host.chunk({ type: 'delta' }, { decoderConfig: decoder, temporalLayerId: 1, alphaSideData: new Uint8Array([4]) });
  await settle();
  const [first] = outputs as EncodedVideoChunk[];
  assert.deepEqual([first?.type, first?.timestamp, first?.duration, first?.byteLength], ['key', 5, 6, 3]);
  assert.deepEqual(metadata[0], {
    decoderConfig: {
      codec: 'avc1.42001f',
      codedWidth: 4,
      codedHeight: 2,
      displayAspectWidth: 8,
      displayAspectHeight: 2,
      rotation: 180,
      flip: false,
      colorSpace,
      description: new Uint8Array([7, 8]).buffer,
    },
  });
  assert.deepEqual(metadata[1], { svc: { temporalLayerId: 1 }, alphaSideData: new Uint8Array([4]).buffer });
  codec.configure({ ...encoderConfig, codec: 'avc1.42001f', displayWidth: 4, displayHeight: 2 });
  await host.configured();
  host.chunk();
  await settle();
  assert.equal(metadata[2]?.decoderConfig?.displayAspectWidth, 4);
});

test('outputs are acknowledged together, long before the credit is used up', async () => {
  for (const outputCredit of [
    { count: 8, bytes: 2 ** 28 },
    { count: 100, bytes: 24 },
  ]) {
    const host = await connectedHost({ limits: { outputCredit } });
    await configuredEncoder(host);
    host.chunk();
    await settle();
    assert.equal(host.all('outputTaken').length, 0);
    host.chunk();
    await settle();
    const { count, bytes } = host.last('outputTaken');
    assert.deepEqual({ count, bytes }, { count: 2, bytes: 6 });
  }
});

test('chunks leave the buffer that they came in alone, and go on without it', async () => {
  const host = await connectedHost();
  const { outputs } = await configuredEncoder(host);
  host.chunk({ data: new Uint8Array([6, 2]) });
  host.chunk({ data: new Uint8Array([3, 4]) });
  await settle();
  const { codec } = videoDecoder(createWebCodecs(host.connection));
  codec.configure(decoderConfig);
  await host.configured();
  let largest = 0;
  const send = host.clientPort.postMessage.bind(host.clientPort);
  host.clientPort.postMessage = (message, transfer) => {
    const work = message as { type: string; chunk?: { data: Uint8Array } };
    largest = Math.max(largest, work.chunk?.data.buffer.byteLength ?? 0);
    send(message, transfer);
  };
  for (const output of outputs as EncodedVideoChunk[]) {
    codec.decode(output);
  }
  await settle();
  assert.deepEqual(
    host.all('decode').map((message) => [...message.chunk.data]),
    [
      [6, 2],
      [3, 4],
    ],
  );
  assert.equal(largest, 2);
});

test('reset drops what is queued and what is late, rejects flushes, and needs configure', async () => {
  const credit = { count: 1, bytes: 1000 };
  const host = await connectedHost({ limits: { workCredit: credit, outputCredit: credit } });
  const { codec, outputs } = videoDecoder(createWebCodecs(host.connection));
  codec.configure(decoderConfig);
  await host.configured();
  codec.decode(chunk());
  codec.decode(chunk('delta'));
  const flushed = codec.flush();
  await settle();
  host.picture(11);
  codec.reset();
  assert.deepEqual([codec.state, codec.decodeQueueSize], ['unconfigured', 0]);
  await assert.rejects(flushed, named('AbortError'));
  await settle();
  assert.equal(outputs.length, 0);
  assert.deepEqual(host.last('release').handles, [11]);
  assert.equal(host.last('outputTaken').count, 1);
  assert.equal(host.all('decode').length, 1);
  assert.ok(host.last('reset').generation > host.last('configure').generation);
  codec.configure(decoderConfig);
  codec.decode(chunk());
  await host.configured();
  assert.equal(host.last('decode').generation, host.last('reset').generation);
});

test('a reset while configuring unblocks the queue for the next configure', async () => {
  const host = await connectedHost();
  const { codec } = videoDecoder(createWebCodecs(host.connection));
  codec.configure(decoderConfig);
  await settle();
  const old = host.last('configure');
  codec.reset();
  codec.configure({ codec: 'vp09.00.10.08' });
  codec.decode(chunk());
  host.send({ type: 'configured', codec: old.codec, generation: old.generation });
  await settle();
  assert.equal(host.all('decode').length, 0);
  await host.configured();
  assert.equal(host.all('decode').length, 1);
});

test('a failure closes first, then calls error, and rejects flushes with it', async () => {
  const host = await connectedHost();
  const { codec, errors, states } = await configuredEncoder(host);
  codec.encode(localFrame());
  const flushed = codec.flush();
  await settle();
  await host.fail('EncodingError', 'avcodec_send_frame: -22');
  await assert.rejects(flushed, (error) => error === errors[0]);
  assert.deepEqual(states, ['closed']);
  assert.ok(named('EncodingError')(errors[0]));
  assert.match(String(errors[0]), /avcodec_send_frame/);
  assert.equal(host.all('close').length, 1);
  assert.equal(codec.encodeQueueSize, 0);
});

test('close rejects flushes with an AbortError and calls no error callback', async () => {
  const host = await connectedHost();
  const { codec, errors } = await configuredEncoder(host);
  const flushed = codec.flush();
  codec.close();
  await assert.rejects(flushed, named('AbortError'));
  await settle();
  assert.equal(errors.length, 0);
  assert.equal(host.all('close').length, 1);
  assert.equal(host.all('flush').length, 0);
});

test('a message that would end the session fails its codec alone', async () => {
  const host = await connectedHost();
  const webcodecs = createWebCodecs(host.connection);
  const bad = videoEncoder(webcodecs);
  bad.codec.configure({ ...encoderConfig, codec: 'x'.repeat(70_000) });
  await settle();
  assert.ok(named('NotSupportedError')(bad.errors[0]));
  assert.equal(bad.codec.state, 'closed');
  const good = await configuredEncoder(host);
  assert.equal(good.codec.state, 'configured');
});

test('audio goes out with its samples, once closed without a copy', async () => {
  const host = await connectedHost({ canTransfer: true });
  const { AudioEncoder } = createWebCodecs(host.connection);
  const encoder = new AudioEncoder({ output() {}, error() {} });
  encoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
  await host.configured();
  const init = { format: 'f32', sampleRate: 48_000, numberOfFrames: 2, numberOfChannels: 1, timestamp: 3 } as const;
  const data = new AudioData({ ...init, data: new Float32Array([0.5, -0.5]) });
  encoder.encode(data);
  data.close();
  assert.throws(() => encoder.encode(data), TypeError);
  await settle();
  assert.equal(host.clientPort.transfers.at(-1)?.length, 1);
  const { audio } = host.last('encodeAudio');
  assert.deepEqual([...new Float32Array(audio.data.buffer as ArrayBuffer)], [0.5, -0.5]);
  assert.deepEqual([audio.format, audio.timestamp, audio.numberOfFrames], ['f32', 3, 2]);
});

test('decoded audio arrives as AudioData', async () => {
  const host = await connectedHost();
  const { AudioDecoder } = createWebCodecs(host.connection);
  const outputs: AudioData[] = [];
  const decoder = new AudioDecoder({ output: (data) => void outputs.push(data), error() {} });
  decoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
  await host.configured();
  const data = new Uint8Array(new Int16Array([4, 5]).buffer);
  host.audio({ format: 's16-planar', sampleRate: 48_000, numberOfChannels: 1, numberOfFrames: 2, timestamp: 9, data });
  await settle();
  const out = new Int16Array(2);
  outputs[0]?.copyTo(out, { planeIndex: 0 });
  assert.deepEqual([...out], [4, 5]);
});

test('isConfigSupported answers with the known members, and rejects invalid configurations', async () => {
  const host = await connectedHost();
  const { VideoDecoder, VideoEncoder } = createWebCodecs(host.connection);
  const description = new Uint8Array([1, 2]);
  const asked = VideoDecoder.isConfigSupported({ codec: 'vp8', description, nonsense: 1 } as never);
  await settle();
  const { request } = host.last('request');
  host.send({ type: 'response', request, result: { supported: true, reason: null } });
  const { supported, config } = await asked;
  assert.equal(supported, true);
  assert.deepEqual(config, {
    codec: 'vp8',
    description: description.buffer,
    flip: false,
    hardwareAcceleration: 'no-preference',
    optimizeForLatency: false,
    rotation: 0,
  });
  assert.notEqual(config.description, description.buffer);
  await assert.rejects(VideoEncoder.isConfigSupported({ codec: 'vp8' } as never), TypeError);
  await assert.rejects((VideoEncoder.isConfigSupported as () => Promise<unknown>)(), TypeError);
});

test('an exception of a callback is reported as uncaught, and the codec goes on', async () => {
  const host = await connectedHost();
  const { VideoEncoder } = createWebCodecs(host.connection);
  let calls = 0;
  const encoder = new VideoEncoder({
    output: () => {
      calls += 1;
      throw new Error('from the callback');
    },
    error() {},
  });
  encoder.configure(encoderConfig);
  await host.configured();
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  const uncaught: unknown[] = [];
  process.on('uncaughtException', (error) => void uncaught.push(error));
  try {
    host.chunk();
    host.chunk();
    await settle();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) {
      process.on('uncaughtException', listener);
    }
  }
  assert.deepEqual([calls, uncaught.length, encoder.state], [2, 2, 'configured']);
  assert.match(String(uncaught[0]), /from the callback/);
});
