/** The files that pages have written: what a page may do with them, and what becomes of them when it goes. */
import { access, type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { argumentError, argumentMessage } from '../../protocol/errors.js';
import { type FinishedOutput, largestTransfer, type StudioOutput } from '../../protocol/studio.js';

/** Unfinished files that a page may have at a time. */
const mostOpen = 8;
/** Milliseconds from one writing of a recording to the disk to the next. */
const syncInterval = 1000;

/** A document of a page: what it opened is ended with it. */
export interface Owner {
  /** Null once the document is gone. */
  files: Map<number, OutputFile> | null;
  /** Files that are being made. */
  coming: number;
}

/** How a file is handled until it is finished, and what is left of it when it isn't. */
type Kind = 'export' | 'recording';

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

class OutputFile {
  readonly #kind: Kind;
  /** Where it is to be when it is whole. */
  readonly #path: string;
  /** Where it is written. */
  readonly #placeOfWork: string;
  readonly #handle: FileHandle;
  readonly #timer: NodeJS.Timeout | null;
  /** Writes under way. */
  readonly #writes = new Set<Promise<unknown>>();
  #finished: FinishedOutput | null = null;
  /** The end that was begun, whatever becomes of it: never rejects. */
  #ending: Promise<unknown> | null = null;
  #isUnfinished = true;
  /** The writing to the disk that is under way. */
  #syncing: Promise<void> | null = null;

  private constructor(kind: Kind, target: string, placeOfWork: string, handle: FileHandle) {
    this.#kind = kind;
    this.#path = target;
    this.#placeOfWork = placeOfWork;
    this.#handle = handle;
    this.#timer = kind === 'recording' ? setInterval(() => this.#sync(), syncInterval) : null;
  }

  /** Rejects with an Error in words. For a recording also with one whose cause has the code EEXIST. */
  static async create(kind: Kind, target: string): Promise<OutputFile> {
    const { dir, base } = path.parse(target);
    const placeOfWork = kind === 'recording' ? target : path.join(dir, `.${base}.part`);
    // Said before hours of work rather than after.
    if (kind === 'export' && (await isFolder(target))) {
      throw new Error(`${base} could not be written: there is a folder of that name.`);
    }
    try {
      // Left by a program that was killed.
      if (kind === 'export') await rm(placeOfWork, { force: true });
      return new OutputFile(kind, target, placeOfWork, await open(placeOfWork, 'wx'));
    } catch (error) {
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
      return await this.#add(owner, () => OutputFile.create('export', target));
    } finally {
      this.#coming.delete(target);
    }
  }

  async createRecording(owner: Owner, folder: string, extension: string, now = new Date()): Promise<StudioOutput> {
    return this.#add(owner, async () => {
      await mkdir(folder, { recursive: true }).catch((error: unknown) => {
        throw inWords(error, `${dated(now)}.${extension}`);
      });
      for (let count = 1; ; count++) {
        const name = `${dated(now)}${count > 1 ? ` (${count})` : ''}.${extension}`;
        try {
          return await OutputFile.create('recording', path.join(folder, name));
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
