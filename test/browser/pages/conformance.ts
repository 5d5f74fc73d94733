/** The conformance suite's clauses as situations of a page. */
import { Env, type Runner, type Suite } from '../../conformance/harness.js';
import { offer, type PageEnv, type Situation } from './situations.js';

/** Exceptions that are reported meanwhile; the page's own report of them is called off. */
async function uncaught(run: () => Promise<void>): Promise<unknown[]> {
  const reported: unknown[] = [];
  const listener = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(event.error);
  };
  addEventListener('error', listener);
  try {
    await run();
  } finally {
    removeEventListener('error', listener);
  }
  return reported;
}

const { gc } = globalThis as { gc?: () => void };

async function runnerOf(env: PageEnv, frames: 'platform' | 'remote'): Promise<Runner> {
  // Scaling is what the specification asks of encoders; the default is an error.
  const options = { frameSizeMismatch: 'scale' } as const;
  const codecs = frames === 'remote' ? await env.connectRemote(options) : await env.connect(options);
  return {
    // The clauses are written against the classes in Node, which the platform's media objects stand in for.
    webcodecs: codecs as unknown as Runner['webcodecs'],
    surroundings: 'page',
    uncaught,
    collectGarbage: gc ? () => gc() : null,
  };
}

/** Offers each clause, on the classes over these media objects. */
export function offerClauses(suites: readonly Suite[], frames: 'platform' | 'remote'): void {
  const situations: [string, Situation][] = suites.flatMap(({ name, clauses }) =>
    clauses.map(({ anchor, title, run }): [string, Situation] => [
      `${name}: ${anchor}: ${title}`,
      async (env) => run(new Env(await runnerOf(env, frames))),
    ]),
  );
  offer(Object.fromEntries(situations));
}
