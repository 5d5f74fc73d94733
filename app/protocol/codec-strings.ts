/**
 * Codec strings: the W3C codec registrations, and the extensions of this engine under Mediabunny's names.
 *
 * Extensions: `apco apcs apcn apch ap4h ap4x` (ProRes), `dnxhd` and `dnxhr_lb dnxhr_sq dnxhr_hq dnxhr_hqx dnxhr_444`
 * (DNxHD, DNxHR), `ac-3` and `ec-3` (also `mp4a.a5`, `mp4a.a6`).
 */
import { type Digits, parseAv1, parseAvc, parseHevc, parseVp9 } from './video-codec-strings.js';

export type Chroma = '420' | '422' | '444';

/** H.273 code points as a codec string gives them. */
export interface CodecStringColor {
  primaries: number;
  transfer: number;
  matrix: number;
  fullRange: boolean;
}

export interface ParsedVideoCodec {
  type: 'video';
  codec: 'h264' | 'hevc' | 'vp8' | 'vp9' | 'av1' | 'prores' | 'dnxhd';
  /** profile_idc, general_profile_idc or seq_profile; null where the string has none. */
  profile: number | null;
  /** level_idc as the bitstream writes it: h264 10 × level (9 for 1b), hevc 30 ×, vp9 10 ×, av1 seq_level_idx. */
  level: number | null;
  /** av01 and hev1: the high tier. */
  highTier: boolean;
  /** avc1: a profile of key frames only. */
  intraOnly: boolean;
  /** What a profile number can't say: `apch`, `dnxhr_hq`; empty for every codec but ProRes and DNxHD. */
  variant: string;
  bitDepth: 8 | 10 | 12;
  chroma: Chroma;
  monochrome: boolean;
  /** Where the string gives it. */
  color: CodecStringColor | null;
}

export interface ParsedAudioCodec {
  type: 'audio';
  codec:
    | 'aac'
    | 'opus'
    | 'mp3'
    | 'flac'
    | 'vorbis'
    | 'pcm-u8'
    | 'pcm-s16'
    | 'pcm-s24'
    | 'pcm-s32'
    | 'pcm-f32'
    | 'alaw'
    | 'ulaw'
    | 'ac3'
    | 'eac3';
  /** `mp4a.40.N`; 2 for `mp4a.67`; null for every other codec. */
  objectType: number | null;
}

export type ParsedCodec = ParsedVideoCodec | ParsedAudioCodec;

const simpleAudio: ReadonlyMap<string, ParsedAudioCodec['codec']> = new Map([
  ['opus', 'opus'],
  ['mp3', 'mp3'],
  ['mp4a.69', 'mp3'],
  ['mp4a.6B', 'mp3'],
  ['mp4a.6b', 'mp3'],
  ['mp4a.40.34', 'mp3'],
  ['flac', 'flac'],
  ['vorbis', 'vorbis'],
  ['pcm-u8', 'pcm-u8'],
  ['pcm-s16', 'pcm-s16'],
  ['pcm-s24', 'pcm-s24'],
  ['pcm-s32', 'pcm-s32'],
  ['pcm-f32', 'pcm-f32'],
  ['alaw', 'alaw'],
  ['ulaw', 'ulaw'],
  ['ac-3', 'ac3'],
  ['mp4a.a5', 'ac3'],
  ['mp4a.A5', 'ac3'],
  ['ec-3', 'eac3'],
  ['mp4a.a6', 'eac3'],
  ['mp4a.A6', 'eac3'],
]);

/** Bit depth and chroma of the formats whose name alone says them. */
const simpleVideo: ReadonlyMap<string, Pick<ParsedVideoCodec, 'codec' | 'variant' | 'bitDepth' | 'chroma'>> = new Map([
  ['vp8', { codec: 'vp8', variant: '', bitDepth: 8, chroma: '420' }],
  ['apco', { codec: 'prores', variant: 'apco', bitDepth: 10, chroma: '422' }],
  ['apcs', { codec: 'prores', variant: 'apcs', bitDepth: 10, chroma: '422' }],
  ['apcn', { codec: 'prores', variant: 'apcn', bitDepth: 10, chroma: '422' }],
  ['apch', { codec: 'prores', variant: 'apch', bitDepth: 10, chroma: '422' }],
  ['ap4h', { codec: 'prores', variant: 'ap4h', bitDepth: 10, chroma: '444' }],
  ['ap4x', { codec: 'prores', variant: 'ap4x', bitDepth: 10, chroma: '444' }],
  ['dnxhd', { codec: 'dnxhd', variant: 'dnxhd', bitDepth: 8, chroma: '422' }],
  ['dnxhr_lb', { codec: 'dnxhd', variant: 'dnxhr_lb', bitDepth: 8, chroma: '422' }],
  ['dnxhr_sq', { codec: 'dnxhd', variant: 'dnxhr_sq', bitDepth: 8, chroma: '422' }],
  ['dnxhr_hq', { codec: 'dnxhd', variant: 'dnxhr_hq', bitDepth: 8, chroma: '422' }],
  ['dnxhr_hqx', { codec: 'dnxhd', variant: 'dnxhr_hqx', bitDepth: 10, chroma: '422' }],
  ['dnxhr_444', { codec: 'dnxhd', variant: 'dnxhr_444', bitDepth: 10, chroma: '444' }],
]);

/** MPEG-4 audio object types that are AAC and known here: not SSR (3) and not the scalable ones (6, 20). */
const aacObjectTypes: ReadonlySet<number> = new Set([1, 2, 4, 5, 17, 19, 23, 29, 39, 42]);

/** https://www.w3.org/TR/webcodecs-aac-codec-registration/ */
function parseAac(codec: string): ParsedAudioCodec | null {
  if (codec === 'mp4a.67') return { type: 'audio', codec: 'aac', objectType: 2 };
  const digits = /^mp4a\.40\.(\d{1,2})$/.exec(codec)?.[1];
  if (digits === undefined) return null;
  const objectType = Number(digits);
  return aacObjectTypes.has(objectType) ? { type: 'audio', codec: 'aac', objectType } : null;
}

/** The part of a video codec that parsers of single formats leave to their defaults. */
function videoCodec(parsed: Digits | null): ParsedVideoCodec | null {
  return (
    parsed && {
      type: 'video',
      highTier: false,
      intraOnly: false,
      variant: '',
      monochrome: false,
      color: null,
      ...parsed,
    }
  );
}

/**
 * What a codec string says, or null where it is unknown or ambiguous (`vp9`, `avc1`, `h264`).
 * Case matters, and nothing is trimmed: so the specification asks.
 */
export function parseCodecString(codec: string): ParsedCodec | null {
  const audio = simpleAudio.get(codec);
  if (audio !== undefined) return { type: 'audio', codec: audio, objectType: null };
  const video = simpleVideo.get(codec);
  if (video !== undefined) return videoCodec({ ...video, profile: null, level: null });
  const entry = codec.slice(0, 5);
  switch (entry) {
    case 'avc1.':
    case 'avc3.':
      return videoCodec(parseAvc(codec));
    case 'hev1.':
    case 'hvc1.':
      return videoCodec(parseHevc(codec));
    case 'vp09.':
      return videoCodec(parseVp9(codec));
    case 'av01.':
      return videoCodec(parseAv1(codec));
    case 'mp4a.':
      return parseAac(codec);
    default:
      return null;
  }
}
