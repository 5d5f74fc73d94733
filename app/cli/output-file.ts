import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import path from 'node:path';
import { StreamTarget, type StreamTargetChunk } from 'mediabunny';
import { ExportError } from '../export/index.js';

function isFolder(file: string): boolean {
  return existsSync(file) && statSync(file).isDirectory();
}

/** Under whatever names. */
function isSameFile(one: string, other: string): boolean {
  if (!existsSync(one) || !existsSync(other)) {
    return false;
  }
  const [first, second] = [statSync(one, { bigint: true }), statSync(other, { bigint: true })];
  return first.dev === second.dev && first.ino === second.ino;
}

/**
 * A file that gets its final name only when it is whole. Until then it lies beside it, under a name that no player
 * opens.
 */
export class OutputFile {
  readonly finalPath: string;
  readonly temporaryPath: string;

  /** Throws an ExportError where there can be no such file, and where it would take the place of its own source. */
  constructor(finalPath: string, source?: string) {
    const folder = path.dirname(finalPath);
    if (!isFolder(folder)) {
      throw new ExportError(`The folder ${folder} does not exist.`);
    }
    if (isFolder(finalPath)) {
      throw new ExportError(`${finalPath} is a folder.`);
    }
    if (source !== undefined && isSameFile(source, finalPath)) {
      throw new ExportError(`${finalPath} is the input itself; give the output another name.`);
    }
    this.finalPath = finalPath;
    this.temporaryPath = path.join(folder, `.${path.basename(finalPath)}.${process.pid}.tmp`);
  }

  static inFolder(folder: string, name: string): OutputFile {
    mkdirSync(folder, { recursive: true });
    return new OutputFile(path.join(folder, name));
  }

  /**
   * Where an Output writes to. Each piece is written whole or fails: on a full disk a write takes a part of it and says
   * so only in its result, which Mediabunny's FilePathTarget doesn't read.
   */
  target(): StreamTarget {
    let file: FileHandle;
    const writable = new WritableStream<StreamTargetChunk>({
      start: async () => {
        file = await open(this.temporaryPath, 'w');
      },
      write: async ({ data, position }) => {
        for (let done = 0; done < data.byteLength; ) {
          done += (await file.write(data, done, data.byteLength - done, position + done)).bytesWritten;
        }
      },
      close: () => file.close(),
    });
    return new StreamTarget(writable, { chunked: true });
  }

  commit(): void {
    renameSync(this.temporaryPath, this.finalPath);
  }

  /** Keeps what there is as `name.partial.ext`, and returns that path. */
  keepPartial(): string {
    const { dir, name, ext } = path.parse(this.finalPath);
    const partialPath = path.join(dir, `${name}.partial${ext}`);
    renameSync(this.temporaryPath, partialPath);
    return partialPath;
  }

  /** Never throws: what it is discarded for is the error to be told. */
  discard(): void {
    try {
      rmSync(this.temporaryPath, { force: true });
    } catch {
      // Where it can't be removed it could hardly be made.
    }
  }
}
