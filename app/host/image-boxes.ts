/** Boxes of ISO base media files, ISO/IEC 14496-12. */
import { fourCharacters, MalformedImage, PartCounter, type Range, viewOf } from './image-layout.js';

export interface Box {
  name: string;
  payload: Uint8Array;
}

/** The URNs of auxiliary images are shorter. */
const longestText = 64;

const profileTypes: ReadonlySet<string> = new Set(['prof', 'rICC']);

/** What a file's boxes are made of is few, but for samples. */
export const mostBoxes = 2 ** 14;

/** Where the box at `offset` has its payload; null where its header isn't here. An `end` of Infinity: that of the file. */
export function boxAt(bytes: Uint8Array, offset: number): (Range & { name: string }) | null {
  if (offset + 8 > bytes.length) return null;
  const view = viewOf(bytes);
  const short = view.getUint32(offset);
  const head = short === 1 ? 16 : 8;
  if (offset + head > bytes.length) return null;
  const length = short === 0 ? Number.POSITIVE_INFINITY : short === 1 ? Number(view.getBigUint64(offset + 8)) : short;
  if (length < head) throw new MalformedImage('A box of the AVIF image is shorter than its own header.');
  return { name: fourCharacters(bytes, offset + 4), start: offset + head, end: offset + length };
}

/** The boxes that lie side by side in these bytes, as far as they are whole. */
export class Boxes {
  readonly all: readonly Box[];

  constructor(bytes: Uint8Array) {
    const all: Box[] = [];
    const parts = new PartCounter(mostBoxes);
    let offset = 0;
    for (let box = boxAt(bytes, offset); box; box = boxAt(bytes, offset)) {
      parts.add();
      const end = box.end === Number.POSITIVE_INFINITY ? bytes.length : box.end;
      if (end > bytes.length) break;
      all.push({ name: box.name, payload: bytes.subarray(box.start, end) });
      offset = end;
    }
    this.all = all;
  }

  find(name: string): Uint8Array | undefined {
    return this.all.find((box) => box.name === name)?.payload;
  }

  require(name: string): Uint8Array {
    const found = this.find(name);
    if (!found) throw new MalformedImage(`The AVIF image has no box "${name}" where there must be one.`);
    return found;
  }
}

/** Reads big-endian numbers one after the other; past the end it throws MalformedImage. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  /** An unsigned number of `size` bytes, 0 to 8. */
  uint(size: number): number {
    let value = 0;
    for (let index = 0; index < size; index++) {
      const byte = this.#bytes[this.#offset + index];
      if (byte === undefined) throw new MalformedImage('A box of the AVIF image is too short for what it should hold.');
      value = value * 256 + byte;
    }
    this.#offset += size;
    return value;
  }

  /** Of a full box, whose version and flags come first; leaves the reader behind both. */
  version(): number {
    this.#offset = 0;
    return Math.floor(this.uint(4) / 0x100_0000);
  }

  flags(): number {
    this.#offset = 0;
    return this.uint(4) % 0x100_0000;
  }

  /** Two unsigned numbers of `size` bytes each. Throws MalformedImage where either is 0. */
  pictureSize(size: number): { width: number; height: number } {
    const picture = { width: this.uint(size), height: this.uint(size) };
    if (picture.width === 0 || picture.height === 0) throw new MalformedImage('The AVIF image has no pixels.');
    return picture;
  }

  /** Characters up to a zero byte or the end; no more of them than any known name has. */
  text(): string {
    const text = this.#bytes.subarray(this.#offset, this.#offset + longestText);
    const end = text.indexOf(0);
    return String.fromCharCode(...(end < 0 ? text : text.subarray(0, end)));
  }
}

/** The ICC profile among these boxes. */
export function iccProfileIn(boxes: readonly Box[]): Uint8Array | null {
  const profile = boxes.find(({ name, payload }) => name === 'colr' && profileTypes.has(fourCharacters(payload, 0)));
  return profile?.payload.subarray(4) ?? null;
}

/** Throws MalformedImage for pictures that are coded otherwise. */
export function requireAv1(type: string): void {
  if (type !== 'av01') {
    throw new MalformedImage(`The AVIF image is made of ${type}, not of AV1 pictures; that is not supported.`);
  }
}
