/** DOMRectReadOnly is a platform's; where there is none (Node), the same interface. */
import type { WireRect } from '../protocol/messages.js';
import type { RectReadOnly } from './types.js';
import { exposeInterface, optional, toDictionary, toUnrestrictedDouble } from './web-idl.js';

/** Converts a DOMRectInit. */
export function toRect(value: unknown, field: string): WireRect {
  const dictionary = toDictionary(value, field);
  const height = optional(dictionary, field, 'height', toUnrestrictedDouble) ?? 0;
  const width = optional(dictionary, field, 'width', toUnrestrictedDouble) ?? 0;
  const x = optional(dictionary, field, 'x', toUnrestrictedDouble) ?? 0;
  const y = optional(dictionary, field, 'y', toUnrestrictedDouble) ?? 0;
  return { x, y, width, height };
}

// https://drafts.fxtf.org/geometry/#domrectreadonly
class Rect implements RectReadOnly {
  readonly #rect: WireRect;

  constructor(x: unknown = 0, y: unknown = 0, width: unknown = 0, height: unknown = 0) {
    this.#rect = {
      x: toUnrestrictedDouble(x, 'x'),
      y: toUnrestrictedDouble(y, 'y'),
      width: toUnrestrictedDouble(width, 'width'),
      height: toUnrestrictedDouble(height, 'height'),
    };
  }

  static fromRect(other: unknown = {}): Rect {
    const { x, y, width, height } = toRect(other, 'other');
    return new Rect(x, y, width, height);
  }

  get x(): number {
    return this.#rect.x;
  }

  get y(): number {
    return this.#rect.y;
  }

  get width(): number {
    return this.#rect.width;
  }

  get height(): number {
    return this.#rect.height;
  }

  get top(): number {
    return Math.min(this.#rect.y, this.#rect.y + this.#rect.height);
  }

  get right(): number {
    return Math.max(this.#rect.x, this.#rect.x + this.#rect.width);
  }

  get bottom(): number {
    return Math.max(this.#rect.y, this.#rect.y + this.#rect.height);
  }

  get left(): number {
    return Math.min(this.#rect.x, this.#rect.x + this.#rect.width);
  }

  toJSON(): Omit<RectReadOnly, 'toJSON'> {
    const { x, y, width, height } = this.#rect;
    const { top, right, bottom, left } = this;
    return { x, y, width, height, top, right, bottom, left };
  }
}

exposeInterface(
  Rect,
  'DOMRectReadOnly',
  ['x', 'y', 'width', 'height', 'top', 'right', 'bottom', 'left', 'toJSON'],
  ['fromRect'],
);

/** A rectangle to hand out. */
export function makeRect({ x, y, width, height }: WireRect): RectReadOnly {
  return typeof DOMRectReadOnly === 'undefined'
    ? new Rect(x, y, width, height)
    : new DOMRectReadOnly(x, y, width, height);
}
