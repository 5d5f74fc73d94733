import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { AvifReader } from '../../app/host/image-avif.js';
import { BmpReader } from '../../app/host/image-bmp.js';
import { ImageFile } from '../../app/host/image-file.js';
import { GifReader } from '../../app/host/image-gif.js';
import { JpegReader } from '../../app/host/image-jpeg.js';
import type { LayoutReader } from '../../app/host/image-layout.js';
import { PngReader } from '../../app/host/image-png.js';
import { WebpReader } from '../../app/host/image-webp.js';
import { FakeBinding } from '../fixtures/fake-native.js';
import { joinBytes, writeGif } from '../fixtures/gif-writer.js';
import { iccProfile, jpegWithProfile } from '../fixtures/icc-profiles.js';
import { riffChunk, riffFile, writePngChunk } from '../fixtures/image-chunks.js';
import {
  animationCases,
  extendedHeader,
  type ImageCase,
  makeImage,
  pictureSize,
  stillCases,
  webpBitstream,
} from '../fixtures/image-files.js';

type ReaderClass = new () => LayoutReader;

const readers: Record<string, ReaderClass> = {
  'image/jpeg': JpegReader,
  'image/png': PngReader,
  'image/gif': GifReader,
  'image/webp': WebpReader,
  'image/avif': AvifReader,
  'image/bmp': BmpReader,
};

/** The class, which counts its steps. */
function counting(Reader: ReaderClass): { Reader: ReaderClass; steps: () => number } {
  let count = 0;
  // A mixin: what is protected in the class is public here.
  const prototype = Reader.prototype as unknown as { step(file: Uint8Array): boolean };
  class Counting extends (Reader as unknown as new () => object) {
    step(file: Uint8Array): boolean {
      count += 1;
      return prototype.step.call(this, file);
    }
  }
  return { Reader: Counting as unknown as ReaderClass, steps: () => count };
}

/** All that a reader tells of a file that came in pieces of this length. */
function readPieces(Reader: ReaderClass, file: Uint8Array, pieceLength: number) {
  const reader = new Reader();
  for (let end = Math.max(pieceLength, 12); ; end += pieceLength) {
    const bytes = file.subarray(0, Math.min(end, file.length));
    while (reader.readOn(bytes));
    const tracks = reader.tracks(bytes, end >= file.length);
    if (end < file.length) continue;
    return tracks.map(({ frames, ...track }) => {
      const told = Array.from({ length: frames.length }, (_, index) => {
        const { code, ...frame } = frames.at(index) ?? assert.fail();
        return { ...frame, timestamp: frames.timestamp(index), code: code(bytes) };
      });
      return { ...track, frames: told, whole: frames.whole };
    });
  }
}

describe('an image that comes byte by byte', () => {
  for (const image of [...stillCases, ...animationCases]) {
    test(`${image.name}: is read to the same as a whole one, in as many steps as it has bytes and parts`, async () => {
      const file = await makeImage(image as ImageCase);
      const Reader = readers[image.type] ?? assert.fail();
      const { Reader: Whole, steps: partsOf } = counting(Reader);
      const whole = readPieces(Whole, file, file.length);
      assert.ok(whole?.some((track) => track.whole > 0));
      const { Reader: Counting, steps } = counting(Reader);
      assert.deepEqual(readPieces(Counting, file, 1), whole);
      assert.ok(steps() <= file.length + partsOf(), `${steps()} steps for ${file.length} bytes, ${partsOf()} parts`);
    });
  }
});

describe('of several profiles', () => {
  const [outer, inner] = [iccProfile('displayP3', 'srgb'), iccProfile('srgb', 'srgb')];
  test('the first one is read, and no more is done for the others', async () => {
    const [jpeg, webp] = await Promise.all(
      ['JPEG 4:2:0', 'WebP lossy'].map((name) =>
        makeImage(stillCases.find((one) => one.name === name) ?? assert.fail()),
      ),
    );
    assert.ok(jpeg && webp);
    const twice = joinBytes([riffChunk('ICCP', outer), riffChunk('ICCP', inner), webpBitstream(webp)]);
    for (const [reader, file] of [
      [new JpegReader(), jpegWithProfile(jpegWithProfile(jpeg, inner), outer)],
      [new WebpReader(), riffFile(extendedHeader(0x20, pictureSize), twice)],
    ] as const) {
      while (reader.readOn(file));
      assert.equal(reader.tracks(file, true)[0]?.profile?.primaries, 12);
    }
  });
});

test('an animated PNG’s frame in several chunks is put together without their sequence numbers', () => {
  const uint32 = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [0, 0, 0, value]));
  const control = (sequence: number) =>
    writePngChunk('fcTL', joinBytes([uint32(sequence, 1, 1, 0, 0), Uint8Array.of(0, 1, 0, 10, 0, 0)]));
  const part = (sequence: number, ...payload: number[]) =>
    writePngChunk('fdAT', joinBytes([uint32(sequence), Uint8Array.from(payload)]));
  const bytes = joinBytes([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    writePngChunk('IHDR', joinBytes([uint32(1, 1), Uint8Array.of(8, 0, 0, 0, 0)])),
    writePngChunk('acTL', uint32(2, 0)),
    ...[control(0), writePngChunk('IDAT', Uint8Array.of(1, 2)), writePngChunk('IDAT', Uint8Array.of(3))],
    ...[control(1), part(2, 4), part(3), part(4, 5, 6), writePngChunk('IEND')],
  ]);
  const reader = new PngReader();
  while (reader.readOn(bytes));
  assert.equal(reader.layout()?.animated, true);
  const expected = [Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)];
  for (const [index, payload] of expected.entries()) {
    const code = Buffer.from(reader.frames.at(index)?.code(bytes).data ?? []);
    assert.ok(code.includes(Buffer.from(writePngChunk('IDAT', payload))), `frame ${index}: ${code.toString('latin1')}`);
  }
});

describe('an image of very many parts', () => {
  const frames = 100_000;
  const manyFrames = (): Uint8Array => {
    const dot = { pixels: 0, width: 1, height: 1 };
    const one = writeGif({ width: 1, height: 1, loops: 0, frames: [dot] });
    const two = writeGif({ width: 1, height: 1, loops: 0, frames: [dot, dot] });
    const frame = two.subarray(one.length - 1, -1);
    return joinBytes([one.subarray(0, -1), Buffer.alloc(frame.length * (frames - 1), frame), Uint8Array.of(0x3b)]);
  };
  const open = (format: 'gif' | 'png', pictureBytes = 2 ** 30) => {
    const init = { colorSpaceConversion: 'default', premultiply: false, desiredWidth: 0, desiredHeight: 0 } as const;
    const file: ImageFile = new ImageFile({
      binding: new FakeBinding(),
      dimension: 16384,
      init: { ...init, format },
      checkRoom: () => {
        if (file.bytes > pictureBytes) throw new DOMException('too much', 'QuotaExceededError');
      },
    });
    return file;
  };

  test('lets others have the event loop while it is read', async () => {
    const { Reader, steps } = counting(GifReader);
    const reader = new Reader();
    const bytes = manyFrames();
    let most = 0;
    for (let before = 0, more = true; more; before = steps()) {
      more = reader.readOn(bytes);
      most = Math.max(most, steps() - before);
    }
    assert.equal(reader.frames.whole, frames);
    assert.ok(most <= 8192, `${most} steps in a turn`);

    const file = open('gif');
    const read = file.append(bytes, true)();
    let turns = 0;
    let tracks: Awaited<typeof read> | null = null;
    void read.then((result) => {
      tracks = result;
    });
    while (!tracks) {
      await setImmediate();
      turns += 1;
    }
    assert.deepEqual(tracks, [
      {
        ...{ animated: true, frameCount: frames, wholeFrames: frames },
        ...{ repetitionCount: Number.POSITIVE_INFINITY, primary: true },
      },
    ]);
    assert.ok(turns > 20, `${turns} turns`);
  });

  test('is read no further than there is room for what it makes', async () => {
    const file = open('gif', 10 * 2 ** 20);
    await assert.rejects(file.append(manyFrames(), true)(), { name: 'QuotaExceededError' });
    assert.ok(file.bytes < 20 * 2 ** 20, `${file.bytes} bytes`);
  });

  test('its parts take no memory: a PNG in chunks of one byte is kept once', async () => {
    const count = 100_000;
    const signature = Buffer.from('89504e470d0a1a0a', 'hex');
    const header = writePngChunk('IHDR', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0));
    const control = writePngChunk(
      'fcTL',
      Uint8Array.from({ length: 26 }, (_, index) => (index === 7 || index === 11 ? 1 : 0)),
    );
    const data = writePngChunk('IDAT', Uint8Array.of(7));
    const bytes = joinBytes([
      ...[signature, header, writePngChunk('acTL', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0)), control],
      ...[Buffer.alloc(data.length * count, data), writePngChunk('IEND')],
    ]);
    const reader = new PngReader();
    const heap = () => {
      globalThis.gc?.();
      return process.memoryUsage().heapUsed;
    };
    const before = heap();
    while (reader.readOn(bytes));
    reader.tracks(bytes, true);
    const taken = heap() - before;
    assert.ok(taken < bytes.length / 4, `${taken} bytes of heap for ${bytes.length}`);
    const code = Buffer.from(reader.frames.at(0)?.code(bytes).data ?? []);
    const start = code.indexOf('IDAT');
    assert.equal(start, code.lastIndexOf('IDAT'));
    assert.ok(code.subarray(start + 4, start + 4 + count).equals(Buffer.alloc(count, 7)));
  });
});
