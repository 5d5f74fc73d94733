/** The host in this very process: no isolation and no crossing. For tests, command-line tools and benchmarks. */
import { type HostOptions, serve } from '../host/serve.js';
import { inlinePorts } from '../protocol/port-inline.js';
import type { HostExit, RunningHost } from './running-host.js';

const forever = 2 ** 31 - 1;

/** Serves on a channel of this thread; the codecs have threads of their own wherever they run. */
export function startInlineHost(options: HostOptions): RunningHost {
  const [port, hostPort] = inlinePorts();
  const session = serve(hostPort, options);
  const ended = session?.ended ?? Promise.resolve();
  let stopping = false;
  let taken = false;
  const exited = ended.then((): HostExit => {
    const reason = session ? 'The host has ended.' : 'The host could not start.';
    return { code: null, signal: null, reason, expected: stopping, crashed: false };
  });
  return {
    pid: undefined,
    exited,
    connect() {
      if (taken) return null;
      taken = true;
      return port;
    },
    async stop() {
      stopping = true;
      // The session's last events come from threads that do not keep the loop alive.
      const alive = setInterval(() => undefined, forever);
      port.close();
      await exited;
      clearInterval(alive);
    },
  };
}
