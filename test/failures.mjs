// A reporter of node:test that tells failures only: run.mjs prints them once more after everything else.
import path from 'node:path';
import { inspect } from 'node:util';
import { checkout } from '../native/setup/places.mjs';

/** @param {AsyncIterable<import('node:test/reporters').TestEvent>} events */
// biome-ignore lint/style/noDefaultExport: node:test takes a module's default export as the reporter.
export default async function* failures(events) {
  for await (const event of events) {
    if (event.type !== 'test:fail') continue;
    const { data } = event;
    const { error } = data.details;
    // A suite fails for its tests, which were told before.
    if ('failureType' in error && error.failureType === 'subtestsFailed') continue;
    const place = data.file ? `${path.relative(checkout, data.file)}:${data.line}` : 'unknown file';
    const cause = error.cause ?? error;
    const text = cause instanceof Error ? (cause.stack ?? cause.message) : inspect(cause);
    yield `${place}: ${data.name}\n${text.replace(/^/gm, '  ')}\n`;
  }
}
