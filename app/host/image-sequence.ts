/** The frames of an image sequence, each of which may lean on those before it. */
import type { NativeBinding, NativeImageSequence, NativePicture } from '../../native/index.js';
import type { ImageFrameLayout } from './image-layout.js';

/** Pictures that an AV1 decoder keeps: https://aomediacodec.github.io/av1-spec/#constants, NUM_REF_FRAMES, and its own. */
const keptPictures = 9;

export interface SequenceSurroundings {
  readonly binding: NativeBinding;
  frame(index: number): ImageFrameLayout;
  decode(frame: ImageFrameLayout, sequence: NativeImageSequence): Promise<NativePicture>;
}

export class ImageSequence {
  readonly #surroundings: SequenceSurroundings;
  /** null: to be begun with a key frame. */
  #native: NativeImageSequence | null = null;
  /** What comes next where it goes on. */
  #next = 0;
  #pictureBytes = 0;
  #closed = false;

  constructor(surroundings: SequenceSurroundings) {
    this.#surroundings = surroundings;
  }

  /** About what the decoder keeps for the frames to come. */
  get bytes(): number {
    return this.#native ? keptPictures * this.#pictureBytes : 0;
  }

  /**
   * The picture of this frame, the caller's own. One call at a time. Rejects when closed meanwhile, and with what `check`
   * throws, which is called before each frame that has to be decoded.
   */
  async at(index: number, check: () => void): Promise<NativePicture> {
    const { frame } = this.#surroundings;
    let key = index;
    while (key > 0 && !frame(key).isKey) key -= 1;
    if (!this.#native || this.#next > index || this.#next < key) this.#begin(key);
    for (;;) {
      check();
      const picture = await this.#decodeNext();
      if (this.#next > index) return picture;
      picture.close();
    }
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#end();
  }

  #begin(key: number): void {
    this.#end();
    this.#native = this.#surroundings.binding.createImageSequence();
    this.#next = key;
  }

  #end(): void {
    this.#native?.close();
    this.#native = null;
  }

  async #decodeNext(): Promise<NativePicture> {
    const { frame, decode } = this.#surroundings;
    if (!this.#native || this.#closed) throw new DOMException('The image is closed.', 'AbortError');
    try {
      const picture = await decode(frame(this.#next), this.#native);
      this.#next += 1;
      this.#pictureBytes = picture.byteLength;
      return picture;
    } catch (error) {
      this.#end();
      throw error;
    }
  }
}
