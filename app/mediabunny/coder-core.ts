import type { WebCodecs } from '../client/index.js';

/** What all four WebCodecs classes have in common. */
export interface QueueingCodec {
  readonly state: 'unconfigured' | 'configured' | 'closed';
  addEventListener(type: 'dequeue', listener: () => void): void;
  close(): void;
}

/**
 * What Mediabunny's four kinds of custom coders have in common: backpressure and errors.
 *
 * Mediabunny runs a coder's calls one after the other, and once one of them rejects, it runs none of the later ones, not
 * even close(). So nothing here rejects: what goes wrong is told through `onError`, once, and later calls do nothing.
 */
export class CoderCore<Codec extends QueueingCodec> {
  readonly #codec: Codec;
  readonly #webcodecs: WebCodecs;
  readonly #queueSize: () => number;
  readonly #queueLimit: number;
  readonly #onError: (error: unknown) => void;
  #waiting: (() => void)[] = [];
  #failed = false;

  /** `queueLimit`: the most units of work that may wait in the codec's queue when `work` resolves. */
  constructor(
    codec: Codec,
    webcodecs: WebCodecs,
    queueSize: () => number,
    queueLimit: number,
    onError: (error: unknown) => void,
  ) {
    this.#codec = codec;
    this.#webcodecs = webcodecs;
    this.#queueSize = queueSize;
    this.#queueLimit = queueLimit;
    this.#onError = onError;
    codec.addEventListener('dequeue', () => this.#wake());
  }

  /** Does something with the codec and the classes that it came with, unless it has failed or was closed. Never rejects. */
  async attempt(action: (codec: Codec, webcodecs: WebCodecs) => Promise<void> | void): Promise<void> {
    if (this.#failed || this.#codec.state === 'closed') {
      return;
    }
    try {
      await action(this.#codec, this.#webcodecs);
    } catch (error) {
      this.fail(error);
    }
  }

  /**
   * The same, and then waits until the queue has room again. Mediabunny waits too, and so reads and decodes no further
   * than the slowest codec allows.
   */
  async work(action: (codec: Codec, webcodecs: WebCodecs) => Promise<void> | void): Promise<void> {
    await this.attempt(action);
    while (!this.#failed && this.#codec.state === 'configured' && this.#queueSize() > this.#queueLimit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** For the codec's error callback. */
  fail(error: unknown): void {
    if (!this.#failed) {
      this.#failed = true;
      this.#onError(error);
    }
    this.#wake();
  }

  close(): void {
    if (this.#codec.state !== 'closed') {
      this.#codec.close();
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) {
      resolve();
    }
  }
}
