import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withHost } from '../fixtures/codec-host.js';
import { decodeVideo, encodeVideo, frameOf } from '../fixtures/coders.js';
import { psnr } from '../fixtures/quality.js';
import { seededRandom } from '../fixtures/random.js';
import { planarFormat, planeSizes, type RawPicture } from '../fixtures/synthetic-video.js';

const tile = 8;

/** Tiles of random shades, which nothing in another number's picture predicts. */
function mosaic(number: number, format: string, width: number, height: number): RawPicture {
  const random = seededRandom(number + 1);
  const { bitDepth } = planarFormat(format);
  const planes = planeSizes(format, width, height).map((plane) => {
    const columns = Math.ceil(plane.width / tile);
    const shades = Array.from({ length: columns * Math.ceil(plane.height / tile) }, () => 16 + random.below(200));
    return Uint16Array.from({ length: plane.width * plane.height }, (_, at) => {
      const [x, y] = [at % plane.width, Math.floor(at / plane.width)];
      return (shades[Math.floor(y / tile) * columns + Math.floor(x / tile)] as number) << (bitDepth - 8);
    });
  });
  const bytes = planes.map((plane) => (bitDepth === 8 ? Uint8Array.from(plane) : new Uint8Array(plane.buffer)));
  return { format, width, height, data: Buffer.concat(bytes) };
}

const rows = [
  { codec: 'av01.0.04M.08', format: 'I420', width: 160, height: 128, bitrate: 3_000_000 },
  { codec: 'av01.0.04M.08', format: 'I420', width: 320, height: 192, bitrate: 8_000_000 },
  { codec: 'av01.0.04M.10', format: 'I420P10', width: 160, height: 128, bitrate: 3_000_000 },
  { codec: 'av01.0.04M.10', format: 'I420P10', width: 320, height: 192, bitrate: 8_000_000 },
];

describe('pictures between cuts', () => {
  for (const { codec, format, width, height, bitrate } of rows) {
    it(`${codec}, ${width}×${height}: where each frame is a new picture, none is mixed with its neighbours`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const pictures = Array.from({ length: 12 }, (_, number) => mosaic(number, format, width, height));
        const inputs = pictures.map((picture, number) => ({
          frame: frameOf(webcodecs, picture, Math.round((number * 1e6) / 30)),
        }));
        const encoded = await encodeVideo(webcodecs, { codec, width, height, bitrate, framerate: 30 }, inputs);
        assert.deepEqual(encoded.errors, []);
        assert.ok(encoded.decoderConfig);
        const { outputs, errors } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
        assert.deepEqual(errors, []);
        assert.equal(outputs.length, pictures.length);
        for (const [number, { picture }] of outputs.entries()) {
          const quality = psnr(pictures[number] as RawPicture, picture);
          assert.ok(quality > 38, `frame ${number}: ${quality.toFixed(1)} dB`);
        }
      }));
  }
});
