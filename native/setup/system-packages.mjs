// The programs and headers that come from the operating system.
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { logFile } from './places.mjs';
import { onPath, run, SetupError } from './process.mjs';

/**
 * @typedef {{ package: string, program?: string, header?: string }} Requirement
 *   A Debian package, and the program or header that shows that it, or its like elsewhere, is there.
 */

/** @type {Requirement[]} */
const forBuilding = [
  { package: 'g++', program: 'g++' },
  { package: 'make', program: 'make' },
  { package: 'cmake', program: 'cmake' },
  { package: 'ninja-build', program: 'ninja' },
  { package: 'meson', program: 'meson' },
  { package: 'nasm', program: 'nasm' },
  { package: 'pkg-config', program: 'pkg-config' },
  { package: 'perl', program: 'perl' },
  { package: 'patch', program: 'patch' },
  { package: 'xz-utils', program: 'xz' },
  { package: 'zlib1g-dev', header: 'zlib.h' },
];

/** @type {Requirement[]} */
const forTesting = [
  { package: 'ffmpeg', program: 'ffprobe' },
  { package: 'libgtest-dev', header: 'gtest/gtest.h' },
  { package: 'clang-format', program: 'clang-format' },
  { package: 'chromium', program: 'chromium' },
];

const headerFolders = ['/usr/include', '/usr/local/include', '/opt/homebrew/include'];

/** @param {Requirement} requirement */
function isPresent({ program, header }) {
  if (program) return onPath(program, existsSync);
  if (header === 'zlib.h' && process.platform === 'darwin') return true; // part of the SDK
  return headerFolders.some((folder) => existsSync(`${folder}/${header}`));
}

/** Whether GoogleTest's headers are there, so that the native tests can be built. */
export const hasGoogleTest = () => isPresent({ package: 'libgtest-dev', header: 'gtest/gtest.h' });

/**
 * @param {string[]} packages
 * @param {string} log
 */
async function install(packages, log) {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const attempts = 4; // single requests to a mirror fail at random
  for (let attempt = 1; ; attempt++) {
    try {
      await run(['apt-get', 'update'], { log, env });
      await run(['apt-get', 'install', '-y', '--no-install-recommends', ...packages], { log, env });
      return;
    } catch (error) {
      if (attempt === attempts) throw error;
      await delay(2000 * attempt);
    }
  }
}

/**
 * Installs what is missing where that is possible, or names it and stops.
 * @param {{ tests: boolean }} purpose
 * @param {import('./progress.mjs').Progress} step
 */
export async function ensureSystemPackages({ tests }, step) {
  const required = tests ? [...forBuilding, ...forTesting] : forBuilding;
  const missing = required.filter((requirement) => !isPresent(requirement)).map((entry) => entry.package);
  if (missing.length === 0) return;
  const names = missing.join(' ');
  const debian = existsSync('/etc/debian_version');
  if (!debian || process.getuid?.() !== 0) {
    const advice = debian
      ? `Install them: sudo apt-get install -y ${names}`
      : 'Install what corresponds to these Debian packages on this system, then run again.';
    throw new SetupError(`Missing from this system: ${names}.`, { advice });
  }
  step.report(`installing ${names}`);
  await install(missing, logFile('system-packages'));
  const absent = required.filter((requirement) => !isPresent(requirement)).map((entry) => entry.package);
  if (absent.length > 0) {
    throw new SetupError(`Still missing after their installation: ${absent.join(' ')}.`, {
      log: logFile('system-packages'),
    });
  }
}
