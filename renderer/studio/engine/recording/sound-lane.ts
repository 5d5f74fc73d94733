/** From a microphone's samples to packets in the file. */
import { primingOf } from 'electron-webcodecs/mediabunny';
import type { RemoteCodecs } from 'electron-webcodecs/renderer';
import { EncodedPacket } from 'mediabunny';
import { formatOf } from './formats.js';
import type { RecordingSettings } from './messages.js';
import type { RecordingFile } from './recording-file.js';
import { SoundConversion, type SoundFormat } from './sound-conversion.js';
import { type PlacedSound, SoundTimeline } from './sound-timeline.js';
import { type Timeline, TrackClock } from './timeline.js';
import type { TrackReader } from './track-reader.js';

type RemoteAudioEncoder = InstanceType<RemoteCodecs['AudioEncoder']>;

/** Of silence, where a track has given nothing yet: the page's mixer gives this. */
const likelyFormat: SoundFormat = { sampleRate: 48_000, numberOfChannels: 2 };

/** Blocks that may wait at the encoder: seconds of sound, for which an encoder takes milliseconds. */
const encoderLimit = 100;
/** Seconds of sound that go to the encoder at a time; devices give much less. */
const blockSeconds = 0.04;
/** Milliseconds without sound after which silence is written: the picture in the file waits for it. */
const patience = 1000;
/** Milliseconds that silence stays behind, for sound that is late. */
const slack = 300;

export class SoundLane {
  readonly #settings: RecordingSettings;
  readonly #timeline: Timeline;
  readonly #file: RecordingFile;
  readonly #encoderFailed: (error: unknown) => void;
  readonly #clock = new TrackClock();
  #format: SoundFormat | null = null;
  #sound: SoundTimeline | null = null;
  #conversion: SoundConversion | null = null;
  #codecs: RemoteCodecs | null = null;
  #encoder: RemoteAudioEncoder | null = null;
  /** Seconds of silence that the encoder's stream begins with. */
  #priming = 0;
  /** Samples up to which packets are in the file. */
  #written = 0;
  /** One after the other, for the next block. */
  readonly #gathered: PlacedSound[] = [];
  #gatheredLength = 0;
  #lastTime = 0;
  #isSeen = false;
  #isEnded = false;

  constructor(
    settings: RecordingSettings,
    timeline: Timeline,
    file: RecordingFile,
    encoderFailed: (error: unknown) => void,
  ) {
    this.#settings = settings;
    this.#timeline = timeline;
    this.#file = file;
    this.#encoderFailed = encoderFailed;
  }

  get isSeen(): boolean {
    return this.#isSeen;
  }

  /** Encodes with these classes from now on. */
  useCodecs(codecs: RemoteCodecs): void {
    this.#codecs = codecs;
  }

  /** The host is gone: what it had of ours becomes silence. */
  loseCodecs(): void {
    this.close();
    this.#codecs = null;
    this.#gathered.length = 0;
    this.#gatheredLength = 0;
    this.#sound?.rewind(this.#written);
  }

  /** After a pause. */
  realign(): void {
    this.#sound?.realign();
  }

  /** Reads blocks until there are no more, or those that come were captured after the end. Rejects where the stream does. */
  async read(track: TrackReader<AudioData>): Promise<void> {
    await track.read((data) => {
      try {
        return this.#take(data, performance.now());
      } finally {
        data.close();
      }
    });
  }

  /** To be called some times a second: silence takes the place of sound that doesn't come. */
  fillSilence(now: number): void {
    const time = this.#timeline.at(now);
    // Without a host silence would be lost; it is made up for when there is one.
    if (time === null || this.#isEnded || !this.#codecs || time - this.#lastTime < patience) return;
    const { format, sound } = this.#begin(likelyFormat);
    const end = Math.round(((time - slack) / 1000) * format.sampleRate);
    for (const placed of sound.fill(end)) this.#encode(placed);
  }

  /** The device is gone: what there is of its sound is written. Does nothing where the host is gone too. */
  async end(): Promise<void> {
    if (this.#isEnded) return;
    this.#isEnded = true;
    await this.flush().catch(() => undefined);
    this.#file.endSound();
  }

  /** What was handed over is in the file. Rejects where the host goes first. */
  async flush(): Promise<void> {
    this.#encodeGathered();
    await this.#encoder?.flush();
  }

  close(): void {
    const encoder = this.#encoder;
    this.#encoder = null;
    if (encoder && encoder.state !== 'closed') encoder.close();
  }

  /** False when the recording is over. */
  #take(data: AudioData, now: number): boolean {
    this.#isSeen = true;
    const moment = this.#clock.momentOf(data.timestamp + data.duration, now) - data.duration / 1000;
    const { sampleRate, numberOfChannels } = data;
    const { format, sound } = this.#begin({ sampleRate, numberOfChannels });
    const time = this.#timeline.at(moment);
    if (time !== null && this.#codecs) {
      this.#lastTime = time;
      this.#conversion ??= new SoundConversion(format);
      for (const placed of sound.place(time, this.#conversion.convert(data))) this.#encode(placed);
    }
    return !this.#timeline.isOver(moment);
  }

  /** What comes first tells the format of the whole recording. */
  #begin(first: SoundFormat): { format: SoundFormat; sound: SoundTimeline } {
    this.#format ??= first;
    this.#sound ??= new SoundTimeline(this.#format.sampleRate, this.#format.numberOfChannels);
    return { format: this.#format, sound: this.#sound };
  }

  #encode(placed: PlacedSound): void {
    this.#gathered.push(placed);
    this.#gatheredLength += placed.planes[0]?.length ?? 0;
    if (this.#gatheredLength >= blockSeconds * (this.#format?.sampleRate ?? 0)) this.#encodeGathered();
  }

  #encodeGathered(): void {
    const blocks = this.#gathered.splice(0);
    const length = this.#gatheredLength;
    this.#gatheredLength = 0;
    const [first] = blocks;
    const codecs = this.#codecs;
    if (!codecs || !this.#format || !first) return;
    this.#encoder ??= this.#makeEncoder(codecs, this.#format);
    if (this.#encoder.state !== 'configured' || this.#encoder.encodeQueueSize >= encoderLimit) {
      // It comes back as silence.
      this.#sound?.rewind(first.position);
      return;
    }
    const data = new Float32Array(length * first.planes.length);
    let done = 0;
    for (const { planes } of blocks) {
      for (const [index, plane] of planes.entries()) data.set(plane, index * length + done);
      done += planes[0]?.length ?? 0;
    }
    const audio = new codecs.AudioData({
      ...this.#format,
      format: 'f32-planar',
      numberOfFrames: length,
      timestamp: Math.round((first.position * 1e6) / this.#format.sampleRate),
      data,
      transfer: [data.buffer],
    });
    this.#encoder.encode(audio);
    audio.close();
  }

  #makeEncoder(codecs: RemoteCodecs, format: SoundFormat): RemoteAudioEncoder {
    const { audioCodec, audioString, extension } = formatOf(this.#settings.format);
    const encoder = new codecs.AudioEncoder({
      output: (chunk, metadata) => {
        if (this.#encoder !== encoder) return;
        const description = metadata?.decoderConfig?.description;
        if (description && extension === 'mp4') {
          // An edit list moves the sound to where it was; WebM has no such thing for a file in the making.
          this.#priming = primingOf(audioCodec, format.sampleRate, null);
        }
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        const start = Math.round((chunk.timestamp * format.sampleRate) / 1e6);
        const length = Math.round(((chunk.duration ?? 0) * format.sampleRate) / 1e6);
        this.#written = start + length;
        const packet = new EncodedPacket(
          data,
          chunk.type,
          start / format.sampleRate - this.#priming,
          length / format.sampleRate,
        );
        this.#file.addAudio(packet, metadata as EncodedAudioChunkMetadata | undefined);
      },
      error: (error) => {
        if (this.#encoder === encoder) this.#encoderFailed(error);
      },
    });
    encoder.configure({ codec: audioString, ...format, bitrate: this.#settings.audioBitrate });
    return encoder;
  }
}
