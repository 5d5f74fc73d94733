/** Electron's modules, where this is Electron's main process. */
import { createRequire } from 'node:module';
import type * as Electron from 'electron/main';

export type ElectronMain = typeof Electron;

/**
 * Null in Node, in a utility process, and in Electron run as Node. Not a static import: the same code runs where there
 * is no Electron.
 */
export function electronMain(): ElectronMain | null {
  const isMain = process.versions['electron'] !== undefined && process.type === 'browser';
  return isMain ? (createRequire(import.meta.url)('electron') as ElectronMain) : null;
}
