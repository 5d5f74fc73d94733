/**
 * FFmpeg has every pixel format of WebCodecs but I420AP12. The host gets such a picture as I422AP12, in which each row of
 * chroma stands twice: the same samples, of which an encoder makes 4:2:0 again without a loss.
 */
import type { WirePlaneLayout, WireRect } from '../protocol/messages.js';
import { pixelFormat } from './pixel-formats.js';
import type { VideoPixelFormat } from './types.js';
import { computeLayout, copyPlanes } from './video-frame-layout.js';

/** The format in which the host gets pictures of this one. */
export function wireFormat(format: VideoPixelFormat): VideoPixelFormat {
  return format === 'I420AP12' ? 'I422AP12' : format;
}

/** The pixels of an I420AP12 picture as I422AP12, tightly packed. */
export function doubleChromaRows(
  data: Uint8Array,
  planes: readonly WirePlaneLayout[],
  rect: WireRect,
): Uint8Array<ArrayBuffer> {
  const wide = computeLayout(rect, pixelFormat('I422AP12'), undefined);
  const packed = new Uint8Array(wide.allocationSize);
  const narrow = computeLayout(rect, pixelFormat('I420AP12'), undefined).computedLayouts;
  for (const parity of [0, 1]) {
    // All even rows of chroma, then all odd ones; luma and alpha as they are.
    const computedLayouts = wide.computedLayouts.map((plane, index) => {
      const isChroma = index === 1 || index === 2;
      const { sourceHeight } = narrow[index] ?? plane;
      const stride = plane.destinationStride;
      return isChroma
        ? {
            ...plane,
            sourceHeight: parity === 0 ? sourceHeight : plane.sourceHeight - sourceHeight,
            destinationOffset: plane.destinationOffset + parity * stride,
            destinationStride: 2 * stride,
          }
        : plane;
    });
    copyPlanes(data, planes, packed, { ...wide, computedLayouts });
  }
  return packed;
}
