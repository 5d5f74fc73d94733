/** What an image file says about itself before anything of it is decoded. */
import type { NativeColorSpace, NativeEncodedImage, NativeRect } from '../../native/index.js';

/** The bytes are no such image, or a damaged one. */
export class MalformedImage extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'EncodingError';
  }
}

/** Enough for a PNG of 1 GiB in the 8 KiB pieces that libpng writes. */
export const mostParts = 2 ** 17;
/** Steps that a reader makes before others have the event loop: some milliseconds at most. */
const stepsPerTurn = 2 ** 13;

/** Counts what a file is made of: a few bytes of a hostile one may stand for an object each, or for many. */
export class PartCounter {
  readonly #most: number;
  #count = 0;

  constructor(most = mostParts) {
    this.#most = most;
  }

  /** Throws MalformedImage where these are too many. */
  add(parts = 1): void {
    this.#count += parts;
    if (this.#count > this.#most) throw new MalformedImage(`The image has more than ${this.#most} parts.`);
  }
}

/** How the pixels are turned for display: clockwise first, then mirrored horizontally. */
export interface Orientation {
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
}

export const upright: Readonly<Orientation> = { rotation: 0, flip: false };

/** Bytes of a file, from the one at `start` up to that before `end`. */
export interface Range {
  start: number;
  end: number;
}

/** What a native decoder takes of a frame. */
export type FrameCode = Pick<NativeEncodedImage, 'codec' | 'data' | 'alpha'>;

/** Coded pixels and where they go. */
export interface ImagePart {
  /** Of the canvas; of a tile, of its frame. */
  rect: NativeRect;
  /** Its bytes as an image of their own, where that may be in parts of the file itself. Only when they are here. */
  code(file: Uint8Array): FrameCode;
}

/** A frame's place in its animation and in its file. */
export interface ImageFrameLayout extends ImagePart {
  /** Whether all of its bytes are here. Once true, it stays so. */
  isWhole: boolean;
  /** Microseconds; null where the image isn't animated. */
  duration: number | null;
  /** Drawn over what is on the canvas, else in its place. */
  blend: boolean;
  /** What becomes of its rectangle before the next frame is drawn. */
  disposal: 'keep' | 'clear' | 'restore';
  /** In a sequence: whether it leans on none of the frames before it. */
  isKey?: boolean;
  /** What it is put together from, where it isn't coded as one; what of them lies outside of the frame is cut off. */
  tiles?: readonly ImagePart[];
}

/** The frames that have begun, in order; nothing of it takes longer the more there are. */
export class FrameList {
  readonly #frames: ImageFrameLayout[] = [];
  /** Of each frame, microseconds. */
  readonly #timestamps: number[] = [];
  #whole = 0;
  #longest = 0;

  get length(): number {
    return this.#frames.length;
  }

  /** How many, from the first on, are whole. */
  get whole(): number {
    while (this.#frames[this.#whole]?.isWhole) this.#whole += 1;
    return this.#whole;
  }

  /** Longest side of any, or of a tile of it, pixels. */
  get longest(): number {
    return this.#longest;
  }

  get last(): ImageFrameLayout | undefined {
    return this.#frames.at(-1);
  }

  at(index: number): ImageFrameLayout | undefined {
    return this.#frames[index];
  }

  /** Of a frame that has begun. */
  timestamp(index: number): number {
    return this.#timestamps[index] ?? 0;
  }

  add(frame: ImageFrameLayout): void {
    this.#timestamps.push(this.timestamp(this.length - 1) + (this.last?.duration ?? 0));
    this.#frames.push(frame);
    for (const { rect } of [frame, ...(frame.tiles ?? [])]) {
      this.#longest = Math.max(this.#longest, rect.width, rect.height);
    }
  }
}

export interface ImageLayout {
  /** Of the canvas, pixels. */
  width: number;
  height: number;
  animated: boolean;
  /** How often an animation starts again after its first run; Infinity for ever. */
  repetitions: number;
  orientation: Orientation;
}

/** One of an image's tracks. */
export interface TrackLayout extends ImageLayout {
  frames: FrameList;
  /** Whether its frames are whole pictures that lean on those before them, else they are drawn one over the other. */
  isSequence: boolean;
  /** Whether it is what the format would have shown. */
  isPrimary: boolean;
  /** What an embedded profile says of all frames' colours; null: there is none. */
  profile: NativeColorSpace | null;
}

/** Reads a file that grows. What was read is not looked at again; only offsets are kept of it. */
export abstract class LayoutReader {
  readonly frames = new FrameList();
  /** Of `frames`, known before the first of them is whole. */
  protected profile: NativeColorSpace | null = null;
  readonly #parts = new PartCounter();

  /** Reads on for one turn. `file`: all bytes so far. True where a next turn finds more. Throws MalformedImage. */
  readOn(file: Uint8Array): boolean {
    for (let step = 0; step < stepsPerTurn; step++) if (!this.step(file)) return false;
    return true;
  }

  /**
   * What is known by now; none while that is too little to know the tracks, their first frames' places and whether
   * others follow. Throws MalformedImage. `isComplete`: no more bytes come.
   */
  tracks(file: Uint8Array, isComplete: boolean): TrackLayout[] {
    const layout = this.layout(file, isComplete);
    return layout
      ? [{ ...layout, frames: this.frames, isSequence: false, isPrimary: true, profile: this.profile }]
      : [];
  }

  /** Frames of all tracks. */
  get frameCount(): number {
    return this.frames.length;
  }

  /** Longest side of any frame, pixels. */
  get longest(): number {
    return this.frames.longest;
  }

  /** Of the one track of which most images are; null as in tracks(). */
  protected abstract layout(file: Uint8Array, isComplete: boolean): ImageLayout | null;

  /** Reads one small part; false where what follows isn't here, or is nothing. */
  protected abstract step(file: Uint8Array): boolean;

  /** To be called for each part that is kept, or that there can be very many of. */
  protected countPart(): void {
    this.#parts.add();
  }
}

/** The frame of an image that has only one. */
export function stillFrame(
  { width, height }: { width: number; height: number },
  code: ImageFrameLayout['code'],
): ImageFrameLayout {
  return { rect: { x: 0, y: 0, width, height }, isWhole: false, duration: null, blend: false, disposal: 'keep', code };
}

/** The layout of an image of one frame; null where that hasn't begun. */
export function stillLayout(frames: FrameList, orientation: Orientation = upright): ImageLayout | null {
  const frame = frames.at(0);
  if (!frame) return null;
  const { width, height } = frame.rect;
  return { width, height, animated: false, repetitions: 0, orientation };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The four characters at `offset`. */
export function fourCharacters(bytes: Uint8Array, offset: number): string {
  return String.fromCharCode(...bytes.subarray(offset, offset + 4));
}
