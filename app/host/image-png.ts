/** PNG and its animations: https://www.w3.org/TR/png-3/ */
import { crc32 } from 'node:zlib';
import { readExifOrientation } from './image-exif.js';
import {
  fourCharacters,
  type ImageFrameLayout,
  type ImageLayout,
  type LayoutReader,
  MalformedImage,
  type Orientation,
  PartCounter,
  upright,
  viewOf,
} from './image-layout.js';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const longestChunk = 0x7fff_ffff;
/** What says how pixels are to be read, for every frame alike. */
const sharedChunks: ReadonlySet<string> = new Set(['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'cICP']);
const disposals = ['keep', 'clear', 'restore'] as const;
const headerLength = 13;
const frameControlLength = 26;

interface Chunk {
  name: string;
  /** As much as is here. */
  payload: Uint8Array;
  isWhole: boolean;
}

function writeChunk(name: string, ...parts: Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  const chunk = new Uint8Array(12 + length);
  const view = viewOf(chunk);
  view.setUint32(0, length);
  for (let index = 0; index < 4; index++) chunk[4 + index] = name.charCodeAt(index);
  let offset = 8;
  for (const part of parts) {
    chunk.set(part, offset);
    offset += part.length;
  }
  view.setUint32(offset, crc32(chunk.subarray(4, offset)));
  return chunk;
}

/** Chunks in order; the last may have begun only. Checksums are the decoder's to check. */
function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  const parts = new PartCounter();
  let offset = signature.length;
  while (offset + 8 <= bytes.length) {
    parts.add();
    const length = view.getUint32(offset);
    if (length > longestChunk) throw new MalformedImage(`A chunk of the PNG image says it has ${length} bytes.`);
    const end = offset + 12 + length;
    const payload = bytes.subarray(offset + 8, end - 4);
    yield { name: fourCharacters(bytes, offset + 4), payload, isWhole: end <= bytes.length };
    offset = end;
  }
}

/** A frame under construction: its data so far. */
interface AnimationFrame extends ImageFrameLayout {
  data: Uint8Array[];
}

class PngReader {
  #header: Uint8Array | null = null;
  #shared: Uint8Array[] = [];
  #plays: number | null = null;
  #declaredFrames = 0;
  #orientation: Orientation = upright;
  #frames: AnimationFrame[] = [];
  #hasData = false;
  #isEnded = false;

  read(bytes: Uint8Array): ImageLayout | null {
    for (const chunk of chunksOf(bytes)) {
      this.#take(chunk);
      if (this.#isEnded) break;
    }
    if (!this.#header || !this.#hasData) return null;
    const { width, height } = this.#size(this.#header);
    const common = { width, height, orientation: this.#orientation };
    if (this.#plays === null) {
      const frame: ImageFrameLayout = {
        rect: { x: 0, y: 0, width, height },
        isWhole: this.#isEnded,
        duration: null,
        blend: false,
        disposal: 'keep',
        code: () => ({ codec: 'png', data: bytes.slice(), alpha: null }),
      };
      return { ...common, animated: false, repetitions: 0, frames: [frame] };
    }
    if (this.#frames.length === 0 && !this.#isEnded) return null;
    if (this.#frames.length === 0) throw new MalformedImage('The animated PNG image has no frame.');
    const animated = this.#declaredFrames > 1;
    const repetitions = this.#plays === 0 ? Number.POSITIVE_INFINITY : this.#plays - 1;
    return { ...common, animated, repetitions: animated ? repetitions : 0, frames: this.#frames };
  }

  #take({ name, payload, isWhole }: Chunk): void {
    if (name === 'IDAT') this.#hasData = true;
    if (!isWhole) return;
    if (!this.#header && name !== 'IHDR') throw new MalformedImage(`The PNG image starts with ${name}, not with IHDR.`);
    switch (name) {
      case 'IHDR':
        if (payload.length !== headerLength)
          throw new MalformedImage('The header of the PNG image has a wrong length.');
        this.#header ??= payload;
        this.#size(payload);
        break;
      case 'acTL':
        // After the picture's data it means nothing.
        if (this.#hasData || payload.length < 8) break;
        this.#declaredFrames = viewOf(payload).getUint32(0);
        this.#plays = viewOf(payload).getUint32(4);
        break;
      case 'fcTL':
        if (this.#plays !== null) this.#beginFrame(payload);
        break;
      case 'IDAT':
        // Before the first fcTL it is a picture for those who know no animation.
        this.#frames.at(-1)?.data.push(payload);
        break;
      case 'fdAT':
        this.#frames.at(-1)?.data.push(payload.subarray(4));
        break;
      case 'eXIf':
        this.#orientation = readExifOrientation(payload);
        break;
      case 'IEND':
        this.#isEnded = true;
        this.#endFrame();
        break;
      default:
        if (sharedChunks.has(name) && !this.#hasData) this.#shared.push(writeChunk(name, payload));
    }
  }

  #size(header: Uint8Array): { width: number; height: number } {
    const view = viewOf(header);
    const size = { width: view.getUint32(0), height: view.getUint32(4) };
    if (size.width === 0 || size.height === 0) throw new MalformedImage('The PNG image has no pixels.');
    return size;
  }

  #beginFrame(payload: Uint8Array): void {
    const header = this.#header;
    if (!header || payload.length !== frameControlLength) {
      throw new MalformedImage('A frame control chunk of the PNG image has a wrong length.');
    }
    this.#endFrame();
    const view = viewOf(payload);
    const rect = { width: view.getUint32(4), height: view.getUint32(8), x: view.getUint32(12), y: view.getUint32(16) };
    const canvas = this.#size(header);
    const isInside = rect.x + rect.width <= canvas.width && rect.y + rect.height <= canvas.height;
    if (rect.width === 0 || rect.height === 0 || !isInside) {
      throw new MalformedImage('A frame of the PNG image lies outside of its canvas.');
    }
    const data: Uint8Array[] = [];
    const shared = this.#shared;
    this.#frames.push({
      rect,
      isWhole: false,
      // A denominator of 0 stands for 100.
      duration: Math.round((view.getUint16(20) * 1e6) / (view.getUint16(22) || 100)),
      blend: view.getUint8(25) === 1,
      disposal: disposals[view.getUint8(24)] ?? 'keep',
      data,
      code: () => {
        const own = header.slice();
        viewOf(own).setUint32(0, rect.width);
        viewOf(own).setUint32(4, rect.height);
        const parts = [signature, writeChunk('IHDR', own), ...shared, writeChunk('IDAT', ...data), writeChunk('IEND')];
        return { codec: 'png', data: Buffer.concat(parts), alpha: null };
      },
    });
  }

  #endFrame(): void {
    const last = this.#frames.at(-1);
    if (last) last.isWhole = last.data.length > 0;
  }
}

export const readPng: LayoutReader = (bytes) => {
  const head = bytes.subarray(0, signature.length);
  if (head.some((byte, index) => byte !== signature[index])) {
    throw new MalformedImage('The PNG image does not start with its signature.');
  }
  return new PngReader().read(bytes);
};
