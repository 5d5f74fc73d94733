/** The pictures that a session's client holds handles of, and how much memory they take. */
import type { NativePicture } from '../../native/index.js';
import type { PictureHandle, WirePictureInfo } from '../protocol/messages.js';

/** A handle that stands for no picture: released, or never given out. */
export class UnknownHandle extends Error {
  constructor(handle: PictureHandle) {
    super(`Picture ${handle} is not open in this session.`);
  }
}

interface Held {
  picture: NativePicture;
  info: WirePictureInfo;
  bytes: number;
  /** How many keep the picture beside its handle. */
  pins: number;
}

/** Keeps a picture open, and counted, whatever becomes of its handle. */
export interface Pin {
  readonly picture: NativePicture;
  /** Called once. */
  release(): void;
}

export class FrameStore {
  readonly #held = new Map<PictureHandle, Held>();
  /** Whose handle was released while somebody pinned them. */
  readonly #pinned = new Set<Held>();
  #bytes = 0;
  #last = 0;

  get count(): number {
    return this.#held.size + this.#pinned.size;
  }

  /** Native bytes of all pictures held and pinned. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Owns the picture from now on. `info` is its own. */
  add(picture: NativePicture, info: WirePictureInfo): PictureHandle {
    this.#last += 1;
    const handle = this.#last as PictureHandle;
    const bytes = picture.byteLength;
    this.#held.set(handle, { picture, info, bytes, pins: 0 });
    this.#bytes += bytes;
    return handle;
  }

  /** The store's own picture: to be cloned or pinned by whoever keeps it. Throws UnknownHandle. */
  get(handle: PictureHandle): NativePicture {
    return this.#heldOf(handle).picture;
  }

  /** Throws UnknownHandle. */
  infoOf(handle: PictureHandle): WirePictureInfo {
    return this.#heldOf(handle).info;
  }

  /** Throws UnknownHandle. */
  pin(handle: PictureHandle): Pin {
    const held = this.#heldOf(handle);
    held.pins += 1;
    return {
      picture: held.picture,
      release: () => {
        held.pins -= 1;
        if (held.pins === 0 && this.#pinned.delete(held)) this.#close(held);
      },
    };
  }

  /** Closes the picture when nobody pins it. A handle that is not open any more is passed over. */
  release(handle: PictureHandle): void {
    const held = this.#held.get(handle);
    if (!held) return;
    this.#held.delete(handle);
    if (held.pins > 0) this.#pinned.add(held);
    else this.#close(held);
  }

  /** Closes all pictures, pinned ones too. */
  clear(): void {
    for (const held of [...this.#held.values(), ...this.#pinned]) this.#close(held);
    this.#held.clear();
    this.#pinned.clear();
  }

  #heldOf(handle: PictureHandle): Held {
    const held = this.#held.get(handle);
    if (!held) throw new UnknownHandle(handle);
    return held;
  }

  #close({ picture, bytes }: Held): void {
    this.#bytes -= bytes;
    picture.close();
  }
}
