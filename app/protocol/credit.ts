/**
 * Flow control that both ends count alike.
 *
 * A sender may send while fewer than `count` items and fewer than `bytes` bytes are under way: an item larger than the
 * whole budget passes when nothing else does, and one that straddles the budget's end passes too.
 */
import type { ClientMessage, Credit, HostMessage } from './messages.js';

export type WorkMessage = Extract<ClientMessage, { type: 'encodeVideo' | 'encodeAudio' | 'decode' }>;
export type AnswerMessage = Extract<HostMessage, { type: 'response' }>;
export type OutputMessage = Extract<HostMessage, { type: 'chunk' | 'picture' | 'audio' }>;

/** Media bytes that a unit of work carries over the port; a handle carries none. */
export function workBytes(message: WorkMessage): number {
  switch (message.type) {
    case 'encodeVideo':
      return message.picture.source === 'bytes' ? message.picture.data.byteLength : 0;
    case 'encodeAudio':
      return message.audio.data.byteLength;
    case 'decode':
      return message.chunk.data.byteLength + (message.alphaSideData?.byteLength ?? 0);
    default:
      return message satisfies never;
  }
}

/** Media bytes that an output carries over the port; `outputTaken` gives back exactly these. */
export function outputBytes(message: OutputMessage): number {
  switch (message.type) {
    case 'chunk':
      return message.chunk.data.byteLength + (message.alphaSideData?.byteLength ?? 0);
    case 'audio':
      return message.audio.data.byteLength;
    case 'picture':
      return 0;
    default:
      return message satisfies never;
  }
}

/** Media bytes that an answer carries over the port; `answerTaken` gives back exactly these. null: it costs no credit. */
export function answerBytes({ result }: AnswerMessage): number | null {
  return 'data' in result ? result.data.byteLength : null;
}

/** What of a credit is under way. */
export class CreditAccount {
  readonly #limit: Credit;
  #count = 0;
  #bytes = 0;

  constructor(limit: Credit) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether one more item may be sent, whatever its size. */
  get available(): boolean {
    return this.#count < this.#limit.count && this.#bytes < this.#limit.bytes;
  }

  spend(bytes: number): void {
    this.#count += 1;
    this.#bytes += bytes;
  }

  /** False where more comes back than is under way; nothing changes then. */
  giveBack(count: number, bytes: number): boolean {
    if (count > this.#count || bytes > this.#bytes) return false;
    this.#count -= count;
    this.#bytes -= bytes;
    return true;
  }

  clear(): void {
    this.#count = 0;
    this.#bytes = 0;
  }
}

/** Credit for work, which comes back by count in the order in which it was spent. */
export class WorkAccount {
  readonly #account: CreditAccount;
  #sizes: number[] = [];

  constructor(limit: Credit) {
    this.#account = new CreditAccount(limit);
  }

  get count(): number {
    return this.#account.count;
  }

  get available(): boolean {
    return this.#account.available;
  }

  spend(bytes: number): void {
    this.#sizes.push(bytes);
    this.#account.spend(bytes);
  }

  /** False where more comes back than is under way; nothing changes then. */
  giveBack(count: number): boolean {
    if (count > this.#sizes.length) return false;
    const bytes = this.#sizes.splice(0, count).reduce((sum, size) => sum + size, 0);
    return this.#account.giveBack(count, bytes);
  }

  /** All work of before is void: the codec was reset. */
  clear(): void {
    this.#sizes = [];
    this.#account.clear();
  }
}
