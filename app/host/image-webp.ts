/** WebP, still and animated: https://developers.google.com/speed/webp/docs/riff_container */
import { readExifOrientation } from './image-exif.js';
import {
  type FrameCode,
  fourCharacters,
  type ImageLayout,
  LayoutReader,
  MalformedImage,
  type Orientation,
  PartCounter,
  type Range,
  stillFrame,
  upright,
  viewOf,
} from './image-layout.js';
import { readProfile } from './image-profile.js';

const flag = { animation: 0x02, exif: 0x08, alpha: 0x10 } as const;
const riffHeader = 12;
const chunkHeader = 8;
const extendedHeader = 10;
const animationHeader = 6;
const frameHeader = 16;
const bitstreams: ReadonlySet<string> = new Set(['VP8 ', 'VP8L']);
/** Bytes of a bitstream that hold its size. */
const bitstreamHead = 10;
/** Of an animation's frame: its picture, its alpha, and what others may want to say. */
const mostPartsOfFrame = 64;

interface Size {
  width: number;
  height: number;
}

/** Where a chunk is. */
interface Chunk {
  name: string;
  /** With its header. */
  start: number;
  payload: number;
  /** Without its padding. */
  end: number;
}

/** The chunk that starts at `offset`; null where its header isn't here. */
function chunkAt(file: Uint8Array, offset: number): Chunk | null {
  const payload = offset + chunkHeader;
  if (payload > file.length) return null;
  const length = viewOf(file).getUint32(offset + 4, true);
  return { name: fourCharacters(file, offset), start: offset, payload, end: payload + length };
}

/** Where the chunk behind this one starts. */
function behind({ start, end }: Chunk): number {
  return end + ((end - start) % 2);
}

function uint24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) + view.getUint8(offset + 2) * 0x1_0000;
}

/** Null where too little of the bitstream is here. */
function bitstreamSize(file: Uint8Array, { name, payload, end }: Chunk): Size | null {
  if (payload + bitstreamHead > Math.min(end, file.length)) return null;
  const view = viewOf(file.subarray(payload, end));
  if (name === 'VP8 ') {
    if (uint24(view, 3) !== 0x2a019d) throw new MalformedImage('The VP8 data of the WebP image has no start code.');
    const size = { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
    if (size.width === 0 || size.height === 0) {
      throw new MalformedImage('The VP8 data of the WebP image has no pixels.');
    }
    return size;
  }
  if (view.getUint8(0) !== 0x2f) throw new MalformedImage('The VP8L data of the WebP image has no signature.');
  const bits = view.getUint32(1, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

/** A picture's chunks. */
interface Picture {
  size: Size;
  bitstream: Range;
  /** For VP8. */
  alpha: Range | null;
}

/** A WebP file of one image: its bitstream and its alpha. */
function writeWebp(file: Uint8Array, { size, bitstream, alpha }: Picture): FrameCode {
  const padded = ({ start, end }: Range) => [file.subarray(start, end), new Uint8Array((end - start) % 2)];
  const parts: Uint8Array[] = [];
  if (alpha) {
    const extended = new Uint8Array(chunkHeader + extendedHeader);
    extended.set(Buffer.from('VP8X'));
    const view = viewOf(extended);
    view.setUint32(4, extendedHeader, true);
    view.setUint8(8, flag.alpha);
    for (const [offset, side] of [
      [12, size.width - 1],
      [15, size.height - 1],
    ] as const) {
      view.setUint16(offset, side & 0xffff, true);
      view.setUint8(offset + 2, side >> 16);
    }
    parts.push(extended, ...padded(alpha));
  }
  parts.push(...padded(bitstream));
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  head.writeUInt32LE(
    parts.reduce((sum, part) => sum + part.length, 4),
    4,
  );
  return { codec: 'webp', data: Buffer.concat([head, ...parts]), alpha: null };
}

/** What an animation's frame shows. */
function readPicture(file: Uint8Array, { start, end }: Range): Picture {
  const parts = new PartCounter(mostPartsOfFrame);
  let alpha: Chunk | null = null;
  for (let chunk = chunkAt(file, start); chunk && chunk.end <= end; chunk = chunkAt(file, behind(chunk))) {
    parts.add();
    if (chunk.name === 'ALPH') alpha = chunk;
    const size = bitstreams.has(chunk.name) ? bitstreamSize(file, chunk) : null;
    if (size) return { size, bitstream: chunk, alpha: chunk.name === 'VP8 ' ? alpha : null };
  }
  throw new MalformedImage('A frame of the WebP image has no picture.');
}

export class WebpReader extends LayoutReader {
  #offset = 0;
  /** Of the file, as its header says. */
  #end = Number.POSITIVE_INFINITY;
  #flags = 0;
  /** What the extended header declares; null where there is none. */
  #canvas: Size | null = null;
  /** null: not known yet. */
  #plays: number | null = null;
  #orientation: Orientation | null = null;
  /** Of a still image, before its picture. */
  #alpha: Range | null = null;
  /** Whether the still image's picture is whole. */
  #hasPicture = false;
  /** Whether the list's last frame is of the chunk that is read now. */
  #isFrameBegun = false;

  get #isAnimation(): boolean {
    return (this.#flags & flag.animation) !== 0;
  }

  layout(file: Uint8Array, isComplete: boolean): ImageLayout | null {
    const { last } = this.frames;
    const orientation = this.#orientation ?? upright;
    if (this.#isAnimation && this.#canvas) {
      if (this.#plays === null) return null;
      const repetitions = this.#plays === 0 ? Number.POSITIVE_INFINITY : this.#plays - 1;
      return { ...this.#canvas, animated: true, repetitions, orientation };
    }
    if (!last) return null;
    // How it is to be turned is said behind the picture.
    const isTold = this.#orientation !== null || (this.#flags & flag.exif) === 0;
    last.isWhole ||= this.#hasPicture && (isTold || isComplete || file.length >= this.#end);
    const { width, height } = last.rect;
    return { width, height, animated: false, repetitions: 0, orientation };
  }

  /** Reads a chunk. */
  protected step(file: Uint8Array): boolean {
    if (this.#offset === 0) return this.#readHeader(file);
    const all = file.subarray(0, this.#end);
    const chunk = chunkAt(all, this.#offset);
    if (!chunk) return false;
    const isWhole = chunk.end <= all.length;
    this.#look(all, chunk, isWhole);
    if (!isWhole) return false;
    this.countPart();
    this.#offset = behind(chunk);
    return true;
  }

  #readHeader(file: Uint8Array): boolean {
    if (file.length < riffHeader) return false;
    if (fourCharacters(file, 0) !== 'RIFF' || fourCharacters(file, 8) !== 'WEBP') {
      throw new MalformedImage('A WebP image starts with RIFF and WEBP.');
    }
    this.#end = viewOf(file).getUint32(4, true) + chunkHeader;
    this.#offset = riffHeader;
    return true;
  }

  /** Takes what is here of a chunk: of one that isn't whole, again when more is. */
  #look(file: Uint8Array, chunk: Chunk, isWhole: boolean): void {
    const payload = file.subarray(chunk.payload, chunk.end);
    const isFirst = chunk.start === riffHeader;
    if (isFirst && chunk.name === 'VP8X') {
      if (payload.length >= extendedHeader) this.#readExtended(payload);
    } else if (bitstreams.has(chunk.name)) {
      if (!this.#isAnimation) this.#readStill(file, chunk, isWhole);
    } else if (isFirst) {
      throw new MalformedImage(`A WebP image can't start with "${chunk.name}".`);
    } else if (chunk.name === 'ALPH' && isWhole) {
      this.#alpha = chunk;
    } else if (chunk.name === 'ICCP' && isWhole) {
      this.profile ??= readProfile(payload);
    } else if (chunk.name === 'EXIF' && isWhole) {
      this.#orientation ??= readExifOrientation(payload);
    } else if (chunk.name === 'ANIM' && payload.length >= animationHeader) {
      this.#plays ??= viewOf(payload).getUint16(4, true);
    } else if (chunk.name === 'ANMF' && payload.length >= frameHeader && this.#canvas && this.#isAnimation) {
      this.#readFrame(file, chunk, this.#canvas, isWhole);
    }
  }

  #readExtended(payload: Uint8Array): void {
    const view = viewOf(payload);
    this.#flags = view.getUint8(0);
    this.#canvas = { width: uint24(view, 4) + 1, height: uint24(view, 7) + 1 };
  }

  #readStill(file: Uint8Array, bitstream: Chunk, isWhole: boolean): void {
    if (this.#hasPicture) return;
    const size = bitstreamSize(file, bitstream);
    if (!size) return;
    this.#hasPicture = isWhole;
    const alpha = bitstream.name === 'VP8 ' ? this.#alpha : null;
    if (this.frames.length === 0) {
      this.frames.add(stillFrame(size, (whole) => writeWebp(whole, { size, bitstream, alpha })));
    }
  }

  #readFrame(file: Uint8Array, chunk: Chunk, canvas: Size, isWhole: boolean): void {
    if (!this.#isFrameBegun) this.#beginFrame(viewOf(file.subarray(chunk.payload, chunk.end)), chunk, canvas);
    this.#isFrameBegun = !isWhole;
    const { last } = this.frames;
    if (!isWhole || !last) return;
    // It must have a picture, which is looked for again when that is decoded.
    readPicture(file, { start: chunk.payload + frameHeader, end: chunk.end });
    last.isWhole = true;
  }

  #beginFrame(view: DataView, { payload, end }: Chunk, canvas: Size): void {
    const rect = {
      x: 2 * uint24(view, 0),
      y: 2 * uint24(view, 3),
      width: uint24(view, 6) + 1,
      height: uint24(view, 9) + 1,
    };
    if (rect.x + rect.width > canvas.width || rect.y + rect.height > canvas.height) {
      throw new MalformedImage('A frame of the WebP image lies outside of its canvas.');
    }
    const flags = view.getUint8(15);
    this.frames.add({
      rect,
      duration: uint24(view, 12) * 1000,
      blend: (flags & 2) === 0,
      disposal: (flags & 1) !== 0 ? 'clear' : 'keep',
      isWhole: false,
      code: (file) => writeWebp(file, readPicture(file, { start: payload + frameHeader, end })),
    });
  }
}
