/** What the audio codecs' registrations ask for: strings, configurations, descriptions, samples, and damage. */
import { assert } from 'chai';
import type { AudioDecoderConfig, AudioEncoderConfig } from '../../app/client/index.js';
import {
  bytesOf,
  configOf,
  decodeSounds,
  encodeSounds,
  encodeTone,
  isEncodable,
  joined,
  registration,
  stereo,
} from './audio-coding.js';
import { assertIsError, assertRejects, assertThrows, type Env, Suite, until } from './harness.js';

export const suite = new Suite('audio codecs');
const { conformance } = suite;

const pcm = ['pcm-u8', 'pcm-s16', 'pcm-s24', 'pcm-s32', 'pcm-f32', 'alaw', 'ulaw'];
const encodable = ['mp4a.40.2', 'mp4a.40.02', 'mp4a.67', 'opus', 'mp3', 'mp4a.69', 'mp4a.6B', 'flac', 'vorbis', ...pcm];

const described = new Map<string, AudioDecoderConfig>();

/** A decoder's configuration for what an encoder of the codec makes. */
async function decoderConfigOf(env: Env, codec: string): Promise<AudioDecoderConfig> {
  const known = described.get(codec) ?? (await encodeTone(env, { codec, ...stereo })).configs[0];
  assert.isDefined(known);
  described.set(codec, known as AudioDecoderConfig);
  return known as AudioDecoderConfig;
}

async function isDecodable(env: Env, config: AudioDecoderConfig): Promise<boolean> {
  return (await env.webcodecs.AudioDecoder.isConfigSupported(config)).supported;
}

conformance(
  'https://www.w3.org/TR/webcodecs-codec-registry/#audio-codec-registry',
  'what can be encoded',
  async (env) => {
    for (const codec of encodable) assert.isTrue(await isEncodable(env, { codec, ...stereo }), codec);
    for (const codec of ['mp4a.40.5', 'mp4a.40.05', 'mp4a.40.29', 'mp4a.40.42', 'ac-3']) {
      assert.isFalse(await isEncodable(env, { codec, ...stereo }), codec);
    }
  },
);

conformance(
  'https://www.w3.org/TR/webcodecs-codec-registry/#audio-codec-registry',
  'what can be decoded',
  async (env) => {
    for (const codec of [...encodable, 'mp4a.40.5', 'mp4a.40.05', 'mp4a.40.29']) {
      const description = /flac|vorbis/.test(codec) ? (await decoderConfigOf(env, codec)).description : undefined;
      const config = { codec, ...stereo, ...(description && { description }) };
      assert.isTrue(await isDecodable(env, config), codec);
    }
  },
);

conformance('#config-codec-string', 'ambiguous and unknown strings are not supported', async (env) => {
  for (const codec of [
    'aac',
    'mp4a',
    'mp4a.40',
    'mp4a.40.3',
    'mp4a.40.2 ',
    ' opus',
    'Opus',
    'pcm',
    'pcm-s8',
    'flac.1',
  ]) {
    assert.isFalse(await isEncodable(env, { codec, ...stereo }), codec);
    assert.isFalse(await isDecodable(env, { codec, ...stereo }), codec);
  }
});

conformance(
  '#clone-config',
  'isConfigSupported() gives what it knows, nested members and defaults too',
  async ({ webcodecs }) => {
    const asked = { codec: 'opus', ...stereo, extra: 1, opus: { complexity: 5, extra: 2 }, flac: {}, aac: {} };
    const { config } = await webcodecs.AudioEncoder.isConfigSupported(asked as AudioEncoderConfig);
    assert.deepEqual(
      { ...config },
      {
        codec: 'opus',
        ...stereo,
        bitrateMode: 'variable',
        opus: {
          format: 'opus',
          signal: 'auto',
          application: 'audio',
          frameDuration: 20_000,
          complexity: 5,
          packetlossperc: 0,
          useinbandfec: false,
          usedtx: false,
        },
        flac: { blockSize: 0, compressLevel: 5 },
        aac: { format: 'aac' },
      },
    );
    const description = new Uint8Array([0x11, 0x90]);
    const given = { codec: 'mp4a.40.2', ...stereo, description, bitrate: 1 };
    const answer = await webcodecs.AudioDecoder.isConfigSupported(given);
    assert.hasAllKeys(answer.config, ['codec', 'sampleRate', 'numberOfChannels', 'description']);
    description.fill(0);
    assert.deepEqual([...bytesOf(answer.config.description)], [0x11, 0x90]);
  },
);

conformance(registration('opus'), 'an OpusEncoderConfig that is not valid is a TypeError', async ({ webcodecs }) => {
  const bad = [
    { frameDuration: 0 },
    { frameDuration: 2499 },
    { frameDuration: 3000 },
    { frameDuration: 122_500 },
    { complexity: 11 },
    { packetlossperc: 101 },
    { format: 'webm' },
    { signal: 'noise' },
    { application: 'music' },
  ];
  const encoder = new webcodecs.AudioEncoder({ output: () => undefined, error: () => undefined });
  for (const opus of bad) {
    // Whatever the codec is: the extension is there.
    for (const codec of ['opus', 'flac']) {
      const config = { codec, ...stereo, opus } as AudioEncoderConfig;
      await assertRejects('TypeError', webcodecs.AudioEncoder.isConfigSupported(config));
      assertThrows('TypeError', () => encoder.configure(config));
    }
  }
  assert.equal(encoder.state, 'unconfigured');
  encoder.close();
});

conformance(registration('flac'), 'a FlacEncoderConfig that is not valid is a TypeError', async ({ webcodecs }) => {
  for (const flac of [{ blockSize: 15 }, { blockSize: 65_536 }, { compressLevel: 9 }, { blockSize: -1 }]) {
    const config = { codec: 'flac', ...stereo, flac };
    await assertRejects('TypeError', webcodecs.AudioEncoder.isConfigSupported(config));
  }
});

conformance(
  '#output-encodedaudiochunks',
  'the first chunk starts where the sound does; all follow without a gap',
  async (env) => {
    const start = 1_234_567;
    for (const codec of encodable) {
      const { chunks } = await encodeTone(env, { codec, ...stereo }, start);
      assert.equal(chunks[0]?.timestamp, start, codec);
      let end = start;
      for (const { timestamp, duration } of chunks) {
        assert.equal(timestamp, end, codec);
        end += duration;
      }
      // What an encoder puts in front of the sound, it puts behind it too: less than a frame.
      assert.isAtLeast(end, start + 500_000, codec);
      assert.isAtMost(end, start + 500_000 + 24_000, codec);
    }
  },
);

conformance(
  '#output-encodedaudiochunks',
  'the first chunk alone comes with a decoderConfig, of what was configured',
  async (env) => {
    for (const codec of encodable) {
      const { configs } = await encodeTone(env, { codec, sampleRate: 44_100, numberOfChannels: 1 });
      const [first, ...others] = configs;
      assert.deepInclude(first, { codec, sampleRate: 44_100, numberOfChannels: 1 });
      assert.isTrue(
        others.every((config) => config === undefined),
        codec,
      );
    }
  },
);

const descriptions: readonly { codec: string; start: readonly number[] }[] = [
  { codec: 'mp4a.40.2', start: [0x11, 0x90] }, // AAC LC, 48 kHz, stereo
  { codec: 'flac', start: [0x66, 0x4c, 0x61, 0x43, 0x80, 0, 0, 34] },
  { codec: 'vorbis', start: [2, 30] },
  { codec: 'opus', start: [0x4f, 0x70, 0x75, 0x73, 0x48, 0x65, 0x61, 0x64, 1, 2] }, // optional; Chromium gives it too
];

conformance('#output-encodedaudiochunks', 'descriptions are what the registrations ask for', async (env) => {
  for (const { codec, start } of descriptions) {
    const { description } = await decoderConfigOf(env, codec);
    assert.deepEqual([...bytesOf(description).subarray(0, start.length)], start, codec);
  }
  for (const codec of ['mp3', ...pcm]) {
    assert.notProperty(await decoderConfigOf(env, codec), 'description', codec);
  }
});

conformance('#dom-audioencoder-encode', 'sound of another rate or channel count is an EncodingError', async (env) => {
  const others: Record<string, number>[] = [{ sampleRate: 44_100 }, { numberOfChannels: 1 }];
  // A browser has no such sound to give.
  if (env.surroundings !== 'page') others.push({ numberOfFrames: 8, sampleRate: 2 ** 100 });
  for (const other of others) {
    const errors: DOMException[] = [];
    const encoder = new env.webcodecs.AudioEncoder({ output: () => undefined, error: (error) => errors.push(error) });
    encoder.configure({ codec: 'opus', ...stereo });
    const sound = env.audio({ ...stereo, ...other });
    encoder.encode(sound);
    sound.close();
    await until('the encoder fails', () => encoder.state === 'closed');
    assertIsError(errors[0], 'EncodingError');
  }
});

conformance('#check-configuration-support', 'a description that is missing or none is not supported', async (env) => {
  const cases: AudioDecoderConfig[] = [
    { codec: 'flac', ...stereo },
    { codec: 'vorbis', ...stereo },
    ...['flac', 'vorbis', 'opus', 'mp4a.40.2'].map((codec) => ({ codec, ...stereo, description: new Uint8Array(3) })),
    { codec: 'mp4a.40.42', ...stereo },
  ];
  for (const config of cases) {
    assert.isFalse(await isDecodable(env, config), config.codec);
    const { errors, state } = await decodeSounds(env, config, []);
    assert.equal(state, 'closed');
    assertIsError(errors[0], 'NotSupportedError');
  }
});

conformance(
  '#dom-audiodecoderconfig-samplerate',
  'rate and channels are the stream’s where it says them',
  async (env) => {
    for (const codec of ['mp4a.40.2', 'mp3', 'flac', 'vorbis']) {
      const encoded = await encodeTone(env, { codec, ...stereo });
      for (const wrong of [0, 1, 8000]) {
        const config = { ...configOf(encoded), sampleRate: wrong, numberOfChannels: wrong };
        const { outputs, errors } = await decodeSounds(env, config, encoded.chunks);
        assert.deepEqual(errors, [], codec);
        assert.equal(outputs[0]?.sampleRate, 48_000);
        assert.equal(outputs[0]?.channels.length, 2);
      }
    }
  },
);

conformance('#output-audiodata', 'what is decoded has its chunk’s timestamp', async (env) => {
  for (const codec of ['mp4a.40.2', 'opus', 'mp3', 'flac', 'pcm-s16']) {
    const { chunks, configs } = await encodeTone(env, { codec, ...stereo });
    const moved = chunks.map((chunk, index) => ({ ...chunk, timestamp: 7 - index * index * 1000 }));
    const { outputs } = await decodeSounds(env, configs[0] as AudioDecoderConfig, moved);
    assert.deepEqual(
      outputs.map(({ timestamp }) => timestamp),
      moved.map(({ timestamp }) => timestamp),
      codec,
    );
  }
});

const nonsense: readonly { codec: string; data: Uint8Array<ArrayBuffer> }[] = [
  ...['mp4a.40.2', 'mp3', 'flac', 'vorbis'].map((codec) => ({ codec, data: new Uint8Array(64).fill(0xff) })),
  { codec: 'opus', data: new Uint8Array([3, 0]) }, // several frames, of which there are none
  { codec: 'pcm-s16', data: new Uint8Array(3) }, // less than a sample of both channels
];

conformance('#dom-audiodecoder-decode', 'a damaged chunk is an EncodingError where the codec can tell', async (env) => {
  for (const { codec, data } of nonsense) {
    const encoded = await encodeTone(env, { codec, ...stereo });
    const chunks = [...encoded.chunks.slice(0, 3), { timestamp: 60_000, data }];
    const { errors, state } = await decodeSounds(env, configOf(encoded), chunks);
    assert.equal(state, 'closed', codec);
    assertIsError(errors[0], 'EncodingError');
  }
});

conformance(registration('pcm'), 'samples go through as they are, 24 bits in the upper part of s32', async (env) => {
  const types = { 'pcm-u8': 'u8', 'pcm-s16': 's16', 'pcm-s24': 's32', 'pcm-s32': 's32', 'pcm-f32': 'f32' } as const;
  for (const [codec, format] of Object.entries(types)) {
    const sound = env.audio({ format, ...stereo });
    const expected = new Float32Array(960);
    sound.copyTo(expected, { planeIndex: 1, format: 'f32-planar' });
    const { chunks, configs } = await encodeSounds(env, { codec, ...stereo }, [sound]);
    const { outputs } = await decodeSounds(env, configs[0] as AudioDecoderConfig, chunks);
    assert.equal(outputs[0]?.format.replace('-planar', ''), format);
    const tolerance = codec === 'pcm-s24' ? 2 ** -22 : 0;
    joined(outputs, 1).forEach((value, index) => {
      assert.closeTo(value, expected[index] as number, tolerance, codec);
    });
  }
});

conformance('#audio-channel-ordering', 'eight channels come out in the order that they went in', async (env) => {
  const shape = { sampleRate: 48_000, numberOfChannels: 8, numberOfFrames: 9600 } as const;
  for (const codec of ['flac', 'pcm-s16', 'opus', 'vorbis', 'mp4a.40.2']) {
    // A tone of its own on each channel, none on the fourth: some codecs keep only the lowest tones there.
    const data = Float32Array.from({ length: 8 * 9600 }, (_, index) => {
      const channel = Math.floor(index / 9600);
      return channel === 3 ? 0 : Math.sin((2 * Math.PI * (400 + 300 * channel) * (index % 9600)) / 48_000) / 4;
    });
    const sound = new env.webcodecs.AudioData({ format: 'f32-planar', ...shape, timestamp: 0, data });
    const config = { codec, sampleRate: 48_000, numberOfChannels: 8, ...(codec === 'opus' && { bitrate: 400_000 }) };
    const { chunks, configs } = await encodeSounds(env, config, [sound]);
    const { outputs } = await decodeSounds(env, configs[0] as AudioDecoderConfig, chunks);
    for (const channel of [0, 1, 2, 4, 5, 6, 7]) {
      const samples = joined(outputs, channel).slice(4000, 8800);
      const strength = (frequency: number): number => {
        const angles = samples.map((_, index) => (2 * Math.PI * frequency * index) / 48_000);
        const sum = (wave: (angle: number) => number): number =>
          samples.reduce((total, sample, index) => total + sample * wave(angles[index] as number), 0);
        return Math.hypot(sum(Math.sin), sum(Math.cos));
      };
      const strengths = Array.from({ length: 8 }, (_, other) => strength(400 + 300 * other));
      assert.equal(strengths.indexOf(Math.max(...strengths)), channel, codec);
    }
  }
});
