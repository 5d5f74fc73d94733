/** GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt */
import { type ImageFrameLayout, type LayoutReader, MalformedImage, PartCounter, viewOf } from './image-layout.js';

const block = { extension: 0x21, image: 0x2c, trailer: 0x3b } as const;
const label = { graphicControl: 0xf9, application: 0xff } as const;
const loopers: ReadonlySet<string> = new Set(['NETSCAPE2.0', 'ANIMEXTS1.0']);
const headerLength = 13;
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

/** Bytes behind the sub-blocks that start at `offset`; -1 where their end is not here yet. */
function endOfSubBlocks(bytes: Uint8Array, offset: number): number {
  let at = offset;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    at += 1 + length;
    if (length === 0) return at;
  }
  return -1;
}

/** A GIF file of this one image, as large as the image itself and with nothing behind it. */
function writeGif(width: number, height: number, image: GifImage): Uint8Array {
  const { transparent } = image.control;
  const depth = Math.round(Math.log2(image.palette.length / 3)) - 1;
  const head = Uint8Array.of(0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0, 0, 0, 0, 0, 0, 0);
  viewOf(head).setUint16(6, width, true);
  viewOf(head).setUint16(8, height, true);
  const hasTransparent = transparent === null ? 0 : 1;
  const control = Uint8Array.of(block.extension, label.graphicControl, 4, hasTransparent, 0, 0, transparent ?? 0, 0);
  const descriptor = Uint8Array.of(block.image, 0, 0, 0, 0, 0, 0, 0, 0, (image.flags & 0x40) | 0x80 | depth);
  viewOf(descriptor).setUint16(5, width, true);
  viewOf(descriptor).setUint16(7, height, true);
  return Buffer.concat([head, control, descriptor, image.palette, image.data, Uint8Array.of(block.trailer)]);
}

interface GifImage {
  flags: number;
  control: Control;
  palette: Uint8Array;
  data: Uint8Array;
}

class GifReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #globalPalette = new Uint8Array(0);
  #control = plainControl;
  /** null: no word about it. */
  #loops: number | null = null;
  readonly frames: ImageFrameLayout[] = [];
  readonly #parts = new PartCounter();
  isEnded = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = viewOf(bytes);
  }

  get repetitions(): number | null {
    return this.#loops === 0 ? Number.POSITIVE_INFINITY : this.#loops;
  }

  read(): void {
    const flags = this.#bytes[10] ?? 0;
    let offset = headerLength + paletteLength(flags);
    if (offset > this.#bytes.length) return;
    this.#globalPalette = this.#bytes.slice(headerLength, offset);
    while (offset >= 0 && offset < this.#bytes.length) {
      const kind = this.#bytes[offset];
      if (kind === block.extension) {
        offset = this.#readExtension(offset);
      } else if (kind === block.image) {
        offset = this.#readImage(offset);
      } else if (kind === 0) {
        // Some writers leave stray terminators between blocks.
        offset += 1;
      } else {
        // The trailer, or something that isn't GIF any more.
        this.isEnded = true;
        return;
      }
    }
  }

  #readExtension(offset: number): number {
    const bytes = this.#bytes;
    const end = endOfSubBlocks(bytes, offset + 2);
    if (end < 0) return -1;
    const length = bytes[offset + 2] ?? 0;
    const body = offset + 3;
    if (bytes[offset + 1] === label.graphicControl && length >= 4) {
      const flags = bytes[body] ?? 0;
      this.#control = {
        disposal: disposals[(flags >> 2) & 7] ?? 'keep',
        delay: this.#view.getUint16(body + 1, true) * 10_000,
        transparent: (flags & 1) !== 0 ? (bytes[body + 3] ?? 0) : null,
      };
    } else if (bytes[offset + 1] === label.application && length === 11) {
      const name = String.fromCharCode(...bytes.subarray(body, body + length));
      const data = body + length;
      if (loopers.has(name) && (bytes[data] ?? 0) >= 3 && bytes[data + 1] === 1) {
        this.#loops = this.#view.getUint16(data + 2, true);
      }
    }
    return end;
  }

  #readImage(offset: number): number {
    const bytes = this.#bytes;
    if (offset + 10 > bytes.length) return -1;
    this.#parts.add();
    const at = (index: number) => this.#view.getUint16(offset + index, true);
    const rect = { x: at(1), y: at(3), width: at(5), height: at(7) };
    if (rect.width === 0 || rect.height === 0) throw new MalformedImage('A frame of the GIF image has no pixels.');
    const flags = bytes[offset + 9] ?? 0;
    const paletteEnd = offset + 10 + paletteLength(flags);
    // One byte for the code size, then the codes.
    const end = paletteEnd < bytes.length ? endOfSubBlocks(bytes, paletteEnd + 1) : -1;
    const control = this.#control;
    this.#control = plainControl;
    const palette = (flags & 0x80) !== 0 ? bytes.subarray(offset + 10, paletteEnd) : this.#globalPalette;
    if (palette.length === 0) throw new MalformedImage('A frame of the GIF image has no palette.');
    this.frames.push({
      rect,
      isWhole: end >= 0,
      duration: control.delay,
      blend: true,
      disposal: control.disposal,
      code: () => {
        const image = { flags, control, palette, data: bytes.subarray(paletteEnd, end) };
        return { codec: 'gif', data: writeGif(rect.width, rect.height, image), alpha: null };
      },
    });
    return end;
  }
}

export const readGif: LayoutReader = (bytes, isComplete) => {
  const head = String.fromCharCode(...bytes.subarray(0, 6));
  if (!['GIF87a', 'GIF89a'].some((name) => name.startsWith(head))) {
    throw new MalformedImage('A GIF image starts with GIF87a or GIF89a.');
  }
  if (bytes.length < headerLength) return null;
  const reader = new GifReader(bytes);
  reader.read();
  const { frames, repetitions } = reader;
  const [first] = frames;
  const isEnded = reader.isEnded || isComplete;
  if (!first) {
    if (reader.isEnded) throw new MalformedImage('The GIF image has no frame.');
    return null;
  }
  // One frame says nothing about whether others follow; a loop count does.
  if (frames.length === 1 && repetitions === null && !isEnded) return null;
  const animated = frames.length > 1 || (repetitions !== null && !isEnded);
  if (!animated) first.duration = null;
  const view = viewOf(bytes);
  return {
    // Browsers enlarge a canvas that the first frame doesn't fit in.
    width: Math.max(view.getUint16(6, true), first.rect.x + first.rect.width),
    height: Math.max(view.getUint16(8, true), first.rect.y + first.rect.height),
    animated,
    repetitions: animated ? (repetitions ?? 0) : 0,
    orientation: { rotation: 0, flip: false },
    frames,
  };
};
