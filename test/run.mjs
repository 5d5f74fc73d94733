// Runs the tests: all lanes, or the ones named as arguments.
//   npm test                      everything
//   npm test -- unit integration  only these lanes
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildNative } from '../native/setup/addon.mjs';
import { ensureCodecSet, parseVariant } from '../native/setup/codec-set.mjs';
import { checkout } from '../native/setup/places.mjs';
import { Progress } from '../native/setup/progress.mjs';

/** @typedef {{ name: string, run: () => Promise<void> | void }} Lane */

const variant = parseVariant(process.env['CODEC_VARIANT']);
const compiledTests = path.join(checkout, 'dist/test');

/**
 * @param {string} program
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 */
function execute(program, args, env = {}) {
  const result = spawnSync(program, args, {
    cwd: checkout,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${path.basename(program)} ended with ${result.status ?? result.signal}`);
}

/** What Chromium and FFmpeg do, not Node. */
const onceIsEnough = new Set(['browser', 'e2e', 'matrix']);

/** Every folder under test with compiled tests in it, and its files. */
function findSuites() {
  /** @type {Map<string, string[]>} */
  const suites = new Map();
  if (!existsSync(compiledTests)) return suites;
  for (const entry of readdirSync(compiledTests, { recursive: true, encoding: 'utf8' }).sort()) {
    if (!entry.endsWith('.test.js')) continue;
    const name = entry.split(path.sep)[0] ?? '';
    suites.set(name, [...(suites.get(name) ?? []), path.join('dist/test', entry)]);
  }
  return suites;
}

/**
 * One file at a time: timing tests would otherwise measure each other.
 * @param {string[]} files
 * @param {string} [node]
 */
function runSuite(files, node = process.execPath) {
  const folder = mkdtempSync(path.join(tmpdir(), 'test-failures-'));
  const failures = path.join(folder, 'failures.txt');
  const switches = ['--test', '--test-concurrency=1', '--test-timeout=600000'];
  const aloud = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const reporter = path.join(checkout, 'test/failures.mjs');
  const kept = [`--test-reporter=${reporter}`, `--test-reporter-destination=${failures}`];
  try {
    execute(node, ['--expose-gc', ...switches, ...aloud, ...kept, ...files]);
  } catch (error) {
    const text = existsSync(failures) ? readFileSync(failures, 'utf8') : '';
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${text}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * For tests of whole programs in real time, as browsers' own runners have it: what a busy machine spoils is tried once
 * more, and what failed first is told.
 * @param {() => void} run
 */
function twice(run) {
  try {
    run();
  } catch (error) {
    console.log(`\nFailed, and is tried once more: ${error instanceof Error ? error.message : String(error)}`);
    run();
  }
}

/**
 * @param {'address' | 'thread'} [sanitizer]
 */
async function runNative(sanitizer) {
  const progress = new Progress();
  const title = sanitizer ? `Native tests (${sanitizer} sanitizer)` : 'Native tests';
  let folder = '';
  try {
    const codecSet = await progress.step('FFmpeg codec set', (step) =>
      ensureCodecSet(variant, step, { threadSanitizer: sanitizer === 'thread' }),
    );
    folder = await progress.step(title, (step) =>
      buildNative(codecSet, { targets: ['core_tests'], ...(sanitizer && { sanitizer }) }, step),
    );
  } catch (error) {
    progress.failure(error);
    throw new Error('did not build');
  }
  const tests = path.join(folder, 'core_tests');
  // Failures and the sum only.
  const brief = '--gtest_brief=1';
  if (sanitizer === 'thread') {
    // The thread sanitizer's shadow memory does not fit every layout that address randomisation makes.
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
    const suppressions = path.join(checkout, 'test/native/thread-suppressions.txt');
    const settings = `halt_on_error=1:suppressions=${suppressions}`;
    execute('setarch', [machine, '-R', tests, brief], { TSAN_OPTIONS: settings });
  } else if (sanitizer === 'address') {
    execute(tests, [brief], {
      ASAN_OPTIONS: 'detect_leaks=1:detect_stack_use_after_return=1',
      UBSAN_OPTIONS: 'print_stacktrace=1',
    });
  } else {
    execute(tests, [brief]);
  }
}

/** @returns {Lane[]} */
function allLanes() {
  const suites = findSuites();
  const node = process.execPath;
  const biome = path.join(checkout, 'node_modules/@biomejs/biome/bin/biome');
  const compiler = path.join(checkout, 'node_modules/typescript/bin/tsc');
  const secondNode = process.env['SECOND_NODE'];
  return [
    {
      name: 'lint',
      run: () => {
        execute(node, [biome, 'check', '--error-on-warnings']);
        execute(node, ['test/lint/layers.mjs']);
        execute(node, ['test/lint/native-format.mjs']);
      },
    },
    { name: 'types', run: () => execute(node, [compiler, '--noEmit']) },
    ...[...suites].map(([name, files]) => ({
      name,
      run: () => (name === 'e2e' ? twice(() => runSuite(files)) : runSuite(files)),
    })),
    { name: 'native', run: () => runNative() },
    { name: 'asan', run: () => runNative('address') },
    { name: 'tsan', run: () => runNative('thread') },
    {
      name: 'second-node',
      run: () => {
        if (!secondNode) throw new Error('SECOND_NODE names no program; the set-up sets it: npm test -- second-node');
        const again = [...suites].filter(([name]) => !onceIsEnough.has(name));
        runSuite(
          again.flatMap(([, files]) => files),
          secondNode,
        );
      },
    },
  ];
}

const lanes = allLanes();
const names = process.argv.slice(2);
const unknown = names.filter((name) => !lanes.some((lane) => lane.name === name));
const chosen = names.length > 0 ? lanes.filter((lane) => names.includes(lane.name)) : lanes;
const results = [];
if (unknown.length > 0) {
  console.error(`No such lane: ${unknown.join(', ')}. Lanes: ${lanes.map((lane) => lane.name).join(', ')}`);
  process.exitCode = 1;
} else {
  for (const { name, run } of chosen) {
    console.log(`\n── ${name}`);
    const began = Date.now();
    let failure = '';
    try {
      await run();
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error);
    }
    results.push({ name, failure, seconds: (Date.now() - began) / 1000 });
  }
  // What failed stands last, where a log that is cut off above still has it.
  console.log('');
  for (const { name, failure, seconds } of results) {
    console.log(`${failure ? '✗' : '✓'} ${name} (${seconds.toFixed(1)} s)`);
  }
  for (const { name, failure } of results) if (failure) console.log(`\n✗ ${name}: ${failure}`);
  process.exitCode = results.some((result) => result.failure) ? 1 : 0;
}
