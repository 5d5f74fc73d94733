/** Every audio codec × channels and rate, and the modes in which each is asked to encode. */
import type { AudioCodec } from 'mediabunny';
import type { AudioEncoderConfigOf } from '../fixtures/coders.js';
import type { Container } from '../fixtures/container.js';

/** Channels and hertz. */
export const audioShapes = ['1@8000', '2@44100', '2@48000', '6@48000', '2@96000'] as const;
export type AudioShape = (typeof audioShapes)[number];

export interface AudioMode {
  name: string;
  config: Partial<AudioEncoderConfigOf>;
}

export interface AudioRow {
  /** As README's table calls it. */
  codec: string;
  /** The codec string. */
  string: string;
  /** AudioSampleFormat of what goes in. */
  input: string;
  /** Asked of each shape; the modes only of 48 kHz stereo. */
  shapes: readonly AudioShape[];
  modes: readonly AudioMode[];
  /** The rate of what is decoded, where it is not the one that went in. */
  decodedRate?: number;
  mediabunny: AudioCodec;
  container: Container;
  /** ffmpeg's name of the chunks lined up, for `adts` and where a container adds nothing. */
  elementary: string | null;
  /** The first bytes of decoderConfig.description, null: it has none. */
  description: string | null;
  /** dB at its place; Infinity: bit-exact. */
  snr: number;
  /** It takes a bit rate, and gives other samples. */
  isLossy: boolean;
  /** Samples that the sound comes late by what the encoder puts in front; of Opus, its head says it. */
  lag: number;
}

const constant: AudioMode = { name: 'constant', config: { bitrateMode: 'constant' } };
const opus = (name: string, options: AudioEncoderConfigOf['opus']): AudioMode => ({
  name,
  config: { opus: options ?? {} },
});
const flac = (name: string, options: AudioEncoderConfigOf['flac']): AudioMode => ({
  name,
  config: { flac: options ?? {} },
});
const lossy = { input: 'f32-planar', shapes: audioShapes, snr: 22, isLossy: true, elementary: null } as const;
const exact = { isLossy: false, lag: 0 } as const;

function pcm(string: string, input: string, snr = Infinity, name = `PCM ${string.slice(4)}`): AudioRow {
  return {
    ...{
      codec: name,
      string,
      input,
      shapes: audioShapes,
      modes: [],
      elementary: null,
      description: null,
      snr,
      ...exact,
    },
    ...{ mediabunny: string as AudioCodec, container: string.startsWith('pcm') ? 'mkv' : 'wav' },
  };
}

export const audioRows: readonly AudioRow[] = [
  {
    ...lossy,
    codec: 'AAC',
    string: 'mp4a.40.2',
    modes: [constant, { name: 'adts', config: { aac: { format: 'adts' } } }],
    mediabunny: 'aac',
    container: 'mp4',
    elementary: 'aac',
    description: '',
    lag: 1_024,
  },
  {
    ...lossy,
    codec: 'Opus',
    string: 'opus',
    snr: 25,
    modes: [
      constant,
      opus('ogg', { format: 'ogg' }),
      opus('2.5 ms', { frameDuration: 2_500 }),
      opus('60 ms', { frameDuration: 60_000 }),
      opus('low delay', { application: 'lowdelay' }),
    ],
    decodedRate: 48_000,
    mediabunny: 'opus',
    container: 'mkv',
    description: 'OpusHead',
    lag: Number.NaN,
  },
  {
    ...lossy,
    codec: 'MP3',
    string: 'mp3',
    modes: [constant],
    mediabunny: 'mp3',
    container: 'mkv',
    elementary: 'mp3',
    description: null,
    lag: 1_105,
  },
  {
    ...lossy,
    codec: 'Vorbis',
    string: 'vorbis',
    modes: [constant],
    mediabunny: 'vorbis',
    container: 'mkv',
    description: '\x02',
    snr: 30,
    lag: 0,
  },
  {
    ...{ ...lossy, codec: 'FLAC', string: 'flac', mediabunny: 'flac', container: 'mkv', description: 'fLaC' },
    ...{ input: 's16', modes: [flac('compressLevel 8', { compressLevel: 8 })], snr: Infinity, ...exact },
  },
  {
    ...{ ...lossy, codec: 'FLAC, 24 bit', string: 'flac', mediabunny: 'flac', container: 'mkv', description: 'fLaC' },
    ...{ input: 's32', modes: [], snr: 120, ...exact },
  },
  pcm('pcm-u8', 'u8'),
  pcm('pcm-s16', 's16'),
  pcm('pcm-s24', 's32', 120),
  pcm('pcm-s32', 's32'),
  pcm('pcm-f32', 'f32'),
  pcm('alaw', 's16', 30, 'A-law'),
  pcm('ulaw', 's16', 30, 'µ-law'),
];
