/** AudioEncoder: https://w3c.github.io/webcodecs/#audioencoder-interface */
import { assert } from 'chai';
import { addCodecClauses } from './codec-clauses.js';
import { assertThrows, Suite } from './harness.js';
import { audioConfig, encodeAudio, kinds } from './kinds.js';

export const suite = new Suite('AudioEncoder');
const { conformance } = suite;

addCodecClauses(kinds.audioEncoder, suite);

conformance('#dom-audioencoder-encode', 'closed data is a TypeError, before the state is looked at', async (env) => {
  const { webcodecs } = env;
  const encoder = new webcodecs.AudioEncoder({ output: () => undefined, error: () => undefined });
  const data = env.audio();
  data.close();
  assertThrows('TypeError', () => encoder.encode(data));
  encoder.configure(audioConfig);
  assertThrows('TypeError', () => encoder.encode(data));
  encoder.close();
  assertThrows('TypeError', () => encoder.encode(data));
  assert.equal(encoder.encodeQueueSize, 0);
});

conformance('#dom-audioencoder-encode', 'takes a clone: the data stays the caller’s, open or closed', async (env) => {
  const { webcodecs } = env;
  const timestamps: number[] = [];
  const encoder = new webcodecs.AudioEncoder({
    output: ({ timestamp }) => timestamps.push(timestamp),
    error: (error) => assert.fail(error.message),
  });
  encoder.configure({ ...audioConfig, codec: 'pcm-s16' });
  const data = env.audio();
  encoder.encode(data);
  assert.equal(data.numberOfFrames, 960);
  data.close();
  await encoder.flush();
  assert.deepEqual(timestamps, [0]);
  encoder.close();
});

conformance('#output-encodedaudiochunks', 'chunks are key chunks that follow each other in time', async (env) => {
  const { chunks } = await encodeAudio(env, {}, 5);
  assert.isAtLeast(chunks.length, 5);
  chunks.forEach(({ type, timestamp, duration }, index) => {
    assert.equal(type, 'key');
    assert.equal(timestamp, index * 20_000);
    if (index < 5) assert.equal(duration, 20_000);
  });
});

conformance(
  '#output-encodedaudiochunks',
  'the first chunk says how to decode it, the others don’t repeat it',
  async (env) => {
    const { metadata, decoderConfig } = await encodeAudio(env, { numberOfChannels: 2 }, 3);
    assert.include(decoderConfig, { codec: 'opus', sampleRate: 48_000, numberOfChannels: 2 });
    assert.isTrue(metadata.slice(1).every((more) => !('decoderConfig' in more)));
    const { supported } = await env.webcodecs.AudioDecoder.isConfigSupported(decoderConfig as never);
    assert.isTrue(supported);
  },
);

conformance(
  '#output-encodedaudiochunks',
  'a configuration that changes something is told of with its first chunk',
  async (env) => {
    const rates: unknown[] = [];
    const encoder = new env.webcodecs.AudioEncoder({
      output: (_chunk, more) => rates.push(more?.decoderConfig?.sampleRate),
      error: (error) => assert.fail(error.message),
    });
    for (const sampleRate of [48_000, 48_000, 16_000]) {
      encoder.configure({ ...audioConfig, codec: 'pcm-s16', sampleRate });
      const data = env.audio({ sampleRate });
      encoder.encode(data);
      data.close();
    }
    await encoder.flush();
    assert.deepEqual(rates, [48_000, undefined, 16_000]);
    encoder.reset();
    encoder.configure({ ...audioConfig, codec: 'pcm-s16', sampleRate: 16_000 });
    const data = env.audio({ sampleRate: 16_000 });
    encoder.encode(data);
    data.close();
    await encoder.flush();
    assert.deepEqual(rates.slice(3), [16_000]);
    encoder.close();
  },
);

const aacFormat = 'https://www.w3.org/TR/webcodecs-aac-codec-registration/#aac-bitstream-format';

conformance(aacFormat, '`aac` is raw with a description, `adts` describes itself', async (env) => {
  const base = { codec: 'mp4a.40.2', bitrate: 96_000 };
  const raw = await encodeAudio(env, base);
  assert.isAtLeast((raw.decoderConfig['description'] as ArrayBuffer).byteLength, 2);
  const adts = await encodeAudio(env, { ...base, aac: { format: 'adts' } });
  assert.notProperty(adts.decoderConfig, 'description');
  const [first, second] = adts.chunks[0]?.data ?? [];
  assert.equal((((first ?? 0) << 4) | ((second ?? 0) >> 4)) & 0xfff, 0xfff);
});

const opusFormat = 'https://www.w3.org/TR/webcodecs-opus-codec-registration/#opus-bitstream-format';

// The text leaves open whether `opus` comes with a description; Chromium gives one, and writers of Ogg files want it.
conformance(opusFormat, '`opus` and `ogg` both come with an identification header', async (env) => {
  for (const format of ['opus', 'ogg'] as const) {
    const { decoderConfig } = await encodeAudio(env, { opus: { format } }, 1);
    const head = new Uint8Array(decoderConfig['description'] as ArrayBuffer);
    assert.equal(String.fromCharCode(...head.subarray(0, 8)), 'OpusHead');
  }
});

const flacDescription = 'https://www.w3.org/TR/webcodecs-flac-codec-registration/#audiodecoderconfig-description';

conformance(flacDescription, 'a FLAC description begins with fLaC and STREAMINFO', async (env) => {
  const { decoderConfig } = await encodeAudio(env, { codec: 'flac' });
  const bytes = new Uint8Array(decoderConfig['description'] as ArrayBuffer);
  assert.equal(String.fromCharCode(...bytes.subarray(0, 4)), 'fLaC');
  assert.equal((bytes[4] ?? 0) & 0x7f, 0);
});
