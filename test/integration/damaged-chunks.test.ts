import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { interactiveVideo } from '../fixtures/codec-matrix.js';
import {
  chunkBytes,
  decodeVideo,
  encodeVideo,
  numberedInputs,
  type VideoChunk,
  type VideoDecoderConfigOf,
} from '../fixtures/coders.js';
import { demuxVideo } from '../fixtures/container.js';
import { makeMedia } from '../fixtures/debian-ffmpeg.js';
import { mediaFolder } from '../fixtures/export-command.js';

const width = 320;
const height = 240;
const damagedAt = 5;

/** What is done to the bytes of one chunk. */
type Damage = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

const cut: Damage = (bytes) => bytes.slice(0, bytes.length >> 1);
const noise: Damage = (bytes) => bytes.map((_, at) => (at * 151 + 89) & 255);
const noiseAfterHeader: Damage = (bytes) => bytes.map((byte, at) => (at < 12 ? byte : (at * 151 + 89) & 255));

/** What a decoder can tell: most bits of HEVC's, VP8's and VP9's arithmetic code mean something, whatever they are. */
const told: readonly { codecs: RegExp; what: string; damage: Damage }[] = [
  { codecs: /^(avc1|av01)/, what: 'is cut in half', damage: cut },
  { codecs: /^(avc1|hvc1|vp8|vp09)/, what: 'is noise from its first byte', damage: noise },
  { codecs: /^(avc1|vp09|av01)/, what: 'is noise after its first bytes', damage: noiseAfterHeader },
];

async function smallStream(
  webcodecs: WebCodecs,
  codec: string,
): Promise<{ config: VideoDecoderConfigOf; chunks: VideoChunk[] }> {
  const config = { codec, width, height, bitrate: 1_000_000, framerate: 30, latencyMode: 'realtime' as const };
  const inputs = numberedInputs(webcodecs, 10, width, height, { content: 'busy' });
  const { chunks, decoderConfig } = await encodeVideo(webcodecs, config, inputs);
  assert.ok(decoderConfig);
  return { config: decoderConfig, chunks };
}

/** Encoded length-prefixed streams stay well-formed on the outside: the prefix says what is there. */
function relength(codec: string, bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (/^(avc1|hvc1)/.test(codec)) new DataView(bytes.buffer).setUint32(0, bytes.length - 4);
  return bytes;
}

describe('a damaged chunk', () => {
  for (const { name, codec } of interactiveVideo) {
    for (const { codecs, what, damage } of told) {
      if (!codecs.test(codec)) continue;
      for (const optimizeForLatency of [false, true]) {
        it(`${name}: ends decoding with an EncodingError where it ${what}${optimizeForLatency ? ' (optimizeForLatency)' : ''}`, () =>
          withHost('inline', async ({ webcodecs }) => {
            const { config, chunks } = await smallStream(webcodecs, codec);
            const spoiled = chunks.map((chunk, index) => {
              if (index !== damagedAt) return chunk;
              const { type, timestamp } = chunk;
              const data = relength(codec, damage(chunkBytes(chunk)));
              return new webcodecs.EncodedVideoChunk({ type, timestamp, data });
            });
            const { outputs, errors } = await decodeVideo(webcodecs, { ...config, optimizeForLatency }, spoiled);
            assert.deepEqual(
              errors.map((error) => error.name),
              ['EncodingError'],
            );
            assert.ok(outputs.length <= damagedAt, `${outputs.length} frames came out`);
          }));
      }
    }
  }
});

describe('an HEVC stream that tells its pictures’ MD5', () => {
  // Such damage decodes like any other bits.
  it('is refused wherever a picture is another one', async () => {
    const file = await makeMedia(
      ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25:duration=0.4`],
      ['-c:v', 'libx265', '-pix_fmt', 'yuv420p', '-tag:v', 'hvc1', '-x265-params', 'log-level=none:hash=1:bframes=0'],
      'mp4',
    );
    await withHost('inline', async ({ webcodecs }) => {
      const { config, chunks } = await demuxVideo(webcodecs, file);
      const good = await decodeVideo(webcodecs, config, chunks);
      assert.deepEqual([good.errors.length, good.outputs.length], [0, chunks.length]);
      for (const part of [0.5, 0.7, 0.9]) {
        const spoiled = chunks.map((chunk, index) => {
          if (index !== damagedAt) return chunk;
          const data = chunkBytes(chunk);
          const at = Math.floor(data.length * part);
          data[at] = (data[at] as number) ^ 0x55;
          return new webcodecs.EncodedVideoChunk({ type: chunk.type, timestamp: chunk.timestamp, data });
        });
        const { errors } = await decodeVideo(webcodecs, config, spoiled);
        assert.deepEqual(
          errors.map((error) => error.name),
          ['EncodingError'],
          `${part} of the way`,
        );
      }
    });
  });
});

describe('no stream in good order is taken for a damaged one', () => {
  for (const name of readdirSync(mediaFolder).filter((file) => /\.(mp4|webm)$/.test(file) && !/44k1/.test(file))) {
    it(`${name} decodes to its last frame`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const { config, chunks } = await demuxVideo(webcodecs, readFileSync(join(mediaFolder, name)));
        let frames = 0;
        const decoder = new webcodecs.VideoDecoder({
          output: (frame) => {
            frames++;
            frame.close();
          },
          error: (error) => assert.fail(error),
        });
        decoder.configure(config);
        for (const chunk of chunks) {
          while (decoder.decodeQueueSize > 16) await new Promise((resolve) => setTimeout(resolve, 2));
          decoder.decode(chunk);
        }
        await decoder.flush();
        decoder.close();
        assert.equal(frames, chunks.length);
      }));
  }
});
