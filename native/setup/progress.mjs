// One line per step on standard error, so that a command's own output stays clean.
import { SetupError, tailOf } from './process.mjs';

const interactive = process.stderr.isTTY === true;
const seconds = (/** @type {number} */ since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** Which step is running, and when it began. */
export class Progress {
  #title = '';
  #began = Date.now();
  #reported = false;

  /**
   * Runs a step. A step that finds nothing to do prints nothing.
   * @template T
   * @param {string} title
   * @param {(step: Progress) => Promise<T> | T} body
   * @returns {Promise<T>}
   */
  async step(title, body) {
    this.#title = title;
    this.#began = Date.now();
    this.#reported = false;
    const result = await body(this);
    if (this.#reported) this.#line(`✓ ${title} (${seconds(this.#began)})`);
    return result;
  }

  /**
   * Says what the running step is doing now.
   * @param {string} detail
   */
  report(detail) {
    this.#reported = true;
    const text = `  ${this.#title}: ${detail}…`;
    if (interactive) process.stderr.write(`\r\x1b[K${text}`);
    else process.stderr.write(`${text}\n`);
  }

  /**
   * A sentence that stays on the screen, in place of the step's closing line.
   * @param {string} sentence
   */
  note(sentence) {
    this.#reported = false;
    this.#line(`  ${sentence}`);
  }

  /** @param {string} text */
  #line(text) {
    process.stderr.write(interactive ? `\r\x1b[K${text}\n` : `${text}\n`);
  }

  /**
   * Tells the user why the set-up stopped and what to do.
   * @param {unknown} error
   */
  failure(error) {
    if (this.#title) this.#line(`✗ ${this.#title} (${seconds(this.#began)})`);
    if (!(error instanceof SetupError)) throw error;
    if (error.log) process.stderr.write(`${tailOf(error.log)}\n`);
    process.stderr.write(`\n${error.message}\n`);
    if (error.log) process.stderr.write(`Full log: ${error.log}\n`);
    if (error.advice) process.stderr.write(`${error.advice}\n`);
  }
}
