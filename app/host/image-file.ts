/** One image that a client sends piece by piece: its tracks, and its frames decoded. */
import type { NativeBinding, NativePicture } from '../../native/index.js';
import type { ImageFormat } from '../protocol/image-types.js';
import type { WireImageInit, WireImageTrack } from '../protocol/messages.js';
import { readAvif } from './image-avif.js';
import { readBmp } from './image-bmp.js';
import { ImageCanvas } from './image-canvas.js';
import { readGif } from './image-gif.js';
import { readJpeg } from './image-jpeg.js';
import { type ImageFrameLayout, type ImageLayout, type LayoutReader, MalformedImage } from './image-layout.js';
import { readPng } from './image-png.js';
import { readWebp } from './image-webp.js';

const readers: Readonly<Record<ImageFormat, LayoutReader>> = {
  jpeg: readJpeg,
  png: readPng,
  gif: readGif,
  webp: readWebp,
  avif: readAvif,
  bmp: readBmp,
};

/** What a shorter image could not be told by: the longest of the signatures. */
const leastBytes = 12;

/** About what the layout of a frame takes, bytes. */
const frameCost = 512;

/** Bytes that grow at their end, in a buffer that doubles. */
class GrowingBytes {
  #buffer = new Uint8Array(0);
  #length = 0;

  get capacity(): number {
    return this.#buffer.length;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  append(bytes: Uint8Array, isLast: boolean): void {
    const length = this.#length + bytes.length;
    if (length > this.#buffer.length) {
      // Readers may still look at the old buffer: it is left as it is.
      const grown = new Uint8Array(isLast ? length : Math.max(length, 2 * this.#buffer.length));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}

export interface ImageFileOptions {
  readonly binding: NativeBinding;
  /** Longest side, pixels. */
  readonly dimension: number;
  readonly init: WireImageInit;
}

export class ImageFile {
  readonly #options: ImageFileOptions;
  readonly #data = new GrowingBytes();
  #isComplete = false;
  #layout: ImageLayout | null = null;
  #canvas: ImageCanvas | null = null;
  /** Decodes one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #closed = false;

  constructor(options: ImageFileOptions) {
    this.#options = options;
  }

  /** Bytes that it keeps: encoded, decoded, and to know where which frame is. */
  get bytes(): number {
    const layout = (this.#layout?.frames.length ?? 0) * frameCost;
    return this.#data.capacity + layout + (this.#canvas?.bytes ?? 0);
  }

  /** Of its canvas; 0 while they aren't known. */
  get pixels(): number {
    const { width, height } = this.#layout ?? { width: 0, height: 0 };
    return width * height;
  }

  /** Takes the next bytes. What is known of the tracks by now; none while too little is. Throws MalformedImage. */
  append(bytes: Uint8Array, isLast: boolean): WireImageTrack[] {
    if (this.#isComplete) throw new DOMException('The image is complete already.', 'InvalidStateError');
    if (bytes.length === 0 && !isLast) return this.#tracks(this.#layout);
    this.#data.append(bytes, isLast);
    this.#isComplete = isLast;
    const { bytes: all } = this.#data;
    if (all.length < leastBytes) return [];
    this.#layout = this.#read(all);
    return this.#tracks(this.#layout);
  }

  /** A frame as it is to be seen, the caller's own. Rejects with an EncodingError for damaged data. */
  decode(track: number, index: number): Promise<NativePicture> {
    const result = this.#work.then(() => this.#decode(track, index));
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** Decodes that are under way reject. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#layout = null;
    this.#canvas?.close();
  }

  #read(bytes: Uint8Array): ImageLayout | null {
    const { init, dimension } = this.#options;
    const layout = readers[init.format](bytes, this.#isComplete);
    if (!layout) return null;
    const longest = layout.frames.reduce(
      (most, { rect }) => Math.max(most, rect.width, rect.height),
      Math.max(layout.width, layout.height),
    );
    if (longest > dimension) {
      throw new MalformedImage(`The image's longest side has ${longest} pixels; limits.dimension is ${dimension}.`);
    }
    return layout;
  }

  #tracks(layout: ImageLayout | null): WireImageTrack[] {
    if (!layout) return [];
    const { animated, frames, repetitions } = layout;
    const firstPart = frames.findIndex(({ isWhole }) => !isWhole);
    return [
      {
        animated,
        frameCount: frames.length,
        wholeFrames: firstPart < 0 ? frames.length : firstPart,
        repetitionCount: repetitions,
      },
    ];
  }

  async #decode(track: number, index: number): Promise<NativePicture> {
    const layout = this.#layout;
    const frame = layout?.frames[index];
    if (this.#closed || !layout || !frame?.isWhole || track !== 0) {
      throw new DOMException(`Frame ${index} of track ${track} is not here.`, 'InvalidStateError');
    }
    const seen = needsCanvas(layout) ? await this.#canvasOf(layout).at(index) : await this.#decodeFrame(frame);
    return this.#finish(seen, layout, frame, index);
  }

  #canvasOf({ width, height }: ImageLayout): ImageCanvas {
    this.#canvas ??= new ImageCanvas({
      binding: this.#options.binding,
      width,
      height,
      frame: (index) => {
        const frame = this.#layout?.frames[index];
        if (!frame) throw new DOMException('The image is closed.', 'AbortError');
        return frame;
      },
      decode: (frame) => this.#decodeFrame(frame),
    });
    return this.#canvas;
  }

  #decodeFrame(frame: ImageFrameLayout): Promise<NativePicture> {
    const { width, height } = frame.rect;
    const ignoreColor = this.#options.init.colorSpaceConversion === 'none';
    return this.#options.binding.decodeImage({ ...frame.code(), width, height, ignoreColor });
  }

  /** A best effort, as the specification has it: no size is made that is none, or beyond the limit. */
  #desiredSize(): { width: number; height: number } | null {
    const { dimension, init } = this.#options;
    const { desiredWidth: width, desiredHeight: height } = init;
    const isPossible = width > 0 && height > 0 && Math.max(width, height) <= dimension;
    return isPossible ? { width, height } : null;
  }

  /** What the client asked for, and what the file says beside the pixels. Takes the picture over. */
  async #finish(
    picture: NativePicture,
    layout: ImageLayout,
    { duration }: ImageFrameLayout,
    index: number,
  ): Promise<NativePicture> {
    const { binding, init } = this.#options;
    let current = picture;
    const replace = (next: NativePicture): void => {
      current.close();
      current = next;
    };
    try {
      const { codedWidth: width, codedHeight: height } = current.info;
      if (init.premultiply && /A/.test(current.info.format)) {
        const step = { width, height, clear: null, x: 0, y: 0, blend: false, premultiply: true };
        replace(await binding.composeImage(null, current, step));
      }
      const desired = this.#desiredSize();
      if (desired && (desired.width !== width || desired.height !== height)) {
        const options = { crop: null, rotation: 0 as const, flip: false, fit: 'fill' as const, format: null };
        replace(await current.transform({ ...desired, ...options }));
      }
      const { displayWidth, displayHeight } = current.info;
      const { rotation, flip } = layout.orientation;
      const onItsSide = rotation % 180 !== 0;
      return current.clone({
        rotation,
        flip,
        displayWidth: onItsSide ? displayHeight : displayWidth,
        displayHeight: onItsSide ? displayWidth : displayHeight,
        timestamp: layout.frames.slice(0, index).reduce((sum, before) => sum + (before.duration ?? 0), 0),
        duration,
      });
    } finally {
      current.close();
    }
  }
}

/** Whether what is to be seen differs from what the first frame holds. */
function needsCanvas({ animated, width, height, frames: [first] }: ImageLayout): boolean {
  return animated || !first || first.rect.width !== width || first.rect.height !== height;
}
