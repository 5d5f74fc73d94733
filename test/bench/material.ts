/** The input of all benchmarks, made once per run: raw pictures and the chunk files that bench_limit writes. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const framerate = 30;

/** Moving picture with fine grain, so that no encoder has an easy time: I420, tightly packed. */
export function makePictures(path: string, width: number, height: number, frames: number): void {
  const source = `testsrc2=size=${width}x${height}:rate=${framerate},noise=alls=8:allf=t`;
  execFileSync('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', source],
    ...['-frames:v', String(frames), '-pix_fmt', 'yuv420p', '-f', 'rawvideo', path],
  ]);
}

/** Each picture in a buffer of its own, so that it can be transferred. */
export function readPictures(path: string, width: number, height: number): ArrayBuffer[] {
  const size = width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
  const bytes = readFileSync(path);
  return Array.from({ length: Math.floor(bytes.byteLength / size) }, (_, index) => {
    const picture = new Uint8Array(size);
    picture.set(bytes.subarray(index * size, (index + 1) * size));
    return picture.buffer;
  });
}

export interface StoredChunk {
  type: 'key' | 'delta';
  /** Microseconds. */
  timestamp: number;
  data: Uint8Array;
}

/** The format is described in native/bench/limit.cc. */
export function readChunks(path: string): StoredChunk[] {
  const bytes = readFileSync(path);
  const chunks: StoredChunk[] = [];
  for (let at = 0; at < bytes.byteLength; ) {
    const size = bytes.readUInt32LE(at);
    chunks.push({
      type: bytes.readUInt8(at + 4) ? 'key' : 'delta',
      timestamp: Number(bytes.readBigInt64LE(at + 5)),
      data: bytes.subarray(at + 13, at + 13 + size),
    });
    at += 13 + size;
  }
  return chunks;
}
