import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { traceChunks } from '../fixtures/bitstream.js';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  decodeVideo,
  type Encoded,
  encodeVideo,
  frameOf,
  numberedInputs,
  type VideoChunk,
  type VideoDecoderConfigOf,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';
import { psnr } from '../fixtures/quality.js';
import { seededRandom } from '../fixtures/random.js';
import type { RawPicture } from '../fixtures/synthetic-video.js';

const width = 320;
const height = 240;
const columns = width / 8;
const random = seededRandom(3);
const glyphs = Array.from({ length: 24 }, () => Array.from({ length: 8 }, () => random.below(64)));
const text = Array.from({ length: columns * 200 }, () => glyphs[random.below(glyphs.length)] as number[]);

/** White paper, or at each place in a page the row of ink that is there. */
function page(ink: (x: number, y: number) => number): RawPicture {
  const data = new Uint8Array((width * height * 3) / 2).fill(128);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) data[y * width + x] = (ink(x, y) >> (x & 7)) & 1 ? 16 : 235;
  }
  return { format: 'I420', width, height, data };
}

const inkAt = (place: number, y: number): number => text[place]?.[y & 7] ?? 0;
const placeOf = (x: number, y: number): number => (y >> 3) * columns + (x >> 3);

/** A long text moves up by five rows a frame. */
const scrolling = (number: number): RawPicture => page((x, y) => inkAt(placeOf(x, y + 5 * number), y + 5 * number));

/** Six letters a frame are added to a page that stands still. */
const typing = (number: number): RawPicture =>
  page((x, y) => (placeOf(x, y) < 300 + 6 * number ? inkAt(placeOf(x, y), y) : 0));

interface Shown {
  /** Mean over the frames, in decibels. */
  quality: number;
  bytes: number;
}

async function show(
  webcodecs: WebCodecs,
  config: Pick<VideoEncoderConfigOf, 'codec' | 'bitrate' | 'latencyMode' | 'contentHint'>,
  picture: (number: number) => RawPicture,
): Promise<Shown> {
  const pictures = Array.from({ length: 20 }, (_, number) => picture(number));
  const inputs = pictures.map((each, number) => ({ frame: frameOf(webcodecs, each, Math.round((number * 1e6) / 30)) }));
  const encoded = await encodeVideo(webcodecs, { ...config, width, height, framerate: 30 }, inputs);
  assert.deepEqual(encoded.errors, []);
  assert.ok(encoded.decoderConfig);
  const { outputs, errors } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
  assert.deepEqual(errors, []);
  assert.equal(outputs.length, pictures.length);
  const each = outputs.map((output, number) => psnr(pictures[number] as RawPicture, output.picture, [0]));
  return {
    quality: each.reduce((sum, one) => sum + one) / each.length,
    bytes: encoded.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0),
  };
}

describe('contentHint', () => {
  for (const contentHint of ['text', 'detail']) {
    it(`${contentHint} makes scrolling text in VP9 clearer by 6 dB and more, in fewer bytes`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec: 'vp09.00.20.08', bitrate: 1_000_000, latencyMode: 'realtime' } as const;
        const plain = await show(webcodecs, config, scrolling);
        const hinted = await show(webcodecs, { ...config, contentHint }, scrolling);
        const told = `${JSON.stringify(hinted)} against ${JSON.stringify(plain)}`;
        assert.ok(hinted.quality > plain.quality + 6 && hinted.bytes < plain.bytes, told);
      }));

    it(`${contentHint} makes a page that is typed in VP8 clearer, in about as many bytes`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec: 'vp8', bitrate: 200_000 } as const;
        const plain = await show(webcodecs, config, typing);
        const hinted = await show(webcodecs, { ...config, contentHint }, typing);
        const told = `${JSON.stringify(hinted)} against ${JSON.stringify(plain)}`;
        assert.ok(hinted.quality > plain.quality + 0.5 && hinted.bytes < 1.05 * plain.bytes, told);
      }));
  }

  // Pictures that no encoder takes for a screen by itself.
  const encodeNatural = (
    webcodecs: WebCodecs,
    config: Pick<VideoEncoderConfigOf, 'codec' | 'contentHint' | 'latencyMode'>,
    format: string,
  ): Promise<Encoded<VideoChunk, VideoDecoderConfigOf>> =>
    encodeVideo(
      webcodecs,
      { ...config, width, height, bitrate: 500_000 },
      numberedInputs(webcodecs, 4, width, height, { format }),
    );

  for (const [codec, format] of [
    ['av01.0.04M.08', 'I420'],
    ['av01.1.04M.08', 'I444'],
  ] as const) {
    for (const latencyMode of ['quality', 'realtime'] as const) {
      it(`${codec}, ${latencyMode}: text and detail allow AV1's screen content tools, motion and none do not`, () =>
        withHost('inline', async ({ webcodecs }) => {
          for (const [contentHint, allowed] of [
            ['text', 1],
            ['detail', 1],
            ['motion', 0],
            ['', 0],
          ] as const) {
            const encoded = await encodeNatural(webcodecs, { codec, latencyMode, contentHint }, format);
            assert.deepEqual(encoded.errors, []);
            const { packets } = await traceChunks('av1', encoded);
            assert.equal(packets[0]?.get('allow_screen_content_tools')?.[0], allowed, `contentHint “${contentHint}”`);
          }
        }));
    }
  }
});
