/** ImageDecoder: https://w3c.github.io/webcodecs/#imagedecoder-interface */
import { argumentError } from '../protocol/errors.js';
import { imageFormatOf, isImageMimeType } from '../protocol/image-types.js';
import type { WireImageTrack } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import { type ImageInit, readDecodeOptions, readImageInit } from './image-init.js';
import { ImageLink } from './image-link.js';
import { type ImageTrackList, Tracks } from './image-tracks.js';
import type { ImageDecodeOptions, ImageDecoderInit } from './types.js';
import { markAsUncloneable } from './uncloneable.js';
import type { VideoFrame } from './video-frame.js';
import { promised, publishInterface, requireArguments, toDomString } from './web-idl.js';

/** https://w3c.github.io/webcodecs/#imagedecoderesult-interface */
export interface ImageDecodeResult {
  /** The caller's to close. */
  image: VideoFrame;
  /** Whether the image has its full detail; always, here. */
  complete: boolean;
}

interface PendingDecode {
  readonly frameIndex: number;
  resolve(result: ImageDecodeResult): void;
  reject(error: unknown): void;
}

// What the host keeps of an image outlives a decoder that nobody closed until it is collected.
const unclosedDecoders = new FinalizationRegistry<ImageLink>((link) => link.close());

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}

function isBytes(chunk: unknown): chunk is Uint8Array {
  return Object.prototype.toString.call(chunk) === '[object Uint8Array]';
}

/** Decodes an image file's frames, in order, in a codec host. */
export abstract class ImageDecoder {
  readonly #type: string;
  readonly #preferAnimation: boolean | null;
  readonly #tracks: Tracks;
  readonly #completed: Promise<undefined>;
  #settleCompleted: { resolve(value: undefined): void; reject(error: unknown): void } | null = null;
  #complete = false;
  #closed = false;
  /** Why decode() can't work, which closed the decoder at once: the type isn't supported. */
  #refusal: DOMException | null = null;
  #link: ImageLink | null = null;
  #reader: ReadableStreamDefaultReader | null = null;
  /** What the host said last; null while it doesn't know the tracks. */
  #known: readonly WireImageTrack[] | null = null;
  /** Whether the host has had the last byte. */
  #isAllThere = false;
  /** [[pending decode promises]] */
  #pending: PendingDecode[] = [];
  /** The one that the host works on. */
  #active: PendingDecode | null = null;

  /**
   * Starts to read the image.
   * @throws {TypeError} for members that are invalid, a stream that was read from, a buffer without bytes.
   * @throws {DOMException} DataCloneError for a bad `transfer`.
   */
  protected constructor(connect: () => Connection, init: ImageDecoderInit) {
    const read = readImageInit(init);
    markAsUncloneable(this);
    this.#type = read.type;
    this.#preferAnimation = read.preferAnimation;
    this.#tracks = new Tracks(() => this.#reset(new DOMException('Another track was selected', 'AbortError')));
    this.#completed = new Promise((resolve, reject) => {
      this.#settleCompleted = { resolve, reject };
    });
    // Waiting for it is optional.
    this.#completed.catch(() => undefined);
    this.#begin(connect, read);
  }

  /** The MIME type that the decoder was made with. */
  get type(): string {
    return this.#type;
  }

  /** Whether all of the image's bytes are here. */
  get complete(): boolean {
    return this.#complete;
  }

  /** Resolves when `complete` becomes true; rejects where it won't any more. */
  get completed(): Promise<undefined> {
    return promised(() => this.#completed);
  }

  get tracks(): ImageTrackList {
    return this.#tracks.list;
  }

  /**
   * Decodes a frame of the selected track as soon as its bytes are here. May be called before the tracks are known.
   * Rejects with a RangeError for a frame that the whole image doesn't have; with an EncodingError, which closes the
   * decoder, for damaged data; with an InvalidStateError where the decoder is closed or no track is selected; with an
   * AbortError on reset() and close().
   */
  async decode(options: ImageDecodeOptions = {}): Promise<ImageDecodeResult> {
    const { frameIndex } = readDecodeOptions(options);
    if (this.#closed) {
      throw this.#refusal ?? new DOMException('The ImageDecoder is closed', 'InvalidStateError');
    }
    if (this.#known && this.#tracks.selectedIndex === -1) {
      throw new DOMException('No track is selected', 'InvalidStateError');
    }
    const result = new Promise<ImageDecodeResult>((resolve, reject) => {
      this.#pending.push({ frameIndex, resolve, reject });
    });
    this.#pump();
    return result;
  }

  /** Rejects what is pending with an AbortError. */
  reset(): void {
    this.#reset(new DOMException('The ImageDecoder was reset', 'AbortError'));
  }

  /** As reset(), and lets go of the image. Final, idempotent. */
  close(): void {
    this.#close(new DOMException('The ImageDecoder was closed', 'AbortError'));
    this.#refusal = null;
  }

  /** What closes the decoder; its connection, which has it, must not keep a decoder that nobody else does. */
  static #closerOf(decoder: ImageDecoder): (reason: DOMException) => void {
    const reference = new WeakRef(decoder);
    return (reason) => {
      const open = reference.deref();
      if (open) {
        open.#close(reason);
      }
    };
  }

  #begin(connect: () => Connection, { data, type, ...init }: ImageInit): void {
    if (data instanceof Uint8Array) {
      this.#completeNow();
    } else {
      this.#reader = data.getReader();
    }
    const format = imageFormatOf(type);
    if (!format) {
      this.#refusal = new DOMException(`Images of type ${type} can't be decoded here`, 'NotSupportedError');
      this.#close(this.#refusal);
      return;
    }
    const { colorSpaceConversion, premultiply, desiredWidth, desiredHeight } = init;
    const wireInit = { format, colorSpaceConversion, premultiply, desiredWidth, desiredHeight };
    const link = new ImageLink(connect(), wireInit, ImageDecoder.#closerOf(this));
    this.#link = link;
    unclosedDecoders.register(this, link, this);
    const reading = data instanceof Uint8Array ? this.#append(link, data, true) : this.#readStream(link);
    reading.catch((error: unknown) => this.#close(error));
  }

  /** https://w3c.github.io/webcodecs/#imagedecoder-fetch-stream-data-loop */
  async #readStream(link: ImageLink): Promise<void> {
    const reader = this.#reader;
    while (reader && !this.#closed) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new DOMException(`The image's stream failed: ${String(cause)}`, 'NotReadableError');
      });
      if (this.#closed) {
        return;
      }
      if (done) {
        this.#completeNow();
        await this.#append(link, new Uint8Array(0), true);
        return;
      }
      if (!isBytes(value)) {
        throw new DOMException(argumentError('chunk', 'a Uint8Array', value).message, 'DataError');
      }
      // A copy: the chunk stays the stream's.
      await this.#append(link, value.slice(), false);
    }
  }

  #completeNow(): void {
    this.#complete = true;
    this.#settleCompleted?.resolve(undefined);
  }

  async #append(link: ImageLink, bytes: Uint8Array, isLast: boolean): Promise<void> {
    try {
      for await (const tracks of link.append(bytes, isLast)) {
        if (this.#closed) {
          return;
        }
        this.#learn(tracks);
      }
    } catch (error) {
      // Bad data that the tracks can't be told from is what "establish tracks" has an InvalidStateError for.
      const isUnknown = nameOf(error) === 'EncodingError' && !this.#known;
      throw isUnknown ? new DOMException((error as Error).message, 'InvalidStateError') : error;
    }
    if (!isLast) {
      return;
    }
    if (!this.#known) {
      throw new DOMException('The image ends before its tracks are known', 'InvalidStateError');
    }
    this.#isAllThere = true;
    this.#pump();
  }

  /** https://w3c.github.io/webcodecs/#imagedecoder-establish-tracks and #imagedecoder-update-tracks */
  #learn(tracks: readonly WireImageTrack[]): void {
    if (tracks.length === 0) {
      return;
    }
    if (this.#known) {
      this.#tracks.update(tracks);
    } else {
      this.#tracks.establish(tracks, this.#preferAnimation);
    }
    this.#known = tracks;
    this.#pump();
  }

  /** [[codec work queue]]: one decode at a time, each as soon as its frame is whole. */
  #pump(): void {
    const [next] = this.#pending;
    const track = this.#tracks.selectedIndex;
    const known = this.#known?.[track];
    if (this.#active || !next || !known || !this.#link) {
      return;
    }
    if (next.frameIndex < known.wholeFrames) {
      this.#active = next;
      void this.#run(this.#link, next, track);
    } else if (this.#isAllThere) {
      this.#pending.shift();
      // https://w3c.github.io/webcodecs/#imagedecoder-reject-infeasible-decode
      next.reject(
        new RangeError(`frameIndex: the image has ${known.wholeFrames} whole frames, not ${next.frameIndex}`),
      );
      this.#pump();
    }
  }

  async #run(link: ImageLink, decode: PendingDecode, track: number): Promise<void> {
    try {
      const image = await link.decode(track, decode.frameIndex);
      if (this.#pending.includes(decode)) {
        decode.resolve({ image, complete: true });
      } else {
        image.close();
      }
    } catch (error) {
      // Too many frames are open: the image is as good as before.
      if (nameOf(error) === 'QuotaExceededError') {
        decode.reject(error);
      } else if (this.#pending.includes(decode)) {
        this.#close(error);
      }
    }
    this.#pending = this.#pending.filter((other) => other !== decode);
    this.#active = null;
    this.#pump();
  }

  #reset(reason: unknown): void {
    const aborted = this.#pending;
    this.#pending = [];
    // It may be at any of the frames that come before the one that was asked for.
    if (this.#active) {
      this.#link?.reset();
    }
    for (const { reject } of aborted) {
      reject(reason);
    }
  }

  /** https://w3c.github.io/webcodecs/#imagedecoder-close-imagedecoder */
  #close(reason: unknown): void {
    if (this.#closed) {
      return;
    }
    this.#reset(reason);
    this.#closed = true;
    unclosedDecoders.unregister(this);
    this.#link?.close();
    this.#tracks.close(reason);
    this.#settleCompleted?.reject(reason);
    this.#reader?.cancel(reason).catch(() => undefined);
  }
}

/** https://w3c.github.io/webcodecs/#dom-imagedecoder-istypesupported */
async function isTypeSupported(argumentCount: number, value: unknown): Promise<boolean> {
  requireArguments('isTypeSupported', 1, argumentCount);
  const type = toDomString(value, 'type');
  if (!isImageMimeType(type)) {
    throw argumentError('type', 'a valid MIME type of an image', type);
  }
  return imageFormatOf(type) !== null;
}

/** The ImageDecoder class. */
export interface ImageDecoderConstructor {
  new (init: ImageDecoderInit): ImageDecoder;
  readonly prototype: ImageDecoder;
  /** Whether images of this MIME type can be decoded. Rejects with a TypeError where it is none of an image. */
  isTypeSupported(type: string): Promise<boolean>;
}

/** The class over whatever connection `connect` gives when a decoder is made. */
export function createImageDecoderClass(connect: () => Connection): ImageDecoderConstructor {
  class HostImageDecoder extends ImageDecoder {
    constructor(init: ImageDecoderInit) {
      requireArguments('ImageDecoder', 1, arguments.length);
      super(connect, init);
    }

    static isTypeSupported(type: string): Promise<boolean> {
      return isTypeSupported(arguments.length, type);
    }
  }
  const members = ['type', 'complete', 'completed', 'tracks', 'decode', 'reset', 'close'];
  return publishInterface(HostImageDecoder, null, 'ImageDecoder', members, ['isTypeSupported']);
}
