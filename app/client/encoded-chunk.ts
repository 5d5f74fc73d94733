/** EncodedVideoChunk and EncodedAudioChunk: https://w3c.github.io/webcodecs/#encoded-media-interfaces */
import { exactBytes } from '../protocol/bytes.js';
import { argumentError } from '../protocol/errors.js';
import type { WireChunk } from '../protocol/messages.js';
import { bufferOf, bytesOf, checkTransfer, isDetached, readTransfer, takeBytes, toBufferSource } from './buffers.js';
import type { AllowSharedBufferSource, EncodedChunkInit, EncodedChunkType } from './types.js';
import {
  exposeInterface,
  optional,
  requireArguments,
  required,
  toDictionary,
  toEnum,
  toLongLong,
  toUnsignedLongLong,
} from './web-idl.js';

const chunkTypes: readonly EncodedChunkType[] = ['key', 'delta'];
const members = ['type', 'timestamp', 'duration', 'byteLength', 'copyTo'] as const;

/** Passed in place of a constructor argument to make a chunk of bytes that came in; scripts can't make one. */
class ChunkSource {
  readonly wire: WireChunk;

  constructor(wire: WireChunk) {
    this.wire = wire;
  }
}

function readChunk(name: string, init: unknown): WireChunk {
  if (init instanceof ChunkSource) {
    return init.wire;
  }
  const context = `${name}Init`;
  const dictionary = toDictionary(init, context);
  const data = required(dictionary, context, 'data', toBufferSource);
  const duration = optional(dictionary, context, 'duration', toUnsignedLongLong) ?? null;
  const timestamp = required(dictionary, context, 'timestamp', toLongLong);
  const transfer = readTransfer(dictionary, context);
  const type = required(dictionary, context, 'type', (value, field) => toEnum(value, field, chunkTypes));
  checkTransfer(transfer);
  if (isDetached(bufferOf(data))) {
    throw argumentError(`${context}.data`, 'a buffer that is not detached', data);
  }
  return { type, timestamp, duration, data: takeBytes(data, data.byteLength, transfer) };
}

let chunkOf: (chunk: EncodedChunk) => WireChunk;

/** What both kinds of chunk are: immutable bytes with a time. */
abstract class EncodedChunk {
  readonly #chunk: WireChunk;

  protected constructor(chunk: WireChunk) {
    this.#chunk = chunk;
  }

  static {
    chunkOf = (chunk) => chunk.#chunk;
  }

  /** `key` where nothing else is needed to decode it. */
  get type(): EncodedChunkType {
    return this.#chunk.type;
  }

  /** Microseconds. */
  get timestamp(): number {
    return this.#chunk.timestamp;
  }

  /** Microseconds; null where it isn't known. */
  get duration(): number | null {
    return this.#chunk.duration;
  }

  get byteLength(): number {
    return this.#chunk.data.byteLength;
  }

  /** @throws {TypeError} where `destination` is smaller than `byteLength`. */
  copyTo(destination: AllowSharedBufferSource): void {
    requireArguments('copyTo', 1, arguments.length);
    const target = bytesOf(toBufferSource(destination, 'destination'));
    const { data } = this.#chunk;
    if (target.byteLength < data.byteLength) {
      throw argumentError('destination', `at least ${data.byteLength} bytes`, target.byteLength);
    }
    target.set(data);
  }
}

/** The bytes that a chunk holds; not to be changed and not to be transferred, for the chunk keeps them. */
export function wireChunkOf(chunk: EncodedVideoChunk | EncodedAudioChunk): WireChunk {
  const wire = chunkOf(chunk);
  // Bytes that came in may share their buffer with other messages.
  return { ...wire, data: exactBytes(wire.data) };
}

/** A piece of encoded video. */
export class EncodedVideoChunk extends EncodedChunk {
  /** @throws {TypeError} for members of the wrong kind. @throws {DOMException} DataCloneError for a bad `transfer`. */
  constructor(init: EncodedChunkInit) {
    requireArguments('EncodedVideoChunk', 1, arguments.length);
    super(readChunk('EncodedVideoChunk', init));
  }
}

/** A piece of encoded audio. */
export class EncodedAudioChunk extends EncodedChunk {
  /** @throws {TypeError} for members of the wrong kind. @throws {DOMException} DataCloneError for a bad `transfer`. */
  constructor(init: EncodedChunkInit) {
    requireArguments('EncodedAudioChunk', 1, arguments.length);
    super(readChunk('EncodedAudioChunk', init));
  }
}

/** A video chunk of what an encoder put out; it keeps the bytes where they are. */
export function fromWireVideoChunk(wire: WireChunk): EncodedVideoChunk {
  return new EncodedVideoChunk(new ChunkSource(wire) as unknown as EncodedChunkInit);
}

/** As fromWireVideoChunk. */
export function fromWireAudioChunk(wire: WireChunk): EncodedAudioChunk {
  return new EncodedAudioChunk(new ChunkSource(wire) as unknown as EncodedChunkInit);
}

exposeInterface(EncodedVideoChunk, 'EncodedVideoChunk', members);
exposeInterface(EncodedAudioChunk, 'EncodedAudioChunk', members);
