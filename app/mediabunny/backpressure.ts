/** What all four WebCodecs classes share of their queue. */
export interface QueueingCodec {
  readonly state: 'unconfigured' | 'configured' | 'closed';
  addEventListener(type: 'dequeue', listener: () => void): void;
}

/**
 * Lets a custom coder return a promise that settles when its codec's queue has room again. Mediabunny waits for that
 * promise, and so reads and decodes no further than the slowest codec allows.
 */
export class Backpressure {
  readonly #codec: QueueingCodec;
  readonly #queueSize: () => number;
  readonly #limit: number;
  #waiting: (() => void)[] = [];
  #failure: { error: unknown } | null = null;

  /** `limit`: the most units of work that may wait in the codec's queue when `room` resolves. */
  constructor(codec: QueueingCodec, queueSize: () => number, limit: number) {
    this.#codec = codec;
    this.#queueSize = queueSize;
    this.#limit = limit;
    codec.addEventListener('dequeue', () => this.wake());
  }

  /** Rejects with the codec's error where it failed; resolves where it was closed. */
  async room(): Promise<void> {
    while (!this.#failure && this.#codec.state === 'configured' && this.#queueSize() > this.#limit) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
    this.check();
  }

  /** Throws the codec's error where it failed: a closed codec would only say that it is closed. */
  check(): void {
    if (this.#failure) {
      throw this.#failure.error;
    }
  }

  fail(error: unknown): void {
    this.#failure ??= { error };
    this.wake();
  }

  wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) {
      resolve();
    }
  }
}
