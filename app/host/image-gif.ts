/** GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
import {
  type ImageFrameLayout,
  type ImageLayout,
  LayoutReader,
  MalformedImage,
  type Range,
  upright,
  viewOf,
} from './image-layout.js';

const block = { extension: 0x21, image: 0x2c, trailer: 0x3b } as const;
const label = { graphicControl: 0xf9, application: 0xff } as const;
const loopers: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0']);
const headerLength = 13;
const descriptorLength = 10;
const disposals = ['keep', 'keep', 'clear', 'restore'] as const;

interface Control {
  disposal: ImageFrameLayout['disposal'];
  /** Microseconds. */
  delay: number;
  /** Index in the palette, or null. */
  transparent: number | null;
}

const plainControl: Control = { disposal: 'keep', delay: 0, transparent: null };

function paletteLength(flags: number): number {
  return (flags & 0x80) !== 0 ? 3 << ((flags & 7) + 1) : 0;
}

interface GifImage {
  width: number;
  height: number;
  flags: number;
  transparent: number | null;
  palette: Range;
  data: Range;
}

/** A GIF file of this one image, as large as the image itself and with nothing behind it. */
function writeGif(file: Uint8Array, { width, height, flags, transparent, palette, data }: GifImage): Uint8Array {
  const depth = Math.round(Math.log2((palette.end - palette.start) / 3)) - 1;
  const head = Uint8Array.of(0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0, 0, 0, 0, 0, 0, 0);
  viewOf(head).setUint16(6, width, true);
  viewOf(head).setUint16(8, height, true);
  const hasTransparent = transparent === null ? 0 : 1;
  const control = Uint8Array.of(block.extension, label.graphicControl, 4, hasTransparent, 0, 0, transparent ?? 0, 0);
  const descriptor = Uint8Array.of(block.image, 0, 0, 0, 0, 0, 0, 0, 0, (flags & 0x40) | 0x80 | depth);
  viewOf(descriptor).setUint16(5, width, true);
  viewOf(descriptor).setUint16(7, height, true);
  const parts = [palette, data].map(({ start, end }) => file.subarray(start, end));
  return Buffer.concat([head, control, descriptor, ...parts, Uint8Array.of(block.trailer)]);
}

export class GifReader extends LayoutReader {
  /** Of the screen that the header declares; null before it is here. */
  #size: { width: number; height: number } | null = null;
  #offset = 0;
  #globalPalette: Range = { start: 0, end: 0 };
  #control = plainControl;
  /** null: no word about it. */
  #loops: number | null = null;
  /** While sub-blocks are passed over: what to do behind them. */
  #whenPassed: ((file: Uint8Array) => void) | null = null;
  #isEnded = false;

  layout(_file: Uint8Array, isComplete: boolean): ImageLayout | null {
    const { frames } = this;
    const repetitions = this.#loops === 0 ? Number.POSITIVE_INFINITY : this.#loops;
    const first = frames.at(0);
    const isEnded = this.#isEnded || isComplete;
    if (!first || !this.#size) {
      if (this.#isEnded) throw new MalformedImage('The GIF image has no frame.');
      return null;
    }
    // One frame says nothing about whether others follow; a loop count does.
    if (frames.length === 1 && repetitions === null && !isEnded) return null;
    const animated = frames.length > 1 || (repetitions !== null && !isEnded);
    if (!animated) first.duration = null;
    return {
      // Browsers enlarge a canvas that the first frame doesn't fit in.
      width: Math.max(this.#size.width, first.rect.x + first.rect.width),
      height: Math.max(this.#size.height, first.rect.y + first.rect.height),
      animated,
      repetitions: animated ? (repetitions ?? 0) : 0,
      orientation: upright,
    };
  }

  protected step(file: Uint8Array): boolean {
    if (!this.#size) return this.#readHeader(file);
    if (this.#isEnded) return false;
    if (this.#whenPassed) return this.#passSubBlock(file, this.#whenPassed);
    switch (file[this.#offset]) {
      case undefined:
        return false;
      case block.extension:
        return this.#beginExtension(file);
      case block.image:
        return this.#beginImage(file);
      case 0:
        // Some writers leave stray terminators between blocks.
        this.#offset += 1;
        return true;
      default:
        // The trailer, or something that isn't GIF any more.
        this.#isEnded = true;
        return false;
    }
  }

  #readHeader(file: Uint8Array): boolean {
    const head = String.fromCharCode(...file.subarray(0, 6));
    if (!['GIF87a', 'GIF89a'].some((name) => name.startsWith(head))) {
      throw new MalformedImage('A GIF image starts with GIF87a or GIF89a.');
    }
    const start = headerLength;
    const end = headerLength + paletteLength(file[10] ?? 0);
    if (file.length < end) return false;
    const view = viewOf(file);
    this.#size = { width: view.getUint16(6, true), height: view.getUint16(8, true) };
    this.#globalPalette = { start, end };
    this.#offset = end;
    return true;
  }

  #passSubBlock(file: Uint8Array, whenPassed: (file: Uint8Array) => void): boolean {
    const length = file[this.#offset];
    if (length === undefined || this.#offset + 1 + length > file.length) return false;
    this.#offset += 1 + length;
    if (length === 0) {
      this.#whenPassed = null;
      whenPassed(file);
    }
    return true;
  }

  #beginExtension(file: Uint8Array): boolean {
    const start = this.#offset;
    if (start + 2 > file.length) return false;
    this.#offset += 2;
    this.#whenPassed = (whole) => this.#readExtension(whole, start);
    return true;
  }

  #readExtension(file: Uint8Array, start: number): void {
    const view = viewOf(file);
    const length = file[start + 2] ?? 0;
    const body = start + 3;
    if (file[start + 1] === label.graphicControl && length >= 4) {
      const flags = file[body] ?? 0;
      this.#control = {
        disposal: disposals[(flags >> 2) & 7] ?? 'keep',
        delay: view.getUint16(body + 1, true) * 10_000,
        transparent: (flags & 1) !== 0 ? (file[body + 3] ?? 0) : null,
      };
    } else if (file[start + 1] === label.application && length === 11) {
      const name = String.fromCharCode(...file.subarray(body, body + length));
      const data = body + length;
      if (loopers.has(name) && (file[data] ?? 0) >= 3 && file[data + 1] === 1) {
        this.#loops = view.getUint16(data + 2, true);
      }
    }
  }

  #beginImage(file: Uint8Array): boolean {
    const start = this.#offset;
    if (start + descriptorLength > file.length) return false;
    this.countPart();
    const view = viewOf(file);
    const at = (index: number) => view.getUint16(start + index, true);
    const rect = { x: at(1), y: at(3), width: at(5), height: at(7) };
    if (rect.width === 0 || rect.height === 0) throw new MalformedImage('A frame of the GIF image has no pixels.');
    const flags = file[start + 9] ?? 0;
    const paletteEnd = start + descriptorLength + paletteLength(flags);
    const { disposal, delay, transparent } = this.#control;
    this.#control = plainControl;
    const palette = (flags & 0x80) !== 0 ? { start: start + descriptorLength, end: paletteEnd } : this.#globalPalette;
    if (palette.start === palette.end) throw new MalformedImage('A frame of the GIF image has no palette.');
    const data = { start: paletteEnd, end: paletteEnd };
    const image = { width: rect.width, height: rect.height, flags, transparent, palette, data };
    const frame: ImageFrameLayout = {
      ...{ rect, isWhole: false, duration: delay, blend: true, disposal },
      code: (whole) => ({ codec: 'gif', data: writeGif(whole, image), alpha: null }),
    };
    this.frames.add(frame);
    // One byte for the code size, then the codes.
    this.#offset = paletteEnd + 1;
    this.#whenPassed = () => {
      data.end = this.#offset;
      frame.isWhole = true;
    };
    return true;
  }
}
