/** Boxes of ISO base media files, ISO/IEC 14496-12. */
import { fourCharacters, MalformedImage, PartCounter, viewOf } from './image-layout.js';

export interface Box {
  name: string;
  payload: Uint8Array;
}

/** The URNs of auxiliary images are shorter. */
const longestText = 64;

/** The boxes that lie side by side in these bytes, as far as they are whole. */
export class Boxes {
  readonly all: readonly Box[];

  constructor(bytes: Uint8Array) {
    const all: Box[] = [];
    const view = viewOf(bytes);
    const parts = new PartCounter();
    let offset = 0;
    while (offset + 8 <= bytes.length) {
      parts.add();
      const short = view.getUint32(offset);
      const head = short === 1 ? 16 : 8;
      if (offset + head > bytes.length) break;
      // 0: to the end of the file.
      const length = short === 0 ? bytes.length - offset : short === 1 ? Number(view.getBigUint64(offset + 8)) : short;
      if (length < head) throw new MalformedImage('A box of the AVIF image is shorter than its own header.');
      if (offset + length > bytes.length) break;
      all.push({ name: fourCharacters(bytes, offset + 4), payload: bytes.subarray(offset + head, offset + length) });
      offset += length;
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

  /** Characters up to a zero byte or the end; no more of them than any known name has. */
  text(): string {
    const text = this.#bytes.subarray(this.#offset, this.#offset + longestText);
    const end = text.indexOf(0);
    return String.fromCharCode(...(end < 0 ? text : text.subarray(0, end)));
  }
}
