/** One clock for picture and sound. All moments are milliseconds of performance.now() in the engine. */

/**
 * When a track's media was captured. Each track counts from a moment of its own; what they share is that data can't
 * arrive before it was captured, so the quickest arrival so far tells how the track's clock lies to ours.
 */
export class TrackClock {
  #offset = Number.POSITIVE_INFINITY;

  /** The moment of a timestamp (microseconds) of data that arrived now. */
  momentOf(timestamp: number, now: number): number {
    const time = timestamp / 1000;
    this.#offset = Math.min(this.#offset, now - time);
    return time + this.#offset;
  }
}

/** The recording's own time, which stands still in pauses. */
export class Timeline {
  #start: number | null = null;
  #from = Number.POSITIVE_INFINITY;
  #pausedAt: number | null = null;
  #skipped = 0;
  #end = Number.POSITIVE_INFINITY;

  get isStarted(): boolean {
    return this.#start !== null;
  }

  get isPaused(): boolean {
    return this.#pausedAt !== null;
  }

  start(moment: number): void {
    this.#start = moment;
    this.#from = moment;
  }

  /** Nothing that is captured from this moment on is part of it. */
  end(moment: number): void {
    this.pause(moment);
    this.#end = moment;
  }

  /** Whether what was captured at this moment came after the end. */
  isOver(moment: number): boolean {
    return moment >= this.#end;
  }

  pause(moment: number): void {
    this.#pausedAt ??= moment;
  }

  resume(moment: number): void {
    if (this.#pausedAt === null) return;
    this.#skipped += moment - Math.max(this.#pausedAt, this.#start ?? moment);
    this.#from = moment;
    this.#pausedAt = null;
  }

  /** Milliseconds into the recording; null for what isn't part of it. */
  at(moment: number): number | null {
    const isPart = moment >= this.#from && (this.#pausedAt === null || moment < this.#pausedAt);
    return isPart && this.#start !== null ? moment - this.#start - this.#skipped : null;
  }

  /** Milliseconds that have been recorded. */
  elapsed(now: number): number {
    return this.#start === null ? 0 : Math.max(0, (this.#pausedAt ?? now) - this.#start - this.#skipped);
  }
}
