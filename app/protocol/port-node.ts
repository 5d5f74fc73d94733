/**
 * Ports of Node: worker_threads, and the IPC channel between a process and its child. Never imported by pages.
 * The platform's objects are described by the part of them that is used: this room imports nothing.
 */
import { BasePort, cloneError, type Port } from './port.js';

/** The part of worker_threads' MessagePort that is used. */
export interface WorkerThreadsPortLike {
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'messageerror', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  ref(): void;
  unref(): void;
  close(): void;
}

class WorkerThreadsPort extends BasePort {
  readonly #port: WorkerThreadsPortLike;

  constructor(port: WorkerThreadsPortLike) {
    super(true);
    this.#port = port;
    port.on('message', (message) => this.deliver(message));
    port.on('messageerror', (error) => this.end(`A message could not be read: ${error.message}`));
    port.on('close', () => this.end(undefined));
    // Listening for messages references the port.
    port.unref();
  }

  override ref(): void {
    this.#port.ref();
  }

  override unref(): void {
    this.#port.unref();
  }

  protected override send(message: unknown, transfer: ArrayBuffer[]): void {
    this.#port.postMessage(message, transfer);
  }

  protected override shut(): void {
    this.#port.close();
  }
}

/** A worker_threads port. Both ends live in one process, so that buffers are transferred. */
export function portFromWorkerThreads(port: WorkerThreadsPortLike): Port {
  return new WorkerThreadsPort(port);
}

interface Referable {
  ref(): unknown;
  unref(): unknown;
}

/** The part of ChildProcess that is used. */
export interface ChildProcessLike extends Referable {
  readonly channel?: Referable | null | undefined;
  readonly stderr: unknown;
  readonly connected: boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'close', listener: (code: number | null, signal: string | null) => void): unknown;
  send(message: object, callback: (error: Error | null) => void): boolean;
  disconnect(): void;
}

/** The part of `process` in a child that is used. */
export interface ParentProcessLike {
  readonly channel?: Referable | null | undefined;
  readonly connected: boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  on(event: 'disconnect', listener: () => void): unknown;
  send?(message: unknown, handle: undefined, options: undefined, callback: (error: Error | null) => void): boolean;
  disconnect?(): void;
}

/** How deep messages of this protocol nest. */
const deepestMessage = 6;

/**
 * Gives views their own buffers. The IPC reader hands out views onto what it read, which holds other messages too: one
 * small chunk kept for long would keep all of that.
 */
function detachFromReadBuffer(value: unknown, depth = 0): unknown {
  if (value instanceof Uint8Array) {
    const dragged = value.buffer.byteLength - value.byteLength;
    // One view of a buffer at most fails this: those that are left may be given away with their buffers.
    return dragged > value.byteLength / 8 ? new Uint8Array(value) : value;
  }
  if (typeof value !== 'object' || value === null || depth > deepestMessage) return value;
  if (ArrayBuffer.isView(value) || Array.isArray(value)) return value;
  for (const [key, member] of Object.entries(value)) {
    const detached = detachFromReadBuffer(member, depth + 1);
    // Defined, not assigned: a key may be `__proto__`.
    if (detached !== member) {
      Object.defineProperty(value, key, { value: detached, enumerable: true, configurable: true });
    }
  }
  return value;
}

/** What both ends of an IPC channel share: sends that are not yet written hold back the disconnect. */
abstract class IpcPort extends BasePort {
  #unwritten = 0;
  #closing = false;

  constructor() {
    super(false);
  }

  protected abstract write(message: object, written: () => void): void;
  protected abstract disconnect(): void;

  protected override send(message: unknown): void {
    if (typeof message !== 'object' || message === null) throw cloneError('Only objects are sent.');
    this.#unwritten += 1;
    try {
      this.write(message, () => {
        this.#unwritten -= 1;
        this.#disconnectWhenWritten();
      });
    } catch (error) {
      this.#unwritten -= 1;
      throw cloneError(error);
    }
  }

  protected override shut(): void {
    this.#closing = true;
    this.#disconnectWhenWritten();
  }

  #disconnectWhenWritten(): void {
    if (this.#closing && this.#unwritten === 0) this.disconnect();
  }
}

function isReferable(value: unknown): value is Referable {
  return typeof value === 'object' && value !== null && 'ref' in value && 'unref' in value;
}

class ChildProcessPort extends IpcPort {
  readonly #child: ChildProcessLike;

  constructor(child: ChildProcessLike, describeEnd: (code: number | null, signal: string | null) => string) {
    super();
    this.#child = child;
    child.on('message', (message) => this.deliver(detachFromReadBuffer(message)));
    child.on('error', (error) => this.end(error.message));
    // Later than 'disconnect' and 'exit': by now everything that the child wrote has been read.
    child.on('close', (code, signal) => this.end(describeEnd(code, signal)));
    this.unref();
  }

  override ref(): void {
    for (const handle of this.#handles()) handle.ref();
  }

  override unref(): void {
    for (const handle of this.#handles()) handle.unref();
  }

  protected override write(message: object, written: () => void): void {
    // A child that is gone is told of by 'close'.
    if (this.#child.connected) this.#child.send(message, written);
    else written();
  }

  protected override disconnect(): void {
    if (this.#child.connected) this.#child.disconnect();
  }

  /** stderr among them: the reason of a crash is read from it, while nothing else keeps the loop alive. */
  #handles(): Referable[] {
    return [this.#child, this.#child.channel, this.#child.stderr].filter(isReferable);
  }
}

/**
 * The parent's end of the IPC channel to a child that was forked with `serialization: 'advanced'`. It ends when the
 * child has ended and its output has been read; `describeEnd` gives the reason.
 */
export function portFromChildProcess(
  child: ChildProcessLike,
  describeEnd: (code: number | null, signal: string | null) => string,
): Port {
  return new ChildProcessPort(child, describeEnd);
}

class ParentProcessPort extends IpcPort {
  readonly #process: ParentProcessLike;

  constructor(parent: ParentProcessLike) {
    super();
    this.#process = parent;
    parent.on('message', (message) => this.deliver(detachFromReadBuffer(message)));
    parent.on('disconnect', () => this.end(undefined));
    this.unref();
  }

  override ref(): void {
    this.#process.channel?.ref();
  }

  override unref(): void {
    this.#process.channel?.unref();
  }

  protected override write(message: object, written: () => void): void {
    if (this.#process.connected && this.#process.send) this.#process.send(message, undefined, undefined, written);
    else written();
  }

  protected override disconnect(): void {
    if (this.#process.connected) this.#process.disconnect?.();
  }
}

/** The child's end of the IPC channel to its parent: `process`. It ends when the parent disconnects or dies. */
export function portFromParentProcess(parent: ParentProcessLike): Port {
  return new ParentProcessPort(parent);
}
