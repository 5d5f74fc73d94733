/** What all views share: the engine, the bridge to main, which view is shown, how the codec host is. */
import { signal } from '@preact/signals';
import type { StudioBridge } from '../../app/protocol/studio.js';
import { EngineClient, type EngineEvent } from './engine-client.js';

declare global {
  interface Window {
    readonly studio: StudioBridge;
  }
}

export type ViewName = 'export' | 'record' | 'codecs';

export const bridge: StudioBridge = window.studio;
export const view = signal<ViewName>('export');
/** Why codecs can't be used just now; null where they can. */
export const hostProblem = signal<string | null>('The codec host is starting.');

const listeners = new Set<(event: EngineEvent) => void>();

/** Hears what the engine tells by itself. */
export function onEngineEvent(listener: (event: EngineEvent) => void): void {
  listeners.add(listener);
}

export const engine = new EngineClient(new URL('engine.js', location.href), bridge, (event) => {
  if (event.type === 'host') hostProblem.value = event.state === 'up' ? null : event.reason;
  for (const listener of listeners) listener(event);
});
