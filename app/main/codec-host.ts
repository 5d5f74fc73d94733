/** What a program starts to use codecs: a host somewhere, a connection to it, and the WebCodecs classes over that. */
import { EventEmitter } from 'node:events';
import { type ClientLimits, Connection, createWebCodecs, type WebCodecs } from '../client/index.js';
import { argumentError } from '../protocol/errors.js';
import type { SessionLimits, Statistics, Versions } from '../protocol/messages.js';
import { startInlineHost } from './host-inline.js';
import { startHostProcess } from './host-process.js';
import type { HostExit, RunningHost } from './running-host.js';

/** Where a host runs, what it does with frames that do not fit, and how much it may hold. */
export interface CodecHostOptions {
  /**
   * `child`, the default: in a child process, whose crash is survived. `inline`: in this process, where nothing is
   * copied and nothing is isolated.
   */
  runIn?: 'child' | 'inline';
  /**
   * What an encoder does with a frame of another visible size than its own: fail with an error that names both sizes,
   * which is the default, or scale it as the specification says.
   */
  frameSizeMismatch?: 'error' | 'scale';
  /** Of the caller's queues (see ClientLimits) and of the host (see SessionLimits). Defaults where absent. */
  limits?: ClientLimits & Partial<SessionLimits>;
}

/** What a host tells to listeners. */
export interface CodecHostEvents {
  /** The host ended, be it by a crash, by a signal or, where `expected` is true, by close(). */
  exit: [exit: HostExit];
  /** A new host runs in the place of one that ended by itself. */
  restart: [];
}

function start(options: CodecHostOptions): RunningHost {
  const { queueSize: _, queueBytes: __, ...limits } = options.limits ?? {};
  const runIn = options.runIn ?? 'child';
  switch (runIn) {
    case 'child':
      return startHostProcess({ limits });
    case 'inline':
      return startInlineHost({ limits });
    default:
      throw argumentError('runIn', "'child' or 'inline'", runIn satisfies never);
  }
}

/** A host that runs somewhere, and the WebCodecs classes that work in it. Made by `createCodecHost()`. */
export class CodecHost {
  /** The classes of the specification. Usable at once: what is asked of them waits until the host is up. */
  readonly webcodecs: WebCodecs;
  readonly #options: CodecHostOptions;
  readonly #events = new EventEmitter();
  #host: RunningHost;
  #connection: Connection;
  /** Whether the host has ever answered: one that can't start is not started again. */
  #started = false;
  #closed = false;

  constructor(options: CodecHostOptions = {}) {
    const { frameSizeMismatch = 'error' } = options;
    if (frameSizeMismatch !== 'error' && frameSizeMismatch !== 'scale') {
      throw argumentError('frameSizeMismatch', "'error' or 'scale'", frameSizeMismatch);
    }
    this.#options = options;
    this.#host = start(options);
    this.#connection = this.#connect(this.#host);
    this.webcodecs = createWebCodecs(() => this.#current());
  }

  /** Resolves when the host answers. Rejects with a DOMException that says why when it can't start. */
  get ready(): Promise<void> {
    return this.#connection.ready;
  }

  /** The process that the host runs in; undefined where it is this one, or where it has ended. */
  get pid(): number | undefined {
    return this.#host.pid;
  }

  /** Adds a listener. */
  on<E extends keyof CodecHostEvents>(event: E, listener: (...args: CodecHostEvents[E]) => void): this {
    this.#events.on(event, listener);
    return this;
  }

  /** Takes a listener away. */
  off<E extends keyof CodecHostEvents>(event: E, listener: (...args: CodecHostEvents[E]) => void): this {
    this.#events.off(event, listener);
    return this;
  }

  /** Which FFmpeg the host runs, and under which licence. Rejects with a DOMException where the host is gone. */
  versions(): Promise<Versions> {
    return this.#connection.versions();
  }

  /** What lives in the host. Rejects with a DOMException where the host is gone. */
  statistics(): Promise<Statistics> {
    return this.#connection.statistics();
  }

  /**
   * Ends the host. Codecs close without an error callback, pending promises reject with an AbortError, frames that live
   * in the host are lost. Resolves when its threads, and its process, have ended. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#connection.close();
    await this.#host.stop();
  }

  /** The connection that a codec configured now belongs to: to a new host where the last one died. */
  #current(): Connection {
    if (this.#connection.isClosed && this.#started && !this.#closed) {
      this.#started = false;
      this.#host = start(this.#options);
      this.#connection = this.#connect(this.#host);
      queueMicrotask(() => this.#events.emit('restart'));
    }
    return this.#connection;
  }

  #connect(host: RunningHost): Connection {
    const { frameSizeMismatch, limits } = this.#options;
    const { queueSize, queueBytes } = limits ?? {};
    const connection = new Connection(host.port, {
      ...(frameSizeMismatch && { frameSizeMismatch }),
      limits: {
        ...(queueSize !== undefined && { queueSize }),
        ...(queueBytes !== undefined && { queueBytes }),
      },
    });
    connection.ready.then(
      () => {
        this.#started = true;
      },
      () => undefined,
    );
    void host.exited.then((exit) => this.#events.emit('exit', { ...exit, expected: exit.expected || this.#closed }));
    return connection;
  }
}

/** Starts a codec host. Throws a TypeError for options that are none; a host that can't start is told of by `ready`. */
export function createCodecHost(options: CodecHostOptions = {}): CodecHost {
  return new CodecHost(options);
}
