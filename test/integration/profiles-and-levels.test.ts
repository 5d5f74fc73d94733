import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { VideoCodec } from 'mediabunny';
import { type Syntax, traceChunks } from '../fixtures/bitstream.js';
import { withHost } from '../fixtures/codec-host.js';
import { encodeVideo, numberedInputs, type VideoEncoderConfigOf } from '../fixtures/coders.js';

const width = 320;
const height = 240;

interface ProfileCase {
  config: Pick<VideoEncoderConfigOf, 'codec' | 'avc' | 'hevc'>;
  judge: VideoCodec;
  input: string;
  /** Syntax elements of the stream's parameter sets or first frame header. */
  syntax: Readonly<Record<string, number>>;
}

const avc = { format: 'annexb' } as const;
const hevc = { format: 'annexb' } as const;

function vp9(profile: number): Record<string, number> {
  return { profile_low_bit: profile & 1, profile_high_bit: profile >> 1 };
}

const cases: readonly ProfileCase[] = [
  {
    config: { codec: 'avc1.42e01e', avc },
    judge: 'avc',
    input: 'I420',
    syntax: { profile_idc: 66, constraint_set1_flag: 1, level_idc: 30 },
  },
  {
    config: { codec: 'avc1.4d0028', avc },
    judge: 'avc',
    input: 'I420',
    syntax: { profile_idc: 77, level_idc: 40 },
  },
  {
    config: { codec: 'avc1.640033', avc },
    judge: 'avc',
    input: 'I420',
    syntax: { profile_idc: 100, level_idc: 51 },
  },
  {
    config: { codec: 'hev1.1.6.L93.B0', hevc },
    judge: 'hevc',
    input: 'I420',
    syntax: { general_profile_idc: 1, general_tier_flag: 0, general_level_idc: 93 },
  },
  {
    config: { codec: 'hev1.1.6.H150.B0', hevc },
    judge: 'hevc',
    input: 'I420',
    syntax: { general_profile_idc: 1, general_tier_flag: 1, general_level_idc: 150 },
  },
  { config: { codec: 'vp09.00.20.08' }, judge: 'vp9', input: 'I420', syntax: vp9(0) },
  { config: { codec: 'vp09.01.20.08.02.01.01.01.00' }, judge: 'vp9', input: 'I422', syntax: vp9(1) },
  { config: { codec: 'vp09.01.20.08.03.01.01.01.00' }, judge: 'vp9', input: 'I444', syntax: vp9(1) },
  { config: { codec: 'vp09.02.20.10' }, judge: 'vp9', input: 'I420P10', syntax: vp9(2) },
  { config: { codec: 'vp09.02.20.12' }, judge: 'vp9', input: 'I420P12', syntax: vp9(2) },
  { config: { codec: 'vp09.03.20.10.02.01.01.01.00' }, judge: 'vp9', input: 'I422P10', syntax: vp9(3) },
  { config: { codec: 'vp09.03.20.12.03.01.01.01.00' }, judge: 'vp9', input: 'I444P12', syntax: vp9(3) },
  {
    config: { codec: 'av01.0.05M.08' },
    judge: 'av1',
    input: 'I420',
    syntax: { seq_profile: 0, 'seq_level_idx[0]': 5, high_bitdepth: 0 },
  },
  {
    config: { codec: 'av01.0.13M.10' },
    judge: 'av1',
    input: 'I420P10',
    syntax: { seq_profile: 0, 'seq_level_idx[0]': 13, 'seq_tier[0]': 0, high_bitdepth: 1 },
  },
  {
    config: { codec: 'av01.1.08M.08.0.000.01.01.01.0' },
    judge: 'av1',
    input: 'I444',
    syntax: { seq_profile: 1, 'seq_level_idx[0]': 8, high_bitdepth: 0 },
  },
  {
    config: { codec: 'av01.1.04M.10.0.000.01.01.01.0' },
    judge: 'av1',
    input: 'I444P10',
    syntax: { seq_profile: 1, 'seq_level_idx[0]': 4, high_bitdepth: 1 },
  },
  {
    config: { codec: 'av01.2.04M.10.0.100.01.01.01.0' },
    judge: 'av1',
    input: 'I422P10',
    syntax: { seq_profile: 2, 'seq_level_idx[0]': 4, high_bitdepth: 1, twelve_bit: 0 },
  },
  {
    config: { codec: 'av01.2.04M.12' },
    judge: 'av1',
    input: 'I420P12',
    syntax: { seq_profile: 2, 'seq_level_idx[0]': 4, high_bitdepth: 1, twelve_bit: 1 },
  },
];

function valueIn(traced: readonly (Syntax | undefined)[], name: string): number | undefined {
  for (const syntax of traced) {
    const value = syntax?.get(name)?.[0];
    if (value !== undefined) return value;
  }
  return undefined;
}

describe('profile, tier and level of the codec string', () => {
  for (const { config, judge, input, syntax } of cases) {
    it(`${config.codec}: stand in the bitstream and in decoderConfig.codec`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const whole = { ...config, width, height, bitrate: 500_000, framerate: 30 };
        assert.equal((await webcodecs.VideoEncoder.isConfigSupported(whole)).supported, true);
        const encoded = await encodeVideo(
          webcodecs,
          whole,
          numberedInputs(webcodecs, 3, width, height, { format: input }),
        );
        assert.deepEqual(encoded.errors, []);
        assert.equal(encoded.decoderConfig?.codec, config.codec);
        const { headers, packets } = await traceChunks(judge, encoded);
        const found = Object.keys(syntax).map((name) => [name, valueIn([packets[0], headers], name)]);
        assert.deepEqual(Object.fromEntries(found), syntax);
      }));
  }

  it('a level with room for the picture but not for its rate rises to the least one that it does', () =>
    withHost('inline', async ({ webcodecs }) => {
      const large = { width: 1280, height: 720 };
      const risen: readonly [Pick<VideoEncoderConfigOf, 'codec' | 'avc' | 'hevc'>, VideoCodec, string, number][] = [
        [{ codec: 'avc1.64001f', avc }, 'avc', 'level_idc', 32],
        [{ codec: 'hev1.1.6.L93.B0', hevc }, 'hevc', 'general_level_idc', 120],
        [{ codec: 'av01.0.00M.08' }, 'av1', 'seq_level_idx[0]', 8],
      ];
      for (const [config, judge, name, level] of risen) {
        const inputs = numberedInputs(webcodecs, 1, large.width, large.height);
        const encoded = await encodeVideo(
          webcodecs,
          { ...config, ...large, bitrate: 2_000_000, framerate: 60 },
          inputs,
        );
        const { headers, packets } = await traceChunks(judge, encoded);
        assert.equal(valueIn([packets[0], headers], name), level, config.codec);
      }
    }));

  const unmade: readonly { codec: string; reason: RegExp }[] = [
    { codec: 'avc1.58001e', reason: /Extended profile, which is only decoded/ },
    { codec: 'avc1.6e001e', reason: /libopenh264: it has no such pixel format|libx264/ },
    { codec: 'hvc1.3.6.L93.B0', reason: /Main Still Picture profile, which is only decoded/ },
    { codec: 'hvc1.2.4.L93.B0', reason: /libkvazaar: it has no such pixel format|libx265/ },
    { codec: 'vp09.00.20.10', reason: /its profile excludes/ },
    { codec: 'av01.0.04M.12', reason: /its profile excludes/ },
    { codec: 'av01.0.04M.08.1.110.01.01.01.0', reason: /monochrome/ },
  ];
  for (const { codec, reason } of unmade) {
    it(`${codec}: refused with the reason`, () =>
      withHost('inline', async (host) => {
        const { webcodecs } = host;
        const { supported } = await webcodecs.VideoEncoder.isConfigSupported({ codec, width, height });
        const { errors } = await encodeVideo(webcodecs, { codec, width, height }, []);
        assert.equal(supported, errors.length === 0);
        if (errors[0]) assert.match(errors[0].message, reason);
        else assert.match(codec, /^(avc1\.6e|hvc1\.2)/, 'only the GPL variant’s encoders make more');
      }));
  }
});
