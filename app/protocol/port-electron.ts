/** Electron's MessagePortMain, in the main process and in a utility process. Never imported by pages. */
import { BasePort, cloneError, type Port } from './port.js';

/** The part of Electron.MessagePortMain that is used. */
export interface MessagePortMainLike {
  on(event: 'message', listener: (event: { data: unknown }) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown): void;
  start(): void;
  close(): void;
}

class MessagePortMainPort extends BasePort {
  readonly #port: MessagePortMainLike;

  constructor(port: MessagePortMainLike) {
    super(false);
    this.#port = port;
    port.on('message', (event) => this.deliver(event.data));
    port.on('close', () => this.end(undefined));
    port.start();
  }

  /** An Electron process lives on its own. */
  override ref(): void {}
  override unref(): void {}

  protected override send(message: unknown): void {
    try {
      this.#port.postMessage(message);
    } catch (error) {
      throw cloneError(error);
    }
  }

  protected override shut(): void {
    this.#port.close();
  }
}

/** A port whose transfer list takes nothing but ports: buffers are cloned. */
export function portFromMessagePortMain(port: MessagePortMainLike): Port {
  return new MessagePortMainPort(port);
}
