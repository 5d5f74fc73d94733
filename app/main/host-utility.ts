/** The host as a utility process of Electron, with one port per client. */
import { fileURLToPath } from 'node:url';
import type { MessagePortMain, UtilityProcess } from 'electron/main';
import type { HostOptions } from '../host/serve.js';
import type { SessionEnd, SessionNumber, UtilityCommand } from '../host/utility-messages.js';
import type { Port } from '../protocol/port.js';
import { deferredPort } from '../protocol/port-deferred.js';
import { portFromMessagePortMain } from '../protocol/port-electron.js';
import type { ElectronMain } from './electron.js';
import { keepOutput } from './output.js';
import type { HostExit, RunningHost } from './running-host.js';

/** Electron can't fork from inside an archive; packagers unpack the file beside it. */
const entry = fileURLToPath(new URL('../host/entry-utility.js', import.meta.url)).replace(
  /\bapp\.asar(?=[\\/])/,
  'app.asar.unpacked',
);

/** Milliseconds that a host gets for ending its threads before it is killed. */
const stopDeadline = 5000;
/** Milliseconds that the process's end waits for Electron's account of it, which comes before or after. */
const accountDeadline = 20;

let started = 0;

export class UtilityHost implements RunningHost {
  readonly exited: Promise<HostExit>;
  readonly #electron: ElectronMain;
  readonly #options: HostOptions;
  readonly #child: Promise<UtilityProcess>;
  readonly #lost: Promise<string>;
  /** Told apart from those of other hosts in Electron's account of processes that are gone. */
  readonly #serviceName: string;
  readonly #sessionEnds = new Map<SessionNumber, (fault: string | null) => void>();
  #running: UtilityProcess | null = null;
  #lastSession = 0;
  #stopping = false;

  constructor(electron: ElectronMain, options: HostOptions) {
    this.#electron = electron;
    this.#options = options;
    started += 1;
    this.#serviceName = `Codec host ${started}`;
    let settle: (exit: HostExit) => void = () => undefined;
    this.exited = new Promise((resolve) => {
      settle = resolve;
    });
    this.#lost = this.exited.then(({ reason }) => reason);
    this.#child = this.#fork(settle);
    this.#child.catch((error: unknown) => {
      const reason = `The host's process could not be started: ${String(error)}`;
      settle({ code: null, signal: null, reason, expected: this.#stopping, crashed: true });
    });
  }

  get pid(): number | undefined {
    return this.#running?.pid;
  }

  connect(): Port {
    const port = this.#child.then(() => {
      const { port1, port2 } = new this.#electron.MessageChannelMain();
      this.serve(port1, this.#options, () => undefined);
      return portFromMessagePortMain(port2);
    });
    return deferredPort(port, this.#lost);
  }

  /** Resolves when the process has been forked, which waits until Electron is ready. */
  async forked(): Promise<void> {
    await this.#child;
  }

  /**
   * Serves this port, which is neutered by it. `ended` is called when the session has ended before its host, with what
   * the client did wrong, if it did.
   */
  serve(port: MessagePortMain, options: HostOptions, ended: (fault: string | null) => void): SessionNumber {
    this.#lastSession += 1;
    const session = this.#lastSession;
    this.#sessionEnds.set(session, ended);
    this.#tell({ type: 'serve', session, options }, [port]);
    return session;
  }

  /** Ends a session and closes its port. */
  end(session: SessionNumber): void {
    this.#tell({ type: 'end', session });
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      const child = await this.#child.catch(() => null);
      this.#tell({ type: 'stop' });
      const deadline = setTimeout(() => child?.pid !== undefined && process.kill(child.pid, 'SIGKILL'), stopDeadline);
      void this.exited.then(() => clearTimeout(deadline));
    }
    await this.exited;
  }

  #tell(command: UtilityCommand, ports: MessagePortMain[] = []): void {
    this.#running?.postMessage(command, ports);
  }

  async #fork(settle: (exit: HostExit) => void): Promise<UtilityProcess> {
    const { app, utilityProcess } = this.#electron;
    await app.whenReady();
    const child = utilityProcess.fork(entry, [], {
      serviceName: this.#serviceName,
      stdio: ['ignore', 'inherit', 'pipe'],
    });
    this.#running = child;
    const output = keepOutput(child.stderr);
    let fatal = '';
    child.on('error', (type, location) => {
      fatal = `${type} at ${location}. `;
    });
    child.on('message', ({ session, fault }: SessionEnd) => {
      const ended = this.#sessionEnds.get(session);
      this.#sessionEnds.delete(session);
      ended?.(fault);
    });
    const account = this.#accountOfEnd();
    child.once('exit', (code) => {
      this.#running = null;
      void account.take().then((how) => {
        // Electron reports a SIGTERM as code 0: only our own intent, or its account, tells a crash from an exit.
        const crashed = !this.#stopping && (code !== 0 || (how !== null && how !== 'clean-exit'));
        const words = `The host's process ${how ? `is gone (${how})` : 'exited'} with code ${code}`;
        const more = `${fatal}${output()}`.trim();
        const reason = more && crashed ? `${words}: ${more}` : `${words}.`;
        settle({ code, signal: null, reason, expected: this.#stopping, crashed });
      });
    });
    return child;
  }

  /** Listens for what Electron says about the end of this process; its order against the process's `exit` is not fixed. */
  #accountOfEnd(): { take(): Promise<string | null> } {
    const { app } = this.#electron;
    let reason: string | null = null;
    let wake: () => void = () => undefined;
    const listen = (_: unknown, details: { serviceName?: string; reason: string }): void => {
      if (details.serviceName !== this.#serviceName) return;
      reason = details.reason;
      wake();
    };
    app.on('child-process-gone', listen);
    const take = async (): Promise<string | null> => {
      if (reason === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
          setTimeout(resolve, accountDeadline);
        });
      }
      app.off('child-process-gone', listen);
      return reason;
    };
    return { take };
  }
}
