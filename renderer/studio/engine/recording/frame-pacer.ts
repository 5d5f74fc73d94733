/** Which of the frames that a source gives go into a recording of fewer frames a second. */
export class FramePacer {
  /** Milliseconds. */
  readonly #interval: number;
  #due = Number.NEGATIVE_INFINITY;

  constructor(fps: number) {
    this.#interval = 1000 / fps;
  }

  /** Whether the frame of this time is wanted. Each is asked for once, in order. */
  takes(time: number): boolean {
    // Cameras are not exact: half an interval early is in time.
    if (time < this.#due - this.#interval / 2) return false;
    const next = this.#due + this.#interval;
    this.#due = next > time - this.#interval / 2 ? next : time + this.#interval;
    return true;
  }
}
