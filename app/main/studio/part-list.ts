/**
 * Where exports are written until they are whole, on the disk: what a killed app has left there is deleted by the next
 * one. Recordings are never in it; they are good up to where they end.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../../protocol/errors.js';
import { list, text } from '../../protocol/readers.js';

const readPaths = list(text(10_000), 1000);

/** Whatever else stands in the list: nothing but such a file is ever deleted. */
function isPart(place: string): boolean {
  return path.isAbsolute(place) && /^\..+\.part$/.test(path.basename(place));
}

export class PartList {
  readonly #file: string;
  readonly #parts = new Set<string>();
  readonly #cleared: Promise<void>;

  /** Deletes what is in the list. No other process may use it at the time: what stands in it is then written by nobody. */
  constructor(file: string) {
    this.#file = file;
    this.#cleared = this.#clear();
  }

  /** To be called before the file is there; resolves when nothing of old is deleted any more. */
  async add(part: string): Promise<void> {
    await this.#cleared;
    this.#parts.add(part);
    this.#write();
  }

  delete(part: string): void {
    this.#parts.delete(part);
    this.#write();
  }

  async #clear(): Promise<void> {
    const left = this.#read().filter(isPart);
    if (left.length === 0) return;
    // What can't be deleted now, an export of the same name writes over.
    await Promise.allSettled(left.map((part) => rm(part, { force: true })));
    this.#write();
  }

  #read(): string[] {
    try {
      return readPaths(JSON.parse(readFileSync(this.#file, 'utf8')), '');
    } catch {
      // The first start, or a file that somebody else has written.
      return [];
    }
  }

  /** An export goes on without: at worst a half file stays. */
  #write(): void {
    try {
      writeFileSync(this.#file, JSON.stringify([...this.#parts]));
    } catch (error) {
      console.warn(`Unfinished exports could not be noted: ${messageOf(error)}`);
    }
  }
}
