/**
 * What all four codecs are: https://w3c.github.io/webcodecs/#codec-processing-model
 * Queues, state and their algorithms; encoders and decoders add what they take and give.
 */
import { type OutputMessage, outputBytes, WorkAccount } from '../protocol/credit.js';
import { toDomException, wordsOf } from '../protocol/errors.js';
import type { CodecId, CodecKind, Generation, WireConfig } from '../protocol/messages.js';
import { CodecLink } from './codec-link.js';
import type { CodecEndpoint, CodecMessage, Connection } from './connection.js';
import { type Delivery, OrderedReceiver } from './ordered-receiver.js';
import { type MessageMaker, OrderedSender } from './ordered-sender.js';
import { invokeCallback, queueTask } from './tasks.js';
import type { CodecState, WebCodecsErrorCallback } from './types.js';

/** One encode() or decode() call. */
export interface Work {
  /** Bytes in this process that it keeps. */
  readonly localBytes: number;
  /** Media bytes that its message will carry over this connection, as protocol/credit.ts counts them. */
  wireBytes(connection: Connection): number;
  /** Called once, when it is its turn to be sent. */
  toMessage: MessageMaker;
  /** Lets go of what it keeps; called once, after it was sent or in place of that. */
  discard(): void;
}

/** What the four codecs differ in, as far as the queues are concerned. */
export interface CodecRole<Config> {
  readonly kind: CodecKind;
  /** [[control message queue]] limit where the connection's options have none. */
  readonly defaultQueueSize: number;
  /** Where a codec that has no connection gets one. */
  connect(): Connection;
  toWire(config: Config, connection: Connection): WireConfig;
  /** The host took this configuration up: it is the active one for the outputs that follow. */
  configured(config: Config): void;
  /** Makes an output of a message; delivered, it goes to the user's callback. */
  toDelivery(message: OutputMessage, connection: Connection): Delivery | Promise<Delivery>;
  /** A flush was asked for. */
  flushing(): void;
  /** The state of the active configuration is void. */
  reset(): void;
  readonly error: WebCodecsErrorCallback;
}

type ControlMessage<Config> =
  | { type: 'configure'; config: Config }
  | { type: 'work'; work: Work }
  | { type: 'flush'; flush: number };

interface PendingFlush {
  resolve(): void;
  reject(error: DOMException): void;
}

const defaultQueueBytes = 2 ** 30;
/** One in so many outputs of the credit may be taken and not yet told of. */
const owedPart = 4;
/**
 * With so much work that the host has and did not take up, what is to follow and lives in the host already is held until
 * the host's next word about this codec, which is sure to come: it leaves with what that brings about, and the host
 * needn't wake for it.
 */
const ampleWork = 4;

export class CodecCore<Config> implements CodecEndpoint {
  readonly #role: CodecRole<Config>;
  readonly #sender: OrderedSender;
  readonly #receiver = new OrderedReceiver();
  readonly #link = new CodecLink(this);
  #target: WeakRef<EventTarget> | null = null;
  #state: CodecState = 'unconfigured';
  #controlMessageQueue: ControlMessage<Config>[] = [];
  #isMessageQueueBlocked = false;
  #queueSize = 0;
  #queueBytes = 0;
  /** Local bytes of each call that counts in the queue size, oldest first. */
  #queuedSizes: number[] = [];
  #pendingFlushes = new Map<number, PendingFlush>();
  #nextFlush = 1;
  #isDequeueEventScheduled = false;
  #configuring: Config | null = null;
  #generation = 0 as Generation;
  #connection: Connection | null = null;
  #id: CodecId | null = null;
  #account: WorkAccount | null = null;
  #isHolding = false;
  #taken = { count: 0, bytes: 0 };

  constructor(role: CodecRole<Config>) {
    this.#role = role;
    this.#sender = new OrderedSender({
      destination: () => {
        const connection = this.#connection;
        const codec = this.#id;
        return connection && codec !== null ? { connection, address: { codec, generation: this.#generation } } : null;
      },
      sendingFailed: (error) => this.#failLater(asDomException(error)),
    });
  }

  /** The object that dequeue events are fired at. */
  bind(target: EventTarget): void {
    this.#target = new WeakRef(target);
    this.#link.watch(target);
  }

  get state(): CodecState {
    return this.#state;
  }

  get queueSize(): number {
    return this.#queueSize;
  }

  /** Throws an InvalidStateError where the codec isn't configured. */
  requireConfigured(): void {
    if (this.#state !== 'configured') {
      throw this.#invalidState();
    }
  }

  /** Throws a QuotaExceededError where the queue can't hold another call with so many bytes. */
  requireQuota(localBytes: number): void {
    const { queueSize = this.#role.defaultQueueSize, queueBytes = defaultQueueBytes } =
      this.#connection?.options.limits ?? {};
    if (this.#queueSize >= queueSize) {
      throw new DOMException(
        `limits.queueSize: ${this.#queueSize} calls are waiting, ${queueSize} may`,
        'QuotaExceededError',
      );
    }
    if (this.#queueSize > 0 && this.#queueBytes + localBytes > queueBytes) {
      throw new DOMException(
        `limits.queueBytes: ${this.#queueBytes + localBytes} bytes would be waiting, ${queueBytes} may`,
        'QuotaExceededError',
      );
    }
  }

  /** configure(), with a configuration that was checked. */
  configure(config: Config): void {
    if (this.#state === 'closed') {
      throw this.#invalidState();
    }
    this.#state = 'configured';
    this.#open();
    this.#controlMessageQueue.push({ type: 'configure', config });
    this.#processControlMessageQueue();
  }

  /** encode() or decode(), after their checks. */
  enqueue(work: Work): void {
    this.#queueSize += 1;
    this.#queueBytes += work.localBytes;
    this.#queuedSizes.push(work.localBytes);
    this.#controlMessageQueue.push({ type: 'work', work });
    this.#processControlMessageQueue();
  }

  /** flush() of a codec that is configured. */
  flush(): Promise<undefined> {
    this.#role.flushing();
    const flush = this.#nextFlush;
    this.#nextFlush += 1;
    const promise = new Promise<undefined>((resolve, reject) => {
      this.#pendingFlushes.set(flush, { resolve: () => resolve(undefined), reject });
    });
    // A flush that nobody waits for must not end a Node process; errors reach the error callback.
    promise.catch(() => undefined);
    this.#controlMessageQueue.push({ type: 'flush', flush });
    this.#processControlMessageQueue();
    return promise;
  }

  /** The reset algorithms: https://w3c.github.io/webcodecs/#reset-videoencoder */
  reset(exception: DOMException): void {
    if (this.#state === 'closed') {
      throw this.#invalidState();
    }
    this.#state = 'unconfigured';
    this.#generation = (this.#generation + 1) as Generation;
    const messages = this.#controlMessageQueue;
    this.#controlMessageQueue = [];
    this.#isMessageQueueBlocked = false;
    this.#configuring = null;
    this.#account?.clear();
    for (const message of messages) {
      if (message.type === 'work') {
        message.work.discard();
      }
    }
    this.#sender.clear();
    this.#role.reset();
    if (this.#id !== null) {
      this.#connection?.send({ type: 'reset', codec: this.#id, generation: this.#generation });
    }
    this.#queuedSizes = [];
    this.#queueBytes = 0;
    if (this.#queueSize > 0) {
      this.#queueSize = 0;
      this.#scheduleDequeueEvent();
    }
    const flushes = [...this.#pendingFlushes.values()];
    this.#pendingFlushes.clear();
    for (const flush of flushes) {
      flush.reject(exception);
    }
    this.#updateHold();
  }

  /** The close algorithms: https://w3c.github.io/webcodecs/#close-videoencoder */
  close(exception: DOMException): void {
    this.reset(exception);
    this.#state = 'closed';
    if (this.#id !== null) {
      this.#connection?.send({ type: 'close', codec: this.#id });
      this.#connection?.detach(this.#id);
    }
    this.#forgetConnection();
    if (exception.name !== 'AbortError') {
      invokeCallback(this.#role.error, exception);
    }
  }

  connected(): void {
    this.#takeCredit();
    this.#processControlMessageQueue();
  }

  disconnected(error: DOMException): void {
    // The port went down with everything behind it: nothing is to be sent to it, nothing holds it.
    this.#isHolding = false;
    this.#link.pinned = [];
    this.#forgetConnection();
    // A codec that isn't configured has lost nothing; it finds the next host when it is configured.
    if (this.#state === 'configured') {
      this.close(error);
    }
  }

  receive(message: CodecMessage): void {
    const connection = this.#connection;
    if (!connection) {
      return;
    }
    if (message.generation !== this.#generation) {
      this.#dropLate(message, connection);
      return;
    }
    const { generation } = message;
    const isWanted = () => generation === this.#generation;
    this.#sender.sendHeld();
    switch (message.type) {
      case 'dequeued':
        // About the queue, not about outputs: those that are being fetched must not hold up the next work.
        this.#dequeued(message.count);
        return;
      case 'chunk':
      case 'picture':
      case 'audio':
        this.#receiver.push(this.#makeOutput(message, connection), isWanted);
        return;
      case 'configured':
      case 'flushed':
      case 'failed':
        this.#receiver.push({ deliver: () => this.#handle(message), discard: () => undefined }, isWanted);
        return;
      default:
        message satisfies never;
    }
  }

  #handle(message: Extract<CodecMessage, { type: 'configured' | 'flushed' | 'failed' }>): void {
    switch (message.type) {
      case 'configured':
        this.#configured();
        return;
      case 'flushed':
        this.#pendingFlushes.get(message.flush)?.resolve();
        this.#pendingFlushes.delete(message.flush);
        this.#updateHold();
        return;
      case 'failed':
        this.close(asDomException(toDomException(message.error)));
        return;
      default:
        message satisfies never;
    }
  }

  // While there is something to wait for, the port keeps the process alive and the codec keeps its object.
  #updateHold(): void {
    const isBusy = this.#queueSize > 0 || this.#isMessageQueueBlocked || this.#pendingFlushes.size > 0;
    if (isBusy === this.#isHolding || !this.#connection) {
      return;
    }
    this.#isHolding = isBusy;
    if (isBusy) {
      this.#connection.hold();
      this.#link.pinned = [this, this.#target?.deref()];
    } else {
      this.#connection.drop();
      this.#link.pinned = [];
    }
  }

  #open(): void {
    if (this.#connection) {
      return;
    }
    const connection = this.#role.connect();
    const id = connection.attach(this.#link);
    if (id === null) {
      this.#failLater(new DOMException('The codec host is gone', 'OperationError'));
      return;
    }
    this.#connection = connection;
    this.#id = id;
    this.#link.place = { connection, id };
    connection.send({ type: 'open', codec: id, kind: this.#role.kind });
    this.#takeCredit();
  }

  #forgetConnection(): void {
    this.#connection = null;
    this.#id = null;
    this.#link.place = null;
    this.#account = null;
    this.#taken = { count: 0, bytes: 0 };
  }

  #takeCredit(): void {
    const limits = this.#connection?.limits;
    this.#account = limits ? new WorkAccount(limits.workCredit) : null;
  }

  /** https://w3c.github.io/webcodecs/#process-the-control-message-queue */
  #processControlMessageQueue(): void {
    while (!this.#isMessageQueueBlocked) {
      const front = this.#controlMessageQueue[0];
      if (!front || !this.#runControlMessage(front)) {
        break;
      }
      this.#controlMessageQueue.shift();
    }
    this.#updateHold();
  }

  /** False for "not processed". */
  #runControlMessage(message: ControlMessage<Config>): boolean {
    switch (message.type) {
      case 'configure': {
        const { config } = message;
        this.#isMessageQueueBlocked = true;
        this.#configuring = config;
        this.#sender.push((connection, address) => {
          const wire = this.#role.toWire(config, connection);
          return { message: { type: 'configure', ...address, ...wire }, transfer: [] };
        });
        return true;
      }
      case 'work': {
        const { work } = message;
        // [[codec saturated]]: there is no credit, or not yet, or nobody to give it any more.
        if (!this.#connection || !this.#account?.available) {
          return false;
        }
        const bytes = work.wireBytes(this.#connection);
        const sent = this.#account.count - this.#sender.size;
        this.#account.spend(bytes);
        this.#sender.hold(
          (connection, address) => work.toMessage(connection, address),
          () => work.discard(),
        );
        if (bytes > 0 || sent < ampleWork) {
          this.#sender.sendHeld();
        }
        return true;
      }
      case 'flush': {
        const { flush } = message;
        this.#sender.push((_connection, address) => ({ message: { type: 'flush', ...address, flush }, transfer: [] }));
        return true;
      }
      default:
        return message satisfies never;
    }
  }

  #configured(): void {
    const config = this.#configuring;
    if (config === null) {
      return;
    }
    this.#configuring = null;
    this.#role.configured(config);
    this.#isMessageQueueBlocked = false;
    this.#processControlMessageQueue();
  }

  #dequeued(count: number): void {
    if (!this.#account?.giveBack(count)) {
      return;
    }
    this.#queueSize -= count;
    for (const bytes of this.#queuedSizes.splice(0, count)) {
      this.#queueBytes -= bytes;
    }
    this.#scheduleDequeueEvent();
    this.#processControlMessageQueue();
  }

  /** https://w3c.github.io/webcodecs/#videoencoder-schedule-dequeue-event */
  #scheduleDequeueEvent(): void {
    if (this.#isDequeueEventScheduled) {
      return;
    }
    this.#isDequeueEventScheduled = true;
    const target = this.#target?.deref();
    queueTask(() => {
      target?.dispatchEvent(new Event('dequeue'));
      this.#isDequeueEventScheduled = false;
    });
  }

  #makeOutput(message: OutputMessage, connection: Connection): Delivery | Promise<Delivery> {
    // Before the output takes the bytes over.
    const bytes = outputBytes(message);
    // Not the user's exception, which is reported where it is thrown: the host sent what can't be fetched or understood.
    const failed = (error: unknown): Delivery => ({
      deliver: () => this.close(asDomException(error)),
      discard: () => this.#acknowledge(bytes, connection),
    });
    const made = (output: Delivery): Delivery => ({
      deliver: () => {
        try {
          output.deliver();
        } catch (error) {
          this.close(asDomException(error));
          return;
        }
        this.#acknowledge(bytes, connection);
      },
      discard: () => {
        output.discard();
        this.#acknowledge(bytes, connection);
      },
    });
    try {
      const output = this.#role.toDelivery(message, connection);
      return output instanceof Promise ? output.then(made, failed) : made(output);
    } catch (error) {
      return failed(error);
    }
  }

  // What a reset overtook on its way: let go of, and counted as taken, for the host has spent credit on it.
  #dropLate(message: CodecMessage, connection: Connection): void {
    if (message.type === 'picture') {
      connection.release(message.handle);
    }
    if (message.type === 'picture' || message.type === 'audio' || message.type === 'chunk') {
      this.#acknowledge(outputBytes(message), connection);
    }
  }

  // Told of in batches: what is owed stays below a part of the credit, so that the host never waits for it.
  #acknowledge(bytes: number, connection: Connection): void {
    const credit = connection.limits?.outputCredit;
    if (this.#id === null || !credit || connection !== this.#connection) {
      return;
    }
    this.#taken.count += 1;
    this.#taken.bytes += bytes;
    const { count, bytes: takenBytes } = this.#taken;
    if (count * owedPart < credit.count && takenBytes * owedPart < credit.bytes) {
      return;
    }
    this.#taken = { count: 0, bytes: 0 };
    connection.send({ type: 'outputTaken', codec: this.#id, count, bytes: takenBytes });
  }

  #failLater(error: DOMException): void {
    const generation = this.#generation;
    queueTask(() => {
      if (generation === this.#generation && this.#state !== 'closed') {
        this.close(error);
      }
    });
  }

  #invalidState(): DOMException {
    return new DOMException(`The codec is ${this.#state}`, 'InvalidStateError');
  }
}

/** What pending promises are rejected with by reset() and close(). */
export function abortError(message: string): DOMException {
  return new DOMException(message, 'AbortError');
}

// The error callback's type is DOMException, also for what would be a TypeError when thrown.
function asDomException(error: unknown): DOMException {
  return error instanceof DOMException ? error : new DOMException(wordsOf(error), 'OperationError');
}
