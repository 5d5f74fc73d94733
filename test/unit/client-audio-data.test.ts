import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AudioData, type AudioDataInit, EncodedAudioChunk, EncodedVideoChunk } from '../../app/client/index.js';

const named = (name: string) => (error: unknown) => error instanceof DOMException && error.name === name;

const base: AudioDataInit = {
  format: 's16',
  sampleRate: 48_000,
  numberOfFrames: 3,
  numberOfChannels: 2,
  timestamp: 10,
  data: new Int16Array([0, 16384, -32768, 32767, 1, -1]),
};

test('attributes, and what close leaves of them', () => {
  const data = new AudioData({ ...base, sampleRate: 44_100, numberOfFrames: 2 });
  assert.deepEqual(
    [data.format, data.sampleRate, data.numberOfFrames, data.numberOfChannels, data.timestamp, data.duration],
    ['s16', 44_100, 2, 2, 10, 45],
  );
  const clone = data.clone();
  data.close();
  data.close();
  assert.deepEqual(
    [data.format, data.sampleRate, data.numberOfFrames, data.numberOfChannels, data.timestamp, data.duration],
    [null, 0, 0, 0, 10, 0],
  );
  assert.throws(() => data.clone(), named('InvalidStateError'));
  assert.throws(() => data.allocationSize({ planeIndex: 0 }), named('InvalidStateError'));
  assert.throws(() => data.copyTo(new Uint8Array(8), { planeIndex: 0 }), named('InvalidStateError'));
  assert.equal(clone.numberOfFrames, 2);
});

test('a length of whole microseconds is exact', () => {
  for (let numberOfFrames = 1; numberOfFrames <= 2_000; numberOfFrames += 1) {
    const init = { ...base, format: 'u8', sampleRate: 8_000, numberOfChannels: 1, numberOfFrames } as const;
    const data = new AudioData({ ...init, data: new Uint8Array(numberOfFrames) });
    assert.equal(data.duration, numberOfFrames * 125);
    data.close();
  }
});

test('invalid inits are TypeErrors', () => {
  const bad: Partial<Record<keyof AudioDataInit, unknown>>[] = [
    { format: 's24' },
    { format: undefined },
    { sampleRate: 0 },
    { sampleRate: -1 },
    { sampleRate: Number.NaN },
    { numberOfFrames: 0 },
    { numberOfFrames: 4 },
    { numberOfChannels: 0 },
    { numberOfChannels: -1 },
    { timestamp: undefined },
    { data: undefined },
    { data: new Uint8Array(11) },
    { data: [1, 2] },
  ];
  for (const members of bad) {
    assert.throws(() => new AudioData({ ...base, ...members } as AudioDataInit), TypeError, JSON.stringify(members));
  }
  assert.throws(() => new AudioData({ ...base, timestamp: 1n as never }), TypeError);
});

test('a transferred buffer is detached, twice in the list is a DataCloneError', () => {
  const source = new Int16Array([1, 2]);
  const { buffer } = source;
  const init = { ...base, numberOfFrames: 1, data: source };
  assert.throws(() => new AudioData({ ...init, transfer: [buffer, buffer] }), named('DataCloneError'));
  const data = new AudioData({ ...init, transfer: [buffer] });
  assert.equal(buffer.byteLength, 0);
  const out = new Int16Array(2);
  data.copyTo(out, { planeIndex: 0 });
  assert.deepEqual([...out], [1, 2]);
});

test('planes, offsets and counts are checked with RangeErrors', () => {
  const data = new AudioData(base);
  assert.equal(data.allocationSize({ planeIndex: 0 }), 12);
  assert.equal(data.allocationSize({ planeIndex: 0, frameOffset: 1, frameCount: 1 }), 4);
  assert.equal(data.allocationSize({ planeIndex: 1, format: 'f32-planar' }), 12);
  assert.throws(() => data.allocationSize({ planeIndex: 1 }), RangeError);
  assert.throws(() => data.allocationSize({ planeIndex: 2, format: 'f32-planar' }), RangeError);
  assert.throws(() => data.allocationSize({ planeIndex: 0, frameOffset: 3 }), RangeError);
  assert.throws(() => data.allocationSize({ planeIndex: 0, frameOffset: 1, frameCount: 3 }), RangeError);
  assert.throws(() => data.copyTo(new Uint8Array(11), { planeIndex: 0 }), RangeError);
  assert.throws(() => data.allocationSize({} as never), TypeError);
  assert.throws(() => data.allocationSize({ planeIndex: 2 ** 32 }), TypeError);
});

test('interleaved becomes planar and back', () => {
  const interleaved = new AudioData(base);
  const left = new Int16Array(3);
  const right = new Int16Array(3);
  interleaved.copyTo(left, { planeIndex: 0, format: 's16-planar' });
  interleaved.copyTo(right, { planeIndex: 1, format: 's16-planar' });
  assert.deepEqual([...left, ...right], [0, -32768, 1, 16384, 32767, -1]);
  const planar = new AudioData({ ...base, format: 's16-planar', data: new Int16Array([...left, ...right]) });
  const back = new Int16Array(6);
  planar.copyTo(back, { planeIndex: 0, format: 's16' });
  assert.deepEqual([...back], [...(base.data as Int16Array)]);
  const part = new Int16Array(2);
  planar.copyTo(part, { planeIndex: 1, frameOffset: 1 });
  assert.deepEqual([...part], [32767, -1]);
});

test('every sample type converts to every other one, clipping at the ends', () => {
  const values = {
    u8: { data: new Uint8Array([0, 128, 192]), array: Uint8Array },
    s16: { data: new Int16Array([-32768, 0, 16384]), array: Int16Array },
    s32: { data: new Int32Array([-(2 ** 31), 0, 2 ** 30]), array: Int32Array },
    f32: { data: new Float32Array([-1, 0, 0.5]), array: Float32Array },
  };
  for (const [from, { data }] of Object.entries(values)) {
    for (const [to, { data: expected, array }] of Object.entries(values)) {
      const source = new AudioData({ ...base, format: from as 'u8', numberOfChannels: 1, data });
      const out = new array(3);
      source.copyTo(out, { planeIndex: 0, format: `${to as 'u8'}-planar` });
      assert.deepEqual([...out], [...expected], `${from} to ${to}`);
    }
  }
  const loud = new AudioData({ ...base, format: 'f32', numberOfChannels: 1, data: new Float32Array([2, -2, 1]) });
  const out = new Int16Array(3);
  loud.copyTo(out, { planeIndex: 0, format: 's16' });
  assert.deepEqual([...out], [32767, -32768, 32767]);
});

test('an unaligned destination is written as well', () => {
  const data = new AudioData(base);
  const bytes = new Uint8Array(13);
  data.copyTo(new DataView(bytes.buffer, 1), { planeIndex: 0 });
  assert.deepEqual(new Int16Array(bytes.slice(1).buffer), base.data);
});

for (const Chunk of [EncodedVideoChunk, EncodedAudioChunk]) {
  test(`${Chunk.name}: copies, bounds and conversions`, () => {
    const source = new Uint8Array([0, 1, 2, 3, 4]);
    const chunk = new Chunk({ type: 'key', timestamp: -5, duration: 7, data: source.subarray(1, 4) });
    source.fill(9);
    assert.deepEqual([chunk.type, chunk.timestamp, chunk.duration, chunk.byteLength], ['key', -5, 7, 3]);
    const out = new Uint8Array(4);
    chunk.copyTo(new DataView(out.buffer, 1));
    assert.deepEqual([...out], [0, 1, 2, 3]);
    assert.throws(() => chunk.copyTo(new Uint8Array(2)), TypeError);
    assert.throws(() => chunk.copyTo([] as never), TypeError);
    assert.equal(new Chunk({ type: 'delta', timestamp: 1.9, data: new ArrayBuffer(0) }).timestamp, 1);
    assert.equal(new Chunk({ type: 'delta', timestamp: 0, data: new ArrayBuffer(0) }).duration, null);
    for (const members of [
      { type: 'x' },
      { timestamp: undefined },
      { duration: -1 },
      { data: 'x' },
      { timestamp: 'x' },
    ]) {
      const init = { type: 'key', timestamp: 0, data: new Uint8Array(1), ...members };
      assert.throws(() => new Chunk(init as never), TypeError, JSON.stringify(members));
    }
  });

  test(`${Chunk.name}: transfer detaches, detached data is empty`, () => {
    const { buffer } = new Uint8Array([5, 6]);
    const chunk = new Chunk({ type: 'key', timestamp: 0, data: buffer, transfer: [buffer] });
    assert.equal(buffer.byteLength, 0);
    assert.equal(chunk.byteLength, 2);
    assert.equal(new Chunk({ type: 'key', timestamp: 0, data: buffer }).byteLength, 0);
    const init = { type: 'key', timestamp: 0, data: new Uint8Array(1), transfer: [buffer] } as const;
    assert.throws(() => new Chunk({ ...init, transfer: [...init.transfer] }), named('DataCloneError'));
  });
}
