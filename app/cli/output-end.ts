/** The endings of an export that does not come to its own. */

import path from 'node:path';
import type { Output } from 'mediabunny';
import { ExportError, phraseOf } from '../export/index.js';
import type { OutputFile } from './output-file.js';

/** Milliseconds; Ctrl-C has to act within a second, on a busy machine too. */
const finishingDeadline = 500;
const cancellingDeadline = 200;

/** What to say where the system refused to write; null for any other error. */
export function writingFailure(error: unknown, output: string): ExportError | null {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string' && code.startsWith('E')
    ? new ExportError(`${path.basename(output)} could not be written: ${phraseOf(error)}.`, { cause: error })
    : null;
}

/** Finishes the container around what has arrived; null where there is nothing to keep. */
export async function finishPartial(output: Output, file: OutputFile, signal: AbortSignal): Promise<string | null> {
  try {
    if (output.state === 'started') {
      await withDeadline(output.finalize(), signal.aborted ? finishingDeadline : null);
    }
    return output.state === 'finalized' ? file.keepPartial() : null;
  } catch {
    return null;
  }
}

/** Takes back what was written. */
export async function discardOutput(output: Output, file: OutputFile): Promise<void> {
  try {
    if (output.state === 'pending' || output.state === 'started') {
      await withDeadline(output.cancel(), cancellingDeadline);
    }
  } catch {
    // What is wrong has been told already; here only the file has to go.
  }
  file.discard();
}

async function withDeadline(work: Promise<unknown>, milliseconds: number | null): Promise<void> {
  if (milliseconds === null) {
    await work;
    return;
  }
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('too late')), milliseconds);
  });
  work.catch(() => {});
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
