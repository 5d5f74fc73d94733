/** RGB bytes of a picture's samples: https://w3c.github.io/webcodecs/#videoframe-convert-to-rgb-frame */
import type { WirePlaneLayout, WireRect } from '../protocol/messages.js';
import type { ColorSpace } from './color-space.js';
import { type PixelFormat, pixelFormat } from './pixel-formats.js';
import { colorTransform, type PredefinedColorSpace } from './rgb-color.js';
import type { VideoPixelFormat } from './types.js';

/** Luma weights of red and blue per matrix, ITU-T H.273 table 4. */
const lumaWeights = {
  bt709: [0.2126, 0.0722],
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  'bt2020-ncl': [0.2627, 0.0593],
} as const;

export interface RgbSource {
  data: Uint8Array;
  planes: readonly WirePlaneLayout[];
  format: PixelFormat;
  colorSpace: ColorSpace;
}

/** Where the pixels go: `format` is one of RGBA, RGBX, BGRA, BGRX. */
export interface RgbTarget {
  data: Uint8Array;
  offset: number;
  stride: number;
  format: VideoPixelFormat;
  colorSpace: PredefinedColorSpace;
}

type Samples = Uint8Array | Uint16Array;

/** The samples of one component; strides in samples. */
interface Channel {
  samples: Samples;
  offset: number;
  stride: number;
  /** From sample to sample of the component. */
  step: number;
  shiftX: number;
  shiftY: number;
}

/** How the red, green and blue of a pixel lie in 32 bits. */
interface Packing {
  /** Of each of them. */
  bits: 8 | 10;
  redShift: number;
  greenShift: number;
  blueShift: number;
}

/** Writes the pixels of row `y`. */
type RowReader = (y: number, row: Uint32Array) => void;

// Samples of more than 8 bits are little-endian, as every machine is that Electron and Node run on.
function wideSamples(
  data: Uint8Array,
  offset: number,
  stride: number,
  rows: number,
): Omit<Channel, 'shiftX' | 'shiftY'> {
  const start = data.byteOffset + offset;
  if (start % 2 === 0 && stride % 2 === 0) {
    const samples = new Uint16Array(data.buffer, start, (data.byteLength - offset) >> 1);
    return { samples, offset: 0, stride: stride >> 1, step: 1 };
  }
  const evenStride = stride - (stride % 2);
  const copy = new Uint8Array(evenStride * rows);
  for (let row = 0; row < rows; row += 1) {
    copy.set(data.subarray(offset + row * stride, offset + row * stride + evenStride), row * evenStride);
  }
  return { samples: new Uint16Array(copy.buffer), offset: 0, stride: evenStride >> 1, step: 1 };
}

function channelsOf({ data, planes, format }: RgbSource, bottom: number): Channel[] {
  return format.planes.flatMap((plane, index) => {
    const { offset = 0, stride = 0 } = planes[index] ?? {};
    const shifts = { shiftX: plane.sampleWidth - 1, shiftY: plane.sampleHeight - 1 };
    if (format.bitDepth > 8) {
      return [{ ...wideSamples(data, offset, stride, Math.ceil(bottom / plane.sampleHeight)), ...shifts }];
    }
    const step = plane.sampleBytes;
    return Array.from({ length: step }, (_value, component) => {
      return { samples: data, offset: offset + component, stride, step, ...shifts };
    });
  });
}

/** Sums of products are kept with so many bits of fraction. */
const fractionBits = 16;

interface Ranges {
  luma: number;
  lumaOffset: number;
  chroma: number;
  chromaOffset: number;
}

function rangesOf({ format, colorSpace }: RgbSource): Ranges {
  const unit = 2 ** (format.bitDepth - 8);
  const chromaOffset = 128 * unit;
  if (colorSpace.fullRange === true) {
    const range = 2 ** format.bitDepth - 1;
    return { luma: range, lumaOffset: 0, chroma: range, chromaOffset };
  }
  return { luma: 219 * unit, lumaOffset: 16 * unit, chroma: 224 * unit, chromaOffset };
}

// YUV reaches from about -1.2 to 2.3 times the range of RGB.
function makeClampTable(bits: number): { table: Uint16Array; zero: number } {
  const size = 2 ** bits;
  const table = Uint16Array.from({ length: 8 * size }, (_value, index) =>
    Math.min(Math.max(index - 3 * size, 0), size - 1),
  );
  return { table, zero: 3 * size };
}

// Each pixel takes the chroma sample that covers it.
function yuvRows(source: RgbSource, channels: readonly Channel[], rect: WireRect, packing: Packing): RowReader {
  const [lumaChannel, uChannel, vChannel] = channels as [Channel, Channel, Channel];
  const { bits, redShift, greenShift, blueShift } = packing;
  const { matrix } = source.colorSpace;
  const [redWeight, blueWeight] = lumaWeights[matrix === null || matrix === 'rgb' ? 'bt709' : matrix];
  const greenWeight = 1 - redWeight - blueWeight;
  const ranges = rangesOf(source);
  const white = (2 ** bits - 1) * 2 ** fractionBits;
  const luma = Math.round(white / ranges.luma);
  const redFromV = Math.round((2 * (1 - redWeight) * white) / ranges.chroma);
  const blueFromU = Math.round((2 * (1 - blueWeight) * white) / ranges.chroma);
  const greenFromU = Math.round((blueWeight * blueFromU) / greenWeight);
  const greenFromV = Math.round((redWeight * redFromV) / greenWeight);
  const { table, zero } = makeClampTable(bits);
  const rounding = (zero + 0.5) * 2 ** fractionBits;
  const { lumaOffset, chromaOffset } = ranges;
  const ySamples = lumaChannel.samples;
  const uSamples = uChannel.samples;
  const vSamples = vChannel.samples;
  const { shiftX, step } = uChannel;
  const { x: left, width } = rect;
  return (y, row) => {
    const yRow = lumaChannel.offset + y * lumaChannel.stride + left;
    const uRow = uChannel.offset + (y >> uChannel.shiftY) * uChannel.stride;
    const vRow = vChannel.offset + (y >> vChannel.shiftY) * vChannel.stride;
    for (let x = 0; x < width; x += 1) {
      const chroma = ((left + x) >> shiftX) * step;
      const light = Math.imul((ySamples[yRow + x] as number) - lumaOffset, luma) + rounding;
      const u = (uSamples[uRow + chroma] as number) - chromaOffset;
      const v = (vSamples[vRow + chroma] as number) - chromaOffset;
      const red = table[(light + Math.imul(redFromV, v)) >> fractionBits] as number;
      const green = table[(light - Math.imul(greenFromU, u) - Math.imul(greenFromV, v)) >> fractionBits] as number;
      const blue = table[(light + Math.imul(blueFromU, u)) >> fractionBits] as number;
      row[x] = (red << redShift) | (green << greenShift) | (blue << blueShift);
    }
  };
}

// Components that are red, green and blue as they stand: RGB formats, and planes with the matrix "rgb".
function rgbRows(source: RgbSource, channels: readonly Channel[], rect: WireRect, packing: Packing): RowReader {
  const { format } = source;
  const { bits, redShift, greenShift, blueShift } = packing;
  const { luma, lumaOffset } = format.isRgb ? { luma: 255, lumaOffset: 0 } : rangesOf(source);
  const white = 2 ** bits - 1;
  const table = Uint16Array.from({ length: 2 ** format.bitDepth }, (_value, index) =>
    Math.min(Math.max(Math.round(((index - lumaOffset) * white) / luma), 0), white),
  );
  // Planes lie in the order G, B, R (H.273, matrix value 0).
  const shifts = format.isRgb
    ? format.name.startsWith('BGR')
      ? [blueShift, greenShift, redShift]
      : [redShift, greenShift, blueShift]
    : [greenShift, blueShift, redShift];
  const { x: left, width } = rect;
  return (y, row) => {
    row.fill(0);
    shifts.forEach((shift, index) => {
      const { samples, offset, stride, step, shiftX, shiftY } = channels[index] as Channel;
      const start = offset + (y >> shiftY) * stride;
      for (let x = 0; x < width; x += 1) {
        row[x] =
          (row[x] as number) | ((table[samples[start + ((left + x) >> shiftX) * step] as number] as number) << shift);
      }
    });
  };
}

// The fourth byte of each pixel.
function writeAlpha(row: Uint32Array, y: number, left: number, alpha: Channel | undefined, bitDepth: number): void {
  if (!alpha) {
    for (let x = 0; x < row.length; x += 1) {
      row[x] = (row[x] as number) | 0xff000000;
    }
    return;
  }
  const { samples, offset, stride, step } = alpha;
  const scale = 255 / (2 ** bitDepth - 1);
  for (let x = 0, from = offset + y * stride + left * step; x < row.length; x += 1, from += step) {
    row[x] = (row[x] as number) | (Math.round((samples[from] as number) * scale) << 24);
  }
}

/** Writes `rect` of the source, four bytes a pixel. */
export function convertToRgb(source: RgbSource, rect: WireRect, target: RgbTarget): void {
  const { format, colorSpace } = source;
  const channels = channelsOf(source, rect.y + rect.height);
  const [redShift, blueShift] = target.format.startsWith('BGR') ? [16, 0] : [0, 16];
  const transform = colorTransform(colorSpace, target.colorSpace, redShift, blueShift);
  const packing: Packing = transform
    ? { bits: 10, redShift: 0, greenShift: 10, blueShift: 20 }
    : { bits: 8, redShift, greenShift: 8, blueShift };
  const isRgb = format.isRgb || colorSpace.matrix === 'rgb';
  const readRow = (isRgb ? rgbRows : yuvRows)(source, channels, rect, packing);
  const alpha = format.hasAlpha && pixelFormat(target.format).hasAlpha ? channels[3] : undefined;
  const row = new Uint32Array(rect.width);
  const rowBytes = new Uint8Array(row.buffer);
  for (let index = 0; index < rect.height; index += 1) {
    readRow(rect.y + index, row);
    transform?.(row);
    writeAlpha(row, rect.y + index, rect.x, alpha, format.bitDepth);
    target.data.set(rowBytes, target.offset + index * target.stride);
  }
}
