/** What runs in a Worker that is handed a port: encodes frames, decodes them again, and says what it saw. */
import { connectCodecs } from 'electron-webcodecs/renderer';
import { decodeChunks, drawnQuadrants, encodeFrames, paintedCanvas } from './coding.js';

/** To the Worker. */
export interface WorkerTask {
  port: MessagePort;
  frames: 'platform' | 'remote';
  transfer: boolean;
}

/** From it. */
export interface WorkerResult {
  scope: string;
  timestamps: number[];
  /** Of the first frame, where frames can be drawn. */
  quadrants: number[][];
  error?: string;
}

const config = { codec: 'hvc1.1.6.L60.B0', width: 128, height: 96, bitrate: 1_000_000 };

async function withPlatformFrames(port: MessagePort, transfer: boolean): Promise<Omit<WorkerResult, 'scope'>> {
  const codecs = await connectCodecs(port, { transfer });
  const frames = [0, 1000, 2000].map((timestamp) => new VideoFrame(paintedCanvas(), { timestamp }));
  const decoded = await decodeChunks(codecs, await encodeFrames(codecs, config, frames));
  const result = {
    timestamps: decoded.map(({ timestamp }) => timestamp),
    quadrants: drawnQuadrants(decoded[0] as VideoFrame),
  };
  for (const frame of decoded) frame.close();
  return result;
}

async function withRemoteFrames(port: MessagePort): Promise<Omit<WorkerResult, 'scope'>> {
  const codecs = await connectCodecs(port, { frames: 'remote' });
  const timestamps: number[] = [];
  const error = (reason: DOMException) => {
    throw reason;
  };
  const decoder = new codecs.VideoDecoder({
    output: (frame) => {
      timestamps.push(frame.timestamp);
      frame.close();
    },
    error,
  });
  const encoder = new codecs.VideoEncoder({
    output: (chunk, metadata) => {
      if (metadata?.decoderConfig) decoder.configure(metadata.decoderConfig);
      decoder.decode(chunk);
    },
    error,
  });
  encoder.configure(config);
  for (const timestamp of [0, 1000, 2000]) {
    const data = new Uint8Array((128 * 96 * 3) / 2).fill(128);
    const frame = new codecs.VideoFrame(data, { format: 'I420', codedWidth: 128, codedHeight: 96, timestamp });
    encoder.encode(frame);
    frame.close();
  }
  await encoder.flush();
  await decoder.flush();
  encoder.close();
  decoder.close();
  return { timestamps, quadrants: [] };
}

addEventListener('message', ({ data: { port, frames, transfer } }: MessageEvent<WorkerTask>) => {
  const run = frames === 'remote' ? withRemoteFrames(port) : withPlatformFrames(port, transfer);
  const scope = globalThis.constructor.name;
  run.then(
    (result) => postMessage({ scope, ...result } satisfies WorkerResult),
    (error: unknown) =>
      postMessage({ scope, timestamps: [], quadrants: [], error: String(error) } satisfies WorkerResult),
  );
});
