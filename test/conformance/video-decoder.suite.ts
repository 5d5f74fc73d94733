/** VideoDecoder: https://w3c.github.io/webcodecs/#videodecoder-interface */
import { assert } from 'chai';
import { addCodecClauses } from './codec-clauses.js';
import { assertRejects, assertThrows, type Env, Suite } from './harness.js';
import { type Encoded, encodeVideo, kinds, type StoredChunk } from './kinds.js';

export const suite = new Suite('VideoDecoder');
const { conformance } = suite;

addCodecClauses(kinds.videoDecoder, suite);

type VideoDecoder = InstanceType<Env['webcodecs']['VideoDecoder']>;
type Frame = InstanceType<Env['webcodecs']['VideoFrame']>;

/** A decoder, which is closed after the body as its frames are. */
async function withDecoder(
  env: Env,
  body: (recorded: { decoder: VideoDecoder; frames: Frame[]; errors: DOMException[] }) => Promise<void> | void,
): Promise<void> {
  const frames: Frame[] = [];
  const errors: DOMException[] = [];
  const decoder = new env.webcodecs.VideoDecoder({
    output: (frame) => frames.push(frame),
    error: (error) => errors.push(error),
  });
  try {
    await body({ decoder, frames, errors });
  } finally {
    if (decoder.state !== 'closed') decoder.close();
    for (const frame of frames) frame.close();
  }
}

const chunkOf = ({ webcodecs }: Env, chunk: StoredChunk) => new webcodecs.EncodedVideoChunk(chunk as never);

function decodeAll(env: Env, decoder: VideoDecoder, { chunks }: Encoded): Promise<undefined> {
  for (const chunk of chunks) decoder.decode(chunkOf(env, chunk));
  return decoder.flush();
}

conformance(
  '#dom-videodecoder-key-chunk-required-slot',
  'a delta chunk is a DataError after configure(), flush() and reset()',
  (env) =>
    withDecoder(env, async ({ decoder, frames, errors }) => {
      const encoded = await encodeVideo(env);
      const [key, delta] = encoded.chunks.map((chunk) => chunkOf(env, chunk));
      assert.equal(key?.type, 'key');
      assert.equal(delta?.type, 'delta');
      if (!key || !delta) return;
      assertThrows('InvalidStateError', () => decoder.decode(delta));
      decoder.configure({ codec: 'vp8' });
      assertThrows('DataError', () => decoder.decode(delta));
      assert.equal(decoder.decodeQueueSize, 0);
      decoder.decode(key);
      decoder.decode(delta);
      const flushed = decoder.flush();
      assertThrows('DataError', () => decoder.decode(delta));
      decoder.decode(key);
      decoder.configure({ codec: 'vp8' });
      assertThrows('DataError', () => decoder.decode(delta));
      decoder.decode(key);
      decoder.reset();
      await flushed.catch(() => undefined);
      decoder.configure({ codec: 'vp8' });
      assertThrows('DataError', () => decoder.decode(delta));
      decoder.decode(key);
      decoder.decode(delta);
      await decoder.flush();
      assert.equal(frames.at(-1)?.timestamp, delta.timestamp);
      assert.equal(decoder.state, 'configured');
      assert.deepEqual(errors, []);
    }),
);

conformance('#dom-videodecoder-flush', 'a refused flush() does not ask for a key chunk', (env) =>
  withDecoder(env, async ({ decoder, frames }) => {
    await assertRejects('InvalidStateError', decoder.flush());
    decoder.configure({ codec: 'vp8' });
    await decodeAll(env, decoder, await encodeVideo(env));
    assert.equal(frames.length, 4);
  }),
);

conformance('#output-videoframes', 'frames have the timestamps and durations of their chunks', (env) =>
  withDecoder(env, async ({ decoder, frames }) => {
    const encoded = await encodeVideo(env);
    encoded.chunks.forEach((chunk, index) => {
      chunk.timestamp = index * 1000 - 1500;
      if (index % 2 === 1) chunk.duration = null;
    });
    for (const { duration, ...chunk } of encoded.chunks) {
      const init = duration === null ? chunk : { ...chunk, duration };
      if (decoder.state === 'unconfigured') decoder.configure({ codec: 'vp8' });
      decoder.decode(new env.webcodecs.EncodedVideoChunk(init));
    }
    await decoder.flush();
    assert.deepEqual(
      frames.map(({ timestamp, duration }) => [timestamp, duration]),
      [
        [-1500, 40_000],
        [-500, null],
        [500, 40_000],
        [1500, null],
      ],
    );
  }),
);

conformance(
  '#dom-videodecoderconfig-colorspace',
  'overrides what the stream says, and is there where it says nothing',
  (env) =>
    withDecoder(env, async ({ decoder, frames }) => {
      const encoded = await encodeVideo(env);
      const colorSpace = { primaries: 'bt2020', transfer: 'pq', matrix: 'bt2020-ncl', fullRange: true } as const;
      decoder.configure({ codec: 'vp8', colorSpace });
      await decodeAll(env, decoder, encoded);
      assert.deepEqual(frames[0]?.colorSpace.toJSON() as object, colorSpace);
    }),
);

conformance(
  '#videoframe-pick-color-space',
  'a stream that says nothing of its colours has those of BT.709',
  async (env) => {
    for (const codec of ['vp09.00.10.08', 'av01.0.04M.08', 'avc1.42001e', 'hvc1.1.6.L60.B0']) {
      const encoded = await encodeVideo(env, { codec }, 1, { colorSpace: {} });
      const { colorSpace: _, ...config } = encoded.decoderConfig;
      await withDecoder(env, async ({ decoder, frames }) => {
        decoder.configure(config);
        await decodeAll(env, decoder, encoded);
        const rec709 = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false };
        assert.deepEqual(frames[0]?.colorSpace.toJSON() as object, rec709, codec);
      });
    }
  },
);

conformance('#dom-videodecoderconfig-rotation', 'rotation and flip are the frames’ own', (env) =>
  withDecoder(env, async ({ decoder, frames }) => {
    const encoded = await encodeVideo(env, {}, 1);
    for (const [rotation, flip] of [
      [90, true],
      [-90, false],
      [181, false],
    ] as const) {
      decoder.configure({ codec: 'vp8', rotation, flip });
      await decodeAll(env, decoder, encoded);
    }
    assert.deepEqual(
      frames.map(({ rotation, flip, displayWidth }) => [rotation, flip, displayWidth]),
      [
        [90, true, 48],
        [270, false, 48],
        [180, false, 64],
      ],
    );
  }),
);

conformance('#dom-videodecoderconfig-displayaspectwidth', 'gives the display size its ratio', (env) =>
  withDecoder(env, async ({ decoder, frames }) => {
    const encoded = await encodeVideo(env, {}, 1);
    decoder.configure({ codec: 'vp8', displayAspectWidth: 2, displayAspectHeight: 1 });
    await decodeAll(env, decoder, encoded);
    const [frame] = frames;
    assert.equal((frame?.displayWidth ?? 0) / (frame?.displayHeight ?? 1), 2);
    assert.deepEqual([frame?.codedWidth, frame?.visibleRect?.width, frame?.visibleRect?.height], [64, 64, 48]);
  }),
);

conformance('#dom-videodecoderconfig-description', 'is copied: changing it afterwards changes nothing', (env) =>
  withDecoder(env, async ({ decoder, frames, errors }) => {
    const encoded = await encodeVideo(env, { codec: 'avc1.42001e' });
    const description = new Uint8Array(encoded.decoderConfig['description'] as ArrayBuffer).slice();
    decoder.configure({ codec: 'avc1.42001e', description });
    description.fill(0);
    await decodeAll(env, decoder, encoded);
    assert.equal(frames.length, 4);
    assert.deepEqual(errors, []);
  }),
);

conformance('#valid-videodecoderconfig', 'a detached description is a TypeError', ({ webcodecs }) => {
  const decoder = new webcodecs.VideoDecoder({ output: (frame) => frame.close(), error: () => undefined });
  const description = new Uint8Array(8);
  structuredClone(description.buffer, { transfer: [description.buffer] });
  assertThrows('TypeError', () => decoder.configure({ codec: 'vp8', description }));
  assertThrows('TypeError', () => decoder.configure({ codec: 'vp8', description: description.buffer }));
  assertThrows('TypeError', () => decoder.configure({ codec: 'vp8', description: 'text' as never }));
  assert.equal(decoder.state, 'unconfigured');
  decoder.close();
});

conformance('#config-support', 'a description that is none ends in a NotSupportedError', (env) =>
  withDecoder(env, async ({ decoder, errors }) => {
    decoder.configure({ codec: 'avc1.42001e', description: new Uint8Array([9, 9, 9]) });
    await assertRejects('NotSupportedError', decoder.flush());
    assert.equal(errors[0]?.name, 'NotSupportedError');
  }),
);

const avcDescription = 'https://www.w3.org/TR/webcodecs-avc-codec-registration/#videodecoderconfig-description';

conformance(avcDescription, 'with a description the stream is `avc`, without one `annexb`', async (env) => {
  for (const format of ['avc', 'annexb'] as const) {
    const encoded = await encodeVideo(env, { codec: 'avc1.42001e', avc: { format } });
    await withDecoder(env, async ({ decoder, frames, errors }) => {
      decoder.configure(encoded.decoderConfig);
      await decodeAll(env, decoder, encoded);
      assert.deepEqual(errors, []);
      assert.equal(frames.length, 4, format);
    });
  }
});

conformance('#dom-videodecoder-decode', 'frames of before an input that fails still come out', (env) =>
  withDecoder(env, async ({ decoder, frames, errors }) => {
    const encoded = await encodeVideo(env);
    decoder.configure({ codec: 'vp8' });
    for (const chunk of encoded.chunks) decoder.decode(chunkOf(env, chunk));
    await decoder.flush();
    decoder.decode(env.videoChunk('key', 0, new Uint8Array(32)));
    decoder.decode(chunkOf(env, encoded.chunks[0] as StoredChunk));
    await assertRejects('EncodingError', decoder.flush());
    assert.equal(frames.length, 4);
    assert.equal(errors.length, 1);
    assert.equal(decoder.state, 'closed');
  }),
);

const codecs = ['vp8', 'vp09.00.10.08', 'av01.0.04M.08', 'avc1.42001e', 'hvc1.1.6.L60.B0'];
for (const codec of codecs) {
  for (const format of codec.startsWith('avc') || codec.startsWith('hvc') ? ['described', 'annexb'] : ['']) {
    conformance(
      '#dom-videodecoder-decode',
      `looks whether a key chunk is truly one: ${codec} ${format}`,
      async (env) => {
        const options = format === 'annexb' ? { avc: { format }, hevc: { format } } : {};
        const encoded = await encodeVideo(env, { codec, ...options, latencyMode: 'realtime' }, 3);
        const [key, delta] = encoded.chunks;
        if (key?.type !== 'key' || delta?.type !== 'delta') assert.fail('the encoder made no delta chunk');
        await withDecoder(env, async ({ decoder, frames, errors }) => {
          decoder.configure(encoded.decoderConfig);
          assertThrows('DataError', () => decoder.decode(env.videoChunk('key', 0, delta.data)));
          assert.equal(decoder.decodeQueueSize, 0);
          decoder.decode(env.videoChunk('key', 0, key.data));
          decoder.decode(env.videoChunk('key', 1, delta.data));
          const flushed = decoder.flush();
          assertThrows('DataError', () => decoder.decode(env.videoChunk('key', 0, delta.data)));
          await flushed;
          assert.equal(frames.length, 2);
          assert.deepEqual(errors, []);
        });
      },
    );
  }
}

conformance(
  '#dom-videodecoder-decode',
  'a key chunk without a picture is a DataError where that shows at once, else an EncodingError',
  async (env) => {
    for (const codec of codecs) {
      await withDecoder(env, async ({ decoder, frames, errors }) => {
        decoder.configure({ codec });
        let refusal = '';
        try {
          decoder.decode(env.videoChunk('key', 0, new Uint8Array(100)));
          await decoder.flush();
        } catch (error) {
          refusal = (error as DOMException).name;
        }
        assert.include(['DataError', 'EncodingError'], refusal, codec);
        assert.deepEqual(
          errors.map(({ name }) => name),
          refusal === 'DataError' ? [] : ['EncodingError'],
        );
        assert.equal(frames.length, 0);
      });
    }
  },
);
