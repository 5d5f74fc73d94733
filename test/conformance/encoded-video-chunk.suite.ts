/** EncodedVideoChunk: https://w3c.github.io/webcodecs/#encodedvideochunk-interface */
import { assert } from 'chai';
import { assertThrows, type Env, Suite } from './harness.js';

export const suite = new Suite('EncodedVideoChunk');
const { conformance } = suite;

type Chunk = ReturnType<Env['videoChunk']>;
type Construct = new (init: unknown) => Chunk;

const constructorSteps = '#encodedvideochunk-constructors';
const copyTo = '#dom-encodedvideochunk-copyto';

function make(env: Env, members: object): Chunk {
  return new (env.webcodecs.EncodedVideoChunk as unknown as Construct)({ type: 'key', timestamp: 0, ...members });
}

function bytesOf(chunk: Chunk): number[] {
  const bytes = new Uint8Array(chunk.byteLength);
  chunk.copyTo(bytes);
  return [...bytes];
}

function detach(buffer: ArrayBuffer): ArrayBuffer {
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

conformance(constructorSteps, 'attributes are what the init says', (env) => {
  const chunk = make(env, { type: 'delta', timestamp: -5, duration: 7, data: new Uint8Array(3) });
  assert.deepEqual([chunk.type, chunk.timestamp, chunk.duration, chunk.byteLength], ['delta', -5, 7, 3]);
  const plain = make(env, { timestamp: 2.9, data: new ArrayBuffer(0) });
  assert.deepEqual([plain.type, plain.timestamp, plain.duration, plain.byteLength], ['key', 2, null, 0]);
  assert.equal(make(env, { duration: 0, data: new ArrayBuffer(1) }).duration, 0);
  const widest = make(env, { timestamp: -(2 ** 53) + 1, duration: 2 ** 53 - 1, data: new ArrayBuffer(1) });
  assert.deepEqual([widest.timestamp, widest.duration], [-(2 ** 53) + 1, 2 ** 53 - 1]);
});

conformance(constructorSteps, 'data is a copy of what any buffer or view holds', (env) => {
  const buffer = Uint8Array.from([0, 1, 2, 3, 4, 5, 6, 7]).buffer;
  const shared = new SharedArrayBuffer(4);
  new Uint8Array(shared).set([9, 8, 7, 6]);
  const cases: [ArrayBufferView | ArrayBufferLike, number[]][] = [
    [buffer, [0, 1, 2, 3, 4, 5, 6, 7]],
    [new Uint8Array(buffer, 2, 3), [2, 3, 4]],
    [new Uint16Array(buffer, 4), [4, 5, 6, 7]],
    [new DataView(buffer, 7), [7]],
    [shared, [9, 8, 7, 6]],
    [new Uint8Array(shared, 1), [8, 7, 6]],
  ];
  const chunks = cases.map(([data]) => make(env, { data }));
  new Uint8Array(buffer).fill(0);
  new Uint8Array(shared).fill(0);
  chunks.forEach((chunk, index) => {
    assert.deepEqual(bytesOf(chunk), cases[index]?.[1]);
  });
});

conformance(constructorSteps, 'a detached buffer holds no bytes', (env) => {
  assert.equal(make(env, { data: detach(new ArrayBuffer(4)) }).byteLength, 0);
  const view = new Uint8Array(4);
  detach(view.buffer);
  assert.deepEqual(bytesOf(make(env, { data: view })), []);
});

conformance(constructorSteps, 'what is in transfer is detached, and the bytes are there', (env) => {
  const data = Uint8Array.from([1, 2, 3, 4]);
  const other = new ArrayBuffer(2);
  const chunk = make(env, { data: data.subarray(1, 3), transfer: [other, data.buffer] });
  assert.deepEqual([data.byteLength, other.byteLength], [0, 0]);
  assert.deepEqual(bytesOf(chunk), [2, 3]);
  const kept = Uint8Array.from([5]);
  make(env, { data: kept, transfer: [] });
  assert.equal(kept.byteLength, 1);
});

conformance(constructorSteps, 'a buffer twice or a detached one in transfer is a DataCloneError', (env) => {
  const data = Uint8Array.from([1, 2]);
  const { buffer } = data;
  assertThrows('DataCloneError', () => make(env, { data, transfer: [buffer, buffer] }));
  assertThrows('DataCloneError', () => make(env, { data, transfer: [buffer, detach(new ArrayBuffer(1))] }));
  assert.equal(data.byteLength, 2);
});

conformance(copyTo, 'a smaller destination is a TypeError, a larger one is filled at its start', (env) => {
  const chunk = make(env, { data: Uint8Array.from([1, 2, 3]) });
  assertThrows('TypeError', () => chunk.copyTo(new Uint8Array(2)));
  assertThrows('TypeError', () => chunk.copyTo(detach(new ArrayBuffer(3))));
  const wide = new Uint8Array(6).fill(9);
  chunk.copyTo(wide.subarray(1));
  assert.deepEqual([...wide], [9, 1, 2, 3, 9, 9]);
  const shared = new SharedArrayBuffer(3);
  chunk.copyTo(shared);
  assert.deepEqual([...new Uint8Array(shared)], [1, 2, 3]);
  const view = new DataView(new ArrayBuffer(4), 1);
  chunk.copyTo(view);
  assert.deepEqual([...new Uint8Array(view.buffer)], [0, 1, 2, 3]);
});

conformance(copyTo, 'what is copied out is a copy', (env) => {
  const chunk = make(env, { data: Uint8Array.from([1, 2]) });
  const bytes = new Uint8Array(2);
  chunk.copyTo(bytes);
  bytes.fill(0);
  assert.deepEqual(bytesOf(chunk), [1, 2]);
});

conformance(constructorSteps, 'the two kinds of chunk are not each other', (env) => {
  const { EncodedAudioChunk, EncodedVideoChunk } = env.webcodecs;
  assert.notInstanceOf(env.videoChunk(), EncodedAudioChunk);
  const getter = Object.getOwnPropertyDescriptor(EncodedVideoChunk.prototype, 'type')?.get;
  assertThrows('TypeError', () => getter?.call(env.audioChunk()));
});
