/**
 * AVIF images: the primary item of an ISO base media file, which is AV1 or a grid of such, and its alpha; and its image
 * sequence. https://aomediacodec.github.io/av1-avif/ ; the boxes are of ISO/IEC 23008-12 and 14496-12.
 */
import { Boxes, ByteReader, boxAt, requireAv1 } from './image-boxes.js';
import { Items, toEnd } from './image-items.js';
import {
  FrameList,
  fourCharacters,
  type ImageLayout,
  type ImagePart,
  LayoutReader,
  MalformedImage,
  type Orientation,
  type Range,
  stillFrame,
  stillLayout,
  type TrackLayout,
  upright,
} from './image-layout.js';
import { Movie } from './image-movie.js';
import { readProfile } from './image-profile.js';

/** No file has as many brands. */
const longestType = 1024;
/** Tiles of a grid; the whole canvas is drawn anew for each. */
const mostTiles = 1024;

/** `irot` turns anticlockwise, then `imir` mirrors; there is no flip upside down but by half a turn. */
function orientationOf(items: Items): Orientation {
  const turns = (items.property(items.primary, 'irot')?.[0] ?? 0) & 3;
  const axis = items.property(items.primary, 'imir')?.[0];
  if (turns === 0 && axis === undefined) return upright;
  const upsideDown = axis !== undefined && (axis & 1) === 0;
  const quarters = (4 - turns + (upsideDown ? 2 : 0)) % 4;
  return { rotation: ([0, 90, 180, 270] as const)[quarters] ?? 0, flip: axis !== undefined };
}

/** Whether all of these bytes are here. Throws MalformedImage where they would be more than the whole file. */
function areHere(ranges: readonly Range[], file: Uint8Array, isComplete: boolean): boolean {
  const total = ranges.reduce((sum, { start, end }) => sum + Math.min(end, file.length) - start, 0);
  // Many extents over the same bytes would make much out of little.
  if (total > file.length) throw new MalformedImage('Extents of an item of the AVIF image overlap.');
  return ranges.every(
    ({ start, end }) => start <= file.length && (end <= file.length || (isComplete && end === toEnd)),
  );
}

function bytesAt(ranges: readonly Range[], file: Uint8Array): Uint8Array {
  const parts = ranges.map(({ start, end }) => file.subarray(start, end));
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
}

interface Grid {
  rows: number;
  columns: number;
  /** Of the picture, which cuts the last tiles off. */
  width: number;
  height: number;
}

/** The payload of an item of type `grid`. */
function readGrid(payload: Uint8Array): Grid {
  const reader = new ByteReader(payload);
  reader.uint(1);
  const sideSize = (reader.uint(1) & 1) === 0 ? 2 : 4;
  const [rows, columns] = [reader.uint(1) + 1, reader.uint(1) + 1];
  const grid = { rows, columns, width: reader.uint(sideSize), height: reader.uint(sideSize) };
  if (grid.width === 0 || grid.height === 0) throw new MalformedImage('The grid of the AVIF image has no pixels.');
  if (rows * columns > mostTiles) {
    throw new MalformedImage(`The grid of the AVIF image has ${rows * columns} tiles, more than ${mostTiles}.`);
  }
  return grid;
}

export class AvifReader extends LayoutReader {
  #offset = 0;
  /** The major brand first; none until it is here. */
  #brands: readonly string[] = [];
  /** Until the primary item is understood, for which bytes of it may be needed. */
  #items: Items | null = null;
  /** What has to be here for the picture, item by item. */
  readonly #ranges = new Set<readonly Range[]>();
  #orientation: Orientation = upright;
  #movie: Movie | null = null;
  /** Of the movie, those that aren't in its list of frames yet. */
  #samples: ReturnType<Movie['samples']> | null = null;
  readonly #sequence = new FrameList();
  /** Of each of its frames, the bytes that the file has to have. */
  readonly #needed: number[] = [];

  override get frameCount(): number {
    return this.frames.length + this.#sequence.length;
  }

  override get longest(): number {
    return Math.max(this.frames.longest, this.#sequence.longest);
  }

  override tracks(file: Uint8Array, isComplete: boolean): TrackLayout[] {
    const still = super.tracks(file, isComplete);
    if (!this.#brands.includes('avis')) return still;
    const isRead = this.#movie !== null && !this.#samples;
    // Tracks are told once: both, or that there is no other.
    if (!isComplete && (!isRead || this.#items)) return [];
    if (!this.#movie || this.#sequence.length === 0) return still;
    this.#markWhole(file);
    const { width, height, repetitions, profile } = this.#movie;
    const animated = this.#sequence.length > 1;
    const isPrimary = this.#brands[0] === 'avis' || still.length === 0;
    return [
      ...still.map((track) => ({ ...track, isPrimary: !isPrimary })),
      {
        ...{ width, height, animated, repetitions: animated ? repetitions : 0, orientation: upright },
        ...{ frames: this.#sequence, isSequence: true, isPrimary, profile: profile && readProfile(profile) },
      },
    ];
  }

  protected layout(file: Uint8Array, isComplete: boolean): ImageLayout | null {
    const { last } = this.frames;
    if (last) last.isWhole ||= [...this.#ranges].every((ranges) => areHere(ranges, file, isComplete));
    return stillLayout(this.frames, this.#orientation);
  }

  /** Reads a box, or a sample out of it. */
  protected step(file: Uint8Array): boolean {
    if (this.#samples) return this.#addSample(this.#samples);
    if (this.#offset === 0 && file.length >= 8 && fourCharacters(file, 4) !== 'ftyp') {
      throw new MalformedImage('An AVIF image starts with a file type box.');
    }
    if (this.#items) this.#readPrimary(file, this.#items);
    const box = boxAt(file, this.#offset);
    if (!box || box.end > file.length) return false;
    this.countPart();
    this.#offset = box.end;
    const payload = file.subarray(box.start, box.end);
    if (box.name === 'ftyp') this.#brands = brandsOf(payload);
    if (box.name === 'meta' && this.frames.length === 0) this.#readItems(payload, box.start);
    if (box.name === 'moov' && this.#brands.includes('avis')) {
      this.#movie = new Movie(payload);
      this.#samples = this.#movie.samples();
    }
    return true;
  }

  #readItems(payload: Uint8Array, start: number): void {
    // A file that is a sequence only may have a box for what else there is to say about it.
    if (this.#brands.includes('avis') && !new Boxes(payload.subarray(4)).find('pitm')) return;
    this.#items ??= new Items(payload, start);
  }

  #addSample(samples: ReturnType<Movie['samples']>): boolean {
    const { done, value } = samples.next();
    if (done || !this.#movie) {
      this.#samples = null;
      return true;
    }
    this.countPart();
    const { color, alpha } = value;
    const { width, height } = this.#movie;
    const code: ImagePart['code'] = (file) => ({
      codec: 'av1',
      data: bytesAt([color.range], file),
      alpha: alpha && bytesAt([alpha.range], file),
    });
    const isKey = color.isKey && (alpha?.isKey ?? true);
    this.#sequence.add({ ...stillFrame({ width, height }, code), duration: color.duration, isKey });
    this.#needed.push(Math.max(color.range.end, alpha?.range.end ?? 0));
    return true;
  }

  #markWhole(file: Uint8Array): void {
    for (let index = this.#sequence.whole; (this.#needed[index] ?? Number.POSITIVE_INFINITY) <= file.length; index++) {
      const frame = this.#sequence.at(index);
      if (frame) frame.isWhole = true;
    }
  }

  #readPrimary(file: Uint8Array, items: Items): void {
    const { primary } = items;
    const type = items.typeOf(primary);
    const size = items.sizeOf(primary);
    const alpha = items.alphaOf(primary);
    if (type === 'grid') {
      const tiles = this.#readTiles(file, items, size, alpha);
      if (!tiles) return;
      this.frames.add({ ...stillFrame(size, noCode), tiles });
    } else {
      this.frames.add(stillFrame(size, this.#codeOf(items, primary, alpha)));
    }
    this.#orientation = orientationOf(items);
    const profile = items.profileOf(primary);
    this.profile = profile && readProfile(profile);
    this.#items = null;
  }

  /** Of an item that is coded, and the item of its alpha. */
  #codeOf(items: Items, item: number, alphaItem: number | null): ImagePart['code'] {
    for (const each of alphaItem === null ? [item] : [item, alphaItem]) requireAv1(items.typeOf(each));
    const data = items.rangesOf(item);
    const alpha = alphaItem === null ? null : items.rangesOf(alphaItem);
    this.#ranges.add(data);
    if (alpha) this.#ranges.add(alpha);
    return (file) => ({ codec: 'av1', data: bytesAt(data, file), alpha: alpha && bytesAt(alpha, file) });
  }

  /** The tiles of the primary item, a grid; null where its own bytes aren't here yet. */
  #readTiles(file: Uint8Array, items: Items, size: { width: number; height: number }, alpha: number | null) {
    const gridOf = (item: number): Grid | null => {
      const ranges = items.rangesOf(item);
      return areHere(ranges, file, false) ? readGrid(bytesAt(ranges, file)) : null;
    };
    const grid = gridOf(items.primary);
    const alphaGrid = alpha === null ? grid : items.typeOf(alpha) === 'grid' ? gridOf(alpha) : undefined;
    if (!grid || alphaGrid === null) return null;
    const sources = items.sourcesOf(items.primary);
    const alphas = alpha === null ? null : items.sourcesOf(alpha);
    const [first] = sources;
    const { columns, rows } = grid;
    if (first === undefined || sources.length !== columns * rows) {
      throw new MalformedImage(`The grid of the AVIF image has ${sources.length} tiles, not ${columns} × ${rows}.`);
    }
    if (alphaGrid?.columns !== columns || (alphas && alphas.length !== sources.length)) {
      throw new MalformedImage('The alpha of the AVIF image is cut into other tiles than its colours.');
    }
    const tile = items.sizeOf(first);
    const isCovered = tile.width * columns >= size.width && tile.height * rows >= size.height;
    if (grid.width !== size.width || grid.height !== size.height || !isCovered) {
      throw new MalformedImage('The grid of the AVIF image has another size than the image.');
    }
    return sources.map((item, index): ImagePart => {
      const [x, y] = [(index % columns) * tile.width, Math.floor(index / columns) * tile.height];
      return {
        rect: { ...tile, x, y },
        code: this.#codeOf(items, item, alphas ? (alphas[index] ?? null) : items.alphaOf(item)),
      };
    });
  }
}

/** Of the file type box: the major one, then the compatible ones. */
function brandsOf(payload: Uint8Array): string[] {
  const brands = [fourCharacters(payload, 0)];
  for (let offset = 8; offset + 4 <= Math.min(payload.length, longestType); offset += 4) {
    brands.push(fourCharacters(payload, offset));
  }
  return brands;
}

function noCode(): never {
  throw new MalformedImage('A grid has no code of its own.');
}
