import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VideoCodec } from 'mediabunny';
import { type Syntax, traceChunks } from '../fixtures/bitstream.js';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  chunkBytes,
  type Encoded,
  encodeVideo,
  numberedInputs,
  type VideoChunk,
  type VideoDecoderConfigOf,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';

const width = 320;
const height = 192;

interface QuantizedCodec {
  name: string;
  config: Pick<VideoEncoderConfigOf, 'codec' | 'avc' | 'hevc'>;
  judge: VideoCodec;
  member: 'avc' | 'hevc' | 'vp9' | 'av1';
  /** Asked for frame by frame: both ends of the range, and coming back to where it was. */
  quantizers: readonly number[];
  /** The quantizer that a packet's headers give; null where they don't. */
  told: ((packet: Syntax) => number | undefined) | null;
  /** How far that may lie from what was asked. */
  step: number;
}

/** H.264's slice quantizer; all of a picture's slices have one. */
function sliceQuantizer(packet: Syntax): number | undefined {
  const deltas = packet.get('slice_qp_delta');
  assert.equal(new Set(deltas).size, 1);
  return deltas && 26 + (deltas[0] as number);
}

const codecs: readonly QuantizedCodec[] = [
  {
    name: 'H.264',
    config: { codec: 'avc1.64001f', avc: { format: 'annexb' } },
    judge: 'avc',
    member: 'avc',
    quantizers: [20, 20, 45, 20, 1, 51, 20, 33],
    told: sliceQuantizer,
    step: 0,
  },
  {
    name: 'HEVC',
    config: { codec: 'hev1.1.6.L93.B0', hevc: { format: 'annexb' } },
    judge: 'hevc',
    member: 'hevc',
    quantizers: [20, 20, 45, 20, 1, 51, 20, 33],
    told: null, // each block has its own in the slice data
    step: 0,
  },
  {
    name: 'VP9',
    config: { codec: 'vp09.00.31.08' },
    judge: 'vp9',
    member: 'vp9',
    quantizers: [60, 60, 200, 60, 4, 255, 60, 130],
    told: (packet) => packet.get('base_q_idx')?.[0],
    step: 3,
  },
  {
    name: 'AV1',
    config: { codec: 'av01.0.05M.08' },
    judge: 'av1',
    member: 'av1',
    quantizers: [60, 60, 200, 60, 8, 255, 60, 130],
    told: (packet) => packet.get('base_q_idx')?.[0],
    step: 3,
  },
  {
    name: 'AV1 4:4:4, which another library makes',
    config: { codec: 'av01.1.05M.08.0.000.01.01.01.0' },
    judge: 'av1',
    member: 'av1',
    quantizers: [60, 60, 200, 60, 8, 255, 60, 130],
    told: (packet) => packet.get('base_q_idx')?.[0],
    step: 3,
  },
];

type LatencyMode = 'quality' | 'realtime';

async function encodeWith(
  webcodecs: WebCodecs,
  { config, member }: QuantizedCodec,
  latencyMode: LatencyMode,
  quantizers: readonly (number | undefined)[],
): Promise<Encoded<VideoChunk, VideoDecoderConfigOf>> {
  const encoded = await encodeVideo(
    webcodecs,
    { ...config, width, height, framerate: 30, bitrateMode: 'quantizer', latencyMode },
    numberedInputs(webcodecs, quantizers.length, width, height, { content: 'busy' }, (number) => {
      const quantizer = quantizers[number];
      return quantizer === undefined ? {} : { [member]: { quantizer } };
    }),
  );
  assert.deepEqual(encoded.errors, []);
  assert.equal(encoded.chunks.length, quantizers.length);
  return encoded;
}

/** The frames' sizes go up and down with their quantizers, at once. */
function assertSizesFollow({ chunks }: Encoded<VideoChunk, VideoDecoderConfigOf>): void {
  const sizes = chunks.map((chunk) => chunk.byteLength);
  const [, second, coarse, back, finest, coarsest] = sizes as [number, number, number, number, number, number];
  assert.ok(second > 2 * coarse && back > 2 * coarse, `${second}, ${coarse}, ${back} bytes`);
  assert.ok(finest > 5 * coarsest, `${finest}, ${coarsest} bytes`);
}

describe('bitrateMode quantizer', () => {
  for (const test of codecs) {
    for (const latencyMode of ['quality', 'realtime'] as const) {
      it(`${test.name}, ${latencyMode}: each frame has the quantizer that was asked for it, with no key frame between`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const encoded = await encodeWith(webcodecs, test, latencyMode, test.quantizers);
          const { told } = test;
          const types = encoded.chunks.map((chunk) => chunk.type);
          assert.deepEqual(types, ['key', ...types.slice(1).map(() => 'delta')]);
          if (!told) {
            assertSizesFollow(encoded);
            return;
          }
          const { packets } = await traceChunks(test.judge, encoded);
          const inOrder = encoded.chunks
            .map((chunk, index) => ({ timestamp: chunk.timestamp, told: told(packets[index] as Syntax) }))
            .sort((a, b) => a.timestamp - b.timestamp);
          inOrder.forEach((frame, number) => {
            const asked = test.quantizers[number] as number;
            assert.ok(
              frame.told !== undefined && Math.abs(frame.told - asked) <= test.step,
              `frame ${number}: asked for ${asked}, its headers say ${frame.told}`,
            );
          });
        }));
    }

    it(`${test.name}: a frame that asks for none has that of the frame before`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const fine = test.quantizers[0] as number;
        const coarse = test.quantizers[2] as number;
        const said = await encodeWith(webcodecs, test, 'realtime', [fine, coarse, coarse, coarse]);
        const kept = await encodeWith(webcodecs, test, 'realtime', [fine, coarse, undefined, undefined]);
        assert.deepEqual(kept.chunks.map(chunkBytes), said.chunks.map(chunkBytes));
      }));
  }

  for (const codec of ['apch', 'dnxhr_hq']) {
    it(`${codec} has no quantizer to ask for: refused with the reason`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec, width, height, framerate: 30, bitrateMode: 'quantizer' } as const;
        assert.equal((await webcodecs.VideoEncoder.isConfigSupported(config)).supported, false);
        const { errors } = await encodeVideo(webcodecs, config, []);
        assert.match(errors[0]?.message ?? '', /takes no quantizer for each frame/);
      }));
  }
});
