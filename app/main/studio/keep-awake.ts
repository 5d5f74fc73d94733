/** Keeps the computer from sleeping over files that are being written. */
import { powerSaveBlocker } from 'electron/main';
import type { OutputKind } from './output-file.js';

/** Until what it returns is called. A screen that goes dark would be recorded dark. */
export function keepAwake(kind: OutputKind): () => void {
  const blocker = powerSaveBlocker.start(kind === 'recording' ? 'prevent-display-sleep' : 'prevent-app-suspension');
  return () => powerSaveBlocker.stop(blocker);
}
