/**
 * How a port gets from the main process to a page: the page asks with a nonce, its preload script asks main, main sends
 * the port to that very frame, and the preload script posts it on to the page. Types and readers only.
 */

/** Channels between a preload script and main. */
export const channels = {
  /** Preload → main: a HandOverRequest. */
  request: 'electron-webcodecs:request',
  /** Main → preload: a HandOverAnswer, with the port where it is a `port`. */
  answer: 'electron-webcodecs:answer',
} as const;

/** The member that marks messages of ours among a window's others. */
export const marker = 'electron-webcodecs';

/** Of a page. `release` gives the channel back, so that the frame can ask for another. */
export interface HandOverRequest {
  type: 'request' | 'release';
  /** Chosen by the page for one hand-over: 32 hexadecimal digits. */
  nonce: string;
}

/** To a page. A nonce gets one `port` or one `refused`; after `port`, at most one `lost`. */
export type HandOverAnswer =
  /** The preload script is there, and has asked. */
  | { type: 'asked'; nonce: string }
  | { type: 'port'; nonce: string }
  | { type: 'refused'; nonce: string; reason: string }
  /** The host is gone, or main took the channel back: the port leads nowhere any more. */
  | { type: 'lost'; nonce: string; reason: string };

function isNonce(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
}

/** A new nonce. */
export function makeNonce(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What a page or its preload script says; null where it is nothing of ours. */
export function readRequest(value: unknown): HandOverRequest | null {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('nonce' in value)) return null;
  const { type, nonce } = value;
  return (type === 'request' || type === 'release') && isNonce(nonce) ? { type, nonce } : null;
}

/** What main, or the preload script, says; null where it is nothing of ours. */
export function readAnswer(value: unknown): HandOverAnswer | null {
  if (typeof value !== 'object' || value === null || !('type' in value) || !('nonce' in value)) return null;
  const { type, nonce } = value;
  if (!isNonce(nonce)) return null;
  if (type === 'asked' || type === 'port') return { type, nonce };
  if ((type === 'refused' || type === 'lost') && 'reason' in value && typeof value.reason === 'string') {
    return { type, nonce, reason: value.reason };
  }
  return null;
}
