import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { interactiveVideo } from '../fixtures/codec-matrix.js';
import {
  decodeVideo,
  numberedFrame,
  type VideoChunk,
  type VideoDecoderConfigOf,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';
import { readFrameNumber } from '../fixtures/synthetic-video.js';

const frames = 12;

/** One configure() and what came out until the next. */
interface Part {
  chunks: VideoChunk[];
  /** With the index of the chunk that it came with. */
  configs: { at: number; config: VideoDecoderConfigOf }[];
}

/** Encodes `frames` pictures with each configuration in turn, by one encoder that is never flushed between. */
async function encodeParts(webcodecs: WebCodecs, configs: readonly VideoEncoderConfigOf[]): Promise<Part[]> {
  const parts = configs.map((): Part => ({ chunks: [], configs: [] }));
  const encoder = new webcodecs.VideoEncoder({
    output: (chunk, metadata) => {
      const part = parts[Math.floor(Math.round((chunk.timestamp * 30) / 1e6) / frames)];
      assert.ok(part);
      if (metadata?.decoderConfig) part.configs.push({ at: part.chunks.length, config: metadata.decoderConfig });
      part.chunks.push(chunk);
    },
    error: (error) => assert.fail(error.message),
  });
  configs.forEach((config, index) => {
    encoder.configure(config);
    for (let number = index * frames; number < (index + 1) * frames; number++) {
      const frame = numberedFrame(webcodecs, number, config.width, config.height, { content: 'busy' });
      encoder.encode(frame);
      frame.close();
    }
  });
  await encoder.flush();
  encoder.close();
  return parts;
}

/** Of all but the key chunk in front, whose size realtime encoders bound for its delay. */
function bytesOf({ chunks }: Part): number {
  return chunks.slice(1).reduce((sum, chunk) => sum + chunk.byteLength, 0);
}

describe('configure() in mid-stream', () => {
  for (const { name, codec } of interactiveVideo) {
    const config = {
      codec,
      width: 320,
      height: 240,
      bitrate: 300_000,
      framerate: 30,
      bitrateMode: 'constant' as const,
      latencyMode: 'realtime' as const,
    };

    it(`${name}: every frame of before comes out, a new bit rate takes effect, and a key chunk begins it`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const parts = await encodeParts(webcodecs, [config, { ...config, bitrate: 3_000_000 }]);
        const [before, after] = parts as [Part, Part];
        assert.deepEqual(
          parts.map(({ chunks }) => chunks.length),
          [frames, frames],
        );
        assert.equal(after.chunks[0]?.type, 'key');
        assert.ok(bytesOf(after) > 2 * bytesOf(before), `${bytesOf(before)} bytes before, ${bytesOf(after)} after`);
        assert.deepEqual(
          before.configs.map(({ at }) => at),
          [0],
        );
        const first = before.configs[0]?.config;
        const second = after.configs[0]?.config;
        assert.ok(first);
        if (second) assert.notDeepEqual({ ...second }, { ...first }, 'a decoderConfig comes only where it changed');
        const { outputs, errors } = await decodeVideo(webcodecs, second ?? first, after.chunks);
        assert.deepEqual(errors, []);
        assert.deepEqual(
          outputs.map(({ picture }) => readFrameNumber(picture)),
          Array.from({ length: frames }, (_, index) => frames + index),
        );
      }));

    it(`${name}: another size, and the size of before, each come with a decoderConfig of their own`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const large = { ...config, width: 480, height: 272 };
        const parts = await encodeParts(webcodecs, [config, large, config, config]);
        const told = parts.map(({ configs }) => configs.map(({ at, config: { codedWidth } }) => [at, codedWidth]));
        assert.deepEqual(told, [[[0, 320]], [[0, 480]], [[0, 320]], []]);
      }));

    it(`${name}: its key chunks of two sizes decode in one decoder, where their parameters are in the stream`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const inBand = {
          ...config,
          codec: codec.replace('hvc1', 'hev1'),
          avc: { format: 'annexb' },
          hevc: { format: 'annexb' },
        } as const;
        const parts = await encodeParts(webcodecs, [inBand, { ...inBand, width: 480, height: 272 }]);
        const first = parts[0]?.configs[0]?.config;
        assert.ok(first);
        const { outputs, errors } = await decodeVideo(
          webcodecs,
          { codec: first.codec },
          parts.flatMap(({ chunks }) => chunks),
        );
        assert.deepEqual(errors, []);
        assert.deepEqual(
          outputs.map(({ picture }) => [readFrameNumber(picture), picture.width]),
          Array.from({ length: 2 * frames }, (_, number) => [number, number < frames ? 320 : 480]),
        );
      }));
  }
});
