/** The images that a session's client has open, and what they keep in memory. */
import type { NativeBinding, NativePicture } from '../../native/index.js';
import type { ImageId, Request, SessionLimits, WireImageInit, WireImageTrack } from '../protocol/messages.js';
import { ImageFile } from './image-file.js';

/** An image costs little while it holds no bytes, but not nothing. */
const mostImages = 1024;

type DecodeRequest = Extract<Request, { method: 'decodeImage' }>;

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
    const checkRoom = () => this.#checkRoom(0);
    this.#images.set(id, new ImageFile({ binding, dimension: limits.dimension, init, checkRoom }));
    return true;
  }

  /** As ImageFile.append; throws a QuotaExceededError where the session's images would take too much. */
  append(id: ImageId, data: Uint8Array, isLast: boolean): () => Promise<WireImageTrack[]> {
    const image = this.#get(id);
    this.#checkRoom(data.length);
    return image.append(data, isLast);
  }

  /** A decode, bound to the image now, which may be reset or closed before the work begins, and its canvas' pixels. */
  decoderOf({ image: id, track, frame }: DecodeRequest): { decode(): Promise<NativePicture>; pixels(): number } {
    const image = this.#get(id);
    const { generation } = image;
    return { decode: () => image.decode(track, frame, generation), pixels: () => image.pixels };
  }

  /** Decodes that were asked for before are given up. An image that is not open any more is passed over. */
  reset(id: ImageId): void {
    this.#images.get(id)?.reset();
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

  #checkRoom(more: number): void {
    const { pictureBytes } = this.#options.limits;
    const bytes = this.bytes + more;
    if (bytes > pictureBytes) {
      throw new DOMException(
        `limits.pictureBytes: open images take ${bytes} bytes of ${pictureBytes}; close some.`,
        'QuotaExceededError',
      );
    }
  }

  #get(id: ImageId): ImageFile {
    const image = this.#images.get(id);
    if (!image) throw new DOMException(`Image ${id} is not open in this session.`, 'InvalidStateError');
    return image;
  }
}
