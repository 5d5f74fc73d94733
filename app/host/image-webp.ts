/** WebP, still and animated: https://developers.google.com/speed/webp/docs/riff_container */
import { readExifOrientation } from './image-exif.js';
import {
  fourCharacters,
  type ImageFrameLayout,
  type ImageLayout,
  type LayoutReader,
  MalformedImage,
  type Orientation,
  PartCounter,
  stillLayout,
  upright,
  viewOf,
} from './image-layout.js';

const flag = { animation: 0x02, exif: 0x08, alpha: 0x10 } as const;
const riffHeader = 12;
const chunkHeader = 8;
const extendedHeader = 10;
const frameHeader = 16;
const bitstreams: ReadonlySet<string> = new Set(['VP8 ', 'VP8L']);
/** Bytes of a bitstream that hold its size. */
const bitstreamHead = 10;

interface Chunk {
  name: string;
  /** With its header and padding. */
  whole: Uint8Array;
  /** As much as is here. */
  payload: Uint8Array;
  isWhole: boolean;
}

function* chunksOf(bytes: Uint8Array): Generator<Chunk> {
  const view = viewOf(bytes);
  const parts = new PartCounter();
  let offset = 0;
  while (offset + chunkHeader <= bytes.length) {
    parts.add();
    const length = view.getUint32(offset + 4, true);
    const end = offset + chunkHeader + length;
    // The last padding byte may be missing at a file's end.
    const whole = bytes.subarray(offset, end + (length % 2));
    const payload = bytes.subarray(offset + chunkHeader, end);
    yield { name: fourCharacters(bytes, offset), whole, payload, isWhole: end <= bytes.length };
    offset = end + (length % 2);
  }
}

function uint24(view: DataView, offset: number): number {
  return view.getUint16(offset, true) + view.getUint8(offset + 2) * 0x1_0000;
}

/** Null where too little of the bitstream is here. */
function bitstreamSize({ name, payload }: Chunk): { width: number; height: number } | null {
  if (payload.length < bitstreamHead) return null;
  const view = viewOf(payload);
  if (name === 'VP8 ') {
    if (uint24(view, 3) !== 0x2a019d) throw new MalformedImage('The VP8 data of the WebP image has no start code.');
    return { width: view.getUint16(6, true) & 0x3fff, height: view.getUint16(8, true) & 0x3fff };
  }
  if (view.getUint8(0) !== 0x2f) throw new MalformedImage('The VP8L data of the WebP image has no signature.');
  const bits = view.getUint32(1, true);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function padded(chunk: Uint8Array): Uint8Array[] {
  return chunk.length % 2 === 0 ? [chunk] : [chunk, new Uint8Array(1)];
}

/** A WebP file of one image: its bitstream and, for VP8, its alpha. */
function writeWebp(size: { width: number; height: number }, alpha: Chunk | null, bitstream: Chunk): Uint8Array {
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
    parts.push(extended, ...padded(alpha.whole));
  }
  parts.push(...padded(bitstream.whole));
  const body = Buffer.concat(parts);
  const head = Buffer.from('RIFF\0\0\0\0WEBP', 'latin1');
  head.writeUInt32LE(4 + body.length, 4);
  return Buffer.concat([head, body]);
}

/** The image in these chunks; null where it hasn't begun. */
function readImage(chunks: Iterable<Chunk>): {
  size: { width: number; height: number };
  frame: Pick<ImageFrameLayout, 'isWhole' | 'code'>;
} | null {
  let alpha: Chunk | null = null;
  for (const chunk of chunks) {
    if (chunk.name === 'ALPH' && chunk.isWhole) alpha = chunk;
    if (!bitstreams.has(chunk.name)) continue;
    const size = bitstreamSize(chunk);
    if (!size) return null;
    const own = chunk.name === 'VP8 ' ? alpha : null;
    return {
      size,
      frame: {
        isWhole: chunk.isWhole,
        code: () => ({ codec: 'webp', data: writeWebp(size, own, chunk), alpha: null }),
      },
    };
  }
  return null;
}

function readFrame(chunk: Chunk, canvas: { width: number; height: number }): ImageFrameLayout | null {
  if (chunk.payload.length < frameHeader) return null;
  const view = viewOf(chunk.payload);
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
  const image = readImage(chunksOf(chunk.payload.subarray(frameHeader)));
  if (chunk.isWhole && !image) throw new MalformedImage('A frame of the WebP image has no picture.');
  return {
    rect,
    duration: uint24(view, 12) * 1000,
    blend: (flags & 2) === 0,
    disposal: (flags & 1) !== 0 ? 'clear' : 'keep',
    isWhole: chunk.isWhole,
    code: () => {
      if (!image) throw new MalformedImage('A frame of the WebP image has no picture.');
      return image.frame.code();
    },
  };
}

function readExtended(extended: Chunk, chunks: Chunk[], isComplete: boolean): ImageLayout | null {
  if (extended.payload.length < extendedHeader) return null;
  const view = viewOf(extended.payload);
  const flags = view.getUint8(0);
  const width = uint24(view, 4) + 1;
  const height = uint24(view, 7) + 1;
  const exif = chunks.find(({ name, isWhole }) => name === 'EXIF' && isWhole);
  const orientation: Orientation = exif ? readExifOrientation(exif.payload) : upright;
  if ((flags & flag.animation) === 0) {
    const image = readImage(chunks);
    if (!image) return null;
    // How it is to be turned is said behind the picture.
    const isWhole = image.frame.isWhole && (exif !== undefined || (flags & flag.exif) === 0 || isComplete);
    return stillLayout(image.size, { ...image.frame, isWhole }, orientation);
  }
  const animation = chunks.find(({ name }) => name === 'ANIM');
  if (!animation || animation.payload.length < 6) return null;
  const plays = viewOf(animation.payload).getUint16(4, true);
  const frames = chunks.filter(({ name }) => name === 'ANMF').map((chunk) => readFrame(chunk, { width, height }));
  return {
    width,
    height,
    animated: true,
    repetitions: plays === 0 ? Number.POSITIVE_INFINITY : plays - 1,
    orientation,
    frames: frames.filter((frame) => frame !== null),
  };
}

export const readWebp: LayoutReader = (bytes, isComplete) => {
  if (bytes.length < riffHeader) return null;
  if (fourCharacters(bytes, 0) !== 'RIFF' || fourCharacters(bytes, 8) !== 'WEBP') {
    throw new MalformedImage('A WebP image starts with RIFF and WEBP.');
  }
  const length = viewOf(bytes).getUint32(4, true) + chunkHeader;
  const chunks = [...chunksOf(bytes.subarray(riffHeader, length))];
  const [first] = chunks;
  if (first?.name === 'VP8X') return readExtended(first, chunks, isComplete || bytes.length >= length);
  if (first && !bitstreams.has(first.name)) throw new MalformedImage(`A WebP image can't start with "${first.name}".`);
  const image = readImage(chunks);
  return image && stillLayout(image.size, image.frame);
};
