/** How fast this machine encodes and decodes: a second or so of each, on pictures that are in the host already. */
import type { RemoteCodecs } from 'electron-webcodecs/renderer';
import { type SpeedCodec, type SpeedProgress, speedCodecs } from './messages.js';

type Frame = InstanceType<RemoteCodecs['VideoFrame']>;
type Chunk = InstanceType<RemoteCodecs['EncodedVideoChunk']>;

const size = { width: 1920, height: 1080 };
/** Different pictures, so that an encoder has something to do. */
const pictureCount = 12;
/** Milliseconds of each part. */
const duration = 1500;
const queueLimit = 8;
/** Frames between two reports. */
const reportEvery = 4;
const fps = 30;

/** Resolves with frames per second; rejects with the signal's reason, and with why the codec can't. */
export async function trySpeed(
  codecs: RemoteCodecs,
  codec: SpeedCodec,
  signal: AbortSignal,
  progress: (progress: SpeedProgress) => void,
): Promise<SpeedProgress> {
  const pictures = await makePictures(codecs);
  const result: SpeedProgress = { encode: null, decode: null };
  try {
    const {
      rate: encode,
      chunks,
      config,
    } = await encodeFor(codecs, codec, pictures, signal, (rate) => {
      result.encode = rate;
      progress({ ...result });
    });
    result.encode = encode;
    progress({ ...result });
    result.decode = await decodeFor(codecs, config, chunks, signal, (rate) => {
      result.decode = rate;
      progress({ ...result });
    });
    return result;
  } finally {
    for (const picture of pictures) picture.close();
  }
}

/** Stripes that move over a soft ground, with a little noise: neither empty nor hostile. */
async function makePictures(codecs: RemoteCodecs): Promise<Frame[]> {
  const { width, height } = size;
  const bytes = (width * height * 3) / 2;
  const pictures: Frame[] = [];
  for (let index = 0; index < pictureCount; index++) {
    const data = new Uint8Array(bytes).fill(128, width * height);
    let noise = index + 1;
    for (let y = 0, at = 0; y < height; y++) {
      for (let x = 0; x < width; x++, at++) {
        noise = (Math.imul(noise, 1_103_515_245) + 12_345) | 0;
        const stripe = ((x + index * 16) >> 6) & 1 ? 40 : 0;
        data[at] = 60 + ((x + y) >> 5) + stripe + ((noise >>> 28) & 7);
      }
    }
    const init = { codedWidth: width, codedHeight: height, timestamp: 0, transfer: [data.buffer] };
    const local = new codecs.VideoFrame(data, { ...init, format: 'I420' });
    // Now its pixels are in the host, and stay there.
    pictures.push(await codecs.transformVideoFrame(local, {}));
    local.close();
  }
  return pictures;
}

interface Encoded {
  rate: number;
  chunks: Chunk[];
  config: Parameters<InstanceType<RemoteCodecs['VideoDecoder']>['configure']>[0];
}

interface Queue {
  readonly size: () => number;
  readonly codec: EventTarget & { readonly state: string };
}

async function room({ size: queued, codec }: Queue): Promise<void> {
  while (queued() >= queueLimit && codec.state === 'configured') {
    await new Promise((resolve) => codec.addEventListener('dequeue', resolve, { once: true }));
  }
}

/** Counts outputs from the first one on: what a codec needs to get going isn't its speed. */
class Meter {
  readonly #report: (rate: number) => void;
  #first = 0;
  #last = 0;
  #count = 0;

  constructor(report: (rate: number) => void) {
    this.#report = report;
  }

  get rate(): number {
    return this.#count > 1 ? ((this.#count - 1) * 1000) / (this.#last - this.#first) : 0;
  }

  tick(): void {
    this.#last = performance.now();
    if (this.#count === 0) this.#first = this.#last;
    this.#count += 1;
    if (this.#count % reportEvery === 0) this.#report(this.rate);
  }
}

async function encodeFor(
  codecs: RemoteCodecs,
  codec: SpeedCodec,
  pictures: readonly Frame[],
  signal: AbortSignal,
  report: (rate: number) => void,
): Promise<Encoded> {
  const meter = new Meter(report);
  const chunks: Chunk[] = [];
  let config: Encoded['config'] | null = null;
  const outcome = failing();
  const encoder = new codecs.VideoEncoder({
    output: (chunk, metadata) => {
      config ??= metadata?.decoderConfig ?? null;
      chunks.push(chunk);
      meter.tick();
    },
    error: outcome.fail,
  });
  try {
    encoder.configure({ codec: speedCodecs[codec], ...size, framerate: fps, bitrate: 8_000_000 });
    const queue = { size: () => encoder.encodeQueueSize, codec: encoder };
    const end = performance.now() + duration;
    for (let index = 0; performance.now() < end && encoder.state === 'configured'; index++) {
      signal.throwIfAborted();
      const picture = pictures[index % pictures.length] as Frame;
      const frame = new codecs.VideoFrame(picture, { timestamp: Math.round((index * 1e6) / fps) });
      encoder.encode(frame);
      frame.close();
      await room(queue);
    }
    await Promise.race([encoder.flush(), outcome.failed]);
    if (!config) throw new Error('The encoder gave nothing.');
    return { rate: meter.rate, chunks, config };
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
}

async function decodeFor(
  codecs: RemoteCodecs,
  config: Encoded['config'],
  chunks: readonly Chunk[],
  signal: AbortSignal,
  report: (rate: number) => void,
): Promise<number> {
  const meter = new Meter(report);
  const outcome = failing();
  const decoder = new codecs.VideoDecoder({
    output: (frame) => {
      frame.close();
      meter.tick();
    },
    error: outcome.fail,
  });
  try {
    decoder.configure(config);
    const queue = { size: () => decoder.decodeQueueSize, codec: decoder };
    const end = performance.now() + duration;
    // From the start again and again: the first chunk is a key chunk.
    for (let index = 0; performance.now() < end && decoder.state === 'configured'; index++) {
      signal.throwIfAborted();
      decoder.decode(chunks[index % chunks.length] as Chunk);
      await room(queue);
    }
    await Promise.race([decoder.flush(), outcome.failed]);
    return meter.rate;
  } finally {
    if (decoder.state !== 'closed') decoder.close();
  }
}

function failing(): { fail(error: DOMException): void; failed: Promise<never> } {
  let fail: (error: DOMException) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  return { fail: (error) => fail(error), failed };
}
