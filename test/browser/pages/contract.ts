/** What the classes promise besides pictures: errors, states, order, and what becomes of what is on its way. */
import { assert } from 'chai';
import {
  type ConnectOptions,
  connectCodecs,
  installWebCodecs,
  type VideoEncoderConfig,
} from 'electron-webcodecs/renderer';
import type { ClientMessage } from '../../../app/protocol/messages.js';
import { openBridge } from './bridge.js';
import { assertQuadrants, decodeChunks, encodeFrames, paintedCanvas } from './coding.js';
import { offer, type PageEnv } from './situations.js';

const config: VideoEncoderConfig = { codec: 'vp8', width: 128, height: 96, bitrate: 1_000_000, framerate: 30 };

/** The name of what is thrown or rejected with; undefined where nothing is. */
async function nameOf(run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return (error as Error).name;
  }
}

function canvasFrame(timestamp = 0, width = 128, height = 96): VideoFrame {
  return new VideoFrame(paintedCanvas(width, height), { timestamp });
}

function i420Frame(timestamp: number): VideoFrame {
  const data = new Uint8Array((128 * 96 * 3) / 2).fill(128);
  return new VideoFrame(data, { format: 'I420', codedWidth: 128, codedHeight: 96, timestamp });
}

/** Twelve frames, every other one of them a canvas's, which takes longer to read. */
function* mixedFrames(): Generator<VideoFrame> {
  for (let index = 0; index < 12; index += 1) {
    yield index % 2 ? i420Frame(index * 1000) : canvasFrame(index * 1000);
  }
}

function until(condition: () => boolean, milliseconds = 5000): Promise<void> {
  const end = Date.now() + milliseconds;
  return new Promise((resolve, reject) => {
    const look = () => {
      if (condition()) resolve();
      else if (Date.now() > end) reject(new Error(`waited in vain: ${condition}`));
      else setTimeout(look, 5);
    };
    look();
  });
}

interface Sent {
  type: string;
  format: string;
  /** Of the pixels or samples, that the sender still has. */
  bytesLeft: number;
}

/** Encodes a canvas and a sound; what that leaves of the messages that the page's port took. */
async function mediaSent(env: PageEnv, options: ConnectOptions & { frames?: 'platform' }): Promise<Sent[]> {
  const bridge = await openBridge(env.runIn);
  const sent: Sent[] = [];
  const post = bridge.port.postMessage.bind(bridge.port);
  bridge.port.postMessage = (message: ClientMessage, options?: Transferable[] | StructuredSerializeOptions) => {
    post(message, options as Transferable[]);
    if (message.type === 'encodeAudio') {
      sent.push({ type: message.type, format: message.audio.format, bytesLeft: message.audio.data.byteLength });
    } else if (message.type === 'encodeVideo' && message.picture.source === 'bytes') {
      const { info, data } = message.picture;
      sent.push({ type: message.type, format: info.format, bytesLeft: data.byteLength });
    }
  };
  const codecs = await connectCodecs(bridge.port, options);
  const encoded = await encodeFrames(codecs, config, [canvasFrame()]);
  const [frame] = (await decodeChunks(codecs, encoded)) as [VideoFrame];
  assertQuadrants(frame);
  frame.close();
  let sounds = 0;
  const encoder = new codecs.AudioEncoder({
    output: () => {
      sounds += 1;
    },
    error: (error) => assert.fail(error.message),
  });
  const sound = { sampleRate: 48_000, numberOfChannels: 1 };
  encoder.configure({ codec: 'opus', ...sound });
  const data = new Float32Array(960);
  const audio = new AudioData({ format: 'f32', ...sound, numberOfFrames: 960, timestamp: 0, data });
  encoder.encode(audio);
  await encoder.flush();
  assert.isAbove(sounds, 0);
  assert.equal(audio.allocationSize({ planeIndex: 0 }), 3840, 'the caller’s own stays whole');
  audio.close();
  codecs.close();
  return sent;
}

async function withEncoder(
  env: PageEnv,
  run: (means: {
    encoder: InstanceType<Awaited<ReturnType<PageEnv['connect']>>['VideoEncoder']>;
    chunks: EncodedVideoChunk[];
    errors: DOMException[];
  }) => Promise<void>,
  options: Parameters<PageEnv['connect']>[0] = {},
): Promise<void> {
  const { VideoEncoder } = await env.connect(options);
  const chunks: EncodedVideoChunk[] = [];
  const errors: DOMException[] = [];
  const encoder = new VideoEncoder({
    output: (chunk) => chunks.push(chunk),
    error: (error) => errors.push(error),
  });
  await run({ encoder, chunks, errors });
  if (encoder.state !== 'closed') encoder.close();
}

offer({
  'frames that take longer to read keep their place, and may be closed at once': async (env) => {
    const codecs = await env.connect();
    const { chunks, config: decoderConfig } = await encodeFrames(codecs, config, mixedFrames());
    assert.deepEqual(
      chunks.map(({ chunk }) => chunk.timestamp),
      Array.from({ length: 12 }, (_, index) => index * 1000),
    );
    const frames = await decodeChunks(codecs, { chunks, config: decoderConfig });
    assert.deepEqual(
      frames.map(({ timestamp }) => timestamp),
      Array.from({ length: 12 }, (_, index) => index * 1000),
    );
    for (const frame of frames) frame.close();
  },

  'a frame of another realm is a frame': async (env) => {
    const codecs = await env.connect();
    const iframe = document.createElement('iframe');
    document.body.append(iframe);
    const other = iframe.contentWindow as unknown as typeof globalThis;
    const frame = new other.VideoFrame(paintedCanvas(), { timestamp: 0 });
    assert.notInstanceOf(frame, VideoFrame);
    const { chunks } = await encodeFrames(codecs, config, [frame]);
    assert.lengthOf(chunks, 1);
    iframe.remove();
  },

  'arguments and states are checked as in Node': (env) =>
    withEncoder(env, async ({ encoder }) => {
      const frame = canvasFrame();
      assert.equal(await nameOf(() => encoder.encode(frame)), 'InvalidStateError');
      assert.equal(await nameOf(() => encoder.flush()), 'InvalidStateError');
      assert.equal(await nameOf(() => encoder.configure({ ...config, width: 0 })), 'TypeError');
      encoder.configure(config);
      const others: unknown[] = [null, {}, paintedCanvas(), Object.create(VideoFrame.prototype)];
      for (const other of others) {
        assert.equal(await nameOf(() => encoder.encode(other as VideoFrame)), 'TypeError', String(other));
      }
      frame.close();
      assert.equal(await nameOf(() => encoder.encode(frame)), 'TypeError');
      const turned = new VideoFrame(paintedCanvas(), { timestamp: 0, rotation: 90 } as VideoFrameInit & {
        timestamp: 0;
      });
      encoder.encode(turned);
      const straight = canvasFrame();
      assert.equal(await nameOf(() => encoder.encode(straight)), 'DataError');
      turned.close();
      straight.close();
      encoder.close();
      assert.equal(await nameOf(() => encoder.configure(config)), 'InvalidStateError');
    }),

  'audio and chunks are checked as in Node': async (env) => {
    const { AudioEncoder, AudioDecoder, VideoDecoder } = await env.connect();
    const callbacks = { output: () => undefined, error: () => undefined };
    const data = new AudioData({
      format: 'f32',
      sampleRate: 48_000,
      numberOfChannels: 1,
      numberOfFrames: 960,
      timestamp: 0,
      data: new Float32Array(960),
    });
    const encoder = new AudioEncoder(callbacks);
    encoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    assert.equal(await nameOf(() => encoder.encode({} as AudioData)), 'TypeError');
    data.close();
    assert.equal(await nameOf(() => encoder.encode(data)), 'TypeError');
    encoder.close();
    const delta = { type: 'delta', timestamp: 0, data: new Uint8Array(4) } as const;
    const decoder = new VideoDecoder(callbacks);
    decoder.configure({ codec: 'vp8' });
    assert.equal(await nameOf(() => decoder.decode(new EncodedVideoChunk(delta))), 'DataError');
    const audioChunk = new EncodedAudioChunk(delta) as unknown as EncodedVideoChunk;
    assert.equal(await nameOf(() => decoder.decode(audioChunk)), 'TypeError');
    decoder.close();
    const audioDecoder = new AudioDecoder(callbacks);
    audioDecoder.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
    assert.equal(await nameOf(() => audioDecoder.decode(new EncodedAudioChunk(delta))), 'DataError');
    audioDecoder.close();
  },

  'the queue counts, tells when it shrinks, and has an end': (env) =>
    withEncoder(
      env,
      async ({ encoder, chunks }) => {
        let dequeues = 0;
        encoder.addEventListener('dequeue', () => {
          dequeues += 1;
        });
        encoder.configure(config);
        for (const timestamp of [0, 1000, 2000]) {
          const frame = canvasFrame(timestamp);
          encoder.encode(frame);
          frame.close();
        }
        assert.equal(encoder.encodeQueueSize, 3);
        const frame = canvasFrame(3000);
        assert.equal(await nameOf(() => encoder.encode(frame)), 'QuotaExceededError');
        frame.close();
        await encoder.flush();
        assert.equal(encoder.encodeQueueSize, 0);
        assert.lengthOf(chunks, 3);
        await until(() => dequeues > 0);
      },
      { limits: { queueSize: 3 } },
    ),

  'nothing surfaces after a reset, whatever was on its way': async (env) => {
    const codecs = await env.connect();
    const encoded = await encodeFrames(codecs, config, mixedFrames());
    const seen: number[] = [];
    const decoder = new codecs.VideoDecoder({
      output: (frame) => {
        seen.push(frame.timestamp);
        frame.close();
      },
      error: (error) => assert.fail(error.message),
    });
    for (const wait of [0, 1, 3, 6, 10, 20]) {
      seen.length = 0;
      decoder.configure(encoded.config);
      for (const { chunk } of encoded.chunks) decoder.decode(chunk);
      const flushed = nameOf(() => decoder.flush());
      await new Promise((resolve) => setTimeout(resolve, wait));
      decoder.reset();
      const before = seen.length;
      assert.include(['AbortError', undefined], await flushed);
      await new Promise((resolve) => setTimeout(resolve, 50));
      assert.lengthOf(seen, before);
    }
    seen.length = 0;
    decoder.configure(encoded.config);
    for (const { chunk } of encoded.chunks) decoder.decode(chunk);
    await decoder.flush();
    assert.lengthOf(seen, 12, 'and the codec goes on as if nothing had been');
    decoder.close();
  },

  'what the host can’t do reaches the error callback': (env) =>
    withEncoder(env, async ({ encoder, errors }) => {
      encoder.configure({ ...config, codec: 'vp8', scalabilityMode: 'L3T3' });
      await nameOf(() => encoder.flush());
      assert.equal(errors[0]?.name, 'NotSupportedError');
      assert.equal(encoder.state, 'closed');
    }),

  'a frame of another size is an error that names both': (env) =>
    withEncoder(env, async ({ encoder, errors }) => {
      encoder.configure(config);
      const frame = canvasFrame(0, 256, 192);
      encoder.encode(frame);
      frame.close();
      await nameOf(() => encoder.flush());
      assert.match(errors[0]?.message ?? '', /256.192.*128.96/);
      assert.equal(encoder.state, 'closed');
    }),

  'installed classes replace the platform’s, scale frames of another size, and go again': async (env) => {
    const platform = { VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder, VideoFrame };
    const uninstall = installWebCodecs(globalThis, await env.connect());
    try {
      assert.notEqual(VideoEncoder, platform.VideoEncoder);
      assert.equal(VideoFrame, platform.VideoFrame);
      const descriptor = Object.getOwnPropertyDescriptor(globalThis, 'VideoEncoder');
      assert.include(descriptor, { writable: true, enumerable: false, configurable: true });
      // One that the platform refuses.
      const hevc = { codec: 'hvc1.1.6.L60.B0', width: 128, height: 96 };
      assert.isTrue((await VideoEncoder.isConfigSupported(hevc)).supported);
    } finally {
      uninstall();
    }
    assert.deepEqual({ VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder, VideoFrame }, platform);

    const target: Partial<typeof platform> = {};
    const remove = installWebCodecs(target, await env.connect());
    const installed = target as Awaited<ReturnType<PageEnv['connect']>>;
    const scaled = await encodeFrames(installed, config, [canvasFrame(0, 256, 192)]);
    const [frame] = await decodeChunks(installed, scaled);
    assert.deepEqual([frame?.displayWidth, frame?.displayHeight], [128, 96]);
    frame?.close();
    remove();
    assert.isEmpty(Object.keys(target));
    assert.notProperty(target, 'VideoEncoder');
  },

  'a page that asked for errors gets them from installed classes too': async (env) => {
    const target: Partial<Awaited<ReturnType<PageEnv['connect']>>> = {};
    installWebCodecs(target, await env.connect({ frameSizeMismatch: 'error' }));
    const installed = target as Awaited<ReturnType<PageEnv['connect']>>;
    const reason = await nameOf(() => encodeFrames(installed, config, [canvasFrame(0, 256, 192)]));
    assert.isDefined(reason);
  },

  'what was replaced since stays where it is': async (env) => {
    const target: Record<string, unknown> = { VideoEncoder: 'the first', VideoDecoder: 'the first' };
    const uninstall = installWebCodecs(target, await env.connect());
    target['VideoEncoder'] = 'another';
    uninstall();
    assert.deepEqual(target['VideoEncoder'], 'another');
    assert.deepEqual(target['VideoDecoder'], 'the first');
  },

  'connectCodecs() says what it needs': async () => {
    const call = connectCodecs as (...values: unknown[]) => Promise<unknown>;
    assert.equal(await nameOf(() => call('port')), 'TypeError');
    const { port1 } = new MessageChannel();
    assert.equal(await nameOf(() => call(port1, { frames: 'near' })), 'TypeError');
    assert.equal(await nameOf(() => call(port1, { frameSizeMismatch: 'stretch' })), 'TypeError');
  },

  'buffers are copied, and pictures made small for that': async (env) => {
    const copied = [
      { type: 'encodeVideo', format: 'I420', bytesLeft: 128 * 96 * 1.5 },
      { type: 'encodeAudio', format: 'f32', bytesLeft: 3840 },
    ];
    assert.deepEqual(await mediaSent(env, {}), copied);
    assert.deepEqual(await mediaSent(env, { transfer: false }), copied);
  },

  'buffers are given away, and pictures stay as they are, where the other end is said to be in this process': async (
    env,
  ) => {
    const [picture, sound] = await mediaSent(env, { transfer: true });
    assert.match(picture?.format ?? '', /^(RGB|BGR)[AX]$/);
    assert.include(picture, { type: 'encodeVideo', bytesLeft: 0 });
    assert.include(sound, { type: 'encodeAudio', format: 'f32', bytesLeft: 0 });
  },

  'close() ends codecs without an error callback': async (env) => {
    const bridge = await openBridge(env.runIn);
    const codecs = await connectCodecs(bridge.port);
    const errors: DOMException[] = [];
    const encoder = new codecs.VideoEncoder({ output: () => undefined, error: (error) => errors.push(error) });
    encoder.configure(config);
    const flushed = nameOf(() => encoder.flush());
    codecs.close();
    assert.equal(await flushed, 'AbortError');
    assert.equal(encoder.state, 'closed');
    assert.isEmpty(errors);
    assert.equal(await nameOf(() => codecs.statistics()), 'AbortError');
    bridge.cut();
  },
});
