import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { argumentError, toDomException, toWireError } from '../../app/protocol/errors.js';
import { readClientMessage, readHostMessage } from '../../app/protocol/validate.js';
import { pictureInfo } from '../fixtures/raw-client.js';

const data = new Uint8Array(384);
const chunk = { type: 'key', timestamp: 0, duration: null, data };
const decode = { type: 'decode', codec: 1, generation: 0, chunk, alphaSideData: null };
const encode = {
  type: 'encodeVideo',
  codec: 1,
  generation: 0,
  picture: { source: 'bytes', info: pictureInfo(0), layout: null, data },
  keyFrame: false,
  quantizer: null,
};
const configure = {
  type: 'configure',
  codec: 1,
  generation: 0,
  kind: 'video-encoder',
  config: { codec: 'vp8', width: 16, height: 16 },
};
const copy = {
  type: 'request',
  request: 1,
  call: {
    method: 'copyPicture',
    handle: 1,
    rect: { x: 0, y: 0, width: 16, height: 16 },
    format: null,
    layout: [{ offset: 0, stride: 16 }],
  },
};

/** A message with one member, named by its path, replaced or (undefined) removed. */
function withMember(message: object, path: string, value: unknown): unknown {
  const copied = structuredClone(message) as Record<string, unknown>;
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  let target = copied;
  for (const key of keys) target = target[key] as Record<string, unknown>;
  if (value === undefined) delete target[last];
  else target[last] = value;
  return copied;
}

describe('a message of a client', () => {
  const sound: [string, object][] = [
    ['hello', { type: 'hello', version: 1 }],
    ['open', { type: 'open', codec: 1, kind: 'audio-decoder' }],
    ['configure', configure],
    ['encodeVideo from bytes', encode],
    ['encodeVideo from a handle', { ...encode, picture: { source: 'handle', info: pictureInfo(0), handle: 3 } }],
    ['decode', decode],
    ['flush', { type: 'flush', codec: 1, generation: 2, flush: 0 }],
    ['reset', { type: 'reset', codec: 1, generation: 2 }],
    ['close', { type: 'close', codec: 1 }],
    ['outputTaken', { type: 'outputTaken', codec: 1, count: 1, bytes: 10 }],
    ['answerTaken', { type: 'answerTaken', count: 1, bytes: 10 }],
    ['resetImage', { type: 'resetImage', image: 1 }],
    ['release', { type: 'release', handles: [1, 2] }],
    ['copyPicture', copy],
    [
      'isConfigSupported',
      {
        type: 'request',
        request: 1,
        call: {
          method: 'isConfigSupported',
          kind: 'audio-encoder',
          config: { codec: 'opus', sampleRate: 48000, numberOfChannels: 2, opus: { complexity: 5 } },
        },
      },
    ],
  ];
  for (const [name, message] of sound) {
    test(`passes unchanged: ${name}`, () => {
      const checked = readClientMessage(message);
      assert.ok(checked.ok, checked.ok ? '' : checked.refusal.message);
      assert.deepEqual(checked.message, message);
    });
  }

  const refused: [string, unknown, field: string, expected: RegExp][] = [
    ['nothing', undefined, '', /an object/],
    ['null', null, '', /an object/],
    ['a number', 7, '', /an object/],
    ['an array', [1], '', /an object/],
    ['bytes', new Uint8Array(3), '', /an object/],
    ['no type', {}, 'type', /one of hello/],
    ['an unknown type', { type: 'steal' }, 'type', /one of hello/],
    ['a type of the prototype', { type: 'constructor' }, 'type', /one of hello/],
    ['a type named __proto__', { type: '__proto__' }, 'type', /one of hello/],
    ['an inherited type', Object.create({ type: 'close', codec: 1 }), 'type', /one of hello/],
    ['an inherited member', Object.assign(Object.create({ codec: 1 }), { type: 'close' }), 'codec', /integer/],
    ['a type that is an array', { type: ['close'], codec: 1 }, 'type', /one of hello/],
    ['a codec that is NaN', { type: 'close', codec: Number.NaN }, 'codec', /integer/],
    ['a negative codec', { type: 'close', codec: -1 }, 'codec', /integer/],
    ['a fractional codec', { type: 'close', codec: 0.5 }, 'codec', /integer/],
    ['a codec above safe integers', { type: 'close', codec: 2 ** 53 }, 'codec', /integer/],
    ['a codec that is a string', { type: 'close', codec: '1' }, 'codec', /integer/],
    ['a codec that is a bigint', { type: 'close', codec: 1n }, 'codec', /integer/],
    ['a codec that is boxed', { type: 'close', codec: Object(1) }, 'codec', /integer/],
    ['an unknown kind', { type: 'open', codec: 1, kind: 'image-decoder' }, 'kind', /one of video-encoder/],
    ['a generation of Infinity', withMember(decode, 'generation', Infinity), 'generation', /integer/],
    ['no chunk', withMember(decode, 'chunk', undefined), 'chunk', /an object/],
    ['chunk data as ArrayBuffer', withMember(decode, 'chunk.data', new ArrayBuffer(3)), 'chunk.data', /Uint8Array/],
    ['chunk data as array', withMember(decode, 'chunk.data', [1, 2]), 'chunk.data', /Uint8Array/],
    ['chunk data as other view', withMember(decode, 'chunk.data', new Int16Array(2)), 'chunk.data', /Uint8Array/],
    [
      'chunk data that is shared',
      { ...decode, chunk: { ...chunk, data: new Uint8Array(new SharedArrayBuffer(3)) } },
      'chunk.data',
      /its own buffer/,
    ],
    ['a chunk type of its own', withMember(decode, 'chunk.type', 'keyframe'), 'chunk.type', /one of key, delta/],
    ['a timestamp of NaN', withMember(decode, 'chunk.timestamp', Number.NaN), 'chunk.timestamp', /integer/],
    ['a fractional timestamp', withMember(decode, 'chunk.timestamp', 1.5), 'chunk.timestamp', /integer/],
    ['a timestamp beyond long long', withMember(decode, 'chunk.timestamp', 2 ** 63), 'chunk.timestamp', /integer/],
    ['a duration beyond', withMember(decode, 'chunk.duration', 2 ** 64), 'chunk.duration', /integer/],
    ['a negative duration', withMember(decode, 'chunk.duration', -1), 'chunk.duration', /integer/],
    ['a width of 0', withMember(encode, 'picture.info.codedWidth', 0), 'picture.info.codedWidth', /integer/],
    ['a width of 2^31', withMember(encode, 'picture.info.codedWidth', 2 ** 31), 'picture.info.codedWidth', /integer/],
    ['an unknown format', withMember(encode, 'picture.info.format', 'I421'), 'picture.info.format', /one of I420/],
    ['a rotation of 45', withMember(encode, 'picture.info.rotation', 45), 'picture.info.rotation', /one of 0, 90/],
    ['a flip of 1', withMember(encode, 'picture.info.flip', 1), 'picture.info.flip', /boolean/],
    [
      'a negative rectangle',
      withMember(encode, 'picture.info.visibleRect.x', -1),
      'picture.info.visibleRect.x',
      /integer/,
    ],
    [
      'five planes',
      withMember(encode, 'picture.layout', Array(5).fill({ offset: 0, stride: 0 })),
      'picture.layout',
      /at most 4/,
    ],
    ['a sparse layout', withMember(encode, 'picture.layout', Array(2)), 'picture.layout[0]', /an object/],
    [
      'an offset above 32 bits',
      withMember(encode, 'picture.layout', [{ offset: 2 ** 32, stride: 1 }]),
      'picture.layout[0].offset',
      /integer/,
    ],
    ['a picture from nowhere', withMember(encode, 'picture.source', 'file'), 'picture.source', /one of bytes, handle/],
    ['a quantizer of 70000', withMember(encode, 'quantizer', 70000), 'quantizer', /integer/],
    ['a configuration of another kind', withMember(configure, 'kind', 'audio-encoder'), 'config.sampleRate', /integer/],
    ['a bitrate of NaN', withMember(configure, 'config.bitrate', Number.NaN), 'config.bitrate', /integer/],
    ['a framerate of Infinity', withMember(configure, 'config.framerate', Infinity), 'config.framerate', /finite/],
    ['a null bitrate', withMember(configure, 'config.bitrate', null), 'config.bitrate', /integer/],
    [
      'an endless codec string',
      withMember(configure, 'config.codec', 'x'.repeat(1e6)),
      'config.codec',
      /at most 65536/,
    ],
    ['a made-up latency mode', withMember(configure, 'config.latencyMode', 'fast'), 'config.latencyMode', /one of/],
    ['too many handles', { type: 'release', handles: Array(70000).fill(1) }, 'handles', /at most 65536/],
    ['a handle of NaN', { type: 'release', handles: [1, Number.NaN] }, 'handles[1]', /integer/],
    ['handles as an object with a length', { type: 'release', handles: { length: 1, 0: 1 } }, 'handles', /array/],
    ['an unknown method', withMember(copy, 'call.method', 'exec'), 'call.method', /one of isConfigSupported/],
    ['a method of the prototype', withMember(copy, 'call.method', 'toString'), 'call.method', /one of/],
  ];
  for (const [name, message, field, expected] of refused) {
    test(`is refused, naming field and rule: ${name}`, () => {
      const checked = readClientMessage(message);
      assert.ok(!checked.ok);
      assert.equal(checked.refusal.field, field);
      assert.match(checked.refusal.expected, expected);
      assert.ok(checked.refusal.message.length < 800, 'a hostile value does not fill the log');
    });
  }

  test('runs no getter and keeps no member that is not its own', () => {
    let ran = false;
    const message = {
      type: 'close',
      get codec() {
        ran = true;
        return 1;
      },
    };
    assert.ok(!readClientMessage(message).ok);
    assert.ok(!ran);
    const polluted = JSON.parse('{"type":"close","codec":1,"__proto__":{"evil":1},"extra":{}}');
    const checked = readClientMessage(polluted);
    assert.ok(checked.ok);
    assert.deepEqual(Object.keys(checked.message), ['type', 'codec']);
    assert.equal(Object.getPrototypeOf(checked.message), Object.prototype);
  });

  test('is rebuilt: what the sender changes later changes nothing', () => {
    const message = structuredClone(decode);
    const checked = readClientMessage(message);
    message.chunk.timestamp = Number.NaN;
    assert.ok(checked.ok && checked.message.type === 'decode');
    assert.equal(checked.message.chunk.timestamp, 0);
  });

  test('keeps a few bytes without the great buffer that they came in, and all others where they are', () => {
    for (const [size, kept] of [
      [2 ** 20, 384],
      [1000, 1000],
    ] as const) {
      const few = new Uint8Array(new ArrayBuffer(size), 8, 384).fill(5);
      const checked = readClientMessage({ ...decode, chunk: { ...chunk, data: few } });
      assert.ok(checked.ok && checked.message.type === 'decode');
      assert.deepEqual(checked.message.chunk.data, few);
      assert.equal(checked.message.chunk.data.buffer.byteLength, kept);
    }
  });

  test('with audio of a fractional sample rate passes with a whole one', () => {
    const audio = { format: 'f32', sampleRate: 44100.4, numberOfChannels: 1, numberOfFrames: 1, timestamp: 0, data };
    const checked = readClientMessage({ type: 'encodeAudio', codec: 1, generation: 0, audio });
    assert.ok(checked.ok && checked.message.type === 'encodeAudio');
    assert.equal(checked.message.audio.sampleRate, 44100);
  });
});

describe('a message of a host', () => {
  test('passes where type and addressee are sound', () => {
    const message = { type: 'dequeued', codec: 1, generation: 0, count: 1 };
    const checked = readHostMessage(message);
    assert.ok(checked.ok);
    assert.equal(checked.message, message);
  });
  for (const [name, message, field] of [
    ['nothing', null, 'message'],
    ['an unknown type', { type: 'hasOwnProperty' }, 'type'],
    ['a codec of none', { type: 'dequeued', generation: 0 }, 'codec'],
    ['a request of NaN', { type: 'response', request: Number.NaN }, 'request'],
  ] as const) {
    test(`is refused: ${name}`, () => {
      const checked = readHostMessage(message);
      assert.ok(!checked.ok);
      assert.equal(checked.refusal.field, field);
    });
  }
});

describe('errors', () => {
  test('an argument error names the field, the rule and what came', () => {
    const error = argumentError('config.width', 'an integer from 1 to 9', Number.NaN);
    assert.ok(error instanceof TypeError);
    assert.equal(error.message, 'config.width must be an integer from 1 to 9, but is NaN.');
  });
  for (const name of ['QuotaExceededError', 'NotSupportedError', 'EncodingError', 'DataError']) {
    test(`${name} arrives as a DOMException of that name`, () => {
      const error = toDomException({ name, message: 'why' });
      assert.ok(error instanceof DOMException);
      assert.equal(error.name, name);
      assert.equal(error.message, 'why');
    });
  }
  test('a TypeError arrives as a TypeError', () => {
    assert.ok(toDomException({ name: 'TypeError', message: 'why' }) instanceof TypeError);
  });
  test('an error of no known name is an OperationError and keeps the text of its causes', () => {
    const error = new RangeError('outer', { cause: new Error('avcodec_open2: Invalid argument') });
    assert.deepEqual(toWireError(error), {
      name: 'OperationError',
      message: 'outer (avcodec_open2: Invalid argument)',
    });
  });
});
