// Running programs, with their output in a log file.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A step's failure, told to the user as it is: no stack, but what to do. */
export class SetupError extends Error {
  /**
   * @param {string} message what went wrong
   * @param {{ log?: string, advice?: string }} [details]
   */
  constructor(message, { log, advice } = {}) {
    super(message);
    this.log = log;
    this.advice = advice;
  }
}

/**
 * The last lines of a log, for a failure report.
 * @param {string} file
 * @param {number} [lines]
 */
export function tailOf(file, lines = 25) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/**
 * Runs a program to its end; its output goes to the log. Rejects with a SetupError.
 * @param {string[]} command
 * @param {{ log: string, cwd?: string, env?: NodeJS.ProcessEnv, input?: string, advice?: string, timeout?: number }} options
 * @returns {Promise<void>}
 */
export function run(command, { log, cwd, env, input, advice, timeout }) {
  const [program = '', ...args] = command;
  mkdirSync(path.dirname(log), { recursive: true });
  const output = createWriteStream(log, { flags: 'a' });
  output.write(`$ ${command.join(' ')}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, timeout, stdio: 'pipe' });
    child.stdin.on('error', () => {}); // a program that reads no input may be gone already
    child.stdin.end(input ?? '');
    child.stdout.pipe(output, { end: false });
    child.stderr.pipe(output, { end: false });
    const fail = (/** @type {string} */ why) =>
      output.end(() => reject(new SetupError(`\`${program}\` ${why}`, { log, ...(advice && { advice }) })));
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) output.end(resolve);
      else fail(signal ? `was ended by ${signal}` : `ended with exit code ${code}`);
    });
  });
}

/**
 * Whether a program is on the PATH.
 * @param {string} program
 * @param {(file: string) => boolean} exists
 */
export function onPath(program, exists) {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return folders.some((folder) => exists(path.join(folder, program)));
}
