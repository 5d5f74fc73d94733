/**
 * Readers: from `unknown` to a type, piece by piece. A reader returns a fresh value made of what it checked, so that
 * nothing unchecked, inherited or lazily computed gets past it, or throws a Refusal.
 */
import { argumentMessage } from './errors.js';

export type Reader<T> = (value: unknown, field: string) => T;

/** What was refused, where, and why. */
export class Refusal extends Error {
  readonly field: string;
  readonly expected: string;
  readonly received: unknown;

  constructor(field: string, expected: string, received: unknown) {
    // The message itself is no member of anything.
    super(argumentMessage(field || 'message', expected, received));
    this.name = 'Refusal';
    this.field = field;
    this.expected = expected;
    this.received = received;
  }
}

/** A member that may be absent; present ones are read by `reader`. */
interface Optional<T> {
  optional: Reader<T>;
}

/** One reader per member of T; `optional` for members that may be absent. */
export type Shape<T> = {
  [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Optional<Exclude<T[K], undefined>> : Reader<T[K]>;
};

type AnyShape = Record<string, Reader<unknown> | Optional<unknown>>;

export function optional<T>(reader: Reader<T>): Optional<T> {
  return { optional: reader };
}

/** A member's own value: what an object inherits is not part of a message. */
function ownMember(object: object, key: string): unknown {
  return Object.getOwnPropertyDescriptor(object, key)?.value;
}

export function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** An object with these members. Others are left out. */
export function record<T>(shape: Shape<T>): Reader<T> {
  const members = Object.entries(shape as AnyShape);
  return (value, field) => {
    if (!isRecord(value)) throw new Refusal(field, 'an object', value);
    const result: Record<string, unknown> = {};
    for (const [key, reader] of members) {
      const path = field === '' ? key : `${field}.${key}`;
      const member = ownMember(value, key);
      if (typeof reader === 'function') result[key] = reader(member, path);
      else if (member !== undefined) result[key] = reader.optional(member, path);
    }
    return result as T;
  };
}

/** An object of a union that is told apart by the literal in `key`. */
export function variants<T>(key: string, readers: Record<string, Reader<T>>): Reader<T> {
  const names = Object.keys(readers);
  return (value, field) => {
    if (!isRecord(value)) throw new Refusal(field, 'an object', value);
    const name = ownMember(value, key);
    const reader = typeof name === 'string' && Object.hasOwn(readers, name) ? readers[name] : undefined;
    if (!reader) throw new Refusal(field === '' ? key : `${field}.${key}`, `one of ${names.join(', ')}`, name);
    return reader(value, field);
  };
}

/** Exactly this string: the discriminant that `variants` has already seen. */
export function literal<T extends string>(expected: T): Reader<T> {
  return (value, field) => {
    if (value !== expected) throw new Refusal(field, JSON.stringify(expected), value);
    return expected;
  };
}

export function oneOf<T extends string | number>(...values: readonly T[]): Reader<T> {
  return (value, field) => {
    const found = values.find((candidate) => candidate === value);
    if (found === undefined) throw new Refusal(field, `one of ${values.join(', ')}`, value);
    return found;
  };
}

export function integer<T extends number = number>(lowest: number, highest: number): Reader<T> {
  return (value, field) => {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < lowest || value > highest) {
      throw new Refusal(field, `an integer from ${lowest} to ${highest}`, value);
    }
    return value as T;
  };
}

export const finite: Reader<number> = (value, field) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Refusal(field, 'a finite number', value);
  return value;
};

export const boolean: Reader<boolean> = (value, field) => {
  if (typeof value !== 'boolean') throw new Refusal(field, 'a boolean', value);
  return value;
};

export function text(longest: number): Reader<string> {
  return (value, field) => {
    if (typeof value !== 'string' || value.length > longest) {
      throw new Refusal(field, `a string of at most ${longest} characters`, value);
    }
    return value;
  };
}

/** A buffer may be this much larger than the view that is kept of it: it is kept as well. */
const mostSlack = 65536;

/** Bytes whose owner can't change or shrink them from another thread, without the rest of a far larger buffer. */
export const bytes: Reader<Uint8Array> = (value, field) => {
  if (!(value instanceof Uint8Array) || !(value.buffer instanceof ArrayBuffer)) {
    throw new Refusal(field, 'a Uint8Array of its own buffer', value);
  }
  return value.buffer.byteLength > 2 * value.byteLength + mostSlack ? value.slice() : value;
};

export function nullable<T>(reader: Reader<T>): Reader<T | null> {
  return (value, field) => (value === null ? null : reader(value, field));
}

export function list<T>(reader: Reader<T>, longest: number): Reader<T[]> {
  return (value, field) => {
    if (!Array.isArray(value) || value.length > longest) {
      throw new Refusal(field, `an array of at most ${longest}`, value);
    }
    return Array.from(value, (item: unknown, index) => reader(item, `${field}[${index}]`));
  };
}

/** A reader that gives both readers' members. */
export function both<A, B>(first: Reader<A>, second: Reader<B>): Reader<A & B> {
  return (value, field) => ({ ...first(value, field), ...second(value, field) });
}
