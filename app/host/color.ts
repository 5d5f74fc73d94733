/** Colour names of WebCodecs and code points of ITU-T H.273. */
import type { NativeColorSpace } from '../../native/index.js';
import type { WireColorSpace } from '../protocol/messages.js';

const primaries: ReadonlyMap<string, number> = new Map([
  ['bt709', 1],
  ['bt470bg', 5],
  ['smpte170m', 6],
  ['bt2020', 9],
  ['smpte432', 12],
]);

const transfers: ReadonlyMap<string, number> = new Map([
  ['bt709', 1],
  ['smpte170m', 6],
  ['linear', 8],
  ['iec61966-2-1', 13],
  ['pq', 16],
  ['hlg', 18],
]);

const matrices: ReadonlyMap<string, number> = new Map([
  ['rgb', 0],
  ['bt709', 1],
  ['bt470bg', 5],
  ['smpte170m', 6],
  ['bt2020-ncl', 9],
]);

function inverse(codes: ReadonlyMap<string, number>, alike: readonly [number, string][]): ReadonlyMap<number, string> {
  return new Map([...alike, ...[...codes].map(([name, code]): [number, string] => [code, name])]);
}

// Code points that H.273 calls functionally the same as one with a name.
const primariesNames = inverse(primaries, [[7, 'smpte170m']]);
const transferNames = inverse(transfers, [
  [14, 'bt709'],
  [15, 'bt709'],
]);
const matrixNames = inverse(matrices, []);

function codeOf(codes: ReadonlyMap<string, number>, name: string | null): number | null {
  return name === null ? null : (codes.get(name) ?? null);
}

function nameOf(names: ReadonlyMap<number, string>, code: number | null): string | null {
  return code === null ? null : (names.get(code) ?? null);
}

export const unknownColor: Readonly<NativeColorSpace> = {
  primaries: null,
  transfer: null,
  matrix: null,
  fullRange: null,
};

/** Unknown names become null. */
export function toNativeColor(color: WireColorSpace): NativeColorSpace {
  return {
    primaries: codeOf(primaries, color.primaries),
    transfer: codeOf(transfers, color.transfer),
    matrix: codeOf(matrices, color.matrix),
    fullRange: color.fullRange,
  };
}

/** Code points that WebCodecs has no name for become null. */
export function toWireColor(color: NativeColorSpace): WireColorSpace {
  return {
    primaries: nameOf(primariesNames, color.primaries),
    transfer: nameOf(transferNames, color.transfer),
    matrix: nameOf(matrixNames, color.matrix),
    fullRange: color.fullRange,
  };
}
