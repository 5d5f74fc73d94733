// Packages the app with electron-builder, without a network, from an Electron distribution that is on this machine.
//   node native/setup/package.mjs [--dir] [--main file] [--output folder]
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findElectron } from './electron.mjs';
import { checkout } from './places.mjs';
import { fillPrebuilds } from './prepack.mjs';
import { SetupError } from './process.mjs';

/** @typedef {import('electron-builder').Configuration} Configuration */

const require = createRequire(import.meta.url);

/**
 * The configuration in a project's electron-builder.yml, judged by electron-builder's own schema.
 * @param {string} [project] its folder
 * @returns {Promise<Configuration>}
 */
export async function readConfiguration(project = checkout) {
  const { getConfig, validateConfiguration } = require('app-builder-lib/out/util/config/config');
  const config = await getConfig(project, path.join(project, 'electron-builder.yml'));
  await validateConfiguration(config, { isEnabled: false, add: () => {} });
  return config;
}

/** @param {unknown} main */
function checkEntry(main) {
  if (typeof main === 'string' && existsSync(path.join(checkout, main))) return;
  throw new SetupError(
    `extraMetadata.main in electron-builder.yml: expected the app's entry, a file that the build makes, received: ${main}.`,
  );
}

/**
 * @param {{ dir: boolean, main?: string | undefined, output?: string | undefined }} options
 *   `dir`: only the folder, and no installer of it; `main` and `output`: in the place of electron-builder.yml's
 */
async function packageApp({ dir, main, output }) {
  const config = await readConfiguration();
  checkEntry(main ?? config.extraMetadata?.main);
  await fillPrebuilds('lgpl');
  const electronDist = findElectron();
  const electronVersion = readFileSync(path.join(electronDist, 'version'), 'utf8').trim().replace(/^v/, '');
  /** @type {import('electron-builder')} */
  const { build } = require('electron-builder');
  await build({
    projectDir: checkout,
    dir,
    publish: 'never',
    config: {
      ...(main && { extraMetadata: { main } }),
      ...(output && { directories: { output } }),
      electronDist,
      electronVersion,
    },
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    const { values } = parseArgs({
      options: {
        dir: { type: 'boolean', default: false },
        main: { type: 'string' },
        output: { type: 'string' },
      },
    });
    await packageApp(values);
  } catch (error) {
    console.error(error instanceof SetupError ? error.message : error);
    process.exitCode = 1;
  }
}
