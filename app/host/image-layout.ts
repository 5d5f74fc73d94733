/** What an image file says about itself before anything of it is decoded. */
import type { NativeEncodedImage, NativeRect } from '../../native/index.js';

/** The bytes are no such image, or a damaged one. */
export class MalformedImage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EncodingError';
  }
}

/** Enough for a PNG of 1 GiB in the 8 KiB pieces that libpng writes. */
const mostParts = 2 ** 17;

/** Counts what a file is made of: a few bytes of a hostile one may stand for an object each, or for many. */
export class PartCounter {
  #count = 0;

  /** Throws MalformedImage where these are too many. */
  add(parts = 1): void {
    this.#count += parts;
    if (this.#count > mostParts) throw new MalformedImage(`The image has more than ${mostParts} parts.`);
  }
}

/** How the pixels are turned for display: clockwise first, then mirrored horizontally. */
export interface Orientation {
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
}

export const upright: Readonly<Orientation> = { rotation: 0, flip: false };

/** What a native decoder takes of a frame. */
export type FrameCode = Pick<NativeEncodedImage, 'codec' | 'data' | 'alpha'>;

export interface ImageFrameLayout {
  /** Of the canvas. */
  rect: NativeRect;
  /** Whether all of its bytes are here. */
  isWhole: boolean;
  /** Microseconds; null where the image isn't animated. */
  duration: number | null;
  /** Drawn over what is on the canvas, else in its place. */
  blend: boolean;
  /** What becomes of its rectangle before the next frame is drawn. */
  disposal: 'keep' | 'clear' | 'restore';
  /** Copies its bytes, as an image of their own. Only for a whole frame. */
  code(): FrameCode;
}

export interface ImageLayout {
  /** Of the canvas, pixels. */
  width: number;
  height: number;
  animated: boolean;
  /** How often an animation starts again after its first run; Infinity for ever. */
  repetitions: number;
  orientation: Orientation;
  /** Those that have begun in the bytes so far. */
  frames: ImageFrameLayout[];
}

/**
 * Reads as much of a file as is there; null while that is too little to know the first frame's place and whether others
 * follow. Throws MalformedImage. `isComplete`: no more bytes come.
 */
export type LayoutReader = (bytes: Uint8Array, isComplete: boolean) => ImageLayout | null;

/** The layout of an image of one frame. */
export function stillLayout(
  size: { width: number; height: number },
  frame: Pick<ImageFrameLayout, 'isWhole' | 'code'>,
  orientation: Orientation = upright,
): ImageLayout {
  const { width, height } = size;
  return {
    width,
    height,
    animated: false,
    repetitions: 0,
    orientation,
    frames: [{ ...frame, rect: { x: 0, y: 0, width, height }, duration: null, blend: false, disposal: 'keep' }],
  };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The four characters at `offset`. */
export function fourCharacters(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
