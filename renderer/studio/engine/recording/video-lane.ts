/** From a camera's frames to packets in the file: never more than a few at a time, the rest is dropped and counted. */
import { importVideoFrame, type RemoteCodecs } from 'electron-webcodecs/renderer';
import { EncodedPacket } from 'mediabunny';
import { fragmentSeconds, videoCodecString } from './formats.js';
import { FramePacer } from './frame-pacer.js';
import { FrameQueue, type TimedFrame } from './frame-queue.js';
import type { RecordingSettings } from './messages.js';
import type { RecordingFile } from './recording-file.js';
import { type Timeline, TrackClock } from './timeline.js';
import type { TrackReader } from './track-reader.js';

type RemoteFrame = InstanceType<RemoteCodecs['VideoFrame']>;
type RemoteVideoEncoder = InstanceType<RemoteCodecs['VideoEncoder']>;

/** Frames that may wait here, and at the encoder. */
const queueLimit = 4;
const encoderLimit = 3;
/** Bytes of packets that the disk may owe before frames are dropped. */
const diskLimit = 32 * 2 ** 20;
/** Milliseconds after which a picture that doesn't change is encoded anew: the file is to grow with the sound. */
const stillInterval = 500;
/** Packets of the last so many milliseconds tell the rate. */
const rateWindow = 1000;

export interface VideoLaneEvents {
  /** The encoder's codec failed, or its host went away. */
  encoderFailed(error: unknown): void;
  /** The encoder that replaced another one makes another kind of stream. */
  changed(): void;
}

export class VideoLane {
  readonly #settings: RecordingSettings;
  readonly #timeline: Timeline;
  readonly #file: RecordingFile;
  readonly #events: VideoLaneEvents;
  readonly #clock = new TrackClock();
  readonly #pacer: FramePacer;
  readonly #queue = new FrameQueue(queueLimit);
  #codecs: RemoteCodecs | null = null;
  #encoder: RemoteVideoEncoder | null = null;
  #wakeEncoder: () => void = () => undefined;
  #description: string | null = null;
  #last: RemoteFrame | null = null;
  #lastTime = -1;
  #lastKey = Number.NEGATIVE_INFINITY;
  #handedOver = 0;
  #frames = 0;
  #refused = 0;
  #surplus = 0;
  #lost = 0;
  #recent: number[] = [];
  #isSeen = false;

  constructor(settings: RecordingSettings, timeline: Timeline, file: RecordingFile, events: VideoLaneEvents) {
    this.#settings = settings;
    this.#timeline = timeline;
    this.#file = file;
    this.#events = events;
    this.#pacer = new FramePacer(settings.fps);
  }

  /** Whether a frame has come, so that the clocks can be told apart. */
  get isSeen(): boolean {
    return this.#isSeen;
  }

  /** Frames in the file. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames that are not, though they were due. */
  get dropped(): number {
    return this.#queue.dropped + this.#refused + this.#lost;
  }

  /** Frames that came faster than was asked for. */
  get surplus(): number {
    return this.#surplus;
  }

  fps(now: number): number {
    this.#recent = this.#recent.filter((moment) => moment > now - rateWindow);
    return this.#recent.length;
  }

  /** Encodes with these classes from now on. Throws what `configure()` throws. */
  useCodecs(codecs: RemoteCodecs): void {
    const { width, height, fps, videoBitrate } = this.#settings;
    const encoder = new codecs.VideoEncoder({
      output: (chunk, metadata) => {
        if (this.#encoder === encoder) this.#write(chunk, metadata as EncodedVideoChunkMetadata | undefined);
      },
      error: (error) => {
        if (this.#encoder === encoder) this.#events.encoderFailed(error);
      },
    });
    encoder.addEventListener('dequeue', () => this.#wakeEncoder());
    encoder.configure({
      codec: videoCodecString(this.#settings),
      width,
      height,
      framerate: fps,
      bitrate: videoBitrate,
      latencyMode: 'realtime',
    });
    this.#codecs = codecs;
    this.#encoder = encoder;
    this.#lastKey = Number.NEGATIVE_INFINITY;
  }

  /** The host is gone: what it had of ours is lost, what comes until there is another is dropped. */
  loseCodecs(): void {
    this.close();
    this.#codecs = null;
    this.#lost += this.#handedOver - this.#frames - this.#lost;
  }

  /** Reads frames until there are no more, or those that come were captured after the end. Rejects where the stream does. */
  async read(track: TrackReader<VideoFrame>): Promise<void> {
    const encoding = this.#encodeAll();
    try {
      await track.read((frame) => this.#take(frame, performance.now()));
    } finally {
      this.#queue.close();
      await encoding;
      this.#last?.close();
      this.#last = null;
    }
  }

  /** The next frame is a key frame. */
  forceKeyFrame(): void {
    this.#lastKey = Number.NEGATIVE_INFINITY;
  }

  /** To be called some times a second: repeats a picture that has not changed for long. */
  async repeatStill(now: number): Promise<void> {
    const time = this.#timeline.at(now);
    const frame = this.#last;
    if (time === null || !frame || time - this.#lastTime < stillInterval) return;
    await this.#encode(frame.clone(), time);
  }

  /** What was handed over is in the file. Rejects where the host goes first. */
  async flush(): Promise<void> {
    await this.#encoder?.flush();
  }

  close(): void {
    const encoder = this.#encoder;
    this.#encoder = null;
    if (encoder && encoder.state !== 'closed') encoder.close();
    this.#wakeEncoder();
  }

  /** False when the recording is over. */
  #take(frame: VideoFrame, now: number): boolean {
    this.#isSeen = true;
    const moment = this.#clock.momentOf(frame.timestamp, now);
    const time = this.#timeline.at(moment);
    if (time === null) {
      frame.close();
    } else if (!this.#pacer.takes(time)) {
      frame.close();
      this.#surplus += 1;
    } else if (!this.#encoder || this.#file.waitingBytes > diskLimit) {
      frame.close();
      this.#refused += 1;
    } else {
      this.#queue.push({ frame, time });
    }
    return !this.#timeline.isOver(moment);
  }

  async #encodeAll(): Promise<void> {
    for (;;) {
      await this.#encoderHasRoom();
      const taken = await this.#queue.take();
      if (!taken) return;
      try {
        await this.#import(taken);
      } catch (error) {
        this.#refused += 1;
        this.#events.encoderFailed(error);
      }
    }
  }

  async #encoderHasRoom(): Promise<void> {
    while (this.#encoder && this.#encoder.encodeQueueSize >= encoderLimit) {
      await new Promise<void>((resolve) => {
        this.#wakeEncoder = resolve;
      });
    }
  }

  async #import({ frame, time }: TimedFrame): Promise<void> {
    let own: RemoteFrame;
    try {
      own = await importVideoFrame(frame, { rgb: 'yuv420' });
    } finally {
      frame.close();
    }
    this.#last?.close();
    this.#last = own;
    await this.#encode(own.clone(), time);
  }

  /** Takes the frame over. */
  async #encode(frame: RemoteFrame, time: number): Promise<void> {
    const codecs = this.#codecs;
    const encoder = this.#encoder;
    let fitted: RemoteFrame | null = null;
    try {
      if (!codecs || encoder?.state !== 'configured') {
        this.#refused += 1;
        return;
      }
      fitted = await this.#fit(codecs, frame);
      if (this.#encoder !== encoder || encoder.state !== 'configured') {
        this.#refused += 1;
        return;
      }
      // Clocks are told apart ever better, but time doesn't go back.
      this.#lastTime = Math.max(time, this.#lastTime + 1);
      const keyFrame = this.#lastTime - this.#lastKey >= fragmentSeconds * 1000;
      if (keyFrame) this.#lastKey = this.#lastTime;
      const timed = new codecs.VideoFrame(fitted, {
        timestamp: Math.round(this.#lastTime * 1000),
        duration: Math.round(1e6 / this.#settings.fps),
      });
      encoder.encode(timed, { keyFrame });
      timed.close();
      this.#handedOver += 1;
    } finally {
      fitted?.close();
      frame.close();
    }
  }

  /** Of the encoder's size: windows change theirs. */
  async #fit(codecs: RemoteCodecs, frame: RemoteFrame): Promise<RemoteFrame> {
    const { width, height } = this.#settings;
    if (frame.visibleRect?.width === width && frame.visibleRect.height === height) return frame.clone();
    return codecs.transformVideoFrame(frame, { width, height, fit: 'contain' });
  }

  #write(chunk: InstanceType<RemoteCodecs['EncodedVideoChunk']>, metadata?: EncodedVideoChunkMetadata): void {
    const config = metadata?.decoderConfig;
    if (config) {
      const description = JSON.stringify([config.codec, config.description ? [...bytesOf(config.description)] : null]);
      if (this.#description !== null && this.#description !== description) {
        this.#events.changed();
        return;
      }
      this.#description = description;
    }
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    this.#frames += 1;
    this.#recent.push(performance.now());
    const seconds = chunk.timestamp / 1e6;
    this.#file.addVideo(new EncodedPacket(data, chunk.type, seconds, (chunk.duration ?? 0) / 1e6), metadata);
  }
}

function bytesOf(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
