/** AudioData: what a valid init is, whose the samples are, what copyTo() gives, and what a closed one is. */
import { assert } from 'chai';
import { assertThrows, Suite } from './harness.js';

export const suite = new Suite('AudioData');
const { conformance } = suite;

const arrays = { u8: Uint8Array, s16: Int16Array, s32: Int32Array, f32: Float32Array } as const;
type SampleType = keyof typeof arrays;
type Format = SampleType | `${SampleType}-planar`;
const types = Object.keys(arrays) as SampleType[];
const formats: Format[] = types.flatMap((type): Format[] => [type, `${type}-planar`]);

/** The bias value, and values at a quarter and a half of the range to both sides of it. */
const levels = {
  u8: [128, 160, 96, 192, 64],
  s16: [0, 8192, -8192, 16_384, -16_384],
  s32: [0, 2 ** 29, -(2 ** 29), 2 ** 30, -(2 ** 30)],
  f32: [0, 0.25, -0.25, 0.5, -0.5],
} as const;

/** One step of a type, in parts of the range of -1 to 1. */
const step = { u8: 1 / 127, s16: 1 / 32_767, s32: 2 ** -24, f32: 2 ** -24 } as const;

function typeOf(format: Format): SampleType {
  return format.split('-')[0] as SampleType;
}

function toUnit(type: SampleType, value: number): number {
  const range = { u8: 128, s16: 2 ** 15, s32: 2 ** 31, f32: 1 }[type];
  return (value - (type === 'u8' ? 128 : 0)) / range;
}

/** Five frames of two channels: the levels on the first, the levels backwards on the second. */
function stereo(format: Format): InstanceType<(typeof arrays)[SampleType]> {
  const values = levels[typeOf(format)];
  const first = [...values];
  const second = [...values].reverse();
  const inOrder = format.endsWith('-planar')
    ? [...first, ...second]
    : first.flatMap((value, frame) => [value, second[frame] as number]);
  return new arrays[typeOf(format)](inOrder);
}

function init(format: Format = 's16'): {
  format: Format;
  sampleRate: number;
  numberOfFrames: number;
  numberOfChannels: number;
  timestamp: number;
  data: InstanceType<(typeof arrays)[SampleType]>;
} {
  return { format, sampleRate: 48_000, numberOfFrames: 5, numberOfChannels: 2, timestamp: 0, data: stereo(format) };
}

function detached(): ArrayBuffer {
  const buffer = new ArrayBuffer(64);
  structuredClone(buffer, { transfer: [buffer] });
  return buffer;
}

conformance(
  '#valid-audiodatainit',
  'rate, frames and channels are above 0, and the data is enough',
  ({ webcodecs }) => {
    const bad = [
      { sampleRate: 0 },
      { sampleRate: -48_000 },
      { numberOfFrames: 0 },
      { numberOfChannels: 0 },
      { numberOfFrames: 6 },
      { numberOfChannels: 3 },
      { format: 's32' },
      { format: 'f32-planar' },
      { data: new Uint8Array(19) },
      { data: new ArrayBuffer(0) },
      { data: detached() },
      { numberOfFrames: 2 ** 32 - 1, numberOfChannels: 2 ** 32 - 1 },
    ];
    for (const members of bad) {
      assertThrows('TypeError', () => new webcodecs.AudioData({ ...init(), ...members } as never));
    }
  },
);

conformance('#dictdef-audiodatainit', 'required members, their types and their ranges', ({ webcodecs }) => {
  for (const member of ['format', 'sampleRate', 'numberOfFrames', 'numberOfChannels', 'timestamp', 'data']) {
    assertThrows('TypeError', () => new webcodecs.AudioData({ ...init(), [member]: undefined } as never));
  }
  const bad = [
    { format: 's24' },
    { format: 'S16' },
    { sampleRate: Number.NaN },
    { sampleRate: Number.POSITIVE_INFINITY },
    { numberOfFrames: -1 },
    { numberOfFrames: 2 ** 32 },
    { numberOfChannels: Number.NaN },
    { timestamp: 2 ** 53 },
    { timestamp: 'now' },
    { data: [0, 0] },
    { transfer: [new Uint8Array(1)] },
  ];
  for (const members of bad) {
    assertThrows('TypeError', () => new webcodecs.AudioData({ ...init(), ...members } as never));
  }
  assertThrows('TypeError', () => new (webcodecs.AudioData as unknown as new () => unknown)());
});

conformance('#audiodata-constructors', 'the init is checked before transfer is', ({ webcodecs }) => {
  const gone = detached();
  const buffer = new ArrayBuffer(20);
  const make = (members: object): unknown => new webcodecs.AudioData({ ...init(), ...members } as never);
  assertThrows('TypeError', () => make({ sampleRate: 0, transfer: [gone, gone] }));
  assertThrows('DataCloneError', () => make({ data: buffer, transfer: [buffer, buffer] }));
  assertThrows('DataCloneError', () => make({ data: buffer, transfer: [buffer, gone] }));
  assert.equal(buffer.byteLength, 20, 'what fails detaches nothing');
});

conformance('#audiodata-constructors', 'all of transfer is detached, and the samples are kept', ({ webcodecs }) => {
  const data = stereo('s16');
  const other = new ArrayBuffer(8);
  const audio = new webcodecs.AudioData({ ...init(), data, transfer: [other, data.buffer] });
  assert.deepEqual([data.length, other.byteLength], [0, 0]);
  const copy = new Int16Array(10);
  audio.copyTo(copy, { planeIndex: 0 });
  assert.deepEqual([...copy], [...stereo('s16')]);
  audio.close();
  const another = new ArrayBuffer(8);
  new webcodecs.AudioData({ ...init(), transfer: [another] }).close();
  assert.equal(another.byteLength, 0, 'also where the samples are elsewhere');
});

conformance('#audiodata-constructors', 'without transfer the samples are copied, from where a view starts', (env) => {
  const bytes = new Uint8Array(21 + 8);
  bytes.set(new Uint8Array(stereo('s16').buffer), 1);
  const shared = new Uint8Array(new SharedArrayBuffer(29));
  shared.set(bytes);
  for (const source of [bytes, shared]) {
    const audio = new env.webcodecs.AudioData({ ...init(), data: source.subarray(1) });
    source.fill(0);
    const copy = new Int16Array(10);
    audio.copyTo(copy, { planeIndex: 0 });
    assert.deepEqual([...copy], [...stereo('s16')]);
    audio.close();
  }
});

conformance('#audiodata-attributes', 'attributes say what the init said', ({ webcodecs }) => {
  for (const format of formats) {
    const audio = new webcodecs.AudioData({ ...init(format), timestamp: -7.9 });
    const { sampleRate, numberOfFrames, numberOfChannels, timestamp } = audio;
    assert.equal(audio.format, format);
    assert.deepEqual([sampleRate, numberOfFrames, numberOfChannels, timestamp], [48_000, 5, 2, -7]);
    audio.close();
  }
});

conformance('#dom-audiodata-duration', 'the duration is frames by rate, in whole microseconds', ({ webcodecs }) => {
  for (const [sampleRate, numberOfFrames, expected] of [
    [48_000, 480, 10_000],
    [44_100, 1024, 23_219],
    [8000, 1001, 125_125],
    [44_100, 44_100, 1_000_000],
  ] as const) {
    const data = new Uint8Array(numberOfFrames);
    const shape = { format: 'u8', numberOfChannels: 1, timestamp: 0, sampleRate, numberOfFrames, data } as const;
    const audio = new webcodecs.AudioData(shape);
    assert.equal(audio.duration, expected);
    audio.close();
  }
});

conformance('#dom-audiodata-allocationsize', 'bytes of the plane that is asked for, in its format', ({ webcodecs }) => {
  for (const from of formats) {
    const audio = new webcodecs.AudioData(init(from));
    for (const to of formats) {
      const bytes = arrays[typeOf(to)].BYTES_PER_ELEMENT;
      const channels = to.endsWith('-planar') ? 1 : 2;
      const options = { planeIndex: 0, format: to };
      assert.equal(audio.allocationSize(options), 5 * bytes * channels);
      assert.equal(audio.allocationSize({ ...options, frameOffset: 2 }), 3 * bytes * channels);
      assert.equal(audio.allocationSize({ ...options, frameOffset: 1, frameCount: 2 }), 2 * bytes * channels);
      assert.equal(audio.allocationSize({ ...options, frameCount: 0 }), 0);
    }
    audio.close();
  }
});

conformance(
  '#compute-copy-element-count',
  'planes and frames that it does not have are RangeErrors',
  ({ webcodecs }) => {
    const target = new Uint8Array(100);
    const interleaved = new webcodecs.AudioData(init('s16'));
    const planar = new webcodecs.AudioData(init('s16-planar'));
    for (const [audio, options] of [
      [interleaved, { planeIndex: 1 }],
      [interleaved, { planeIndex: 2, format: 'f32-planar' }],
      [planar, { planeIndex: 2 }],
      [planar, { planeIndex: 1, format: 's16' }],
      [planar, { planeIndex: 0, frameOffset: 5 }],
      [planar, { planeIndex: 0, frameCount: 6 }],
      [planar, { planeIndex: 0, frameOffset: 3, frameCount: 3 }],
      [planar, { planeIndex: 0, frameOffset: 2 ** 32 - 1, frameCount: 2 ** 32 - 1 }],
    ] as const) {
      assertThrows('RangeError', () => audio.allocationSize(options));
      assertThrows('RangeError', () => audio.copyTo(target, options));
    }
    assert.deepEqual(target, new Uint8Array(100), 'what fails writes nothing');
    interleaved.close();
    planar.close();
  },
);

conformance('#dictdef-audiodatacopytooptions', 'planeIndex is required and all are enforced', ({ webcodecs }) => {
  const audio = new webcodecs.AudioData(init());
  for (const options of [
    undefined,
    {},
    { planeIndex: -1 },
    { planeIndex: 2 ** 32 },
    { planeIndex: 0, frameOffset: Number.NaN },
    { planeIndex: 0, frameCount: -1 },
    { planeIndex: 0, format: 'f64' },
  ]) {
    assertThrows('TypeError', () => audio.allocationSize(options as never));
    assertThrows('TypeError', () => audio.copyTo(new Uint8Array(100), options as never));
  }
  assertThrows('TypeError', () => audio.copyTo([0] as never, { planeIndex: 0 }));
  audio.close();
});

conformance('#dom-audiodata-copyto', 'a destination that is too small is a RangeError', ({ webcodecs }) => {
  const audio = new webcodecs.AudioData(init('s16-planar'));
  const view = new DataView(new ArrayBuffer(64));
  structuredClone(view.buffer, { transfer: [view.buffer] });
  for (const target of [new Uint8Array(9), new Uint8Array(20).subarray(11), new ArrayBuffer(0), detached(), view]) {
    assertThrows('RangeError', () => audio.copyTo(target, { planeIndex: 0 }));
  }
  audio.copyTo(new ArrayBuffer(0), { planeIndex: 0, frameCount: 0 });
  audio.close();
});

conformance(
  '#dom-audiodata-copyto',
  'bytes go where the view starts, and no further than they are',
  ({ webcodecs }) => {
    const audio = new webcodecs.AudioData(init('s16-planar'));
    const expected = [...new Uint8Array(Int16Array.from(levels.s16.slice(1, 3)).buffer)];
    for (const buffer of [new ArrayBuffer(9), new SharedArrayBuffer(9)]) {
      const bytes = new Uint8Array(buffer).fill(99);
      audio.copyTo(new DataView(buffer, 3), { planeIndex: 0, frameOffset: 1, frameCount: 2 });
      assert.deepEqual([...bytes], [99, 99, 99, ...expected, 99, 99]);
    }
    audio.close();
  },
);

conformance('#compute-copy-element-count', 'every format is converted to every other one', ({ webcodecs }) => {
  for (const from of formats) {
    const audio = new webcodecs.AudioData(init(from));
    for (const to of formats) {
      const isPlanar = to.endsWith('-planar');
      const expected = [...stereo(to)].map((value) => toUnit(typeOf(to), value));
      const got = (isPlanar ? [0, 1] : [0]).flatMap((planeIndex) => {
        const plane = new arrays[typeOf(to)](isPlanar ? 5 : 10);
        audio.copyTo(plane, { planeIndex, format: to });
        return [...plane].map((value) => toUnit(typeOf(to), value));
      });
      const tolerance = typeOf(from) === typeOf(to) ? 0 : Math.max(step[typeOf(from)], step[typeOf(to)]);
      got.forEach((value, index) => {
        assert.closeTo(value, expected[index] as number, tolerance, `${from} to ${to}, sample ${index}`);
      });
    }
    audio.close();
  }
});

conformance('#audio-samples-magnitude', 'silence stays silence; whole numbers clip, f32 does not', ({ webcodecs }) => {
  const loud = new webcodecs.AudioData({
    ...init('f32'),
    numberOfChannels: 1,
    data: new Float32Array([0, 9.3, -9.3, 1, -1]),
  });
  const expected = { u8: [128, 255, 0, 255, 0], s16: [0, 32_767, -32_768, 32_767, -32_768] };
  for (const type of ['u8', 's16'] as const) {
    const copy = new arrays[type](5);
    loud.copyTo(copy, { planeIndex: 0, format: type });
    assert.deepEqual([...copy], expected[type]);
  }
  const whole = new Int32Array(5);
  loud.copyTo(whole, { planeIndex: 0, format: 's32-planar' });
  assert.deepEqual([...whole], [0, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 1, -(2 ** 31)]);
  const float = new Float32Array(5);
  loud.copyTo(float, { planeIndex: 0, format: 'f32-planar' });
  assert.deepEqual([...float], [...Float32Array.of(0, 9.3, -9.3, 1, -1)]);
  loud.close();
});

conformance('#dom-audiodata-clone', 'a clone shares the samples and outlives what it was made of', ({ webcodecs }) => {
  const audio = new webcodecs.AudioData({ ...init(), timestamp: 33 });
  const clone = audio.clone();
  audio.close();
  assert.instanceOf(clone, webcodecs.AudioData);
  assert.deepEqual([clone.format, clone.numberOfFrames, clone.timestamp], ['s16', 5, 33]);
  const copy = new Int16Array(10);
  clone.copyTo(copy, { planeIndex: 0 });
  assert.deepEqual([...copy], [...stereo('s16')]);
  clone.close();
});

conformance('#close-audiodata', 'closed, it is of no format, rate, length or channels', ({ webcodecs }) => {
  const audio = new webcodecs.AudioData({ ...init(), timestamp: 33 });
  audio.close();
  audio.close();
  assert.isNull(audio.format);
  assert.deepEqual([audio.sampleRate, audio.numberOfFrames, audio.numberOfChannels, audio.duration], [0, 0, 0, 0]);
  assert.equal(audio.timestamp, 33, 'the steps leave the timestamp');
  assertThrows('InvalidStateError', () => audio.clone());
  // Arguments are converted first; then it is closed before anything of them matters.
  assertThrows('TypeError', () => audio.allocationSize({} as never));
  assertThrows('InvalidStateError', () => audio.allocationSize({ planeIndex: 9 }));
  assertThrows('InvalidStateError', () => audio.copyTo(new ArrayBuffer(0), { planeIndex: 0 }));
});
