/** VideoColorSpace: https://w3c.github.io/webcodecs/#video-color-space-interface */
import type { WireColorSpace } from '../protocol/messages.js';
import type {
  VideoColorPrimaries,
  VideoColorSpaceInit,
  VideoMatrixCoefficients,
  VideoTransferCharacteristics,
} from './types.js';
import { markAsUncloneable } from './uncloneable.js';
import { exposeInterface, type RawDictionary, toBoolean, toDictionary, toEnum } from './web-idl.js';

const primaryNames: readonly VideoColorPrimaries[] = ['bt709', 'bt470bg', 'smpte170m', 'bt2020', 'smpte432'];
const transferNames: readonly VideoTransferCharacteristics[] = [
  'bt709',
  'smpte170m',
  'iec61966-2-1',
  'linear',
  'pq',
  'hlg',
];
const matrixNames: readonly VideoMatrixCoefficients[] = ['rgb', 'bt709', 'bt470bg', 'smpte170m', 'bt2020-ncl'];

/** VideoColorSpaceInit with every member there. */
export type ColorSpace = Required<VideoColorSpaceInit>;

function nullable<Value>(
  dictionary: RawDictionary,
  context: string,
  name: string,
  convert: (value: unknown, field: string) => Value,
): Value | null {
  const value = dictionary[name];
  return value === undefined || value === null ? null : convert(value, `${context}.${name}`);
}

/** Converts a VideoColorSpaceInit; absent members become null. */
export function toColorSpace(value: unknown, field: string): ColorSpace {
  const dictionary = toDictionary(value, field);
  const fullRange = nullable(dictionary, field, 'fullRange', toBoolean);
  const matrix = nullable(dictionary, field, 'matrix', (item, name) => toEnum(item, name, matrixNames));
  const primaries = nullable(dictionary, field, 'primaries', (item, name) => toEnum(item, name, primaryNames));
  const transfer = nullable(dictionary, field, 'transfer', (item, name) => toEnum(item, name, transferNames));
  return { primaries, transfer, matrix, fullRange };
}

/** From the wire; names that the specification doesn't have become null. */
export function fromWireColorSpace(wire: WireColorSpace): ColorSpace {
  const known = <Value extends string>(name: string | null, names: readonly Value[]): Value | null =>
    names.find((candidate) => candidate === name) ?? null;
  return {
    primaries: known(wire.primaries, primaryNames),
    transfer: known(wire.transfer, transferNames),
    matrix: known(wire.matrix, matrixNames),
    fullRange: wire.fullRange,
  };
}

/** https://w3c.github.io/webcodecs/#videoframe-pick-color-space */
export function pickColorSpace(override: ColorSpace | undefined, isRgb: boolean): ColorSpace {
  if (override) {
    return override;
  }
  return isRgb
    ? { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true }
    : { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };
}

/** How the samples of a VideoFrame stand for colours. Members that aren't known are null. */
export class VideoColorSpace {
  readonly #values: ColorSpace;

  /** @throws {TypeError} for a name that the specification doesn't have. */
  constructor(init: VideoColorSpaceInit = {}) {
    this.#values = toColorSpace(init, 'VideoColorSpaceInit');
    markAsUncloneable(this);
  }

  get primaries(): VideoColorPrimaries | null {
    return this.#values.primaries;
  }

  get transfer(): VideoTransferCharacteristics | null {
    return this.#values.transfer;
  }

  get matrix(): VideoMatrixCoefficients | null {
    return this.#values.matrix;
  }

  get fullRange(): boolean | null {
    return this.#values.fullRange;
  }

  toJSON(): ColorSpace {
    return { ...this.#values };
  }
}

exposeInterface(VideoColorSpace, 'VideoColorSpace', ['primaries', 'transfer', 'matrix', 'fullRange', 'toJSON']);
