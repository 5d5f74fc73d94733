/** One recording, from two streams to a file that is good up to its last second whatever happens. */
import type { StreamTarget } from 'mediabunny';
import { wordsOf } from '../../../../app/protocol/errors.js';
import type { HostLife } from '../host-link.js';
import type {
  RecordingEnd,
  RecordingProgress,
  RecordingResult,
  RecordingSettings,
  RecordingStreams,
} from './messages.js';
import { RecordingFile } from './recording-file.js';
import { SoundLane } from './sound-lane.js';
import { Timeline } from './timeline.js';
import { TrackReader } from './track-reader.js';
import { VideoLane } from './video-lane.js';

/** Milliseconds in which the tracks' clocks are told apart before the recording begins. */
const warmUp = 250;
/** Milliseconds to wait for a track's first data; then the recording begins without it. */
const firstDataPatience = 3000;
/** Milliseconds to wait for what was captured before the end. */
const lateDataPatience = 1000;
/** Milliseconds from one look at everything to the next. */
const tick = 100;
/** A host that goes this often, each time within so many milliseconds of the last, is given up. */
const mostRecoveries = 3;
const recoveryWindow = 20_000;
/** Milliseconds in which the engine hears of a host's end; a codec that failed alone is made anew after them. */
const newsDelay = 500;

/** What a recorder needs of the engine. */
export interface RecorderSurroundings {
  /** The host that is there, or the next one; rejects where none comes. */
  currentHost(): Promise<HostLife>;
  /** Makes what the file is written to; tells of bytes that are there. */
  target(wrote: (bytes: number) => void): StreamTarget;
  progress(progress: RecordingProgress): void;
}

export class Recorder {
  readonly #around: RecorderSurroundings;
  readonly #timeline = new Timeline();
  readonly #file: RecordingFile;
  readonly #video: VideoLane;
  readonly #sound: SoundLane | null;
  readonly #videoTrack: TrackReader<VideoFrame>;
  readonly #audioTrack: TrackReader<AudioData> | null;
  readonly #notes: string[] = [];
  readonly #recoveries: number[] = [];
  #state: RecordingProgress['state'] = 'starting';
  #bytes = 0;
  #gone: AbortSignal | null = null;
  #begunAt: number | null = null;
  #end: RecordingEnd | null = null;
  #ended: () => void = () => undefined;

  /** The streams belong to the recorder. */
  constructor(settings: RecordingSettings, streams: RecordingStreams, around: RecorderSurroundings) {
    this.#around = around;
    this.#videoTrack = new TrackReader(streams.video);
    this.#audioTrack = streams.audio && new TrackReader(streams.audio);
    const broken = (error: unknown): void => this.#fail(`The file can't be written on: ${wordsOf(error)}`);
    const target = around.target((bytes) => {
      this.#bytes += bytes;
    });
    this.#file = new RecordingFile(settings.format, this.#audioTrack !== null, target, broken);
    this.#video = new VideoLane(settings, this.#timeline, this.#file, {
      encoderFailed: (error) => void this.#recover(error),
      changed: () => this.#fail('The picture’s stream has another shape now, which the same file can’t hold.'),
    });
    this.#sound = this.#audioTrack
      ? new SoundLane(settings, this.#timeline, this.#file, (error) => void this.#recover(error))
      : null;
  }

  /** Records until it is stopped or can't go on. Rejects only where it can't begin. */
  async run(): Promise<RecordingResult> {
    const over = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    const reading = [this.#readVideo(), this.#readSound()];
    const timer = setInterval(() => this.#look(performance.now()), tick);
    try {
      const ready = this.#useHost();
      ready.catch(() => undefined);
      // A host may be long in coming; a stop doesn't wait for it.
      await Promise.race([ready, over]);
      this.#report();
      await over;
      this.#state = 'finishing';
      this.#report();
      await Promise.all(reading);
      return await this.#finish();
    } finally {
      clearInterval(timer);
      this.stop();
      this.#closeReaders();
      this.#video.close();
      this.#sound?.close();
    }
  }

  /** What was captured until now is written; `run` resolves when it is. */
  stop(): void {
    this.#endWith({ type: 'stopped' });
  }

  setPaused(isPaused: boolean): void {
    const now = performance.now();
    if (isPaused) {
      this.#timeline.pause(now);
    } else {
      this.#timeline.resume(now);
      this.#video.forceKeyFrame();
      this.#sound?.realign();
    }
    if (this.#state === 'recording' || this.#state === 'paused') this.#state = isPaused ? 'paused' : 'recording';
    this.#report();
  }

  #endWith(end: RecordingEnd): void {
    if (this.#end) return;
    this.#end = end;
    this.#timeline.end(performance.now());
    // What was captured until now may still be on its way.
    setTimeout(() => this.#closeReaders(), end.type === 'failed' ? 0 : lateDataPatience);
    this.#ended();
  }

  #closeReaders(): void {
    this.#videoTrack.giveUp();
    this.#audioTrack?.giveUp();
  }

  #fail(message: string): void {
    this.#endWith({ type: 'failed', message });
  }

  async #readVideo(): Promise<void> {
    try {
      await this.#video.read(this.#videoTrack);
      this.#endWith({ type: 'source-ended' });
    } catch (error) {
      this.#fail(`The picture’s source failed: ${wordsOf(error)}`);
    }
  }

  async #readSound(): Promise<void> {
    if (!this.#audioTrack || !this.#sound) return;
    try {
      await this.#sound.read(this.#audioTrack);
    } catch (error) {
      this.#notes.push(`The sound’s source failed: ${wordsOf(error)}`);
    }
    if (this.#end) return;
    this.#notes.push(`The sound’s source ended at ${clock(this.#seconds)}; the recording goes on without sound.`);
    await this.#sound.end();
  }

  async #useHost(): Promise<void> {
    const life = await this.#around.currentHost();
    if (this.#end) return;
    const { codecs, gone } = life;
    this.#gone = gone;
    gone.addEventListener('abort', () => void this.#recover(gone.reason), { once: true });
    this.#video.useCodecs(codecs);
    this.#sound?.useCodecs(codecs);
    this.#begunAt ??= performance.now();
  }

  /** A codec hears of its host's end before the engine does: without this the dead host would be asked again. */
  async #hostIsGone(): Promise<void> {
    const gone = this.#gone;
    if (!gone || gone.aborted) return;
    await new Promise<void>((resolve) => {
      gone.addEventListener('abort', () => resolve(), { once: true });
      setTimeout(resolve, newsDelay);
    });
  }

  /** Begins when both tracks are there; looks after what doesn't come. */
  #look(now: number): void {
    if (this.#end) return;
    if (!this.#timeline.isStarted && this.#begunAt !== null) {
      const waited = now - this.#begunAt;
      const isReady = this.#video.isSeen && (!this.#sound || this.#sound.isSeen || waited > firstDataPatience);
      if (isReady && waited > warmUp) {
        this.#timeline.start(now);
        this.#state = 'recording';
      }
    }
    void this.#video.repeatStill(now).catch((error: unknown) => this.#recover(error));
    this.#sound?.fillSilence(now);
    this.#report();
  }

  /** The host went: the next one's encoders make the same kind of stream, so the file goes on after a gap. */
  async #recover(error: unknown): Promise<void> {
    if (this.#end || this.#state === 'recovering') return;
    const begun = performance.now();
    const before = this.#state;
    this.#state = 'recovering';
    this.#video.loseCodecs();
    this.#sound?.loseCodecs();
    this.#recoveries.push(begun);
    const recent = this.#recoveries.filter((moment) => moment > begun - recoveryWindow);
    if (recent.length > mostRecoveries) {
      this.#fail(`The codec engine failed ${recent.length} times in a row: ${wordsOf(error)}`);
      return;
    }
    this.#report();
    try {
      await this.#hostIsGone();
      await this.#useHost();
    } catch (reason) {
      this.#fail(`${wordsOf(error)} No other engine came: ${wordsOf(reason)}`);
      return;
    }
    if (this.#end) return;
    const missing = ((performance.now() - begun) / 1000).toFixed(1);
    this.#notes.push(
      `At ${clock(this.#seconds)} the codec engine stopped (${wordsOf(error)}). Another one took over; about ` +
        `${missing} s are missing, and the recording went on in the same file.`,
    );
    this.#state = this.#timeline.isPaused ? 'paused' : before;
    this.#report();
  }

  async #finish(): Promise<RecordingResult> {
    const end = this.#end ?? { type: 'stopped' };
    let message = end.type === 'failed' ? end.message : null;
    const problem = (error: unknown): void => {
      message ??= `The end of the recording is missing: ${wordsOf(error)}`;
    };
    await this.#video.flush().catch(problem);
    await this.#sound?.flush().catch(problem);
    await this.#file.finish().catch(problem);
    return {
      end: message === null ? end : { type: 'failed', message },
      ...this.#figures(performance.now()),
      notes: [...this.#notes],
    };
  }

  get #seconds(): number {
    return this.#timeline.elapsed(performance.now()) / 1000;
  }

  #figures(now: number) {
    return {
      seconds: this.#timeline.elapsed(now) / 1000,
      bytes: this.#bytes,
      frames: this.#video.frames,
      dropped: this.#video.dropped,
      surplus: this.#video.surplus,
    };
  }

  #report(): void {
    const now = performance.now();
    this.#around.progress({
      state: this.#state,
      ...this.#figures(now),
      fps: this.#video.fps(now),
      notes: [...this.#notes],
    });
  }
}

/** `1:05`, of seconds. */
function clock(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}
