/** Where the preview gets its pictures: of a video track or of an image, as samples whose pixels stay in the host. */
import { EncodedPacketSink, type InputVideoTrack, type VideoSample, VideoSampleSink } from 'mediabunny';
import { untilAborted } from '../../../app/export/index.js';

/** Pictures in the order in which they are shown, for one reader after the other. */
export class PictureStream {
  readonly #read: () => Promise<VideoSample | null>;
  readonly #end: () => void;
  #isClosed = false;
  #pending: Promise<VideoSample | null> | null = null;
  /** No picture before it comes any more. When the last one that was taken is shown; at first, where the stream begins. */
  position: number;

  constructor(start: number, read: () => Promise<VideoSample | null>, end: () => void) {
    this.position = start;
    this.#read = read;
    this.#end = end;
  }

  /**
   * The next picture, which the caller closes; null at the end. Where the signal comes first, the picture stays for the
   * next reader.
   */
  async next(signal: AbortSignal): Promise<VideoSample | null> {
    this.#pending ??= this.#read();
    const sample = await untilAborted(this.#pending, signal);
    this.#pending = null;
    if (sample) this.position = sample.timestamp;
    return sample;
  }

  /** For the next reader: the picture that was taken last was of no use. Takes it over. */
  putBack(sample: VideoSample, position: number): void {
    // Where the next reader has begun already, it is too late.
    if (this.#isClosed || this.#pending) {
      sample.close();
      return;
    }
    this.#pending = Promise.resolve(sample);
    this.position = position;
  }

  /** Closes the picture that was taken last, which nobody saw: who wants it has to begin anew. */
  discard(sample: VideoSample): void {
    // Not quite when the next picture is shown: that one has not been taken.
    this.position = sample.timestamp + Math.max(sample.duration - rounding, rounding);
    sample.close();
  }

  /** Final. */
  close(): void {
    this.#isClosed = true;
    this.#pending?.then(
      (sample) => sample?.close(),
      () => undefined,
    );
    this.#end();
  }
}

export interface Pictures {
  /** From the picture that is seen at a time on; from the first one where that time is before it. */
  from(time: number): PictureStream;
  /** From where decoding the picture at a time has to begin. */
  startFor(time: number): Promise<number>;
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
    const start = Math.max(time + rounding, this.#first);
    const iterator = this.#sink.samples(start);
    const read = async (): Promise<VideoSample | null> => {
      const { value, done } = await iterator.next();
      return done ? null : value;
    };
    return new PictureStream(time, read, () => void iterator.return());
  }

  async startFor(time: number): Promise<number> {
    const key = await this.#packets.getKeyPacket(Math.max(time + rounding, this.#first), { metadataOnly: true });
    return key?.timestamp ?? this.#first;
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
