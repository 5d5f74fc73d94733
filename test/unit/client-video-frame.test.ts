import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  VideoColorSpace,
  VideoFrame,
  type VideoFrameBufferInit,
  type VideoPixelFormat,
} from '../../app/client/index.js';

const named = (name: string) => (error: unknown) => error instanceof DOMException && error.name === name;

function counting(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_value, index) => index % 251);
}

function frame(init: Partial<VideoFrameBufferInit> = {}, length = 4096): VideoFrame {
  return new VideoFrame(counting(length), { format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 0, ...init });
}

test('every format has the size that its planes say, odd sizes rounding up', () => {
  const sizes: Record<VideoPixelFormat, number> = {
    I420: 15 + 12,
    I420P10: 54,
    I420P12: 54,
    I420A: 42,
    I420AP10: 84,
    I420AP12: 84,
    I422: 15 + 18,
    I422P10: 66,
    I422P12: 66,
    I422A: 48,
    I422AP10: 96,
    I422AP12: 96,
    I444: 45,
    I444P10: 90,
    I444P12: 90,
    I444A: 60,
    I444AP10: 120,
    I444AP12: 120,
    NV12: 27,
    RGBA: 60,
    RGBX: 60,
    BGRA: 60,
    BGRX: 60,
  };
  for (const [format, size] of Object.entries(sizes)) {
    const odd = frame({ format: format as VideoPixelFormat, codedWidth: 5, codedHeight: 3 });
    assert.equal(odd.allocationSize(), size, format);
  }
});

test('a frame holds a copy of exactly the bytes, from any kind of source', async () => {
  const bytes = counting(24);
  const shared = new SharedArrayBuffer(24);
  new Uint8Array(shared).set(bytes);
  const wide = new Uint8Array(40);
  wide.set(bytes, 8);
  const sources = [
    bytes,
    bytes.slice().buffer,
    shared,
    new Uint8Array(shared),
    new DataView(wide.buffer, 8, 24),
    new Uint16Array(bytes.slice().buffer),
  ];
  for (const source of sources) {
    const made = new VideoFrame(source, { format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 5, duration: 6 });
    const copy = new Uint8Array(24);
    const layout = await made.copyTo(copy);
    assert.deepEqual(copy, bytes);
    assert.deepEqual(layout, [
      { offset: 0, stride: 4 },
      { offset: 16, stride: 2 },
      { offset: 20, stride: 2 },
    ]);
    assert.deepEqual([made.timestamp, made.duration, made.format], [5, 6, 'I420']);
  }
});

test('a transferred buffer is detached, an untransferred one may change afterwards', async () => {
  const kept = counting(24);
  const made = frame({}, 24);
  kept.fill(0);
  const given = counting(24);
  const { buffer } = given;
  const taken = new VideoFrame(given, {
    format: 'I420',
    codedWidth: 4,
    codedHeight: 4,
    timestamp: 0,
    transfer: [buffer],
  });
  assert.equal(buffer.byteLength, 0);
  const [left, right] = [new Uint8Array(24), new Uint8Array(24)];
  await made.copyTo(left);
  await taken.copyTo(right);
  assert.deepEqual(left, counting(24));
  assert.deepEqual(right, counting(24));
});

test('a bad transfer list is a DataCloneError, and the data stays', () => {
  const data = counting(24);
  const other = new ArrayBuffer(3);
  const init = { format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 0 } as const;
  assert.throws(() => new VideoFrame(data, { ...init, transfer: [other, other] }), named('DataCloneError'));
  structuredClone(other, { transfer: [other] });
  assert.throws(() => new VideoFrame(data, { ...init, transfer: [other] }), named('DataCloneError'));
  assert.equal(data.byteLength, 24);
});

test('invalid inits are TypeErrors', () => {
  const bad: Record<string, unknown>[] = [
    { format: undefined },
    { format: 'I421' },
    { codedWidth: 0 },
    { codedHeight: 0 },
    { codedWidth: -1 },
    { codedWidth: Number.NaN },
    { codedWidth: 2 ** 32 },
    { timestamp: undefined },
    { timestamp: Number.POSITIVE_INFINITY },
    { timestamp: 2 ** 53 },
    { duration: -1 },
    { displayWidth: 4 },
    { displayWidth: 0, displayHeight: 4 },
    { visibleRect: { x: 0, y: 0, width: 5, height: 4 } },
    { visibleRect: { x: -2, y: 0, width: 2, height: 2 } },
    { visibleRect: { x: 0, y: 0, width: 0, height: 2 } },
    { visibleRect: { x: 1, y: 0, width: 2, height: 2 } },
    { visibleRect: { x: 0, y: Number.NaN, width: 2, height: 2 } },
    { layout: [{ offset: 0, stride: 4 }] },
    {
      layout: [
        { offset: 0, stride: 3 },
        { offset: 16, stride: 2 },
        { offset: 20, stride: 2 },
      ],
    },
    {
      layout: [
        { offset: 0, stride: 4 },
        { offset: 15, stride: 2 },
        { offset: 20, stride: 2 },
      ],
    },
    {
      layout: [
        { offset: 0, stride: 2 ** 31 },
        { offset: 16, stride: 2 },
        { offset: 20, stride: 2 },
      ],
    },
    { layout: 5 },
    { transfer: ['x'] },
    { colorSpace: { primaries: 'nothing' } },
  ];
  for (const members of bad) {
    assert.throws(() => frame(members as Partial<VideoFrameBufferInit>), TypeError, JSON.stringify(members));
  }
  assert.throws(() => frame({}, 23), TypeError);
  assert.throws(() => new VideoFrame({} as never, {} as never), TypeError);
  assert.throws(() => new (VideoFrame as never as new (data: unknown) => VideoFrame)(counting(24)), TypeError);
});

test('rows are read and written where the layouts say', async () => {
  const data = new Uint8Array(100).fill(9);
  data.set([1, 2, 3, 4], 10);
  data.set([5, 6, 7, 8], 20);
  data.set([11, 12], 50);
  data.set([13, 14], 60);
  const made = new VideoFrame(data, {
    format: 'I420',
    codedWidth: 4,
    codedHeight: 2,
    timestamp: 0,
    layout: [
      { offset: 10, stride: 10 },
      { offset: 50, stride: 5 },
      { offset: 60, stride: 5 },
    ],
  });
  const out = new Uint8Array(30);
  const layout = [
    { offset: 12, stride: 6 },
    { offset: 0, stride: 3 },
    { offset: 6, stride: 3 },
  ];
  assert.equal(made.allocationSize({ layout }), 24);
  assert.deepEqual(await made.copyTo(out, { layout }), layout);
  assert.deepEqual([...out.subarray(12, 16)], [1, 2, 3, 4]);
  assert.deepEqual([...out.subarray(18, 22)], [5, 6, 7, 8]);
  assert.deepEqual([out[0], out[1], out[6], out[7]], [11, 12, 13, 14]);
});

test('copyTo of a rectangle takes the samples under it', async () => {
  const made = frame({ codedWidth: 6, codedHeight: 6 }, 54);
  const out = new Uint8Array(8 + 4);
  await made.copyTo(out, { rect: { x: 2, y: 2, width: 4, height: 2 } });
  const bytes = counting(54);
  assert.deepEqual([...out.subarray(0, 8)], [...bytes.subarray(14, 18), ...bytes.subarray(20, 24)]);
  assert.deepEqual([...out.subarray(8, 12)], [...bytes.subarray(36 + 4, 36 + 6), ...bytes.subarray(45 + 4, 45 + 6)]);
  await assert.rejects(made.copyTo(out, { rect: { x: 1, y: 0, width: 2, height: 2 } }), TypeError);
  await assert.rejects(made.copyTo(out, { rect: { x: 4, y: 0, width: 4, height: 2 } }), TypeError);
  await assert.rejects(made.copyTo(new Uint8Array(11), { rect: { x: 2, y: 2, width: 4, height: 2 } }), TypeError);
});

test('RGB can be asked of YUV; other formats are not supported', async () => {
  const grey = new Uint8Array(24).fill(128);
  grey.fill(235, 0, 16);
  const made = new VideoFrame(grey, { format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 0 });
  const out = new Uint8Array(64);
  assert.equal(made.allocationSize({ format: 'RGBA' }), 64);
  assert.deepEqual(await made.copyTo(out, { format: 'RGBA' }), [{ offset: 0, stride: 16 }]);
  assert.ok(out.every((byte) => byte === 255));
  const red = new VideoFrame(new Uint8Array([255, 0, 0, 9]), {
    format: 'RGBX',
    codedWidth: 1,
    codedHeight: 1,
    timestamp: 0,
  });
  const pixel = new Uint8Array(4);
  await red.copyTo(pixel, { format: 'BGRA' });
  assert.deepEqual([...pixel], [0, 0, 255, 255]);
  await assert.rejects(made.copyTo(out, { format: 'NV12' }), named('NotSupportedError'));
  assert.throws(() => made.allocationSize({ format: 'I444' }), named('NotSupportedError'));
  assert.throws(() => made.allocationSize({ format: 'x' as never }), TypeError);
});

test('high bit depths become RGB with their own range', async () => {
  const samples = new Uint16Array(3 * 4).fill(512);
  samples.fill(940, 0, 4);
  const made = new VideoFrame(samples, { format: 'I444P10', codedWidth: 2, codedHeight: 2, timestamp: 0 });
  const out = new Uint8Array(16);
  await made.copyTo(out, { format: 'BGRX' });
  assert.ok(out.every((byte) => byte === 255));
});

test('a frame of a frame shares pixels and takes over what is not overridden', async () => {
  const base = frame({ codedWidth: 8, codedHeight: 4, displayWidth: 16, displayHeight: 4, duration: 3, timestamp: 2 });
  const turned = new VideoFrame(base, { rotation: 90, flip: true, timestamp: 9 });
  assert.deepEqual(
    [turned.rotation, turned.flip, turned.displayWidth, turned.displayHeight, turned.timestamp, turned.duration],
    [90, true, 4, 16, 9, 3],
  );
  const again = new VideoFrame(turned, { rotation: 90 });
  assert.deepEqual([again.rotation, again.flip], [0, true]);
  const cropped = new VideoFrame(base, { visibleRect: { x: 2, y: 2, width: 4, height: 2 } });
  assert.deepEqual([cropped.displayWidth, cropped.displayHeight, cropped.codedWidth], [8, 2, 8]);
  assert.deepEqual(JSON.parse(JSON.stringify(cropped.visibleRect)), {
    x: 2,
    y: 2,
    width: 4,
    height: 2,
    top: 2,
    right: 6,
    bottom: 4,
    left: 2,
  });
  const opaque = new VideoFrame(frame({ format: 'I420A' }), { alpha: 'discard' });
  assert.equal(opaque.format, 'I420');
  assert.equal(opaque.allocationSize(), 24);
  assert.throws(() => new VideoFrame(base, { displayWidth: 4 }), TypeError);
  base.close();
  assert.throws(() => new VideoFrame(base), named('InvalidStateError'));
  const out = new Uint8Array(cropped.allocationSize());
  await cropped.copyTo(out);
});

test('rotation is the nearest quarter turn, ties upwards', () => {
  const cases = [
    [44, 0],
    [45, 90],
    [-45, 0],
    [-90, 270],
    [360, 0],
    [719, 0],
    [224, 180],
  ] as const;
  for (const [given, expected] of cases) {
    assert.equal(frame({ rotation: given }).rotation, expected, String(given));
  }
  assert.throws(() => frame({ rotation: Number.NaN }), TypeError);
});

test('a closed frame keeps its times and colour space and nothing else', async () => {
  const made = frame({ timestamp: 4, duration: 5, rotation: 90, flip: true, metadata: { rtpTimestamp: 3 } });
  assert.deepEqual(made.metadata(), { rtpTimestamp: 3 });
  const clone = made.clone();
  made.close();
  made.close();
  assert.deepEqual(
    [made.format, made.codedWidth, made.codedHeight, made.codedRect, made.visibleRect, made.rotation, made.flip],
    [null, 0, 0, null, null, 0, false],
  );
  assert.deepEqual([made.displayWidth, made.displayHeight, made.timestamp, made.duration], [0, 0, 4, 5]);
  assert.throws(() => made.clone(), named('InvalidStateError'));
  assert.throws(() => made.metadata(), named('InvalidStateError'));
  assert.throws(() => made.allocationSize(), named('InvalidStateError'));
  await assert.rejects(made.copyTo(new Uint8Array(100)), named('InvalidStateError'));
  assert.deepEqual([clone.format, clone.rotation, clone.flip], ['I420', 90, true]);
  assert.deepEqual(clone.metadata(), { rtpTimestamp: 3 });
});

test('colour spaces: defaults by format, overrides with nulls, unknown names refused', () => {
  assert.deepEqual(frame().colorSpace.toJSON(), {
    primaries: 'bt709',
    transfer: 'bt709',
    matrix: 'bt709',
    fullRange: false,
  });
  assert.equal(frame({ format: 'RGBA' }).colorSpace.matrix, 'rgb');
  const made = frame({ colorSpace: { primaries: 'bt2020', transfer: 'pq' } });
  assert.deepEqual(made.colorSpace.toJSON(), { primaries: 'bt2020', transfer: 'pq', matrix: null, fullRange: null });
  assert.equal(made.colorSpace, made.colorSpace);
  assert.deepEqual(new VideoColorSpace().toJSON(), { primaries: null, transfer: null, matrix: null, fullRange: null });
  assert.throws(() => new VideoColorSpace({ matrix: 'yuv' as never }), TypeError);
});

test('classes look like platform interfaces', () => {
  assert.equal(Object.prototype.toString.call(frame()), '[object VideoFrame]');
  assert.equal(VideoFrame.name, 'VideoFrame');
  assert.equal(VideoFrame.length, 1);
  assert.ok(Object.getOwnPropertyDescriptor(VideoFrame.prototype, 'format')?.enumerable);
});
