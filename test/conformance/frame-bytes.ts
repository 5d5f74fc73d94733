/** Pictures of every pixel format, as the definitions at https://w3c.github.io/webcodecs/#pixel-format have them. */
import type { VideoPixelFormat } from '../../app/client/index.js';

export const formats: readonly VideoPixelFormat[] = [
  ...(['I420', 'I422', 'I444'] as const).flatMap((name) => [
    ...(['', 'P10', 'P12'] as const).flatMap((depth) => [`${name}${depth}`, `${name}A${depth}`] as const),
  ]),
  'NV12',
  'RGBA',
  'RGBX',
  'BGRA',
  'BGRX',
];

export interface PlaneShape {
  rowBytes: number;
  rows: number;
  /** In pixels per sample. */
  sampleWidth: number;
  sampleHeight: number;
  /** Of one sample with all its components. */
  sampleBytes: number;
}

export function bitDepthOf(format: string): 8 | 10 | 12 {
  return format.endsWith('P10') ? 10 : format.endsWith('P12') ? 12 : 8;
}

/** The planes of a picture of this size. */
export function planesOf(format: string, width: number, height: number): PlaneShape[] {
  const bytes = bitDepthOf(format) === 8 ? 1 : 2;
  const plane = (sampleWidth: number, sampleHeight: number, sampleBytes: number): PlaneShape => ({
    rowBytes: Math.ceil(width / sampleWidth) * sampleBytes,
    rows: Math.ceil(height / sampleHeight),
    sampleWidth,
    sampleHeight,
    sampleBytes,
  });
  if (/^(RGB|BGR)/.test(format)) return [plane(1, 1, 4)];
  if (format === 'NV12') return [plane(1, 1, 1), plane(2, 2, 2)];
  const chroma = plane(format.startsWith('I444') ? 1 : 2, format.startsWith('I420') ? 2 : 1, bytes);
  const luma = plane(1, 1, bytes);
  return format.includes('A') ? [luma, chroma, chroma, luma] : [luma, chroma, chroma];
}

export function sizeOf(format: string, width: number, height: number): number {
  return planesOf(format, width, height).reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0);
}

/** A tightly packed picture in which neighbouring samples differ; every sample is one of its bit depth. */
export function picture(format: string, width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeOf(format, width, height));
  const depth = bitDepthOf(format);
  if (depth === 8) return bytes.map((_byte, index) => (index * 37 + (index >> 5)) & 255);
  const samples = new Uint16Array(bytes.buffer);
  samples.forEach((_sample, index) => {
    samples[index] = (index * 149 + (index >> 5)) & (2 ** depth - 1);
  });
  return bytes;
}

export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The samples under the rectangle, tightly packed, out of a tightly packed picture. */
export function cropped(format: string, width: number, height: number, rect: Rect): Uint8Array<ArrayBuffer> {
  const source = picture(format, width, height);
  const from = planesOf(format, width, height);
  const rows: number[] = [];
  let start = 0;
  planesOf(format, rect.width, rect.height).forEach((plane, index) => {
    const { rowBytes = 0, rows: sourceRows = 0 } = from[index] ?? {};
    for (let row = 0; row < plane.rows; row += 1) {
      const top = start + (rect.y / plane.sampleHeight + row) * rowBytes;
      const at = top + (rect.x / plane.sampleWidth) * plane.sampleBytes;
      rows.push(...source.subarray(at, at + plane.rowBytes));
    }
    start += rowBytes * sourceRows;
  });
  return Uint8Array.from(rows);
}
