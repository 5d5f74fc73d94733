/** From the colours of a picture to those of sRGB and Display P3, with the tables of ITU-T H.273. */
import type { ColorSpace } from './color-space.js';
import type { VideoColorPrimaries } from './types.js';

/** https://html.spec.whatwg.org/#predefinedcolorspace */
export const predefinedColorSpaces = ['srgb', 'srgb-linear', 'display-p3', 'display-p3-linear'] as const;

export type PredefinedColorSpace = (typeof predefinedColorSpaces)[number];

/** In place: pixels with 10 bits of red, green and blue from the lowest bits up become bytes of the target's. */
export type ColorTransform = (pixels: Uint32Array) => void;

type Matrix = readonly [number, number, number, number, number, number, number, number, number];

// x and y of red, green and blue, table 2. All of them have the white point D65.
const chromaticities: Record<VideoColorPrimaries, readonly [number, number, number, number, number, number]> = {
  bt709: [0.64, 0.33, 0.3, 0.6, 0.15, 0.06],
  bt470bg: [0.64, 0.33, 0.29, 0.6, 0.15, 0.06],
  smpte170m: [0.63, 0.34, 0.31, 0.595, 0.155, 0.07],
  bt2020: [0.708, 0.292, 0.17, 0.797, 0.131, 0.046],
  smpte432: [0.68, 0.32, 0.265, 0.69, 0.15, 0.06],
};
const white = [0.3127 / 0.329, 1, (1 - 0.3127 - 0.329) / 0.329] as const;

function apply(m: Matrix, a: number, b: number, c: number): [number, number, number] {
  return [m[0] * a + m[1] * b + m[2] * c, m[3] * a + m[4] * b + m[5] * c, m[6] * a + m[7] * b + m[8] * c];
}

function multiply(left: Matrix, right: Matrix): Matrix {
  const first = apply(left, right[0], right[3], right[6]);
  const second = apply(left, right[1], right[4], right[7]);
  const third = apply(left, right[2], right[5], right[8]);
  return [first[0], second[0], third[0], first[1], second[1], third[1], first[2], second[2], third[2]];
}

function invert([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    (e * i - f * h) / determinant,
    (c * h - b * i) / determinant,
    (b * f - c * e) / determinant,
    (f * g - d * i) / determinant,
    (a * i - c * g) / determinant,
    (c * d - a * f) / determinant,
    (d * h - e * g) / determinant,
    (b * g - a * h) / determinant,
    (a * e - b * d) / determinant,
  ];
}

function toXyz(primaries: VideoColorPrimaries): Matrix {
  const [rx, ry, gx, gy, bx, by] = chromaticities[primaries];
  const unscaled: Matrix = [
    rx / ry,
    gx / gy,
    bx / by,
    1,
    1,
    1,
    (1 - rx - ry) / ry,
    (1 - gx - gy) / gy,
    (1 - bx - by) / by,
  ];
  const [red, green, blue] = apply(invert(unscaled), ...white);
  return multiply(unscaled, [red, 0, 0, 0, green, 0, 0, 0, blue]);
}

/** The luminance that SDR white has among HDR signals, cd/m²: ITU-R BT.2408. */
const graphicsWhite = 203;

function linearOfSrgb(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function srgbOfLinear(value: number): number {
  return value <= 0.0031308 ? value * 12.92 : 1.055 * value ** (1 / 2.4) - 0.055;
}

// Table 3, value 16; 1 is graphics white.
function linearOfPq(value: number): number {
  const root = value ** (1 / 78.84375);
  const light = Math.max(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root);
  return (light ** (1 / 0.1593017578125) * 10_000) / graphicsWhite;
}

// Table 3, value 18, for light from the scene from 0 to 1.
function sceneOfHlg(value: number): number {
  return value <= 0.5 ? value ** 2 / 3 : (Math.exp((value - 0.55991073) / 0.17883277) + 0.28466892) / 12;
}

/** A display of 1000 cd/m² shows HLG with this exponent: ITU-R BT.2100. */
const hlgSystemGamma = 1.2;
const hlgScale = 1000 / graphicsWhite;

const linearSteps = 65_535;
const nonlinearSteps = 1_023;

// Fine enough for the steep start of the curve: a step is a twentieth of a byte's.
function makeByteTable(curve: (value: number) => number): Uint8ClampedArray {
  return Uint8ClampedArray.from({ length: linearSteps + 1 }, (_value, index) => curve(index / linearSteps) * 255);
}

let srgbTable: Uint8ClampedArray | undefined;
let linearTable: Uint8ClampedArray | undefined;

function byteTable(isLinear: boolean): Uint8ClampedArray {
  if (isLinear) {
    linearTable ??= makeByteTable((value) => value);
    return linearTable;
  }
  srgbTable ??= makeByteTable(srgbOfLinear);
  return srgbTable;
}

function decodeTable(transfer: ColorSpace['transfer']): Float64Array {
  const decode = { pq: linearOfPq, hlg: sceneOfHlg, linear: (value: number) => value };
  // The curves of SDR video describe cameras; displays show them as they show sRGB.
  const curve = transfer === 'pq' || transfer === 'hlg' || transfer === 'linear' ? decode[transfer] : linearOfSrgb;
  return Float64Array.from({ length: nonlinearSteps + 1 }, (_value, index) => curve(index / nonlinearSteps));
}

function targetPrimaries(to: PredefinedColorSpace): VideoColorPrimaries {
  return to.startsWith('srgb') ? 'bt709' : 'smpte432';
}

/** Whether a picture's RGB values are the target's as they are. */
export function keepsColors({ primaries, transfer }: ColorSpace, to: PredefinedColorSpace): boolean {
  const isCurved = transfer !== 'pq' && transfer !== 'hlg' && transfer !== 'linear';
  return isCurved && !to.endsWith('-linear') && (primaries ?? 'bt709') === targetPrimaries(to);
}

/**
 * What becomes of a picture's RGB values in the target; null where they stay. Unknown members of the colour space are
 * BT.709's. What the target can't show, HDR light above graphics white included, is clipped.
 */
export function colorTransform(
  from: ColorSpace,
  to: PredefinedColorSpace,
  redShift: number,
  blueShift: number,
): ColorTransform | null {
  if (keepsColors(from, to)) {
    return null;
  }
  const source = from.primaries ?? 'bt709';
  const linear = decodeTable(from.transfer);
  const bytes = byteTable(to.endsWith('-linear'));
  const byte = (value: number): number =>
    bytes[value >= 1 ? linearSteps : value > 0 ? (value * linearSteps + 0.5) | 0 : 0] as number;
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = multiply(invert(toXyz(targetPrimaries(to))), toXyz(source));
  const [, , , redLuminance, greenLuminance, blueLuminance] = toXyz(source);
  const isHlg = from.transfer === 'hlg';
  return (pixels) => {
    for (let at = 0; at < pixels.length; at += 1) {
      const pixel = pixels[at] as number;
      let red = linear[pixel & nonlinearSteps] as number;
      let green = linear[(pixel >> 10) & nonlinearSteps] as number;
      let blue = linear[(pixel >> 20) & nonlinearSteps] as number;
      if (isHlg) {
        const luminance = redLuminance * red + greenLuminance * green + blueLuminance * blue;
        const gain = luminance > 0 ? hlgScale * luminance ** (hlgSystemGamma - 1) : 0;
        red *= gain;
        green *= gain;
        blue *= gain;
      }
      pixels[at] =
        (byte(m0 * red + m1 * green + m2 * blue) << redShift) |
        (byte(m3 * red + m4 * green + m5 * blue) << 8) |
        (byte(m6 * red + m7 * green + m8 * blue) << blueShift);
    }
  };
}
