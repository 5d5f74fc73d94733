/** EncodedVideoChunk and EncodedAudioChunk: https://w3c.github.io/webcodecs/#encoded-media-interfaces */
import { exactBytes } from '../protocol/bytes.js';
import { argumentError } from '../protocol/errors.js';
import type { WireChunk } from '../protocol/messages.js';
import { bytesOf, checkTransfer, readTransfer, takeBytes, toBufferSource } from './buffers.js';
import type { AllowSharedBufferSource, EncodedChunkInit, EncodedChunkType } from './types.js';
import { markAsUncloneable } from './uncloneable.js';
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

/** What both kinds of chunk are: immutable bytes with a time. */
export interface EncodedChunk {
  /** `key` where nothing else is needed to decode it. */
  readonly type: EncodedChunkType;
  /** Microseconds. */
  readonly timestamp: number;
  /** Microseconds; null where it isn't known. */
  readonly duration: number | null;
  readonly byteLength: number;
  /** @throws {TypeError} where `destination` is smaller than `byteLength`. */
  copyTo(destination: AllowSharedBufferSource): void;
}

/** The interface object of a kind of chunk. */
export interface EncodedChunkConstructor {
  /** @throws {TypeError} for members of the wrong kind. @throws {DOMException} DataCloneError for a bad `transfer`. */
  new (init: EncodedChunkInit): EncodedChunk;
  readonly prototype: EncodedChunk;
}

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
  // The steps don't look whether `data` is detached: such a buffer holds no bytes.
  return { type, timestamp, duration, data: takeBytes(data, bytesOf(data).byteLength, transfer) };
}

interface ChunkKind {
  readonly interfaceObject: EncodedChunkConstructor;
  /** null for everything else. */
  wireOf(value: object): WireChunk | null;
}

// Two classes of one body, and not of one base: neither's members may take the other's chunks.
function defineChunk(name: string): ChunkKind {
  let wireOf: (value: object) => WireChunk | null;

  class Chunk implements EncodedChunk {
    readonly #chunk: WireChunk;

    constructor(init: EncodedChunkInit) {
      requireArguments(name, 1, arguments.length);
      this.#chunk = readChunk(name, init);
      markAsUncloneable(this);
    }

    static {
      wireOf = (value) => (#chunk in value ? value.#chunk : null);
    }

    get type(): EncodedChunkType {
      return this.#chunk.type;
    }

    get timestamp(): number {
      return this.#chunk.timestamp;
    }

    get duration(): number | null {
      return this.#chunk.duration;
    }

    get byteLength(): number {
      return this.#chunk.data.byteLength;
    }

    copyTo(destination: AllowSharedBufferSource): void {
      const { data } = this.#chunk;
      requireArguments('copyTo', 1, arguments.length);
      const target = bytesOf(toBufferSource(destination, 'destination'));
      if (target.byteLength < data.byteLength) {
        throw argumentError('destination', `at least ${data.byteLength} bytes`, target.byteLength);
      }
      target.set(data);
    }
  }
  exposeInterface(Chunk, name, ['type', 'timestamp', 'duration', 'byteLength', 'copyTo']);
  return { interfaceObject: Chunk, wireOf };
}

/** A piece of encoded video. */
export type EncodedVideoChunk = EncodedChunk;
/** A piece of encoded audio. */
export type EncodedAudioChunk = EncodedChunk;

const video = defineChunk('EncodedVideoChunk');
const audio = defineChunk('EncodedAudioChunk');

export const EncodedVideoChunk = video.interfaceObject;
export const EncodedAudioChunk = audio.interfaceObject;

/** The bytes that a chunk holds; not to be changed and not to be transferred, for the chunk keeps them. */
export function wireChunkOf(chunk: EncodedChunk): WireChunk {
  const wire = video.wireOf(chunk) ?? audio.wireOf(chunk);
  if (!wire) {
    throw argumentError('chunk', 'an EncodedVideoChunk or an EncodedAudioChunk', chunk);
  }
  // Bytes that came in may share their buffer with other messages.
  return { ...wire, data: exactBytes(wire.data) };
}

/** A video chunk of what an encoder put out; it keeps the bytes where they are. */
export function fromWireVideoChunk(wire: WireChunk): EncodedVideoChunk {
  return new EncodedVideoChunk(new ChunkSource(wire) as unknown as EncodedChunkInit);
}

/** As fromWireVideoChunk. */
export function fromWireAudioChunk(wire: WireChunk): EncodedAudioChunk {
  return new EncodedAudioChunk(new ChunkSource(wire) as unknown as EncodedChunkInit);
}
