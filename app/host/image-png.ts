/** PNG and its animations: https://www.w3.org/TR/png-3/ */
import { crc32, inflateSync } from 'node:zlib';
import type { NativeColorSpace } from '../../native/index.js';
import { readExifOrientation } from './image-exif.js';
import {
  fourCharacters,
  type ImageFrameLayout,
  type ImageLayout,
  LayoutReader,
  MalformedImage,
  type Orientation,
  type Range,
  stillFrame,
  upright,
  viewOf,
} from './image-layout.js';
import { longestProfile, readProfile } from './image-profile.js';

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const longestChunk = 0x7fff_ffff;
/** Length and name; the checksum stands behind the payload. */
const chunkHead = 8;
const chunkFrame = 12;
/** What says how pixels are to be read, for every frame alike. */
const sharedChunks: ReadonlySet<string> = new Set(['PLTE', 'tRNS', 'gAMA', 'cHRM', 'sRGB', 'iCCP', 'sBIT', 'cICP']);
const disposals = ['keep', 'clear', 'restore'] as const;
const headerLength = 13;
const frameControlLength = 26;
/** Of a frame's data chunk, its number in the sequence. */
const sequenceLength = 4;

function writeChunk(name: string, payload: Uint8Array = new Uint8Array(0)): Uint8Array {
  const chunk = new Uint8Array(chunkFrame + payload.length);
  const view = viewOf(chunk);
  view.setUint32(0, payload.length);
  for (let index = 0; index < 4; index++) chunk[4 + index] = name.charCodeAt(index);
  chunk.set(payload, chunkHead);
  view.setUint32(chunkHead + payload.length, crc32(chunk.subarray(4, chunkHead + payload.length)));
  return chunk;
}

/** Of an iCCP chunk: a name, the method of compression, the profile. Null where it is damaged. */
function inflateProfile(payload: Uint8Array): NativeColorSpace | null {
  const nameEnd = payload.indexOf(0);
  if (nameEnd < 0) return null;
  try {
    return readProfile(inflateSync(payload.subarray(nameEnd + 2), { maxOutputLength: longestProfile }));
  } catch {
    return null;
  }
}

/** The payloads of a frame's data chunks in this range, moved together without a view for each: they may be tiny. */
function gatherData(file: Uint8Array, { start, end }: Range): Uint8Array {
  const bytes = file.slice(start, end);
  const view = viewOf(bytes);
  let length = 0;
  for (let offset = 0; offset + chunkFrame <= bytes.length; ) {
    const next = offset + chunkFrame + view.getUint32(offset);
    const name = fourCharacters(bytes, offset + 4);
    if (name === 'IDAT' || name === 'fdAT') {
      const payload = offset + chunkHead + (name === 'fdAT' ? sequenceLength : 0);
      const payloadEnd = Math.max(payload, next - 4);
      bytes.copyWithin(length, payload, payloadEnd);
      length += payloadEnd - payload;
    }
    offset = next;
  }
  return bytes.subarray(0, length);
}

export class PngReader extends LayoutReader {
  #offset = 0;
  #header: Range | null = null;
  #size = { width: 0, height: 0 };
  readonly #shared = new Map<string, Range>();
  /** null: it is no animation. */
  #plays: number | null = null;
  #declaredFrames = 0;
  #orientation: Orientation = upright;
  #hasData = false;
  /** Where the data of the frame under construction begins and, as far as it is here, ends. */
  #data: Range = { start: 0, end: 0 };
  #isEnded = false;

  layout(): ImageLayout | null {
    const { frames } = this;
    if (!this.#hasData) return null;
    const common = { ...this.#size, orientation: this.#orientation };
    if (this.#plays === null) {
      if (frames.length === 0) {
        frames.add(stillFrame(this.#size, (file) => ({ codec: 'png', data: file, alpha: null })));
      }
      if (frames.last) frames.last.isWhole ||= this.#isEnded;
      return { ...common, animated: false, repetitions: 0 };
    }
    if (frames.length === 0 && !this.#isEnded) return null;
    if (frames.length === 0) throw new MalformedImage('The animated PNG image has no frame.');
    const animated = this.#declaredFrames > 1;
    const repetitions = this.#plays === 0 ? Number.POSITIVE_INFINITY : this.#plays - 1;
    return { ...common, animated, repetitions: animated ? repetitions : 0 };
  }

  /** Reads a chunk. Checksums are the decoder's to check. */
  protected step(file: Uint8Array): boolean {
    if (this.#offset === 0) return this.#readSignature(file);
    if (this.#isEnded || this.#offset + chunkHead > file.length) return false;
    const start = this.#offset;
    const length = viewOf(file).getUint32(start);
    if (length > longestChunk) throw new MalformedImage(`A chunk of the PNG image says it has ${length} bytes.`);
    const end = start + chunkFrame + length;
    const name = fourCharacters(file, start + 4);
    if (name === 'IDAT' && this.#header) this.#beginData();
    if (end > file.length) return false;
    this.countPart();
    if (!this.#header && name !== 'IHDR') throw new MalformedImage(`The PNG image starts with ${name}, not with IHDR.`);
    this.#offset = end;
    this.#take(name, file.subarray(start + chunkHead, end - 4), { start, end });
    return true;
  }

  #readSignature(file: Uint8Array): boolean {
    const head = file.subarray(0, signature.length);
    if (head.some((byte, index) => byte !== signature[index])) {
      throw new MalformedImage('The PNG image does not start with its signature.');
    }
    if (head.length < signature.length) return false;
    this.#offset = signature.length;
    return true;
  }

  #take(name: string, payload: Uint8Array, whole: Range): void {
    switch (name) {
      case 'IHDR':
        this.#readHeader(payload, whole);
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
      case 'fdAT':
        // Before the first fcTL, IDAT is a picture for those who know no animation.
        if (this.#data.start === this.#data.end) this.#data.start = whole.start;
        this.#data.end = whole.end;
        break;
      case 'eXIf':
        this.#orientation = readExifOrientation(payload);
        break;
      case 'IEND':
        this.#isEnded = true;
        this.#endFrame();
        break;
      default:
        if (!sharedChunks.has(name) || this.#hasData || this.#shared.has(name)) break;
        this.#shared.set(name, whole);
        if (name === 'iCCP') this.profile = inflateProfile(payload);
    }
  }

  #beginData(): void {
    this.#hasData = true;
    // It says more exactly what a profile would.
    if (this.#shared.has('cICP')) this.profile = null;
  }

  #readHeader(payload: Uint8Array, { start, end }: Range): void {
    if (payload.length !== headerLength) throw new MalformedImage('The header of the PNG image has a wrong length.');
    const view = viewOf(payload);
    const size = { width: view.getUint32(0), height: view.getUint32(4) };
    if (size.width === 0 || size.height === 0) throw new MalformedImage('The PNG image has no pixels.');
    if (this.#header) return;
    this.#header = { start: start + chunkHead, end: end - 4 };
    this.#size = size;
  }

  #beginFrame(payload: Uint8Array): void {
    if (payload.length !== frameControlLength) {
      throw new MalformedImage('A frame control chunk of the PNG image has a wrong length.');
    }
    this.#endFrame();
    const view = viewOf(payload);
    const rect = { width: view.getUint32(4), height: view.getUint32(8), x: view.getUint32(12), y: view.getUint32(16) };
    const isInside = rect.x + rect.width <= this.#size.width && rect.y + rect.height <= this.#size.height;
    if (rect.width === 0 || rect.height === 0 || !isInside) {
      throw new MalformedImage('A frame of the PNG image lies outside of its canvas.');
    }
    const data = { start: 0, end: 0 };
    this.#data = data;
    this.frames.add({
      rect,
      isWhole: false,
      // A denominator of 0 stands for 100.
      duration: Math.round((view.getUint16(20) * 1e6) / (view.getUint16(22) || 100)),
      blend: view.getUint8(25) === 1,
      disposal: disposals[view.getUint8(24)] ?? 'keep',
      code: (file) => ({ codec: 'png', data: this.#writeFrame(file, rect, data), alpha: null }),
    });
  }

  #endFrame(): void {
    const { last } = this.frames;
    if (last) last.isWhole = this.#data.end > this.#data.start;
  }

  /** A PNG file of this one frame. */
  #writeFrame(file: Uint8Array, { width, height }: ImageFrameLayout['rect'], data: Range): Uint8Array {
    const header = file.slice(this.#header?.start, this.#header?.end);
    viewOf(header).setUint32(0, width);
    viewOf(header).setUint32(4, height);
    return Buffer.concat([
      ...[signature, writeChunk('IHDR', header)],
      ...[...this.#shared.values()].map(({ start, end }) => file.subarray(start, end)),
      ...[writeChunk('IDAT', gatherData(file, data)), writeChunk('IEND')],
    ]);
  }
}
