/** What VideoDecoder and AudioDecoder share: one template, and the traits of each. */
import type { OutputMessage } from '../protocol/credit.js';
import type { CodecKind, WireConfig } from '../protocol/messages.js';
import { bytesOf, exactCopy, toBufferSource } from './buffers.js';
import { CodecCore } from './codec.js';
import { CodecBase, readCallbacks } from './codec-base.js';
import {
  toAudioDecoderConfig,
  toVideoDecoderConfig,
  wireAudioDecoderConfig,
  wireVideoDecoderConfig,
} from './config.js';
import type { Connection } from './connection.js';
import { isCertainlyNoKeyChunk } from './key-chunk.js';
import type { ChunkInput, Media, MediaOutput } from './media.js';
import { invokeCallback } from './tasks.js';
import type { AudioDecoderConfig, CodecInit, VideoDecoderConfig } from './types.js';
import { optional, requireArguments, toDictionary } from './web-idl.js';

/** What video and audio decoders differ in. */
export interface DecoderTraits<Config, Output> {
  readonly kind: CodecKind;
  readonly name: string;
  readonly defaultQueueSize: number;
  toConfig(value: unknown): Config;
  toWire(config: Config): WireConfig;
  /** Throws a TypeError for other things. */
  toInput(value: unknown): ChunkInput;
  /** What decode() is given behind the chunk: an extension of ours for video. Throws TypeErrors. */
  toAlphaSideData(options: unknown): Uint8Array | null;
  /** Whether a chunk that is called a key chunk is none. */
  isMislabelled(chunk: ChunkInput, config: Config): boolean;
  /** null for an output of another kind. */
  toOutput(message: OutputMessage, connection: Connection): MediaOutput<Output> | Promise<MediaOutput<Output>> | null;
}

/** Decodes chunks, in order, through a codec host. */
export abstract class Decoder<Config, Chunk, Options extends unknown[], Output> extends CodecBase<Config> {
  readonly #core: CodecCore<Config>;
  readonly #traits: DecoderTraits<Config, Output>;
  readonly #keyChunk: { isRequired: boolean };
  #config: Config | null = null;

  /** @throws {TypeError} where a callback is missing. */
  protected constructor(
    connect: () => Connection,
    traits: DecoderTraits<Config, Output>,
    init: CodecInit<(output: Output) => void>,
  ) {
    const callbacks = readCallbacks<(output: Output) => void>(init, `${traits.name}Init`);
    const keyChunk = { isRequired: true };
    const core = new CodecCore<Config>({
      kind: traits.kind,
      defaultQueueSize: traits.defaultQueueSize,
      connect,
      error: callbacks.error,
      toWire: (config) => traits.toWire(config),
      configured: () => undefined,
      toDelivery: (message, connection) => {
        const made = traits.toOutput(message, connection);
        const toDelivery = (media: MediaOutput<Output> | null) => ({
          deliver: () => media && invokeCallback(callbacks.output, media.output),
          discard: () => media?.discard(),
        });
        return made instanceof Promise ? made.then(toDelivery) : toDelivery(made);
      },
      flushing: () => {
        keyChunk.isRequired = true;
      },
      reset: () => undefined,
    });
    super(core);
    this.#keyChunk = keyChunk;
    this.#core = core;
    this.#traits = traits;
  }

  /** Calls of decode() that the codec hasn't taken up yet. */
  get decodeQueueSize(): number {
    return this.#core.queueSize;
  }

  /**
   * Configures the decoder for the chunks from now on, of which the first must be a key chunk. What the host can't do
   * reaches the error callback as a NotSupportedError.
   * @throws {TypeError} for a configuration that isn't valid.
   * @throws {DOMException} InvalidStateError where the decoder is closed.
   */
  configure(config: Config): void {
    requireArguments('configure', 1, arguments.length);
    const checked = this.#traits.toConfig(config);
    this.#core.configure(checked);
    this.#config = checked;
    this.#keyChunk.isRequired = true;
  }

  /**
   * Queues a chunk to be decoded.
   * @throws {TypeError} where it is something else.
   * @throws {DOMException} InvalidStateError where the decoder isn't configured; DataError for what is no key chunk
   * after configure() or flush(); QuotaExceededError where a limit of the queue is reached.
   */
  decode(chunk: Chunk, ...options: Options): void {
    requireArguments('decode', 1, arguments.length);
    const input = this.#traits.toInput(chunk);
    const alphaSideData = this.#traits.toAlphaSideData(options[0]);
    this.#core.requireConfigured();
    if (this.#keyChunk.isRequired) {
      this.#requireKeyChunk(input);
    }
    const bytes = input.byteLength + (alphaSideData?.byteLength ?? 0);
    this.#core.requireQuota(bytes);
    this.#keyChunk.isRequired = false;
    this.#core.enqueue({
      localBytes: bytes,
      wireBytes: () => bytes,
      // Never transferred: the chunk stays the caller's.
      toMessage: (_connection, address) => ({
        message: { type: 'decode', ...address, chunk: input.toWire(), alphaSideData },
        transfer: [],
      }),
      discard: () => undefined,
    });
  }

  #requireKeyChunk(chunk: ChunkInput): void {
    if (chunk.type !== 'key') {
      throw new DOMException('chunk: a key chunk is required after configure() and flush()', 'DataError');
    }
    if (this.#config && this.#traits.isMislabelled(chunk, this.#config)) {
      throw new DOMException('chunk: its type is "key", but its data is that of a delta chunk', 'DataError');
    }
  }
}

// The IDL has one argument; what else stands there must be no error, such as an index that forEach() gives.
function toAlphaSideData(options: unknown): Uint8Array | null {
  if (typeof options !== 'object') {
    return null;
  }
  const context = 'VideoDecoderDecodeOptions';
  const source = optional(toDictionary(options, context), context, 'alphaSideData', toBufferSource);
  return source ? exactCopy(bytesOf(source)) : null;
}

/** A video decoder's traits, over these media objects. */
export function videoDecoderTraits<Frame, Chunk>(
  media: Media<Frame, unknown, Chunk, unknown>,
): DecoderTraits<VideoDecoderConfig, Frame> {
  return {
    kind: 'video-decoder',
    name: 'VideoDecoder',
    defaultQueueSize: 4096,
    toConfig: toVideoDecoderConfig,
    toWire: (config) => ({ kind: 'video-decoder', config: wireVideoDecoderConfig(config) }),
    toInput: media.readVideoChunk,
    toAlphaSideData,
    isMislabelled: (chunk, { codec, description }) =>
      isCertainlyNoKeyChunk(codec, description ? bytesOf(description) : null, chunk.toWire().data),
    toOutput: (message, connection) =>
      message.type === 'picture' ? media.makeFrame(connection, message.handle, message.info) : null,
  };
}

/** An audio decoder's traits, over these media objects. */
export function audioDecoderTraits<Sound, Chunk>(
  media: Media<unknown, Sound, unknown, Chunk>,
): DecoderTraits<AudioDecoderConfig, Sound> {
  return {
    kind: 'audio-decoder',
    name: 'AudioDecoder',
    defaultQueueSize: 4096,
    toConfig: toAudioDecoderConfig,
    toWire: (config) => ({ kind: 'audio-decoder', config: wireAudioDecoderConfig(config) }),
    toInput: media.readAudioChunk,
    toAlphaSideData: () => null,
    // Registered audio codecs have key chunks only.
    isMislabelled: () => false,
    toOutput: (message) => (message.type === 'audio' ? media.makeAudio(message.audio) : null),
  };
}
