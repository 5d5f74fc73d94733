/** Counts messages: as many may come at once as are allowed in a second, and after that as fast as they are allowed. */
export class MessageRate {
  readonly #perSecond: number;
  #left: number;
  #since: number | null = null;

  constructor(perSecond: number) {
    this.#perSecond = perSecond;
    this.#left = perSecond;
  }

  /** Whether one more may come now, in milliseconds of a monotonic clock. */
  allows(now: number): boolean {
    const gained = ((now - (this.#since ?? now)) / 1000) * this.#perSecond;
    this.#since = now;
    this.#left = Math.min(this.#perSecond, this.#left + gained);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
