/**
 * AVIF still images: the primary AV1 item of an ISO base media file, and its alpha.
 * https://aomediacodec.github.io/av1-avif/ ; the boxes are of ISO/IEC 23008-12 and 14496-12.
 */
import { Boxes, ByteReader, boxAt, mostBoxes } from './image-boxes.js';
import {
  fourCharacters,
  type ImageLayout,
  LayoutReader,
  MalformedImage,
  type Orientation,
  PartCounter,
  type Range,
  stillFrame,
  stillLayout,
  upright,
} from './image-layout.js';

const alphaTypes: ReadonlySet<string> = new Set([
  'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha',
  'urn:mpeg:hevc:2015:auxid:1',
]);
/** Of the construction methods that iloc knows. */
const inFile = 0;
const inItemData = 1;
/** Of a range that ends with the file. */
const toEnd = Number.POSITIVE_INFINITY;

interface Location {
  /** Whether the offsets count from the item data box, else from the file's start. */
  inItemData: boolean;
  extents: { offset: number; length: number }[];
}

interface Property {
  name: string;
  payload: Uint8Array;
}

/** The `meta` box. */
class Items {
  readonly primary: number;
  readonly #types = new Map<number, string>();
  readonly #locations = new Map<number, Location>();
  readonly #properties = new Map<number, Property[]>();
  /** Of auxiliary images, the item that they belong to. */
  readonly #auxiliaries = new Map<number, number>();
  /** The payload of the item data box, in the file. */
  readonly #data: Range;

  /** `start`: where in the file the payload is. */
  constructor(payload: Uint8Array, start: number) {
    const boxes = new Boxes(payload.subarray(4));
    const primary = new ByteReader(boxes.require('pitm'));
    this.primary = primary.version() === 0 ? primary.uint(2) : primary.uint(4);
    const data = boxes.find('idat') ?? payload.subarray(0, 0);
    const dataStart = start + data.byteOffset - payload.byteOffset;
    this.#data = { start: dataStart, end: dataStart + data.length };
    this.#readTypes(boxes.require('iinf'));
    this.#readLocations(new ByteReader(boxes.require('iloc')));
    const properties = new Boxes(boxes.require('iprp'));
    this.#readProperties(new Boxes(properties.require('ipco')).all, new ByteReader(properties.require('ipma')));
    const references = boxes.find('iref');
    if (references) this.#readReferences(references);
  }

  typeOf(item: number): string {
    return this.#types.get(item) ?? 'nothing';
  }

  property(item: number, name: string): Uint8Array | undefined {
    return this.#properties.get(item)?.find((property) => property.name === name)?.payload;
  }

  /** The image that holds the alpha of `item`. */
  alphaOf(item: number): number | null {
    for (const [auxiliary, owner] of this.#auxiliaries) {
      const type = this.property(auxiliary, 'auxC');
      if (owner === item && type && alphaTypes.has(new ByteReader(type.subarray(4)).text())) return auxiliary;
    }
    return null;
  }

  /** Where in the file the item's bytes are. */
  rangesOf(item: number): Range[] {
    const location = this.#locations.get(item);
    if (!location) throw new MalformedImage(`The AVIF image does not say where item ${item} is.`);
    const { start: base, end: limit } = location.inItemData ? this.#data : { start: 0, end: toEnd };
    return location.extents.map(({ offset, length }) => {
      const start = base + offset;
      const end = length === 0 ? limit : start + length;
      if (start > limit || end > limit) {
        throw new MalformedImage(`Item ${item} of the AVIF image lies outside of the item data box.`);
      }
      return { start, end };
    });
  }

  #readTypes(payload: Uint8Array): void {
    const version = new ByteReader(payload).version();
    for (const box of new Boxes(payload.subarray(version === 0 ? 6 : 8)).all) {
      const entry = new ByteReader(box.payload);
      const id = entry.version() < 3 ? entry.uint(2) : entry.uint(4);
      entry.uint(2);
      this.#types.set(id, fourCharacters(box.payload, entry.offset));
    }
  }

  #readLocations(reader: ByteReader): void {
    const version = reader.version();
    const sizes = reader.uint(2);
    const [offsetSize, lengthSize, baseSize] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
    const indexSize = version === 0 ? 0 : sizes & 15;
    const count = reader.uint(version < 2 ? 2 : 4);
    const parts = new PartCounter(mostBoxes);
    for (let index = 0; index < count; index++) {
      const id = reader.uint(version < 2 ? 2 : 4);
      const method = version === 0 ? inFile : reader.uint(2) & 15;
      if (method > inItemData) throw new MalformedImage('An AVIF image built out of other items is not supported.');
      reader.uint(2);
      const base = reader.uint(baseSize);
      const extents: Location['extents'] = [];
      const extentCount = reader.uint(2);
      parts.add(extentCount);
      for (let extent = 0; extent < extentCount; extent++) {
        reader.uint(indexSize);
        const offset = base + reader.uint(offsetSize);
        extents.push({ offset, length: reader.uint(lengthSize) });
      }
      this.#locations.set(id, { inItemData: method === inItemData, extents });
    }
  }

  #readProperties(all: readonly Property[], reader: ByteReader): void {
    const isWide = (reader.flags() & 1) !== 0;
    const isLong = reader.version() > 0;
    const count = reader.uint(4);
    for (let index = 0; index < count; index++) {
      const id = reader.uint(isLong ? 4 : 2);
      const associations = reader.uint(1);
      const properties: Property[] = [];
      for (let association = 0; association < associations; association++) {
        const position = isWide ? reader.uint(2) & 0x7fff : reader.uint(1) & 0x7f;
        const property = all[position - 1];
        if (property) properties.push(property);
      }
      this.#properties.set(id, properties);
    }
  }

  #readReferences(payload: Uint8Array): void {
    const idSize = new ByteReader(payload).version() === 0 ? 2 : 4;
    for (const box of new Boxes(payload.subarray(4)).all) {
      const reader = new ByteReader(box.payload);
      const from = reader.uint(idSize);
      const count = reader.uint(2);
      if (box.name === 'auxl' && count > 0) this.#auxiliaries.set(from, reader.uint(idSize));
    }
  }
}

/** `irot` turns anticlockwise, then `imir` mirrors; there is no flip upside down but by half a turn. */
function orientationOf(items: Items): Orientation {
  const turns = (items.property(items.primary, 'irot')?.[0] ?? 0) & 3;
  const axis = items.property(items.primary, 'imir')?.[0];
  if (turns === 0 && axis === undefined) return upright;
  const upsideDown = axis !== undefined && (axis & 1) === 0;
  const quarters = (4 - turns + (upsideDown ? 2 : 0)) % 4;
  return { rotation: ([0, 90, 180, 270] as const)[quarters] ?? 0, flip: axis !== undefined };
}

/** Where the bytes of a picture are; its alpha's as well. */
interface Picture {
  data: readonly Range[];
  alpha: readonly Range[] | null;
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

export class AvifReader extends LayoutReader {
  #offset = 0;
  #picture: Picture | null = null;
  #orientation: Orientation = upright;

  layout(file: Uint8Array, isComplete: boolean): ImageLayout | null {
    const { last } = this.frames;
    if (last && this.#picture && !last.isWhole) {
      const { data, alpha } = this.#picture;
      last.isWhole = areHere(data, file, isComplete) && areHere(alpha ?? [], file, isComplete);
    }
    return stillLayout(this.frames, this.#orientation);
  }

  /** Reads a box. */
  protected step(file: Uint8Array): boolean {
    if (this.#offset === 0 && file.length >= 8 && fourCharacters(file, 4) !== 'ftyp') {
      throw new MalformedImage('An AVIF image starts with a file type box.');
    }
    const box = boxAt(file, this.#offset);
    if (!box || box.end > file.length) return false;
    this.countPart();
    this.#offset = box.end;
    if (box.name === 'meta' && !this.#picture) this.#readItems(file, box);
    return true;
  }

  #readItems(file: Uint8Array, { start, end }: Range): void {
    const items = new Items(file.subarray(start, end), start);
    const { primary } = items;
    if (items.typeOf(primary) !== 'av01') {
      throw new MalformedImage(
        `The AVIF image is ${items.typeOf(primary)}, not one AV1 picture; that is not supported.`,
      );
    }
    const spatial = items.property(primary, 'ispe');
    if (!spatial) throw new MalformedImage('The AVIF image does not say its size.');
    const reader = new ByteReader(spatial.subarray(4));
    const size = { width: reader.uint(4), height: reader.uint(4) };
    if (size.width === 0 || size.height === 0) throw new MalformedImage('The AVIF image has no pixels.');
    const alphaItem = items.alphaOf(primary);
    const data = items.rangesOf(primary);
    const alpha = alphaItem === null ? null : items.rangesOf(alphaItem);
    this.#picture = { data, alpha };
    this.#orientation = orientationOf(items);
    this.frames.add(
      stillFrame(size, (whole) => ({
        codec: 'av1',
        data: bytesAt(data, whole),
        alpha: alpha && bytesAt(alpha, whole),
      })),
    );
  }
}
