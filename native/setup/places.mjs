// Where things are kept.
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** What the set-up remembers about this checkout, and its logs. */
export const stateFolder = path.join(checkout, 'native/build/setup');

/** Shared by all checkouts of this user: built libraries, fetched sources, the second Node. */
export const cacheFolder = path.resolve(
  process.env['CODEC_CACHE'] ??
    path.join(process.env['XDG_CACHE_HOME'] || path.join(os.homedir(), '.cache'), 'electron-webcodecs'),
);

/**
 * The log of a step.
 * @param {string} name
 */
export function logFile(name) {
  return path.join(stateFolder, 'logs', `${name}.log`);
}

/**
 * The CMake build folder of a variant, with or without a sanitizer.
 * @param {string} variant
 * @param {string} [sanitizer]
 */
export function buildFolder(variant, sanitizer) {
  return path.join(checkout, 'native/build', sanitizer ? `${variant}-${sanitizer}` : variant);
}
