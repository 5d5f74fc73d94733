/** Codec strings: what is a valid one, and what a configuration with another one comes to. */
import { assert } from 'chai';
import { assertRejects, type Env, Suite } from './harness.js';

export const suite = new Suite('codec strings');
const { conformance } = suite;

const registration = (name: string) =>
  `https://www.w3.org/TR/webcodecs-${name}-codec-registration/#fully-qualified-codec-strings`;

async function isVideo({ webcodecs }: Env, codec: string): Promise<boolean> {
  return (await webcodecs.VideoDecoder.isConfigSupported({ codec })).supported;
}

async function isAudio({ webcodecs }: Env, codec: string): Promise<boolean> {
  const shape = { sampleRate: 48_000, numberOfChannels: 2 };
  return (await webcodecs.AudioDecoder.isConfigSupported({ codec, ...shape })).supported;
}

async function assertStrings(
  env: Env,
  check: (env: Env, codec: string) => Promise<boolean>,
  good: readonly string[],
  bad: readonly string[],
): Promise<void> {
  for (const codec of good) assert.isTrue(await check(env, codec), codec);
  for (const codec of bad) assert.isFalse(await check(env, codec), codec);
}

conformance('#config-codec-string', 'a codec string of white space alone is not valid', async ({ webcodecs }) => {
  for (const codec of ['', ' ', '\t\n\f\r ']) {
    await assertRejects('TypeError', webcodecs.VideoDecoder.isConfigSupported({ codec }));
  }
});

conformance(
  '#config-codec-string',
  'a string of a MIME type, of two codecs or with white space is not supported',
  (env) =>
    assertStrings(
      env,
      isVideo,
      ['vp8'],
      ['video/webm; codecs="vp8"', 'vp8,opus', 'vp8, vp09.00.10.08', ' vp8', 'vp8 ', 'VP8', 'opus'],
    ),
);

conformance('#config-support', 'an ambiguous codec string is valid and not supported', (env) =>
  assertStrings(env, isVideo, [], ['vp9', 'vp09', 'av1', 'av01', 'avc1', 'avc3', 'h264', 'hevc', 'hvc1', 'hev1']),
);

conformance(registration('avc'), 'avc1 and avc3: profile, constraints and level in six hexadecimal digits', (env) =>
  assertStrings(
    env,
    isVideo,
    [
      'avc1.42001e',
      'avc1.42E01E',
      'avc1.4d0028',
      'avc1.640028',
      'avc3.64001f',
      'avc1.6e0028',
      'avc1.7a0028',
      'avc1.f40028',
    ],
    [
      'avc1.',
      'avc1.42001',
      'avc1.42001eff',
      'avc1.42001g',
      'avc1.ff001e',
      'avc1.420000',
      'avc2.42001e',
      'AVC1.42001e',
      'avc1.42.00.1e',
    ],
  ),
);

conformance(registration('hevc'), 'hvc1 and hev1: profile, compatibility, tier and level, constraints', (env) =>
  assertStrings(
    env,
    isVideo,
    [
      'hvc1.1.6.L93.B0',
      'hev1.1.6.L93.B0',
      'hvc1.2.4.H153.B0',
      'hvc1.1.6.L120',
      'hvc1.4.10.L120.9D.8',
      'hvc1.1.6.L93.90.0.0.0.0.0',
    ],
    [
      'hvc1.1',
      'hvc1.1.6',
      'hvc1.1.6.93',
      'hvc1.1.6.M93',
      'hvc1.1.6.L94',
      'hvc1.1.6.l93',
      'hvc1.A1.6.L93.B0',
      'hvc1.1.6.L93.',
      'hvc1.1.6.L93.B0.0.0.0.0.0.0',
      'hvc1.99.6.L93',
    ],
  ),
);

conformance(registration('vp8'), 'vp8 alone', (env) =>
  assertStrings(env, isVideo, ['vp8'], ['vp8.0', 'vp08', 'vp08.00.10.08', 'vp']),
);

conformance(registration('vp9'), 'vp09: three fields or all eight, two digits each', (env) =>
  assertStrings(
    env,
    isVideo,
    [
      'vp09.00.10.08',
      'vp09.02.41.10',
      'vp09.00.10.08.01.01.01.01.00',
      'vp09.02.10.10.01.09.16.09.01',
      'vp09.01.20.08.03.01.01.01.00',
    ],
    [
      'vp09.00.10',
      'vp09.0.10.08',
      'vp09.00.10.8',
      'vp09.04.10.08',
      'vp09.00.12.08',
      'vp09.00.10.09',
      'vp09.00.10.08.01',
      'vp09.00.10.08.01.01.01.01',
      'vp09.00.10.08.04.01.01.01.00',
      'vp09.00.10.08.01.01.01.01.02',
      'vp09.00.10.08.01.01.01.01.00.00',
      'Vp09.00.10.08',
    ],
  ),
);

conformance(registration('av1'), 'av01: profile, level, tier and depth, or all ten', (env) =>
  assertStrings(
    env,
    isVideo,
    [
      'av01.0.04M.08',
      'av01.0.15H.10',
      'av01.0.04M.10.0.112.09.16.09.0',
      'av01.1.04M.08.0.000.01.01.01.1',
      'av01.2.31M.12',
      'av01.0.04M.08.1.110.01.01.01.0',
    ],
    [
      'av01.0',
      'av01.0.04M',
      'av01.3.04M.08',
      'av01.0.4M.08',
      'av01.0.24M.08',
      'av01.0.04m.08',
      'av01.0.04X.08',
      'av01.0.04M.8',
      'av01.0.04M.09',
      'av01.0.04M.08.0',
      'av01.0.04M.08.0.110',
      'av01.0.04M.08.0.113.01.01.01.0',
      'av01.0.04M.08.0.110.01.01.01.2',
      'av01.0.04M.08.0.110.01.01.01.0.0',
    ],
  ),
);

conformance(registration('aac'), 'the strings of AAC', (env) =>
  assertStrings(
    env,
    isAudio,
    ['mp4a.40.2', 'mp4a.40.02', 'mp4a.40.5', 'mp4a.40.05', 'mp4a.40.29', 'mp4a.67'],
    ['mp4a', 'mp4a.40', 'mp4a.40.', 'mp4a.40.002', 'mp4a.40.99', 'mp4a.40.2.', 'MP4A.40.2', 'aac', 'mp4a.FF'],
  ),
);

conformance(registration('mp3'), 'the strings of MP3', (env) =>
  assertStrings(env, isAudio, ['mp3', 'mp4a.69', 'mp4a.6B'], ['MP3', 'mp2', 'mp4a.6C', 'mp3.0']),
);

conformance(registration('opus'), 'opus alone', (env) =>
  assertStrings(env, isAudio, ['opus'], ['Opus', 'opus.1', 'ogg']),
);

conformance(registration('pcm'), 'the five formats of linear PCM', (env) =>
  assertStrings(
    env,
    isAudio,
    ['pcm-u8', 'pcm-s16', 'pcm-s24', 'pcm-s32', 'pcm-f32'],
    ['pcm', 'pcm-', 'pcm-s8', 'pcm-u16', 'pcm-f64', 'pcm-s16be', 'PCM-S16', 'pcm_s16'],
  ),
);

conformance(registration('alaw'), 'alaw and ulaw alone', (env) =>
  assertStrings(env, isAudio, ['alaw', 'ulaw'], ['ALAW', 'ulaw.1', 'mulaw', 'pcm-alaw']),
);
