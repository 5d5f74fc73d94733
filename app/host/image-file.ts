/** One image that a client sends piece by piece: its tracks, and its frames decoded. */
import { setImmediate } from 'node:timers/promises';
import type { NativeBinding, NativeImageSequence, NativePicture } from '../../native/index.js';
import { exactBytes } from '../protocol/bytes.js';
import type { ImageFormat } from '../protocol/image-types.js';
import type { WireImageInit, WireImageTrack } from '../protocol/messages.js';
import { AvifReader } from './image-avif.js';
import { BmpReader } from './image-bmp.js';
import { ImageCanvas } from './image-canvas.js';
import { GifReader } from './image-gif.js';
import { JpegReader } from './image-jpeg.js';
import {
  type ImageFrameLayout,
  type ImagePart,
  type LayoutReader,
  MalformedImage,
  type TrackLayout,
} from './image-layout.js';
import { PngReader } from './image-png.js';
import { ImageSequence } from './image-sequence.js';
import { WebpReader } from './image-webp.js';

const readers: Readonly<Record<ImageFormat, new () => LayoutReader>> = {
  jpeg: JpegReader,
  png: PngReader,
  gif: GifReader,
  webp: WebpReader,
  avif: AvifReader,
  bmp: BmpReader,
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
    if (this.#length === 0) {
      this.#buffer = exactBytes(bytes);
      this.#length = length;
      return;
    }
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(isLast ? length : Math.max(length, 2 * this.#buffer.length));
      grown.set(this.bytes);
      this.#buffer = grown;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length = length;
  }
}

function frameAt({ frames }: TrackLayout, index: number): ImageFrameLayout {
  const frame = frames.at(index);
  if (!frame) throw new DOMException('The image is closed.', 'AbortError');
  return frame;
}

export interface ImageFileOptions {
  readonly binding: NativeBinding;
  /** Longest side, pixels. */
  readonly dimension: number;
  readonly init: WireImageInit;
  /** Throws where what the session's images keep is too much. */
  checkRoom(): void;
}

export class ImageFile {
  readonly #options: ImageFileOptions;
  readonly #data = new GrowingBytes();
  readonly #reader: LayoutReader;
  #isComplete = false;
  /** None while they aren't known. */
  #tracks: readonly TrackLayout[] = [];
  #canvas: ImageCanvas | null = null;
  #sequence: ImageSequence | null = null;
  /** Appended bytes that nobody has begun to read, or that are being read. */
  #unread = 0;
  /** Reads what was appended, one after the other. */
  #reading: Promise<unknown> = Promise.resolve();
  /** Decodes one after the other. */
  #work: Promise<unknown> = Promise.resolve();
  #fault: MalformedImage | null = null;
  /** Counts resets. */
  #generation = 0;
  #closed = false;

  constructor(options: ImageFileOptions) {
    this.#options = options;
    this.#reader = new readers[options.init.format]();
  }

  /** Bytes that it keeps: encoded, decoded, and to know where which frame is. */
  get bytes(): number {
    const decoded = (this.#canvas?.bytes ?? 0) + (this.#sequence?.bytes ?? 0);
    return this.#data.capacity + this.#reader.frameCount * frameCost + decoded;
  }

  /**
   * Of its canvas or of the size that is wanted, whichever has more; where the first isn't known, as many as can be while
   * something is to be read, else 0.
   */
  get pixels(): number {
    if (this.#tracks.length === 0) return this.#unread > 0 ? Number.MAX_SAFE_INTEGER : 0;
    const desired = this.#desiredSize();
    const sizes = desired ? [...this.#tracks, desired] : this.#tracks;
    return Math.max(...sizes.map(({ width, height }) => width * height));
  }

  /**
   * Takes the next bytes at once. What it gives reads them, in turns, and resolves to what is known of the tracks by
   * then; to none while that is too little. It is to be called once, in order, and rejects with MalformedImage.
   */
  append(bytes: Uint8Array, isLast: boolean): () => Promise<WireImageTrack[]> {
    if (this.#isComplete) throw new DOMException('The image is complete already.', 'InvalidStateError');
    this.#data.append(bytes, isLast);
    this.#isComplete = isLast;
    this.#unread += 1;
    return () => {
      const tracks = this.#reading.then(() => this.#readSoundly());
      this.#reading = tracks.catch(() => undefined);
      return tracks.finally(() => {
        this.#unread -= 1;
      });
    };
  }

  /** A frame as it is to be seen, the caller's own. Rejects with an EncodingError for damaged data. */
  decode(track: number, index: number, generation: number): Promise<NativePicture> {
    const result = this.#work.then(() => this.#decode(track, index, generation));
    this.#work = result.catch(() => undefined);
    return result;
  }

  /** To be taken when a decode is asked for, and given to it. */
  get generation(): number {
    return this.#generation;
  }

  /** Decodes that were asked for before reject, one that is under way after the frame that it is at. */
  reset(): void {
    this.#generation += 1;
  }

  /** Decodes that are under way reject. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#generation += 1;
    this.#canvas?.close();
    this.#sequence?.close();
  }

  /** Nothing is read behind what is malformed. */
  async #readSoundly(): Promise<WireImageTrack[]> {
    if (this.#fault) throw this.#fault;
    try {
      return await this.#read();
    } catch (error) {
      if (error instanceof MalformedImage) this.#fault = error;
      throw error;
    }
  }

  async #read(): Promise<WireImageTrack[]> {
    while (!this.#closed && this.#data.bytes.length >= leastBytes && this.#reader.readOn(this.#data.bytes)) {
      this.#checkSize();
      this.#options.checkRoom();
      await setImmediate();
    }
    if (this.#closed || this.#data.bytes.length < leastBytes) return [];
    this.#tracks = this.#reader.tracks(this.#data.bytes, this.#isComplete);
    this.#checkSize();
    return this.#describe();
  }

  #checkSize(): void {
    const { dimension } = this.#options;
    const sides = this.#tracks.flatMap(({ width, height }) => [width, height]);
    const longest = Math.max(this.#reader.longest, ...sides);
    if (longest > dimension) {
      throw new MalformedImage(`The image's longest side has ${longest} pixels; limits.dimension is ${dimension}.`);
    }
  }

  #describe(): WireImageTrack[] {
    return this.#tracks.map(({ animated, repetitions, isPrimary, frames: { length, whole } }) => ({
      ...{ animated, frameCount: length, wholeFrames: whole, repetitionCount: repetitions, primary: isPrimary },
    }));
  }

  /** Throws where the decode was given up meanwhile. */
  #checkGeneration(generation: number): void {
    if (this.#closed) throw new DOMException('The image is closed.', 'AbortError');
    if (generation !== this.#generation) throw new DOMException('The decode was given up.', 'AbortError');
  }

  async #decode(track: number, index: number, generation: number): Promise<NativePicture> {
    this.#checkGeneration(generation);
    const layout = this.#tracks[track];
    const frame = layout?.frames.at(index);
    if (!layout || !frame?.isWhole) {
      throw new DOMException(`Frame ${index} of track ${track} is not here.`, 'InvalidStateError');
    }
    const check = () => this.#checkGeneration(generation);
    const seen = await this.#show(layout, frame, index, check);
    return this.#finish(seen, layout, frame, index);
  }

  /** The picture of a frame, before what the client asked for. */
  #show(track: TrackLayout, frame: ImageFrameLayout, index: number, check: () => void): Promise<NativePicture> {
    if (track.isSequence) return this.#sequenceOf(track).at(index, check);
    if (this.#needsCanvas(track)) return this.#canvasOf(track).at(index, check);
    return this.#decodeFrame(frame, track, check);
  }

  /** Whether what is to be seen differs from what the first frame holds. */
  #needsCanvas({ animated, width, height, frames }: TrackLayout): boolean {
    const first = frames.at(0);
    return animated || !first || first.rect.width !== width || first.rect.height !== height;
  }

  #canvasOf(track: TrackLayout): ImageCanvas {
    this.#canvas ??= new ImageCanvas({
      binding: this.#options.binding,
      width: track.width,
      height: track.height,
      frame: (index) => frameAt(track, index),
      decode: (frame) => this.#decodePart(frame, track, null),
    });
    return this.#canvas;
  }

  #sequenceOf(track: TrackLayout): ImageSequence {
    this.#sequence ??= new ImageSequence({
      binding: this.#options.binding,
      frame: (index) => frameAt(track, index),
      decode: (frame, sequence) => this.#decodePart(frame, track, sequence),
    });
    return this.#sequence;
  }

  #decodePart(
    { rect: { width, height }, code }: ImagePart,
    { profile }: TrackLayout,
    sequence: NativeImageSequence | null,
  ): Promise<NativePicture> {
    const ignoreColor = this.#options.init.colorSpaceConversion === 'none';
    const image = { ...code(this.#data.bytes), width, height, ignoreColor, profile };
    return this.#options.binding.decodeImage(image, sequence);
  }

  /** `check` throws where it is to be given up. */
  async #decodeFrame(frame: ImageFrameLayout, track: TrackLayout, check: () => void): Promise<NativePicture> {
    const { tiles, rect } = frame;
    if (!tiles) return this.#decodePart(frame, track, null);
    let canvas: NativePicture | null = null;
    try {
      for (const tile of tiles) {
        check();
        const picture = await this.#decodePart(tile, track, null);
        const { x, y } = tile.rect;
        const step = { width: rect.width, height: rect.height, clear: null, x, y, blend: false, premultiply: false };
        const drawn: NativePicture = await this.#options.binding
          .composeImage(canvas, picture, step)
          .finally(() => picture.close());
        canvas?.close();
        canvas = drawn;
      }
      if (!canvas) throw new MalformedImage('The image has no tiles.');
      return canvas;
    } catch (error) {
      canvas?.close();
      throw error;
    }
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
    layout: TrackLayout,
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
        timestamp: layout.frames.timestamp(index),
        duration,
      });
    } finally {
      current.close();
    }
  }
}
