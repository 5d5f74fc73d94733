/** Ports of the web platform: in pages, in Workers, and between them. */
import { BasePort, type Port } from './port.js';

class DomPort extends BasePort {
  readonly #port: MessagePort;

  constructor(port: MessagePort, canTransfer: boolean) {
    super(canTransfer);
    this.#port = port;
    port.addEventListener('message', (event) => this.deliver(event.data));
    port.addEventListener('messageerror', () => this.end('A message could not be read.'));
    // Fires where the platform has it; elsewhere the page is told of a dead host by other means.
    port.addEventListener('close', () => this.end(undefined));
    port.start();
  }

  /** A page lives on its own. */
  override ref(): void {}
  override unref(): void {}

  protected override send(message: unknown, transfer: ArrayBuffer[]): void {
    this.#port.postMessage(message, transfer);
  }

  protected override shut(): void {
    this.#port.close();
  }
}

/**
 * A MessagePort of a page. `transfer` is true only where both ends live in one process, as a page's and its Worker's
 * do: an ArrayBuffer transferred to another process of Electron arrives as `null`.
 */
export function portFromMessagePort(port: MessagePort, options: { transfer: boolean }): Port {
  return new DomPort(port, options.transfer);
}
