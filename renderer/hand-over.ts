/** A page's port to the codec host, by way of the preload script. */
import { type HandOverAnswer, type HandOverRequest, makeNonce, marker, readAnswer } from '../app/protocol/hand-over.js';

/** Milliseconds in which a preload script that is there has answered. */
const preloadDeadline = 5000;

/** What a page gets: a port that leads to the codec host, the news of its loss, and the way to give it back. */
export interface HandedPort {
  readonly port: MessagePort;
  /** Resolves with the reason when the host is gone, which the port itself may not tell; else never. */
  readonly lost: Promise<string>;
  /** Gives the channel back, so that the page may ask for another. Idempotent. */
  release(): void;
}

function send(request: HandOverRequest): void {
  window.postMessage({ [marker]: request }, location.origin);
}

function answerOf(event: MessageEvent<unknown>, nonce: string): HandOverAnswer | null {
  const { source, origin, data } = event;
  if (source !== window || origin !== location.origin) return null;
  if (typeof data !== 'object' || data === null || !(marker in data)) return null;
  const answer = readAnswer(data[marker]);
  return answer?.nonce === nonce ? answer : null;
}

/**
 * Asks for the frame's one port to the codec host: for `connectCodecs()` in a Worker, which the page posts it to.
 * Rejects with a NotAllowedError that says why the main process refuses, and with a NotSupportedError where there is no
 * preload script, or no window.
 */
export function requestCodecPort(): Promise<HandedPort> {
  if (typeof window === 'undefined') {
    const text = 'Only a page can ask for a port to the codec host; a Worker is given one by its page.';
    return Promise.reject(new DOMException(text, 'NotSupportedError'));
  }
  const nonce = makeNonce();
  return new Promise((resolve, reject) => {
    let lose: ((reason: string) => void) | null = null;
    const fail = (name: string, reason: string): void => {
      clearTimeout(deadline);
      window.removeEventListener('message', listen);
      reject(new DOMException(reason, name));
    };
    const deadline = setTimeout(
      () => fail('NotSupportedError', 'No preload script of electron-webcodecs answers in this page.'),
      preloadDeadline,
    );
    const listen = (event: MessageEvent<unknown>): void => {
      const answer = answerOf(event, nonce);
      switch (answer?.type) {
        case undefined:
          break;
        case 'asked':
          clearTimeout(deadline);
          break;
        case 'refused':
          if (!lose) fail('NotAllowedError', answer.reason);
          break;
        case 'lost':
          window.removeEventListener('message', listen);
          lose?.(answer.reason);
          break;
        case 'port': {
          const [port] = event.ports;
          // A nonce is good for one port.
          if (!port || lose) break;
          const lost = new Promise<string>((settle) => {
            lose = settle;
          });
          const release = (): void => {
            window.removeEventListener('message', listen);
            send({ type: 'release', nonce });
          };
          resolve({ port, lost, release });
          break;
        }
        default:
          answer satisfies never;
      }
    };
    window.addEventListener('message', listen);
    send({ type: 'request', nonce });
  });
}
