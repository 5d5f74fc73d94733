/**
 * Conversions of script values to IDL types: https://webidl.spec.whatwg.org/#js-type-mapping
 * All of them throw TypeErrors that name the member, what was expected and what came.
 */
import { argumentError } from '../protocol/errors.js';

/** A dictionary whose members haven't been converted yet. */
export type RawDictionary = Readonly<Record<string, unknown>>;

const maxSafe = Number.MAX_SAFE_INTEGER;

function toNumber(value: unknown, field: string): number {
  if (typeof value === 'bigint' || typeof value === 'symbol') {
    throw argumentError(field, 'a number', value);
  }
  return Number(value);
}

function enforceRange(value: unknown, field: string, low: number, high: number): number {
  const number = toNumber(value, field);
  // https://webidl.spec.whatwg.org/#abstract-opdef-converttoint, [EnforceRange]
  const integer = Math.trunc(number);
  if (!Number.isFinite(number) || integer < low || integer > high) {
    throw argumentError(field, `an integer from ${low} to ${high}`, value);
  }
  return integer === 0 ? 0 : integer;
}

/** [EnforceRange] unsigned long */
export function toUnsignedLong(value: unknown, field: string): number {
  return enforceRange(value, field, 0, 0xffff_ffff);
}

/** [EnforceRange] unsigned long long */
export function toUnsignedLongLong(value: unknown, field: string): number {
  return enforceRange(value, field, 0, maxSafe);
}

/** [EnforceRange] long long */
export function toLongLong(value: unknown, field: string): number {
  return enforceRange(value, field, -maxSafe, maxSafe);
}

/** long long without an attribute: wraps around. */
export function toWrappedLongLong(value: unknown, field: string): number {
  const number = toNumber(value, field);
  return Number.isFinite(number) ? Number(BigInt.asIntN(64, BigInt(Math.trunc(number)))) : 0;
}

/** unsigned long long without an attribute: wraps around. */
export function toWrappedUnsignedLongLong(value: unknown, field: string): number {
  const number = toNumber(value, field);
  return Number.isFinite(number) ? Number(BigInt.asUintN(64, BigInt(Math.trunc(number)))) : 0;
}

/** long without an attribute: wraps around. */
export function toLong(value: unknown, field: string): number {
  return toNumber(value, field) | 0;
}

/** unsigned long without an attribute: wraps around. */
export function toWrappedUnsignedLong(value: unknown, field: string): number {
  return toNumber(value, field) >>> 0;
}

/** unsigned short without an attribute: wraps around. */
export function toUnsignedShort(value: unknown, field: string): number {
  const number = toNumber(value, field);
  return Number.isFinite(number) ? Number(BigInt.asUintN(16, BigInt(Math.trunc(number)))) : 0;
}

/** double */
export function toDouble(value: unknown, field: string): number {
  const number = toNumber(value, field);
  if (!Number.isFinite(number)) {
    throw argumentError(field, 'a finite number', value);
  }
  return number;
}

/** unrestricted double */
export function toUnrestrictedDouble(value: unknown, field: string): number {
  return toNumber(value, field);
}

/** float */
export function toFloat(value: unknown, field: string): number {
  return toDouble(Math.fround(toDouble(value, field)), field);
}

/** DOMString */
export function toDomString(value: unknown, field: string): string {
  if (typeof value === 'symbol') {
    throw argumentError(field, 'a string', value);
  }
  return String(value);
}

/** An enumeration: exactly one of `values`. */
export function toEnum<Value extends string>(value: unknown, field: string, values: readonly Value[]): Value {
  const text = toDomString(value, field);
  const found = values.find((candidate) => candidate === text);
  if (found === undefined) {
    throw argumentError(field, `one of ${values.join(', ')}`, value);
  }
  return found;
}

/** A dictionary: `undefined` and `null` are the empty one. */
export function toDictionary(value: unknown, field: string): RawDictionary {
  if (value === undefined || value === null) {
    return {};
  }
  if (typeof value !== 'object' && typeof value !== 'function') {
    throw argumentError(field, 'an object', value);
  }
  return value as RawDictionary;
}

/** A callback function. */
export function toCallback(value: unknown, field: string): (...values: never[]) => unknown {
  if (typeof value !== 'function') {
    throw argumentError(field, 'a function', value);
  }
  return value as (...values: never[]) => unknown;
}

/** A sequence: anything iterable. */
export function toSequence<Item>(
  value: unknown,
  field: string,
  convert: (item: unknown, field: string) => Item,
): Item[] {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  const method = isObject ? (value as Iterable<unknown>)[Symbol.iterator] : undefined;
  if (typeof method !== 'function') {
    throw argumentError(field, 'an iterable', value);
  }
  // The method is read once, which getters can observe.
  const items = { [Symbol.iterator]: () => method.call(value) as Iterator<unknown> };
  return Array.from(items, (item, index) => convert(item, `${field}[${index}]`));
}

/**
 * Reads and converts one member of a dictionary: absent where it is `undefined`, with nothing in its place.
 * Callers read members in lexicographical order, which getters can observe.
 */
export function optional<Value>(
  dictionary: RawDictionary,
  context: string,
  name: string,
  convert: (value: unknown, field: string) => Value,
): Value | undefined {
  const value = dictionary[name];
  return value === undefined ? undefined : convert(value, `${context}.${name}`);
}

/** As `optional`, for a member that must be there. */
export function required<Value>(
  dictionary: RawDictionary,
  context: string,
  name: string,
  convert: (value: unknown, field: string) => Value,
): Value {
  const value = dictionary[name];
  if (value === undefined) {
    throw argumentError(`${context}.${name}`, 'a value (the member is required)', value);
  }
  return convert(value, `${context}.${name}`);
}

/** boolean */
export function toBoolean(value: unknown): boolean {
  return Boolean(value);
}

/** Throws as a platform's method does that got too few arguments. */
export function requireArguments(name: string, expected: number, received: number): void {
  if (received < expected) {
    throw new TypeError(`${name}: ${expected} argument${expected === 1 ? '' : 's'} required, ${received} present`);
  }
}

/** Drops members that are `undefined`, so that dictionaries hold only what exists in them. */
export function present<Dictionary extends object>(
  dictionary: {
    [Name in keyof Dictionary]: Dictionary[Name] | undefined;
  },
): Dictionary {
  return Object.fromEntries(
    Object.entries(dictionary).filter(([, value]) => value !== undefined),
  ) as unknown as Dictionary;
}

/** What a member that returns a promise does: it rejects, and throws nothing, also for objects of another kind. */
export function promised<Value>(steps: () => Promise<Value>): Promise<Value> {
  try {
    return steps();
  } catch (error) {
    return Promise.reject(error);
  }
}

type InterfaceClass = (abstract new (...values: never[]) => object) & { prototype: object };

/** The member's descriptor, the object's own or inherited. */
function findProperty(object: object, name: string): PropertyDescriptor | undefined {
  let holder: object | null = object;
  while (holder) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor) {
      return descriptor;
    }
    holder = Object.getPrototypeOf(holder) as object | null;
  }
  return undefined;
}

/** Objects that implement a published interface, whichever of its classes made them. */
const implementers = new Map<string, WeakSet<object>>();

/** A function of the interface's own. What doesn't implement it is refused as the implementation refuses null. */
function ownFunction<Member extends (...values: never[]) => unknown>(member: Member, objects: WeakSet<object>): Member {
  const { own } = {
    own(this: object): unknown {
      return Reflect.apply(member, objects.has(this) ? this : null, arguments);
    },
  };
  for (const name of ['name', 'length']) {
    Object.defineProperty(own, name, { value: Reflect.get(member, name), configurable: true });
  }
  return own as Member;
}

function exposeMembers(from: object, to: object, names: readonly string[], objects?: WeakSet<object>): void {
  for (const name of names) {
    const descriptor = findProperty(from, name);
    if (!descriptor) {
      continue;
    }
    if (objects) {
      for (const part of ['get', 'set', 'value'] as const) {
        if (typeof descriptor[part] === 'function') {
          descriptor[part] = ownFunction(descriptor[part], objects);
        }
      }
    }
    Object.defineProperty(to, name, { ...descriptor, enumerable: true });
  }
}

/**
 * Gives a class the look of a platform interface: its members enumerable and its own, and its name on its instances:
 * https://webidl.spec.whatwg.org/#js-interfaces
 */
export function exposeInterface(
  interfaceObject: InterfaceClass,
  name: string,
  members: readonly string[],
  staticMembers: readonly string[] = [],
): void {
  const { prototype } = interfaceObject;
  exposeMembers(prototype, prototype, members);
  exposeMembers(interfaceObject, interfaceObject, staticMembers);
  Object.defineProperty(prototype, Symbol.toStringTag, { value: name, configurable: true });
  Object.defineProperty(interfaceObject, 'name', { value: name, configurable: true });
}

/**
 * An interface whose implementation shares base classes with others, which scripts are not to see: the members are its
 * own, and it inherits from `parent` directly or, with null, from nothing. Its constructor takes one argument.
 */
export function publishInterface<Implementation extends InterfaceClass>(
  implementation: Implementation,
  parent: InterfaceClass | null,
  name: string,
  members: readonly string[],
  staticMembers: readonly string[] = [],
): Implementation {
  const objects = implementers.get(name) ?? new WeakSet();
  implementers.set(name, objects);
  class Published {
    // Named, for the length of the constructor.
    constructor(_init: unknown) {
      const object = Reflect.construct(implementation, arguments, new.target) as Published;
      objects.add(object);
      // biome-ignore lint/correctness/noConstructorReturn: an object of this class, made by the implementation
      return object;
    }
  }
  if (parent) {
    Object.setPrototypeOf(Published, parent);
    Object.setPrototypeOf(Published.prototype, parent.prototype);
  }
  exposeMembers(implementation.prototype, Published.prototype, members, objects);
  exposeMembers(implementation, Published, staticMembers);
  exposeInterface(Published, name, []);
  return Published as unknown as Implementation;
}
