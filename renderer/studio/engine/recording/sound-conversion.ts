/** Sound of a device that changes in mid-recording, as the recording began: its rate and its channels. */
import { planesOf } from '../sound.js';

export interface SoundFormat {
  sampleRate: number;
  numberOfChannels: number;
}

type Planes = Float32Array<ArrayBuffer>[];

export class SoundConversion {
  readonly #format: SoundFormat;
  /** The rate of the block before, and its last samples. */
  #rate: number;
  #last: number[] = [];
  /** Where the next sample is to be taken, in samples of the next block; negative: between the last one and it. */
  #next = 0;

  constructor(format: SoundFormat) {
    this.#format = format;
    this.#rate = format.sampleRate;
  }

  /** One plane per channel of the recording, all of a length. */
  convert(data: AudioData): Planes {
    const { sampleRate, numberOfChannels } = this.#format;
    const planes =
      numberOfChannels === 1 && data.numberOfChannels > 1
        ? [average(planesOf(data))]
        : planesOf(data, { channels: numberOfChannels });
    if (this.#rate !== data.sampleRate) {
      this.#rate = data.sampleRate;
      this.#last = [];
      this.#next = 0;
    }
    return data.sampleRate === sampleRate ? planes : this.#resampled(planes);
  }

  /** On straight lines from sample to sample, without a seam between blocks. */
  #resampled(planes: Planes): Planes {
    const length = planes[0]?.length ?? 0;
    const step = this.#rate / this.#format.sampleRate;
    const from = this.#next;
    const count = Math.max(0, Math.ceil((length - 1 - from) / step));
    const made = planes.map((plane, channel) =>
      new Float32Array(count).map((_, index) => {
        const place = from + index * step;
        const before = Math.floor(place);
        const first = before < 0 ? (this.#last[channel] ?? 0) : (plane[before] ?? 0);
        return first + ((plane[before + 1] ?? 0) - first) * (place - before);
      }),
    );
    this.#next = from + count * step - length;
    this.#last = planes.map((plane) => plane.at(-1) ?? 0);
    return made;
  }
}

/** In one channel: a voice may be in any of them. */
function average(planes: Planes): Float32Array<ArrayBuffer> {
  return new Float32Array(planes[0]?.length ?? 0).map(
    (_, index) => planes.reduce((sum, plane) => sum + (plane[index] ?? 0), 0) / planes.length,
  );
}
