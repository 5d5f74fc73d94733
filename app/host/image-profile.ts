/** What an embedded ICC profile says, in code points of ITU-T H.273: https://www.color.org/specification/ICC.1-2022-05.pdf */
import type { NativeColorSpace } from '../../native/index.js';
import { unknownColor } from './color.js';
import { fourCharacters, viewOf } from './image-layout.js';

const headerLength = 128;
const tagEntry = 12;
/** More than any profile has. */
const mostTags = 256;
/** Profiles that display pictures are some hundred bytes; those with tables for printers aren't understood here anyway. */
export const longestProfile = 2 ** 20;

type Vector = readonly [number, number, number];

/** The primaries' XYZ, adapted to D50 as profiles have them. */
const knownPrimaries: readonly { code: number; red: Vector; green: Vector; blue: Vector }[] = [
  { code: 1, red: [0.4361, 0.2225, 0.0139], green: [0.3851, 0.7169, 0.0971], blue: [0.1431, 0.0606, 0.7141] },
  { code: 9, red: [0.6735, 0.279, -0.0019], green: [0.1657, 0.6753, 0.03], blue: [0.1251, 0.0456, 0.7969] },
  { code: 12, red: [0.5151, 0.2412, -0.0011], green: [0.292, 0.6922, 0.0419], blue: [0.1571, 0.0666, 0.7841] },
];
const primariesTolerance = 0.004;

/** From coded values to light, both 0 to 1. */
type Curve = (value: number) => number;

const knownTransfers: readonly { code: number; curve: Curve }[] = [
  { code: 13, curve: (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4) },
  { code: 1, curve: (value) => (value < 0.081 ? value / 4.5 : ((value + 0.099) / 1.099) ** (1 / 0.45)) },
  { code: 8, curve: (value) => value },
];
/** Less than what lies between sRGB and a plain power of 2.2. */
const curveTolerance = 0.003;
const curveSamples = 64;

function fixed(view: DataView, offset: number): number {
  return view.getInt32(offset) / 65536;
}

/** Of an RGB profile that has such a tag. */
function readColorant(tag: Uint8Array | undefined): Vector | null {
  if (!tag || tag.length < 20 || fourCharacters(tag, 0) !== 'XYZ ') return null;
  const view = viewOf(tag);
  return [fixed(view, 8), fixed(view, 12), fixed(view, 16)];
}

/** "parametricCurveType". */
function parametricCurve(tag: Uint8Array): Curve | null {
  const view = viewOf(tag);
  const kind = view.getUint16(8);
  const counts = [1, 3, 4, 5, 7];
  const count = counts[kind];
  if (count === undefined || tag.length < 12 + 4 * count) return null;
  const [g = 1, a = 1, b = 0, c = 0, d = 0, e = 0, f = 0] = Array.from({ length: count }, (_, index) =>
    fixed(view, 12 + 4 * index),
  );
  const power = (value: number) => Math.max(a * value + b, 0) ** g;
  if (kind === 0) return (value) => value ** g;
  if (kind === 1) return (value) => (value >= -b / a ? power(value) : 0);
  if (kind === 2) return (value) => (value >= -b / a ? power(value) + c : c);
  return (value) => (value >= d ? power(value) + e : c * value + f);
}

function readCurve(tag: Uint8Array | undefined): Curve | null {
  if (!tag || tag.length < 12) return null;
  const view = viewOf(tag);
  const type = fourCharacters(tag, 0);
  if (type === 'para') return parametricCurve(tag);
  if (type !== 'curv') return null;
  const count = view.getUint32(8);
  if (count === 0) return (value) => value;
  if (tag.length < 12 + 2 * count) return null;
  if (count === 1) return (value) => value ** (view.getUint16(12) / 256);
  const entry = (index: number) => view.getUint16(12 + 2 * Math.min(index, count - 1)) / 65535;
  return (value) => {
    const position = value * (count - 1);
    const index = Math.floor(position);
    return entry(index) + (entry(index + 1) - entry(index)) * (position - index);
  };
}

function isNear(left: Vector | null, right: Vector): boolean {
  return left?.every((value, index) => Math.abs(value - (right[index] ?? 0)) <= primariesTolerance) ?? false;
}

function isAlike(left: Curve, right: Curve): boolean {
  return Array.from({ length: curveSamples + 1 }, (_, index) => index / curveSamples).every(
    (value) => Math.abs(left(value) - right(value)) <= curveTolerance,
  );
}

/** Null where a profile is none. What it says that has no code point is null in it. */
export function readProfile(profile: Uint8Array): NativeColorSpace | null {
  if (profile.length < headerLength + 4 || fourCharacters(profile, 36) !== 'acsp') return null;
  if (fourCharacters(profile, 16) !== 'RGB ') return unknownColor;
  const view = viewOf(profile);
  const tags = new Map<string, Uint8Array>();
  for (let index = 0; index < Math.min(view.getUint32(headerLength), mostTags); index++) {
    const entry = headerLength + 4 + index * tagEntry;
    if (entry + tagEntry > profile.length) break;
    const start = view.getUint32(entry + 4);
    tags.set(fourCharacters(profile, entry), profile.subarray(start, start + view.getUint32(entry + 8)));
  }
  const cicp = tags.get('cicp');
  if (cicp && cicp.length >= 12) return { ...unknownColor, primaries: cicp[8] ?? null, transfer: cicp[9] ?? null };
  const [red, green, blue] = ['rXYZ', 'gXYZ', 'bXYZ'].map((name) => readColorant(tags.get(name)));
  const primaries = knownPrimaries.find(
    (known) => isNear(red ?? null, known.red) && isNear(green ?? null, known.green) && isNear(blue ?? null, known.blue),
  );
  const curves = ['rTRC', 'gTRC', 'bTRC'].map((name) => readCurve(tags.get(name)));
  const transfer = knownTransfers.find(({ curve }) => curves.every((own) => own !== null && isAlike(own, curve)));
  return { ...unknownColor, primaries: primaries?.code ?? null, transfer: transfer?.code ?? null };
}
