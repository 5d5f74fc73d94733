/** Where the preview gets its pictures: of a video track or of an image, as samples whose pixels stay in the host. */
import { EncodedPacketSink, type InputVideoTrack, type VideoSample, VideoSampleSink } from 'mediabunny';

/** Pictures in the order in which they are shown. Whoever takes a sample closes it. */
export interface PictureStream {
  next(): Promise<VideoSample | null>;
  /** Final; a waiting `next` resolves with null. */
  close(): void;
}

export interface Pictures {
  /** From the picture that is seen at a time on; from the first one where that time is before it. */
  from(time: number): PictureStream;
  /** When the picture before this one is shown; null where it is the first. */
  timeBefore(time: number): Promise<number | null>;
  /** For some times in ascending order, each with a picture near it that is cheap to get. */
  some(times: readonly number[]): AsyncGenerator<VideoSample | null, void, unknown>;
}

/** Times of files are fractions that don't survive arithmetic. */
const rounding = 1e-6;

/** Seconds of a video up to which thumbnails are exact; beyond, key frames are near enough. */
const exactUpTo = 40;

export class TrackPictures implements Pictures {
  readonly #track: InputVideoTrack;
  readonly #sink: VideoSampleSink;
  readonly #packets: EncodedPacketSink;
  readonly #first: number;

  constructor(track: InputVideoTrack, firstTimestamp: number) {
    this.#track = track;
    this.#sink = new VideoSampleSink(track);
    this.#packets = new EncodedPacketSink(track);
    this.#first = firstTimestamp;
  }

  from(time: number): PictureStream {
    const iterator = this.#sink.samples(Math.max(time + rounding, this.#first));
    return {
      next: async () => {
        const { value, done } = await iterator.next();
        return done ? null : value;
      },
      close: () => void iterator.return(),
    };
  }

  async timeBefore(time: number): Promise<number | null> {
    const packet = await this.#packets.getPacket(time - rounding, { metadataOnly: true });
    return packet?.timestamp ?? null;
  }

  async *some(times: readonly number[]): AsyncGenerator<VideoSample | null, void, unknown> {
    const duration = await this.#track.computeDuration();
    if (duration <= exactUpTo) {
      yield* this.#sink.samplesAtTimestamps(times.map((time) => Math.max(time, this.#first)));
      return;
    }
    const keyTimes = await Promise.all(
      times.map(async (time) => (await this.#packets.getKeyPacket(time, { metadataOnly: true }))?.timestamp),
    );
    yield* this.#sink.samplesAtTimestamps(keyTimes.map((time) => (time ?? this.#first) + rounding));
  }
}
