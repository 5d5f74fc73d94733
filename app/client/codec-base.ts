/** The members that all four codec classes share. */
import { abortError, type CodecCore } from './codec.js';
import type { CodecInit, CodecState, WebCodecsErrorCallback } from './types.js';
import { markAsUncloneable } from './uncloneable.js';
import { promised, required, toCallback, toDictionary } from './web-idl.js';

/** Called with the event when it is fired. */
export type DequeueHandler = ((event: Event) => unknown) | null;

/** A codec: its state, its `dequeue` event, and the methods that mean the same for encoders and decoders. */
export abstract class CodecBase<Config> extends EventTarget {
  readonly #core: CodecCore<Config>;
  #ondequeue: DequeueHandler = null;
  #dequeueListener: ((event: Event) => void) | null = null;

  protected constructor(core: CodecCore<Config>) {
    super();
    this.#core = core;
    core.bind(this);
    markAsUncloneable(this);
  }

  get state(): CodecState {
    return this.#core.state;
  }

  /** Handler of `dequeue`, which is fired when the queue size has become smaller. */
  get ondequeue(): DequeueHandler {
    return this.#ondequeue;
  }

  set ondequeue(handler: DequeueHandler) {
    // [LegacyTreatNonObjectAsNull]: any object is kept, and only functions are called.
    this.#ondequeue = typeof handler === 'function' || typeof handler === 'object' ? handler : null;
    // One listener for good, so that the handler keeps its place among the others when it is replaced.
    if (this.#ondequeue && !this.#dequeueListener) {
      this.#dequeueListener = (event) => {
        if (typeof this.#ondequeue === 'function') {
          this.#ondequeue.call(this, event);
        }
      };
      this.addEventListener('dequeue', this.#dequeueListener);
    } else if (!this.#ondequeue && this.#dequeueListener) {
      this.removeEventListener('dequeue', this.#dequeueListener);
      this.#dequeueListener = null;
    }
  }

  /**
   * Resolves when all work so far is done and all its outputs were given out; decoders then want a key chunk. Rejects with an InvalidStateError where
   * the codec isn't configured, with an AbortError on reset() and close(), else with the error that closed the codec.
   */
  flush(): Promise<undefined> {
    return promised(() => {
      this.#core.requireConfigured();
      return this.#core.flush();
    });
  }

  /** Drops all work and the configuration. @throws {DOMException} InvalidStateError where the codec is closed. */
  reset(): void {
    this.#core.reset(abortError('The codec was reset'));
  }

  /** Drops all work and lets go of everything. Final. @throws {DOMException} InvalidStateError where it is closed. */
  close(): void {
    this.#core.close(abortError('The codec was closed'));
  }
}

/** The callbacks of a codec's init. Throws TypeErrors. */
export function readCallbacks<Output extends (...outputs: never[]) => void>(
  init: unknown,
  context: string,
): CodecInit<Output> {
  const dictionary = toDictionary(init, context);
  const error = required(dictionary, context, 'error', toCallback) as WebCodecsErrorCallback;
  const output = required(dictionary, context, 'output', toCallback) as Output;
  return { output, error };
}

/** Members that every codec class shows. */
export const sharedMembers = ['state', 'ondequeue', 'configure', 'flush', 'reset', 'close'] as const;
