/** AudioDecoder: https://w3c.github.io/webcodecs/#audiodecoder-interface */
import { assert } from 'chai';
import { addCodecClauses } from './codec-clauses.js';
import { assertRejects, assertThrows, type Env, Suite } from './harness.js';
import { audioConfig, encodeAudio, kinds } from './kinds.js';

export const suite = new Suite('AudioDecoder');
const { conformance } = suite;

addCodecClauses(kinds.audioDecoder, suite);

type AudioDecoder = InstanceType<Env['webcodecs']['AudioDecoder']>;

interface Sound {
  timestamp: number;
  duration: number;
  numberOfFrames: number;
  numberOfChannels: number;
  sampleRate: number;
}

async function withDecoder(
  env: Env,
  body: (recorded: { decoder: AudioDecoder; sounds: Sound[]; errors: DOMException[] }) => Promise<void> | void,
): Promise<void> {
  const sounds: Sound[] = [];
  const errors: DOMException[] = [];
  const decoder = new env.webcodecs.AudioDecoder({
    output: (data) => {
      const { timestamp, duration, numberOfFrames, numberOfChannels, sampleRate } = data;
      sounds.push({ timestamp, duration, numberOfFrames, numberOfChannels, sampleRate });
      data.close();
    },
    error: (error) => errors.push(error),
  });
  try {
    await body({ decoder, sounds, errors });
  } finally {
    if (decoder.state !== 'closed') decoder.close();
  }
}

conformance(
  '#dom-audiodecoder-key-chunk-required-slot',
  'a delta chunk is a DataError after configure(), flush() and reset()',
  (env) =>
    withDecoder(env, async ({ decoder, sounds, errors }) => {
      const { chunks } = await encodeAudio(env);
      const [data] = chunks;
      if (!data) return;
      const key = env.audioChunk('key', 0, data.data);
      const delta = env.audioChunk('delta', 20_000, data.data);
      assertThrows('InvalidStateError', () => decoder.decode(delta));
      decoder.configure(audioConfig);
      assertThrows('DataError', () => decoder.decode(delta));
      assert.equal(decoder.decodeQueueSize, 0);
      decoder.decode(key);
      decoder.decode(delta);
      const flushed = decoder.flush();
      assertThrows('DataError', () => decoder.decode(delta));
      await flushed;
      assert.equal(sounds.length, 2);
      decoder.reset();
      decoder.configure(audioConfig);
      assertThrows('DataError', () => decoder.decode(delta));
      assert.equal(decoder.state, 'configured');
      assert.deepEqual(errors, []);
    }),
);

conformance('#output-audiodata', 'data has the timestamps of its chunks, and what the stream has', (env) =>
  withDecoder(env, async ({ decoder, sounds }) => {
    const { chunks, decoderConfig } = await encodeAudio(env, { numberOfChannels: 2 }, 3);
    decoder.configure(decoderConfig as never);
    for (const { data, timestamp } of chunks.slice(0, 3)) decoder.decode(env.audioChunk('key', timestamp + 500, data));
    await decoder.flush();
    assert.deepEqual(
      sounds.map(({ timestamp }) => timestamp),
      [500, 20_500, 40_500],
    );
    for (const sound of sounds) assert.include(sound, { numberOfChannels: 2, sampleRate: 48_000, duration: 20_000 });
  }),
);

conformance('#valid-audiodecoderconfig', 'a detached description is a TypeError', ({ webcodecs }) => {
  const decoder = new webcodecs.AudioDecoder({ output: (data) => data.close(), error: () => undefined });
  const description = new Uint8Array(8);
  structuredClone(description.buffer, { transfer: [description.buffer] });
  assertThrows('TypeError', () => decoder.configure({ ...audioConfig, description }));
  assert.equal(decoder.state, 'unconfigured');
  decoder.close();
});

const required = [
  ['flac', 'https://www.w3.org/TR/webcodecs-flac-codec-registration/#audiodecoderconfig-description'],
  ['vorbis', 'https://www.w3.org/TR/webcodecs-vorbis-codec-registration/#audiodecoderconfig-description'],
] as const;
for (const [codec, anchor] of required) {
  conformance(anchor, `without a description ${codec} is valid and not supported`, (env) =>
    withDecoder(env, async ({ decoder, errors }) => {
      decoder.configure({ ...audioConfig, codec });
      await assertRejects('NotSupportedError', decoder.flush());
      assert.equal(errors[0]?.name, 'NotSupportedError');
    }),
  );
}

conformance('#dom-audiodecoderconfig-description', 'is copied: changing it afterwards changes nothing', (env) =>
  withDecoder(env, async ({ decoder, sounds, errors }) => {
    const { chunks, decoderConfig } = await encodeAudio(env, { codec: 'flac' }, 10);
    const description = new Uint8Array(decoderConfig['description'] as ArrayBuffer).slice();
    decoder.configure({ ...audioConfig, codec: 'flac', description });
    description.fill(0);
    for (const { data, timestamp } of chunks) decoder.decode(env.audioChunk('key', timestamp, data));
    await decoder.flush();
    assert.deepEqual(errors, []);
    assert.equal(
      sounds.reduce((sum, { numberOfFrames }) => sum + numberOfFrames, 0),
      9600,
    );
  }),
);

const aacDescription = 'https://www.w3.org/TR/webcodecs-aac-codec-registration/#audiodecoderconfig-description';

conformance(
  aacDescription,
  'with a description AAC is raw, without one ADTS; rate and channels are the stream’s',
  async (env) => {
    for (const format of ['aac', 'adts'] as const) {
      const { chunks, decoderConfig } = await encodeAudio(env, { codec: 'mp4a.40.2', aac: { format } });
      await withDecoder(env, async ({ decoder, sounds, errors }) => {
        decoder.configure({ ...(decoderConfig as never as typeof audioConfig), sampleRate: 8000, numberOfChannels: 7 });
        for (const { data, timestamp } of chunks) decoder.decode(env.audioChunk('key', timestamp, data));
        await decoder.flush();
        assert.deepEqual(errors, [], format);
        assert.isAbove(sounds.length, 0);
        for (const sound of sounds) assert.include(sound, { sampleRate: 48_000, numberOfChannels: 1 });
      });
    }
  },
);
