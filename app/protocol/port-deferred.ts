/** A port that is still on its way. */
import { messageOf } from './errors.js';
import { BasePort, type Port } from './port.js';

/** Long enough never to matter: the timer only holds the event loop. */
const forever = 2 ** 31 - 1;

class DeferredPort extends BasePort {
  #port: Port | null = null;
  #unsent: unknown[] = [];
  #isReferenced = false;
  #hold: ReturnType<typeof setInterval> | null = null;
  #isShut = false;

  constructor(port: Promise<Port>, lost: Promise<string> | undefined) {
    super(false);
    port.then(
      (arrived) => this.#use(arrived),
      (error) => this.#lose(messageOf(error)),
    );
    void lost?.then((reason) => this.#lose(reason));
  }

  override ref(): void {
    this.#isReferenced = true;
    if (this.#port) this.#port.ref();
    else this.#hold ??= setInterval(() => undefined, forever);
  }

  override unref(): void {
    this.#isReferenced = false;
    this.#port?.unref();
    this.#letGo();
  }

  protected override send(message: unknown): void {
    if (this.#port) this.#port.postMessage(message);
    else this.#unsent.push(message);
  }

  protected override shut(): void {
    this.#isShut = true;
    this.#letGo();
    this.#port?.close();
  }

  #use(port: Port): void {
    if (this.#isShut) {
      port.close();
      return;
    }
    this.#port = port;
    this.#letGo();
    port.onMessage((message) => this.deliver(message));
    port.onClose((reason) => this.end(reason));
    if (this.#isReferenced) port.ref();
    for (const message of this.#unsent.splice(0)) port.postMessage(message);
  }

  #lose(reason: string): void {
    if (this.#isShut) return;
    this.end(reason);
    this.shut();
  }

  #letGo(): void {
    if (this.#hold !== null) clearInterval(this.#hold);
    this.#hold = null;
  }
}

/**
 * A port that can be used before it is there; what is posted waits. It ends with the reason where `port` rejects, and
 * where `lost` says that the other side is gone, which not every platform's ports tell of themselves. Buffers are cloned.
 */
export function deferredPort(port: Promise<Port>, lost?: Promise<string>): Port {
  return new DeferredPort(port, lost);
}
