/** The host as a child process of Node. */
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { HostOptions } from '../host/serve.js';
import type { Port } from '../protocol/port.js';
import { portFromChildProcess } from '../protocol/port-node.js';
import { keepOutput } from './output.js';
import type { HostExit, RunningHost } from './running-host.js';

const entry = fileURLToPath(new URL('../host/entry.js', import.meta.url));

/** Milliseconds that a host gets for ending its threads before it is killed. */
const stopDeadline = 5000;

function describe(code: number | null, signal: string | null, output: string): string {
  const how = signal ? `was ended by ${signal}` : `exited with code ${code ?? 'unknown'}`;
  return output === '' ? `The host's process ${how}.` : `The host's process ${how}: ${output}`;
}

class HostProcess implements RunningHost {
  readonly exited: Promise<HostExit>;
  readonly #child: ChildProcess;
  /** The IPC channel, which carries one session. */
  readonly #port: Port;
  #taken = false;
  #stopping = false;

  constructor(options: HostOptions) {
    const child = fork(entry, [JSON.stringify(options)], {
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
      // Switches of this process (--test, --inspect, loaders) are not the host's.
      execArgv: [],
      // In Electron, execPath is Electron itself.
      env: process.versions['electron'] ? { ...process.env, ELECTRON_RUN_AS_NODE: '1' } : process.env,
    });
    this.#child = child;
    const output = keepOutput(child.stderr);
    this.exited = new Promise((resolve) => {
      const settle = (code: number | null, signal: string | null, reason: string) =>
        resolve({
          code,
          signal,
          reason,
          expected: this.#stopping,
          crashed: !this.#stopping && code !== 0,
        });
      // Not 'close', which Node doesn't emit once this side has disconnected. The reason is in stderr's last lines.
      const outputRead = new Promise<void>((read) => child.stderr?.once('close', read) ?? read());
      child.once('exit', (code, signal) => {
        void outputRead.then(() => settle(code, signal, describe(code, signal, output())));
      });
      child.once('error', (error) => settle(null, null, error.message));
    });
    this.#port = portFromChildProcess(child, (code, signal) => describe(code, signal, output()));
  }

  get pid(): number | undefined {
    return this.#child.exitCode === null && this.#child.signalCode === null ? this.#child.pid : undefined;
  }

  connect(): Port | null {
    if (this.#taken) return null;
    this.#taken = true;
    return this.#port;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.#port.close();
    // Whoever waits for this has nothing else that keeps the process alive.
    this.#port.ref();
    const deadline = setTimeout(() => this.#child.kill('SIGKILL'), stopDeadline);
    await this.exited;
    clearTimeout(deadline);
  }
}

/** Starts a child process, which neither keeps this process alive by itself nor outlives it. */
export function startHostProcess(options: HostOptions): RunningHost {
  return new HostProcess(options);
}
