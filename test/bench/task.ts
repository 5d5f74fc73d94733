/**
 * Measurements of one task in a process of its own, so that memory and event-loop delay are its alone. Gets a Task as
 * JSON in argv[2]; gets warm, opens its codecs, prints `ready`, and measures once for each line on standard input, for
 * which it prints a Measurement as one line of JSON. Then it opens codecs anew and is ready again. Where the line says
 * `watch`, it watches the event loop, which takes time itself.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { createCodecHost } from 'electron-webcodecs';
import { benchCodec } from './codecs.js';
import { framerate, readChunks, readPictures, type StoredChunk } from './material.js';

export interface Task {
  kind: 'encode' | 'decode' | 'transcode' | 'latency' | 'cycles';
  runIn: 'inline' | 'child';
  /** Encoded to; for `decode` decoded from. */
  codec: string;
  /** For `transcode`: decoded from. */
  from: string;
  latencyMode: 'quality' | 'realtime';
  width: number;
  height: number;
  bitrate: number;
  frames: number;
  pictures: string;
  chunks: string;
}

export interface Measurement {
  frames: number;
  seconds: number;
  /** What timers of the calling event loop were late by while it was watched, milliseconds. */
  loopDelays: number[];
  /** Media bytes that crossed the port per frame, both ways. */
  crossedPerFrame: number;
  /** Caller and host together, MiB. */
  peakRss: number;
  /** `latency`: milliseconds from encode() to chunk. */
  latency?: { p50: number; p99: number; late: number };
  /** `cycles`: MiB before and after the create-close cycles. */
  resident?: { before: number; after: number };
}

/** Times that `decode` goes through its chunks: decoding is fast. Stands in native/bench/limit.cc as well. */
const decodePasses = 4;
/** Milliseconds: a finer timer takes a core's time itself. */
const timerInterval = 10;
const mebibyte = 2 ** 20;
/** Work that waits in a codec before the loop pauses: enough to keep it busy, little enough to hold few pictures. */
const queueTarget = 4;
/** Decoded pictures that wait at the encoder. Stands in native/bench/limit.cc as well. */
const heldPictures = 8;

const task = JSON.parse(process.argv[2] ?? '{}') as Task;
const host = createCodecHost({ runIn: task.runIn });
const { VideoEncoder, VideoDecoder, VideoFrame, EncodedVideoChunk } = host.webcodecs;
await host.ready;

/** What only some kinds measure. */
const extra: Pick<Measurement, 'latency' | 'resident'> = {};

function fail(error: unknown): never {
  console.error(error);
  process.exit(1);
}

type Codec = InstanceType<typeof VideoEncoder> | InstanceType<typeof VideoDecoder>;

const queueSize = (codec: Codec) => ('encodeQueueSize' in codec ? codec.encodeQueueSize : codec.decodeQueueSize);

async function room(codec: Codec, most = queueTarget): Promise<void> {
  while (queueSize(codec) >= most) {
    await new Promise<unknown>((resolve) => {
      codec.ondequeue = resolve;
    });
  }
}

interface Size {
  width: number;
  height: number;
}

async function makeEncoder(
  output: (chunk: InstanceType<typeof EncodedVideoChunk>) => void,
  { width, height }: Size = task,
  name = task.codec,
) {
  const { codec, config } = benchCodec(name);
  const encoder = new VideoEncoder({ output, error: fail });
  const { bitrate, latencyMode } = task;
  encoder.configure({ ...config, codec, width, height, bitrate, latencyMode, framerate, bitrateMode: 'variable' });
  // Opening is not what is measured.
  await encoder.flush();
  return encoder;
}

async function makeDecoder(name: string, output: (frame: InstanceType<typeof VideoFrame>) => void) {
  const decoder = new VideoDecoder({ output, error: fail });
  decoder.configure({ codec: benchCodec(name).codec });
  await decoder.flush();
  return decoder;
}

const pictureBytes = ({ width, height }: Size) => width * height * 1.5;

function makeFrame(data: ArrayBuffer, timestamp: number, { width, height }: Size = task) {
  const size = { codedWidth: width, codedHeight: height };
  return new VideoFrame(data, { format: 'I420', ...size, timestamp, transfer: [data] });
}

/**
 * Gets everything warm, memory touched and the program compiled, as it is in the midst of an export. What it
 * returns opens the codecs of one measurement; what that returns is measured, and gives the frames.
 */
type Preparation = () => Promise<() => Promise<() => Promise<number>>>;

/**
 * Frames through codecs until V8 has optimised nearly all that they run through; small ones of a fast codec, since that
 * is the same code.
 */
const compileFrames = 10_000;
const compileSize = { width: 128, height: 96 };
const compileCodec = 'h264';
/** Full-size frames, to touch memory with. Stands in native/bench/limit.cc as well. */
const warmUpFrames = 12;

const timestampOf = (index: number) => Math.round((index * 1e6) / framerate);

type Encoder = Awaited<ReturnType<typeof makeEncoder>>;

async function encodeAll(encoder: Encoder, pictures: Iterable<ArrayBuffer>, size: Size = task): Promise<void> {
  let index = 0;
  for (const picture of pictures) {
    await room(encoder);
    const frame = makeFrame(picture, timestampOf(index++), size);
    encoder.encode(frame);
    frame.close();
  }
  await encoder.flush();
}

function* blankPictures(size: Size, count: number) {
  for (let index = 0; index < count; index++) yield new ArrayBuffer(pictureBytes(size));
}

/** With an encoder of its own: one that was drained opens anew with the next frame. */
async function encodeBlanks(size: Size, count: number, codec = task.codec): Promise<StoredChunk[]> {
  const chunks: StoredChunk[] = [];
  const encoder = await makeEncoder((chunk) => chunks.push(stored(chunk)), size, codec);
  await encodeAll(encoder, blankPictures(size, count), size);
  encoder.close();
  return chunks;
}

function stored(chunk: InstanceType<typeof EncodedVideoChunk>): StoredChunk {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  return { type: chunk.type, timestamp: chunk.timestamp, data };
}

const prepareEncode: Preparation = async () => {
  const originals = readPictures(task.pictures, task.width, task.height);
  await encodeBlanks(task, warmUpFrames);
  await encodeBlanks(compileSize, compileFrames, compileCodec);
  return async () => {
    const pictures = originals.map((picture) => picture.slice());
    let frames = 0;
    const encoder = await makeEncoder(() => frames++);
    return async () => {
      await encodeAll(encoder, pictures);
      encoder.close();
      return frames;
    };
  };
};

async function feed(
  chunks: Iterable<StoredChunk>,
  decoder: InstanceType<typeof VideoDecoder>,
  wait: () => Promise<void>,
): Promise<void> {
  for (const chunk of chunks) {
    await wait();
    decoder.decode(new EncodedVideoChunk(chunk));
  }
  await decoder.flush();
}

function* repeated<T>(items: T[], times: number): Generator<T> {
  for (let pass = 0; pass < times; pass++) yield* items;
}

const prepareDecode: Preparation = async () => {
  let frames = 0;
  const open = (name: string) =>
    makeDecoder(name, (frame) => {
      frames++;
      frame.close();
    });
  const decode = (decoder: InstanceType<typeof VideoDecoder>, chunks: StoredChunk[], passes: number) =>
    feed(repeated(chunks, passes), decoder, () => room(decoder, 4 * queueTarget));
  const small = await open(compileCodec);
  await decode(small, await encodeBlanks(compileSize, compileFrames, compileCodec), 1);
  small.close();
  const chunks = readChunks(task.chunks);
  const decoder = await open(task.codec);
  await decode(decoder, chunks.slice(0, warmUpFrames), 1);
  return async () => async () => {
    frames = 0;
    await decode(decoder, chunks, decodePasses);
    return frames;
  };
};

const prepareTranscode: Preparation = async () => {
  const chunks = readChunks(task.chunks);
  const open = async (size: Size, name: string) => {
    let frames = 0;
    const encoder = await makeEncoder(() => frames++, size, name);
    const decoder = await makeDecoder(task.from, (frame) => {
      encoder.encode(frame);
      frame.close();
    });
    const transcode = async (some: StoredChunk[]) => {
      await feed(some, decoder, async () => {
        await room(decoder);
        await room(encoder, heldPictures);
      });
      await encoder.flush();
      decoder.close();
      encoder.close();
      return frames;
    };
    return transcode;
  };
  const small = await open(compileSize, compileCodec);
  await small(await encodeBlanks(compileSize, compileFrames, task.from));
  const warmUp = await open(task, task.codec);
  await warmUp(chunks.slice(0, warmUpFrames));
  return async () => {
    const measured = await open(task, task.codec);
    return () => measured(chunks);
  };
};

const percentile = (sorted: number[], part: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;

/** Frames at their real pace, as a recorder has them. */
const prepareLatency: Preparation = async () => {
  const sent = new Map<number, number>();
  const delays: number[] = [];
  const encoder = await makeEncoder((chunk) => {
    delays.push(performance.now() - (sent.get(chunk.timestamp) ?? Number.NaN));
  });
  const pictures = readPictures(task.pictures, task.width, task.height);
  return async () => async () => {
    const begun = performance.now();
    for (const [index, picture] of pictures.entries()) {
      const due = begun + (index * 1000) / framerate;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
      const frame = makeFrame(picture, timestampOf(index));
      sent.set(frame.timestamp, performance.now());
      encoder.encode(frame);
      frame.close();
    }
    await encoder.flush();
    const sorted = delays.toSorted((a, b) => a - b);
    const late = sorted.filter((delay) => delay > 1000 / framerate).length;
    extra.latency = { p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99), late };
    return sorted.length;
  };
};

/**
 * Resident memory of the caller and, where it is another process, of the host. MiB. The least of several readings:
 * what a collection frees goes back to the system some time after it.
 */
async function residentNow(): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let reading = 0; reading < 5; reading++) {
    global.gc?.();
    await new Promise((resolve) => setTimeout(resolve, 100));
    const hosts = task.runIn === 'child' ? (await host.statistics()).rss : 0;
    least = Math.min(least, (process.memoryUsage().rss + hosts) / mebibyte);
  }
  return least;
}

/**
 * JavaScript's heap and the allocator find their size in some 900 cycles and are flat from there on (seen over 2400):
 * what grows after that would be lost.
 */
const warmUpCycles = 1_000;

const prepareCycles: Preparation = async () => {
  const run = async (cycles: number) => {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const encoder = await makeEncoder(() => {});
      const frame = makeFrame(new ArrayBuffer(pictureBytes(task)), 0);
      encoder.encode(frame);
      frame.close();
      await encoder.flush();
      encoder.close();
    }
  };
  await run(warmUpCycles);
  const before = await residentNow();
  return async () => async () => {
    await run(task.frames);
    extra.resident = { before, after: await residentNow() };
    return task.frames;
  };
};

/** High-water marks as the kernel keeps them. MiB. */
function peakRss(): number {
  const own = process.resourceUsage().maxRSS / 1024;
  if (task.runIn === 'inline' || host.pid === undefined) return own;
  const line = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${host.pid}/status`, 'utf8'));
  return own + Number(line?.[1] ?? 0) / 1024;
}

const preparations = {
  encode: prepareEncode,
  decode: prepareDecode,
  transcode: prepareTranscode,
  latency: prepareLatency,
  cycles: prepareCycles,
} satisfies Record<Task['kind'], Preparation>;

const open = await preparations[task.kind]();
const asked = createInterface({ input: process.stdin });

/** In the measured time alone, which Node's own monitor can't be told. What it returns ends it. */
function watchEventLoop(delays: number[]): () => void {
  let due = 0;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    due = performance.now() + timerInterval;
    timer = setTimeout(fire, timerInterval);
  };
  const fire = (): void => {
    delays.push(Math.round((performance.now() - due) * 1000) / 1000);
    next();
  };
  next();
  return () => {
    clearTimeout(timer);
    // What was due and had no turn any more was late as well.
    if (performance.now() > due) delays.push(performance.now() - due);
  };
}

async function measure(work: () => Promise<number>, watch: boolean): Promise<Measurement> {
  const before = await host.statistics();
  const loopDelays: number[] = [];
  const stopWatching = watch ? watchEventLoop(loopDelays) : () => undefined;
  const begun = performance.now();
  const frames = await work();
  const seconds = (performance.now() - begun) / 1000;
  stopWatching();
  const after = await host.statistics();
  const crossed = after.bytesReceived + after.bytesSent - before.bytesReceived - before.bytesSent;
  return {
    frames,
    seconds,
    loopDelays,
    crossedPerFrame: crossed / frames,
    peakRss: peakRss(),
    ...extra,
  };
}

async function getReady(): Promise<() => Promise<number>> {
  const work = await open();
  console.log('ready');
  return work;
}

let work = await getReady();
for await (const how of asked) {
  console.log(JSON.stringify(await measure(work, how === 'watch')));
  work = await getReady();
}
await host.close();
