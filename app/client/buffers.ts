/** Bytes that come in from scripts: views on them, their copies, and their transfer. */
import { argumentError } from '../protocol/errors.js';
import type { AllowSharedBufferSource } from './types.js';
import { optional, type RawDictionary, toSequence } from './web-idl.js';

function getterOf(prototype: object, name: string): ((this: unknown) => unknown) | undefined {
  return Object.getOwnPropertyDescriptor(prototype, name)?.get as ((this: unknown) => unknown) | undefined;
}

const arrayBufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const sharedLength =
  typeof SharedArrayBuffer === 'undefined' ? undefined : getterOf(SharedArrayBuffer.prototype, 'byteLength');

// The getters are brand checks, so buffers of other realms (contexts, iframes) pass and impostors don't.
function hasBrand(value: unknown, getter: ((this: unknown) => unknown) | undefined): boolean {
  try {
    getter?.call(value);
    return getter !== undefined;
  } catch {
    return false;
  }
}

function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return hasBrand(value, arrayBufferLength);
}

function isSharedArrayBuffer(value: unknown): value is SharedArrayBuffer {
  return hasBrand(value, sharedLength);
}

export function isBufferSource(value: unknown): value is AllowSharedBufferSource {
  return ArrayBuffer.isView(value) || isArrayBuffer(value) || isSharedArrayBuffer(value);
}

/** Whether the buffer's bytes have gone elsewhere. */
export function isDetached(buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength > 0 || !isArrayBuffer(buffer)) {
    return false;
  }
  try {
    new Uint8Array(buffer);
    return false;
  } catch {
    return true;
  }
}

/** AllowSharedBufferSource */
export function toBufferSource(value: unknown, field: string): AllowSharedBufferSource {
  if (!isBufferSource(value)) {
    throw argumentError(field, 'an ArrayBuffer, a SharedArrayBuffer or a view of one', value);
  }
  requireFixedLength(bufferOf(value), field);
  return value;
}

/** No type of WebCodecs has [AllowResizable]: https://webidl.spec.whatwg.org/#js-buffer-source-types */
function requireFixedLength(
  buffer: ArrayBufferLike & { resizable?: boolean; growable?: boolean },
  field: string,
): void {
  if (buffer.resizable === true || buffer.growable === true) {
    throw argumentError(field, 'a buffer of fixed length', buffer);
  }
}

export function bufferOf(source: AllowSharedBufferSource): ArrayBufferLike {
  return ArrayBuffer.isView(source) ? source.buffer : source;
}

/** A view on the source's bytes; empty where its buffer is detached. */
export function bytesOf(source: AllowSharedBufferSource): Uint8Array {
  if (isDetached(bufferOf(source))) {
    return new Uint8Array(0);
  }
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** A copy that owns a buffer of its exact size. */
export function exactCopy(bytes: Uint8Array, length: number = bytes.length): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(length);
  copy.set(length === bytes.length ? bytes : bytes.subarray(0, length));
  return copy;
}

/** The member `transfer` of a dictionary. */
export function readTransfer(dictionary: RawDictionary, context: string): ArrayBuffer[] {
  const convert = (item: unknown, field: string): ArrayBuffer => {
    if (!isArrayBuffer(item)) {
      throw argumentError(field, 'an ArrayBuffer', item);
    }
    requireFixedLength(item, field);
    return item;
  };
  return optional(dictionary, context, 'transfer', (value, field) => toSequence(value, field, convert)) ?? [];
}

/** The checks that stand before anything is made of the data; throws a DataCloneError. */
export function checkTransfer(transfer: readonly ArrayBuffer[]): void {
  if (new Set(transfer).size !== transfer.length) {
    throw new DOMException('transfer holds the same ArrayBuffer twice', 'DataCloneError');
  }
  if (transfer.some(isDetached)) {
    throw new DOMException('transfer holds a detached ArrayBuffer', 'DataCloneError');
  }
}

/**
 * The first `length` bytes of the source as our own: without a copy where its buffer is in `transfer` and `alignment`
 * allows, else copied. Detaches all of `transfer`.
 */
export function takeBytes(
  source: AllowSharedBufferSource,
  length: number,
  transfer: readonly ArrayBuffer[],
  alignment = 1,
): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf(source);
  const owner = transfer.find((buffer) => buffer === bytes.buffer);
  const { byteOffset } = bytes;
  if (!owner || byteOffset % alignment !== 0) {
    const copy = exactCopy(bytes, length);
    detachAll(transfer);
    return copy;
  }
  let taken: ArrayBuffer | undefined;
  for (const buffer of transfer) {
    const moved = moveBuffer(buffer);
    if (buffer === owner) {
      taken = moved;
    }
  }
  return new Uint8Array(taken ?? new ArrayBuffer(length), byteOffset, length);
}

/** Of `transfer`, where nothing in it is taken. */
export function detachAll(transfer: readonly ArrayBuffer[]): void {
  transfer.forEach(moveBuffer);
}

/** Moves the buffer's bytes to a new one, without a copy, and detaches it. */
function moveBuffer(buffer: ArrayBuffer): ArrayBuffer {
  return structuredClone(buffer, { transfer: [buffer] });
}
