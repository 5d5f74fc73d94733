/** How errors look, on the wire and in the caller's hands, and the one maker of argument errors. */
import type { WireError } from './messages.js';

const longestQuote = 60;

/** A value as an error message may name it: short, and without running any code of the value's. */
function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value.length > longestQuote
        ? `${JSON.stringify(value.slice(0, longestQuote))}… (${value.length} characters)`
        : JSON.stringify(value);
    case 'number':
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'bigint':
      return 'a bigint';
    case 'symbol':
      return 'a symbol';
    case 'function':
      return 'a function';
    default:
      if (value === null || value === undefined) return String(value);
      if (Array.isArray(value)) return `an array of ${value.length}`;
      if (ArrayBuffer.isView(value)) return `a view of ${value.byteLength} bytes`;
      if (value instanceof ArrayBuffer) return `an ArrayBuffer of ${value.byteLength} bytes`;
      return 'an object';
  }
}

/** The sentence that every argument error consists of. */
export function argumentMessage(field: string, expected: string, received: unknown): string {
  return `${field} must be ${expected}, but is ${describeValue(received)}.`;
}

/** The one maker of argument errors: `field` as a path (`config.width`), `expected` to follow "must be". */
export function argumentError(field: string, expected: string, received: unknown): TypeError {
  return new TypeError(argumentMessage(field, expected, received));
}

/** The error that a `WireError` stands for: a TypeError, or a DOMException of its name. */
export function toDomException(error: WireError): DOMException | TypeError {
  return error.name === 'TypeError' ? new TypeError(error.message) : new DOMException(error.message, error.name);
}

/** What DOMException knows as its own; any other error's name would not say anything to the caller. */
const domExceptionNames: ReadonlySet<string> = new Set([
  'AbortError',
  'DataCloneError',
  'DataError',
  'EncodingError',
  'InvalidStateError',
  'NotSupportedError',
  'OperationError',
  'QuotaExceededError',
]);

/** The text of what was thrown, without its causes. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The text of an error with that of its causes: a cause names the call that failed. */
export function messageOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause === undefined || cause === error) return wordsOf(error);
  return `${wordsOf(error)} (${messageOf(cause)})`;
}

/** An error as it crosses a port, where a clone would lose its name. `otherwise` names the ones of no known name. */
export function toWireError(error: unknown, otherwise = 'OperationError'): WireError {
  const message = messageOf(error);
  if (error instanceof TypeError) return { name: 'TypeError', message };
  const known = error instanceof Error && domExceptionNames.has(error.name);
  return { name: known ? error.name : otherwise, message };
}
