// Where an Electron distribution is on this machine.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './places.mjs';
import { SetupError } from './process.mjs';

/** Its program, within its folder. @type {Partial<Record<NodeJS.Platform, string>>} */
const programs = { darwin: 'Electron.app/Contents/MacOS/Electron', win32: 'electron.exe' };

/**
 * The folder of an Electron distribution: the one named, else the one that the set-up could fetch.
 * @returns {string}
 */
export function findElectron() {
  const named = process.env['ELECTRON_OVERRIDE_DIST_PATH'];
  const folder = named ?? path.join(checkout, 'node_modules/electron/dist');
  if (existsSync(path.join(folder, 'version'))) return folder;
  throw new SetupError(
    named
      ? `ELECTRON_OVERRIDE_DIST_PATH names ${named}, which holds no Electron distribution.`
      : 'There is no Electron distribution on this machine: name the folder of one in ELECTRON_OVERRIDE_DIST_PATH.',
  );
}

/** The program of such a distribution. */
export function electronProgram() {
  return path.join(findElectron(), programs[process.platform] ?? 'electron');
}
