/** The preview: shows the picture at a time, the next one, the one before, or all of them by the page's clock. */
import type { VideoSample } from 'mediabunny';
import { untilAborted } from '../../../app/export/index.js';
import type { Medium } from './medium.js';
import type { ShownFrame } from './messages.js';
import type { PictureStream, Pictures } from './pictures.js';
import type { Screen } from './screen.js';
import { abortError } from './words.js';

/** Milliseconds of a seek after which pictures on the way are shown, so that something moves. */
const onTheWay = 200;
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

function covers({ time, duration }: ShownFrame, wanted: number): boolean {
  return wanted >= time - rounding && wanted < time + duration - rounding;
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
  /** The picture that is shown: one, to be drawn anew in another size. */
  #held: VideoSample | null = null;
  #clock: { mediaTime: number; at: number } | null = null;
  #rate = 1;
  #started: (() => void) | null = null;
  #busy = 0;

  /** `shown` hears of the pictures of playback. */
  constructor(screen: Screen, shown: (frame: ShownFrame) => void) {
    this.#screen = screen;
    this.#shown = shown;
  }

  /** Whether somebody waits for a picture; what is less urgent then waits. */
  get isBusy(): boolean {
    return this.#busy > 0;
  }

  load(medium: Medium): void {
    this.lose(abortError('Another file was opened.'));
    this.#medium = medium;
    this.#current = null;
    this.#screen.clear();
  }

  /** Ends what is going on; it rejects with the reason. */
  interrupt(reason: Error): void {
    this.#turn.abort(reason);
    this.#turn = new AbortController();
    this.#clock = null;
    this.#started = null;
  }

  /** The host is gone, and all pictures with it. */
  lose(reason: Error): void {
    this.interrupt(reason);
    this.#dropStream();
    this.#hold(null);
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
      if (this.#current && this.#held && covers(this.#current, time)) return this.#show(this.#held, signal);
      const start = await untilAborted(pictures.startFor(time), signal);
      const position = this.#stream?.position ?? Number.POSITIVE_INFINITY;
      if (!this.#stream || position > time || position < start) {
        this.#dropStream();
        this.#stream = pictures.from(start);
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
      const stream = await this.#streamAfter(current, pictures, signal);
      let sample: VideoSample | null = null;
      try {
        for (let index = 0; index < frames; index++) {
          const next = await stream.next(signal);
          if (!next) break;
          sample?.close();
          sample = next;
        }
      } catch (error) {
        if (sample) stream.discard(sample);
        throw error;
      }
      return sample ? this.#showTaken(stream, sample, signal) : current;
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
      else if (rate < 0) await this.#playBackwards(pictures, to, signal);
      else await this.#playForwards(first, pictures, to, signal);
      await sound;
    });
    this.#clock = null;
  }

  async #playForwards(first: ShownFrame, pictures: Pictures, to: number, signal: AbortSignal): Promise<void> {
    let drawnAt = performance.now();
    let stream = await this.#streamAfter(first, pictures, signal);
    for (;;) {
      const before = stream.position;
      const sample = await stream.next(signal);
      if (!sample || sample.timestamp >= to) {
        if (sample) stream.putBack(sample, before);
        await this.#wait(to, signal);
        return;
      }
      const behind = (this.now() ?? 0) - sample.timestamp;
      const hasPassed = behind > Math.max(sample.duration, rounding);
      if (hasPassed && performance.now() - drawnAt < longestStill) {
        stream.discard(sample);
        continue;
      }
      let frame: VideoFrame | null = null;
      try {
        frame = await this.#fetch(sample, signal);
        await this.#wait(sample.timestamp, signal);
      } catch (error) {
        frame?.close();
        stream.putBack(sample, before);
        throw error;
      }
      this.#shown(this.#present(sample, frame));
      drawnAt = performance.now();
      if (behind > tooLate) {
        this.#dropStream();
        stream = pictures.from(this.now() ?? sample.timestamp);
        this.#stream = stream;
      }
    }
  }

  async #playBackwards(pictures: Pictures, to: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      const time = Math.max(this.now() ?? to, to);
      const stream = pictures.from(time);
      try {
        const sample = await stream.next(signal);
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
    const turn = new AbortController();
    this.#turn = turn;
    this.#busy += 1;
    try {
      return await work(turn.signal);
    } catch (error) {
      if (!turn.signal.aborted) this.#dropStream();
      throw turn.signal.aborted ? turn.signal.reason : error;
    } finally {
      this.#busy -= 1;
    }
  }

  /** Reads on to the picture that is seen at a time; the last one where there is none. */
  async #showUntil(stream: PictureStream, time: number, signal: AbortSignal): Promise<ShownFrame> {
    let best: VideoSample | null = null;
    let shownAt = performance.now();
    try {
      for (;;) {
        const sample = await stream.next(signal);
        if (!sample) break;
        best?.close();
        best = sample;
        if (sample.timestamp + sample.duration > time + rounding) break;
        if (performance.now() - shownAt > onTheWay) {
          this.#screen.draw(await this.#fetch(sample, signal));
          shownAt = performance.now();
        }
      }
    } catch (error) {
      if (best) stream.discard(best);
      throw error;
    }
    if (best) return this.#showTaken(stream, best, signal);
    if (this.#current) return this.#current;
    throw new Error('There is no picture at this position.');
  }

  /** Shows what was taken last of a stream; where the signal comes first, it stays there for the next reader. */
  async #showTaken(stream: PictureStream, sample: VideoSample, signal: AbortSignal): Promise<ShownFrame> {
    try {
      return this.#present(sample, await this.#fetch(sample, signal));
    } catch (error) {
      stream.putBack(sample, sample.timestamp);
      throw error;
    }
  }

  /** Takes the sample over. */
  async #show(sample: VideoSample, signal: AbortSignal): Promise<ShownFrame> {
    try {
      return this.#present(sample, await this.#fetch(sample, signal));
    } catch (error) {
      if (sample !== this.#held) sample.close();
      throw error;
    }
  }

  /** The picture in the canvas's size, which nobody gets where the signal comes first. */
  async #fetch(sample: VideoSample, signal: AbortSignal): Promise<VideoFrame> {
    const fetched = this.#screen.fetch(sample);
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

  /** Takes both over. */
  #present(sample: VideoSample, frame: VideoFrame): ShownFrame {
    this.#screen.draw(frame);
    if (sample !== this.#held) this.#hold(sample);
    const shown = { time: sample.timestamp, duration: sample.duration };
    this.#current = shown;
    return shown;
  }

  #hold(sample: VideoSample | null): void {
    this.#held?.close();
    this.#held = sample;
  }

  /** At the picture after the one that is shown. */
  async #streamAfter(current: ShownFrame, pictures: Pictures, signal: AbortSignal): Promise<PictureStream> {
    // With no picture held, the one at this position may still be to come.
    if (this.#held && this.#stream?.position === current.time) return this.#stream;
    this.#dropStream();
    const stream = pictures.from(current.time);
    this.#stream = stream;
    (await stream.next(signal))?.close();
    return stream;
  }

  #dropStream(): void {
    this.#stream?.close();
    this.#stream = null;
  }

  #requireMedium(): Medium {
    if (!this.#medium) throw new Error('No file is open.');
    return this.#medium;
  }
}
