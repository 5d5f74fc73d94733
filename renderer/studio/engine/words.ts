/** Errors as the page is told of them. */
import type { EngineError } from './messages.js';

export function abortError(message = 'Stopped.'): DOMException {
  return new DOMException(message, 'AbortError');
}

/** As plain data: what is thrown loses its name on the way between threads. */
export function toEngineError(error: unknown): EngineError {
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'Error', message: String(error) };
}
