/** The files that pages have written: what a page may do with them, and what becomes of them when it goes. */
import { access } from 'node:fs/promises';
import path from 'node:path';
import { argumentError, argumentMessage } from '../../protocol/errors.js';
import { type FinishedOutput, largestTransfer, type StudioOutput } from '../../protocol/studio.js';
import { makeFolder, OutputFile, type OutputWatch } from './output-file.js';

/** Unfinished files that a page may have at a time. */
const mostOpen = 8;

/** A document of a page: what it opened is ended with it. */
export interface Owner {
  /** Null once the document is gone. */
  files: Map<number, OutputFile> | null;
  /** Files that are being made. */
  coming: number;
}

function dated(now: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `Recording ${date} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`;
}

export class Outputs {
  #last = 0;
  readonly #owners = new Set<Owner>();
  /** Of documents that are gone, until they have ended. */
  readonly #leftBehind = new Set<OutputFile>();
  /** Files that are being made. */
  readonly #making = new Set<Promise<unknown>>();
  /** Where exports are to be that are being made. */
  readonly #coming = new Set<string>();
  readonly #watch: OutputWatch;

  constructor(watch: OutputWatch = async () => () => undefined) {
    this.#watch = watch;
  }

  /** For a document that has been loaded. */
  addOwner(): Owner {
    const owner: Owner = { files: new Map(), coming: 0 };
    this.#owners.add(owner);
    return owner;
  }

  /** Its document is gone: exports are deleted, recordings are closed as they are. */
  async release(owner: Owner): Promise<void> {
    this.#owners.delete(owner);
    const files = [...(owner.files?.values() ?? [])];
    owner.files = null;
    for (const file of files) this.#leftBehind.add(file);
    await Promise.allSettled(files.map((file) => file.abandon()));
    for (const file of files) this.#leftBehind.delete(file);
  }

  /** Ends everything, as for documents that are gone. Resolves when that is done. */
  async close(): Promise<void> {
    for (const owner of [...this.#owners]) void this.release(owner);
    const endings = [...this.#leftBehind].map((file) => file.abandon());
    // What is being made finds its document gone, and is discarded.
    await Promise.allSettled([...endings, ...this.#making]);
  }

  /** Names of the files that a document has not finished. */
  unfinished(owner: Owner): string[] {
    return this.#unfinishedFiles(owner).map((file) => file.name);
  }

  async createExport(owner: Owner, target: string): Promise<StudioOutput> {
    const unfinished = [...this.#owners].flatMap((other) => this.#unfinishedFiles(other));
    // One whose document is gone may still be on its way to the disk.
    const isWritten = [...unfinished, ...this.#leftBehind].some((file) => file.isUnfinished && file.path === target);
    if (isWritten || this.#coming.has(target)) throw new Error(`${path.basename(target)} is being written already.`);
    this.#coming.add(target);
    try {
      return await this.#add(owner, () => OutputFile.create('export', target, this.#watch));
    } finally {
      this.#coming.delete(target);
    }
  }

  async createRecording(owner: Owner, folder: string, extension: string, now = new Date()): Promise<StudioOutput> {
    return this.#add(owner, async () => {
      await makeFolder(folder, `${dated(now)}.${extension}`);
      for (let count = 1; ; count++) {
        const name = `${dated(now)}${count > 1 ? ` (${count})` : ''}.${extension}`;
        try {
          return await OutputFile.create('recording', path.join(folder, name), this.#watch);
        } catch (error) {
          const { code } = ((error as Error).cause ?? {}) as NodeJS.ErrnoException;
          if (code !== 'EEXIST') throw error;
        }
      }
    });
  }

  async write(owner: Owner, output: number, position: number, data: Uint8Array): Promise<void> {
    if (data.byteLength > largestTransfer) {
      throw argumentError('bytes', `at most ${largestTransfer} bytes at a time`, data);
    }
    await this.file(owner, output).write(position, data);
  }

  async finish(owner: Owner, output: number): Promise<FinishedOutput> {
    return this.file(owner, output).finish();
  }

  async discard(owner: Owner, output: number): Promise<void> {
    await this.file(owner, output).discard();
    owner.files?.delete(output);
  }

  async read(owner: Owner, output: number, start: number, end: number): Promise<Uint8Array> {
    if (end < start || end - start > largestTransfer) {
      throw argumentError('end', `from start to start + ${largestTransfer}`, end);
    }
    return this.file(owner, output).read(start, end);
  }

  /** Throws an Error for what is none of this document's. */
  file(owner: Owner, output: number): OutputFile {
    const file = owner.files?.get(output);
    if (!file) throw new Error(argumentMessage('output', 'a file of this page', output));
    return file;
  }

  #unfinishedFiles(owner: Owner): OutputFile[] {
    return [...(owner.files?.values() ?? [])].filter((file) => file.isUnfinished);
  }

  async #add(owner: Owner, create: () => Promise<OutputFile>): Promise<StudioOutput> {
    if (this.#unfinishedFiles(owner).length + owner.coming >= mostOpen) {
      throw new Error(`A page may write ${mostOpen} files at a time: finish or discard one first.`);
    }
    const making = this.#make(owner, create);
    this.#making.add(making);
    try {
      return await making;
    } finally {
      this.#making.delete(making);
    }
  }

  async #make(owner: Owner, create: () => Promise<OutputFile>): Promise<StudioOutput> {
    owner.coming += 1;
    const file = await create().finally(() => {
      owner.coming -= 1;
    });
    if (!owner.files) {
      // The document went away while the file was made.
      await file.discard();
      throw new Error('The page is gone.');
    }
    this.#last += 1;
    owner.files.set(this.#last, file);
    return { output: this.#last, name: file.name, path: file.path };
  }
}

/** Whether there is something of that name. */
export async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
