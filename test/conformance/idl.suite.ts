/** Every interface that WebCodecs' IDL has, looked at and called as its IDL says. */
import { assert } from 'chai';
import type { Argument, Attribute, Constructor, Interface, Operation } from 'webidl2';
import { assertIsError, type Env, Suite } from './harness.js';
import { idl } from './idl-model.js';
import { badValues, goodDictionaries, validDictionary } from './idl-values.js';

export const suite = new Suite('IDL');
const { conformance } = suite;

type Method = (...values: unknown[]) => unknown;
type InterfaceObject = (new (...values: unknown[]) => object) & { readonly prototype: object };

// Without an object of each interface, what its members do with arguments can't be seen.
function makeInstance(env: Env, name: string): object | null {
  const { webcodecs } = env;
  const callbacks = { output: () => undefined, error: () => undefined };
  const makers: Record<string, () => object> = {
    VideoFrame: () => env.frame(),
    AudioData: () => env.audio(),
    EncodedVideoChunk: () => env.videoChunk(),
    EncodedAudioChunk: () => env.audioChunk(),
    VideoColorSpace: () => new webcodecs.VideoColorSpace(),
    VideoEncoder: () => new webcodecs.VideoEncoder(callbacks),
    VideoDecoder: () => new webcodecs.VideoDecoder(callbacks),
    AudioEncoder: () => new webcodecs.AudioEncoder(callbacks),
    AudioDecoder: () => new webcodecs.AudioDecoder(callbacks),
    ImageDecoder: () => new webcodecs.ImageDecoder(validDictionary('ImageDecoderInit') as never),
    DOMRectReadOnly: () => withFrame(env, (frame) => frame.codedRect ?? {}),
  };
  return makers[name]?.() ?? null;
}

function withFrame<Result>(env: Env, use: (frame: ReturnType<Env['frame']>) => Result): Result {
  const frame = env.frame();
  try {
    return use(frame);
  } finally {
    frame.close();
  }
}

/** Closes what a test made; also the frame of an ImageDecodeResult. */
function closeInstance(instance: unknown): void {
  const closable = instance as { state?: string; image?: unknown; close?: () => void } | null;
  if (closable?.state !== 'closed') closable?.close?.();
  if (closable?.image) closeInstance(closable.image);
}

/** The interface where it is ours: null for the platform's own, and for images where none are decoded. */
function findInterface(env: Env, name: string): InterfaceObject | null {
  const found =
    (env.webcodecs as unknown as Record<string, InterfaceObject>)[name] ??
    (name === 'DOMRectReadOnly' ? (makeInstance(env, name)?.constructor as InterfaceObject) : undefined);
  if (!found && name.startsWith('Image')) return null;
  assert.isFunction(found, name);
  return found === (globalThis as unknown as Record<string, unknown>)[name] ? null : (found ?? null);
}

function requiredCount(parameters: readonly Argument[]): number {
  return parameters.filter(({ optional, variadic }) => !optional && !variadic).length;
}

function isPromise({ idlType }: Operation | Attribute): boolean {
  return idlType.generic === 'Promise';
}

/** Fails unless a TypeError comes, as an exception or, where a promise is the result, as its rejection. */
async function assertRefused(what: string, run: () => unknown, promised: boolean): Promise<void> {
  let result: unknown;
  try {
    result = run();
  } catch (error) {
    assert.isFalse(promised, `${what}: a promise is to be rejected, and nothing thrown: ${String(error)}`);
    assertIsError(error, 'TypeError');
    return;
  }
  if (!promised) closeInstance(result);
  assert.isTrue(promised, `${what}: a TypeError was to be thrown`);
  await (result as Promise<unknown>).then(
    () => assert.fail(`${what}: the promise was to be rejected`),
    (error: unknown) => assertIsError(error, 'TypeError'),
  );
}

/** Fails where a TypeError comes; other errors are no conversion's. */
async function assertTaken(what: string, run: () => unknown): Promise<void> {
  try {
    closeInstance(await run());
  } catch (error) {
    assert.notInstanceOf(error, TypeError, `${what}: ${String(error)}`);
  }
}

function descriptorOf(object: object, name: string | symbol, owner: string): PropertyDescriptor {
  const descriptor = Object.getOwnPropertyDescriptor(object, name);
  assert.isDefined(descriptor, `${owner} has ${String(name)} itself`);
  return descriptor as PropertyDescriptor;
}

function isConstructor(member: Interface['members'][number]): member is Constructor {
  return member.type === 'constructor';
}

function checkInterfaceObject({ name, inheritance, members }: Interface, object: InterfaceObject): void {
  const parent = inheritance === null ? null : (globalThis as unknown as Record<string, InterfaceObject>)[inheritance];
  assert.equal(Object.getPrototypeOf(object), parent ?? Function.prototype, 'the prototype of the interface object');
  assert.equal(Object.getPrototypeOf(object.prototype), parent?.prototype ?? Object.prototype, 'what it inherits from');
  assert.equal(object.name, name);
  const counts = members.filter(isConstructor).map((overload) => requiredCount(overload.arguments));
  assert.equal(object.length, counts.length > 0 ? Math.min(...counts) : 0, 'length');
  assert.throws(() => (object as unknown as Method)(), TypeError);
  if (Math.min(...counts) > 0) assert.throws(() => new object(), TypeError);
  assert.include(descriptorOf(object, 'prototype', name), { writable: false, enumerable: false, configurable: false });
  assert.include(descriptorOf(object.prototype, 'constructor', name), {
    value: object,
    writable: true,
    enumerable: false,
    configurable: true,
  });
  assert.include(descriptorOf(object.prototype, Symbol.toStringTag, name), {
    value: name,
    writable: false,
    enumerable: false,
    configurable: true,
  });
}

async function checkAttribute(owner: string, holder: object, attribute: Attribute): Promise<void> {
  const { name } = attribute;
  const descriptor = descriptorOf(holder, name, owner);
  assert.include(descriptor, { enumerable: true, configurable: true }, name);
  assert.equal(descriptor.get?.name, `get ${name}`);
  assert.equal(descriptor.get?.length, 0, name);
  assert.equal(descriptor.set?.length, attribute.readonly ? undefined : 1, `${name} ${attribute.readonly}`);
  for (const wrong of [{}, holder, undefined]) {
    await assertRefused(`${name} of something else`, () => descriptor.get?.call(wrong), isPromise(attribute));
    if (descriptor.set) await assertRefused(`${name} set`, () => descriptor.set?.call(wrong, null), false);
  }
}

async function checkOperation(owner: string, holder: object, operation: Operation): Promise<void> {
  const { name } = operation;
  const descriptor = descriptorOf(holder, name, owner);
  assert.include(descriptor, { enumerable: true, configurable: true, writable: true }, name);
  const method = descriptor.value as Method;
  assert.equal(method.name, name);
  assert.equal(method.length, requiredCount(operation.arguments), `length of ${name}`);
  if (operation.special === 'static') return;
  for (const wrong of [{}, holder, undefined]) {
    await assertRefused(`${name} of something else`, () => method.call(wrong), isPromise(operation));
  }
}

function checkNothingElse({ name, members }: Interface, object: InterfaceObject): void {
  const isStatic = (member: Attribute | Operation): boolean => member.special === 'static';
  const named = members.flatMap((member) => (isConstructor(member) || member.name === '' ? [] : [member]));
  const ownNames = (holder: object): string[] => Object.keys(Object.getOwnPropertyDescriptors(holder));
  const expected = named.filter((member) => !isStatic(member)).map((member) => member.name);
  assert.sameMembers(ownNames(object.prototype), ['constructor', ...expected], `members of ${name}.prototype`);
  const statics = named.filter(isStatic).map((member) => member.name);
  assert.sameMembers(ownNames(object), ['length', 'name', 'prototype', ...statics], `members of ${name}`);
}

/** An object of each interface that is ours, by name. */
async function oneOfEach(env: Env): Promise<Map<string, object>> {
  const each = new Map<string, object>();
  for (const { name } of idl.interfaces) {
    const instance = findInterface(env, name) && makeInstance(env, name);
    if (instance) each.set(name, instance);
  }
  const decoder = each.get('ImageDecoder') as InstanceType<Env['webcodecs']['ImageDecoder']> | undefined;
  if (decoder) {
    await decoder.tracks.ready;
    each.set('ImageTrackList', decoder.tracks);
    each.set('ImageTrack', decoder.tracks[0] as object);
  }
  return each;
}

/** https://webidl.spec.whatwg.org/#dfn-attribute-getter and #dfn-create-operation-function: "implements the interface". */
async function checkBrand(env: Env, { name, members }: Interface, holder: object, wrong: object): Promise<void> {
  for (const member of members) {
    if (isConstructor(member) || member.name === '' || member.special === 'static') continue;
    const descriptor = descriptorOf(holder, member.name, name);
    const what = `${name}'s ${member.name} of ${wrong.constructor.name}`;
    if (member.type === 'attribute') {
      await assertRefused(what, () => descriptor.get?.call(wrong), isPromise(member));
      if (descriptor.set) await assertRefused(`${what}, set`, () => descriptor.set?.call(wrong, null), false);
      continue;
    }
    const valid = member.arguments.map((argument) => validValue(env, argument));
    await assertRefused(what, () => (descriptor.value as Method).call(wrong, ...valid), isPromise(member));
    valid.forEach(closeInstance);
  }
}

/** A value that an argument takes. */
function validValue(env: Env, argument: Argument): unknown {
  const kind = idl.kindOf(argument.idlType);
  switch (kind.kind) {
    case 'dictionary':
      return kind.name === 'VideoFrameBufferInit' ? { ...validDictionary(kind.name) } : validDictionary(kind.name);
    case 'buffer':
      return new Uint8Array(2 ** 16);
    case 'interface':
      return makeInstance(env, kind.name);
    case 'union':
      return env.frame();
    default:
      return 'image/png';
  }
}

/** Calls with every bad value in every place, the others being valid. */
async function checkArguments(
  env: Env,
  name: string,
  parameters: readonly Argument[],
  call: (...values: unknown[]) => unknown,
  promised: boolean,
): Promise<void> {
  const valid = parameters.map((argument) => validValue(env, argument));
  try {
    for (let count = 0; count < requiredCount(parameters); count += 1) {
      await assertRefused(`${name} with ${count} arguments`, () => call(...valid.slice(0, count)), promised);
    }
    for (const [index, { name: parameter, idlType }] of parameters.entries()) {
      const bad = badValues(idl, idlType, []);
      for (const { name: value, value: given } of bad) {
        const what = `${name}(${parameter}: ${value})`;
        await assertRefused(what, () => call(...valid.with(index, given)), promised);
      }
      const kind = idl.kindOf(idlType);
      const good = kind.kind === 'dictionary' ? goodDictionaries(idl, kind.name) : [];
      for (const { name: value, value: given } of good) {
        await assertTaken(`${name}(${parameter}: ${value})`, () => call(...valid.with(index, given)));
      }
    }
  } finally {
    valid.forEach(closeInstance);
  }
}

/** https://webidl.spec.whatwg.org/#dfn-overload-resolution-algorithm: arguments beyond the last one are cut off. */
async function checkMoreArguments(
  env: Env,
  name: string,
  parameters: readonly Argument[],
  call: (...values: unknown[]) => unknown,
): Promise<void> {
  for (const more of [1, 'a', null, Symbol('more'), () => undefined]) {
    const valid = parameters.map((argument) => validValue(env, argument));
    await assertTaken(`${name} and ${String(more)}`, () => call(...valid, more, more));
    valid.forEach(closeInstance);
  }
}

/** The members of dictionaries are read once each, in their order, and the rest is left alone. */
async function checkReading(
  env: Env,
  parameters: readonly Argument[],
  call: (...values: unknown[]) => unknown,
): Promise<void> {
  for (const [index, { idlType }] of parameters.entries()) {
    const kind = idl.kindOf(idlType);
    if (kind.kind !== 'dictionary') continue;
    const read: string[] = [];
    const recording = new Proxy(validDictionary(kind.name), {
      get: (target, key) => {
        if (typeof key === 'string') read.push(key);
        return Reflect.get(target, key) as unknown;
      },
    });
    const valid = parameters.map((argument) => validValue(env, argument));
    try {
      closeInstance(await call(...valid.with(index, recording)));
    } catch {
      // Refused for other reasons, after the reading.
    } finally {
      valid.forEach(closeInstance);
    }
    const inIdl = idl
      .members(kind.name)
      .filter(({ idlType: type }) => isReadable(type))
      .map(({ name }) => name);
    assert.deepEqual(
      read.filter((name) => inIdl.includes(name)),
      inIdl,
      kind.name,
    );
  }
}

function isReadable(type: Argument['idlType']): boolean {
  const kind = idl.kindOf(type);
  return kind.kind !== 'interface' || idl.isKnown(kind.name);
}

/** What stays of these values in an attribute of type EventHandler, and that functions are called. */
function checkEventHandler(instance: EventTarget, attribute: string): void {
  const target = instance as EventTarget & Record<string, unknown>;
  const object = {};
  for (const [given, kept] of [
    [object, object],
    [1, null],
    ['a', null],
    [undefined, null],
    [null, null],
  ]) {
    target[attribute] = given;
    assert.equal(target[attribute], kept, `${attribute} = ${String(given)}`);
  }
  const events: [unknown, Event][] = [];
  const handler = function (this: unknown, event: Event): void {
    events.push([this, event]);
  };
  target[attribute] = object;
  const event = new Event(attribute.slice('on'.length));
  target.dispatchEvent(event);
  target[attribute] = handler;
  target.dispatchEvent(event);
  target[attribute] = null;
  target.dispatchEvent(event);
  assert.deepEqual(events, [[target, event]]);
}

function defaultsOf(dictionary: string): Record<string, unknown> {
  const members = idl.members(dictionary).filter((member) => member.default !== null);
  return Object.fromEntries(
    members.map((member) => {
      const { type, value } = member.default as NonNullable<typeof member.default>;
      return [member.name, type === 'number' ? Number(value) : type === 'null' ? null : value];
    }),
  );
}

for (const definition of idl.interfaces) {
  const { name, members } = definition;
  const anchor =
    name === 'DOMRectReadOnly' ? 'https://drafts.fxtf.org/geometry/#domrectreadonly' : `#${name.toLowerCase()}`;

  conformance(anchor, `${name} is an interface as its IDL has it`, async (env) => {
    const object = findInterface(env, name);
    if (!object) return;
    checkInterfaceObject(definition, object);
    checkNothingElse(definition, object);
    for (const member of members) {
      if (isConstructor(member) || member.name === '') continue;
      const holder = member.special === 'static' ? object : object.prototype;
      if (member.type === 'attribute') await checkAttribute(name, holder, member);
      else await checkOperation(name, holder, member);
    }
  });

  conformance(anchor, `${name}'s members refuse objects of every other interface`, async (env) => {
    const object = findInterface(env, name);
    if (!object) return;
    const others = await oneOfEach(env);
    for (const [other, instance] of others) {
      if (other !== name) await checkBrand(env, definition, object.prototype, instance);
    }
    others.forEach(closeInstance);
  });

  conformance(anchor, `what ${name} takes is converted as its IDL has it`, async (env) => {
    const object = findInterface(env, name);
    if (!object) return;
    for (const member of members) {
      const instance = makeInstance(env, name);
      try {
        if (isConstructor(member)) {
          const construct: Method = (...values) => new object(...values);
          await checkArguments(env, `new ${name}`, member.arguments, construct, false);
          await checkReading(env, member.arguments, construct);
          await checkMoreArguments(env, `new ${name}`, member.arguments, construct);
        } else if (member.type === 'operation' && (instance || member.special === 'static')) {
          const holder = (member.special === 'static' ? object : instance) as unknown as Record<string, Method>;
          const call: Method = (...values) => holder[member.name]?.(...values);
          await checkArguments(env, `${name}.${member.name}`, member.arguments, call, isPromise(member));
          await checkReading(env, member.arguments, call);
          await checkMoreArguments(env, `${name}.${member.name}`, member.arguments, call);
        }
      } finally {
        closeInstance(instance);
      }
    }
  });

  const handlers = members.flatMap((member) =>
    member.type === 'attribute' && member.idlType.idlType === 'EventHandler' ? [member.name] : [],
  );
  if (handlers.length > 0) {
    conformance(anchor, `${handlers.join(', ')} of ${name} is an event handler`, (env) => {
      const instance = makeInstance(env, name) as EventTarget;
      for (const handler of handlers) checkEventHandler(instance, handler);
      closeInstance(instance);
    });
  }

  const support = members.find((member) => member.type === 'operation' && member.name === 'isConfigSupported');
  if (support?.type === 'operation') {
    conformance('#config-support-info', `${name}.isConfigSupported gives a copy with the defaults`, async (env) => {
      const [argument] = support.arguments;
      const kind = argument && idl.kindOf(argument.idlType);
      assert(kind?.kind === 'dictionary');
      const given = { ...validDictionary(kind.name), unknown: 1 };
      const object = findInterface(env, name) as unknown as Record<string, Method>;
      const answer = (await object['isConfigSupported']?.(given)) as { supported: unknown; config: unknown };
      assert.isBoolean(answer.supported);
      assert.deepEqual(answer.config, { ...validDictionary(kind.name), ...defaultsOf(kind.name) });
    });
  }
}
