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

/** Seconds that a device's clock may be off on average before it is put right. */
const drift = 0.015;
/** Seconds that are no jitter: put right at once. */
const gap = 0.06;
/** How much of the mean a single block changes. */
const weight = 0.05;
/** Seconds of silence at a time. */
const silenceBlock = 0.1;

export class SoundTimeline {
  readonly #sampleRate: number;
  readonly #channels: number;
  #position = 0;
  #error = 0;
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
    if (correction > 0) yield* this.fill(this.#position + correction);
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
      this.#position += length;
      yield { position, planes };
    }
  }

  /** What follows continues at a position: what was placed after it was lost. */
  rewind(position: number): void {
    this.#position = Math.min(this.#position, position);
  }

  /** Samples by which the position is to move. */
  #correction(off: number): number {
    if (!this.#isBegun || Math.abs(off) > gap * this.#sampleRate) {
      this.#isBegun = true;
      this.#error = 0;
      return off;
    }
    this.#error += (off - this.#error) * weight;
    if (Math.abs(this.#error) < drift * this.#sampleRate) return 0;
    const correction = Math.round(this.#error);
    this.#error = 0;
    return correction;
  }
}
