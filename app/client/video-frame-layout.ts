/** Rectangles and plane layouts of a VideoFrame: https://w3c.github.io/webcodecs/#videoframe-algorithms */
import { argumentError } from '../protocol/errors.js';
import type { WirePlaneLayout, WireRect } from '../protocol/messages.js';
import type { PixelFormat, PlaneFormat } from './pixel-formats.js';
import type { PlaneLayout } from './types.js';
import { required, toDictionary, toSequence, toUnsignedLong } from './web-idl.js';

const maxUnsignedLong = 0xffff_ffff;

/** https://w3c.github.io/webcodecs/#computed-plane-layout */
export interface ComputedPlaneLayout {
  destinationOffset: number;
  destinationStride: number;
  /** In rows of this plane. */
  sourceTop: number;
  sourceHeight: number;
  sourceLeftBytes: number;
  sourceWidthBytes: number;
}

/** https://w3c.github.io/webcodecs/#combined-buffer-layout */
export interface CombinedBufferLayout {
  allocationSize: number;
  computedLayouts: ComputedPlaneLayout[];
}

/** Converts a sequence of PlaneLayout. */
export function toLayout(value: unknown, field: string): PlaneLayout[] {
  return toSequence(value, field, (item, name) => {
    const dictionary = toDictionary(item, name);
    const offset = required(dictionary, name, 'offset', toUnsignedLong);
    const stride = required(dictionary, name, 'stride', toUnsignedLong);
    return { offset, stride };
  });
}

/** https://w3c.github.io/webcodecs/#videoframe-verify-rect-offset-alignment */
export function isAligned(format: PixelFormat, rect: WireRect): boolean {
  return format.planes.every(
    (plane) => Math.trunc(rect.x) % plane.sampleWidth === 0 && Math.trunc(rect.y) % plane.sampleHeight === 0,
  );
}

/** Pixels are addressed by whole numbers: https://w3c.github.io/webcodecs/#videoframe-domrect */
export function truncateRect(rect: WireRect): WireRect {
  return {
    x: Math.trunc(rect.x),
    y: Math.trunc(rect.y),
    width: Math.trunc(rect.width),
    height: Math.trunc(rect.height),
  };
}

/**
 * https://w3c.github.io/webcodecs/#videoframe-parse-visible-rect
 * Returns whole numbers inside the coded size. Throws a TypeError for every other rectangle.
 */
export function parseVisibleRect(
  defaultRect: WireRect,
  overrideRect: WireRect | undefined,
  codedWidth: number,
  codedHeight: number,
  format: PixelFormat,
  field: string,
): WireRect {
  if (overrideRect) {
    const { x, y, width, height } = overrideRect;
    if (![x, y, width, height].every((value) => Number.isFinite(value) && value >= 0)) {
      throw argumentError(field, 'finite members, none of them negative', overrideRect);
    }
    if (Math.trunc(width) === 0 || Math.trunc(height) === 0) {
      throw argumentError(field, 'a width and a height of at least 1', overrideRect);
    }
    if (x + width > codedWidth || y + height > codedHeight) {
      throw argumentError(field, `a rectangle inside the coded size ${codedWidth}x${codedHeight}`, overrideRect);
    }
  }
  const rect = overrideRect ?? defaultRect;
  if (!isAligned(format, rect)) {
    throw argumentError(field, `an offset on a sample of every plane of ${format.name}`, rect);
  }
  return truncateRect(rect);
}

// Odd sizes round up, as the formats' definitions say (the algorithm's "integer division" would drop the last column).
function rowBytes(plane: PlaneFormat, width: number): number {
  return Math.ceil(width / plane.sampleWidth) * plane.sampleBytes;
}

/**
 * https://w3c.github.io/webcodecs/#videoframe-compute-layout-and-allocation-size
 * Throws a TypeError for a layout with too few planes, too short rows, overlaps, or beyond an unsigned long.
 */
export function computeLayout(
  rect: WireRect,
  format: PixelFormat,
  layout: readonly PlaneLayout[] | undefined,
): CombinedBufferLayout {
  if (layout && layout.length !== format.planes.length) {
    throw argumentError('layout', `${format.planes.length} planes for ${format.name}`, layout.length);
  }
  const computedLayouts: ComputedPlaneLayout[] = [];
  const endOffsets: number[] = [];
  let allocationSize = 0;
  format.planes.forEach((plane, index) => {
    const sourceWidthBytes = rowBytes(plane, rect.width);
    const given = layout?.[index];
    if (given && given.stride < sourceWidthBytes) {
      throw argumentError(`layout[${index}].stride`, `at least ${sourceWidthBytes}`, given.stride);
    }
    const computed: ComputedPlaneLayout = {
      destinationOffset: given?.offset ?? allocationSize,
      destinationStride: given?.stride ?? sourceWidthBytes,
      sourceTop: Math.ceil(rect.y / plane.sampleHeight),
      sourceHeight: Math.ceil(rect.height / plane.sampleHeight),
      sourceLeftBytes: Math.trunc(rect.x / plane.sampleWidth) * plane.sampleBytes,
      sourceWidthBytes,
    };
    const planeEnd = computed.destinationStride * computed.sourceHeight + computed.destinationOffset;
    if (planeEnd > maxUnsignedLong) {
      throw argumentError(`layout[${index}]`, 'an end within 32 bits', planeEnd);
    }
    computedLayouts.forEach((earlier, earlierIndex) => {
      const earlierEnd = endOffsets[earlierIndex] ?? 0;
      if (planeEnd > earlier.destinationOffset && earlierEnd > computed.destinationOffset) {
        throw argumentError(`layout[${index}]`, `a plane apart from plane ${earlierIndex}`, given);
      }
    });
    endOffsets.push(planeEnd);
    computedLayouts.push(computed);
    allocationSize = Math.max(allocationSize, planeEnd);
  });
  return { allocationSize, computedLayouts };
}

/** The layouts as they are handed out. */
export function destinationLayouts(layout: CombinedBufferLayout): PlaneLayout[] {
  return layout.computedLayouts.map(({ destinationOffset, destinationStride }) => ({
    offset: destinationOffset,
    stride: destinationStride,
  }));
}

/** Copies the rows that `layout` asks for out of a picture whose planes lie as `sourcePlanes` says. */
export function copyPlanes(
  source: Uint8Array,
  sourcePlanes: readonly WirePlaneLayout[],
  destination: Uint8Array,
  layout: CombinedBufferLayout,
): void {
  layout.computedLayouts.forEach((plane, index) => {
    const { offset = 0, stride = 0 } = sourcePlanes[index] ?? {};
    let from = offset + plane.sourceTop * stride + plane.sourceLeftBytes;
    let to = plane.destinationOffset;
    if (stride === plane.sourceWidthBytes && plane.destinationStride === stride) {
      destination.set(source.subarray(from, from + stride * plane.sourceHeight), to);
      return;
    }
    for (let row = 0; row < plane.sourceHeight; row += 1) {
      destination.set(source.subarray(from, from + plane.sourceWidthBytes), to);
      from += stride;
      to += plane.destinationStride;
    }
  });
}

/** https://w3c.github.io/webcodecs/#videoframe-parse-rotation */
export function parseRotation(rotation: number): 0 | 90 | 180 | 270 {
  const aligned = Math.floor(rotation / 90 + 0.5) * 90;
  return normalizeTurns(aligned);
}

/** https://w3c.github.io/webcodecs/#videoframe-add-rotations */
export function addRotations(base: number, baseFlip: boolean, rotation: number): 0 | 90 | 180 | 270 {
  return normalizeTurns(baseFlip ? base - rotation : base + rotation);
}

function normalizeTurns(degrees: number): 0 | 90 | 180 | 270 {
  const rest = degrees - Math.floor(degrees / 360) * 360;
  return rest === 90 || rest === 180 || rest === 270 ? rest : 0;
}
