/** What VideoEncoder and AudioEncoder share: one template, whose traits are in encoder-traits.ts. */
import type { OutputMessage } from '../protocol/credit.js';
import type { CodecKind, HostMessage, WireChunk, WireConfig, WireDecoderConfig } from '../protocol/messages.js';
import { CodecCore, type Work } from './codec.js';
import { CodecBase, readCallbacks } from './codec-base.js';
import type { Connection } from './connection.js';
import { cloneDictionary, equalDictionaries } from './dictionaries.js';
import { invokeCallback } from './tasks.js';
import type { CodecInit } from './types.js';
import { requireArguments } from './web-idl.js';

/** What one configure() call starts: its configuration and what belongs to it. */
export interface EncoderSession<Config> {
  readonly config: Config;
  /** [[active orientation]]: of the first frame; audio has none. */
  orientation: { rotation: number; flip: boolean } | null;
}

/** Something to encode, after the checks that need no codec. */
export interface EncoderInput<Config> {
  readonly localBytes: number;
  /** Checks that depend on what was encoded before; throws. */
  admit(session: EncoderSession<Config>): void;
  /** Takes what the call needs for itself. */
  toWork(session: EncoderSession<Config>): Work;
}

export type ChunkMessage = Extract<HostMessage, { type: 'chunk' }>;

/** What video and audio encoders differ in. */
export interface EncoderTraits<Config, Chunk, DecoderConfig, Metadata> {
  readonly kind: CodecKind;
  readonly name: string;
  readonly defaultQueueSize: number;
  toConfig(value: unknown): Config;
  toWire(config: Config, connection: Connection): WireConfig;
  /** Converts the arguments of encode(). Throws a TypeError for other things and for closed ones. */
  toInput(value: unknown, options: unknown): EncoderInput<Config>;
  toChunk(wire: WireChunk): Chunk;
  /** How to decode what comes out. */
  describe(session: EncoderSession<Config>, wire: WireDecoderConfig): DecoderConfig;
  toMetadata(session: EncoderSession<Config>, message: ChunkMessage, decoderConfig: DecoderConfig | null): Metadata;
}

type OutputCallback<Chunk, Metadata> = (chunk: Chunk, metadata?: Metadata) => void;

/** Encodes what it is given, in order, through a codec host. */
export abstract class Encoder<
  Config,
  Input,
  Options extends unknown[],
  Chunk,
  DecoderConfig extends object,
  Metadata,
> extends CodecBase<EncoderSession<Config>> {
  readonly #core: CodecCore<EncoderSession<Config>>;
  readonly #traits: EncoderTraits<Config, Chunk, DecoderConfig, Metadata>;
  #session: EncoderSession<Config> | null = null;

  /** @throws {TypeError} where a callback is missing. */
  protected constructor(
    connect: () => Connection,
    traits: EncoderTraits<Config, Chunk, DecoderConfig, Metadata>,
    init: CodecInit<OutputCallback<Chunk, Metadata>>,
  ) {
    const { output, error } = readCallbacks<OutputCallback<Chunk, Metadata>>(init, `${traits.name}Init`);
    const outputs = new EncoderOutputs(traits, output);
    const core = new CodecCore<EncoderSession<Config>>({
      kind: traits.kind,
      defaultQueueSize: traits.defaultQueueSize,
      connect,
      error,
      toWire: ({ config }, connection) => traits.toWire(config, connection),
      configured: (session) => outputs.configured(session),
      toDelivery: (message) => ({ deliver: () => outputs.output(message), discard: () => undefined }),
      flushing: () => undefined,
      reset: () => outputs.reset(),
    });
    super(core);
    this.#core = core;
    this.#traits = traits;
  }

  /** Calls of encode() that the codec hasn't taken up yet. */
  get encodeQueueSize(): number {
    return this.#core.queueSize;
  }

  /**
   * Configures the encoder for what is encoded from now on. What the host can't do reaches the error callback as a
   * NotSupportedError.
   * @throws {TypeError} for a configuration that isn't valid.
   * @throws {DOMException} InvalidStateError where the encoder is closed.
   */
  configure(config: Config): void {
    requireArguments('configure', 1, arguments.length);
    const session: EncoderSession<Config> = { config: this.#traits.toConfig(config), orientation: null };
    this.#core.configure(session);
    this.#session = session;
  }

  /**
   * Queues something to be encoded; it may be closed at once.
   * @throws {TypeError} where it is closed or something else.
   * @throws {DOMException} InvalidStateError where the encoder isn't configured; DataError where rotation or flip differ
   * from those of the first frame; QuotaExceededError where a limit of the queue is reached.
   */
  encode(input: Input, ...options: Options): void {
    requireArguments('encode', 1, arguments.length);
    const taken = this.#traits.toInput(input, options[0]);
    this.#core.requireConfigured();
    const session = this.#session;
    if (!session) {
      return;
    }
    this.#core.requireQuota(taken.localBytes);
    taken.admit(session);
    this.#core.enqueue(taken.toWork(session));
  }
}

/** https://w3c.github.io/webcodecs/#output-encodedvideochunks, which audio does alike. */
class EncoderOutputs<Config, Chunk, DecoderConfig extends object, Metadata> {
  readonly #traits: EncoderTraits<Config, Chunk, DecoderConfig, Metadata>;
  readonly #callback: OutputCallback<Chunk, Metadata>;
  /** [[active encoder config]] */
  #session: EncoderSession<Config> | null = null;
  /** [[active output config]] */
  #outputConfig: DecoderConfig | null = null;
  #described: WireDecoderConfig | null = null;
  #isStale = false;

  constructor(
    traits: EncoderTraits<Config, Chunk, DecoderConfig, Metadata>,
    callback: OutputCallback<Chunk, Metadata>,
  ) {
    this.#traits = traits;
    this.#callback = callback;
  }

  configured(session: EncoderSession<Config>): void {
    this.#session = session;
    this.#isStale = true;
  }

  reset(): void {
    this.#session = null;
    this.#outputConfig = null;
    this.#described = null;
  }

  output(message: OutputMessage): void {
    const session = this.#session;
    if (message.type !== 'chunk' || !session) {
      return;
    }
    const metadata = this.#traits.toMetadata(session, message, this.#newOutputConfig(session, message));
    invokeCallback(this.#callback, this.#traits.toChunk(message.chunk), metadata);
  }

  /** null where the last one still holds. */
  #newOutputConfig(session: EncoderSession<Config>, message: ChunkMessage): DecoderConfig | null {
    this.#described = message.decoderConfig ?? this.#described;
    if (!this.#described || (!message.decoderConfig && !this.#isStale)) {
      return null;
    }
    this.#isStale = false;
    const outputConfig = this.#traits.describe(session, this.#described);
    if (this.#outputConfig && equalDictionaries(outputConfig, this.#outputConfig)) {
      return null;
    }
    this.#outputConfig = outputConfig;
    // What the user does to it must not change what later ones are compared with.
    return cloneDictionary(outputConfig);
  }
}
