import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import {
  loadNative,
  type NativeEvent,
  type NativePictureInit,
  type NativeVideoEncoderConfig,
} from '../../native/index.js';

const binding = loadNative();
const unknownColor = { primaries: null, transfer: null, matrix: null, fullRange: null };

/** Calls what an array was registered with when nothing holds the array any more. */
const letGo = new FinalizationRegistry<() => void>((tell) => tell());

function initOf(width: number, height: number, borrow: boolean): NativePictureInit {
  const size = { codedWidth: width, codedHeight: height, displayWidth: width, displayHeight: height };
  const visibleRect = { x: 0, y: 0, width, height };
  const times = { timestamp: 0, duration: null };
  return {
    format: 'I420',
    ...size,
    visibleRect,
    rotation: 0,
    flip: false,
    ...times,
    color: unknownColor,
    layout: null,
    borrow,
  };
}

function configOf(codec: 'h264' | 'prores', width: number, height: number): NativeVideoEncoderConfig {
  const prores = codec === 'prores';
  return {
    kind: 'video-encoder',
    codec,
    ...{ profile: null, level: null, highTier: false, variant: prores ? 'apcn' : '' },
    ...{ bitDepth: prores ? 10 : 8, chroma: prores ? '422' : '420', width, height },
    ...{ displayWidth: null, displayHeight: null, bitrate: prores ? null : 500_000, bitrateMode: 'variable' },
    ...{ framerate: 30, latencyMode: 'quality', gopSize: null, keepAlpha: false, temporalLayers: 1 },
    ...{ annexb: true, contentHint: '', color: unknownColor, frameSizeMismatch: 'error', hardware: 'no-preference' },
  };
}

function grain(bytes: number, seed: number): Uint8Array {
  const data = new Uint8Array(bytes);
  for (let index = 0; index < bytes; index++) data[index] = (index * 31 + (index >> 7) * 17 + seed) & 0xff;
  return data;
}

/** Encodes a few pictures; gives the chunks' bytes, and says of each array when nothing holds it any more. */
async function encode(codec: 'h264' | 'prores', width: number, height: number, borrow: boolean, gone: () => void) {
  const chunks: Uint8Array[] = [];
  let native: ReturnType<typeof binding.createCodec> | undefined;
  await new Promise<void>((resolve, reject) => {
    const alive = setInterval(() => undefined, 1000);
    const onEvent = (event: NativeEvent) => {
      if (event.type === 'chunk') chunks.push(event.chunk.data.slice());
      if (event.type === 'failed') reject(new Error(event.error.message));
      if (event.type === 'flushed') native?.close();
      if (event.type === 'closed') {
        clearInterval(alive);
        resolve();
      }
    };
    native = binding.createCodec('video-encoder', onEvent);
    native.configure(0, configOf(codec, width, height));
    for (let index = 0; index < 4; index++) {
      const data = grain(width * height * 1.5, index * 5);
      letGo.register(data, gone);
      const picture = binding.createPicture({ ...initOf(width, height, borrow), timestamp: index * 33_333 }, data);
      native.encodeVideo(0, picture, false, null);
      picture.close();
    }
    native.flush(0, 1);
  });
  return chunks;
}

async function collected(isDone: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 50 && !isDone(); attempt++) {
    global.gc?.();
    await delay(10);
  }
}

describe('pictures that borrow their bytes', () => {
  // FFmpeg's own encoders must get a copy; 636 pixels across need one for their alignment.
  for (const [codec, width, height] of [
    ['h264', 640, 360],
    ['h264', 636, 358],
    ['prores', 640, 360],
  ] as const) {
    it(`encode as copied ones do, and their arrays are let go of: ${codec} ${width}×${height}`, async () => {
      let gone = 0;
      const borrowed = await encode(codec, width, height, true, () => gone++);
      const copied = await encode(codec, width, height, false, () => undefined);
      assert.equal(borrowed.length, 4);
      assert.deepEqual(borrowed, copied);
      await collected(() => gone === 4);
      assert.equal(gone, 4);
    });
  }

  it('keep the bytes as long as they live, in a clone too', async () => {
    let gone = 0;
    const open = () => {
      const data = grain(640 * 360 * 1.5, 3);
      letGo.register(data, () => gone++);
      const picture = binding.createPicture(initOf(640, 360, true), data);
      const clone = picture.clone();
      picture.close();
      return clone;
    };
    const clone = open();
    await collected(() => false);
    assert.equal(gone, 0);
    const copy = new Uint8Array(640 * 360 * 1.5);
    const rect = { x: 0, y: 0, width: 640, height: 360 };
    await clone.copyTo(copy, { rect, format: null, layout: null });
    assert.deepEqual(copy, grain(640 * 360 * 1.5, 3));
    clone.close();
    // What has ended is let go of with the next picture or event.
    binding.createPicture(initOf(64, 64, true), new Uint8Array(64 * 64 * 1.5)).close();
    await collected(() => gone === 1);
    assert.equal(gone, 1);
  });
});
