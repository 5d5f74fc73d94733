/** The items of an image file and what is said about them: the `meta` box of ISO/IEC 23008-12 and 14496-12. */
import { type Box, Boxes, ByteReader, iccProfileIn, mostBoxes } from './image-boxes.js';
import { fourCharacters, MalformedImage, PartCounter, type Range } from './image-layout.js';

const alphaTypes: ReadonlySet<string> = new Set([
  'urn:mpeg:mpegB:cicp:systems:auxiliary:alpha',
  'urn:mpeg:hevc:2015:auxid:1',
]);
/** Of the construction methods that iloc knows. */
const inFile = 0;
const inItemData = 1;
/** The end of a range that ends with the file. */
export const toEnd = Number.POSITIVE_INFINITY;

interface Location {
  /** Whether the offsets count from the item data box, else from the file's start. */
  inItemData: boolean;
  extents: { offset: number; length: number }[];
}

/** The `meta` box. */
export class Items {
  readonly primary: number;
  readonly #types = new Map<number, string>();
  readonly #locations = new Map<number, Location>();
  readonly #properties = new Map<number, Box[]>();
  /** Of items, the image that holds their alpha. */
  readonly #alphas = new Map<number, number>();
  /** As found so far: many tiles may be one item. */
  readonly #ranges = new Map<number, readonly Range[]>();
  /** Of images put together from others, those, in order. */
  readonly #sources = new Map<number, number[]>();
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
    // A copy: the file's buffer is left behind where the file grows.
    const ownBoxes = new Boxes(properties.require('ipco').slice()).all;
    this.#readProperties(ownBoxes, new ByteReader(properties.require('ipma')));
    const references = boxes.find('iref');
    if (references) this.#readReferences(references);
  }

  typeOf(item: number): string {
    return this.#types.get(item) ?? 'nothing';
  }

  property(item: number, name: string): Uint8Array | undefined {
    return this.#properties.get(item)?.find((property) => property.name === name)?.payload;
  }

  /** The ICC profile of its colours. */
  profileOf(item: number): Uint8Array | null {
    return iccProfileIn(this.#properties.get(item) ?? []);
  }

  /** The images that `item` is put together from. */
  sourcesOf(item: number): readonly number[] {
    return this.#sources.get(item) ?? [];
  }

  /** As the item declares it. */
  sizeOf(item: number): { width: number; height: number } {
    const spatial = this.property(item, 'ispe');
    if (!spatial) throw new MalformedImage('The AVIF image does not say its size.');
    return new ByteReader(spatial.subarray(4)).pictureSize(4);
  }

  /** The image that holds the alpha of `item`. */
  alphaOf(item: number): number | null {
    return this.#alphas.get(item) ?? null;
  }

  /** Where in the file the item's bytes are. */
  rangesOf(item: number): readonly Range[] {
    const known = this.#ranges.get(item);
    if (known) return known;
    const ranges = this.#locate(item);
    this.#ranges.set(item, ranges);
    return ranges;
  }

  #locate(item: number): Range[] {
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
      parts.add(1 + extentCount);
      for (let extent = 0; extent < extentCount; extent++) {
        reader.uint(indexSize);
        const offset = base + reader.uint(offsetSize);
        extents.push({ offset, length: reader.uint(lengthSize) });
      }
      this.#locations.set(id, { inItemData: method === inItemData, extents });
    }
  }

  #readProperties(all: readonly Box[], reader: ByteReader): void {
    const isWide = (reader.flags() & 1) !== 0;
    const isLong = reader.version() > 0;
    const count = reader.uint(4);
    const parts = new PartCounter(4 * mostBoxes);
    for (let index = 0; index < count; index++) {
      const id = reader.uint(isLong ? 4 : 2);
      const associations = reader.uint(1);
      parts.add(1 + associations);
      const properties: Box[] = [];
      for (let association = 0; association < associations; association++) {
        const position = isWide ? reader.uint(2) & 0x7fff : reader.uint(1) & 0x7f;
        const property = all[position - 1];
        if (property) properties.push(property);
      }
      this.#properties.set(id, properties);
    }
  }

  /** Whether an auxiliary image is one of alpha. The properties are to be known. */
  #isAlpha(item: number): boolean {
    const type = this.property(item, 'auxC');
    return type !== undefined && alphaTypes.has(new ByteReader(type.subarray(4)).text());
  }

  #readReferences(payload: Uint8Array): void {
    const idSize = new ByteReader(payload).version() === 0 ? 2 : 4;
    const parts = new PartCounter(mostBoxes);
    for (const box of new Boxes(payload.subarray(4)).all) {
      const reader = new ByteReader(box.payload);
      const from = reader.uint(idSize);
      const count = reader.uint(2);
      parts.add(count);
      if (box.name === 'auxl' && count > 0 && this.#isAlpha(from)) {
        const owner = reader.uint(idSize);
        if (!this.#alphas.has(owner)) this.#alphas.set(owner, from);
      }
      if (box.name === 'dimg')
        this.#sources.set(
          from,
          Array.from({ length: count }, () => reader.uint(idSize)),
        );
    }
  }
}
