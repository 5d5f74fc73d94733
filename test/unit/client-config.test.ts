import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  toAudioDecoderConfig,
  toAudioEncoderConfig,
  toVideoDecoderConfig,
  toVideoEncoderConfig,
  wireVideoDecoderConfig,
} from '../../app/client/config.js';

type Members = Record<string, unknown>;

const detached = new ArrayBuffer(4);
const detachedView = new Uint8Array(detached);
structuredClone(detached, { transfer: [detached] });

interface Table {
  convert(value: unknown): object;
  valid: Members;
  invalid: Members[];
}

const enforced = [-1, Number.NaN, 2 ** 32, 'x', Number.POSITIVE_INFINITY, 1n];

const tables: Record<string, Table> = {
  VideoEncoderConfig: {
    convert: toVideoEncoderConfig,
    valid: { codec: 'vp8', width: 640, height: 480 },
    invalid: [
      { codec: undefined },
      { codec: '' },
      { codec: ' \t\n' },
      { codec: Symbol('vp8') },
      { width: undefined },
      { height: undefined },
      { width: 0 },
      { height: 0 },
      { displayWidth: 0 },
      { displayHeight: 0 },
      { gopSize: 0 },
      { framerate: Number.NaN },
      { framerate: Number.POSITIVE_INFINITY },
      { bitrate: -1 },
      { bitrate: 2 ** 53 },
      { alpha: 'maybe' },
      { bitrateMode: 'fast' },
      { latencyMode: 'slow' },
      { hardwareAcceleration: 'deny' },
      { avc: { format: 'hevc' } },
      { avc: 5 },
      { hevc: { format: 'avc' } },
      ...enforced.map((width) => ({ width })),
    ],
  },
  VideoDecoderConfig: {
    convert: toVideoDecoderConfig,
    valid: { codec: 'vp8' },
    invalid: [
      { codec: undefined },
      { codec: '  ' },
      { codedWidth: 4 },
      { codedHeight: 4 },
      { codedWidth: 0, codedHeight: 4 },
      { displayAspectWidth: 4 },
      { displayAspectWidth: 4, displayAspectHeight: 0 },
      { description: detached },
      { description: detachedView },
      { description: [1] },
      { description: 'x' },
      { colorSpace: { primaries: 'x' } },
      { colorSpace: 4 },
      { hardwareAcceleration: 'x' },
      { rotation: Number.NaN },
      ...enforced.map((codedWidth) => ({ codedWidth, codedHeight: 1 })),
    ],
  },
  AudioEncoderConfig: {
    convert: toAudioEncoderConfig,
    valid: { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 },
    invalid: [
      { codec: undefined },
      { codec: '' },
      { sampleRate: undefined },
      { sampleRate: 0 },
      { numberOfChannels: undefined },
      { numberOfChannels: 0 },
      { bitrate: -1 },
      { bitrateMode: 'quantizer' },
      { aac: { format: 'raw' } },
      { opus: { frameDuration: 3000 } },
      { opus: { frameDuration: 0 } },
      { opus: { frameDuration: 122_500 } },
      { opus: { complexity: 11 } },
      { opus: { packetlossperc: 101 } },
      { opus: { signal: 'noise' } },
      { opus: { application: 'x' } },
      { opus: { format: 'x' } },
      { flac: { blockSize: 15 } },
      { flac: { blockSize: 65_536 } },
      { flac: { compressLevel: 9 } },
      ...enforced.map((sampleRate) => ({ sampleRate })),
    ],
  },
  AudioDecoderConfig: {
    convert: toAudioDecoderConfig,
    valid: { codec: 'opus', sampleRate: 0, numberOfChannels: 0 },
    invalid: [
      { codec: undefined },
      { codec: ' ' },
      { sampleRate: undefined },
      { numberOfChannels: undefined },
      { description: detached },
      ...enforced.map((numberOfChannels) => ({ numberOfChannels })),
    ],
  },
};

for (const [name, { convert, valid, invalid }] of Object.entries(tables)) {
  test(`${name}: every invalid member is a TypeError`, () => {
    convert(valid);
    for (const members of invalid) {
      assert.throws(() => convert({ ...valid, ...members }), TypeError, `${name} ${Object.keys(members).join(', ')}`);
    }
    assert.throws(() => convert(undefined), TypeError);
    assert.throws(() => convert('config'), TypeError);
  });

  test(`${name}: unknown members are dropped, and absent ones stay absent`, () => {
    const converted = convert({ ...valid, nonsense: 1, gopsize: 2 });
    assert.ok(!('nonsense' in converted) && !('gopsize' in converted));
    assert.ok(Object.values(converted).every((value) => value !== undefined));
  });
}

test('defaults are those of the dictionaries', () => {
  assert.deepEqual(toVideoEncoderConfig({ codec: 'avc1.42001f', width: 2.9, height: '4', avc: {} }), {
    alpha: 'discard',
    avc: { format: 'avc' },
    bitrateMode: 'variable',
    codec: 'avc1.42001f',
    hardwareAcceleration: 'no-preference',
    height: 4,
    latencyMode: 'quality',
    width: 2,
  });
  assert.deepEqual(toVideoDecoderConfig({ codec: 'vp8' }), {
    codec: 'vp8',
    flip: false,
    hardwareAcceleration: 'no-preference',
    optimizeForLatency: false,
    rotation: 0,
  });
  assert.deepEqual(toAudioEncoderConfig({ codec: 'opus', sampleRate: 1, numberOfChannels: 1, opus: {}, flac: {} }), {
    bitrateMode: 'variable',
    codec: 'opus',
    flac: { blockSize: 0, compressLevel: 5 },
    numberOfChannels: 1,
    opus: {
      application: 'audio',
      format: 'opus',
      frameDuration: 20_000,
      packetlossperc: 0,
      signal: 'auto',
      usedtx: false,
      useinbandfec: false,
    },
    sampleRate: 1,
  });
});

test('members are read in lexicographical order', () => {
  const read: string[] = [];
  const recorder = new Proxy(
    { codec: 'vp8', width: 4, height: 4 },
    {
      get(target, name) {
        read.push(String(name));
        return Reflect.get(target, name) as unknown;
      },
    },
  );
  toVideoEncoderConfig(recorder);
  assert.deepEqual(read, [...read].sort());
});

test('a description is copied from any view, exactly', () => {
  const bytes = new Uint8Array([9, 1, 2, 3, 9]);
  const config = toVideoDecoderConfig({ codec: 'vp8', description: new DataView(bytes.buffer, 1, 3), rotation: 100 });
  bytes.fill(0);
  const wire = wireVideoDecoderConfig(config);
  assert.deepEqual([...(wire.description ?? [])], [1, 2, 3]);
  assert.equal(wire.description?.buffer.byteLength, 3);
  assert.equal(wire.rotation, 90);
});
