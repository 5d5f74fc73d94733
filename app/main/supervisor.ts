/** Keeps a host running: starts it, knows why it ended, and starts it again unless it keeps crashing. */

import type { Port } from '../protocol/port.js';
import { deferredPort } from '../protocol/port-deferred.js';
import type { HostExit, RunningHost } from './running-host.js';

/** When a host that ended by itself is started again. */
export interface RestartPolicy {
  /** So many ends within `withinMs` are a crash loop: the host is not started again. */
  limit: number;
  withinMs: number;
  /** Milliseconds before the second restart within `withinMs`; the first is immediate, each further waits twice as long. */
  delayMs: number;
}

const defaultPolicy: RestartPolicy = { limit: 5, withinMs: 60_000, delayMs: 100 };

/** What a supervisor tells. */
export interface SupervisorListener {
  /** A host ended. Called before anything is started in its place. */
  exit(exit: HostExit): void;
  /** A new host runs in the place of one that ended by itself. */
  restart(): void;
  /** The host ended too often; no other is started. */
  crashLoop(reason: string): void;
}

export class Supervisor<Host extends RunningHost> {
  readonly #start: () => Host;
  readonly #listener: SupervisorListener;
  readonly #policy: RestartPolicy;
  #host: Host;
  /** The host that runs, or the one to come; rejects where there will be none. */
  #current: Promise<Host>;
  #timer: NodeJS.Timeout | null = null;
  #abandon: (reason: DOMException) => void = () => undefined;
  /** When hosts ended by themselves, in milliseconds of the monotonic clock. */
  #ends: number[] = [];
  #isUp = true;
  #answered = false;
  #stopping = false;

  constructor(start: () => Host, listener: SupervisorListener, policy: Partial<RestartPolicy> = {}) {
    this.#start = start;
    this.#listener = listener;
    this.#policy = { ...defaultPolicy, ...policy };
    this.#host = this.#run();
    this.#current = Promise.resolve(this.#host);
  }

  /** Of the process of the host that runs. */
  get pid(): number | undefined {
    return this.#host.pid;
  }

  /** The host that runs, or the next one. Rejects with an OperationError that says why where there will be none. */
  get host(): Promise<Host> {
    return this.#current;
  }

  /** The host is one that can start; one that never answered would fail again. */
  answered(): void {
    this.#answered = true;
  }

  /** A client's end of a new session, with the host that runs or with the next one. It ends where there will be none. */
  connect(): Port {
    return (this.#isUp ? this.#host.connect() : null) ?? deferredPort(this.#connectLater());
  }

  /** Ends the host for good. Resolves when it has ended. Idempotent. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#isUp = false;
    if (this.#timer) clearTimeout(this.#timer);
    this.#abandon(new DOMException('The codec host was closed', 'OperationError'));
    await this.#host.stop();
  }

  async #connectLater(): Promise<Port> {
    for (;;) {
      const host = await this.#current;
      const port = host.connect();
      if (port) return port;
      // It served one client, whose session has ended: it is about to end itself.
      await host.exited;
    }
  }

  #run(): Host {
    const host = this.#start();
    void host.exited.then((exit) => this.#ended(exit));
    return host;
  }

  #ended(exit: HostExit): void {
    this.#isUp = false;
    this.#current = new Promise((resolve, reject) => {
      this.#abandon = reject;
      this.#timer = null;
      const next = this.#delayBeforeNext(exit);
      if (typeof next === 'string') {
        reject(new DOMException(next, 'OperationError'));
        return;
      }
      this.#timer = setTimeout(() => {
        this.#host = this.#run();
        this.#isUp = true;
        resolve(this.#host);
        this.#listener.restart();
      }, next);
    });
    // Whoever waits for it hears of it; often nobody does.
    this.#current.catch(() => undefined);
    this.#listener.exit({ ...exit, expected: exit.expected || this.#stopping });
    if (this.#isLooping()) this.#listener.crashLoop(exit.reason);
  }

  #isLooping(): boolean {
    return this.#ends.length >= this.#policy.limit;
  }

  /** Milliseconds, or why there is no next host. */
  #delayBeforeNext(exit: HostExit): number | string {
    if (exit.expected || this.#stopping) return 'The codec host was closed';
    if (!this.#answered) return exit.reason;
    const { withinMs, delayMs, limit } = this.#policy;
    const now = performance.now();
    this.#ends = [...this.#ends.filter((end) => now - end < withinMs), now];
    if (this.#isLooping()) return `The codec host ended ${limit} times within ${withinMs / 1000} s: ${exit.reason}`;
    return this.#ends.length === 1 ? 0 : delayMs * 2 ** (this.#ends.length - 2);
  }
}
