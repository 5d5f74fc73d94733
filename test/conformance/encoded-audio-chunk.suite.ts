/** EncodedAudioChunk: what it is made of, whose its bytes are, and copyTo(). */
import { assert } from 'chai';
import { assertThrows, Suite } from './harness.js';

export const suite = new Suite('EncodedAudioChunk');
const { conformance } = suite;

const base = { type: 'key', timestamp: 0 } as const;

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(4);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

conformance('#dictdef-encodedaudiochunkinit', 'required members, their types and their ranges', ({ webcodecs }) => {
  const valid = { ...base, data: new Uint8Array(1) };
  const bad = [
    { type: undefined },
    { type: 'Key' },
    { timestamp: undefined },
    { timestamp: Number.NaN },
    { timestamp: 2 ** 53 },
    { duration: -1 },
    { duration: Number.POSITIVE_INFINITY },
    { data: undefined },
    { data: 'bytes' },
    { transfer: 1 },
    { transfer: [new Uint8Array(1)] },
  ];
  for (const members of bad) {
    assertThrows('TypeError', () => new webcodecs.EncodedAudioChunk({ ...valid, ...members } as never));
  }
  assertThrows('TypeError', () => new (webcodecs.EncodedAudioChunk as unknown as new () => unknown)());
});

conformance('#encodedaudiochunk-attributes', 'attributes say what the init said', ({ webcodecs }) => {
  const { EncodedAudioChunk } = webcodecs;
  const key = new EncodedAudioChunk({ ...base, timestamp: -5.5, duration: 7, data: new Uint16Array(3) });
  assert.deepEqual([key.type, key.timestamp, key.duration, key.byteLength], ['key', -5, 7, 6]);
  const delta = new EncodedAudioChunk({ type: 'delta', timestamp: 2 ** 53 - 1, data: new ArrayBuffer(0) });
  assert.deepEqual([delta.type, delta.timestamp, delta.duration, delta.byteLength], ['delta', 2 ** 53 - 1, null, 0]);
  const zero = new EncodedAudioChunk({ ...base, duration: 0, data: new ArrayBuffer(0) });
  assert.equal(zero.duration, 0);
});

conformance('#encodedaudiochunk-constructors', 'the bytes are copied, from any kind of buffer', ({ webcodecs }) => {
  for (const buffer of [new ArrayBuffer(8), new SharedArrayBuffer(8)]) {
    const bytes = new Uint8Array(buffer);
    bytes.set([0, 1, 2, 3, 4, 5, 6, 7]);
    const chunk = new webcodecs.EncodedAudioChunk({ ...base, data: new DataView(buffer, 2, 3) });
    bytes.fill(9);
    const copy = new Uint8Array(3);
    chunk.copyTo(copy);
    assert.deepEqual([...copy], [2, 3, 4]);
  }
});

conformance('#encodedaudiochunk-constructors', 'a detached buffer is one of no bytes', ({ webcodecs }) => {
  assert.equal(new webcodecs.EncodedAudioChunk({ ...base, data: detached() }).byteLength, 0);
});

conformance('#encodedaudiochunk-constructors', 'transfer: twice the same, or a detached one, is refused', (env) => {
  const { EncodedAudioChunk } = env.webcodecs;
  const buffer = new ArrayBuffer(4);
  const data = new Uint8Array(buffer);
  assertThrows('DataCloneError', () => new EncodedAudioChunk({ ...base, data, transfer: [buffer, buffer] }));
  assertThrows('DataCloneError', () => new EncodedAudioChunk({ ...base, data, transfer: [buffer, detached()] }));
  assert.equal(buffer.byteLength, 4, 'what fails detaches nothing');
});

conformance(
  '#encodedaudiochunk-constructors',
  'transfer detaches all of it, and the bytes are kept',
  ({ webcodecs }) => {
    const data = new Uint8Array([5, 6, 7, 8]);
    const other = new ArrayBuffer(2);
    const chunk = new webcodecs.EncodedAudioChunk({
      ...base,
      data: data.subarray(1, 3),
      transfer: [data.buffer, other],
    });
    assert.deepEqual([data.length, other.byteLength, chunk.byteLength], [0, 0, 2]);
    const copy = new Uint8Array(2);
    chunk.copyTo(copy);
    assert.deepEqual([...copy], [6, 7]);
  },
);

conformance('#dom-encodedaudiochunk-copyto', 'a destination that is too small is a TypeError', ({ webcodecs }) => {
  const chunk = new webcodecs.EncodedAudioChunk({ ...base, data: new Uint8Array([1, 2, 3]) });
  for (const target of [new Uint8Array(2), new DataView(new ArrayBuffer(5), 3), detached(), [1, 2, 3], null]) {
    assertThrows('TypeError', () => chunk.copyTo(target as never));
  }
  assertThrows('TypeError', () => (chunk.copyTo as () => void)());
});

conformance(
  '#dom-encodedaudiochunk-copyto',
  'the bytes go to where the view starts, and no further',
  ({ webcodecs }) => {
    const chunk = new webcodecs.EncodedAudioChunk({ ...base, data: new Uint8Array([1, 2, 3]) });
    for (const buffer of [new ArrayBuffer(6), new SharedArrayBuffer(6)]) {
      chunk.copyTo(new DataView(buffer, 1));
      assert.deepEqual([...new Uint8Array(buffer)], [0, 1, 2, 3, 0, 0]);
    }
  },
);
