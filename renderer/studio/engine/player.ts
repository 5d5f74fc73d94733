/** The preview: shows the picture at a time, the next one, the one before, or all of them by the page's clock. */
import type { VideoSample } from 'mediabunny';
import { untilAborted } from '../../../app/export/index.js';
import type { Medium } from './medium.js';
import type { ShownFrame } from './messages.js';
import type { PictureStream } from './pictures.js';
import type { Screen } from './screen.js';
import { abortError } from './words.js';

/** Seconds ahead of the last picture up to which reading on is quicker than starting anew. */
const nearAhead = 1;
/** Seconds of being late after which playing starts anew from where the clock is. */
const tooLate = 1;
/** Milliseconds between pictures where decoding can't keep up: late ones are shown too then. */
const longestStill = 250;
/** Milliseconds from picture to picture when playing backwards, which decodes each from a key frame. */
const backwardPace = 40;
const rounding = 1e-6;

export interface PlayOptions {
  from: number;
  to: number;
  /** 1: as recorded; negative: backwards. */
  rate: number;
}

/** The next picture; closed, should it come after all, where nobody waits for it any more. */
async function nextOf(stream: PictureStream, signal: AbortSignal): Promise<VideoSample | null> {
  const next = stream.next();
  try {
    return await untilAborted(next, signal);
  } catch (error) {
    next.then(
      (sample) => sample?.close(),
      () => undefined,
    );
    throw error;
  }
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return untilAborted(new Promise<void>((resolve) => setTimeout(resolve, milliseconds)), signal);
}

export class Player {
  readonly #screen: Screen;
  readonly #shown: (frame: ShownFrame) => void;
  #medium: Medium | null = null;
  #turn = new AbortController();
  /** Pictures after the one that is shown. */
  #stream: PictureStream | null = null;
  #current: ShownFrame | null = null;
  #clock: { mediaTime: number; at: number } | null = null;
  #rate = 1;
  #started: (() => void) | null = null;
  #busy = 0;

  /** `shown` hears of the pictures of playback. */
  constructor(screen: Screen, shown: (frame: ShownFrame) => void) {
    this.#screen = screen;
    this.#shown = shown;
  }

  get current(): ShownFrame | null {
    return this.#current;
  }

  /** Whether somebody waits for a picture; what is less urgent then waits. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  load(medium: Medium | null): void {
    this.interrupt(abortError('Another file was opened.'));
    this.#medium = medium;
    this.#current = null;
    this.#screen.clear();
  }

  /** Ends what is going on; it rejects with the reason. Streams of a host that is gone are let go of. */
  interrupt(reason: Error): void {
    this.#turn.abort(reason);
    this.#turn = new AbortController();
    this.#dropStream();
    this.#clock = null;
    this.#started = null;
  }

  /** The time on the page's clock at a moment; see PageMessage. */
  setClock(mediaTime: number, at: number): void {
    this.#clock = { mediaTime, at };
    this.#started?.();
  }

  async seek(time: number): Promise<ShownFrame> {
    return this.#take(abortError('A newer position was asked for.'), async (signal) => {
      const { pictures } = this.#requireMedium();
      if (!pictures) return { time, duration: 0 };
      const ahead = this.#current ? time - this.#current.time : -1;
      if (this.#current && this.#covers(this.#current, time) && this.#stream) return this.#reshow(signal);
      if (!this.#stream || ahead < 0 || ahead > nearAhead) {
        this.#dropStream();
        this.#stream = pictures.from(time);
      }
      return this.#showUntil(this.#stream, time, signal);
    });
  }

  /** Exactly so many pictures on or back; stays at the first and the last one. */
  async step(frames: number): Promise<ShownFrame> {
    const current = this.#current ?? (await this.seek(0));
    const { pictures } = this.#requireMedium();
    if (!pictures) return current;
    if (frames < 0) {
      let { time } = current;
      for (let index = 0; index < -frames; index++) time = (await pictures.timeBefore(time)) ?? time;
      return this.seek(time);
    }
    return this.#take(abortError('A newer position was asked for.'), async (signal) => {
      if (!this.#stream) {
        this.#stream = pictures.from(current.time);
        (await nextOf(this.#stream, signal))?.close();
      }
      let shown = current;
      let sample: VideoSample | null = null;
      for (let index = 0; index < frames; index++) {
        const next = await nextOf(this.#stream, signal);
        if (!next) break;
        sample?.close();
        sample = next;
      }
      if (sample) shown = await this.#show(sample, signal);
      return shown;
    });
  }

  pause(): ShownFrame | null {
    this.interrupt(abortError('Paused.'));
    return this.#current;
  }

  /** Now, on the page's clock; null until it was started. */
  now(): number | null {
    if (!this.#clock) return null;
    const { mediaTime, at } = this.#clock;
    return mediaTime + ((performance.timeOrigin + performance.now() - at) / 1000) * this.#rate;
  }

  /**
   * Shows pictures when they are due; late ones are skipped. Calls `primed` when the first one is there, and begins when
   * setClock() was called. `alongside` does what belongs to the same turn.
   */
  async play({ from, to, rate }: PlayOptions, alongside: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const first = await this.seek(from);
    await this.#take(abortError('Paused.'), async (signal) => {
      const { pictures } = this.#requireMedium();
      const clockRuns = new Promise<void>((resolve) => {
        this.#started = resolve;
      });
      this.#clock = null;
      this.#rate = rate;
      const sound = alongside(signal);
      // Told below, when the pictures have ended.
      sound.catch(() => undefined);
      await untilAborted(clockRuns, signal);
      if (!pictures) await this.#wait(to, signal);
      else if (rate < 0) await this.#playBackwards(to, signal);
      else await this.#playForwards(first, to, signal);
      await sound;
    });
    this.#clock = null;
  }

  async #playForwards(first: ShownFrame, to: number, signal: AbortSignal): Promise<void> {
    let last = first;
    let drawnAt = performance.now();
    this.#stream ??= this.#requirePictures().from(first.time + first.duration);
    for (;;) {
      const sample = await nextOf(this.#stream, signal);
      if (!sample || sample.timestamp >= to) {
        sample?.close();
        await this.#wait(to, signal);
        return;
      }
      const behind = (this.now() ?? 0) - sample.timestamp;
      const hasPassed = behind > Math.max(sample.duration, rounding);
      if (hasPassed && performance.now() - drawnAt < longestStill) {
        sample.close();
        continue;
      }
      last = { time: sample.timestamp, duration: sample.duration };
      const frame = await this.#fetch(sample, signal);
      try {
        await this.#wait(last.time, signal);
      } catch (error) {
        frame.close();
        throw error;
      }
      this.#present(frame, last);
      drawnAt = performance.now();
      if (behind > tooLate) {
        this.#dropStream();
        this.#stream = this.#requirePictures().from(this.now() ?? last.time);
      }
    }
  }

  async #playBackwards(to: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const time = Math.max(this.now() ?? to, to);
      const stream = this.#requirePictures().from(time);
      try {
        const sample = await nextOf(stream, signal);
        if (sample) this.#shown(await this.#show(sample, signal));
      } finally {
        stream.close();
      }
      if (time <= to) return;
      await delay(backwardPace, signal);
    }
  }

  /** Until the clock shows a time. */
  async #wait(time: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const left = ((time - (this.now() ?? time)) / this.#rate) * 1000;
      if (left < 1) return;
      // The clock may be set meanwhile: look again now and then.
      await delay(Math.min(left, 200), signal);
    }
  }

  /** One thing at a time: a newer one ends an older one. */
  async #take<T>(reason: Error, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#turn.abort(reason);
    // A stream that is left in mid-read is of no use any more.
    if (this.#busy > 0) this.#dropStream();
    const turn = new AbortController();
    this.#turn = turn;
    this.#busy += 1;
    try {
      return await work(turn.signal);
    } catch (error) {
      if (this.#turn === turn) this.#dropStream();
      throw turn.signal.aborted ? turn.signal.reason : error;
    } finally {
      this.#busy -= 1;
    }
  }

  #covers({ time, duration }: ShownFrame, wanted: number): boolean {
    return wanted >= time - rounding && wanted < time + duration - rounding;
  }

  /** The same picture again: the canvas may have another size. */
  async #reshow(signal: AbortSignal): Promise<ShownFrame> {
    const current = this.#current ?? { time: 0, duration: 0 };
    const stream = this.#requirePictures().from(current.time);
    try {
      const sample = await nextOf(stream, signal);
      return sample ? await this.#show(sample, signal) : current;
    } finally {
      stream.close();
    }
  }

  /** Reads on to the picture that is seen at a time; the last one where there is none. */
  async #showUntil(stream: PictureStream, time: number, signal: AbortSignal): Promise<ShownFrame> {
    let best: VideoSample | null = null;
    try {
      for (;;) {
        const sample = await nextOf(stream, signal);
        if (!sample) break;
        best?.close();
        best = sample;
        if (sample.timestamp + sample.duration > time + rounding) break;
      }
    } catch (error) {
      best?.close();
      throw error;
    }
    if (best) return this.#show(best, signal);
    if (this.#current) return this.#current;
    throw new Error('There is no picture at this position.');
  }

  /** Takes the sample over. */
  async #show(sample: VideoSample, signal: AbortSignal): Promise<ShownFrame> {
    const shown = { time: sample.timestamp, duration: sample.duration };
    const frame = await this.#fetch(sample, signal);
    this.#present(frame, shown, false);
    return shown;
  }

  async #fetch(sample: VideoSample, signal: AbortSignal): Promise<VideoFrame> {
    const fetched = this.#screen.fetch(sample).finally(() => sample.close());
    try {
      return await untilAborted(fetched, signal);
    } catch (error) {
      fetched.then(
        (frame) => frame.close(),
        () => undefined,
      );
      throw error;
    }
  }

  #present(frame: VideoFrame, shown: ShownFrame, tell = true): void {
    this.#screen.draw(frame);
    this.#current = shown;
    if (tell) this.#shown(shown);
  }

  #dropStream(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #requireMedium(): Medium {
    if (!this.#medium) throw new Error('No file is open.');
    return this.#medium;
  }

  #requirePictures() {
    const { pictures } = this.#requireMedium();
    if (!pictures) throw new Error('The file has no pictures.');
    return pictures;
  }
}
