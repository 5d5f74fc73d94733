// THIRD-PARTY-NOTICES: what is in the addon and in the packages around it, under which licence, from where, how built.
// The licence texts come from the pinned sources themselves when a package is made, so none of them is in the repository.
//   node native/setup/notices.mjs [--variant lgpl|gpl] [file]
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { compilerFlags } from '../ffmpeg/recipes.mjs';
import { findSource } from '../ffmpeg/sources.mjs';
import { describeCodecSet, parseVariant } from './codec-set.mjs';
import { buildFolder, cacheFolder, checkout, logFile } from './places.mjs';
import { SetupError } from './process.mjs';

/**
 * @typedef {import('../ffmpeg/sources.mjs').Pin} Pin
 * @typedef {import('./codec-set.mjs').Variant} Variant
 * @typedef {{ name: string, version: string, licence: string, facts: string[], texts: { file: string, text: string }[] }} Notice
 */

const patches = new URL('../ffmpeg/patches/', import.meta.url);

/**
 * A header has its licence in the comment that it begins with.
 * @param {string} file
 */
function licenceTextIn(file) {
  const text = readFileSync(file, 'utf8');
  if (!file.endsWith('.h')) return text;
  const comment = /\/\*.*?\*\//s.exec(text)?.[0];
  if (!comment) throw new SetupError(`${file} begins with no comment, so there is no licence to take from it.`);
  return comment;
}

/**
 * @param {Pin} pin
 * @param {string[]} files
 */
async function licenceTexts(pin, files) {
  const log = logFile('notices');
  const archive = await findSource(pin, { checkout, cache: cacheFolder, log });
  const folder = mkdtempSync(path.join(os.tmpdir(), 'licences-'));
  const inFolder = pin.topFolder !== false;
  try {
    const patterns = files.map((file) => (inFolder ? `*/${file}` : file));
    const switches = process.platform === 'linux' ? ['--wildcards'] : [];
    const strip = `--strip-components=${inFolder ? 1 : 0}`;
    try {
      execFileSync('tar', ['-xf', archive, '-C', folder, strip, ...switches, ...patterns], { stdio: 'pipe' });
    } catch {} // that a file is missing is told below, by its name
    return files.map((file) => {
      const at = path.join(folder, file);
      if (existsSync(at)) return { file, text: licenceTextIn(at) };
      throw new SetupError(`${pin.file} holds no ${file}, which pins.json names as a licence file of ${pin.name}.`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {import('../ffmpeg/recipes.mjs').Command} command */
function commandLine({ run, input, writes }) {
  if (writes) return `write ${writes}`;
  if (run[0] === 'patch') {
    const name = readdirSync(patches).find((file) => readFileSync(new URL(file, patches), 'utf8') === input);
    return `${run.join(' ')} < native/ffmpeg/patches/${name}`;
  }
  return run.map((word) => (/[\s;|&!]/.test(word) ? `'${word}'` : word)).join(' ');
}

/**
 * @param {{ pin: Pin, commands: import('../ffmpeg/recipes.mjs').Command[] }} library
 * @param {Variant} variant
 * @returns {Promise<Notice>}
 */
export async function noticeOfLibrary({ pin, commands }, variant) {
  const { licence, licenceFiles } = (variant === 'gpl' && pin.gpl) || pin;
  if (!licence || !licenceFiles?.length) {
    throw new SetupError(`pins.json gives no licence and licenceFiles for ${pin.name}.`, {
      advice: 'Name its SPDX licence and the files of its source tree that hold the text.',
    });
  }
  const facts = [
    `Home: ${pin.homepage}`,
    `Source: ${pin.url ?? `${pin.file}, as in Debian's source package ${pin.debianSource}`}`,
    `SHA-256 of ${pin.file}: ${pin.sha256}`,
    `Compiler flags: ${compilerFlags}`,
    'Built with:',
    ...commands.map((command) => `  ${commandLine(command)}`),
  ];
  return { name: pin.name, version: pin.version, licence, facts, texts: await licenceTexts(pin, licenceFiles) };
}

/**
 * What the linker takes from the system into the addon.
 * @returns {Notice[]}
 */
function systemNotices() {
  if (process.platform !== 'linux') return [];
  const zlib = '/usr/include/zlib.h';
  const version = /ZLIB_VERSION "([^"]+)"/.exec(readFileSync(zlib, 'utf8'))?.[1] ?? 'unknown';
  const compiler = execFileSync('g++', ['-dumpfullversion'], { encoding: 'utf8' }).trim();
  const major = compiler.split('.')[0];
  const places = [
    `doc/libstdc++-${major}-dev/copyright`,
    `doc/gcc-${major}-base/copyright`,
    'licenses/gcc-libs/COPYING3',
  ];
  const runtime = places.map((place) => `/usr/share/${place}`).find((file) => existsSync(file));
  if (!runtime)
    throw new SetupError(`The licence of GCC ${compiler}'s runtime libraries was not found on this system.`);
  const system = 'Source: the system that built the addon; linked in statically';
  return [
    {
      name: 'zlib',
      version,
      licence: 'Zlib',
      facts: ['Home: https://zlib.net', system],
      texts: [{ file: 'zlib.h', text: licenceTextIn(zlib) }],
    },
    {
      name: 'libstdc++ and libgcc',
      version: compiler,
      licence: 'GPL-3.0-or-later WITH GCC-exception-3.1',
      facts: ['Home: https://gcc.gnu.org', system],
      texts: [{ file: path.basename(runtime), text: readFileSync(runtime, 'utf8') }],
    },
  ];
}

/**
 * npm packages that are in what we ship: headers compiled into the addon, what is bundled into the Studio's pages, and
 * what the library depends on at run time.
 * @returns {Notice[]}
 */
function npmNotices() {
  const own = JSON.parse(readFileSync(path.join(checkout, 'package.json'), 'utf8'));
  const headers = ['node-addon-api', 'node-api-headers'];
  const bundled = ['preact', '@preact/signals'];
  const names = new Set([...headers, ...bundled, ...Object.keys({ ...own.dependencies, ...own.peerDependencies })]);
  const notices = [];
  for (const name of names) {
    const folder = path.join(checkout, 'node_modules', name);
    const {
      version,
      license,
      homepage,
      repository,
      dependencies = {},
    } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    for (const need of Object.keys(dependencies)) names.add(need); // a set is walked to its end, also where it grows
    const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    if (!file) throw new SetupError(`The npm package ${name} has no licence file.`);
    notices.push({
      name,
      version,
      licence: license,
      facts: [`Home: ${homepage ?? repository?.url ?? repository}`, `Source: the npm package ${name}@${version}`],
      texts: [{ file, text: readFileSync(path.join(folder, file), 'utf8') }],
    });
  }
  return notices;
}

/** What the licences of the whole ask of whoever passes it on. */
const terms = {
  lgpl: `Variant lgpl. The addon electron_webcodecs.node contains FFmpeg, built without its GPL parts
(LGPL-2.1-or-later), and LAME (LGPL-2.0-or-later), both linked statically.

To change them and link anew (LGPL-2.1, section 6): take the source of electron-webcodecs in the version of this
package, which is all of the addon's other code; change the pins in native/ffmpeg/pins.json or add a patch in
native/ffmpeg/patches, and run "npm run build". It writes native/build/lgpl/electron_webcodecs.node, which takes
the place of the one shipped, or is named by the environment variable ELECTRON_WEBCODECS_ADDON. The addon stands as a
file of its own, outside any archive, for this reason. Whoever ships it lets his users do so, and take it apart to find
faults in their changes.`,
  gpl: `Variant gpl. The addon electron_webcodecs.node contains x264 and x265 (GPL-2.0-or-later) and FFmpeg built with
--enable-gpl. That addon as a whole is under the GPL, version 2 or later: whoever passes it on offers the complete
source of the whole work, the program that it is linked into included.`,
};

/**
 * @param {Variant} variant
 * @param {Notice[]} notices
 */
function render(variant, notices) {
  const line = '='.repeat(100);
  const list = notices.map(({ name, version, licence }) => `  ${name} ${version}: ${licence}`);
  const parts = notices.map(({ name, version, licence, facts, texts }) =>
    [
      ...[line, `${name} ${version}`, `Licence: ${licence}`, ...facts, ''],
      ...texts.map(({ file, text }) => `----- ${file} -----\n\n${text.trimEnd()}\n`),
    ].join('\n'),
  );
  return ['THIRD-PARTY NOTICES OF ELECTRON-WEBCODECS', '', terms[variant], '', ...list, '', ...parts].join('\n');
}

/**
 * @param {Variant} variant
 * @returns {Promise<string>}
 */
export async function thirdPartyNotices(variant) {
  const libraries = [];
  for (const library of describeCodecSet(variant)) libraries.push(await noticeOfLibrary(library, variant));
  return render(variant, [...libraries, ...systemNotices(), ...npmNotices()]);
}

/**
 * Writes the notices beside the addon.
 * @param {Variant} variant
 * @param {string} [file]
 */
export async function writeNotices(variant, file = path.join(buildFolder(variant), 'THIRD-PARTY-NOTICES')) {
  const text = await thirdPartyNotices(variant);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values, positionals } = parseArgs({ options: { variant: { type: 'string' } }, allowPositionals: true });
  try {
    const variant = parseVariant(values.variant ?? process.env['CODEC_VARIANT']);
    console.log(await writeNotices(variant, positionals[0]));
  } catch (error) {
    console.error(error instanceof SetupError ? [error.message, error.advice].filter(Boolean).join('\n') : error);
    process.exitCode = 1;
  }
}
