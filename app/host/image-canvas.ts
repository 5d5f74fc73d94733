/** An animation's canvas: what is to be seen at each of its frames. */
import type { NativeBinding, NativePicture, NativeRect } from '../../native/index.js';
import type { ImageFrameLayout } from './image-layout.js';

/** What a frame is drawn on. */
interface Ground {
  /** null: nothing but transparency. */
  picture: NativePicture | null;
  clear: NativeRect | null;
}

/** The canvas after a frame was drawn. */
interface Drawn {
  index: number;
  picture: NativePicture;
  ground: Ground;
}

export interface CanvasSurroundings {
  readonly binding: NativeBinding;
  readonly width: number;
  readonly height: number;
  frame(index: number): ImageFrameLayout;
  decode(frame: ImageFrameLayout): Promise<NativePicture>;
}

const nothing: Ground = { picture: null, clear: null };

export class ImageCanvas {
  readonly #surroundings: CanvasSurroundings;
  #drawn: Drawn | null = null;
  #closed = false;

  constructor(surroundings: CanvasSurroundings) {
    this.#surroundings = surroundings;
  }

  /** Native bytes that are kept for the frames to come. */
  get bytes(): number {
    const { picture, ground } = this.#drawn ?? { picture: null, ground: nothing };
    return (picture?.byteLength ?? 0) + (ground.picture?.byteLength ?? 0);
  }

  /**
   * What is to be seen at this frame: the caller's own. One call at a time. Rejects when closed meanwhile, and with
   * what `check` throws, which is called before each frame that has to be drawn.
   */
  async at(index: number, check: () => void): Promise<NativePicture> {
    if (this.#drawn && this.#drawn.index > index) this.#keep(null);
    const following = (this.#drawn?.index ?? -1) + 1;
    const start = this.#startFor(index, following);
    if (start > following) this.#keep(null);
    for (let next = start; next <= index; next++) {
      check();
      await this.#draw(next);
    }
    const drawn = this.#drawn;
    if (!drawn || this.#closed) throw new DOMException('The image is closed.', 'AbortError');
    return drawn.picture.clone();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#keep(null);
  }

  /** The last frame up to this one that nothing of the frames before it can be seen through; `earliest` where none is. */
  #startFor(index: number, earliest: number): number {
    const { width, height, frame } = this.#surroundings;
    for (let start = index; start > earliest; start--) {
      const { rect, blend } = frame(start);
      if (!blend && rect.x === 0 && rect.y === 0 && rect.width >= width && rect.height >= height) return start;
    }
    return earliest;
  }

  async #draw(index: number): Promise<void> {
    const { binding, width, height, frame, decode } = this.#surroundings;
    const layout = frame(index);
    const ground = this.#groundOf(index);
    const picture = await decode(layout);
    try {
      if (this.#closed) return;
      const { x, y } = layout.rect;
      const step = { width, height, clear: ground.clear, x, y, blend: layout.blend, premultiply: false };
      const canvas = await binding.composeImage(ground.picture, picture, step);
      if (this.#closed) canvas.close();
      else this.#keep({ index, picture: canvas, ground: layout.disposal === 'restore' ? ground : nothing });
    } finally {
      picture.close();
    }
  }

  /** What the frame before leaves behind. */
  #groundOf(index: number): Ground {
    const before = this.#drawn;
    if (!before) return nothing;
    const { disposal, rect } = this.#surroundings.frame(index - 1);
    if (disposal === 'restore') return before.ground;
    return { picture: before.picture, clear: disposal === 'clear' ? rect : null };
  }

  #keep(next: Drawn | null): void {
    const kept = new Set([next?.picture, next?.ground.picture]);
    for (const picture of [this.#drawn?.picture, this.#drawn?.ground.picture]) {
      if (picture && !kept.has(picture)) picture.close();
    }
    this.#drawn = next;
  }
}
