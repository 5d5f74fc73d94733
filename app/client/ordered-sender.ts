/** Messages of one codec on their way to the port: made late, sent in order. */
import type { ClientMessage, CodecId, Generation } from '../protocol/messages.js';
import type { Connection } from './connection.js';

/** Where a codec's message is to go. */
export interface CodecAddress {
  codec: CodecId;
  generation: Generation;
}

/** A message that is ready, with the buffers to transfer where the port can. */
export interface ReadyMessage {
  message: ClientMessage;
  transfer: ArrayBuffer[];
}

/** Makes a message when its turn has come; a promise holds up those behind it. */
export type MessageMaker = (connection: Connection, address: CodecAddress) => ReadyMessage | Promise<ReadyMessage>;

interface Outgoing {
  make: MessageMaker;
  discard(): void;
}

interface Destination {
  connection: Connection;
  address: CodecAddress;
}

/** What the sender asks of its codec. */
export interface SendingCodec {
  /** null where there is no port to send to. */
  destination(): Destination | null;
  /** A message couldn't be made or posted. */
  sendingFailed(error: unknown): void;
}

/**
 * Messages are made in a microtask: in `encode(frame); frame.close()` the message is then the sole owner of the pixels
 * and may give them away. They leave in order, also where one must first be fetched from elsewhere.
 */
export class OrderedSender {
  readonly #codec: SendingCodec;
  #outgoing: Outgoing[] = [];
  #isSending = false;
  #epoch = 0;

  constructor(codec: SendingCodec) {
    this.#codec = codec;
  }

  push(make: MessageMaker): void {
    this.hold(make, () => undefined);
    this.sendHeld();
  }

  /**
   * For what may leave later: with the next sendHeld(), or before what is pushed next. `discard` is called once, after
   * the message was sent or in place of that.
   */
  hold(make: MessageMaker, discard: () => void): void {
    this.#outgoing.push({ make, discard });
  }

  sendHeld(): void {
    if (!this.#isSending && this.#outgoing.length > 0) {
      this.#isSending = true;
      queueMicrotask(() => this.#send());
    }
  }

  /** Messages that haven't left. */
  get size(): number {
    return this.#outgoing.length;
  }

  /** Drops what hasn't left yet, also what is being made. */
  clear(): void {
    this.#epoch += 1;
    const dropped = this.#outgoing;
    this.#outgoing = [];
    for (const item of dropped) {
      item.discard();
    }
  }

  #send(): void {
    while (this.#outgoing.length > 0) {
      const destination = this.#codec.destination();
      const wait = destination?.connection.rest() ?? this.#sendNext(destination);
      if (wait) {
        void wait.then(() => this.#send());
        return;
      }
    }
    this.#isSending = false;
  }

  /** A promise where the message must be made elsewhere first. */
  #sendNext(destination: Destination | null): Promise<void> | null {
    const item = this.#outgoing.shift();
    if (!item) {
      return null;
    }
    const epoch = this.#epoch;
    const send = (connection: Connection, { message, transfer }: ReadyMessage) => {
      if (epoch === this.#epoch) {
        connection.send(message, transfer);
      }
    };
    const fail = (error: unknown) => {
      if (epoch === this.#epoch) {
        this.#codec.sendingFailed(error);
      }
    };
    let isWaiting = false;
    try {
      if (!destination) {
        return null;
      }
      const { connection, address } = destination;
      const made = item.make(connection, address);
      if (made instanceof Promise) {
        isWaiting = true;
        return made
          .then((message) => send(connection, message))
          .catch(fail)
          .finally(() => item.discard());
      }
      send(connection, made);
    } catch (error) {
      fail(error);
    } finally {
      if (!isWaiting) {
        item.discard();
      }
    }
    return null;
  }
}
