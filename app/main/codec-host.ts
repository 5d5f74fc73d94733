/** What a program starts to use codecs: a host somewhere, a connection to it, and the WebCodecs classes over that. */
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type ClientLimits, Connection, createWebCodecs, type WebCodecs } from '../client/index.js';
import { argumentError } from '../protocol/errors.js';
import type { SessionLimits, Statistics, Versions } from '../protocol/messages.js';
import { type ElectronMain, electronMain } from './electron.js';
import { startInlineHost } from './host-inline.js';
import { checkHostOptions } from './host-options.js';
import { startHostProcess } from './host-process.js';
import { UtilityHost } from './host-utility.js';
import type { AllowOptions, PageFault } from './pages.js';
import { PortBroker } from './port-broker.js';
import type { HostExit, RunningHost } from './running-host.js';
import { type RestartPolicy, Supervisor } from './supervisor.js';

/** Where a host runs, what it does with frames that do not fit, and how much it may hold. */
export interface CodecHostOptions {
  /**
   * `utility`, the default in Electron's main process: in a utility process, to which pages have ports of their own.
   * `child`, the default in Node: in a child process; not in Electron's main process, whose program starts as Node only
   * where its `runAsNode` fuse is on, and otherwise as a second app. The crash of either is survived. `inline`: in this
   * process, where nothing is copied and nothing is isolated.
   */
  runIn?: 'utility' | 'child' | 'inline';
  /**
   * What an encoder does with a frame of another visible size than its own: fail with an error that names both sizes,
   * which is the default, or scale it as the specification says.
   */
  frameSizeMismatch?: 'error' | 'scale';
  /** Of the caller's queues (see ClientLimits) and of the host (see SessionLimits). Defaults where absent. */
  limits?: ClientLimits & Partial<SessionLimits>;
  /** Of each page's port, where they shall differ from `limits`. Messages a second are 20,000 where absent. */
  pageLimits?: Partial<SessionLimits>;
  /** When a host that ended by itself is started again; defaults where absent. */
  restart?: Partial<RestartPolicy>;
}

/** What a host tells to listeners. */
export interface CodecHostEvents {
  /** The host ended, be it by a crash, by a signal or, where `expected` is true, by close(). */
  exit: [exit: HostExit];
  /** A new host runs in the place of one that ended by itself. */
  restart: [];
  /** The host ended too often (see RestartPolicy): no other is started, and whoever asks for a codec gets an error. */
  'crash-loop': [reason: string];
  /** A page was refused a port, or lost it for what it sent. Also written to the console, as a warning. */
  'page-fault': [fault: PageFault];
}

/** The part of Electron's Session that is used. */
export interface PreloadRegistry {
  registerPreloadScript(script: { type: 'frame'; id?: string; filePath: string }): string;
}

/** Messages a second from one page: several times what encoding and decoding at full speed takes. */
const pageMessageRate = 20_000;

const preloadScript = fileURLToPath(new URL('../../preload/bundle.cjs', import.meta.url));

function requireElectron(): ElectronMain {
  const electron = electronMain();
  if (!electron) throw new TypeError("runIn: 'utility' needs Electron's main process; elsewhere 'child' is the way.");
  return electron;
}

/** A host that runs somewhere, and the WebCodecs classes that work in it. Made by `createCodecHost()`. */
export class CodecHost {
  /** The classes of the specification. Usable at once: what is asked of them waits until the host is up. */
  readonly webcodecs: WebCodecs;
  readonly #options: CodecHostOptions;
  readonly #events = new EventEmitter();
  readonly #supervisor: Supervisor<RunningHost>;
  /** Where pages can be served. */
  readonly #makeBroker: (() => PortBroker) | null = null;
  #broker: PortBroker | null = null;
  #connection: Connection;
  /** The connection's host has ended, which its port may tell a moment later. */
  #orphaned = false;
  #closed = false;

  constructor(options: CodecHostOptions = {}) {
    checkHostOptions(options, 'options');
    const { limits, pageLimits, runIn = electronMain() ? 'utility' : 'child' } = options;
    this.#options = options;
    const { queueSize: _, queueBytes: __, ...sessionLimits } = limits ?? {};
    const hostOptions = { limits: sessionLimits };
    switch (runIn) {
      case 'utility': {
        const electron = requireElectron();
        const supervisor = this.#supervise(() => {
          const host = new UtilityHost(electron, hostOptions);
          void host.exited.then(({ reason }) => this.#broker?.hostEnded(host, reason));
          return host;
        });
        this.#supervisor = supervisor;
        const session = { limits: { messagesPerSecond: pageMessageRate, ...sessionLimits, ...pageLimits } };
        const fault = (what: PageFault): void => this.#tellFault(what);
        this.#makeBroker = () => new PortBroker({ electron, supervisor, session, fault });
        break;
      }
      case 'child':
        if (electronMain()) {
          throw argumentError('options.runIn', "'utility' or 'inline' in Electron's main process", runIn);
        }
        this.#supervisor = this.#supervise(() => startHostProcess(hostOptions));
        break;
      case 'inline':
        this.#supervisor = this.#supervise(() => startInlineHost(hostOptions));
        break;
      default:
        throw argumentError('options.runIn', 'a place that there is', runIn satisfies never);
    }
    this.#connection = this.#connect();
    this.webcodecs = createWebCodecs(() => this.#current());
  }

  /** Resolves when the host answers. Rejects with a DOMException that says why when it can't start. */
  get ready(): Promise<void> {
    return this.#connection.ready;
  }

  /** The process that the host runs in; undefined where it is this one, or where it has ended. */
  get pid(): number | undefined {
    return this.#supervisor.pid;
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

  /**
   * Lets pages of this origin (`app://editor`) have a port to the host: those in a window's main frame, and with
   * `subframes` those in frames too. Throws a TypeError for what is no origin, and an InvalidStateError where the host
   * is no utility process or another host of this app serves pages already.
   */
  allow(origin: string, options: AllowOptions = {}): this {
    if (!this.#makeBroker || this.#closed) {
      throw new DOMException("Pages are served by an open host with runIn: 'utility'", 'InvalidStateError');
    }
    this.#broker ??= this.#makeBroker();
    this.#broker.allow(origin, options);
    return this;
  }

  /**
   * Adds the preload script that hands ports to pages, beside those that the app has: to Electron's `session`, before
   * windows of it are opened. An app that bundles `electron-webcodecs/preload` into its own script needs no other.
   */
  registerPreload(session: PreloadRegistry): this {
    session.registerPreloadScript({ type: 'frame', id: 'electron-webcodecs', filePath: preloadScript });
    return this;
  }

  /** Which FFmpeg the host runs, and under which licence. Rejects with a DOMException where the host is gone. */
  versions(): Promise<Versions> {
    return this.#connection.versions();
  }

  /** What lives in the host for this process. Rejects with a DOMException where the host is gone. */
  statistics(): Promise<Statistics> {
    return this.#connection.statistics();
  }

  /**
   * Ends the host. Codecs close without an error callback, pending promises reject with an AbortError, frames that live
   * in the host are lost. Resolves when its threads, and its process, have ended. Idempotent.
   */
  async close(): Promise<void> {
    this.#closed = true;
    this.#broker?.close();
    this.#connection.close();
    await this.#supervisor.stop();
  }

  /** The connection that a codec configured now belongs to: to a new host where the last one died. */
  #current(): Connection {
    if ((this.#connection.isClosed || this.#orphaned) && !this.#closed) this.#connection = this.#connect();
    return this.#connection;
  }

  #connect(): Connection {
    const { frameSizeMismatch, limits } = this.#options;
    const { queueSize, queueBytes } = limits ?? {};
    this.#orphaned = false;
    const connection = new Connection(this.#supervisor.connect(), {
      ...(frameSizeMismatch && { frameSizeMismatch }),
      limits: {
        ...(queueSize !== undefined && { queueSize }),
        ...(queueBytes !== undefined && { queueBytes }),
      },
    });
    connection.ready.then(
      () => this.#supervisor.answered(),
      () => undefined,
    );
    return connection;
  }

  #supervise<Host extends RunningHost>(start: () => Host): Supervisor<Host> {
    return new Supervisor(
      start,
      {
        exit: (exit) => {
          this.#orphaned = true;
          this.#events.emit('exit', exit);
        },
        restart: () => {
          // What is asked of the host from now on is for the new one.
          this.#current();
          this.#events.emit('restart');
        },
        crashLoop: (reason) => this.#events.emit('crash-loop', reason),
      },
      this.#options.restart,
    );
  }

  #tellFault(fault: PageFault): void {
    console.warn(`Codec host: a page of ${fault.origin || 'a frame that is gone'}: ${fault.reason}`);
    this.#events.emit('page-fault', fault);
  }
}

/** Starts a codec host. Throws a TypeError for options that are none; a host that can't start is told of by `ready`. */
export function createCodecHost(options: CodecHostOptions = {}): CodecHost {
  return new CodecHost(options);
}
