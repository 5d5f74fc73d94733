/** The timeline's pictures and waveform, drawn little by little whenever nobody waits for anything else. */
import { AudioSampleSink, type InputAudioTrack } from 'mediabunny';
import { untilAborted } from '../../../app/export/index.js';
import type { Medium } from './medium.js';
import type { CallOf } from './page-link.js';
import { fetchPicture } from './screen.js';

type StripsCall = CallOf<'strips'>;

/** Parts of the sound that the waveform has a level for. */
const levelCount = 1600;
/** Seconds of sound above which only a piece of each part is looked at. */
const wholeUpTo = 900;
const mostThumbnails = 40;
/** Milliseconds. */
const redrawInterval = 120;
const politeDelay = 60;

/** What was made for the medium that is open. */
interface Made {
  medium: Medium;
  thumbnails: (OffscreenCanvas | null)[];
  thumbnailsDone: boolean;
  levels: Float32Array;
  levelsDone: boolean;
}

export class Strips {
  readonly #isBusy: () => boolean;
  #thumbnailCanvas: OffscreenCanvas | null = null;
  #waveCanvas: OffscreenCanvas | null = null;
  #made: Made | null = null;
  #turn = new AbortController();

  /** `isBusy`: whether a person waits for something more urgent. */
  constructor(isBusy: () => boolean) {
    this.#isBusy = isBusy;
  }

  setCanvas(name: 'thumbnails' | 'waveform', canvas: OffscreenCanvas): void {
    if (name === 'thumbnails') this.#thumbnailCanvas = canvas;
    else this.#waveCanvas = canvas;
  }

  /** Draws what there is at once, and makes the rest. A newer call ends an older one. */
  async draw(medium: Medium, call: StripsCall, callSignal: AbortSignal): Promise<void> {
    this.#turn.abort(new DOMException('Drawn anew.', 'AbortError'));
    this.#turn = new AbortController();
    const signal = AbortSignal.any([callSignal, this.#turn.signal]);
    if (this.#made?.medium !== medium) this.#made = this.#begin(medium, call);
    const made = this.#made;
    if (this.#thumbnailCanvas) resize(this.#thumbnailCanvas, call.width, call.height);
    if (this.#waveCanvas) resize(this.#waveCanvas, call.width, call.waveHeight);
    for (const index of made.thumbnails.keys()) this.#drawThumbnail(made, index);
    this.#drawWave(made, call);
    if (!made.levelsDone && medium.sound) {
      // Damaged sound has no levels; the pictures are there all the same.
      await this.#makeLevels(medium.sound, made, call, signal).catch((error: unknown) => {
        if (signal.aborted) throw error;
      });
    }
    if (!made.thumbnailsDone) await this.#makeThumbnails(made, call, signal);
  }

  #begin(medium: Medium, { width, height }: StripsCall): Made {
    const { video } = medium.info;
    const shape = video ? video.width / video.height : 1;
    const count = Math.min(mostThumbnails, Math.max(1, Math.round(width / (height * shape))));
    return {
      medium,
      thumbnails: medium.pictures ? Array.from({ length: count }, () => null) : [],
      thumbnailsDone: medium.pictures === null,
      levels: new Float32Array(levelCount),
      levelsDone: medium.sound === null,
    };
  }

  async #makeThumbnails(made: Made, { height }: StripsCall, signal: AbortSignal): Promise<void> {
    const { info, pictures } = made.medium;
    const count = made.thumbnails.length;
    // In the middle of each part; what was there is kept.
    const missing = [...made.thumbnails.keys()].filter((index) => made.thumbnails[index] === null);
    const samples = pictures?.some(missing.map((index) => ((index + 0.5) / count) * info.duration));
    if (!samples) return;
    try {
      for (const index of missing) {
        await this.#untilIdle(signal);
        const { value: sample } = await nextOf(samples, signal);
        if (!sample) continue;
        const frame = await fetchPicture(sample, { width: 4 * height, height }).finally(() => sample.close());
        const thumbnail = new OffscreenCanvas(frame.displayWidth, frame.displayHeight);
        thumbnail.getContext('2d')?.drawImage(frame, 0, 0);
        frame.close();
        made.thumbnails[index] = thumbnail;
        this.#drawThumbnail(made, index);
      }
      made.thumbnailsDone = true;
    } finally {
      void samples.return();
    }
  }

  async #makeLevels(track: InputAudioTrack, made: Made, call: StripsCall, signal: AbortSignal): Promise<void> {
    const { duration } = made.medium.info;
    const sink = new AudioSampleSink(track);
    const partTimes = Array.from({ length: levelCount }, (_, index) => (index / levelCount) * duration);
    const samples = duration > wholeUpTo ? sink.samplesAtTimestamps(partTimes) : sink.samples();
    let drawnAt = performance.now();
    try {
      for (;;) {
        const { value: sample, done } = await nextOf(samples, signal);
        if (done) break;
        if (!sample) continue;
        const { numberOfChannels, numberOfFrames, sampleRate, timestamp } = sample;
        const plane = new Float32Array(numberOfFrames);
        for (let planeIndex = 0; planeIndex < numberOfChannels; planeIndex++) {
          sample.copyTo(plane, { planeIndex, format: 'f32-planar' });
          noteLevels(made.levels, plane, (timestamp / duration) * levelCount, levelCount / (duration * sampleRate));
        }
        sample.close();
        if (performance.now() - drawnAt > redrawInterval) {
          this.#drawWave(made, call);
          drawnAt = performance.now();
          await this.#untilIdle(signal);
        }
      }
      made.levelsDone = true;
      this.#drawWave(made, call);
    } finally {
      void samples.return();
    }
  }

  async #untilIdle(signal: AbortSignal): Promise<void> {
    while (this.#isBusy()) {
      await untilAborted(new Promise((resolve) => setTimeout(resolve, politeDelay)), signal);
    }
  }

  #drawThumbnail({ thumbnails }: Made, index: number): void {
    const canvas = this.#thumbnailCanvas;
    const thumbnail = thumbnails[index];
    if (!canvas || !thumbnail) return;
    const left = Math.round((index / thumbnails.length) * canvas.width);
    const width = Math.round(((index + 1) / thumbnails.length) * canvas.width) - left;
    // Fills its part; what is over at the sides is cut off.
    const scale = Math.max(width / thumbnail.width, canvas.height / thumbnail.height);
    const [fromWidth, fromHeight] = [width / scale, canvas.height / scale];
    const fromX = (thumbnail.width - fromWidth) / 2;
    const fromY = (thumbnail.height - fromHeight) / 2;
    canvas.getContext('2d')?.drawImage(thumbnail, fromX, fromY, fromWidth, fromHeight, left, 0, width, canvas.height);
  }

  #drawWave({ levels }: Made, { color }: StripsCall): void {
    const canvas = this.#waveCanvas;
    const context = canvas?.getContext('2d');
    if (!canvas || !context) return;
    const { width, height } = canvas;
    context.clearRect(0, 0, width, height);
    context.fillStyle = color;
    for (let x = 0; x < width; x++) {
      const first = Math.floor((x / width) * levelCount);
      const last = Math.max(first + 1, Math.floor(((x + 1) / width) * levelCount));
      let level = 0;
      for (let index = first; index < last; index++) level = Math.max(level, levels[index] ?? 0);
      const bar = Math.max(1, Math.min(1, level) * height);
      context.fillRect(x, (height - bar) / 2, 1, bar);
    }
  }
}

/** The next sample, which nobody gets where the signal comes first. */
async function nextOf<Sample extends { close(): void } | null>(
  samples: AsyncGenerator<Sample, void, unknown>,
  signal: AbortSignal,
): Promise<IteratorResult<Sample, void>> {
  const next = samples.next();
  try {
    return await untilAborted(next, signal);
  } catch (error) {
    next.then(
      ({ value }) => value?.close(),
      () => undefined,
    );
    throw error;
  }
}

function resize(canvas: OffscreenCanvas, width: number, height: number): void {
  canvas.width = Math.max(1, width);
  canvas.height = Math.max(1, height);
}

/** Raises the levels of the parts that the plane's samples lie in. */
function noteLevels(levels: Float32Array, plane: Float32Array, firstPart: number, partsPerSample: number): void {
  for (const [index, value] of plane.entries()) {
    const part = Math.floor(firstPart + index * partsPerSample);
    const level = Math.abs(value);
    if (part >= 0 && level > (levels[part] ?? 1)) levels[part] = level;
  }
}
