/** Seconds, as Mediabunny counts. */
export interface Timing {
  timestamp: number;
  duration: number;
}

/** More than any codec holds back; entries above it belong to frames that were dropped. */
const maximumEntries = 512;

/** Codecs count in whole microseconds; this remembers which exact times they stand for, so that none is rounded twice. */
export class TimingLedger {
  readonly #entries = new Map<number, Timing>();

  /** Returns the microseconds that stand for `timestamp` until they are taken. */
  note(timestamp: number, duration: number): number {
    const microseconds = toMicroseconds(timestamp);
    this.#entries.set(microseconds, { timestamp, duration });
    if (this.#entries.size > maximumEntries) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    return microseconds;
  }

  /** The exact times, or, for microseconds that were never noted, what they say themselves. */
  take(microseconds: number, duration: number | null): Timing {
    const entry = this.#entries.get(microseconds);
    this.#entries.delete(microseconds);
    return entry ?? { timestamp: microseconds / 1e6, duration: (duration ?? 0) / 1e6 };
  }

  clear(): void {
    this.#entries.clear();
  }
}

export function toMicroseconds(seconds: number): number {
  return Math.round(seconds * 1e6);
}
