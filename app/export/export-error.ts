import { wordsOf } from '../protocol/errors.js';

/** A failure that the user can act on: its message is the one sentence that the command prints. */
export class ExportError extends Error {
  override readonly name = 'ExportError';
}

/** The user stopped the command. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor() {
    super('Stopped.');
  }
}

/** One line without a full stop, to be built into a sentence. */
export function phraseOf(error: unknown): string {
  const [first = ''] = wordsOf(error).split('\n');
  return first
    .trim()
    .replace(/[.\s]+$/, '')
    .replace(/\.( \()/g, '$1')
    .replace(/^[A-Z](?=[a-z' ])/, (letter) => letter.toLowerCase());
}
