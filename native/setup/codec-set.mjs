// Builds FFmpeg and the codec libraries once per user, each into a folder named by a hash of all that shapes it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compilerFlags, recipes } from '../ffmpeg/recipes.mjs';
import { findSource, pins } from '../ffmpeg/sources.mjs';
import { withLock } from './lock.mjs';
import { cacheFolder, checkout, logFile } from './places.mjs';
import { run, SetupError } from './process.mjs';

/**
 * @typedef {import('../ffmpeg/sources.mjs').Pin} Pin
 * @typedef {import('../ffmpeg/recipes.mjs').Recipe} Recipe
 * @typedef {'lgpl' | 'gpl'} Variant
 * @typedef {{ variant: Variant, threadSanitizer: boolean }} Flavour
 * @typedef {{ name: string, pin: Pin, recipe: Recipe, prefix: string, needs: Library[] }} Library
 * @typedef {{ variant: Variant, prefixes: string[], libraries: { name: string, version: string, licence: string }[] }} CodecSet
 */

/** @param {string} name */
function pinOf(name) {
  const pin = pins.find((candidate) => candidate.name === name);
  if (!pin) throw new Error(`pins.json has no entry named ${name}`);
  return pin;
}

/**
 * @param {Library} library
 * @param {Flavour} flavour
 * @param {{ source: string, prefix: string, jobs: string, prefixOf: (name: string) => string }} place
 */
function commandsOf(library, flavour, place) {
  const { platform, arch } = process;
  return library.recipe.commands({ ...place, ...flavour, platform, arch });
}

/**
 * The commands as they are on every machine.
 * @param {Library} library
 * @param {Flavour} flavour
 */
function placelessCommandsOf(library, flavour) {
  const prefixOf = (/** @type {string} */ name) => `<${name}>`;
  return commandsOf(library, flavour, { source: '<source>', prefix: '<prefix>', jobs: '<jobs>', prefixOf });
}

/**
 * The folder of a finished build: the same pins, commands and needed libraries always give the same name.
 * @param {Library} library
 * @param {Flavour} flavour
 */
function prefixFor(library, flavour) {
  const shape = {
    pin: library.pin.sha256,
    system: [process.platform, process.arch, compilerFlags],
    needs: library.needs.map((need) => path.basename(need.prefix)),
    commands: placelessCommandsOf(library, flavour),
  };
  const key = createHash('sha256').update(JSON.stringify(shape)).digest('hex').slice(0, 16);
  return path.join(cacheFolder, 'libraries', `${library.name}-${library.pin.version}-${key}`);
}

/**
 * @param {Flavour} flavour
 * @returns {Library[]} in the order of building
 */
function librariesOf(flavour) {
  /** @type {Map<string, Library>} */
  const libraries = new Map();
  for (const [name, recipe] of Object.entries(recipes)) {
    if (recipe.variant && recipe.variant !== flavour.variant) continue;
    if (recipe.platforms && !recipe.platforms.includes(process.platform)) continue;
    const needs = (recipe.needs ?? []).flatMap((need) => libraries.get(need) ?? []);
    const library = { name, pin: pinOf(name), recipe, prefix: '', needs };
    library.prefix = prefixFor(library, flavour);
    libraries.set(name, library);
  }
  return [...libraries.values()];
}

/** @param {Library} library */
const stampOf = (library) => path.join(library.prefix, '.complete');
/** @param {Library} library */
const isBuilt = (library) => existsSync(stampOf(library));

/**
 * @param {Library} library
 * @param {Flavour} flavour
 * @param {string} scratch
 */
async function build(library, flavour, scratch) {
  const log = logFile(library.name);
  rmSync(log, { force: true });
  const archive = await findSource(library.pin, { checkout, cache: cacheFolder, log });
  const source = path.join(scratch, library.name);
  mkdirSync(source, { recursive: true });
  const strip = library.pin.topFolder === false ? 0 : 1;
  await run(['tar', '-xf', archive, '-C', source, `--strip-components=${strip}`], { log });

  // Files in the prefix carry its path, so it is built in place; the stamp, written last, makes it count.
  rmSync(library.prefix, { recursive: true, force: true });
  mkdirSync(library.prefix, { recursive: true });
  const prefixOf = (/** @type {string} */ name) => {
    const need = library.needs.find((candidate) => candidate.name === name);
    if (!need) throw new Error(`${library.name} does not list ${name} in its needs`);
    return need.prefix;
  };
  const env = {
    CFLAGS: compilerFlags,
    CXXFLAGS: compilerFlags,
    PKG_CONFIG_PATH: pkgConfigPath(library.needs.map((need) => need.prefix)),
  };
  const place = { source, prefix: library.prefix, jobs: String(os.availableParallelism()), prefixOf };
  for (const command of commandsOf(library, flavour, place)) {
    if (command.writes) {
      mkdirSync(path.dirname(command.writes), { recursive: true });
      writeFileSync(command.writes, command.input ?? '');
    } else {
      const advice = `${library.name} did not build; the log names the cause. Finished libraries are kept, so run again after mending it.`;
      await run(command.run, { log, cwd: source, env, input: command.input ?? '', advice });
    }
  }
  writeFileSync(stampOf(library), `${library.pin.version}\n`);
  rmSync(source, { recursive: true, force: true });
}

/**
 * What a variant is made of on this system, and how; nothing is built.
 * @param {Variant} variant
 */
export function describeCodecSet(variant) {
  const flavour = { variant, threadSanitizer: false };
  return librariesOf(flavour).map((library) => ({
    pin: library.pin,
    commands: placelessCommandsOf(library, flavour),
  }));
}

/**
 * Where pkg-config finds libraries that live in these folders.
 * @param {string[]} prefixes
 */
export function pkgConfigPath(prefixes) {
  return prefixes.map((prefix) => path.join(prefix, 'lib/pkgconfig')).join(path.delimiter);
}

/**
 * @param {string | undefined} name
 * @returns {Variant}
 */
export function parseVariant(name = 'lgpl') {
  if (name === 'lgpl' || name === 'gpl') return name;
  throw new SetupError(`The variant is lgpl or gpl, received: ${name}.`);
}

/**
 * Makes sure that the codec set of a variant is in the cache.
 * @param {Variant} variant
 * @param {import('./progress.mjs').Progress} step
 * @param {{ threadSanitizer?: boolean }} [options]
 * @returns {Promise<CodecSet>}
 */
export async function ensureCodecSet(variant, step, { threadSanitizer = false } = {}) {
  const flavour = { variant, threadSanitizer };
  const libraries = librariesOf(flavour);
  if (!libraries.every(isBuilt)) {
    const waiting = (/** @type {number} */ owner) =>
      step.report(`waiting for another set-up to finish the same build (process ${owner})`);
    await withLock(path.join(cacheFolder, 'lock'), waiting, async () => {
      const scratch = path.join(cacheFolder, 'scratch');
      rmSync(scratch, { recursive: true, force: true }); // what a killed build left
      for (const [index, library] of libraries.entries()) {
        if (isBuilt(library)) continue;
        step.report(`${library.name} ${library.pin.version} (${index + 1}/${libraries.length})`);
        await build(library, flavour, scratch);
      }
      rmSync(scratch, { recursive: true, force: true });
    });
  }
  return {
    variant,
    prefixes: libraries.map((library) => library.prefix),
    libraries: libraries.map(({ pin }) => ({ name: pin.name, version: pin.version, licence: pin.licence })),
  };
}
