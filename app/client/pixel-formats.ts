/** What each pixel format is made of: https://w3c.github.io/webcodecs/#pixel-format */
import type { VideoPixelFormat } from './types.js';

/** One plane; sub-sampling factors in pixels per sample. */
export interface PlaneFormat {
  /** Bytes of one sample, all its components together. */
  readonly sampleBytes: number;
  readonly sampleWidth: number;
  readonly sampleHeight: number;
}

export interface PixelFormat {
  readonly name: VideoPixelFormat;
  readonly planes: readonly PlaneFormat[];
  readonly bitDepth: 8 | 10 | 12;
  readonly isRgb: boolean;
  readonly hasAlpha: boolean;
  /** https://w3c.github.io/webcodecs/#equivalent-opaque-format */
  readonly opaque: VideoPixelFormat;
}

const subsampling = { '420': [2, 2], '422': [2, 1], '444': [1, 1] } as const;

function planar(chroma: keyof typeof subsampling, hasAlpha: boolean, bitDepth: 8 | 10 | 12): PixelFormat {
  const suffix = bitDepth === 8 ? '' : (`P${bitDepth}` as const);
  const sampleBytes = bitDepth === 8 ? 1 : 2;
  const [sampleWidth, sampleHeight] = subsampling[chroma];
  const full = { sampleBytes, sampleWidth: 1, sampleHeight: 1 };
  const sub = { sampleBytes, sampleWidth, sampleHeight };
  return {
    name: `I${chroma}${hasAlpha ? 'A' : ''}${suffix}`,
    planes: hasAlpha ? [full, sub, sub, full] : [full, sub, sub],
    bitDepth,
    isRgb: false,
    hasAlpha,
    opaque: `I${chroma}${suffix}`,
  };
}

function rgb(name: 'RGBA' | 'RGBX' | 'BGRA' | 'BGRX'): PixelFormat {
  const hasAlpha = name.endsWith('A');
  return {
    name,
    planes: [{ sampleBytes: 4, sampleWidth: 1, sampleHeight: 1 }],
    bitDepth: 8,
    isRgb: true,
    hasAlpha,
    opaque: name.startsWith('RGB') ? 'RGBX' : 'BGRX',
  };
}

const nv12: PixelFormat = {
  name: 'NV12',
  planes: [
    { sampleBytes: 1, sampleWidth: 1, sampleHeight: 1 },
    { sampleBytes: 2, sampleWidth: 2, sampleHeight: 2 },
  ],
  bitDepth: 8,
  isRgb: false,
  hasAlpha: false,
  opaque: 'NV12',
};

const formats = new Map<string, PixelFormat>();
for (const chroma of ['420', '422', '444'] as const) {
  for (const hasAlpha of [false, true]) {
    for (const bitDepth of [8, 10, 12] as const) {
      const format = planar(chroma, hasAlpha, bitDepth);
      formats.set(format.name, format);
    }
  }
}
formats.set('NV12', nv12);
for (const name of ['RGBA', 'RGBX', 'BGRA', 'BGRX'] as const) {
  formats.set(name, rgb(name));
}

/** Every pixel format name. */
export const pixelFormatNames: readonly VideoPixelFormat[] = [...formats.values()].map((format) => format.name);

/** What is known about a format; `undefined` for a name that the specification doesn't have. */
export function findPixelFormat(name: string): PixelFormat | undefined {
  return formats.get(name);
}

/** What is known about a format whose name was checked. */
export function pixelFormat(name: VideoPixelFormat): PixelFormat {
  const format = formats.get(name);
  if (!format) {
    throw new TypeError(`format: ${name} is not a VideoPixelFormat`);
  }
  return format;
}
