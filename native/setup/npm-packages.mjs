// The npm packages of the lockfile, the Electron program, and the second Node that the tests run on.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from './lock.mjs';
import { cacheFolder, checkout, logFile, stateFolder } from './places.mjs';
import { run, SetupError, tailOf } from './process.mjs';

/** The Node release line that current Electron carries. */
const secondNodeVersion = '24.21.0';

const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';

/** @param {string} file */
function readIfThere(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}

/**
 * @param {string} name
 * @param {string} text
 */
function remember(name, text) {
  mkdirSync(stateFolder, { recursive: true });
  writeFileSync(path.join(stateFolder, name), text);
}

/** @param {import('./progress.mjs').Progress} step */
export async function ensureNpmPackages(step) {
  const lockfile = readFileSync(path.join(checkout, 'package-lock.json'));
  const key = createHash('sha256').update(lockfile).digest('hex');
  const present = existsSync(path.join(checkout, 'node_modules/.package-lock.json'));
  if (present && readIfThere(path.join(stateFolder, 'npm-packages')) === key) return;
  step.report('npm ci');
  const log = logFile('npm-packages');
  rmSync(log, { force: true });
  await run([npm, 'ci', '--no-audit', '--no-fund'], {
    log,
    cwd: checkout,
    env: { ELECTRON_SKIP_BINARY_DOWNLOAD: '1' }, // its own step below, which may fail
    advice: 'Check that the npm registry can be reached (npm ping), then run again.',
  });
  remember('npm-packages', key);
}

/**
 * Fetches the Electron program. Nothing in the build needs it, so a failure is only told, and told once.
 * @param {import('./progress.mjs').Progress} step
 * @param {{ again: boolean }} options
 */
export async function tryElectron(step, { again }) {
  const folder = path.join(checkout, 'node_modules/electron');
  const { version } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  if (existsSync(path.join(folder, 'path.txt'))) return;
  if (!again && readIfThere(path.join(stateFolder, 'electron')) === version) return;
  step.report(`fetching Electron ${version}`);
  const log = logFile('electron');
  rmSync(log, { force: true });
  try {
    await run([process.execPath, 'install.js'], { log, cwd: folder, timeout: 300_000 });
  } catch {
    const reason = tailOf(log, 40)
      .split('\n')
      .find((line) => /error/i.test(line))
      ?.trim();
    step.note(
      `Electron ${version} could not be fetched (${reason ?? 'no reason given'}); only its types are used. ` +
        'To try again: node native/setup/index.mjs --electron',
    );
  }
  remember('electron', version);
}

/**
 * The second Node, installed into the cache as the platform package that the npm package `node` stands on.
 * @param {import('./progress.mjs').Progress} step
 * @returns {Promise<string>} its program
 */
export async function ensureSecondNode(step) {
  const folder = path.join(cacheFolder, `node-${secondNodeVersion}`);
  const system = process.platform === 'win32' ? 'win' : process.platform;
  const name = `node-${system}-${process.arch}`;
  const program = path.join(folder, 'node_modules', name, 'bin', system === 'win' ? 'node.exe' : 'node');
  const stamp = path.join(folder, '.complete');
  if (existsSync(stamp)) return program;
  const waiting = () => step.report('waiting for another set-up');
  await withLock(`${folder}.lock`, waiting, async () => {
    if (existsSync(stamp)) return;
    step.report(`Node ${secondNodeVersion}`);
    const log = logFile('second-node');
    rmSync(log, { force: true });
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await run([npm, 'install', '--prefix', folder, '--no-save', `${name}@${secondNodeVersion}`], {
      log,
      cwd: folder,
      advice: 'Check that the npm registry can be reached (npm ping), then run again.',
    });
    if (!existsSync(program)) throw new SetupError(`${name} was installed but holds no ${program}.`, { log });
    writeFileSync(stamp, '');
  });
  return program;
}
