import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AvifReader } from '../../app/host/image-avif.js';
import { GifReader } from '../../app/host/image-gif.js';
import { type LayoutReader, MalformedImage } from '../../app/host/image-layout.js';
import { PngReader } from '../../app/host/image-png.js';
import { WebpReader } from '../../app/host/image-webp.js';
import { writeAvifSequence } from '../fixtures/avif-sequence.js';
import { joinBytes, writeGif } from '../fixtures/gif-writer.js';
import { isoBox, riffChunk, riffFile, writePngChunk } from '../fixtures/image-chunks.js';

const many = 200_000;

function repeated(part: Uint8Array, count = many): Uint8Array {
  return Buffer.alloc(part.length * count, part);
}

function refuses(Reader: new () => LayoutReader, bytes: Uint8Array, message: RegExp): void {
  const reader = new Reader();
  assert.throws(
    () => {
      while (reader.readOn(bytes));
      reader.tracks(bytes, true);
    },
    (error) => error instanceof MalformedImage && message.test(error.message),
  );
}

interface Item {
  /** Length in bytes of an extent's offset and length in the file. */
  sizes: number;
  extents: Uint8Array;
  extentCount: number;
}

/** An AVIF image of one item that says where its bytes are in this way. */
function avifOf({ sizes, extents, extentCount }: Item): Uint8Array {
  const locations = [0, 0, 0, 0, (sizes << 4) | sizes, 0, 0, 1, 0, 1, 0, 0, extentCount >> 8, extentCount & 255];
  return joinBytes([
    isoBox('ftyp', Buffer.from('avif\0\0\0\0')),
    isoBox(
      'meta',
      [0, 0, 0, 0],
      isoBox('pitm', [0, 0, 0, 0, 0, 1]),
      isoBox('iinf', [0, 0, 0, 0, 0, 1], isoBox('infe', [2, 0, 0, 0, 0, 1, 0, 0, ...Buffer.from('av01'), 0])),
      isoBox('iloc', joinBytes([Uint8Array.from(locations), extents])),
      isoBox(
        'iprp',
        isoBox('ipco', isoBox('ispe', [0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 8])),
        isoBox('ipma', [0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 1]),
      ),
    ),
  ]);
}

describe('an image that would take much memory for few bytes is refused:', () => {
  test('an AVIF with many locations of no bytes', () => {
    // 65535 extents for six bytes each.
    const item = [0, 2, 0, 0, 255, 255];
    const iloc = isoBox('iloc', [0, 0, 0, 0, 0, 0, 0, 8, ...Array.from({ length: 8 }, () => item).flat()]);
    const meta = isoBox(
      'meta',
      [0, 0, 0, 0],
      isoBox('pitm', [0, 0, 0, 0, 0, 1]),
      isoBox('iinf', [0, 0, 0, 0, 0, 0]),
      iloc,
    );
    refuses(AvifReader, joinBytes([isoBox('ftyp', Buffer.from('avif\0\0\0\0')), meta]), /parts/);
  });

  test('an AVIF with many items that have no extents, no properties or many references', () => {
    const none = Uint8Array.of(0, 0, 0, 0);
    const required = [
      none,
      isoBox('pitm', [0, 0, 0, 0, 0, 1]),
      isoBox('iinf', [0, 0, 0, 0, 0, 0]),
      isoBox('iloc', [0, 0, 0, 0, 0, 0, 0, 0]),
      isoBox('iprp', isoBox('ipco'), isoBox('ipma', [0, 0, 0, 0, 0, 0, 0, 0])),
    ] as const;
    const manyLocations = joinBytes([Uint8Array.of(0, 0, 0, 0, 0, 0, 255, 255), repeated(new Uint8Array(6))]);
    const manyItems = joinBytes([Uint8Array.of(0, 0, 0, 0, 0, 3, 0, 0), repeated(new Uint8Array(3))]);
    const references = joinBytes([Uint8Array.of(0, 1, 255, 255), repeated(new Uint8Array(2))]);
    const [start, primary, types, locations, properties] = required;
    for (const boxes of [
      [start, primary, types, isoBox('iloc', manyLocations), properties],
      [start, primary, types, locations, isoBox('iprp', isoBox('ipco'), isoBox('ipma', manyItems))],
      [start, primary, types, locations, properties, isoBox('iref', none, isoBox('dimg', references))],
    ]) {
      const file = joinBytes([isoBox('ftyp', Buffer.from('avif\0\0\0\0')), isoBox('meta', ...boxes)]);
      refuses(AvifReader, file, /parts/);
    }
  });

  test('an AVIF whose extents are all of the file', () => {
    const extentCount = 1000;
    refuses(AvifReader, avifOf({ sizes: 0, extents: new Uint8Array(0), extentCount }), /overlap/);
    const extents = repeated(Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0), extentCount);
    refuses(AvifReader, avifOf({ sizes: 4, extents, extentCount }), /overlap/);
  });

  test('a GIF of very many frames', () => {
    const dot = { pixels: 0, width: 1, height: 1 };
    const one = writeGif({ width: 1, height: 1, frames: [dot] });
    const two = writeGif({ width: 1, height: 1, frames: [dot, dot] });
    // Behind the first frame stand the second and the trailer.
    const frame = two.subarray(one.length - 1, -1);
    refuses(GifReader, joinBytes([one.subarray(0, -1), repeated(frame)]), /parts/);
  });

  test('a PNG, a WebP, an AVIF of very many empty chunks', () => {
    const header = writePngChunk('IHDR', Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0));
    const signature = Buffer.from('89504e470d0a1a0a', 'hex');
    refuses(PngReader, joinBytes([signature, header, repeated(writePngChunk('gAMA'))]), /parts/);
    const extended = riffChunk('VP8X', new Uint8Array(10));
    refuses(WebpReader, riffFile(extended, repeated(Buffer.from('ABCD\0\0\0\0'))), /parts/);
    const boxes = repeated(isoBox('free'));
    refuses(AvifReader, joinBytes([isoBox('ftyp', Buffer.from('avif\0\0\0\0')), boxes]), /parts/);
  });

  test('an AVIF sequence of very many samples in few bytes, or of more than it has places for', () => {
    const samples = [Uint8Array.of(1), Uint8Array.of(2)];
    const whole = { width: 8, height: 8, samples, keys: [0], durations: [10, 10] };
    const patched = (box: string, offset: number, ...values: number[]): Uint8Array => {
      const bytes = Buffer.from(writeAvifSequence(whole));
      const payload = bytes.indexOf(box) + 4;
      for (const [index, value] of values.entries()) bytes.writeUInt32BE(value, payload + offset + 4 * index);
      return bytes;
    };
    // All of one size, and how many.
    refuses(AvifReader, patched('stsz', 4, 1, 0xffffffff), /parts/);
    refuses(AvifReader, patched('stsz', 4, 1, 3), /where all of its samples are/);
    for (const table of ['stts', 'stss', 'stsc', 'stco']) {
      refuses(AvifReader, patched(table, 4, 0xffffffff), /parts/);
      refuses(AvifReader, patched(table, 4, 1000), /too short/);
    }
    refuses(AvifReader, patched('mdhd', 12, 0), /no ticks/);
    refuses(AvifReader, patched('hdlr', 8, 0), /no track of pictures/);
  });
});

test('a WebP whose VP8 data has no pixels is refused', () => {
  for (const [width, height] of [
    [0, 1],
    [1, 0],
  ] as const) {
    const bitstream = riffChunk('VP8 ', Uint8Array.of(0, 0, 0, 0x9d, 0x01, 0x2a, width, 0, height, 0));
    refuses(WebpReader, riffFile(bitstream), /no pixels/);
  }
});
