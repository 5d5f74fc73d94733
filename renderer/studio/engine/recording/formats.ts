/** Codecs and containers of recordings. */
import { type AudioCodec, Mp4OutputFormat, type OutputFormat, type VideoCodec, WebMOutputFormat } from 'mediabunny';
import type { RecordingFormat, RecordingSettings } from './messages.js';

/** Levels by what they have room for: luma samples of a picture and of a second. */
const levels = [
  { picture: 921_600, second: 27_648_000, avc: '1f', hevc: 'L93', vp9: '31', av1: '05' },
  { picture: 2_088_960, second: 62_668_800, avc: '28', hevc: 'L120', vp9: '40', av1: '08' },
  { picture: 2_228_224, second: 133_693_440, avc: '2a', hevc: 'L123', vp9: '41', av1: '09' },
  { picture: 8_912_896, second: 251_658_240, avc: '33', hevc: 'L150', vp9: '50', av1: '12' },
  { picture: 8_912_896, second: 530_841_600, avc: '34', hevc: 'L153', vp9: '51', av1: '13' },
] as const;

interface Format {
  videoCodec: VideoCodec;
  audioCodec: AudioCodec;
  extension: 'mp4' | 'webm';
  /** Of the codec registry. */
  videoString(level: (typeof levels)[number]): string;
  audioString: string;
}

const formats: Record<RecordingFormat, Format> = {
  'h264-mp4': {
    videoCodec: 'avc',
    audioCodec: 'aac',
    extension: 'mp4',
    videoString: ({ avc }) => `avc1.6400${avc}`,
    audioString: 'mp4a.40.2',
  },
  'hevc-mp4': {
    videoCodec: 'hevc',
    audioCodec: 'aac',
    extension: 'mp4',
    videoString: ({ hevc }) => `hvc1.1.6.${hevc}.B0`,
    audioString: 'mp4a.40.2',
  },
  'vp9-webm': {
    videoCodec: 'vp9',
    audioCodec: 'opus',
    extension: 'webm',
    videoString: ({ vp9 }) => `vp09.00.${vp9}.08`,
    audioString: 'opus',
  },
  'av1-webm': {
    videoCodec: 'av1',
    audioCodec: 'opus',
    extension: 'webm',
    videoString: ({ av1 }) => `av01.0.${av1}M.08`,
    audioString: 'opus',
  },
};

export function formatOf(name: RecordingFormat): Format {
  return formats[name];
}

/** The video codec's string, with the lowest level that has room. Throws a RangeError where none has. */
export function videoCodecString({ format, width, height, fps }: RecordingSettings): string {
  const picture = width * height;
  const level = levels.find((candidate) => picture <= candidate.picture && picture * fps <= candidate.second);
  if (!level) throw new RangeError(`${width}×${height} at ${fps} frames a second is more than any level allows.`);
  return formats[format].videoString(level);
}

/** Seconds from key frame to key frame, and so of a fragment, which can be played without those before it. */
export const fragmentSeconds = 1;
/** Less, so that each key frame begins a fragment: one that came a moment early would not, and a second more would wait. */
const minimumSeconds = fragmentSeconds / 2;

export function containerOf(name: RecordingFormat): OutputFormat {
  return formats[name].extension === 'mp4'
    ? new Mp4OutputFormat({ fastStart: 'fragmented', minimumFragmentDuration: minimumSeconds })
    : new WebMOutputFormat({ minimumClusterDuration: minimumSeconds });
}
