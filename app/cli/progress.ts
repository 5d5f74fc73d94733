import { Presets, SingleBar } from 'cli-progress';

export interface ProgressState {
  /** Seconds of the output that are done. */
  seconds: number;
  frames: number;
}

/** Milliseconds from line to line where there is no terminal to redraw. */
const lineInterval = 2000;
const redrawInterval = 100;

/** Shows how far an export is: a bar on a terminal, a line now and then elsewhere. Writes to standard error. */
export class Progress {
  readonly #title: string;
  readonly #total: number;
  readonly #began = performance.now();
  readonly #bar: SingleBar | null;
  #lastShown = performance.now();

  /** `total`: seconds that the output will have. */
  constructor(title: string, total: number) {
    this.#title = title;
    this.#total = total;
    this.#bar = process.stderr.isTTY
      ? new SingleBar(
          {
            format: `${title} {bar} {percentage}% | {speeds} | {left}`,
            hideCursor: true,
            stopOnComplete: false,
            clearOnComplete: true,
            noTTYOutput: false,
            gracefulExit: false,
            stream: process.stderr,
          },
          Presets.shades_classic,
        )
      : null;
    this.#bar?.start(1000, 0, { speeds: 'starting', left: '' });
  }

  update(state: ProgressState): void {
    const now = performance.now();
    if (now - this.#lastShown < (this.#bar ? redrawInterval : lineInterval)) {
      return;
    }
    this.#lastShown = now;
    const elapsed = (now - this.#began) / 1000;
    const share = this.#total > 0 ? Math.min(1, state.seconds / this.#total) : 0;
    const speeds = describeSpeed(state, elapsed);
    const left = share > 0.01 ? `${formatTime((elapsed / share) * (1 - share))} left` : '';
    if (this.#bar) {
      this.#bar.update(Math.round(share * 1000), { speeds, left });
    } else {
      const parts = [`${(share * 100).toFixed(0)} %`, speeds, left].filter((part) => part !== '');
      process.stderr.write(`${this.#title}: ${parts.join(', ')}\n`);
    }
  }

  /** Takes the bar away. */
  stop(): void {
    this.#bar?.stop();
  }

  /** Seconds since the beginning. */
  get elapsed(): number {
    return (performance.now() - this.#began) / 1000;
  }
}

/** Frames per second where there is video, and how many times faster than playing it. */
export function describeSpeed(state: ProgressState, elapsed: number): string {
  const times = `${(state.seconds / Math.max(elapsed, 1e-3)).toFixed(1)}× realtime`;
  return state.frames > 0 ? `${(state.frames / Math.max(elapsed, 1e-3)).toFixed(0)} fps, ${times}` : times;
}

export function formatTime(seconds: number): string {
  const whole = Math.ceil(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}

export function formatSize(bytes: number): string {
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(2)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}
