import type { WebCodecs } from '../client/index.js';

/** Mediabunny's registry is one per process and holds classes, so the engine behind them is one per process too. */
let current: WebCodecs | null = null;

export function setEngine(webcodecs: WebCodecs | null): void {
  current = webcodecs;
}

export function currentEngine(): WebCodecs | null {
  return current;
}

/** The engine of a coder that is being made. Throws where it was unregistered in the meantime. */
export function requireEngine(): WebCodecs {
  if (!current) {
    throw new Error('No codec engine is registered with Mediabunny; call registerMediabunnyCodecs() first.');
  }
  return current;
}
