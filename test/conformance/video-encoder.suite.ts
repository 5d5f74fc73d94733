/** VideoEncoder: https://w3c.github.io/webcodecs/#videoencoder-interface */
import { assert } from 'chai';
import { addCodecClauses } from './codec-clauses.js';
import { assertRejects, assertThrows, type Env, Suite } from './harness.js';
import { encodeVideo, kinds, videoConfig } from './kinds.js';

export const suite = new Suite('VideoEncoder');
const { conformance } = suite;

addCodecClauses(kinds.videoEncoder, suite);

type VideoEncoder = InstanceType<Env['webcodecs']['VideoEncoder']>;
type Metadata = Record<string, unknown> & { decoderConfig?: Record<string, unknown> };

interface Recorded {
  encoder: VideoEncoder;
  chunks: { type: string; timestamp: number; duration: number | null }[];
  metadata: Metadata[];
  errors: DOMException[];
}

/** A configured encoder, which is closed after the body. */
async function withEncoder(
  env: Env,
  config: object,
  body: (recorded: Recorded) => Promise<void> | void,
): Promise<void> {
  const chunks: Recorded['chunks'] = [];
  const metadata: Metadata[] = [];
  const errors: DOMException[] = [];
  const encoder = new env.webcodecs.VideoEncoder({
    output: ({ type, timestamp, duration }, more) => {
      chunks.push({ type, timestamp, duration });
      metadata.push({ ...more } as unknown as Metadata);
    },
    error: (error) => errors.push(error),
  });
  encoder.configure({ ...videoConfig, ...config });
  try {
    await body({ encoder, chunks, metadata, errors });
  } finally {
    if (encoder.state !== 'closed') encoder.close();
  }
}

/** Encodes a new frame and closes it. */
function encode(env: Env, encoder: VideoEncoder, init: object = {}, options?: object): void {
  const frame = env.frame({ init: { ...init } });
  try {
    encoder.encode(frame, options);
  } finally {
    frame.close();
  }
}

conformance('#dom-videoencoder-encode', 'a closed frame is a TypeError, before the state is looked at', (env) =>
  withEncoder(env, {}, ({ encoder }) => {
    const frame = env.frame();
    frame.close();
    assertThrows('TypeError', () => encoder.encode(frame));
    encoder.reset();
    assertThrows('TypeError', () => encoder.encode(frame));
    encoder.close();
    assertThrows('TypeError', () => encoder.encode(frame));
    assert.equal(encoder.encodeQueueSize, 0);
  }),
);

conformance('#dom-videoencoder-encode', 'takes a clone: the frame stays the caller’s, open or closed', (env) =>
  withEncoder(env, {}, async ({ encoder, chunks }) => {
    const frame = env.frame({ timestamp: 7 });
    encoder.encode(frame);
    encoder.encode(frame);
    assert.equal(frame.codedWidth, 64);
    frame.close();
    await encoder.flush();
    assert.deepEqual(
      chunks.map(({ timestamp }) => timestamp),
      [7, 7],
    );
  }),
);

conformance('#dom-videoencoder-encode', 'options are converted as the dictionary that they are', (env) =>
  withEncoder(env, {}, async ({ encoder, chunks }) => {
    for (const options of [5, 'text', true, Symbol('s')]) {
      assertThrows('TypeError', () => encode(env, encoder, {}, options as never));
    }
    assert.equal(encoder.encodeQueueSize, 0);
    for (const options of [undefined, null, {}, { keyFrame: undefined }, { unknown: 1 }, []]) {
      encode(env, encoder, {}, options as never);
    }
    await encoder.flush();
    assert.equal(chunks.length, 6);
  }),
);

conformance('#dom-videoencoderencodeoptions-keyframe', 'true makes a key frame, and the first frame is one', (env) =>
  withEncoder(env, {}, async ({ encoder, chunks }) => {
    for (let index = 0; index < 6; index += 1) {
      encode(
        env,
        encoder,
        { timestamp: index },
        index === 3 ? { keyFrame: true } : index === 4 ? { keyFrame: false } : {},
      );
    }
    await encoder.flush();
    assert.deepEqual(
      chunks.map(({ type }) => type),
      ['key', 'delta', 'delta', 'key', 'delta', 'delta'],
    );
  }),
);

conformance('#dom-videoencoder-encode', 'a frame that can’t be encoded is an EncodingError', async (env) => {
  const cases: [codec: string, init: Record<string, unknown>][] = [
    ['vp09.00.10.08', { colorSpace: { matrix: 'rgb' } }],
  ];
  // A browser has no such frame to give.
  if (env.surroundings !== 'page') cases.push(['vp8', { displayWidth: 2 ** 32 - 1, displayHeight: 1 }]);
  for (const [codec, init] of cases) {
    await withEncoder(env, { codec }, async ({ encoder, errors }) => {
      encode(env, encoder, init);
      await assertRejects('EncodingError', encoder.flush());
      assert.deepEqual(
        errors.map(({ name }) => name),
        ['EncodingError'],
      );
      assert.equal(encoder.state, 'closed');
    });
  }
});

conformance('#dom-latencymode-quality', 'no frame is dropped, however few the bits', async (env) => {
  for (const codec of ['vp8', 'vp09.00.10.08', 'av01.0.04M.08', 'avc1.42001e', 'hvc1.1.6.L93.B0']) {
    for (const bitrate of [0, 1, 499]) {
      await withEncoder(env, { codec, bitrate }, async ({ encoder, chunks }) => {
        for (const timestamp of [0, 1000, 2000]) encode(env, encoder, { timestamp });
        await encoder.flush();
        assert.sameMembers(
          chunks.map((chunk) => chunk.timestamp),
          [0, 1000, 2000],
          `${codec}, ${bitrate} b/s`,
        );
      });
    }
  }
});

conformance('#dom-videoencoder-flush', 'a flush does not ask for a key frame', (env) =>
  withEncoder(env, { latencyMode: 'realtime' }, async ({ encoder, chunks }) => {
    encode(env, encoder);
    await encoder.flush();
    encode(env, encoder, { timestamp: 1 });
    await encoder.flush();
    assert.equal(chunks.length, 2);
    assert.equal(encoder.state, 'configured');
  }),
);

conformance(
  '#dom-videoencoder-active-orientation-slot',
  'frames turned otherwise than the first are a DataError',
  (env) =>
    withEncoder(env, {}, async ({ encoder, chunks, errors }) => {
      encode(env, encoder, { rotation: 90, flip: true });
      for (const init of [{}, { rotation: 90 }, { flip: true }, { rotation: 270, flip: true }]) {
        assertThrows('DataError', () => encode(env, encoder, init));
      }
      assert.equal(encoder.encodeQueueSize, 1);
      assert.equal(encoder.state, 'configured');
      encode(env, encoder, { rotation: 450, flip: true });
      encoder.configure(videoConfig);
      encode(env, encoder, { rotation: 180 });
      assertThrows('DataError', () => encode(env, encoder, { rotation: 90, flip: true }));
      await encoder.flush();
      assert.equal(chunks.length, 3);
      assert.deepEqual(errors, []);
    }),
);

conformance('#dom-videoencoder-encode', 'the state is looked at before the orientation', (env) =>
  withEncoder(env, {}, ({ encoder }) => {
    encode(env, encoder, { rotation: 90 });
    encoder.reset();
    assertThrows('InvalidStateError', () => encode(env, encoder));
  }),
);

conformance('#output-encodedvideochunks', 'chunks have the timestamps and durations of their frames', (env) =>
  withEncoder(env, {}, async ({ encoder, chunks }) => {
    encode(env, encoder, { timestamp: -5, duration: 40_000 });
    encode(env, encoder, { timestamp: 40_001 });
    encode(env, encoder, { timestamp: 80_000, duration: 0 });
    await encoder.flush();
    assert.deepEqual(
      chunks.map(({ timestamp, duration }) => [timestamp, duration]),
      [
        [-5, 40_000],
        [40_001, null],
        [80_000, 0],
      ],
    );
  }),
);

conformance('#output-encodedvideochunks', 'the first chunk says how to decode it, the others don’t repeat it', (env) =>
  withEncoder(env, {}, async ({ encoder, metadata }) => {
    for (let index = 0; index < 3; index += 1) encode(env, encoder, { timestamp: index });
    await encoder.flush();
    const [first, ...others] = metadata;
    const { decoderConfig } = first as Metadata;
    assert.include(decoderConfig, { codec: 'vp8', codedWidth: 64, codedHeight: 48, rotation: 0, flip: false });
    assert.notProperty(decoderConfig, 'displayAspectWidth');
    assert.notProperty(decoderConfig, 'displayAspectHeight');
    assert.isTrue(others.every((more) => !('decoderConfig' in more)));
    assert.isTrue(metadata.every((more) => !('svc' in more) && !('alphaSideData' in more)));
    const { supported } = await env.webcodecs.VideoDecoder.isConfigSupported(decoderConfig as never);
    assert.isTrue(supported);
  }),
);

conformance('#output-encodedvideochunks', 'display size, rotation and flip are in the decoder’s configuration', (env) =>
  withEncoder(env, { displayWidth: 128, displayHeight: 48 }, async ({ encoder, metadata }) => {
    encode(env, encoder, { rotation: 270, flip: true });
    await encoder.flush();
    const expected = { displayAspectWidth: 128, displayAspectHeight: 48, rotation: 270, flip: true };
    assert.include(metadata[0]?.decoderConfig, expected);
  }),
);

conformance(
  '#dom-videoencoderconfig-displaywidth',
  'one display side alone: the other one is the coded side',
  async (env) => {
    for (const [config, expected] of [
      [{ displayWidth: 128 }, { displayAspectWidth: 128, displayAspectHeight: 48 }],
      [{ displayHeight: 96 }, { displayAspectWidth: 64, displayAspectHeight: 96 }],
    ] as const) {
      const { decoderConfig } = await encodeVideo(env, config, 1);
      assert.include(decoderConfig, expected);
      assert.isTrue((await env.webcodecs.VideoDecoder.isConfigSupported(decoderConfig)).supported);
    }
  },
);

conformance(
  '#output-encodedvideochunks',
  'a configuration that changes something is told of with its first chunk',
  (env) =>
    withEncoder(env, {}, async ({ encoder, metadata }) => {
      encode(env, encoder);
      encoder.configure(videoConfig);
      encode(env, encoder);
      encoder.configure({ ...videoConfig, displayWidth: 32, displayHeight: 48 });
      encode(env, encoder);
      encoder.configure({ ...videoConfig, width: 32, height: 32 });
      encode(env, encoder);
      await encoder.flush();
      assert.deepEqual(
        metadata.map((more) => more.decoderConfig?.['displayAspectWidth'] ?? more.decoderConfig?.['codedWidth']),
        [64, undefined, 32, 32],
      );
    }),
);

conformance(
  '#output-encodedvideochunks',
  'a decoder’s configuration is the program’s: changing it changes nothing',
  (env) =>
    withEncoder(env, { codec: 'avc1.42001e' }, async ({ encoder, metadata }) => {
      encode(env, encoder);
      await encoder.flush();
      const config = metadata[0]?.decoderConfig;
      new Uint8Array(config?.['description'] as ArrayBuffer).fill(0);
      Object.assign(config ?? {}, { codec: 'vp8', codedWidth: 1 });
      encoder.configure({ ...videoConfig, codec: 'avc1.42001e' });
      encode(env, encoder, { timestamp: 1000 });
      await encoder.flush();
      assert.deepEqual(
        metadata.map((more) => 'decoderConfig' in more),
        [true, false],
      );
    }),
);

conformance('#reset-videoencoder', 'after reset() the first chunk says again how to decode it', (env) =>
  withEncoder(env, {}, async ({ encoder, metadata }) => {
    encode(env, encoder);
    await encoder.flush();
    encoder.reset();
    encoder.configure(videoConfig);
    encode(env, encoder);
    await encoder.flush();
    assert.equal(metadata.length, 2);
    assert.deepEqual(metadata[1]?.decoderConfig, metadata[0]?.decoderConfig);
  }),
);

conformance('#dom-videoencoderconfig-width', 'frames of another size are scaled to the configured one', async (env) => {
  const frames: [number, number][] = [];
  const decoder = new env.webcodecs.VideoDecoder({
    output: (frame) => {
      frames.push([frame.displayWidth, frame.displayHeight]);
      frame.close();
    },
    error: (error) => assert.fail(error.message),
  });
  const encoder = new env.webcodecs.VideoEncoder({
    output: (chunk, metadata) => {
      if (metadata?.decoderConfig) decoder.configure(metadata.decoderConfig);
      decoder.decode(chunk);
    },
    error: (error) => assert.fail(error.message),
  });
  encoder.configure(videoConfig);
  for (const [width, height] of [
    [64, 48],
    [128, 96],
    [32, 24],
  ] as const) {
    const frame = env.frame({ width, height });
    encoder.encode(frame);
    frame.close();
  }
  await encoder.flush();
  await decoder.flush();
  assert.deepEqual(frames, [
    [64, 48],
    [64, 48],
    [64, 48],
  ]);
  encoder.close();
  decoder.close();
});

conformance(
  '#dom-videoencoderconfig-alpha',
  '`discard` encodes frames with alpha, `keep` gives its data beside',
  async (env) => {
    for (const alpha of ['discard', 'keep'] as const) {
      await withEncoder(env, { alpha }, async ({ encoder, metadata, errors }) => {
        const frame = env.frame({ format: 'I420A' });
        encoder.encode(frame);
        frame.close();
        await encoder.flush();
        assert.deepEqual(errors, []);
        assert.equal('alphaSideData' in (metadata[0] as Metadata), alpha === 'keep');
      });
    }
  },
);

const avcFormat = 'https://www.w3.org/TR/webcodecs-avc-codec-registration/#avc-bitstream-format';

conformance(avcFormat, '`avc` describes parameter sets beside the stream, `annexb` has them in it', async (env) => {
  const base = { codec: 'avc1.42001e', width: 64, height: 48 };
  const avc = await encodeVideo(env, { ...base, avc: { format: 'avc' } }, 2);
  const description = new Uint8Array(avc.decoderConfig['description'] as ArrayBuffer);
  assert.equal(description[0], 1);
  const annexb = await encodeVideo(env, { ...base, avc: { format: 'annexb' } }, 2);
  assert.notProperty(annexb.decoderConfig, 'description');
  assert.deepEqual([...(annexb.chunks[0]?.data.subarray(0, 4) ?? [])], [0, 0, 0, 1]);
  const standard = await encodeVideo(env, base, 1);
  assert.property(standard.decoderConfig, 'description');
});

conformance(
  '#dom-videoencoder-configure',
  'the configuration is copied: changing it afterwards changes nothing',
  async (env) => {
    const config = { ...videoConfig };
    const metadata: Metadata[] = [];
    const encoder = new env.webcodecs.VideoEncoder({
      output: (_chunk, more) => metadata.push({ ...more } as unknown as Metadata),
      error: (error) => assert.fail(error.message),
    });
    encoder.configure(config);
    config.width = 128;
    config.codec = 'nothing';
    encode(env, encoder);
    await encoder.flush();
    assert.equal(metadata[0]?.decoderConfig?.['codedWidth'], 64);
    encoder.close();
  },
);

conformance(
  '#dom-encodedvideochunkmetadata-svc',
  'chunks of several temporal layers say theirs, the first is of layer 0',
  async (env) => {
    const config = { ...videoConfig, scalabilityMode: 'L1T2' };
    const { supported } = await env.webcodecs.VideoEncoder.isConfigSupported(config);
    assert.isTrue(supported);
    const { metadata } = await encodeVideo(env, config, 6);
    const layers = metadata.map(({ svc }) => (svc as { temporalLayerId: number }).temporalLayerId);
    assert.equal(layers[0], 0);
    assert.sameMembers([...new Set(layers)], [0, 1]);
  },
);
