/** Parsers of the codec strings that have fields. Each returns null for anything its format does not define. */
import type { Chroma, CodecStringColor, ParsedVideoCodec } from './codec-strings.js';

/** What a parser always gives; the rest has defaults. */
export type Digits = Pick<ParsedVideoCodec, 'codec' | 'profile' | 'level' | 'bitDepth' | 'chroma'> &
  Partial<ParsedVideoCodec>;

type Picture = Pick<ParsedVideoCodec, 'bitDepth' | 'chroma'>;

const avcPictures: ReadonlyMap<number, Picture> = new Map([
  [44, { bitDepth: 8, chroma: '444' }],
  [66, { bitDepth: 8, chroma: '420' }],
  [77, { bitDepth: 8, chroma: '420' }],
  [88, { bitDepth: 8, chroma: '420' }],
  [100, { bitDepth: 8, chroma: '420' }],
  [110, { bitDepth: 10, chroma: '420' }],
  [122, { bitDepth: 10, chroma: '422' }],
  [244, { bitDepth: 8, chroma: '444' }],
]);

const avcLevels: ReadonlySet<number> = new Set([
  9, 10, 11, 12, 13, 20, 21, 22, 30, 31, 32, 40, 41, 42, 50, 51, 52, 60, 61, 62,
]);

/** Profiles in which level_idc 11 with constraint_set3_flag means level 1b (H.264, A.3.1). */
const avcLevel1bProfiles: ReadonlySet<number> = new Set([66, 77, 88]);
/** Profiles that constraint_set3_flag makes intra-only (H.264, A.2.8 to A.2.10); CAVLC 4:4:4 (44) always is. */
const avcIntraProfiles: ReadonlySet<number> = new Set([110, 122, 244]);
const avcCavlc444 = 44;
const avcConstraintSet3 = 0x10;

/** RFC 6381, section 3.3: profile_idc, constraint flags, level_idc in hexadecimal. */
export function parseAvc(codec: string): Digits | null {
  const match = /^avc[13]\.([\dA-Fa-f]{2})([\dA-Fa-f]{2})([\dA-Fa-f]{2})$/.exec(codec);
  if (!match?.[1] || !match[2] || !match[3]) return null;
  const profile = Number.parseInt(match[1], 16);
  const constraints = Number.parseInt(match[2], 16);
  const levelCode = Number.parseInt(match[3], 16);
  const picture = avcPictures.get(profile);
  if (!picture || !avcLevels.has(levelCode)) return null;
  const isSet3 = (constraints & avcConstraintSet3) !== 0;
  const is1b = levelCode === 11 && avcLevel1bProfiles.has(profile) && isSet3;
  const intraOnly = profile === avcCavlc444 || (avcIntraProfiles.has(profile) && isSet3);
  return { codec: 'h264', profile, level: is1b ? 9 : levelCode, intraOnly, ...picture };
}

const hevcLevels: ReadonlySet<number> = new Set([30, 60, 63, 90, 93, 120, 123, 150, 153, 156, 180, 183, 186, 189]);

/** Main, Main 10 and Main Still Picture; the range extensions (4) say it in their constraint flags. */
function hevcPicture(profile: number, constraints: readonly number[]): Picture | null {
  switch (profile) {
    case 1:
    case 3:
      return { bitDepth: 8, chroma: '420' };
    case 2:
      return { bitDepth: 10, chroma: '420' };
    case 4: {
      // general_max_{12,10,8}bit and general_max_{422,420}chroma_constraint_flag: H.265, A.3.5.
      const [first = 0, second = 0] = constraints;
      const bitDepth = first & 0x02 ? 8 : first & 0x04 ? 10 : first & 0x08 ? 12 : null;
      const chroma: Chroma = second & 0x80 ? '420' : first & 0x01 ? '422' : '444';
      return bitDepth && { bitDepth, chroma };
    }
    default:
      return null;
  }
}

/**
 * ISO/IEC 14496-15, E.3: profile, compatibility flags (reversed, hex), tier and level, up to six constraint bytes.
 * A letter before the profile names a profile space, of which none but the one without a letter is defined.
 */
export function parseHevc(codec: string): Digits | null {
  const match = /^(?:hev1|hvc1)\.(\d{1,2})\.[\dA-Fa-f]{1,8}\.([LH])(\d{1,3})((?:\.[\dA-Fa-f]{1,2}){0,6})$/.exec(codec);
  if (!match?.[1] || !match[2] || !match[3]) return null;
  const profile = Number(match[1]);
  const level = Number(match[3]);
  const constraints = (match[4] ?? '').split('.').slice(1);
  const picture = hevcPicture(
    profile,
    constraints.map((byte) => Number.parseInt(byte, 16)),
  );
  if (!picture || !hevcLevels.has(level)) return null;
  return { codec: 'hevc', profile, level, highTier: match[2] === 'H', ...picture };
}

function bitDepthOf(field: string | undefined): 8 | 10 | 12 | null {
  return field === '08' ? 8 : field === '10' ? 10 : field === '12' ? 12 : null;
}

function colorOf(primaries: string, transfer: string, matrix: string, range: string): CodecStringColor {
  return {
    primaries: Number(primaries),
    transfer: Number(transfer),
    matrix: Number(matrix),
    fullRange: Number(range) === 1,
  };
}

const vp9Levels: ReadonlySet<number> = new Set([10, 11, 20, 21, 30, 31, 40, 41, 50, 51, 52, 60, 61, 62]);
const vp9Chroma: ReadonlyMap<string, Chroma> = new Map([
  ['00', '420'],
  ['01', '420'],
  ['02', '422'],
  ['03', '444'],
]);

const vp9Pattern = /^vp09\.(\d\d)\.(\d\d)\.(\d\d)(?:\.(\d\d)\.(\d\d)\.(\d\d)\.(\d\d)\.(0[01]))?$/;

/**
 * https://www.webmproject.org/vp9/mp4/#codecs-parameter-string: profile, level, depth; then chroma, primaries,
 * transfer, matrix and range, all of them or none.
 */
export function parseVp9(codec: string): Digits | null {
  const match = vp9Pattern.exec(codec);
  if (!match) return null;
  const [, profileField, levelField, depthField, chromaField, primaries, transfer, matrix, range] = match;
  const profile = Number(profileField);
  const level = Number(levelField);
  const bitDepth = bitDepthOf(depthField);
  if (profile > 3 || !vp9Levels.has(level) || bitDepth === null) return null;
  // Profiles 1 and 3 hold everything but 4:2:0, which the default of the field would say.
  const chroma = chromaField === undefined ? (profile % 2 === 1 ? '444' : '420') : vp9Chroma.get(chromaField);
  if (!chroma) return null;
  const color = primaries && transfer && matrix && range ? colorOf(primaries, transfer, matrix, range) : null;
  return { codec: 'vp9', profile, level, bitDepth, chroma, color };
}

/** Monochrome counts as 4:2:0, which is how its pictures are handed out. */
function av1Chroma(profile: number, bitDepth: 8 | 10 | 12, field: string | undefined): Chroma | null {
  if (field === undefined) return profile === 1 ? '444' : profile === 2 && bitDepth !== 12 ? '422' : '420';
  switch (field) {
    case '110':
    case '111':
    case '112':
      return '420';
    case '100':
      return '422';
    case '000':
      return '444';
    default:
      return null;
  }
}

const av1UnboundedLevel = 31;
const av1LastLevel = 23;

const av1Pattern = /^av01\.([012])\.(\d\d)([MH])\.(\d\d)(?:\.([01])\.(\d{3})\.(\d\d)\.(\d\d)\.(\d\d)\.([01]))?$/;

/**
 * https://aomediacodec.github.io/av1-isobmff/#codecsparam: profile, level, tier, depth; then monochrome, chroma,
 * primaries, transfer, matrix and range, all of them or none.
 */
export function parseAv1(codec: string): Digits | null {
  const match = av1Pattern.exec(codec);
  if (!match) return null;
  const [, profileField, levelField, tier, depthField, monochrome, chromaField, primaries, transfer, matrix, range] =
    match;
  const profile = Number(profileField);
  const level = Number(levelField);
  const bitDepth = bitDepthOf(depthField);
  if (bitDepth === null || (level > av1LastLevel && level !== av1UnboundedLevel)) return null;
  const chroma = av1Chroma(profile, bitDepth, chromaField);
  if (!chroma) return null;
  return {
    codec: 'av1',
    profile,
    level,
    highTier: tier === 'H',
    bitDepth,
    chroma,
    monochrome: monochrome === '1',
    color: primaries && transfer && matrix && range ? colorOf(primaries, transfer, matrix, range) : null,
  };
}
