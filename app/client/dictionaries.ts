/** Dictionaries as values: https://w3c.github.io/webcodecs/#config-equivalence and #clone-config */
import { bytesOf, exactCopy, isBufferSource } from './buffers.js';

function isDictionary(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** The same keys with the same values, nested ones and bytes included. */
export function equalDictionaries(first: unknown, second: unknown): boolean {
  if (isBufferSource(first) && isBufferSource(second)) {
    const [left, right] = [bytesOf(first), bytesOf(second)];
    return left.length === right.length && left.every((byte, index) => byte === right[index]);
  }
  if (!isDictionary(first) || !isDictionary(second)) {
    return Object.is(first, second);
  }
  const names = Object.keys(first);
  return (
    names.length === Object.keys(second).length &&
    names.every((name) => name in second && equalDictionaries(first[name], second[name]))
  );
}

/** A deep copy; bytes become ArrayBuffers of their own. */
export function cloneDictionary<Dictionary>(dictionary: Dictionary): Dictionary {
  const clone = (value: unknown): unknown => {
    if (isBufferSource(value)) {
      return exactCopy(bytesOf(value)).buffer;
    }
    return isDictionary(value)
      ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, clone(member)]))
      : value;
  };
  return clone(dictionary) as Dictionary;
}
