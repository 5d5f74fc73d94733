/**
 * Two ports of one event loop. What a MessageChannel would do, without serialising and without a wake-up through the
 * kernel for each message, which together take a tenth of a fast decoder's time. Needs `setImmediate`, so it is for
 * Node; never imported by pages.
 */
import { BasePort, cloneError, type Port } from './port.js';

/** Long enough never to matter: the timer only holds the event loop. */
const forever = 2 ** 31 - 1;

class InlinePort extends BasePort {
  peer: InlinePort | null = null;
  #hold: NodeJS.Timeout | null = null;

  constructor() {
    super(true);
  }

  override ref(): void {
    this.#hold ??= setInterval(() => undefined, forever);
  }

  override unref(): void {
    if (this.#hold) clearInterval(this.#hold);
    this.#hold = null;
  }

  /** Buffers stay where they are. What comes after the end finds a port that has ended. */
  override handOver(message: unknown): void {
    this.#pass(message);
  }

  protected override send(message: unknown, transfer: ArrayBuffer[]): void {
    this.#pass(new Cloner(transfer).clone(message));
  }

  #pass(message: unknown): void {
    const { peer } = this;
    // A task of its own, so that microtasks run between two messages as they do on any port.
    setImmediate(() => peer?.deliver(message));
  }

  protected override shut(): void {
    const { peer } = this;
    this.unref();
    setImmediate(() => {
      peer?.unref();
      peer?.end(undefined);
    });
  }
}

/**
 * The structured clone of what messages are made of: plain objects, arrays, primitives and Uint8Arrays. Throws a
 * DataCloneError for anything else.
 */
class Cloner {
  readonly #transfer: ReadonlySet<ArrayBufferLike>;
  readonly #moved = new Set<ArrayBufferLike>();

  constructor(transfer: ArrayBuffer[]) {
    this.#transfer = new Set(transfer);
  }

  clone(value: unknown): unknown {
    if (typeof value === 'function' || typeof value === 'symbol') throw cloneError(`A ${typeof value} has no clone.`);
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item) => this.clone(item));
    if (value instanceof Uint8Array) return this.#bytes(value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) throw cloneError('A message holds an unexpected object.');
    const members: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value)) members[key] = this.clone(member);
    return members;
  }

  #bytes(view: Uint8Array): Uint8Array {
    const { buffer, byteOffset, byteLength } = view;
    if (!this.#transfer.has(buffer)) return new Uint8Array(view);
    // The first view's move detached those that follow, which say nothing of their bytes any more.
    if (this.#moved.has(buffer)) throw cloneError('A message holds two views of a buffer that it transfers.');
    this.#moved.add(buffer);
    return new Uint8Array(move(buffer as ArrayBuffer), byteOffset, byteLength);
  }
}

/** The same memory in a buffer of its own; the one that was is detached. */
function move(buffer: ArrayBuffer): ArrayBuffer {
  try {
    return structuredClone(buffer, { transfer: [buffer] });
  } catch (error) {
    throw cloneError(error);
  }
}

/** Both ends of a channel within this thread. Buffers are transferred. */
export function inlinePorts(): [Port, Port] {
  const first = new InlinePort();
  const second = new InlinePort();
  first.peer = second;
  second.peer = first;
  return [first, second];
}
