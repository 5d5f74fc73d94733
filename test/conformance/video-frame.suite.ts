/** VideoFrames of bytes: what is made of the init, of the data and of a transfer list; clone() and close(). */
import { assert } from 'chai';
import { formats, picture, planesOf, sizeOf } from './frame-bytes.js';
import { assertRejects, assertThrows, type Env, Suite } from './harness.js';

export const suite = new Suite('VideoFrame');
const { conformance } = suite;

type Frame = ReturnType<Env['frame']>;
type Construct = new (...values: unknown[]) => Frame;

const init = { format: 'I420', codedWidth: 4, codedHeight: 4, timestamp: 0 };

function make(env: Env, members: object = {}, data: unknown = new Uint8Array(4096)): Frame {
  return new (env.webcodecs.VideoFrame as unknown as Construct)(data, { ...init, ...members });
}

async function bytesOf(frame: Frame): Promise<Uint8Array> {
  const bytes = new Uint8Array(frame.allocationSize());
  await frame.copyTo(bytes);
  return bytes;
}

function numbers(rect: unknown): object | null {
  if (rect === null) return null;
  const { x, y, width, height } = rect as DOMRectReadOnly;
  return { x, y, width, height };
}

function detached(length = 24): ArrayBuffer {
  const buffer = new ArrayBuffer(length);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

conformance(
  '#pixel-format',
  'every format, at even and odd sizes, gives back the bytes it was made of',
  async (env) => {
    for (const format of formats) {
      for (const [codedWidth, codedHeight] of [
        [4, 4],
        [5, 3],
        [1, 1],
        [2, 7],
      ] as const) {
        const data = picture(format, codedWidth, codedHeight);
        const frame = make(env, { format, codedWidth, codedHeight }, data);
        assert.equal(frame.format, format);
        assert.equal(frame.allocationSize(), sizeOf(format, codedWidth, codedHeight), format);
        assert.deepEqual(await bytesOf(frame), data, `${format} ${codedWidth}x${codedHeight}`);
        frame.close();
      }
    }
  },
);

conformance('#dom-videoframe-videoframe-data-init', 'one byte less than the layout needs is a TypeError', (env) => {
  for (const format of formats) {
    const size = sizeOf(format, 5, 3);
    assertThrows('TypeError', () => make(env, { format, codedWidth: 5, codedHeight: 3 }, new Uint8Array(size - 1)));
  }
  assertThrows('TypeError', () => make(env, {}, detached()));
});

conformance(
  'https://webidl.spec.whatwg.org/#AllowSharedBufferSource',
  'data is any buffer or view of one',
  async (env) => {
    const bytes = picture('I420', 4, 4);
    const shared = new SharedArrayBuffer(32);
    new Uint8Array(shared, 8).set(bytes);
    const floats = new Float32Array(8);
    new Uint8Array(floats.buffer, 8, 24).set(bytes);
    const sources = [
      bytes,
      bytes.buffer,
      new DataView(bytes.buffer),
      new Uint8Array(shared, 8),
      new Float32Array(floats.buffer, 8),
      new BigUint64Array(bytes.slice().buffer),
    ];
    for (const source of sources) {
      const frame = make(env, {}, source);
      assert.deepEqual(await bytesOf(frame), bytes);
      frame.close();
    }
  },
);

conformance('#dom-videoframe-videoframe-data-init', 'the data is copied', async (env) => {
  const data = picture('NV12', 4, 4);
  const frame = make(env, { format: 'NV12' }, data);
  data.fill(0);
  assert.deepEqual(await bytesOf(frame), picture('NV12', 4, 4));
  frame.close();
});

conformance('#dom-videoframe-videoframe-data-init', 'layout says where the planes are', async (env) => {
  for (const format of formats) {
    const data = picture(format, 5, 3);
    const shapes = planesOf(format, 5, 3);
    // The planes in reverse order, with a gap behind each row.
    const layout = shapes.map(() => ({ offset: 0, stride: 0 }));
    let end = 6;
    for (const [index, { rowBytes, rows }] of [...shapes.entries()].reverse()) {
      layout[index] = { offset: end, stride: rowBytes + 6 };
      end += rows * (rowBytes + 6);
    }
    const laidOut = new Uint8Array(end);
    let from = 0;
    shapes.forEach(({ rowBytes, rows }, index) => {
      const { offset = 0, stride = 0 } = layout[index] ?? {};
      for (let row = 0; row < rows; row += 1, from += rowBytes) {
        laidOut.set(data.subarray(from, from + rowBytes), offset + row * stride);
      }
    });
    const frame = make(env, { format, codedWidth: 5, codedHeight: 3, layout }, laidOut);
    assert.deepEqual(await bytesOf(frame), data, format);
    frame.close();
    assertThrows('TypeError', () =>
      make(env, { format, codedWidth: 5, codedHeight: 3, layout: layout.slice(1) }, laidOut),
    );
  }
});

conformance(
  '#dom-videoframebufferinit-transfer',
  'what is in transfer is detached, and the pixels are there',
  async (env) => {
    const bytes = picture('I420', 4, 4);
    const other = new ArrayBuffer(5);
    const data = new Uint8Array(40);
    data.set(bytes, 3);
    const frame = make(env, { transfer: [other, data.buffer] }, data.subarray(3));
    assert.deepEqual([data.byteLength, other.byteLength], [0, 0]);
    assert.deepEqual(await bytesOf(frame), bytes);
    frame.close();
    const kept = new Uint8Array(bytes);
    const unrelated = make(env, { transfer: [new ArrayBuffer(1)] }, kept);
    assert.equal(kept.byteLength, 24);
    unrelated.close();
  },
);

conformance('#dom-videoframebufferinit-transfer', 'a buffer twice or a detached one is a DataCloneError', (env) => {
  const data = picture('I420', 4, 4);
  const other = new ArrayBuffer(3);
  assertThrows('DataCloneError', () => make(env, { transfer: [other, data.buffer, other] }, data));
  assertThrows('DataCloneError', () => make(env, { transfer: [data.buffer, detached()] }, data));
  assert.deepEqual([data.byteLength, other.byteLength], [24, 3]);
});

conformance('#dom-videoframe-videoframe-data-init', 'the init is found invalid before the transfer list is', (env) => {
  const twice = new ArrayBuffer(3);
  const transfer = [twice, twice];
  assertThrows('TypeError', () => make(env, { transfer, codedWidth: 0 }));
  assertThrows('TypeError', () => make(env, { transfer, visibleRect: { x: 1, y: 0, width: 2, height: 2 } }));
  assertThrows('TypeError', () => make(env, { transfer, layout: [] }));
  assertThrows('TypeError', () => make(env, { transfer }, new Uint8Array(23)));
  assertThrows('DataCloneError', () => make(env, { transfer }));
});

conformance('#valid-videoframebufferinit', 'what is no valid init is a TypeError', (env) => {
  const rect = (x: number, y: number, width: number, height: number) => ({ visibleRect: { x, y, width, height } });
  const bad = [
    { codedWidth: 0 },
    { codedHeight: 0 },
    rect(-2, 0, 2, 2),
    rect(0, -2, 2, 2),
    rect(0, 0, -2, 2),
    rect(0, 0, 2, -2),
    rect(Number.NaN, 0, 2, 2),
    rect(0, 0, Number.POSITIVE_INFINITY, 2),
    rect(0, 0, 0, 2),
    rect(0, 0, 2, 0),
    rect(2, 0, 3, 2),
    rect(0, 2, 2, 3),
    { visibleRect: {} },
    { displayWidth: 4 },
    { displayHeight: 4 },
    { displayWidth: 0, displayHeight: 4 },
    { displayWidth: 4, displayHeight: 0 },
  ];
  for (const members of bad) {
    assertThrows('TypeError', () => make(env, members));
  }
});

conformance(
  '#videoframe-verify-rect-offset-alignment',
  'the visible rectangle starts on a sample of each plane',
  (env) => {
    for (const format of formats) {
      const planes = planesOf(format, 4, 4);
      const oddX = planes.every(({ sampleWidth }) => sampleWidth === 1);
      const oddY = planes.every(({ sampleHeight }) => sampleHeight === 1);
      for (const [x, y, isAligned] of [
        [1, 0, oddX],
        [0, 1, oddY],
        [2, 2, true],
      ] as const) {
        const attempt = (): Frame => make(env, { format, visibleRect: { x, y, width: 1, height: 1 } });
        if (isAligned) {
          const frame = attempt();
          assert.deepEqual(numbers(frame.visibleRect), { x, y, width: 1, height: 1 });
          frame.close();
        } else {
          assertThrows('TypeError', attempt);
        }
      }
    }
  },
);

conformance('#videoframe-domrect', 'numbers of a rectangle are truncated', (env) => {
  const frame = make(env, { visibleRect: { x: 2.9, y: 0.5, width: 1.1, height: 2.7 } });
  assert.deepEqual(numbers(frame.visibleRect), { x: 2, y: 0, width: 1, height: 2 });
  frame.close();
  assertThrows('TypeError', () => make(env, { visibleRect: { x: 0, y: 0, width: 0.5, height: 2 } }));
});

conformance(
  '#videoframe-compute-layout-and-allocation-size',
  'layouts that overlap or reach too far are TypeErrors',
  (env) => {
    const planes = (...layout: [number, number][]) => ({
      layout: layout.map(([offset, stride]) => ({ offset, stride })),
    });
    const bad = [
      planes([0, 3], [16, 2], [20, 2]),
      planes([0, 4], [15, 2], [20, 2]),
      planes([0, 4], [16, 2], [19, 2]),
      planes([0, 4], [16, 2], [0, 2]),
      planes([0, 2 ** 30], [16, 2], [20, 2]),
      planes([2 ** 32 - 4, 4], [16, 2], [20, 2]),
      planes([0, 4], [16, 2], [20, 2], [24, 2]),
    ];
    for (const members of bad) {
      assertThrows('TypeError', () => make(env, members));
    }
    make(env, planes([8, 4], [0, 2], [4, 2])).close();
  },
);

conformance('#videoframe-attributes', 'attributes are what the init says', (env) => {
  const frame = make(env, {
    timestamp: -7,
    duration: 9,
    visibleRect: { x: 2, y: 0, width: 2, height: 4 },
    displayWidth: 30,
    displayHeight: 20,
    rotation: 90,
    flip: true,
    colorSpace: { primaries: 'bt2020', fullRange: true },
  });
  assert.deepEqual([frame.timestamp, frame.duration, frame.rotation, frame.flip], [-7, 9, 90, true]);
  assert.deepEqual([frame.codedWidth, frame.codedHeight], [4, 4]);
  assert.deepEqual([frame.displayWidth, frame.displayHeight], [30, 20]);
  assert.deepEqual(numbers(frame.codedRect), { x: 0, y: 0, width: 4, height: 4 });
  assert.deepEqual(numbers(frame.visibleRect), { x: 2, y: 0, width: 2, height: 4 });
  const { primaries, transfer, matrix, fullRange } = frame.colorSpace;
  assert.deepEqual([primaries, transfer, matrix, fullRange], ['bt2020', null, null, true]);
  assert.instanceOf(frame.colorSpace, env.webcodecs.VideoColorSpace);
  assert.notEqual(frame.codedRect, frame.codedRect);
  assert.equal(frame.colorSpace, frame.colorSpace);
  frame.close();
});

conformance(
  '#dom-videoframe-videoframe-data-init',
  'the display size is the visible one, turned with the picture',
  (env) => {
    for (const [rotation, width, height] of [
      [0, 2, 4],
      [90, 4, 2],
      [180, 2, 4],
      [270, 4, 2],
    ]) {
      const frame = make(env, { visibleRect: { x: 0, y: 0, width: 2, height: 4 }, rotation });
      assert.deepEqual([frame.displayWidth, frame.displayHeight], [width, height], String(rotation));
      assert.isNull(frame.duration);
      frame.close();
    }
  },
);

conformance('#videoframe-parse-rotation', 'a rotation is the nearest quarter turn, of ties the greater', (env) => {
  const turns = [
    [44.9, 0],
    [45, 90],
    [-44, 0],
    [-45, 0],
    [-46, 270],
    [-90, 270],
    [360, 0],
    [719, 0],
    [224, 180],
    [225, 270],
  ];
  for (const [rotation, expected] of turns) {
    const frame = make(env, { rotation });
    assert.equal(frame.rotation, expected, String(rotation));
    frame.close();
  }
});

conformance('#videoframe-pick-color-space', 'without a colour space RGB is sRGB, and YUV is BT.709', (env) => {
  for (const format of formats) {
    const frame = make(env, { format });
    const rgb = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true };
    const yuv = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };
    assert.deepEqual<unknown>(frame.colorSpace.toJSON(), /^(RGB|BGR)/.test(format) ? rgb : yuv, format);
    frame.close();
  }
});

conformance('#dom-videoframe-clone', 'a clone is all that its original was, and outlives it', async (env) => {
  const data = picture('I422', 4, 4);
  const members = {
    format: 'I422',
    timestamp: 3,
    duration: 4,
    rotation: 180,
    flip: true,
    metadata: { rtpTimestamp: 6 },
  };
  const frame = make(env, members, data);
  const clone = frame.clone();
  frame.close();
  assert.instanceOf(clone, env.webcodecs.VideoFrame);
  assert.deepEqual(
    [clone.format, clone.timestamp, clone.duration, clone.rotation, clone.flip],
    ['I422', 3, 4, 180, true],
  );
  assert.deepEqual(clone.metadata(), { rtpTimestamp: 6 });
  assert.deepEqual(await bytesOf(clone), data);
  clone.close();
});

conformance('#close-videoframe', 'a closed frame has its times and its colour space, and nothing else', async (env) => {
  const frame = make(env, { timestamp: 3, duration: 4, rotation: 90, flip: true, metadata: { rtpTimestamp: 6 } });
  frame.close();
  frame.close();
  const { codedWidth, codedHeight, displayWidth, displayHeight, rotation } = frame;
  assert.deepEqual([codedWidth, codedHeight, displayWidth, displayHeight, rotation], [0, 0, 0, 0, 0]);
  assert.deepEqual([frame.format, frame.codedRect, frame.visibleRect], [null, null, null]);
  assert.isFalse(frame.flip);
  assert.deepEqual([frame.timestamp, frame.duration, frame.colorSpace.matrix], [3, 4, 'bt709']);
  assertThrows('InvalidStateError', () => frame.clone());
  assertThrows('InvalidStateError', () => frame.metadata());
  assertThrows('InvalidStateError', () => frame.allocationSize());
  await assertRejects('InvalidStateError', frame.copyTo(new Uint8Array(0)));
  // Arguments are converted before anything else is looked at.
  assertThrows('TypeError', () => frame.allocationSize({ layout: [{}] } as never));
  await assertRejects('TypeError', frame.copyTo({} as never));
});

conformance('#copy-videoframe-metadata', 'metadata has the registry’s members, copied in and out', (env) => {
  const boundingBox = { x: 1, y: 2, width: 3, height: 4 };
  const given = {
    captureTime: 1.5,
    receiveTime: 2.5,
    rtpTimestamp: 2 ** 32 + 3,
    backgroundBlur: { enabled: 1 },
    segments: new Set([{ type: 'left-eye', id: 1.9, probability: 0.5, boundingBox, centerPoint: {} }]),
    unknown: 4,
  };
  const frame = make(env, { metadata: given });
  boundingBox.x = 9;
  const expected = {
    captureTime: 1.5,
    receiveTime: 2.5,
    rtpTimestamp: 3,
    backgroundBlur: { enabled: true },
    segments: [
      {
        type: 'left-eye',
        id: 1,
        probability: 0.5,
        boundingBox: { x: 1, y: 2, width: 3, height: 4 },
        centerPoint: { x: 0, y: 0 },
      },
    ],
  };
  assert.deepEqual(frame.metadata() as unknown, expected);
  Object.assign(frame.metadata(), { captureTime: 0 });
  assert.deepEqual(frame.metadata() as unknown, expected);
  frame.close();
  const plain = make(env);
  assert.deepEqual(plain.metadata(), {});
  plain.close();
});
