import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ExportError } from '../export/index.js';

/**
 * A file that gets its final name only when it is whole. Until then it lies beside it, under a name that no player
 * opens.
 */
export class OutputFile {
  readonly finalPath: string;
  readonly temporaryPath: string;

  /** Throws an ExportError where the folder does not exist. */
  constructor(finalPath: string) {
    const folder = path.dirname(finalPath);
    if (!existsSync(folder)) {
      throw new ExportError(`The folder ${folder} does not exist.`);
    }
    this.finalPath = finalPath;
    this.temporaryPath = path.join(folder, `.${path.basename(finalPath)}.${process.pid}.tmp`);
  }

  static inFolder(folder: string, name: string): OutputFile {
    mkdirSync(folder, { recursive: true });
    return new OutputFile(path.join(folder, name));
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

  discard(): void {
    rmSync(this.temporaryPath, { force: true });
  }
}
