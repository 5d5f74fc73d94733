/** ImageDecoder, ImageTrackList and ImageTrack: https://w3c.github.io/webcodecs/#image-decoding */
import { assert } from 'chai';
import { gifParts, joinBytes, writeGif } from '../fixtures/gif-writer.js';
import { assertRejects, assertThrows, type Env, Suite, until } from './harness.js';

export const suite = new Suite('ImageDecoder');
const { conformance } = suite;

const type = 'image/gif';
const still = { width: 4, height: 2, frames: [{ pixels: 0 }] };
const animation = {
  width: 4,
  height: 2,
  loops: 3,
  frames: [
    { pixels: 0, delay: 5 },
    { pixels: 1, delay: 7 },
    { pixels: 2, delay: 11 },
  ],
};

type Init = ConstructorParameters<Env['webcodecs']['ImageDecoder']>[0];
type Decoder = InstanceType<Env['webcodecs']['ImageDecoder']>;

function decoderOf(env: Env, init: Partial<Init> = {}): Decoder {
  return new env.webcodecs.ImageDecoder({ type, data: writeGif(animation), ...init });
}

/** A stream whose chunks and end the test gives. */
function openStream(): { stream: ReadableStream; controller: ReadableStreamDefaultController; isCancelled(): boolean } {
  let controller: ReadableStreamDefaultController | undefined;
  let cancelled = false;
  const stream = new ReadableStream({
    start: (given) => {
      controller = given;
    },
    cancel: () => {
      cancelled = true;
    },
  });
  return {
    stream,
    controller: controller as unknown as ReadableStreamDefaultController,
    isCancelled: () => cancelled,
  };
}

async function firstPixel(image: Awaited<ReturnType<Decoder['decode']>>['image']): Promise<number[]> {
  const bytes = new Uint8Array(image.allocationSize({ format: 'RGBA' }));
  await image.copyTo(bytes, { format: 'RGBA' });
  image.close();
  return [...bytes.subarray(0, 4)];
}

// ---- constructor ----

for (const bad of [
  '',
  'gif',
  'image',
  'image/',
  'video/mp4',
  'image /gif',
  'image/gif;',
  'image/gif; a',
  'image/gif\n',
]) {
  conformance(
    '#valid-imagedecoderinit',
    `a type that is no image MIME type is a TypeError: ${JSON.stringify(bad)}`,
    (env) => {
      assertThrows('TypeError', () => decoderOf(env, { type: bad }));
    },
  );
}

conformance('#dom-imagedecoder-imagedecoder', 'missing members are TypeErrors', (env) => {
  const { ImageDecoder } = env.webcodecs;
  const construct = ImageDecoder as unknown as new (...values: unknown[]) => unknown;
  assertThrows('TypeError', () => new construct());
  assertThrows('TypeError', () => new construct(undefined));
  assertThrows('TypeError', () => new construct({ type }));
  assertThrows('TypeError', () => new construct({ data: writeGif(still) }));
  assertThrows('TypeError', () => new construct({ type, data: 'GIF89a' }));
  assertThrows('TypeError', () =>
    (ImageDecoder as unknown as (init: unknown) => unknown)({ type, data: writeGif(still) }),
  );
});

conformance('#valid-imagedecoderinit', 'data without bytes, detached or not, is a TypeError', (env) => {
  assertThrows('TypeError', () => decoderOf(env, { data: new Uint8Array(0) }));
  const bytes = writeGif(still);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  assertThrows('TypeError', () => decoderOf(env, { data: bytes }));
});

conformance('#valid-imagedecoderinit', 'a stream that is locked or was read from is a TypeError', async (env) => {
  const locked = openStream().stream;
  locked.getReader();
  assertThrows('TypeError', () => decoderOf(env, { data: locked }));
  const { stream, controller } = openStream();
  controller.enqueue(writeGif(still));
  const reader = stream.getReader();
  await reader.read();
  reader.releaseLock();
  assertThrows('TypeError', () => decoderOf(env, { data: stream }));
});

conformance(
  '#valid-imagedecoderinit',
  'desiredWidth and desiredHeight go together, in the range of their type',
  (env) => {
    assertThrows('TypeError', () => decoderOf(env, { desiredWidth: 2 }));
    assertThrows('TypeError', () => decoderOf(env, { desiredHeight: 2 }));
    assertThrows('TypeError', () => decoderOf(env, { desiredWidth: -1, desiredHeight: 1 }));
    assertThrows('TypeError', () => decoderOf(env, { desiredWidth: 1, desiredHeight: 2 ** 32 }));
  },
);

conformance('#dom-imagedecoderinit-colorspaceconversion', 'is default or none', (env) => {
  assertThrows('TypeError', () => decoderOf(env, { colorSpaceConversion: 'srgb' as 'none' }));
});

conformance('#dom-imagedecoder-imagedecoder', 'steps 2 and 3: a bad transfer is a DataCloneError', (env) => {
  const data = writeGif(still);
  assertThrows('DataCloneError', () => decoderOf(env, { data, transfer: [data.buffer, data.buffer] }));
  const gone = new ArrayBuffer(8);
  structuredClone(gone, { transfer: [gone] });
  assertThrows('DataCloneError', () => decoderOf(env, { data, transfer: [gone] }));
  assert.isAbove(data.byteLength, 0, 'nothing was detached');
});

conformance(
  '#dom-imagedecoder-imagedecoder',
  'step 19: what is transferred is detached, and decoded all the same',
  async (env) => {
    const data = writeGif(still);
    const other = new ArrayBuffer(8);
    const decoder = decoderOf(env, { data, transfer: [data.buffer, other] });
    assert.equal(data.byteLength, 0);
    assert.equal(other.byteLength, 0);
    assert.deepEqual(await firstPixel((await decoder.decode()).image), [255, 0, 0, 255]);
    decoder.close();
  },
);

conformance(
  '#dom-imagedecoder-imagedecoder',
  'step 19: what is transferred beside a stream is detached',
  async (env) => {
    const { stream, controller } = openStream();
    const other = new ArrayBuffer(8);
    assertThrows('DataCloneError', () => decoderOf(env, { data: stream, transfer: [other, other] }));
    assert.equal(other.byteLength, 8);
    const decoder = decoderOf(env, { data: stream, transfer: [other] });
    assert.equal(other.byteLength, 0);
    controller.enqueue(writeGif(still));
    controller.close();
    assert.deepEqual(await firstPixel((await decoder.decode()).image), [255, 0, 0, 255]);
    decoder.close();
  },
);

conformance('#dom-imagedecoder-imagedecoder', 'step 18: data without transfer is copied', async (env) => {
  const data = writeGif(still);
  const decoder = decoderOf(env, { data });
  data.fill(0);
  assert.deepEqual(await firstPixel((await decoder.decode()).image), [255, 0, 0, 255]);
  decoder.close();
});

for (const [name, view] of [
  ['an ArrayBuffer', (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer],
  ['a DataView', (bytes: Uint8Array<ArrayBuffer>) => new DataView(bytes.buffer)],
  [
    'a view in the midst of a buffer',
    (bytes: Uint8Array<ArrayBuffer>) =>
      joinBytes([new Uint8Array(3), bytes, new Uint8Array(5)]).subarray(3, 3 + bytes.length),
  ],
] as const) {
  conformance('#typedefdef-imagebuffersource', `data may be ${name}`, async (env) => {
    const decoder = decoderOf(env, { data: view(writeGif(still)) });
    await decoder.tracks.ready;
    assert.equal(decoder.tracks.length, 1);
    decoder.close();
  });
}

// ---- attributes ----

conformance('#imagedecoder-attributes', 'of a decoder of bytes, right after its making', async (env) => {
  const decoder = decoderOf(env, { type: 'image/GIF;q=1' });
  assert.equal(decoder.type, 'image/GIF;q=1');
  assert.isTrue(decoder.complete);
  assert.strictEqual(decoder.tracks, decoder.tracks);
  assert.strictEqual(decoder.completed, decoder.completed);
  assert.isUndefined(await decoder.completed);
  assert.equal(decoder.tracks.length, 0);
  assert.equal(decoder.tracks.selectedIndex, -1);
  assert.isNull(decoder.tracks.selectedTrack);
  assert.isUndefined(await decoder.tracks.ready);
  decoder.close();
});

conformance('#imagetracklist-interface', 'the tracks of an animation', async (env) => {
  const decoder = decoderOf(env);
  const { tracks } = decoder;
  await tracks.ready;
  assert.equal(tracks.length, 1);
  assert.equal(tracks.selectedIndex, 0);
  assert.strictEqual(tracks[0], tracks.selectedTrack);
  assert.isUndefined(tracks[1]);
  assert.deepEqual([...tracks], [tracks[0]]);
  const [track] = tracks;
  assert.isTrue(track?.animated);
  assert.equal(track?.frameCount, 3);
  assert.equal(track?.repetitionCount, 3);
  assert.isTrue(track?.selected);
  decoder.close();
});

conformance('#dom-imagetrack-repetitioncount', 'is Infinity for ever, 0 for once', async (env) => {
  const { loops: _, ...once } = animation;
  for (const [options, expected] of [
    [{ ...animation, loops: 0 }, Number.POSITIVE_INFINITY],
    [once, 0],
  ] as const) {
    const decoder = decoderOf(env, { data: writeGif(options) });
    await decoder.tracks.ready;
    assert.equal(decoder.tracks.selectedTrack?.repetitionCount, expected);
    decoder.close();
  }
});

conformance('#dom-imagetrack-animated', 'a still image has one frame and no animation', async (env) => {
  const decoder = decoderOf(env, { data: writeGif(still), preferAnimation: true });
  await decoder.tracks.ready;
  const track = decoder.tracks.selectedTrack;
  assert.isFalse(track?.animated);
  assert.equal(track?.frameCount, 1);
  assert.equal(track?.repetitionCount, 0);
  decoder.close();
});

conformance('#imagetrack-interface', 'neither tracks nor track lists can be constructed', (env) => {
  for (const name of ['ImageTrack', 'ImageTrackList'] as const) {
    assertThrows('TypeError', () => new (env.webcodecs[name] as new () => unknown)());
  }
});

// ---- decode ----

conformance(
  '#imagedecoder-decode-complete-frame',
  'frames carry their pixels, durations and timestamps',
  async (env) => {
    const decoder = decoderOf(env);
    const expected = [
      { pixel: [255, 0, 0, 255], timestamp: 0, duration: 50_000 },
      { pixel: [0, 255, 0, 255], timestamp: 50_000, duration: 70_000 },
      { pixel: [0, 0, 255, 255], timestamp: 120_000, duration: 110_000 },
    ];
    for (const frameIndex of [2, 0, 1]) {
      const { image, complete } = await decoder.decode({ frameIndex });
      const { pixel, timestamp, duration } = expected[frameIndex] ?? assert.fail();
      assert.isTrue(complete);
      assert.instanceOf(image, env.webcodecs.VideoFrame);
      assert.deepEqual([image.codedWidth, image.codedHeight, image.displayWidth, image.displayHeight], [4, 2, 4, 2]);
      assert.deepEqual([image.timestamp, image.duration, image.rotation, image.flip], [timestamp, duration, 0, false]);
      assert.deepEqual(await firstPixel(image), pixel);
    }
    decoder.close();
  },
);

conformance('#imagedecoder-decode-complete-frame', 'a still image has timestamp 0 and no duration', async (env) => {
  const decoder = decoderOf(env, { data: writeGif(still) });
  const { image } = await decoder.decode({ completeFramesOnly: false });
  assert.deepEqual([image.timestamp, image.duration], [0, null]);
  image.close();
  decoder.close();
});

conformance(
  '#dom-imagedecoder-decode',
  'decodes settle in the order of their calls, also those before the tracks are known',
  async (env) => {
    const decoder = decoderOf(env);
    const order: number[] = [];
    const all = [2, 1, 0, 1].map((frameIndex, position) =>
      decoder.decode({ frameIndex }).then(({ image }) => {
        image.close();
        order.push(position);
      }),
    );
    await Promise.all(all);
    assert.deepEqual(order, [0, 1, 2, 3]);
    decoder.close();
  },
);

conformance('#dom-imagedecodeoptions-frameindex', 'out of its range it rejects with a TypeError', async (env) => {
  const decoder = decoderOf(env);
  for (const frameIndex of [-1, 2 ** 32, Number.NaN]) {
    await assertRejects('TypeError', decoder.decode({ frameIndex }));
  }
  await assertRejects('TypeError', decoder.decode(7 as never));
  decoder.close();
});

conformance(
  '#imagedecoder-reject-infeasible-decode',
  'a frame past the end is a RangeError, and the decoder goes on',
  async (env) => {
    const decoder = decoderOf(env);
    await assertRejects('RangeError', decoder.decode({ frameIndex: 3 }));
    const { image } = await decoder.decode({ frameIndex: 2 });
    image.close();
    decoder.close();
  },
);

conformance('#imagedecoder-reject-infeasible-decode', 'a frame that is cut off is a RangeError', async (env) => {
  const bytes = writeGif(animation);
  const decoder = decoderOf(env, { data: bytes.subarray(0, bytes.length - 6) });
  const { image } = await decoder.decode({ frameIndex: 1 });
  image.close();
  await assertRejects('RangeError', decoder.decode({ frameIndex: 2 }));
  decoder.close();
});

conformance(
  '#imagedecoder-establish-tracks',
  'data that no tracks can be told from closes with an InvalidStateError',
  async (env) => {
    for (const data of [
      new Uint8Array(500),
      writeGif(animation).subarray(0, 10),
      writeGif(animation).subarray(0, 30),
    ]) {
      const decoder = decoderOf(env, { data });
      const pending = decoder.decode();
      pending.catch(() => undefined);
      await assertRejects('InvalidStateError', decoder.tracks.ready);
      await assertRejects('InvalidStateError', pending);
      await assertRejects('InvalidStateError', decoder.decode());
    }
  },
);

conformance('#imagedecoder-fatally-reject-bad-data', 'damaged data closes with an EncodingError', async (env) => {
  const parts = gifParts(animation);
  // No palette has 2^12 entries.
  const frame = parts[2] ?? assert.fail();
  frame[8 + 10] = 99;
  const decoder = decoderOf(env, { data: joinBytes(parts) });
  await decoder.tracks.ready;
  const bad = decoder.decode({ frameIndex: 1 });
  const after = decoder.decode({ frameIndex: 0 });
  after.catch(() => undefined);
  await assertRejects('EncodingError', bad);
  await assertRejects('EncodingError', after);
  await assertRejects('InvalidStateError', decoder.decode());
  assert.equal(decoder.tracks.length, 0);
});

// ---- types ----

conformance('#dom-imagedecoder-istypesupported', 'knows the types and rejects what is none', async (env) => {
  const { ImageDecoder } = env.webcodecs;
  for (const name of ['jpeg', 'png', 'apng', 'gif', 'webp', 'avif', 'bmp', 'GIF', 'png;a=b', 'png ; a="b;c"']) {
    assert.isTrue(await ImageDecoder.isTypeSupported(`image/${name}`), name);
  }
  for (const name of ['svg+xml', 'tiff', 'heic', 'x-nothing']) {
    assert.isFalse(await ImageDecoder.isTypeSupported(`image/${name}`), name);
  }
  for (const name of ['', 'png', 'text/html', 'image/', 'image/p ng']) {
    await assertRejects('TypeError', ImageDecoder.isTypeSupported(name));
  }
  await assertRejects('TypeError', (ImageDecoder.isTypeSupported as () => Promise<boolean>)());
});

conformance('#configure-the-image-decoder', 'an unsupported type closes with a NotSupportedError', async (env) => {
  const decoder = decoderOf(env, { type: 'image/x-nothing' });
  await assertRejects('NotSupportedError', decoder.tracks.ready);
  await assertRejects('NotSupportedError', decoder.decode());
  assert.isTrue(decoder.complete);
  await decoder.completed;
  decoder.close();
  await assertRejects('InvalidStateError', decoder.decode());
  const { stream, isCancelled } = openStream();
  const streaming = decoderOf(env, { type: 'image/x-nothing', data: stream });
  assert.isFalse(streaming.complete);
  await assertRejects('NotSupportedError', streaming.completed);
  assert.isTrue(isCancelled());
});

// ---- reset, close ----

conformance(
  '#imagedecoder-reset-imagedecoder',
  'pending decodes reject with an AbortError, and the decoder goes on',
  async (env) => {
    const decoder = decoderOf(env);
    const pending = [decoder.decode(), decoder.decode({ frameIndex: 1 })];
    decoder.reset();
    for (const promise of pending) await assertRejects('AbortError', promise);
    await decoder.tracks.ready;
    const running = decoder.decode({ frameIndex: 2 });
    decoder.reset();
    await assertRejects('AbortError', running);
    const { image } = await decoder.decode({ frameIndex: 1 });
    assert.deepEqual(await firstPixel(image), [0, 255, 0, 255]);
    decoder.close();
  },
);

conformance(
  '#imagedecoder-close-imagedecoder',
  'pending promises reject with an AbortError; later calls with an InvalidStateError',
  async (env) => {
    const decoder = decoderOf(env);
    const pending = decoder.decode();
    decoder.close();
    await assertRejects('AbortError', pending);
    await assertRejects('AbortError', decoder.tracks.ready);
    await decoder.completed;
    await assertRejects('InvalidStateError', decoder.decode());
    decoder.reset();
    decoder.close();
  },
);

conformance('#imagedecoder-close-imagedecoder', 'empties the track list; frames stay', async (env) => {
  const decoder = decoderOf(env);
  const { tracks } = decoder;
  await tracks.ready;
  const [track] = tracks;
  const { image } = await decoder.decode();
  decoder.close();
  assert.deepEqual([tracks.length, tracks.selectedIndex, tracks.selectedTrack, tracks[0]], [0, -1, null, undefined]);
  await tracks.ready;
  if (track) track.selected = false;
  assert.isTrue(track?.selected, 'the setter does nothing on a closed decoder');
  assert.deepEqual(await firstPixel(image), [255, 0, 0, 255]);
});

// ---- selection ----

conformance(
  '#dom-imagetrack-selected',
  'deselecting aborts, and nothing can be decoded until a track is selected again',
  async (env) => {
    const decoder = decoderOf(env);
    await decoder.tracks.ready;
    const track = decoder.tracks.selectedTrack ?? assert.fail('a track is selected');
    const kept = decoder.decode();
    track.selected = true;
    (await kept).image.close();
    const pending = decoder.decode();
    track.selected = false;
    await assertRejects('AbortError', pending);
    assert.deepEqual([decoder.tracks.selectedIndex, decoder.tracks.selectedTrack, track.selected], [-1, null, false]);
    await assertRejects('InvalidStateError', decoder.decode());
    track.selected = true;
    assert.strictEqual(decoder.tracks.selectedTrack, track);
    (await decoder.decode()).image.close();
    decoder.close();
  },
);

// ---- streams ----

conformance('#imagedecoder-update-tracks', 'frames of a stream come as their bytes do', async (env) => {
  const { stream, controller } = openStream();
  const [
    head = assert.fail(),
    first = assert.fail(),
    second = assert.fail(),
    third = assert.fail(),
    end = assert.fail(),
  ] = gifParts(animation);
  const decoder = decoderOf(env, { data: stream });
  assert.isFalse(decoder.complete);
  controller.enqueue(head);
  controller.enqueue(first);
  await decoder.tracks.ready;
  const track = decoder.tracks.selectedTrack ?? assert.fail('a track is selected');
  assert.deepEqual([track.animated, track.frameCount, track.repetitionCount], [true, 1, 3]);
  (await decoder.decode()).image.close();
  const later = decoder.decode({ frameIndex: 1 });
  // The frame begins, hence counts, and is not whole yet.
  controller.enqueue(second.subarray(0, 20));
  await until('the second frame begins', () => track.frameCount === 2);
  controller.enqueue(second.subarray(20));
  assert.deepEqual(await firstPixel((await later).image), [0, 255, 0, 255]);
  const past = decoder.decode({ frameIndex: 3 });
  past.catch(() => undefined);
  controller.enqueue(joinBytes([third, end]));
  await until('the third frame begins', () => track.frameCount === 3);
  assert.isFalse(decoder.complete);
  controller.close();
  await decoder.completed;
  assert.isTrue(decoder.complete);
  await assertRejects('RangeError', past);
  decoder.close();
});

conformance(
  '#imagedecoder-fetch-stream-data-loop',
  'a chunk that is no Uint8Array closes with a DataError',
  async (env) => {
    for (const chunk of ['GIF89a', new ArrayBuffer(4), new Uint16Array(4), null]) {
      const { stream, controller, isCancelled } = openStream();
      const decoder = decoderOf(env, { data: stream });
      controller.enqueue(chunk);
      await assertRejects('DataError', decoder.completed);
      await assertRejects('DataError', decoder.tracks.ready);
      await assertRejects('InvalidStateError', decoder.decode());
      assert.isTrue(isCancelled());
    }
  },
);

conformance(
  '#imagedecoder-fetch-stream-data-loop',
  'a stream that fails closes with a NotReadableError',
  async (env) => {
    const { stream, controller } = openStream();
    const decoder = decoderOf(env, { data: stream });
    const pending = decoder.decode();
    controller.error(new Error('no more'));
    await assertRejects('NotReadableError', decoder.completed);
    await assertRejects('NotReadableError', pending);
  },
);

conformance(
  '#imagedecoder-close-imagedecoder',
  'a stream that hasn’t ended is cancelled, completed rejects',
  async (env) => {
    const { stream, controller, isCancelled } = openStream();
    const decoder = decoderOf(env, { data: stream });
    controller.enqueue(writeGif(animation).subarray(0, 40));
    const pending = decoder.decode();
    decoder.close();
    await assertRejects('AbortError', pending);
    await assertRejects('AbortError', decoder.completed);
    assert.isFalse(decoder.complete);
    assert.isTrue(isCancelled());
    assert.isTrue(stream.locked);
  },
);

conformance(
  '#imagedecoder-establish-tracks',
  'a stream that ends too early closes with an InvalidStateError',
  async (env) => {
    const { stream, controller } = openStream();
    const decoder = decoderOf(env, { data: stream });
    controller.enqueue(writeGif(animation).subarray(0, 12));
    controller.close();
    await assertRejects('InvalidStateError', decoder.tracks.ready);
    await decoder.completed;
  },
);

// ---- sizes ----

conformance('#dom-imagedecoderinit-desiredwidth', 'scales the pictures', async (env) => {
  const decoder = decoderOf(env, { desiredWidth: 8, desiredHeight: 6 });
  const { image } = await decoder.decode({ frameIndex: 1 });
  assert.deepEqual([image.codedWidth, image.codedHeight, image.displayWidth, image.displayHeight], [8, 6, 8, 6]);
  assert.deepEqual([image.timestamp, image.duration], [50_000, 70_000]);
  assert.deepEqual(await firstPixel(image), [0, 255, 0, 255]);
  decoder.close();
});

conformance(
  '#dom-imagedecoderinit-desiredwidth',
  'is a best effort: an impossible size gives the image’s own',
  async (env) => {
    const decoder = decoderOf(env, { desiredWidth: 2 ** 32 - 1, desiredHeight: 1 });
    const { image } = await decoder.decode();
    assert.deepEqual([image.codedWidth, image.codedHeight], [4, 2]);
    image.close();
    decoder.close();
  },
);
