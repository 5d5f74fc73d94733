import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { interactiveVideo } from '../fixtures/codec-matrix.js';
import {
  type AudioEncoderConfigOf,
  type Encoded,
  encodeAudio,
  encodeVideo,
  numberedInputs,
  type VideoChunk,
  type VideoDecoderConfigOf,
  type VideoEncodeOptions,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';
import { seededRandom } from '../fixtures/random.js';
import { audioBlocks } from '../fixtures/synthetic-audio.js';

const width = 384;
const height = 224;
const frames = 60;

interface Sized {
  byteLength: number;
}

function total(chunks: readonly Sized[]): number {
  return chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);
}

async function encodeBusy(
  webcodecs: WebCodecs,
  config: VideoEncoderConfigOf,
  options?: (number: number) => VideoEncodeOptions | undefined,
  count = frames,
): Promise<Encoded<VideoChunk, VideoDecoderConfigOf>> {
  const framerate = config.framerate ?? 30;
  const encoded = await encodeVideo(
    webcodecs,
    config,
    numberedInputs(webcodecs, count, width, height, { content: 'busy', framerate }, options),
  );
  assert.deepEqual(encoded.errors, []);
  assert.equal(encoded.chunks.length, count);
  return encoded;
}

/** Bits per second over the time that the chunks cover. */
function rate(encoded: Encoded<VideoChunk, VideoDecoderConfigOf>, framerate: number): number {
  return (total(encoded.chunks) * 8 * framerate) / encoded.chunks.length;
}

describe('bitrate decides how large the chunks are', () => {
  for (const { name, codec } of interactiveVideo) {
    for (const bitrateMode of ['constant', 'variable'] as const) {
      it(`${name}, ${bitrateMode}: four times the bit rate makes about four times the bytes`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const rates: number[] = [];
          // A variable rate evens out over a longer time.
          const count = bitrateMode === 'constant' ? 60 : 150;
          for (const bitrate of [350_000, 1_400_000]) {
            const config = { codec, width, height, bitrate, bitrateMode, framerate: 30 };
            rates.push(rate(await encodeBusy(webcodecs, config, undefined, count), 30));
            const got = (rates.at(-1) as number) / bitrate;
            assert.ok(got > 0.75 && got < 1.35, `asked for ${bitrate} b/s, got ${got.toFixed(2)} of it`);
          }
          const ratio = (rates[1] as number) / (rates[0] as number);
          assert.ok(ratio > 2.8 && ratio < 5.5, `the sizes have a ratio of ${ratio.toFixed(2)}`);
        }));
    }

    it(`${name}, realtime: the bit rate holds there too`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec, width, height, bitrate: 700_000, framerate: 30, latencyMode: 'realtime' as const };
        const got = rate(await encodeBusy(webcodecs, config), 30) / 700_000;
        assert.ok(got > 0.75 && got < 1.35, `got ${got.toFixed(2)} of what was asked for`);
      }));

    it(`${name}: at twice the frame rate each frame gets about half the bytes`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec, width, height, bitrate: 700_000, bitrateMode: 'constant' as const };
        const slow = total((await encodeBusy(webcodecs, { ...config, framerate: 15 })).chunks);
        const fast = total((await encodeBusy(webcodecs, { ...config, framerate: 60 })).chunks);
        assert.ok(slow / fast > 2.2, `15 fps made ${slow} bytes, 60 fps ${fast}, for as many frames`);
      }));

    it(`${name}: gopSize is the longest way from key frame to key frame`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec, width, height, bitrate: 1_000_000, framerate: 30, gopSize: 12 };
        const { chunks } = await encodeBusy(webcodecs, config);
        const keys = chunks.flatMap((chunk, index) => (chunk.type === 'key' ? [index] : []));
        const gaps = [...keys, frames].flatMap((at, index) => (index > 0 ? [at - (keys[index - 1] as number)] : []));
        assert.equal(keys[0], 0);
        assert.ok(Math.max(...gaps) <= 12, `key chunks at ${keys.join(', ')}`);
        assert.ok(keys.length <= 10, `key chunks at ${keys.join(', ')}: far more than were asked for`);
      }));
  }
});

describe('keyFrame makes key chunks where they were asked for', () => {
  const asked = [0, 10, 20, 29];
  for (const { name, codec } of interactiveVideo) {
    for (const latencyMode of ['quality', 'realtime'] as const) {
      it(`${name}, ${latencyMode}: key frames asked for at frames 0, 10, 20, 29 of 30 are key frames at those times`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const config = { codec, width: 320, height: 240, bitrate: 500_000, framerate: 30, latencyMode };
          const inputs = numberedInputs(webcodecs, 30, 320, 240, {}, (number) => ({
            keyFrame: asked.includes(number),
          }));
          const { chunks, errors } = await encodeVideo(webcodecs, config, inputs);
          assert.deepEqual(errors, []);
          assert.deepEqual(
            keyTimes(chunks),
            asked.map((number) => Math.round((number * 1e6) / 30)),
          );
        }));
    }

    it(`${name}: key frames are where they were asked for after reset and reconfigure, too`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const chunks: VideoChunk[] = [];
        const errors: DOMException[] = [];
        const encoder = new webcodecs.VideoEncoder({
          output: (chunk) => chunks.push(chunk),
          error: (error) => errors.push(error),
        });
        const config = { codec, width: 320, height: 240, bitrate: 500_000, framerate: 30 };
        const encode = (count: number, keys: readonly number[]): void => {
          for (const { frame } of numberedInputs(webcodecs, count, 320, 240)) {
            const number = Math.round((frame.timestamp * 30) / 1e6);
            encoder.encode(frame, { keyFrame: keys.includes(number) });
            frame.close();
          }
        };
        encoder.configure(config);
        encode(8, [0, 5]);
        encoder.reset();
        chunks.length = 0;
        encoder.configure(config);
        encode(30, asked);
        await encoder.flush();
        assert.deepEqual(errors, []);
        assert.deepEqual(
          keyTimes(chunks),
          asked.map((number) => Math.round((number * 1e6) / 30)),
        );

        chunks.length = 0;
        encoder.configure({ ...config, bitrate: 800_000 });
        encode(12, [7]);
        await encoder.flush();
        assert.deepEqual(
          keyTimes(chunks),
          [0, 7].map((number) => Math.round((number * 1e6) / 30)),
          'after a second configure',
        );
        encoder.close();
      }));
  }
});

function keyTimes(chunks: readonly VideoChunk[]): number[] {
  return chunks.filter((chunk) => chunk.type === 'key').map((chunk) => chunk.timestamp);
}

describe('audio bitrate decides how large the chunks are', () => {
  const shared = { sampleRate: 48_000, numberOfChannels: 2 };
  const cases: readonly { name: string; config: AudioEncoderConfigOf }[] = [
    { name: 'AAC', config: { codec: 'mp4a.40.2', ...shared } },
    { name: 'Opus variable', config: { codec: 'opus', ...shared, bitrateMode: 'variable' } },
    { name: 'Opus constant', config: { codec: 'opus', ...shared, bitrateMode: 'constant' } },
    { name: 'MP3', config: { codec: 'mp3', ...shared } },
    { name: 'Vorbis', config: { codec: 'vorbis', ...shared } },
  ];
  for (const { name, config } of cases) {
    it(`${name}: more than twice the bytes for three times the bit rate`, () =>
      withHost('inline', async ({ webcodecs }) => {
        // Noise: no encoder can do with less than it was given.
        const random = seededRandom(7);
        const channels = [0, 1].map(() => Float32Array.from({ length: 96_000 }, () => random.next() - 0.5));
        const blocks = audioBlocks({ sampleRate: 48_000, channels }, 'f32-planar', 960);
        const sizes: number[] = [];
        for (const bitrate of [64_000, 192_000]) {
          const encoded = await encodeAudio(webcodecs, { ...config, bitrate }, blocks);
          assert.deepEqual(encoded.errors, []);
          sizes.push(total(encoded.chunks));
        }
        const [low, high] = sizes as [number, number];
        assert.ok(high / low > 2, `${low} and ${high} bytes`);
        assert.ok((high * 4) / 192_000 > 0.6 && (high * 4) / 192_000 < 1.5, `${high * 4} b/s for 192000 asked`);
      }));
  }
});
