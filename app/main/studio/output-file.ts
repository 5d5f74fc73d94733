/** A file that a page writes, from its first byte to its end, whichever that is. */
import { type FileHandle, lstat, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { FinishedOutput } from '../../protocol/studio.js';

/** Milliseconds from one writing of a recording to the disk to the next. */
const syncInterval = 1000;

/** How a file is handled until it is finished, and what is left of it when it isn't. */
export type OutputKind = 'export' | 'recording';

/** Called before there is a file, with the place where it is written; what it gives is called once the file has ended. */
export type OutputWatch = (kind: OutputKind, placeOfWork: string) => Promise<() => void>;

/** Words for what the file system says. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const reasons: Partial<Record<string, string>> = {
    ENOSPC: 'there is no space left on the disk',
    EDQUOT: 'your share of the disk is used up',
    EFBIG: 'the file system takes no file of that size',
    EACCES: 'you may not write there',
    EPERM: 'you may not write there',
    EROFS: 'nothing can be written there',
    ENOENT: 'its folder is gone',
    ENOTDIR: 'its folder is no folder',
    EISDIR: 'there is a folder of that name',
    EIO: 'the disk reports a fault',
  };
  return reasons[code ?? ''] ?? message;
}

function inWords(error: unknown, name: string): Error {
  return new Error(`${name} could not be written: ${reasonOf(error)}.`, { cause: error });
}

/** The file that a folder's path leads through, where there is one: no folder can be made below it. */
async function obstacleTo(folder: string): Promise<string | null> {
  for (let place = folder; place !== path.dirname(place); place = path.dirname(place)) {
    // A link that leads nowhere is in the way, too.
    const found = await stat(place).catch(() => lstat(place).catch(() => null));
    if (found) return found.isDirectory() ? null : place;
  }
  return null;
}

/** Rejects with an Error in words, which say that `name` can't be in this folder. */
export async function makeFolder(folder: string, name: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    const obstacle = await obstacleTo(folder);
    if (obstacle === null) throw inWords(error, name);
    throw new Error(`${name} could not be written: its folder can't be made, for ${obstacle} is a file.`, {
      cause: error,
    });
  }
}

export class OutputFile {
  readonly #kind: OutputKind;
  /** Where it is to be when it is whole. */
  readonly #path: string;
  /** Where it is written. */
  readonly #placeOfWork: string;
  readonly #handle: FileHandle;
  readonly #timer: NodeJS.Timeout | null;
  readonly #ended: () => void;
  /** Writes under way. */
  readonly #writes = new Set<Promise<unknown>>();
  #finished: FinishedOutput | null = null;
  /** The end that was begun, whatever becomes of it: never rejects. */
  #ending: Promise<unknown> | null = null;
  #isUnfinished = true;
  /** The writing to the disk that is under way. */
  #syncing: Promise<void> | null = null;

  private constructor(kind: OutputKind, target: string, placeOfWork: string, handle: FileHandle, ended: () => void) {
    this.#kind = kind;
    this.#path = target;
    this.#placeOfWork = placeOfWork;
    this.#handle = handle;
    this.#ended = ended;
    this.#timer = kind === 'recording' ? setInterval(() => this.#sync(), syncInterval) : null;
  }

  /** Rejects with an Error in words. For a recording also with one whose cause has the code EEXIST. */
  static async create(kind: OutputKind, target: string, watch: OutputWatch): Promise<OutputFile> {
    const { dir, base } = path.parse(target);
    const placeOfWork = kind === 'recording' ? target : path.join(dir, `.${base}.part`);
    // Said before hours of work rather than after.
    if (kind === 'export' && (await isFolder(target))) {
      throw new Error(`${base} could not be written: there is a folder of that name.`);
    }
    const ended = await watch(kind, placeOfWork);
    try {
      // Left by a program that was killed.
      if (kind === 'export') await rm(placeOfWork, { force: true });
      return new OutputFile(kind, target, placeOfWork, await open(placeOfWork, 'wx'), ended);
    } catch (error) {
      ended();
      throw inWords(error, base);
    }
  }

  get name(): string {
    return path.basename(this.#path);
  }

  get path(): string {
    return this.#path;
  }

  /** Until its end is done: a large file takes seconds to be on the disk. */
  get isUnfinished(): boolean {
    return this.#isUnfinished;
  }

  async write(position: number, data: Uint8Array): Promise<void> {
    this.#requireOpen();
    await this.#during(async () => {
      // A write may take less than it was given.
      for (let done = 0; done < data.byteLength; ) {
        const { bytesWritten } = await this.#handle.write(data, done, data.byteLength - done, position + done);
        done += bytesWritten;
      }
    });
  }

  async finish(): Promise<FinishedOutput> {
    this.#requireOpen();
    return this.#end(async () => {
      const size = await this.#complete();
      if (this.#placeOfWork !== this.#path) await this.#takeName();
      await syncFolder(path.dirname(this.#path));
      this.#finished = { path: this.#path, size };
      return this.#finished;
    });
  }

  /** Does nothing where finishing has failed. */
  async discard(): Promise<void> {
    if (this.#ending) {
      await this.#ending;
      if (this.#finished) this.#requireOpen();
      return;
    }
    await this.#end(async () => {
      await this.#handle.close();
      await rm(this.#placeOfWork, { force: true });
    });
  }

  /** Its page is gone: a recording stays as it is, half an export is of no use. An end that was begun is waited for. */
  async abandon(): Promise<void> {
    if (this.#ending) {
      await this.#ending;
      return;
    }
    await this.#end(async () => {
      if (this.#kind === 'recording') await this.#handle.datasync().catch(() => undefined);
      await this.#leave();
    });
  }

  requireFinished(): FinishedOutput {
    if (this.#finished) return this.#finished;
    throw new Error(`${this.name} is not finished.`);
  }

  async read(start: number, end: number): Promise<Uint8Array> {
    const { path: file, size } = this.requireFinished();
    const from = Math.min(start, size);
    const length = Math.max(0, Math.min(end, size) - from);
    const data = new Uint8Array(length);
    try {
      const handle = await open(file, 'r');
      try {
        let done = 0;
        while (done < length) {
          const { bytesRead } = await handle.read(data, done, length - done, from + done);
          if (bytesRead === 0) break;
          done += bytesRead;
        }
        return data.slice(0, done);
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw new Error(`${this.name} could not be read: ${(error as Error).message}`, { cause: error });
    }
  }

  #requireOpen(): void {
    if (this.#ending) throw new Error(`${this.name} is no longer open for writing.`);
  }

  async #during(work: () => Promise<unknown>): Promise<void> {
    const running = work();
    this.#writes.add(running);
    try {
      await running;
    } catch (error) {
      throw inWords(error, this.name);
    } finally {
      this.#writes.delete(running);
    }
  }

  /** One at a time: a slow disk would be given more and more of them. */
  #sync(): void {
    this.#syncing ??= this.#during(() => this.#handle.datasync())
      // What can't be synced can't be written either, which the page is told.
      .catch(() => undefined)
      .finally(() => {
        this.#syncing = null;
      });
  }

  /** Takes no more writes, and ends the file once those under way are done. */
  #end<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.#timer) clearInterval(this.#timer);
    const end = Promise.allSettled(this.#writes)
      .then(work)
      .finally(() => {
        this.#isUnfinished = false;
        this.#ended();
      });
    this.#ending = end.catch(() => undefined);
    return end;
  }

  /** All of it is on the disk: resolves with its size. */
  async #complete(): Promise<number> {
    try {
      await this.#handle.sync();
      const { size } = await this.#handle.stat();
      await this.#handle.close();
      return size;
    } catch (error) {
      await this.#leave();
      throw inWords(error, this.name);
    }
  }

  /** A whole export is not lost for its name: where it can't have that, it gets another one beside it. */
  async #takeName(): Promise<void> {
    try {
      await rename(this.#placeOfWork, this.#path);
    } catch (error) {
      const { dir, base } = path.parse(this.#path);
      const otherName = `${Date.now()} ${base}`;
      try {
        await rename(this.#placeOfWork, path.join(dir, otherName));
      } catch {
        await this.#leave();
        throw inWords(error, base);
      }
      await syncFolder(dir);
      const message = `${base} could not be given its name: ${reasonOf(error)}. The file is whole, and is called ${otherName}.`;
      throw new Error(message, { cause: error });
    }
  }

  /** Nothing more will be written: what is left is a recording, or nothing. */
  async #leave(): Promise<void> {
    await this.#handle.close().catch(() => undefined);
    if (this.#kind === 'export') await rm(this.#placeOfWork, { force: true }).catch(() => undefined);
  }
}

/** A new name lives in its folder, which is on the disk a moment later. Where that can't be hastened, the file is whole. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close().catch(() => undefined);
}

async function isFolder(target: string): Promise<boolean> {
  return stat(target).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
