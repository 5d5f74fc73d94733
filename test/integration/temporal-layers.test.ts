import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  decodeVideo,
  encodeVideo,
  numberedInputs,
  type VideoChunk,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';
import { readFrameNumber } from '../fixtures/synthetic-video.js';

const width = 320;
const height = 240;
const frames = 30;
/** One of them in the middle of a pattern. */
const keyFrames = [0, 17];

const layered: readonly { name: string; codec: string }[] = [
  { name: 'H.264', codec: 'avc1.64001f' },
  { name: 'VP8', codec: 'vp8' },
  { name: 'VP9', codec: 'vp09.00.10.08' },
  { name: 'VP9 10 bit', codec: 'vp09.02.10.10' },
  { name: 'AV1', codec: 'av01.0.04M.08' },
];
const patterns: Readonly<Record<string, readonly number[]>> = { L1T2: [0, 1], L1T3: [0, 2, 1, 2] };

/** What encode() makes of a stream in layers. */
interface LayeredChunk {
  chunk: VideoChunk;
  layer: number | undefined;
}

type DecoderConfig = Parameters<InstanceType<WebCodecs['VideoDecoder']>['configure']>[0];

async function encodeLayers(
  webcodecs: WebCodecs,
  config: VideoEncoderConfigOf,
): Promise<{ coded: LayeredChunk[]; decoderConfig: DecoderConfig }> {
  const coded: LayeredChunk[] = [];
  let decoderConfig: DecoderConfig | undefined;
  const encoder = new webcodecs.VideoEncoder({
    output: (chunk, metadata) => {
      decoderConfig ??= metadata?.decoderConfig;
      coded.push({ chunk, layer: metadata?.svc?.temporalLayerId });
    },
    error: (error) => assert.fail(error.message),
  });
  encoder.configure(config);
  for (const { frame, options } of numberedInputs(webcodecs, frames, width, height, {}, (number) => ({
    keyFrame: keyFrames.includes(number),
  }))) {
    encoder.encode(frame, options);
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  assert.ok(decoderConfig);
  return { coded, decoderConfig };
}

function numberOf(chunk: VideoChunk): number {
  return Math.round((chunk.timestamp * 30) / 1e6);
}

describe('scalabilityMode', () => {
  for (const { name, codec } of layered) {
    for (const latencyMode of ['quality', 'realtime'] as const) {
      for (const [scalabilityMode, pattern] of Object.entries(patterns)) {
        it(`${name} ${scalabilityMode}, ${latencyMode}: chunks name their layer, and each layer decodes without those above it`, () =>
          withHost('inline', async ({ webcodecs }) => {
            const config = { codec, width, height, bitrate: 1_000_000, framerate: 30, latencyMode, scalabilityMode };
            assert.equal((await webcodecs.VideoEncoder.isConfigSupported(config)).supported, true);
            const { coded, decoderConfig } = await encodeLayers(webcodecs, config);
            assert.deepEqual(
              coded.filter(({ chunk }) => chunk.type === 'key').map(({ chunk }) => numberOf(chunk)),
              keyFrames,
            );
            assert.deepEqual(
              coded.map(({ layer }) => layer),
              coded.map((_, index) => {
                const sinceKey = index - (keyFrames.findLast((key) => key <= index) ?? 0);
                return pattern[sinceKey % pattern.length];
              }),
            );
            const whole = await decodeVideo(
              webcodecs,
              decoderConfig,
              coded.map(({ chunk }) => chunk),
            );
            for (let top = Math.max(...pattern); top >= 0; top--) {
              const kept = coded.filter(({ layer = 0 }) => layer <= top).map(({ chunk }) => chunk);
              const { outputs, errors } = await decodeVideo(webcodecs, decoderConfig, kept);
              assert.deepEqual(errors, []);
              assert.deepEqual(
                outputs.map(({ picture }) => readFrameNumber(picture)),
                kept.map(numberOf),
              );
              for (const { timestamp, picture } of outputs) {
                const same = whole.outputs.find((output) => output.timestamp === timestamp);
                assert.deepEqual(picture, same?.picture, `the frame at ${timestamp} µs leaned on what was dropped`);
              }
            }
          }));
      }
    }
  }

  it('one layer is the default and is not named in the metadata', () =>
    withHost('inline', async ({ webcodecs }) => {
      for (const scalabilityMode of [undefined, 'L1T1']) {
        const config = { codec: 'vp8', width, height, ...(scalabilityMode ? { scalabilityMode } : {}) };
        const { coded } = await encodeLayers(webcodecs, config);
        assert.deepEqual(new Set(coded.map(({ layer }) => layer)), new Set([undefined]));
      }
    }));

  const refused: readonly { what: string; config: Partial<VideoEncoderConfigOf>; reason: RegExp }[] = [
    { what: 'spatial layers', config: { scalabilityMode: 'L2T1' }, reason: /not one of L1T1, L1T2, L1T3/ },
    {
      what: 'layers of HEVC',
      config: { codec: 'hvc1.1.6.L93.B0', scalabilityMode: 'L1T2' },
      reason: /no temporal layers here/,
    },
    {
      what: 'layers with a quantizer for each frame',
      config: { bitrateMode: 'quantizer', scalabilityMode: 'L1T2' },
      reason: /temporal layers take no quantizer/,
    },
    {
      what: 'layers with alpha',
      config: { codec: 'vp8', alpha: 'keep', scalabilityMode: 'L1T3' },
      reason: /alpha has no temporal layers/,
    },
  ];
  for (const { what, config, reason } of refused) {
    it(`${what} are refused with the reason`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const whole = { codec: 'vp09.00.10.08', width, height, bitrate: 1_000_000, ...config };
        assert.equal((await webcodecs.VideoEncoder.isConfigSupported(whole)).supported, false);
        const { errors } = await encodeVideo(webcodecs, whole, []);
        assert.deepEqual(
          errors.map(({ name }) => name),
          ['NotSupportedError'],
        );
        assert.match(errors[0]?.message ?? '', reason);
      }));
  }
});
