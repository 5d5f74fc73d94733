// Configures and builds the native code with CMake and Ninja.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pkgConfigPath } from './codec-set.mjs';
import { buildFolder, checkout, logFile } from './places.mjs';
import { run } from './process.mjs';
import { hasGoogleTest } from './system-packages.mjs';

const advice = 'The compiler output above names the file and the line.';

/**
 * @param {string} file
 * @param {string} text
 */
function writeIfChanged(file, text) {
  if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text);
}

/**
 * @param {import('./codec-set.mjs').CodecSet} codecSet
 * @param {{ targets: string[], sanitizer?: 'address' | 'thread' }} options
 * @param {import('./progress.mjs').Progress} step
 * @returns {Promise<string>} the build folder
 */
export async function buildNative(codecSet, { targets, sanitizer }, step) {
  const folder = buildFolder(codecSet.variant, sanitizer);
  const log = logFile(path.basename(folder));
  mkdirSync(folder, { recursive: true });
  const { variant, libraries } = codecSet;
  writeIfChanged(path.join(folder, 'build-info.json'), `${JSON.stringify({ variant, libraries }, null, 2)}\n`);

  const configure = [
    ...['cmake', '-S', path.join(checkout, 'native'), '-B', folder, '-G', 'Ninja'],
    ...[`-DCODEC_VARIANT=${variant}`, `-DSANITIZE=${sanitizer ?? ''}`],
    `-DCODEC_PKG_CONFIG_PATH=${pkgConfigPath(codecSet.prefixes)}`,
    `-DWITH_TESTS=${hasGoogleTest() ? 'ON' : 'OFF'}`,
  ];
  const stamp = path.join(folder, 'configured-with');
  const wanted = configure.join('\n');
  const isConfigured =
    existsSync(path.join(folder, 'build.ninja')) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  rmSync(log, { force: true });
  if (!isConfigured) {
    step.report('configuring');
    rmSync(path.join(folder, 'CMakeCache.txt'), { force: true }); // found libraries of another codec set
    await run(configure, { log, advice });
    writeFileSync(stamp, wanted);
  }
  // Told only when it takes a while: mostly there is nothing to compile.
  const slow = setTimeout(() => step.report(`compiling ${targets.join(', ')}`), 1000);
  try {
    await run(['ninja', '-C', folder, ...targets], { log, advice });
  } finally {
    clearTimeout(slow);
  }
  return folder;
}
