/**
 * The smallest shape of a message port that both ends are written against, and what its adapters share.
 * What each kind of port can carry is in the adapters' comments; a port says itself whether it can transfer buffers.
 */
import { wordsOf } from './errors.js';

export interface Port {
  /**
   * Whether a transfer list of ArrayBuffers is honoured. Where it isn't, one is refused with a TypeError, because the
   * platform would throw or silently deliver `null`.
   */
  readonly canTransfer: boolean;
  /** Throws a DataCloneError where the message can't be cloned; silent after close. */
  postMessage(message: unknown, transfer?: ArrayBuffer[]): void;
  /**
   * As postMessage, for a message that is the receiver's from now on: its sender keeps nothing of it but bytes that
   * nobody ever writes to or transfers. Between two ends in one thread there is nothing left to clone then.
   */
  handOver(message: unknown, transfer?: ArrayBuffer[]): void;
  /** One listener; messages wait until it is set. */
  onMessage(listener: (message: unknown) => void): void;
  /**
   * Called once when the other side is gone or close() was called, with the reason where there is one. Never from
   * within close(), and never before the messages that came earlier, unless these still wait for a listener.
   */
  onClose(listener: (reason?: string) => void): void;
  /** While referenced, the port keeps the event loop alive. Ports start unreferenced. */
  ref(): void;
  unref(): void;
  /** Messages posted before are still delivered. Idempotent. */
  close(): void;
}

/** The listeners, the waiting and the ending that all adapters have in common; a subclass moves the bytes. */
export abstract class BasePort implements Port {
  readonly canTransfer: boolean;
  #listener: ((message: unknown) => void) | undefined;
  #closeListener: ((reason?: string) => void) | undefined;
  #waiting: unknown[] = [];
  #ended: { reason: string | undefined; told: boolean } | undefined;
  #closed = false;

  protected constructor(canTransfer: boolean) {
    this.canTransfer = canTransfer;
  }

  abstract ref(): void;
  abstract unref(): void;
  /** Hands a message to the platform. The transfer list is empty where the port can't transfer. */
  protected abstract send(message: unknown, transfer: ArrayBuffer[]): void;
  /** Closes the platform's port. Called at most once. */
  protected abstract shut(): void;

  postMessage(message: unknown, transfer: ArrayBuffer[] = []): void {
    if (transfer.length > 0 && !this.canTransfer) {
      throw new TypeError('This port would lose transferred buffers: it can only clone.');
    }
    if (!this.#closed && !this.#ended) this.send(message, transfer);
  }

  handOver(message: unknown, transfer: ArrayBuffer[] = []): void {
    this.postMessage(message, transfer);
  }

  onMessage(listener: (message: unknown) => void): void {
    this.#listener = listener;
    for (const message of this.#waiting.splice(0)) this.#tell(message);
  }

  onClose(listener: (reason?: string) => void): void {
    this.#closeListener = listener;
    this.#tellEnd();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#waiting = [];
    if (!this.#ended) this.shut();
    this.end(undefined);
  }

  /** A message has arrived. */
  protected deliver(message: unknown): void {
    if (this.#ended) return;
    if (this.#listener) this.#tell(message);
    else this.#waiting.push(message);
  }

  /** The other side is gone. Only the first call counts. */
  protected end(reason: string | undefined): void {
    if (this.#ended) return;
    this.#ended = { reason, told: false };
    this.#tellEnd();
  }

  #tell(message: unknown): void {
    if (!this.#closed) this.#listener?.(message);
  }

  #tellEnd(): void {
    const ended = this.#ended;
    const listener = this.#closeListener;
    if (!ended || ended.told || !listener) return;
    ended.told = true;
    queueMicrotask(() => listener(ended.reason));
  }
}

/** As a clone failure reads on every platform. */
export function cloneError(cause: unknown): DOMException {
  return new DOMException(wordsOf(cause), 'DataCloneError');
}
