/** What a page does to RGB before it sends it must be what the host would have done. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rgbToI420 } from '../../renderer/rgb-to-i420.js';
import { withHost } from '../fixtures/codec-host.js';
import { seededRandom } from '../fixtures/random.js';

const blockSide = 16;

/** Blocks in random colours. */
function blocks(width: number, height: number): Uint8Array<ArrayBuffer> {
  const random = seededRandom(7);
  const colours = Array.from({ length: 64 }, () => [random.below(256), random.below(256), random.below(256)]);
  const data = new Uint8Array(width * height * 4);
  for (let at = 0; at < width * height; at++) {
    const block = Math.floor((at % width) / blockSide) + 8 * Math.floor(at / width / blockSide);
    data.set([...(colours[block] ?? []), 255], at * 4);
  }
  return data;
}

/** Whether a chroma sample lies so far within its block that no filter reaches beyond. */
function isWithinBlock(at: number, chromaWidth: number): boolean {
  const places = [at % chromaWidth, Math.floor(at / chromaWidth)].map((place) => place % (blockSide / 2));
  return places.every((place) => place >= 2 && place < blockSide / 2 - 2);
}

for (const format of ['RGBA', 'BGRA'] as const) {
  for (const [width, height] of [
    [64, 48],
    [63, 47],
  ] as const) {
    test(`${format} of ${width}×${height} becomes the I420 that the host makes of it`, async () => {
      await withHost('inline', async ({ webcodecs }) => {
        const pixels = blocks(width, height);
        const init = { format, codedWidth: width, codedHeight: height, timestamp: 0 };
        const frame = new webcodecs.VideoFrame(pixels, init);
        const converted = await webcodecs.transformVideoFrame(frame, { format: 'I420' });
        const expected = new Uint8Array(converted.allocationSize());
        await converted.copyTo(expected);
        frame.close();
        converted.close();
        const made = rgbToI420(pixels, width, height, format === 'BGRA');
        assert.equal(made.length, expected.length);
        const away = made.map((value, at) => Math.abs(value - (expected[at] ?? 0)));
        assert.ok(
          away.subarray(0, width * height).every((difference) => difference <= 1),
          'luma',
        );
        const [chromaWidth, chromaHeight] = [Math.ceil(width / 2), Math.ceil(height / 2)];
        for (let at = 0; at < 2 * chromaWidth * chromaHeight; at++) {
          if (!isWithinBlock(at % (chromaWidth * chromaHeight), chromaWidth)) continue;
          assert.ok((away[width * height + at] ?? 255) <= 1, `chroma sample ${at}`);
        }
      });
    });
  }
}
