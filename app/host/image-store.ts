/** The images that a session's client has open, and what they keep in memory. */
import type { NativeBinding, NativePicture } from '../../native/index.js';
import type { ImageId, SessionLimits, WireImageInit, WireImageTrack } from '../protocol/messages.js';
import { ImageFile } from './image-file.js';

/** An image costs little while it holds no bytes, but not nothing. */
const mostImages = 1024;

export interface ImageStoreOptions {
  readonly binding: NativeBinding;
  readonly limits: SessionLimits;
}

export class ImageStore {
  readonly #options: ImageStoreOptions;
  readonly #images = new Map<ImageId, ImageFile>();

  constructor(options: ImageStoreOptions) {
    this.#options = options;
  }

  /** False where the id is taken or too many images are open. */
  open(id: ImageId, init: WireImageInit): boolean {
    if (this.#images.has(id) || this.#images.size >= mostImages) return false;
    const { binding, limits } = this.#options;
    this.#images.set(id, new ImageFile({ binding, dimension: limits.dimension, init }));
    return true;
  }

  /** As ImageFile.append; throws a QuotaExceededError where the session's images would take too much. */
  append(id: ImageId, data: Uint8Array, isLast: boolean): WireImageTrack[] {
    const image = this.#get(id);
    const { pictureBytes } = this.#options.limits;
    const bytes = this.bytes + data.length;
    if (bytes > pictureBytes) {
      throw new DOMException(
        `limits.pictureBytes: open images take ${bytes} bytes of ${pictureBytes}; close some.`,
        'QuotaExceededError',
      );
    }
    return image.append(data, isLast);
  }

  /** The image's decode, bound to it now: it may be closed before the work begins. */
  decoderOf(id: ImageId): (track: number, frame: number) => Promise<NativePicture> {
    const image = this.#get(id);
    return (track, frame) => image.decode(track, frame);
  }

  /** Pixels of the image's canvas; 0 while they aren't known. */
  pixelsOf(id: ImageId): number {
    return this.#get(id).pixels;
  }

  /** An image that is not open any more is passed over. */
  close(id: ImageId): void {
    this.#images.get(id)?.close();
    this.#images.delete(id);
  }

  clear(): void {
    for (const id of [...this.#images.keys()]) this.close(id);
  }

  /** What the open images keep, encoded and decoded. */
  get bytes(): number {
    let sum = 0;
    for (const image of this.#images.values()) sum += image.bytes;
    return sum;
  }

  #get(id: ImageId): ImageFile {
    const image = this.#images.get(id);
    if (!image) throw new DOMException(`Image ${id} is not open in this session.`, 'InvalidStateError');
    return image;
  }
}
