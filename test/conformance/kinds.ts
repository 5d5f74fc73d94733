/** The four codec classes behind one shape, for the clauses that the specification writes four times over. */
import type { WebCodecs } from '../../app/client/index.js';
import type { Env } from './harness.js';

/** What all four classes have. */
export interface AnyCodec extends EventTarget {
  readonly state: string;
  ondequeue: ((event: Event) => unknown) | null;
  configure(config: object): void;
  flush(): Promise<undefined>;
  reset(): void;
  close(): void;
}

export interface AnyCodecClass {
  new (init: object): AnyCodec;
  readonly prototype: AnyCodec;
  isConfigSupported(config: object): Promise<{ supported: boolean; config: Record<string, unknown> }>;
}

export interface Callbacks {
  /** Called with the timestamp of each output, which is let go of afterwards. */
  output?: (timestamp: number) => void;
  error?: (error: DOMException) => void;
}

/** A codec and what came out of it. */
export interface Recorded {
  readonly codec: AnyCodec;
  /** Timestamps of outputs. */
  readonly outputs: number[];
  readonly errors: DOMException[];
  /** How the output callback was called. */
  readonly calls: { receiver: unknown; count: number }[];
  queueSize(): number;
  configure(): void;
  /** Encodes or decodes input number `index`, the first since configure() and flush() being number 0. */
  work(index: number): void;
  /** Calls encode() or decode() with anything. */
  give(...values: unknown[]): void;
  /** Work that ends in an error. */
  badWork(): void;
}

export interface Kind {
  readonly name: 'VideoEncoder' | 'VideoDecoder' | 'AudioEncoder' | 'AudioDecoder';
  /** `encode` or `decode`, and its queue size. */
  readonly method: 'encode' | 'decode';
  /** Microseconds from input to input. */
  readonly step: number;
  /** Whether there is an input that the codec fails on. */
  readonly canFail: boolean;
  classOf(webcodecs: WebCodecs): AnyCodecClass;
  goodConfig(env: Env): Promise<object>;
  unsupportedConfig: object;
  invalidConfigs: readonly object[];
  record(env: Env, callbacks?: Callbacks): Promise<Recorded>;
}

type VideoChunk = InstanceType<WebCodecs['EncodedVideoChunk']>;
type AudioChunk = InstanceType<WebCodecs['EncodedAudioChunk']>;

export interface StoredChunk {
  type: 'key' | 'delta';
  timestamp: number;
  duration: number | null;
  data: Uint8Array<ArrayBuffer>;
}

export function store(chunk: VideoChunk | AudioChunk): StoredChunk {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  return { type: chunk.type, timestamp: chunk.timestamp, duration: chunk.duration, data };
}

export interface Encoded {
  chunks: StoredChunk[];
  /** One per chunk. */
  metadata: Record<string, unknown>[];
  /** Of the first chunk. */
  decoderConfig: { codec: string } & Record<string, unknown>;
}

const frameStep = 40_000;
const audioStep = 20_000;

export const videoConfig = { codec: 'vp8', width: 64, height: 48, bitrate: 200_000, framerate: 25 };
export const audioConfig = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 64_000 };
/** Of an encoder that looks ahead at nothing: a chunk for each input. */
const plainConfig = { ...audioConfig, codec: 'pcm-s16' };

function firstDecoderConfig(metadata: Record<string, unknown>[]): Encoded['decoderConfig'] {
  const config = metadata[0]?.['decoderConfig'];
  if (!config) throw new Error('the first chunk came without a decoderConfig');
  return config as Encoded['decoderConfig'];
}

/** Real chunks, made by the encoder of the environment. */
export async function encodeVideo(
  env: Env,
  config: object = videoConfig,
  count = 4,
  frameInit: object = {},
): Promise<Encoded> {
  const full = { ...videoConfig, ...config };
  const chunks: StoredChunk[] = [];
  const metadata: Record<string, unknown>[] = [];
  let failure: DOMException | null = null;
  const encoder = new env.webcodecs.VideoEncoder({
    output: (chunk, more) => {
      chunks.push(store(chunk));
      metadata.push({ ...more });
    },
    error: (error) => {
      failure = error;
    },
  });
  encoder.configure(full);
  for (let picture = 0; picture < count; picture += 1) {
    const { width, height } = full;
    const init = { duration: frameStep, ...frameInit };
    const frame = env.frame({ width, height, picture, timestamp: picture * frameStep, init });
    encoder.encode(frame);
    frame.close();
  }
  await encoder.flush();
  if (failure) throw failure;
  encoder.close();
  return { chunks, metadata, decoderConfig: firstDecoderConfig(metadata) };
}

/** As encodeVideo(). */
export async function encodeAudio(env: Env, config: object = audioConfig, count = 4): Promise<Encoded> {
  const full = { ...audioConfig, ...config };
  const chunks: StoredChunk[] = [];
  const metadata: Record<string, unknown>[] = [];
  const encoder = new env.webcodecs.AudioEncoder({
    output: (chunk, more) => {
      chunks.push(store(chunk));
      metadata.push({ ...more });
    },
    error: () => undefined,
  });
  encoder.configure(full);
  for (let index = 0; index < count; index += 1) {
    const { sampleRate, numberOfChannels } = full;
    const data = env.audio({ sampleRate, numberOfChannels, timestamp: index * audioStep });
    encoder.encode(data);
    data.close();
  }
  await encoder.flush();
  encoder.close();
  return { chunks, metadata, decoderConfig: firstDecoderConfig(metadata) };
}

// Once per environment: the chunks never change.
const encodedVideo = new WeakMap<WebCodecs, Promise<Encoded>>();
const encodedAudio = new WeakMap<WebCodecs, Promise<Encoded>>();

function once(known: WeakMap<WebCodecs, Promise<Encoded>>, env: Env, make: (env: Env) => Promise<Encoded>) {
  const made = known.get(env.webcodecs) ?? make(env);
  known.set(env.webcodecs, made);
  return made;
}

interface Parts {
  configure(codec: AnyCodec): void;
  queueSize(codec: AnyCodec): number;
  work(codec: AnyCodec, index: number): void;
  give(codec: AnyCodec, values: unknown[]): void;
  badWork(codec: AnyCodec): void;
}

function record(codecClass: AnyCodecClass, parts: Parts, { output, error }: Callbacks = {}): Recorded {
  const outputs: number[] = [];
  const errors: DOMException[] = [];
  const calls: Recorded['calls'] = [];
  const codec = new codecClass({
    output(this: unknown, ...values: [{ timestamp: number; close?(): void }, ...unknown[]]) {
      calls.push({ receiver: this, count: values.length });
      const [value] = values;
      const { timestamp } = value;
      value.close?.();
      outputs.push(timestamp);
      output?.(timestamp);
    },
    error: (reason: DOMException) => {
      errors.push(reason);
      error?.(reason);
    },
  });
  return {
    codec,
    outputs,
    errors,
    calls,
    queueSize: () => parts.queueSize(codec),
    configure: () => parts.configure(codec),
    work: (index) => parts.work(codec, index),
    give: (...values) => parts.give(codec, values),
    badWork: () => parts.badWork(codec),
  };
}

type Encoding = AnyCodec & { readonly encodeQueueSize: number; encode(...values: unknown[]): undefined };
type Decoding = AnyCodec & { readonly decodeQueueSize: number; decode(...values: unknown[]): undefined };

const encoding = {
  queueSize: (codec: AnyCodec) => (codec as Encoding).encodeQueueSize,
  give: (codec: AnyCodec, values: unknown[]) => (codec as Encoding).encode(...values),
};
const decoding = {
  queueSize: (codec: AnyCodec) => (codec as Decoding).decodeQueueSize,
  give: (codec: AnyCodec, values: unknown[]) => (codec as Decoding).decode(...values),
};

function encodeAndClose(codec: AnyCodec, input: { close(): void }): void {
  try {
    (codec as Encoding).encode(input);
  } finally {
    input.close();
  }
}

const videoEncoder: Kind = {
  name: 'VideoEncoder',
  method: 'encode',
  canFail: false,
  step: frameStep,
  classOf: ({ VideoEncoder }) => VideoEncoder as unknown as AnyCodecClass,
  goodConfig: async () => videoConfig,
  unsupportedConfig: { ...videoConfig, codec: 'vp9' },
  invalidConfigs: [{}, { ...videoConfig, codec: ' ' }, { ...videoConfig, width: 0 }, { ...videoConfig, height: -1 }],
  record: async (env, callbacks) =>
    record(
      videoEncoder.classOf(env.webcodecs),
      {
        ...encoding,
        configure: (codec) => codec.configure(videoConfig),
        work: (codec, index) =>
          encodeAndClose(
            codec,
            env.frame({ picture: index, timestamp: index * frameStep, init: { duration: frameStep } }),
          ),
        badWork: () => undefined,
      },
      callbacks,
    ),
};

const audioEncoder: Kind = {
  name: 'AudioEncoder',
  method: 'encode',
  canFail: true,
  step: audioStep,
  classOf: ({ AudioEncoder }) => AudioEncoder as unknown as AnyCodecClass,
  goodConfig: async () => plainConfig,
  unsupportedConfig: { ...plainConfig, codec: 'mp4a.40' },
  invalidConfigs: [
    {},
    { ...plainConfig, codec: '' },
    { ...plainConfig, sampleRate: 0 },
    { ...plainConfig, numberOfChannels: 0 },
  ],
  record: async (env, callbacks) =>
    record(
      audioEncoder.classOf(env.webcodecs),
      {
        ...encoding,
        configure: (codec) => codec.configure(plainConfig),
        work: (codec, index) => encodeAndClose(codec, env.audio({ timestamp: index * audioStep })),
        badWork: (codec) => encodeAndClose(codec, env.audio({ sampleRate: 8000, numberOfChannels: 2 })),
      },
      callbacks,
    ),
};

const videoDecoder: Kind = {
  name: 'VideoDecoder',
  method: 'decode',
  canFail: true,
  step: frameStep,
  classOf: ({ VideoDecoder }) => VideoDecoder as unknown as AnyCodecClass,
  goodConfig: async (env) => (await once(encodedVideo, env, encodeVideo)).decoderConfig,
  unsupportedConfig: { codec: 'vp9' },
  invalidConfigs: [{}, { codec: '\n' }, { codec: 'vp8', codedWidth: 1 }, { codec: 'vp8', displayAspectHeight: 1 }],
  record: async (env, callbacks) => {
    const { chunks, decoderConfig } = await once(encodedVideo, env, encodeVideo);
    return record(
      videoDecoder.classOf(env.webcodecs),
      {
        ...decoding,
        configure: (codec) => codec.configure(decoderConfig),
        work: (codec, index) => {
          const chunk = chunks[index % chunks.length] as StoredChunk;
          const init = { ...chunk, duration: frameStep, timestamp: index * frameStep };
          (codec as Decoding).decode(new env.webcodecs.EncodedVideoChunk(init));
        },
        // A key frame of VP8 whose start code is wrong.
        badWork: (codec) => (codec as Decoding).decode(env.videoChunk('key', 0, new Uint8Array(32))),
      },
      callbacks,
    );
  },
};

const audioDecoder: Kind = {
  name: 'AudioDecoder',
  method: 'decode',
  canFail: true,
  step: audioStep,
  classOf: ({ AudioDecoder }) => AudioDecoder as unknown as AnyCodecClass,
  goodConfig: async (env) => (await once(encodedAudio, env, encodeAudio)).decoderConfig,
  unsupportedConfig: { ...audioConfig, codec: 'mp4a.40' },
  invalidConfigs: [{}, { ...audioConfig, codec: '\f' }, { ...audioConfig, sampleRate: -1 }, { codec: 'opus' }],
  record: async (env, callbacks) => {
    const { chunks, decoderConfig } = await once(encodedAudio, env, encodeAudio);
    return record(
      audioDecoder.classOf(env.webcodecs),
      {
        ...decoding,
        configure: (codec) => codec.configure(decoderConfig),
        work: (codec, index) => {
          const chunk = chunks[index % chunks.length] as StoredChunk;
          const init = { ...chunk, duration: audioStep, timestamp: index * audioStep };
          (codec as Decoding).decode(new env.webcodecs.EncodedAudioChunk(init));
        },
        badWork: (codec) => (codec as Decoding).decode(env.audioChunk('key', 0, new Uint8Array(64).fill(0xff))),
      },
      callbacks,
    );
  },
};

export const kinds = { videoEncoder, audioEncoder, videoDecoder, audioDecoder } as const;
