/**
 * RGB bytes of a picture that is here: https://w3c.github.io/webcodecs/#videoframe-convert-to-rgb-frame
 * Pictures in the host are converted there.
 */
import type { WirePlaneLayout, WireRect } from '../protocol/messages.js';
import type { ColorSpace } from './color-space.js';
import type { PixelFormat } from './pixel-formats.js';

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

type SampleReader = (x: number, y: number) => number;

function channelReaders(source: RgbSource): SampleReader[] {
  const { data, format } = source;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const readers: SampleReader[] = [];
  format.planes.forEach((plane, index) => {
    const { offset = 0, stride = 0 } = source.planes[index] ?? {};
    const shiftX = plane.sampleWidth - 1;
    const shiftY = plane.sampleHeight - 1;
    const wide = format.bitDepth > 8;
    const components = wide ? 1 : plane.sampleBytes;
    for (let component = 0; component < components; component += 1) {
      readers.push(
        wide
          ? (x, y) => view.getUint16(offset + (y >> shiftY) * stride + (x >> shiftX) * 2, true)
          : (x, y) => data[offset + (y >> shiftY) * stride + (x >> shiftX) * components + component] ?? 0,
      );
    }
  });
  return readers;
}

type Converter = (
  first: number,
  second: number,
  third: number,
  store: (r: number, g: number, b: number) => void,
) => void;

function makeConverter(source: RgbSource): Converter {
  const { format, colorSpace } = source;
  if (format.isRgb) {
    const reversed = format.name.startsWith('BGR');
    return (first, second, third, store) => (reversed ? store(third, second, first) : store(first, second, third));
  }
  const unit = 2 ** (format.bitDepth - 8);
  const maximum = 2 ** format.bitDepth - 1;
  const full = colorSpace.fullRange === true;
  const lumaOffset = full ? 0 : 16 * unit;
  const lumaScale = full ? 255 / maximum : 255 / (219 * unit);
  if (colorSpace.matrix === 'rgb') {
    // Planes in the order G, B, R (H.273, matrix value 0).
    return (green, blue, red, store) =>
      store((red - lumaOffset) * lumaScale, (green - lumaOffset) * lumaScale, (blue - lumaOffset) * lumaScale);
  }
  const [red, blue] = lumaWeights[colorSpace.matrix ?? 'bt709'];
  const green = 1 - red - blue;
  const chromaScale = full ? 255 / maximum : 255 / (224 * unit);
  const chromaOffset = 128 * unit;
  const redFromV = 2 * (1 - red) * chromaScale;
  const blueFromU = 2 * (1 - blue) * chromaScale;
  const greenFromU = (blue * blueFromU) / green;
  const greenFromV = (red * redFromV) / green;
  return (y, u, v, store) => {
    const luma = (y - lumaOffset) * lumaScale;
    const cb = u - chromaOffset;
    const cr = v - chromaOffset;
    store(luma + redFromV * cr, luma - greenFromU * cb - greenFromV * cr, luma + blueFromU * cb);
  };
}

/** Four bytes a pixel, tightly packed, of `rect`; `target` is one of RGBA, RGBX, BGRA, BGRX. */
export function convertToRgb(source: RgbSource, rect: WireRect, target: PixelFormat): Uint8Array<ArrayBuffer> {
  // Clamps and rounds on store.
  const output = new Uint8ClampedArray(rect.width * rect.height * 4);
  const [first, second, third, fourth] = channelReaders(source);
  if (!first || !second || !third) {
    return new Uint8Array(output.buffer);
  }
  const alpha = source.format.hasAlpha && target.hasAlpha ? fourth : undefined;
  const alphaScale = 255 / (2 ** source.format.bitDepth - 1);
  const [redIndex, blueIndex] = target.name.startsWith('BGR') ? [2, 0] : [0, 2];
  const convert = makeConverter(source);
  let at = 0;
  const store = (red: number, green: number, blue: number): void => {
    output[at + redIndex] = red;
    output[at + 1] = green;
    output[at + blueIndex] = blue;
  };
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      convert(first(x, y), second(x, y), third(x, y), store);
      output[at + 3] = alpha ? alpha(x, y) * alphaScale : 255;
      at += 4;
    }
  }
  return new Uint8Array(output.buffer);
}
