/** The pictures that a session's client holds handles of, and how much memory they take. */
import type { NativePicture } from '../../native/index.js';
import type { PictureHandle } from '../protocol/messages.js';

/** A handle that stands for no picture: released, or never given out. */
export class UnknownHandle extends Error {
  constructor(handle: PictureHandle) {
    super(`Picture ${handle} is not open in this session.`);
  }
}

interface Held {
  picture: NativePicture;
  bytes: number;
}

export class FrameStore {
  readonly #held = new Map<PictureHandle, Held>();
  #bytes = 0;
  #last = 0;

  get count(): number {
    return this.#held.size;
  }

  /** Native bytes of all pictures held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Owns the picture from now on. */
  add(picture: NativePicture): PictureHandle {
    this.#last += 1;
    const handle = this.#last as PictureHandle;
    const bytes = picture.byteLength;
    this.#held.set(handle, { picture, bytes });
    this.#bytes += bytes;
    return handle;
  }

  /** The store's own picture: to be cloned by whoever keeps it. Throws UnknownHandle. */
  get(handle: PictureHandle): NativePicture {
    const held = this.#held.get(handle);
    if (!held) throw new UnknownHandle(handle);
    return held.picture;
  }

  /** Closes the picture. A handle that is not open any more is passed over. */
  release(handle: PictureHandle): void {
    const held = this.#held.get(handle);
    if (!held) return;
    this.#held.delete(handle);
    this.#bytes -= held.bytes;
    held.picture.close();
  }

  clear(): void {
    for (const handle of [...this.#held.keys()]) this.release(handle);
  }
}
