import type { WebCodecs } from '../client/index.js';

/** How the coders behave beyond what Mediabunny asks of them. */
export interface MediabunnyOptions {
  /**
   * Where AAC, Opus and MP3 encoders put the silence that their streams begin with. `after-start`: the first packet
   * bears the first sample's time, as the specification wants, and the sound comes later by that silence (AAC: 1024
   * samples). `before-start`: its packets get times before the start, and the sound stays where it was; for containers
   * that can say so, such as MP4 with its edit list. `after-start` where absent.
   */
  priming?: 'after-start' | 'before-start';
}

export interface Engine {
  webcodecs: WebCodecs;
  options: MediabunnyOptions;
}

/** Mediabunny's registry is one per process and holds classes, so the engine behind them is one per process too. */
let current: Engine | null = null;

export function setEngine(engine: Engine | null): void {
  current = engine;
}

export function currentEngine(): Engine | null {
  return current;
}

/** For a coder that is being made, which keeps to it. Throws where it was taken back in the meantime. */
export function requireEngine(): Engine {
  if (!current) {
    throw new Error('No codec engine is registered with Mediabunny; call registerMediabunnyCodecs() first.');
  }
  return current;
}
