/** A port in a page to a codec host in the test's process, over a WebSocket. */
import { decodeMessage, encodeMessage } from '../../fixtures/socket-wire.js';

/** What crossed the socket, in bytes. */
export interface Crossed {
  sent: number;
  received: number;
}

export interface Bridge {
  /** The page's end; as in Electron, the other side is in another process. */
  readonly port: MessagePort;
  readonly crossed: Crossed;
  /** As when the host's process ends. */
  cut(): void;
}

/** `tellsEnd`: whether a goodbye is said when the socket closes, for platforms that don't tell of a closed port. */
export async function openBridge(runIn: 'inline' | 'child', { tellsEnd = true } = {}): Promise<Bridge> {
  const socket = new WebSocket(`ws://${location.host}/host/${runIn}`);
  socket.binaryType = 'arraybuffer';
  const { port1, port2 } = new MessageChannel();
  const crossed = { sent: 0, received: 0 };
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('the bridge could not be opened'));
  });
  port2.onmessage = (event: MessageEvent<unknown>) => {
    // What is sent to a host that has ended goes nowhere, and without a word, as on a port.
    if (socket.readyState !== WebSocket.OPEN) return;
    const data = encodeMessage(event.data);
    crossed.sent += data.byteLength;
    socket.send(data);
  };
  socket.onmessage = (event: MessageEvent<ArrayBuffer>) => {
    crossed.received += event.data.byteLength;
    port2.postMessage(decodeMessage(new Uint8Array(event.data)));
  };
  socket.onclose = ({ reason }) => {
    if (tellsEnd) {
      const message = `The bridge was closed. ${reason}`;
      port2.postMessage({ type: 'goodbye', error: { name: 'OperationError', message } });
    }
    port2.close();
  };
  // Where the platform tells of it, the session ends with the page's port.
  port2.addEventListener('close', () => socket.close());
  return { port: port1, crossed, cut: () => socket.close() };
}
