/** Runs every conformance suite in Node, against a host in this process and one in a child process. */
import { readdirSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { createCodecHost } from 'electron-webcodecs';
import { assertNothingLeft, bothWays, type CodecHost, type RunIn } from '../fixtures/codec-host.js';
import { Env, type Suite } from './harness.js';

async function findSuites(): Promise<Suite[]> {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith('.suite.js'));
  return Promise.all(files.sort().map(async (name) => ((await import(`./${name}`)) as { suite: Suite }).suite));
}

async function uncaught(run: () => Promise<void>): Promise<unknown[]> {
  const reported: unknown[] = [];
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', (error) => reported.push(error));
  try {
    await run();
  } finally {
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
  return reported;
}

function envOf(host: CodecHost, surroundings: RunIn): Env {
  const { webcodecs } = host;
  return new Env({
    webcodecs,
    surroundings,
    uncaught,
    collectGarbage: globalThis.gc ? () => void globalThis.gc?.() : null,
  });
}

const suites = await findSuites();
for (const runIn of bothWays) {
  for (const { name, clauses } of suites) {
    describe(`${name}, host ${runIn === 'child' ? 'in a child process' : 'inline'}`, () => {
      let host: CodecHost | null = null;
      after(() => host?.close());
      for (const { anchor, title, run } of clauses) {
        test(`${anchor}: ${title}`, async () => {
          // Scaling is what the specification asks of encoders; the default is an error.
          host ??= createCodecHost({ runIn, frameSizeMismatch: 'scale' });
          try {
            await run(envOf(host, runIn));
            await assertNothingLeft(host);
          } catch (error) {
            // What a failed clause left behind must not fail the next one.
            await host.close();
            host = null;
            throw error;
          }
        });
      }
    });
  }
}
