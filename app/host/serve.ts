/** A session on a port, or the reason why there is none. */
import { loadNative } from '../../native/index.js';
import { toWireError } from '../protocol/errors.js';
import type { HostMessage, SessionLimits } from '../protocol/messages.js';
import type { Port } from '../protocol/port.js';
import { Session } from './session.js';

/** What a host is started with; crosses to it as JSON. */
export interface HostOptions {
  limits?: Partial<SessionLimits>;
}

/**
 * Serves a client on this port until either side closes it. Where the addon can't be loaded, the client is told why
 * and null is returned.
 */
export function serve(port: Port, options: HostOptions = {}): Session | null {
  try {
    return new Session(port, { binding: loadNative(), ...options });
  } catch (error) {
    port.postMessage({ type: 'goodbye', error: toWireError(error) } satisfies HostMessage);
    port.close();
    return null;
  }
}
