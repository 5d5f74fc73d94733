/** What an export can become: for the page to offer and for the engine to make. */
import type { AudioCodec, VideoCodec } from 'mediabunny';
import type { OutputExtension } from '../../app/protocol/studio.js';

export type PresetId =
  | 'h264-mp4'
  | 'hevc-mp4'
  | 'av1-webm'
  | 'prores-mov'
  | 'aac-m4a'
  | 'mp3'
  | 'flac'
  | 'wav'
  | 'opus-ogg';

export type QualityLevel = 'small' | 'medium' | 'high' | 'best';

export interface Preset {
  id: PresetId;
  label: string;
  /** What it is good for, in a phrase. */
  purpose: string;
  extension: OutputExtension;
  video: VideoCodec | null;
  audio: AudioCodec;
  /** Of the video encoder, by quality; lower is better. Null: the codec has one quality. */
  quantizers: (Record<QualityLevel, number> & { worst: number }) | null;
  /** Bits per second that sound well; null where sound is kept as it is. */
  audioBitrates: readonly number[] | null;
}

const kbit = (...rates: number[]): number[] => rates.map((rate) => rate * 1000);
const aacBitrates = kbit(96, 128, 192, 256);
const opusBitrates = kbit(64, 96, 128, 192);
const quantizersTo51 = { small: 34, medium: 28, high: 22, best: 16, worst: 51 };

export const presets: readonly Preset[] = [
  {
    id: 'h264-mp4',
    label: 'MP4 · H.264 + AAC',
    purpose: 'Plays everywhere',
    extension: 'mp4',
    video: 'avc',
    audio: 'aac',
    quantizers: quantizersTo51,
    audioBitrates: aacBitrates,
  },
  {
    id: 'hevc-mp4',
    label: 'MP4 · HEVC + AAC',
    purpose: 'Smaller, for newer devices',
    extension: 'mp4',
    video: 'hevc',
    audio: 'aac',
    quantizers: quantizersTo51,
    audioBitrates: aacBitrates,
  },
  {
    id: 'av1-webm',
    label: 'WebM · AV1 + Opus',
    purpose: 'Smallest, for the web',
    extension: 'webm',
    video: 'av1',
    audio: 'opus',
    quantizers: { small: 180, medium: 140, high: 105, best: 75, worst: 255 },
    audioBitrates: opusBitrates,
  },
  {
    id: 'prores-mov',
    label: 'MOV · ProRes 422 HQ + PCM',
    purpose: 'For editing on, very large',
    extension: 'mov',
    video: 'prores',
    audio: 'pcm-s24',
    quantizers: null,
    audioBitrates: null,
  },
  {
    id: 'aac-m4a',
    label: 'M4A · AAC',
    purpose: 'Sound only, plays everywhere',
    extension: 'm4a',
    video: null,
    audio: 'aac',
    quantizers: null,
    audioBitrates: aacBitrates,
  },
  {
    id: 'mp3',
    label: 'MP3',
    purpose: 'Sound only, for old players',
    extension: 'mp3',
    video: null,
    audio: 'mp3',
    quantizers: null,
    audioBitrates: kbit(128, 192, 256, 320),
  },
  {
    id: 'flac',
    label: 'FLAC',
    purpose: 'Sound only, without loss',
    extension: 'flac',
    video: null,
    audio: 'flac',
    quantizers: null,
    audioBitrates: null,
  },
  {
    id: 'wav',
    label: 'WAV · PCM, 16 bit',
    purpose: 'Sound only, uncompressed',
    extension: 'wav',
    video: null,
    audio: 'pcm-s16',
    quantizers: null,
    audioBitrates: null,
  },
  {
    id: 'opus-ogg',
    label: 'Ogg · Opus',
    purpose: 'Sound only, smallest',
    extension: 'ogg',
    video: null,
    audio: 'opus',
    quantizers: null,
    audioBitrates: opusBitrates,
  },
];

const byId = new Map(presets.map((preset) => [preset.id, preset]));

export function presetOf(id: PresetId): Preset {
  const preset = byId.get(id);
  if (!preset) throw new TypeError(`preset: expected one of ${[...byId.keys()].join(', ')}, received ${id}`);
  return preset;
}
