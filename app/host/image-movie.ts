/** The image sequence of an AVIF file: its `moov` box, ISO/IEC 14496-12, as https://aomediacodec.github.io/av1-avif/ has it. */
import { Boxes, ByteReader, iccProfileIn, requireAv1 } from './image-boxes.js';
import { fourCharacters, MalformedImage, mostParts, PartCounter, type Range } from './image-layout.js';

/** Of a VisualSampleEntry: where its size is, and where its boxes begin. */
const entrySize = 24;
const entryBoxes = 78;

export interface Sample {
  range: Range;
  /** Whether it leans on none before it. */
  isKey: boolean;
  /** Microseconds. */
  duration: number;
}

/** A table whose entries are counted first; each of them is here, since it is read. */
function readTable<Entry>(reader: ByteReader, read: () => Entry): Entry[] {
  const count = reader.uint(4);
  new PartCounter().add(count);
  return Array.from({ length: count }, read);
}

/** A full box's payload, behind its version and flags. */
const behindFlags = (payload: Uint8Array) => new ByteReader(payload.subarray(4));

/** Bytes that a full box has for each of its times; leaves the reader behind version and flags. */
const timeSizeOf = (reader: ByteReader) => (reader.version() === 0 ? 4 : 8);

/** The header of a track or of its media, behind the times of its making and its last change. */
function openHeader(payload: Uint8Array): { header: ByteReader; timeSize: number } {
  const header = new ByteReader(payload);
  const timeSize = timeSizeOf(header);
  header.uint(timeSize);
  header.uint(timeSize);
  return { header, timeSize };
}

/** The sample table: where samples are, how long they last, which are key ones. */
class SampleTable {
  readonly count: number;
  readonly #sizeOf: (index: number) => number;
  readonly #durations: { count: number; delta: number }[];
  /** null: all are. */
  readonly #keys: ReadonlySet<number> | null;
  readonly #runs: { firstChunk: number; samples: number }[];
  readonly #chunks: number[];

  constructor(boxes: Boxes) {
    const open = (name: string) => behindFlags(boxes.require(name));
    const sizes = open('stsz');
    const common = sizes.uint(4);
    if (common > 0) {
      this.count = sizes.uint(4);
      this.#sizeOf = () => common;
    } else {
      const all = readTable(sizes, () => sizes.uint(4));
      this.count = all.length;
      this.#sizeOf = (index) => all[index] ?? 0;
    }
    if (this.count > mostParts) throw new MalformedImage(`The image has more than ${mostParts} parts.`);
    const times = open('stts');
    this.#durations = readTable(times, () => ({ count: times.uint(4), delta: times.uint(4) }));
    const keys = boxes.find('stss') ? open('stss') : null;
    this.#keys = keys && new Set(readTable(keys, () => keys.uint(4)));
    const runs = open('stsc');
    this.#runs = readTable(runs, () => {
      const run = { firstChunk: runs.uint(4), samples: runs.uint(4) };
      runs.uint(4);
      return run;
    });
    const offsetSize = boxes.find('stco') ? 4 : 8;
    const offsets = open(offsetSize === 4 ? 'stco' : 'co64');
    this.#chunks = readTable(offsets, () => offsets.uint(offsetSize));
  }

  /** In the order of decoding, which is that of display. `timescale`: ticks of a second. */
  *samples(timescale: number): Generator<Sample> {
    const deltas = this.#deltas();
    const microseconds = (ticks: number) => Math.round((ticks * 1e6) / timescale);
    let index = 0;
    let begin = 0;
    for (const [chunk, offset] of this.#chunks.entries()) {
      let start = offset;
      for (let left = this.#samplesIn(chunk); left > 0 && index < this.count; left--) {
        const end = start + this.#sizeOf(index);
        const after = begin + (deltas.next().value ?? 0);
        const isKey = this.#keys?.has(index + 1) ?? true;
        yield { range: { start, end }, isKey, duration: microseconds(after) - microseconds(begin) };
        [start, begin, index] = [end, after, index + 1];
      }
    }
    if (index < this.count) throw new MalformedImage('The AVIF image does not say where all of its samples are.');
  }

  #samplesIn(chunk: number): number {
    // Chunks are asked for in order.
    while ((this.#runs[1]?.firstChunk ?? Number.POSITIVE_INFINITY) <= chunk + 1) this.#runs.shift();
    return this.#runs[0]?.samples ?? 0;
  }

  *#deltas(): Generator<number> {
    for (const { count, delta } of this.#durations) {
      for (let left = Math.min(count, this.count); left > 0; left--) yield delta;
    }
  }
}

class Track {
  readonly id: number;
  readonly handler: string;
  /** Of the movie's time; null: for ever. */
  readonly duration: number | null;
  readonly table: Boxes;
  readonly timescale: number;
  /** The one description that all samples share. */
  readonly entry: { type: string; payload: Uint8Array };
  /** Of the track whose alpha it is. */
  readonly alphaOf: number | null;
  readonly #boxes: Boxes;

  constructor(payload: Uint8Array) {
    this.#boxes = new Boxes(payload);
    const { header, timeSize } = openHeader(this.#boxes.require('tkhd'));
    this.id = header.uint(4);
    header.uint(4);
    const duration = header.uint(timeSize);
    this.duration = duration >= 2 ** (8 * timeSize) - 1 ? null : duration;
    const media = new Boxes(this.#boxes.require('mdia'));
    this.handler = fourCharacters(media.require('hdlr'), 8);
    this.timescale = openHeader(media.require('mdhd')).header.uint(4);
    if (this.timescale === 0) throw new MalformedImage('The AVIF image has a second of no ticks.');
    this.table = new Boxes(new Boxes(media.require('minf')).require('stbl'));
    const [first] = new Boxes(this.table.require('stsd').subarray(8)).all;
    if (!first) throw new MalformedImage('The AVIF image does not say what its samples are.');
    this.entry = { type: first.name, payload: first.payload };
    const references = this.#boxes.find('tref');
    const alpha = references && new Boxes(references).find('auxl');
    this.alphaOf = alpha ? new ByteReader(alpha).uint(4) : null;
  }

  get size(): { width: number; height: number } {
    return new ByteReader(this.entry.payload.subarray(entrySize)).pictureSize(2);
  }

  /** The ICC profile of its colours. */
  get profile(): Uint8Array | null {
    return iccProfileIn(new Boxes(this.entry.payload.subarray(entryBoxes)).all);
  }

  /** How often it starts again: a repeating edit goes on for as long as the track. Without a word it goes on for ever. */
  get repetitions(): number {
    const edits = this.#boxes.find('edts');
    const list = edits && new Boxes(edits).find('elst');
    if (!list) return Number.POSITIVE_INFINITY;
    const reader = new ByteReader(list);
    if ((reader.flags() & 1) === 0) return 0;
    const timeSize = timeSizeOf(reader);
    reader.uint(4);
    const once = reader.uint(timeSize);
    if (this.duration === null || once === 0) return Number.POSITIVE_INFINITY;
    return Math.max(Math.ceil(this.duration / once) - 1, 0);
  }
}

/** The first track of pictures in a `moov` box, and its alpha. */
export class Movie {
  readonly width: number;
  readonly height: number;
  readonly repetitions: number;
  readonly profile: Uint8Array | null;
  readonly #color: Track;
  readonly #alpha: Track | null;

  constructor(payload: Uint8Array) {
    const tracks = new Boxes(payload).all.filter(({ name }) => name === 'trak').map((box) => new Track(box.payload));
    const color = tracks.find(({ handler, alphaOf }) => handler === 'pict' && alphaOf === null);
    if (!color) throw new MalformedImage('The AVIF image has no track of pictures.');
    const alpha = tracks.find(({ alphaOf }) => alphaOf === color.id) ?? null;
    for (const { entry } of alpha ? [color, alpha] : [color]) requireAv1(entry.type);
    this.#color = color;
    this.#alpha = alpha;
    ({ width: this.width, height: this.height } = color.size);
    this.repetitions = color.repetitions;
    this.profile = color.profile;
  }

  /** One by one: there may be many. */
  *samples(): Generator<{ color: Sample; alpha: Sample | null }> {
    const alphas = this.#alpha && new SampleTable(this.#alpha.table).samples(this.#alpha.timescale);
    for (const color of new SampleTable(this.#color.table).samples(this.#color.timescale)) {
      const alpha = alphas?.next().value ?? null;
      if (alphas && !alpha) throw new MalformedImage('The AVIF image has fewer pictures of alpha than of colours.');
      yield { color, alpha };
    }
  }
}
