/** Values that conversions to IDL types must refuse, as https://webidl.spec.whatwg.org/#js-type-mapping has them. */
import type { Field, IdlType } from 'webidl2';
import { writeGif } from '../fixtures/gif-writer.js';
import type { IdlModel } from './idl-model.js';

const callbacks = { output: () => undefined, error: () => undefined };
const chunk = { type: 'key', timestamp: 0, data: new Uint8Array(4) };

// Where the IDL alone doesn't say what is valid.
const validDictionaries: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  VideoDecoderInit: callbacks,
  VideoEncoderInit: callbacks,
  AudioDecoderInit: callbacks,
  AudioEncoderInit: callbacks,
  VideoDecoderConfig: { codec: 'vp8' },
  VideoEncoderConfig: { codec: 'vp8', width: 64, height: 48 },
  AudioDecoderConfig: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 },
  AudioEncoderConfig: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 },
  EncodedVideoChunkInit: chunk,
  EncodedAudioChunkInit: chunk,
  AudioDataInit: {
    format: 'f32',
    sampleRate: 48_000,
    numberOfFrames: 8,
    numberOfChannels: 1,
    timestamp: 0,
    data: new Uint8Array(64),
  },
  AudioDataCopyToOptions: { planeIndex: 0 },
  VideoFrameBufferInit: { format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 0 },
  ImageDecoderInit: { type: 'image/gif', data: writeGif({ width: 2, height: 2, frames: [{ pixels: 0 }] }) },
  PlaneLayout: { offset: 0, stride: 4 },
  BackgroundBlur: { enabled: true },
  Segment: { type: 'eye', id: 1, probability: 1 },
};

/** A dictionary that everything takes; the empty one where nothing else is said. */
export function validDictionary(name: string): Readonly<Record<string, unknown>> {
  return validDictionaries[name] ?? {};
}

/** A value to call with, and how a failure names it. */
export interface TestValue {
  name: string;
  value: unknown;
}

const notObjects: readonly TestValue[] = [
  { name: 'null', value: null },
  { name: '1', value: 1 },
  { name: '"a"', value: 'a' },
  { name: '{}', value: {} },
];

const ranges: Record<string, readonly [number, number]> = {
  'unsigned short': [0, 2 ** 16 - 1],
  long: [-(2 ** 31), 2 ** 31 - 1],
  'unsigned long': [0, 2 ** 32 - 1],
  'long long': [-(2 ** 53) + 1, 2 ** 53 - 1],
  'unsigned long long': [0, 2 ** 53 - 1],
};

function named(value: unknown): TestValue {
  return { name: typeof value === 'bigint' ? `${value}n` : String(value), value };
}

const noNumbers: readonly TestValue[] = [
  named(1n),
  named(Symbol('number')),
  {
    name: 'an object whose valueOf throws',
    value: {
      valueOf: () => {
        throw new TypeError('valueOf');
      },
    },
  },
];

function badNumbers(name: string, isEnforced: boolean): TestValue[] {
  const infinite = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const range = ranges[name];
  if (range) {
    const [low, high] = range;
    return isEnforced ? [...noNumbers, ...[...infinite, low - 1, high + 1, {}, 'a'].map(named)] : [...noNumbers];
  }
  return name.startsWith('unrestricted') ? [...noNumbers] : [...noNumbers, ...[...infinite, {}, 'a'].map(named)];
}

/** Refused without [AllowResizable]: https://webidl.spec.whatwg.org/#js-buffer-source-types */
function resizableBuffers(): { name: string; value: ArrayBuffer }[] {
  const resizable = new (ArrayBuffer as new (length: number, options: object) => ArrayBuffer)(8, { maxByteLength: 16 });
  return 'resizable' in resizable && resizable.resizable ? [{ name: 'a resizable ArrayBuffer', value: resizable }] : [];
}

function badBuffers(): TestValue[] {
  const resizable = resizableBuffers();
  const views = resizable.map(({ name, value }) => ({ name: `a view of ${name}`, value: new Uint8Array(value) }));
  return [...notObjects, ...resizable, ...views];
}

/** What an ArrayBuffer's type refuses, which isn't [AllowShared] either. */
function badArrayBuffers(): TestValue[] {
  const shared = { name: 'a SharedArrayBuffer', value: new SharedArrayBuffer(8) };
  return [...notObjects, ...resizableBuffers(), shared, { name: 'a view', value: new Uint8Array(8) }];
}

/** What an argument or member of this type refuses; nothing for what everything converts to. */
export function badValues(model: IdlModel, type: IdlType, extended: Field['extAttrs']): TestValue[] {
  const kind = model.kindOf(type);
  const isEnforced = [...extended, ...type.extAttrs].some(({ name }) => name === 'EnforceRange');
  const bad = ((): TestValue[] => {
    switch (kind.kind) {
      case 'primitive':
        if (kind.name === 'boolean') return [];
        return kind.name === 'DOMString' ? [named(Symbol('string'))] : badNumbers(kind.name, isEnforced);
      case 'enum':
        return ['', 'no such value', ` ${kind.values[0]}`, 1, {}, Symbol('enum')].map(named);
      case 'dictionary':
        return [...[1, 'a', true, 1n, Symbol('dictionary')].map(named), ...badDictionaries(model, kind.name)];
      case 'sequence': {
        const items = badValues(model, kind.item, []);
        const inside = items.map(({ name, value }) => ({ name: `[${name}]`, value: [value] }));
        return [...[null, 1, 'a', {}, { [Symbol.iterator]: null }].map(named), ...inside];
      }
      case 'buffer':
        return badBuffers();
      case 'callback':
      case 'union':
        return [...notObjects];
      case 'interface':
        if (kind.name === 'ArrayBuffer') return badArrayBuffers();
        return model.isKnown(kind.name) ? [...notObjects] : [];
      case 'other':
        return [];
      default:
        return kind satisfies never;
    }
  })();
  return type.nullable ? bad.filter(({ value }) => value !== null) : bad;
}

/** Valid ones with a bad member, or without a member that is required. */
export function badDictionaries(model: IdlModel, dictionary: string): TestValue[] {
  const valid = validDictionary(dictionary);
  return model.members(dictionary).flatMap(({ name: member, idlType, extAttrs, required }) => {
    const bad = badValues(model, idlType, extAttrs).map(({ name, value }) => ({
      name: `{ ${member}: ${name} }`,
      value: { ...valid, [member]: value },
    }));
    const { [member]: _dropped, ...rest } = valid;
    return required ? [...bad, { name: `no ${member}`, value: rest }] : bad;
  });
}

/** Valid ones with a member of which the IDL alone says that it is taken as well. */
export function goodDictionaries(model: IdlModel, dictionary: string): TestValue[] {
  const valid = validDictionary(dictionary);
  return model.members(dictionary).flatMap(({ name: member, idlType, required }) => {
    const kind = model.kindOf(idlType);
    const good: unknown[] = kind.kind === 'enum' ? [...kind.values] : [];
    if (idlType.nullable) good.push(null);
    if (!required) good.push(undefined);
    return good.map((value) => ({ name: `{ ${member}: ${String(value)} }`, value: { ...valid, [member]: value } }));
  });
}
