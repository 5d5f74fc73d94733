import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toNativeColor, toWireColor } from '../../app/host/color.js';
import { toNativeConfig, Unsupported } from '../../app/host/native-config.js';
import type { WireConfig, WireVideoEncoderConfig } from '../../app/protocol/messages.js';

const limits = { dimension: 4096 };

function videoEncoder(config: Partial<WireVideoEncoderConfig>): WireConfig {
  return { kind: 'video-encoder', config: { codec: 'vp8', width: 640, height: 360, ...config } };
}

describe('a configuration', () => {
  test('of a video encoder takes profile, depth and level from the codec string', () => {
    const native = toNativeConfig(
      videoEncoder({
        codec: 'av01.0.08M.10',
        bitrate: 1e6,
        framerate: 30,
        latencyMode: 'realtime',
        bitrateMode: 'constant',
        scalabilityMode: 'L1T2',
        gopSize: 60,
      }),
      limits,
    );
    assert.deepEqual(native, {
      kind: 'video-encoder',
      codec: 'av1',
      profile: 0,
      level: 8,
      highTier: false,
      variant: '',
      bitDepth: 10,
      chroma: '420',
      width: 640,
      height: 360,
      displayWidth: null,
      displayHeight: null,
      bitrate: 1e6,
      bitrateMode: 'constant',
      framerate: 30,
      latencyMode: 'realtime',
      gopSize: 60,
      keepAlpha: false,
      temporalLayers: 2,
      annexb: false,
      contentHint: '',
      color: { primaries: null, transfer: null, matrix: null, fullRange: null },
      frameSizeMismatch: 'error',
      hardware: 'no-preference',
    });
  });

  for (const [codec, format, expected] of [
    ['avc1.42001f', { avc: { format: 'annexb' } }, true],
    ['avc1.42001f', { avc: {} }, false],
    ['avc1.42001f', { hevc: { format: 'annexb' } }, false],
    ['hev1.1.6.L93', { hevc: { format: 'annexb' } }, true],
    ['vp8', { avc: { format: 'annexb' } }, false],
  ] as const) {
    test(`asks for annexb only of its own codec: ${codec} ${JSON.stringify(format)}`, () => {
      const native = toNativeConfig(videoEncoder({ codec, ...format }), limits);
      assert.equal(native.kind === 'video-encoder' && native.annexb, expected);
    });
  }

  for (const [codec, width, height] of [
    ['avc1.42001f', 1280, 720],
    ['avc1.640028', 1920, 1080],
    ['avc1.640028', 1080, 1920],
    ['avc1.42000a', 448, 48],
    ['hvc1.1.6.L93.B0', 1280, 720],
    ['hvc1.1.6.L120.B0', 1920, 1080],
    ['vp09.00.10.08', 1920, 1080],
    ['av01.0.00M.08', 1920, 1080],
  ] as const) {
    test(`is taken where the level has room for the picture: ${codec}, ${width}×${height}`, () => {
      const native = toNativeConfig(videoEncoder({ codec, width, height }), limits);
      assert.equal(native.kind === 'video-encoder' && native.width, width);
    });
  }

  const refused: [string, WireConfig, RegExp][] = [
    ['an unknown codec', videoEncoder({ codec: 'vp9' }), /"vp9" names no video codec/],
    ['an audio codec for video', videoEncoder({ codec: 'opus' }), /names no video codec/],
    ['a side beyond the limit', videoEncoder({ width: 4097 }), /width is 4097; it can be from 1 to 4096/],
    ['a side of 0', videoEncoder({ height: 0 }), /height is 0/],
    ['a framerate of 0', videoEncoder({ framerate: 0 }), /framerate is 0/],
    ['a bitrate that libraries overflow at', videoEncoder({ bitrate: 2 ** 50 }), /bitrate is/],
    ['spatial layers', videoEncoder({ scalabilityMode: 'L3T3' }), /L3T3.*L1T1/],
    ['a depth that the profile excludes', videoEncoder({ codec: 'vp09.00.10.10' }), /profile excludes/],
    [
      'a chroma that the profile excludes',
      videoEncoder({ codec: 'av01.0.04M.08.0.000.01.01.01.0' }),
      /profile excludes/,
    ],
    ['monochrome', videoEncoder({ codec: 'av01.0.04M.08.1.110.01.01.01.0' }), /only decoded/],
    ['a profile of key frames', videoEncoder({ codec: 'avc1.6e101f' }), /key frames only/],
    [
      'an H.264 picture beyond the level',
      videoEncoder({ codec: 'avc1.42001f', width: 1920, height: 1080 }),
      /level in "avc1.42001f".*1920×1080/,
    ],
    [
      'an H.264 picture too wide for the level',
      videoEncoder({ codec: 'avc1.42000a', width: 464, height: 16 }),
      /level/,
    ],
    [
      'an HEVC picture beyond the level',
      videoEncoder({ codec: 'hvc1.1.6.L93.B0', width: 1920, height: 1080 }),
      /level in "hvc1/,
    ],
    ['an empty scalability mode', videoEncoder({ scalabilityMode: '' }), /scalabilityMode ""/],
    ['alpha where there is none', videoEncoder({ codec: 'avc1.42001f', alpha: 'keep' }), /no alpha/],
    [
      'a sample rate of 0',
      { kind: 'audio-decoder', config: { codec: 'opus', sampleRate: 0, numberOfChannels: 2 } },
      /sampleRate is 0/,
    ],
    [
      'a channel count beyond all formats',
      { kind: 'audio-encoder', config: { codec: 'opus', sampleRate: 48000, numberOfChannels: 2 ** 32 - 1 } },
      /numberOfChannels/,
    ],
    [
      'xHE-AAC without a description',
      { kind: 'audio-decoder', config: { codec: 'mp4a.40.42', sampleRate: 48000, numberOfChannels: 2 } },
      /description/,
    ],
    [
      'a constant bit rate of FLAC',
      {
        kind: 'audio-encoder',
        config: { codec: 'flac', sampleRate: 48000, numberOfChannels: 2, bitrateMode: 'constant' },
      },
      /bitrateMode/,
    ],
    [
      'an Opus complexity above 10',
      {
        kind: 'audio-encoder',
        config: { codec: 'opus', sampleRate: 48000, numberOfChannels: 2, opus: { complexity: 11 } },
      },
      /complexity/,
    ],
  ];
  for (const [name, config, message] of refused) {
    test(`is refused with a sentence: ${name}`, () => {
      assert.throws(
        () => toNativeConfig(config, limits),
        (error) => error instanceof Unsupported && message.test(error.message),
      );
    });
  }

  for (const [given, expected] of [
    [0, 0],
    [90, 90],
    [134, 90],
    [-90, 270],
    [720, 0],
    [1e300, 0],
  ] as const) {
    test(`of a decoder rounds a rotation of ${given} to ${expected}`, () => {
      const native = toNativeConfig({ kind: 'video-decoder', config: { codec: 'vp8', rotation: given } }, limits);
      assert.equal(native.kind === 'video-decoder' && native.rotation, expected);
    });
  }

  for (const codec of ['mp4a.40.2', 'mp3', 'flac', 'vorbis', 'ac-3', 'ec-3']) {
    test(`of a decoder of a stream that describes itself has no rate and no channels: ${codec}`, () => {
      for (const count of [0, 2, 2 ** 32 - 1]) {
        const config = { codec, sampleRate: count, numberOfChannels: count };
        const native = toNativeConfig({ kind: 'audio-decoder', config }, limits);
        assert.ok(native.kind === 'audio-decoder');
        assert.deepEqual([native.sampleRate, native.numberOfChannels], [0, 0]);
      }
    });
  }

  test('of an encoder is MPEG-2 AAC for mp4a.67 alone', () => {
    for (const codec of ['mp4a.67', 'mp4a.40.2', 'mp4a.40.02']) {
      const config = { codec, sampleRate: 48_000, numberOfChannels: 2 };
      const native = toNativeConfig({ kind: 'audio-encoder', config }, limits);
      assert.ok(native.kind === 'audio-encoder');
      assert.deepEqual([native.aacObjectType, native.aacMpeg2], [2, codec === 'mp4a.67']);
    }
  });

  test('of a decoder may contradict itself: the stream decides', () => {
    toNativeConfig({ kind: 'video-decoder', config: { codec: 'vp09.00.10.10' } }, limits);
  });
});

describe('colour', () => {
  test('survives the way to code points and back', () => {
    for (const primaries of ['bt709', 'bt470bg', 'smpte170m', 'bt2020', 'smpte432']) {
      for (const transfer of ['bt709', 'smpte170m', 'iec61966-2-1', 'linear', 'pq', 'hlg']) {
        for (const matrix of ['rgb', 'bt709', 'bt470bg', 'smpte170m', 'bt2020-ncl']) {
          const color = { primaries, transfer, matrix, fullRange: true };
          assert.deepEqual(toWireColor(toNativeColor(color)), color);
        }
      }
    }
  });
  test('of no name is null both ways', () => {
    const none = { primaries: null, transfer: null, matrix: null, fullRange: null };
    assert.deepEqual(toNativeColor({ ...none, primaries: 'constructor' }), none);
    assert.deepEqual(toWireColor({ ...none, primaries: 2, transfer: 2, matrix: 2 }), none);
  });
});
