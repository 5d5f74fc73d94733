/** Reads a track's frames or samples, and lets none of them go unclosed. */

/** Milliseconds in which all that was on its way has come. */
const drainTime = 300;

export class TrackReader<Data extends { close(): void }> {
  readonly #reader: ReadableStreamDefaultReader<Data>;
  #isReading = true;

  constructor(stream: ReadableStream<Data>) {
    this.#reader = stream.getReader();
  }

  /**
   * Hands over what comes, until `take` wants no more, the track ends or `giveUp` is called. Rejects where the stream
   * fails. What comes later is closed.
   */
  async read(take: (data: Data) => boolean): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) return;
        if (!take(value)) break;
      }
    } finally {
      this.#isReading = false;
    }
    void this.#drain().catch(() => undefined);
  }

  /** Nothing more is waited for. */
  giveUp(): void {
    if (this.#isReading) void this.#reader.cancel().catch(() => undefined);
  }

  /** What a track's end is called off with may hold frames that nobody closes; those that come are closed first. */
  async #drain(): Promise<void> {
    setTimeout(() => void this.#reader.cancel().catch(() => undefined), drainTime);
    for (;;) {
      const { value, done } = await this.#reader.read();
      if (done) return;
      value.close();
    }
  }
}
