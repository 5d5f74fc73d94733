// Finds a pinned source archive: a local folder, the machine's Debian mirror, the project's own server. Never unchecked.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run, SetupError } from '../setup/process.mjs';

/**
 * @typedef {object} Pin
 * @property {string} name
 * @property {string} version
 * @property {string} licence SPDX
 * @property {string[]} licenceFiles in its source tree, for THIRD-PARTY-NOTICES; of a header, the comment it begins with
 * @property {{ licence: string, licenceFiles: string[] }} [gpl] where these differ when built for the GPL variant
 * @property {string} file the archive's name in a local folder and on a Debian mirror
 * @property {string} sha256
 * @property {string} debianSource the Debian source package that carries the file
 * @property {string} homepage
 * @property {string} [url] the project's own release of the same file
 * @property {boolean} [topFolder] false where the archive has no folder around its files
 */

const aptHelper = '/usr/lib/apt/apt-helper';
const attemptsPerMirror = 6; // single requests to a mirror fail at random

/** @type {Pin[]} */
export const pins = JSON.parse(readFileSync(new URL('pins.json', import.meta.url), 'utf8'));

/** @param {string} file */
function sha256Of(file) {
  return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/**
 * @param {Pin} pin
 * @param {string} file
 * @param {string} origin
 */
function check(pin, file, origin) {
  const received = sha256Of(file);
  if (received === pin.sha256) return;
  throw new SetupError(
    `${pin.file} from ${origin} is not the pinned file: expected SHA-256 ${pin.sha256}, received ${received}.`,
    { advice: 'Replace that file by the right one, or remove it so that it is fetched again.' },
  );
}

/** @param {string} checkout */
function localFolders(checkout) {
  const named = process.env['CODEC_SOURCES'];
  if (named && !existsSync(named)) {
    throw new SetupError(`CODEC_SOURCES names ${named}, which does not exist.`);
  }
  return [...(named ? [named] : []), path.resolve(checkout, '../shared/sources')];
}

/** @returns {string[]} */
function debianMirrors() {
  if (!existsSync(aptHelper)) return [];
  const listing = execFileSync('apt-get', ['indextargets', '--format', '$(REPO_URI)'], { encoding: 'utf8' });
  return [...new Set(listing.split('\n').filter(Boolean))];
}

/** @param {Pin} pin */
function poolPath(pin) {
  const source = pin.debianSource;
  const shelf = source.startsWith('lib') ? source.slice(0, 4) : source.slice(0, 1);
  return `pool/main/${shelf}/${source}/${pin.file.replaceAll('+', '%2b')}`;
}

/**
 * @param {Pin} pin
 * @param {string} destination
 * @param {string} log
 */
async function fetchFromMirrors(pin, destination, log) {
  const mirrors = debianMirrors();
  for (let attempt = 0; attempt < attemptsPerMirror; attempt++) {
    for (const mirror of mirrors) {
      const uri = mirror.replace(/\/?$/, '/') + poolPath(pin);
      const fetched = run([aptHelper, 'download-file', uri, destination, `SHA256:${pin.sha256}`], { log });
      if (
        await fetched.then(
          () => true,
          () => false,
        )
      )
        return true;
    }
    if (mirrors.length > 0) await delay(500 * (attempt + 1));
  }
  return false;
}

/**
 * @param {Pin} pin
 * @param {string} destination
 */
async function fetchFromProject(pin, destination) {
  if (!pin.url) return 'its project publishes no release of the same file';
  try {
    const response = await fetch(pin.url, { signal: AbortSignal.timeout(120_000) });
    if (!response.ok) return `${pin.url} answered ${response.status}`;
    writeFileSync(destination, Buffer.from(await response.arrayBuffer()));
    return undefined;
  } catch (error) {
    return `${pin.url} could not be reached (${/** @type {Error} */ (error).message})`;
  }
}

/**
 * The path of a source archive whose SHA-256 was checked.
 * @param {Pin} pin
 * @param {{ checkout: string, cache: string, log: string }} places
 * @returns {Promise<string>}
 */
export async function findSource(pin, { checkout, cache, log }) {
  const folders = localFolders(checkout);
  for (const folder of folders) {
    const file = path.join(folder, pin.file);
    if (!existsSync(file)) continue;
    check(pin, file, folder);
    return file;
  }
  const kept = path.join(cache, 'sources', pin.file);
  if (existsSync(kept)) {
    check(pin, kept, path.dirname(kept));
    return kept;
  }
  mkdirSync(path.dirname(kept), { recursive: true });
  const incoming = `${kept}.${process.pid}`;
  try {
    if (!(await fetchFromMirrors(pin, incoming, log))) {
      const failure = await fetchFromProject(pin, incoming);
      if (failure) {
        throw new SetupError(
          `The source ${pin.file} was not found: not in ${folders.join(', ')}, not on a Debian mirror; ${failure}.`,
          {
            ...(existsSync(log) && { log }),
            advice: `Put ${pin.file} (SHA-256 ${pin.sha256}) into a folder and name it in CODEC_SOURCES, then run again.`,
          },
        );
      }
    }
    check(pin, incoming, 'the download');
    renameSync(incoming, kept);
  } finally {
    rmSync(incoming, { force: true });
  }
  return kept;
}
