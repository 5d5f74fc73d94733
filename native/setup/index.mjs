// The set-up: makes whatever is missing, then runs the command after `--`. It needs nothing but Node and npm.
//   node native/setup/index.mjs [--for build|export|bench|test] [--variant lgpl|gpl] [--electron] [-- command…]
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { buildNative } from './addon.mjs';
import { ensureCodecSet, parseVariant } from './codec-set.mjs';
import { ensureNpmPackages, ensureSecondNode, tryElectron } from './npm-packages.mjs';
import { checkout } from './places.mjs';
import { SetupError } from './process.mjs';
import { Progress } from './progress.mjs';
import { ensureSystemPackages } from './system-packages.mjs';
import { compileTypeScript } from './typescript.mjs';

/** What is compiled for which purpose. */
const targetsFor = {
  build: ['addon'],
  export: ['addon'],
  bench: ['addon', 'bench_limit'],
  test: ['addon', 'core_tests'],
};

/**
 * npm appends a user's arguments to the command, so `--variant` may stand there as well.
 * @param {string[]} command
 * @returns {{ command: string[], variant: string | undefined }}
 */
function takeVariant(command) {
  const at = command.findIndex((word) => word === '--variant' || word.startsWith('--variant='));
  const word = command[at];
  if (word === undefined) return { command, variant: undefined };
  const joined = word.includes('=');
  const variant = joined ? word.slice('--variant='.length) : command[at + 1];
  return { command: command.toSpliced(at, joined ? 1 : 2), variant: variant ?? '(nothing)' };
}

function readArguments() {
  const words = process.argv.slice(2);
  const end = words.indexOf('--');
  const { values } = parseArgs({
    args: end < 0 ? words : words.slice(0, end),
    options: {
      for: { type: 'string', default: 'build' },
      variant: { type: 'string' },
      electron: { type: 'boolean', default: false },
    },
  });
  const { command, variant } = takeVariant(end < 0 ? [] : words.slice(end + 1));
  const purpose = /** @type {keyof typeof targetsFor} */ (values.for);
  if (!(purpose in targetsFor)) {
    throw new SetupError(`--for is one of ${Object.keys(targetsFor).join(', ')}, received: ${values.for}.`);
  }
  return {
    purpose,
    variant: parseVariant(variant ?? values.variant ?? process.env['CODEC_VARIANT']),
    electronAgain: values.electron,
    command,
  };
}

/**
 * @param {ReturnType<typeof readArguments>} choice
 * @param {Progress} progress
 * @returns {Promise<NodeJS.ProcessEnv>} what the command after the set-up needs to know
 */
async function setUp({ purpose, variant, electronAgain }, progress) {
  const tests = purpose === 'test';
  await progress.step('System packages', (step) => ensureSystemPackages({ tests }, step));
  await progress.step('npm packages', (step) => ensureNpmPackages(step));
  const codecSet = await progress.step(`FFmpeg codec set (${variant})`, (step) => ensureCodecSet(variant, step));
  await progress.step('Native addon', (step) => buildNative(codecSet, { targets: targetsFor[purpose] }, step));
  await progress.step('TypeScript', () => compileTypeScript());
  if (purpose !== 'export') {
    await progress.step('Electron', (step) => tryElectron(step, { again: electronAgain }));
  }
  const secondNode = tests ? await progress.step('Second Node', (step) => ensureSecondNode(step)) : undefined;
  return { CODEC_VARIANT: variant, ...(secondNode && { SECOND_NODE: secondNode }) };
}

/**
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} its exit code
 */
function runAfterwards(command, env) {
  const [program = '', ...args] = command;
  const executable = program === 'node' ? process.execPath : program;
  const child = spawn(executable, args, { cwd: checkout, env: { ...process.env, ...env }, stdio: 'inherit' });
  // The terminal sends Ctrl-C to both; this process stays until the command has cleaned up.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 1)));
  });
}

const progress = new Progress();
try {
  const choice = readArguments();
  const began = Date.now();
  const env = await setUp(choice, progress);
  if (choice.command.length === 0) {
    progress.note(`Set up in ${((Date.now() - began) / 1000).toFixed(1)} s (${choice.variant} variant).`);
  } else {
    process.exitCode = await runAfterwards(choice.command, env);
  }
} catch (error) {
  process.exitCode = 1;
  progress.failure(error);
}
