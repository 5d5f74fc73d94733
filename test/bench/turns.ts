/**
 * Programs that take turns. Each is warm and has its codecs open before its turn, and a turn is short: a machine that
 * is slower for some seconds is so for all of them.
 */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';

/** A program that prints `ready`, and one line of JSON for each line that it reads. */
export class Contestant<Result> {
  readonly #name: string;
  readonly #process;
  readonly #lines: AsyncIterator<string>;

  constructor(program: string, args: readonly string[]) {
    this.#name = [program, ...args].join(' ');
    this.#process = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  }

  /** Resolves when it is ready for its turn. */
  async ready(): Promise<void> {
    const line = await this.#line();
    if (line !== 'ready') throw new Error(`${this.#name}: expected to be told that it is ready, received: ${line}`);
  }

  /** Its turn; it is not ready again until ready() resolves. `how` is said to it. */
  async turn(how = ''): Promise<Result> {
    this.#process.stdin.write(`${how}\n`);
    return JSON.parse(await this.#line()) as Result;
  }

  /** Asks for nothing more; resolves when the program has ended. */
  async end(): Promise<void> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve));
    this.#process.stdin.end();
    await ended;
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error(`${this.#name} ended (${this.#process.exitCode ?? this.#process.signalCode})`);
    return value;
  }
}

/** One measurement of a program that is needed for nothing else. */
export async function once<Result>(program: string, args: readonly string[]): Promise<Result> {
  const contestant = new Contestant<Result>(program, args);
  await contestant.ready();
  const result = await contestant.turn();
  await contestant.end();
  return result;
}
