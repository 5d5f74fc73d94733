/**
 * Measurements of media objects and audio codecs, in a process of its own. Gets a MediaTask as JSON in argv[2], prints a
 * MediaMeasurement as one line of JSON.
 */
import { createCodecHost } from 'electron-webcodecs';
import { rgbToI420 } from '../../renderer/rgb-to-i420.js';
import { audioBlocks, syntheticSound } from '../fixtures/synthetic-audio.js';

export type MediaTask =
  /** A frame of this format, made of bytes and copied out again, against copies of as many bytes. */
  | { kind: 'frames'; format: string; width: number; height: number; count: number }
  /** RGBA to I420: in the host, on a frame that lives there, and in JavaScript. */
  | { kind: 'convert'; runIn: 'inline' | 'child'; width: number; height: number; count: number }
  | { kind: 'audio'; runIn: 'inline' | 'child'; config: Record<string, unknown>; seconds: number };

/** Seconds for one operation, the fastest of three rounds; for audio, for the whole sound. */
export type MediaMeasurement = Record<string, number>;

const task = JSON.parse(process.argv[2] ?? '{}') as MediaTask;
const host = createCodecHost({ runIn: task.kind === 'frames' ? 'inline' : task.runIn });
const { VideoFrame, AudioData, AudioEncoder, AudioDecoder, transformVideoFrame } = host.webcodecs;
await host.ready;

const rounds = 3;

async function fastest(count: number, action: () => unknown): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    for (let index = 0; index < count; index++) await action();
    best = Math.min(best, (performance.now() - began) / 1000 / count);
  }
  return best;
}

async function measureFrames({
  format,
  width,
  height,
  count,
}: MediaTask & { kind: 'frames' }): Promise<MediaMeasurement> {
  const init = { format: format as 'I420', codedWidth: width, codedHeight: height, timestamp: 0 };
  const probe = new VideoFrame(new Uint8Array(width * height * 8), init);
  const bytes = Buffer.alloc(probe.allocationSize(), 100);
  probe.close();
  const into = Buffer.alloc(bytes.length);
  const frame = new VideoFrame(bytes, init);
  const result = {
    bytes: bytes.length,
    memcpy: await fastest(count, () => bytes.copy(into)),
    // What a frame that keeps its bytes can't be quicker than: most of it is the kernel giving pages.
    fresh: await fastest(count, () => new Uint8Array(bytes)),
    construct: await fastest(count, () => new VideoFrame(bytes, init).close()),
    copyTo: await fastest(count, () => frame.copyTo(into)),
  };
  frame.close();
  return result;
}

async function measureConversion({ width, height, count }: MediaTask & { kind: 'convert' }): Promise<MediaMeasurement> {
  const pixels = new Uint8Array(width * height * 4).fill(90);
  const local = new VideoFrame(pixels, { format: 'RGBA', codedWidth: width, codedHeight: height, timestamp: 0 });
  const remote = await transformVideoFrame(local, { format: 'RGBA' });
  local.close();
  const result = {
    host: await fastest(count, async () => (await transformVideoFrame(remote, { format: 'I420' })).close()),
    script: await fastest(count, () => rgbToI420(pixels, width, height, false)),
  };
  remote.close();
  return result;
}

/** Work that waits in a codec before the loop pauses. */
const queueTarget = 16;

interface Queueing {
  ondequeue: ((event: Event) => void) | null;
}

async function room(codec: Queueing, size: () => number): Promise<void> {
  while (size() >= queueTarget) {
    await new Promise<unknown>((resolve) => {
      codec.ondequeue = resolve;
    });
  }
}

async function measureAudio({ config, seconds }: MediaTask & { kind: 'audio' }): Promise<MediaMeasurement> {
  const encoderConfig = config as unknown as Parameters<InstanceType<typeof AudioEncoder>['configure']>[0];
  const { sampleRate, numberOfChannels } = encoderConfig;
  const blocks = audioBlocks(syntheticSound(seconds, sampleRate, numberOfChannels), 'f32-planar', 1024);
  const error = (reason: Error): never => {
    throw reason;
  };
  type Output = NonNullable<ConstructorParameters<typeof AudioEncoder>[0]['output']>;
  let chunks: Parameters<Output>[0][] = [];
  let decoderConfig: NonNullable<Parameters<Output>[1]>['decoderConfig'];
  const encode = async (): Promise<void> => {
    chunks = [];
    const output: Output = (chunk, metadata) => {
      chunks.push(chunk);
      decoderConfig = metadata?.decoderConfig ?? decoderConfig;
    };
    const encoder = new AudioEncoder({ output, error });
    encoder.configure(encoderConfig);
    for (const block of blocks) {
      await room(encoder, () => encoder.encodeQueueSize);
      const data = new AudioData(block as unknown as ConstructorParameters<typeof AudioData>[0]);
      encoder.encode(data);
      data.close();
    }
    await encoder.flush();
    encoder.close();
  };
  const decode = async (): Promise<void> => {
    if (!decoderConfig) throw new Error('The encoder told no decoder configuration.');
    const decoder = new AudioDecoder({ output: (data) => data.close(), error });
    decoder.configure(decoderConfig);
    for (const chunk of chunks) {
      await room(decoder, () => decoder.decodeQueueSize);
      decoder.decode(chunk);
    }
    await decoder.flush();
    decoder.close();
  };
  return { encode: await fastest(1, encode), decode: await fastest(1, decode) };
}

function run(): Promise<MediaMeasurement> {
  switch (task.kind) {
    case 'frames':
      return measureFrames(task);
    case 'convert':
      return measureConversion(task);
    case 'audio':
      return measureAudio(task);
  }
}

console.log(JSON.stringify(await run()));
await host.close();
