/** Codecs and profiles that are asked about, each at the size and rate that people work in. */
import type { CodecQuestion } from '../engine/codecs/messages.js';

/** What can be asked of a row. */
export const columns = ['encode', 'realtime', 'decode'] as const;
export type Column = (typeof columns)[number];
export const columnNames: Readonly<Record<Column, string>> = {
  encode: 'Encode',
  realtime: 'Encode, realtime',
  decode: 'Decode',
};

export interface CodecRow {
  kind: 'video' | 'audio';
  codec: string;
  profile: string;
  /** The codec string. */
  string: string;
  /** Null: not a question of this codec. */
  questions: Readonly<Record<Column, CodecQuestion | null>>;
}

const picture = { width: 1920, height: 1080, framerate: 30 };
const sound = { sampleRate: 48_000, numberOfChannels: 2 };

function video(codec: string, profiles: readonly string[], bitrate = 8_000_000, isInteractive = true): CodecRow[] {
  return profiles.map((line) => {
    const split = line.lastIndexOf(' ');
    const string = line.slice(split + 1);
    const config = { codec: string, ...picture, bitrate };
    return {
      kind: 'video',
      codec,
      profile: line.slice(0, split),
      string,
      questions: {
        encode: { kind: 'video-encoder', config: { ...config, latencyMode: 'quality' } },
        realtime: isInteractive ? { kind: 'video-encoder', config: { ...config, latencyMode: 'realtime' } } : null,
        decode: { kind: 'video-decoder', config: { codec: string, codedWidth: 1920, codedHeight: 1080 } },
      },
    };
  });
}

function audio(codec: string, profile: string, string: string, hasDescription = false): CodecRow {
  const config = { codec: string, ...sound };
  return {
    kind: 'audio',
    codec,
    profile,
    string,
    questions: {
      encode: { kind: 'audio-encoder', config },
      realtime: null,
      decode: { kind: 'audio-decoder', config, ...(hasDescription && { description: 'encoder' }) },
    },
  };
}

export const rows: readonly CodecRow[] = [
  ...video('H.264', [
    'Constrained Baseline, 8 bit avc1.42e028',
    'Main, 8 bit avc1.4d4028',
    'High, 8 bit avc1.640028',
    'High 10, 10 bit avc1.6e0028',
    'High 4:2:2, 10 bit avc1.7a0028',
    'High 4:4:4, 8 bit avc1.f40028',
  ]),
  ...video('HEVC', [
    'Main, 8 bit hvc1.1.6.L120.B0',
    'Main 10, 10 bit hvc1.2.4.L120.B0',
    'Main 12, 12 bit hvc1.4.10.L120.99.88',
    'Main 4:2:2 10, 10 bit hvc1.4.10.L120.9D.08',
    'Main 4:4:4, 8 bit hvc1.4.10.L120.9E.08',
  ]),
  ...video('VP8', ['8 bit vp8']),
  ...video('VP9', [
    'Profile 0, 8 bit vp09.00.40.08',
    'Profile 1, 8 bit 4:4:4 vp09.01.40.08.03.01.01.01.00',
    'Profile 2, 10 bit vp09.02.40.10',
    'Profile 2, 12 bit vp09.02.40.12',
    'Profile 3, 10 bit 4:4:4 vp09.03.40.10.03.01.01.01.00',
  ]),
  ...video('AV1', [
    'Main, 8 bit av01.0.08M.08',
    'Main, 10 bit av01.0.08M.10',
    'High, 8 bit 4:4:4 av01.1.08M.08',
    'High, 10 bit 4:4:4 av01.1.08M.10',
    'Professional, 12 bit av01.2.08M.12.0.110.01.01.01.0',
  ]),
  ...video(
    'ProRes',
    [
      '422 Proxy, 10 bit apco',
      '422 LT, 10 bit apcs',
      '422, 10 bit apcn',
      '422 HQ, 10 bit apch',
      '4444, 10 bit ap4h',
      '4444 XQ, 10 bit ap4x',
    ],
    8_000_000,
    false,
  ),
  ...video('DNxHD', ['8 bit dnxhd'], 220_000_000, false),
  ...video(
    'DNxHR',
    [
      'LB, 8 bit dnxhr_lb',
      'SQ, 8 bit dnxhr_sq',
      'HQ, 8 bit dnxhr_hq',
      'HQX, 10 bit dnxhr_hqx',
      '444, 10 bit dnxhr_444',
    ],
    8_000_000,
    false,
  ),
  audio('AAC', 'LC', 'mp4a.40.2'),
  audio('AAC', 'HE, v1', 'mp4a.40.5'),
  audio('AAC', 'HE, v2', 'mp4a.40.29'),
  audio('Opus', '', 'opus'),
  audio('MP3', '', 'mp3'),
  audio('Vorbis', '', 'vorbis', true),
  audio('FLAC', '', 'flac', true),
  audio('AC-3', '', 'ac-3'),
  audio('E-AC-3', '', 'ec-3'),
  audio('PCM', '16 bit', 'pcm-s16'),
  audio('PCM', '24 bit', 'pcm-s24'),
  audio('PCM', '32 bit', 'pcm-s32'),
  audio('PCM', '32 bit float', 'pcm-f32'),
  audio('A-law', '', 'alaw'),
  audio('µ-law', '', 'ulaw'),
];
