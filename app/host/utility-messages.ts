/** What the main process and a host in a utility process say to each other besides the sessions' own ports. */
import type { HostOptions } from './serve.js';

/** One port's session; numbered by the main process. */
export type SessionNumber = number;

/** To the utility process. */
export type UtilityCommand =
  /** Comes with one port. */
  | { type: 'serve'; session: SessionNumber; options: HostOptions }
  | { type: 'end'; session: SessionNumber }
  /** End every session, then the process. */
  | { type: 'stop' };

/** To the main process: a session has ended; `fault` says what the client did wrong, where it did. */
export interface SessionEnd {
  type: 'ended';
  session: SessionNumber;
  fault: string | null;
}
