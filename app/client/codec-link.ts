/** What a connection and the garbage collector know of a codec. */
import type { CodecId } from '../protocol/messages.js';
import type { CodecEndpoint, CodecMessage, Connection } from './connection.js';

const abandonedCodecs = new FinalizationRegistry<CodecLink>((link) => link.abandon());

/**
 * Holds a codec only while that has something to do: a codec's callbacks mostly mention their codec, so that whoever
 * holds the callbacks keeps it alive. An idle codec that nobody can reach any more is closed in the host.
 */
export class CodecLink implements CodecEndpoint {
  /** Kept reachable. */
  pinned: readonly unknown[] = [];
  readonly #codec: WeakRef<CodecEndpoint>;
  #place: { connection: Connection; id: CodecId } | null = null;

  constructor(codec: CodecEndpoint) {
    this.#codec = new WeakRef(codec);
  }

  /** The object by which a program reaches the codec, and which reaches all of it. */
  watch(target: object): void {
    abandonedCodecs.register(target, this);
  }

  /** Where the codec is open; null where it is nowhere. */
  set place(place: { connection: Connection; id: CodecId } | null) {
    this.#place = place;
  }

  abandon(): void {
    if (this.#place) {
      const { connection, id } = this.#place;
      this.#place = null;
      connection.send({ type: 'close', codec: id });
      connection.detach(id);
    }
  }

  receive(message: CodecMessage): void {
    const codec = this.#codec.deref();
    if (codec) {
      codec.receive(message);
    } else if (message.type === 'picture') {
      this.#place?.connection.release(message.handle);
    }
  }

  connected(): void {
    this.#codec.deref()?.connected();
  }

  disconnected(error: DOMException): void {
    this.#codec.deref()?.disconnected(error);
  }
}
