/** A host that runs somewhere, and how it ended. */
import type { Port } from '../protocol/port.js';

/** How a host ended. */
export interface HostExit {
  /** Of the process; null where a signal ended it, or where the host had no process of its own. */
  code: number | null;
  signal: string | null;
  /** A sentence, with the last lines that the process wrote to stderr where it crashed. */
  reason: string;
  /** Whether close() was called before. */
  expected: boolean;
  /** Whether it ended by a fault or a signal, not by leaving with code 0 and not by close(). */
  crashed: boolean;
}

/** A host in a process of its own or in this one, seen from the side that started it. */
export interface RunningHost {
  /** Of the host's own process, while it runs. */
  readonly pid: number | undefined;
  readonly exited: Promise<HostExit>;
  /** A client's end of a new session; null where the host serves one client only and has it, or had it. */
  connect(): Port | null;
  /** Ends the host: it gets time to end its threads. Resolves when it has ended. Idempotent. */
  stop(): Promise<void>;
}
