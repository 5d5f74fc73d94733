import { writeFileSync } from 'node:fs';
import { encode } from 'fast-png';
import type { VideoSample } from 'mediabunny';

const tileWidth = 320;
const tileHeight = 180;
const gap = 4;
const background = 24;

/** Small pictures in rows, for a look at what an export looks like once it is decoded. */
export class ContactSheet {
  readonly #columns: number;
  readonly #tiles: Uint8Array[] = [];

  constructor(columns: number) {
    this.#columns = columns;
  }

  /** Adds the picture after those that are there already. Scales it in the codec host; the sample stays the caller's. */
  async add(sample: VideoSample): Promise<void> {
    using small = await sample.transform({ width: tileWidth, height: tileHeight, fit: 'contain' });
    const pixels = new Uint8Array(small.allocationSize({ format: 'RGBA' }));
    await small.copyTo(pixels, { format: 'RGBA' });
    this.#tiles.push(pixels);
  }

  write(file: string): void {
    const rows = Math.ceil(this.#tiles.length / this.#columns);
    const width = this.#columns * (tileWidth + gap) + gap;
    const height = rows * (tileHeight + gap) + gap;
    const data = new Uint8Array(width * height * 3).fill(background);
    for (const [index, tile] of this.#tiles.entries()) {
      const left = gap + (index % this.#columns) * (tileWidth + gap);
      const top = gap + Math.floor(index / this.#columns) * (tileHeight + gap);
      for (let y = 0; y < tileHeight; y++) {
        let to = ((top + y) * width + left) * 3;
        let from = y * tileWidth * 4;
        for (let x = 0; x < tileWidth; x++, to += 3, from += 4) {
          data.set(tile.subarray(from, from + 3), to);
        }
      }
    }
    writeFileSync(file, encode({ width, height, data, channels: 3, depth: 8 }));
  }
}
