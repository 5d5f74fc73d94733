/** Serves one port: checks every message, keeps the codecs and pictures of its client, and frees all at the end. */
import type { NativeBinding } from '../../native/index.js';
import { workBytes } from '../protocol/credit.js';
import { messageOf } from '../protocol/errors.js';
import {
  type ClientMessage,
  type CodecId,
  type CodecKind,
  type HostMessage,
  protocolVersion,
  type SessionLimits,
  type Statistics,
} from '../protocol/messages.js';
import type { Port } from '../protocol/port.js';
import { readClientMessage } from '../protocol/validate.js';
import { CodecSession, ProtocolViolation } from './codec-session.js';
import { FrameStore } from './frame-store.js';
import { ImageStore } from './image-store.js';
import { MessageRate } from './message-rate.js';
import { RequestDesk } from './requests.js';

const mebibyte = 2 ** 20;

/** Room for the deepest pipelines of one 4K export; an 8K frame passes, for credit ends after what crosses it. */
export const defaultLimits: Readonly<SessionLimits> = {
  workCredit: { count: 32, bytes: 64 * mebibyte },
  outputCredit: { count: 32, bytes: 32 * mebibyte },
  answerCredit: { count: 64, bytes: 64 * mebibyte },
  codecs: 64,
  pictureBytes: 1024 * mebibyte,
  pictures: 16384,
  dimension: 16384,
  messagesPerSecond: 1_000_000,
};

/** Codec ids open per codec that may be configured: an id alone costs little, but not nothing. */
const idsPerCodec = 64;

/** Milliseconds without progress that make an inactive codec: https://w3c.github.io/webcodecs/#inactive-codec */
const inactiveAfter = 10_000;

export interface SessionOptions {
  binding: NativeBinding;
  /** The defaults where absent. */
  limits?: Partial<SessionLimits>;
}

export class Session {
  /** Resolves when the port is closed and every thread of the session has ended. */
  readonly ended: Promise<void>;
  readonly #port: Port;
  readonly #binding: NativeBinding;
  readonly #limits: SessionLimits;
  readonly #frames = new FrameStore();
  readonly #images: ImageStore;
  readonly #codecs = new Map<CodecId, CodecSession>();
  readonly #desk: RequestDesk;
  readonly #rate: MessageRate;
  #resolveEnded: () => void = () => undefined;
  #fault: string | null = null;
  #greeted = false;
  #closed = false;
  /** Native codecs that are open, and those that were told to close and have a thread still. */
  #open = 0;
  #leaving = 0;
  #bytesReceived = 0;
  #bytesSent = 0;

  constructor(port: Port, options: SessionOptions) {
    this.#port = port;
    this.#binding = options.binding;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#rate = new MessageRate(this.#limits.messagesPerSecond);
    this.#images = new ImageStore({ binding: this.#binding, limits: this.#limits });
    this.#desk = new RequestDesk({
      binding: this.#binding,
      limits: this.#limits,
      frames: this.#frames,
      images: this.#images,
      statistics: () => this.#statistics(),
      unpinned: () => this.#pump(),
      respond: (request, result, data) =>
        this.#send({ type: 'response', request, result }, data ? [data.buffer] : [], data?.byteLength ?? 0),
      refuse: (request, error) => this.#send({ type: 'refusal', request, error }),
    });
    port.onClose(() => this.close());
    port.onMessage((message) => this.#receive(message));
  }

  /** What the client did that ended the session; null where it did nothing wrong. */
  get fault(): string | null {
    return this.#fault;
  }

  /** Closes every codec, every picture and the port. Idempotent. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#desk.close();
    for (const codec of this.#codecs.values()) codec.close();
    this.#codecs.clear();
    this.#images.clear();
    this.#frames.clear();
    this.#port.close();
    this.#settleEnd();
  }

  #receive(value: unknown): void {
    if (this.#closed) return;
    if (!this.#rate.allows(performance.now())) {
      this.#sayGoodbye(`More than ${this.#limits.messagesPerSecond} messages a second (limits.messagesPerSecond).`);
      return;
    }
    const checked = readClientMessage(value);
    if (!checked.ok) {
      this.#sayGoodbye(checked.refusal.message);
      return;
    }
    try {
      this.#route(checked.message);
    } catch (error) {
      // A violation, or a fault of ours: either way this session ends and the others go on.
      this.#sayGoodbye(messageOf(error));
    }
  }

  #route(message: ClientMessage): void {
    if (!this.#greeted && message.type !== 'hello') throw new ProtocolViolation('The first message must be hello.');
    switch (message.type) {
      case 'hello':
        this.#greet(message.version);
        break;
      case 'open':
        this.#openCodec(message.codec, message.kind);
        break;
      case 'encodeVideo':
      case 'encodeAudio':
      case 'decode':
        this.#bytesReceived += workBytes(message);
        this.#codecOf(message.codec).receive(message);
        break;
      case 'configure':
      case 'flush':
      case 'reset':
      case 'outputTaken':
        this.#codecOf(message.codec).receive(message);
        break;
      case 'close':
        this.#codecOf(message.codec).close();
        this.#codecs.delete(message.codec);
        break;
      case 'openImage':
        if (!this.#images.open(message.image, message.init)) {
          throw new ProtocolViolation(`Image ${message.image} is open already, or too many are.`);
        }
        break;
      case 'resetImage':
        this.#images.reset(message.image);
        break;
      case 'closeImage':
        this.#images.close(message.image);
        break;
      case 'release':
        for (const handle of message.handles) this.#frames.release(handle);
        this.#pump();
        break;
      case 'answerTaken':
        if (!this.#desk.answersTaken(message.count, message.bytes)) {
          throw new ProtocolViolation('More answers were taken than are under way.');
        }
        break;
      case 'request':
        this.#request(message);
        break;
      default:
        message satisfies never;
    }
  }

  #greet(version: number): void {
    if (this.#greeted) throw new ProtocolViolation('A session says hello once.');
    if (version !== protocolVersion) {
      throw new ProtocolViolation(`The client speaks version ${version} of the protocol, the host ${protocolVersion}.`);
    }
    this.#greeted = true;
    this.#send({ type: 'hello', version: protocolVersion, limits: this.#limits });
  }

  #openCodec(id: CodecId, kind: CodecKind): void {
    if (this.#codecs.has(id)) throw new ProtocolViolation(`Codec ${id} is open already.`);
    if (this.#codecs.size >= this.#limits.codecs * idsPerCodec) {
      throw new ProtocolViolation(`${this.#codecs.size} codecs are open.`);
    }
    const codec = new CodecSession(id, kind, {
      binding: this.#binding,
      limits: this.#limits,
      frames: this.#frames,
      makeRoom: () => this.#makeRoom(),
      entered: () => {
        this.#open += 1;
      },
      leaving: () => {
        this.#open -= 1;
        this.#leaving += 1;
      },
      left: () => {
        this.#leaving -= 1;
        this.#settleEnd();
        this.#pump();
      },
      // Codecs say it while they are pumped, too.
      unpinned: () => queueMicrotask(() => this.#pump()),
      send: (message, transfer, mediaBytes) => this.#handOver(message, transfer, mediaBytes),
    });
    this.#codecs.set(id, codec);
  }

  #makeRoom(): 'now' | 'later' | 'none' {
    if (this.#open >= this.#limits.codecs && !this.#reclaimOne()) return 'none';
    if (this.#leaving < this.#limits.codecs) return 'now';
    let waiting = 0;
    for (const codec of this.#codecs.values()) if (codec.waitsForRoom) waiting += 1;
    return waiting <= this.#limits.codecs ? 'later' : 'none';
  }

  /** The codec that was inactive for longest; a host knows no background, so that an active one is never taken. */
  #reclaimOne(): boolean {
    let longest: CodecSession | null = null;
    let since = performance.now() - inactiveAfter;
    for (const codec of this.#codecs.values()) {
      const { idleSince } = codec;
      if (idleSince !== null && idleSince < since) {
        longest = codec;
        since = idleSince;
      }
    }
    longest?.reclaim();
    return longest !== null;
  }

  #codecOf(id: CodecId): CodecSession {
    const codec = this.#codecs.get(id);
    if (!codec) throw new ProtocolViolation(`Codec ${id} is not open.`);
    return codec;
  }

  #request(message: Extract<ClientMessage, { type: 'request' }>): void {
    const { request, call } = message;
    if (call.method === 'transformPicture' && call.picture.source === 'bytes') {
      this.#bytesReceived += call.picture.data.byteLength;
    }
    if (call.method === 'appendImage') this.#bytesReceived += call.data.byteLength;
    this.#desk.receive(request, call);
  }

  #pump(): void {
    for (const codec of this.#codecs.values()) codec.pump();
  }

  #statistics(): Statistics {
    return {
      codecs: this.#open + this.#leaving,
      pictures: this.#frames.count,
      pictureBytes: this.#frames.bytes,
      rss: process.memoryUsage.rss(),
      bytesReceived: this.#bytesReceived,
      bytesSent: this.#bytesSent,
    };
  }

  #send(message: HostMessage, transfer: ArrayBuffer[] = [], mediaBytes = 0): void {
    if (this.#closed) return;
    this.#bytesSent += mediaBytes;
    if (this.#port.canTransfer) this.#port.postMessage(message, transfer);
    else this.#port.postMessage(message);
  }

  #handOver(message: HostMessage, transfer: ArrayBuffer[], mediaBytes: number): void {
    if (this.#closed) return;
    this.#bytesSent += mediaBytes;
    this.#port.handOver(message, this.#port.canTransfer ? transfer : []);
  }

  #sayGoodbye(reason: string): void {
    this.#fault = reason;
    this.#send({ type: 'goodbye', error: { name: 'DataError', message: reason } });
    this.close();
  }

  #settleEnd(): void {
    if (this.#closed && this.#open + this.#leaving === 0) this.#resolveEnded();
  }
}
