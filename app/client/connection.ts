/** One port to a codec host: handshake, requests, routing, and what lives and dies with the port. */
import { type AnswerMessage, answerBytes, type WorkMessage, workBytes } from '../protocol/credit.js';
import { toDomException } from '../protocol/errors.js';
import {
  type ClientMessage,
  type CodecId,
  type HostMessage,
  type PictureHandle,
  protocolVersion,
  type Request,
  type RequestId,
  type Responses,
  type SessionLimits,
  type Statistics,
  type Versions,
} from '../protocol/messages.js';
import type { Port } from '../protocol/port.js';
import { mostReleases, readClientMessage, readHostMessage } from '../protocol/validate.js';
import { queueTask, reportException } from './tasks.js';

/** How much work a codec takes before encode() and decode() throw a QuotaExceededError. */
export interface ClientLimits {
  /** Encode or decode calls not yet taken up by the codec; 4096 where absent, 1024 for a VideoEncoder. */
  queueSize?: number;
  /** Bytes in this process that those calls hold; 1 GiB where absent. */
  queueBytes?: number;
}

/** What an encoder does with a frame of another visible size than its own. */
export type FrameSizeMismatch = 'error' | 'scale';

/** How a client treats frames and how much it lets wait. */
export interface ConnectionOptions {
  /** `error` where absent. */
  frameSizeMismatch?: FrameSizeMismatch;
  /** The defaults where absent. */
  limits?: ClientLimits;
}

/** Messages about one codec. */
export type CodecMessage = Extract<HostMessage, { codec: CodecId }>;

/** A codec as its connection sees it. */
export interface CodecEndpoint {
  receive(message: CodecMessage): void;
  /** The host said hello: there is credit now. */
  connected(): void;
  /** The port is gone; nothing can be sent any more. */
  disconnected(error: DOMException): void;
}

interface PendingRequest {
  resolve(result: Responses[keyof Responses]): void;
  reject(error: Error): void;
}

/**
 * Media bytes that may be cloned before the event loop has a turn for others: a picture of 1080p takes a millisecond or
 * two, and a program often gives some at once.
 */
const mostCloned = 2 ** 20;

type MethodOf<Call extends Request> = Call['method'] & keyof Responses;

/** Serves any number of codecs and frames over one port, which it owns. */
export class Connection {
  /** Resolves when the host answers; rejects with the reason when it can't be reached. */
  readonly ready: Promise<void>;
  readonly options: Readonly<ConnectionOptions>;
  readonly #port: Port;
  readonly #codecs = new Map<CodecId, CodecEndpoint>();
  readonly #requests = new Map<RequestId, PendingRequest>();
  #settleReady: { resolve(): void; reject(error: Error): void };
  #outbox: { message: ClientMessage; transfer: ArrayBuffer[] }[] | null = [];
  #limits: SessionLimits | null = null;
  #closed: DOMException | null = null;
  #releases: PictureHandle[] = [];
  #holds = 0;
  /** Media bytes, since the last rest. */
  #cloned = 0;
  #resting: (() => void)[] = [];
  #nextCodec = 1;
  #nextRequest = 1;

  constructor(port: Port, options: ConnectionOptions = {}) {
    this.#port = port;
    this.options = options;
    this.#settleReady = { resolve: () => undefined, reject: () => undefined };
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // Waiting for it is optional.
    this.ready.catch(() => undefined);
    this.hold();
    port.onMessage((message) => this.#receive(message));
    port.onClose((reason) => this.#end(new DOMException(describeEnd(reason), 'OperationError')));
    port.postMessage({ type: 'hello', version: protocolVersion } satisfies ClientMessage);
  }

  /** Whether the port is gone: frames in the host are lost and no codec can be opened. */
  get isClosed(): boolean {
    return this.#closed !== null;
  }

  /** Whether buffers can be given to the host without a copy. */
  get canTransfer(): boolean {
    return this.#port.canTransfer;
  }

  /** What the host allows; null until it answered. */
  get limits(): SessionLimits | null {
    return this.#limits;
  }

  /** What the host runs. Rejects where the host is gone. */
  versions(): Promise<Versions> {
    return this.request({ method: 'versions' });
  }

  /** What lives in the host for this connection. Rejects where the host is gone. */
  statistics(): Promise<Statistics> {
    return this.request({ method: 'statistics' });
  }

  /** Ends the session: codecs close without an error callback, promises reject with an AbortError. Idempotent. */
  close(): void {
    this.#end(new DOMException('The connection to the codec host was closed', 'AbortError'));
  }

  /**
   * Sends in order; after close, nothing. Waits until the host said hello. Throws a NotSupportedError, for work an
   * EncodingError, for a message that the host would end the session over: one frame beyond all bounds shall not cost
   * the others.
   */
  send(message: ClientMessage, transfer: ArrayBuffer[] = []): void {
    if (this.#closed) {
      return;
    }
    if (!isOursAlone(message)) {
      requireSendable(message);
    }
    if (this.#outbox) {
      this.#outbox.push({ message, transfer });
    } else {
      this.#post(message, transfer);
    }
  }

  /**
   * To be waited for before work is sent, where so much was cloned that the event loop is to have a turn first; null
   * where it needn't. Those that wait go on one in each turn, in the order in which they came.
   */
  rest(): Promise<void> | null {
    if (this.#cloned < mostCloned) {
      return null;
    }
    return new Promise((resolve) => {
      if (this.#resting.push(resolve) === 1) {
        queueTask(() => this.#endRest());
      }
    });
  }

  #endRest(): void {
    this.#cloned = 0;
    this.#resting.shift()?.();
    if (this.#resting.length > 0) {
      queueTask(() => this.#endRest());
    }
  }

  #post(message: ClientMessage, transfer: ArrayBuffer[]): void {
    if (!this.#port.canTransfer && isWork(message)) {
      this.#cloned += workBytes(message);
    }
    if (transfer.length > 0) {
      this.#port.postMessage(message, transfer);
    } else if (isLeftAlone(message)) {
      this.#port.handOver(message);
    } else {
      this.#port.postMessage(message);
    }
  }

  /** Asks the host. Rejects with what the host refuses with, and where the port is or goes away. */
  request<Call extends Request>(call: Call, transfer: ArrayBuffer[] = []): Promise<Responses[MethodOf<Call>]> {
    if (this.#closed) {
      return Promise.reject(this.#closed);
    }
    const request = this.#nextRequest as RequestId;
    this.#nextRequest += 1;
    this.hold();
    const result = new Promise<Responses[keyof Responses]>((resolve, reject) => {
      this.#requests.set(request, { resolve, reject });
    });
    try {
      this.send({ type: 'request', request, call }, transfer);
    } catch (error) {
      this.#requests.delete(request);
      this.drop();
      return Promise.reject(error);
    }
    // The host answers each method with its own result type: protocol/messages.ts.
    return result as Promise<Responses[MethodOf<Call>]>;
  }

  /** Registers a codec under a new id. Null where the port is gone. */
  attach(endpoint: CodecEndpoint): CodecId | null {
    if (this.#closed) {
      return null;
    }
    const id = this.#nextCodec as CodecId;
    this.#nextCodec += 1;
    this.#codecs.set(id, endpoint);
    return id;
  }

  /** The codec is closed; what still comes for it is let go of. */
  detach(id: CodecId): void {
    this.#codecs.delete(id);
  }

  /** Gives a picture back to the host, together with others of this turn. */
  release(handle: PictureHandle): void {
    if (this.#closed) {
      return;
    }
    if (this.#releases.push(handle) === 1) {
      queueMicrotask(() => {
        const handles = this.#releases;
        this.#releases = [];
        for (let at = 0; at < handles.length; at += mostReleases) {
          this.send({ type: 'release', handles: handles.slice(at, at + mostReleases) });
        }
      });
    }
  }

  /** While held, the port keeps the process alive: work is pending. */
  hold(): void {
    this.#holds += 1;
    if (this.#holds === 1 && !this.#closed) {
      this.#port.ref();
    }
  }

  /** Ends one hold(). */
  drop(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && !this.#closed) {
      this.#port.unref();
    }
  }

  #receive(received: unknown): void {
    if (this.#closed) {
      return;
    }
    const checked = readHostMessage(received);
    if (!checked.ok) {
      this.#end(new DOMException(`The codec host can't be understood: ${checked.refusal.message}`, 'OperationError'));
      return;
    }
    const { message } = checked;
    switch (message.type) {
      case 'hello':
        this.#welcome(message);
        return;
      case 'response':
        this.#takeAnswer(message);
        return;
      case 'refusal':
        this.#settle(message.request)?.reject(toDomException(message.error));
        return;
      case 'goodbye':
        // The host closes the port after it, which not every platform tells this side of.
        this.#end(new DOMException(describeEnd(message.error.message), 'OperationError'));
        return;
      case 'configured':
      case 'dequeued':
      case 'chunk':
      case 'picture':
      case 'audio':
      case 'flushed':
      case 'failed':
        this.#route(message);
        return;
      default:
        message satisfies never;
    }
  }

  #welcome(message: Extract<HostMessage, { type: 'hello' }>): void {
    if (!this.#outbox) {
      return;
    }
    if (message.version !== protocolVersion) {
      const text = `The codec host speaks protocol ${message.version}, this client ${protocolVersion}`;
      this.#end(new DOMException(text, 'NotSupportedError'));
      return;
    }
    this.#limits = message.limits;
    const waiting = this.#outbox;
    this.#outbox = null;
    for (const { message: queued, transfer } of waiting) {
      this.#post(queued, transfer);
    }
    this.#settleReady.resolve();
    this.drop();
    for (const codec of [...this.#codecs.values()]) {
      codec.connected();
    }
  }

  #takeAnswer(answer: AnswerMessage): void {
    const bytes = answerBytes(answer);
    if (bytes !== null) {
      this.send({ type: 'answerTaken', count: 1, bytes });
    }
    this.#settle(answer.request)?.resolve(answer.result);
  }

  #settle(request: RequestId): PendingRequest | undefined {
    const pending = this.#requests.get(request);
    if (pending) {
      this.#requests.delete(request);
      this.drop();
    }
    return pending;
  }

  #route(message: CodecMessage): void {
    const codec = this.#codecs.get(message.codec);
    if (codec) {
      codec.receive(message);
    } else if (message.type === 'picture') {
      this.release(message.handle);
    }
  }

  #end(reason: DOMException): void {
    if (this.#closed) {
      return;
    }
    if (this.#holds > 0) {
      this.#port.unref();
    }
    this.#closed = reason;
    this.#outbox = null;
    this.#releases = [];
    this.#settleReady.reject(reason);
    for (const pending of this.#requests.values()) {
      pending.reject(reason);
    }
    this.#requests.clear();
    const codecs = [...this.#codecs.values()];
    this.#codecs.clear();
    this.#port.close();
    for (const codec of codecs) {
      try {
        codec.disconnected(reason);
      } catch (error) {
        reportException(error);
      }
    }
  }
}

/** Whether nothing in it comes from a program: it can't be beyond any bounds. */
function isOursAlone({ type }: ClientMessage): boolean {
  return type === 'outputTaken' || type === 'release' || type === 'answerTaken';
}

/** Whether its bytes, where it has any, are nobody's to write to or to transfer: Port.handOver. */
function isLeftAlone(message: ClientMessage): boolean {
  if (message.type === 'encodeVideo') {
    return message.picture.source === 'handle';
  }
  return message.type === 'decode' || isOursAlone(message);
}

function isWork(message: ClientMessage): message is WorkMessage {
  return message.type === 'encodeVideo' || message.type === 'encodeAudio' || message.type === 'decode';
}

function requireSendable(message: ClientMessage): void {
  const checked = readClientMessage(message);
  if (!checked.ok) {
    throw new DOMException(checked.refusal.message, isWork(message) ? 'EncodingError' : 'NotSupportedError');
  }
}

function describeEnd(reason: string | null | undefined): string {
  return reason ? `The codec host is gone: ${reason}` : 'The codec host is gone';
}
