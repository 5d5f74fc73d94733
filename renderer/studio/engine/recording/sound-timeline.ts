/**
 * Keeps a recording's sound without holes: what a device left out becomes silence, what it gave twice goes, so that a
 * player that counts samples stays with the picture.
 */

/** Sound at its place. */
export interface PlacedSound {
  /** Samples per channel since the recording's start. */
  position: number;
  /** One per channel, all of a length. */
  planes: Float32Array<ArrayBuffer>[];
}

/** Seconds that sound may be off before it is put right. */
const tolerance = 0.03;
/** Seconds that are no delay: put right at once. */
const gap = 0.5;
/** Seconds over which sound has to be late to be off: a busy machine hands blocks over late, and then many at once. */
const watched = 1;
/** Seconds of silence at a time. */
const silenceBlock = 0.1;

export class SoundTimeline {
  readonly #sampleRate: number;
  readonly #channels: number;
  #position = 0;
  #leastOff = Number.POSITIVE_INFINITY;
  #watchedSince = 0;
  #isBegun = false;

  constructor(sampleRate: number, channels: number) {
    this.#sampleRate = sampleRate;
    this.#channels = channels;
  }

  /** Places a block that was captured so many milliseconds into the recording. */
  *place(time: number, planes: Float32Array<ArrayBuffer>[]): Generator<PlacedSound> {
    const length = planes[0]?.length ?? 0;
    const off = Math.round((time / 1000) * this.#sampleRate) - this.#position;
    const correction = this.#correction(off);
    if (correction > 0) {
      const wanted = this.#position + correction;
      yield* this.fill(wanted);
      // Refused: the block's place is not reached.
      if (this.#position < wanted) return;
    }
    const skip = Math.min(length, Math.max(0, -correction));
    if (skip === length) return;
    const kept = skip > 0 ? planes.map((plane) => plane.slice(skip)) : planes;
    const position = this.#position;
    this.#position += length - skip;
    yield { position, planes: kept };
  }

  /** Silence up to a position. */
  *fill(end: number): Generator<PlacedSound> {
    while (this.#position < end) {
      const length = Math.min(end - this.#position, Math.round(silenceBlock * this.#sampleRate));
      const planes = Array.from({ length: this.#channels }, () => new Float32Array(length));
      const position = this.#position;
      const next = position + length;
      this.#position = next;
      yield { position, planes };
      // Refused: it comes back with what is placed next.
      if (this.#position !== next) return;
    }
  }

  /** What was placed after a position is lost; what comes next goes to where it belongs. */
  rewind(position: number): void {
    this.#position = Math.min(this.#position, position);
    this.realign();
  }

  /** What comes next goes to where it belongs, however much that is. */
  realign(): void {
    this.#isBegun = false;
  }

  /** Samples by which the position is to move. `off`: how much later the block is than those before it say. */
  #correction(off: number): number {
    const allowed = tolerance * this.#sampleRate;
    if (!this.#isBegun || off < -allowed || off > gap * this.#sampleRate) {
      this.#isBegun = true;
      this.#watchFrom(off);
      return off;
    }
    this.#leastOff = Math.min(this.#leastOff, off);
    if (this.#position - this.#watchedSince < watched * this.#sampleRate) return 0;
    const correction = this.#leastOff > allowed ? this.#leastOff : 0;
    this.#watchFrom(correction);
    return correction;
  }

  #watchFrom(correction: number): void {
    this.#watchedSince = this.#position + correction;
    this.#leastOff = Number.POSITIVE_INFINITY;
  }
}
