/** AudioEncoderConfig's options: each changes what is encoded. */
import { assert } from 'chai';
import type { AudioEncoderConfig } from '../../app/client/index.js';
import {
  bytesIn,
  bytesOf,
  configOf,
  decodeSounds,
  type EncodedSound,
  encodeSounds,
  encodeTone,
  isEncodable,
  noiseAndSilence,
  registration,
  stereo,
} from './audio-coding.js';
import { Suite } from './harness.js';

export const suite = new Suite('audio encoder options');
const { conformance } = suite;

conformance(registration('aac'), 'adts: each chunk is an ADTS frame, and there is no description', async (env) => {
  for (const [codec, id] of [
    ['mp4a.40.2', 0xf1],
    ['mp4a.67', 0xf9],
  ] as const) {
    const encoded = await encodeTone(env, { codec, ...stereo, aac: { format: 'adts' } });
    assert.notProperty(configOf(encoded), 'description');
    for (const { data } of encoded.chunks) {
      assert.deepEqual([...data.subarray(0, 2)], [0xff, id]);
      const [, , , three = 0, four = 0, five = 0] = data;
      assert.equal(((three & 3) << 11) | (four << 3) | (five >> 5), data.length, 'the frame length is the chunk’s');
    }
    const { outputs, errors } = await decodeSounds(env, configOf(encoded), encoded.chunks);
    assert.deepEqual(errors, []);
    assert.equal(outputs.length, encoded.chunks.length);
  }
});

conformance(registration('opus'), 'ogg: the description is an OpusHead; the packets are the same', async (env) => {
  const plain = await encodeTone(env, { codec: 'opus', ...stereo });
  const ogg = await encodeTone(env, { codec: 'opus', ...stereo, opus: { format: 'ogg' } });
  const opusHead = bytesOf(configOf(ogg).description);
  assert.equal(String.fromCharCode(...opusHead.subarray(0, 8)), 'OpusHead');
  assert.equal(opusHead[9], 2);
  assert.equal(
    new DataView(opusHead.slice(10, 12).buffer).getUint16(0, true),
    312,
    'the pre-skip is what libopus looks ahead',
  );
  assert.deepEqual(ogg.chunks, plain.chunks);
});

conformance(
  registration('opus'),
  'frameDuration is the length of the chunks; 7.5 ms is valid, but nobody’s',
  async (env) => {
    for (const frameDuration of [2500, 5000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000]) {
      const { chunks } = await encodeTone(env, { codec: 'opus', ...stereo, opus: { frameDuration } });
      assert.isTrue(
        chunks.slice(0, -1).every(({ duration }) => duration === frameDuration),
        `${frameDuration} µs`,
      );
    }
    assert.isFalse(await isEncodable(env, { codec: 'opus', ...stereo, opus: { frameDuration: 7500 } }));
  },
);

/** How many packets are of the two modes for voice: RFC 6716, 3.1. */
function voicePackets({ chunks }: EncodedSound): number {
  return chunks.filter(({ data }) => (data[0] as number) >> 3 < 16).length;
}

conformance(registration('opus'), 'signal and application choose how packets are coded', async (env) => {
  const config = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 24_000 };
  const coded = async (opus: NonNullable<AudioEncoderConfig['opus']>): Promise<number> =>
    voicePackets(await encodeTone(env, { ...config, opus }));
  assert.equal(await coded({ signal: 'music' }), 0);
  assert.isAbove(await coded({ signal: 'voice' }), 15);
  assert.isAbove(await coded({ application: 'voip' }), 15);
  assert.equal(await coded({ application: 'lowdelay', signal: 'voice' }), 0);
});

conformance(
  registration('opus'),
  'complexity, packetlossperc with useinbandfec, and usedtx take effect',
  async (env) => {
    const config = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1, bitrate: 20_000 };
    const noise = (opus: NonNullable<AudioEncoderConfig['opus']>): Promise<EncodedSound> =>
      encodeSounds(env, { ...config, opus: { application: 'voip', ...opus } }, noiseAndSilence(env, 48_000, 1));
    const plain = await noise({});
    assert.deepEqual(await noise({}), plain, 'the same twice');
    assert.notDeepEqual((await noise({ complexity: 0 })).chunks, plain.chunks);
    const lossy = { packetlossperc: 30 };
    assert.notDeepEqual((await noise({ ...lossy, useinbandfec: true })).chunks, (await noise(lossy)).chunks);
    const silent = ({ chunks }: EncodedSound): number => bytesIn(chunks, 2e6);
    assert.isBelow(silent(await noise({ usedtx: true })), silent(plain) / 2);
  },
);

conformance(
  registration('flac'),
  'blockSize is the length of the chunks, compressLevel makes them smaller',
  async (env) => {
    for (const blockSize of [256, 1152, 4096]) {
      const { chunks } = await encodeTone(env, { codec: 'flac', ...stereo, flac: { blockSize } });
      const expected = (blockSize * 1e6) / 48_000;
      for (const { duration } of chunks.slice(0, -1)) assert.closeTo(duration, expected, 1);
    }
    const [fast, small] = await Promise.all(
      [0, 8].map(async (compressLevel) =>
        bytesIn((await encodeTone(env, { codec: 'flac', ...stereo, flac: { compressLevel } })).chunks),
      ),
    );
    assert.isBelow(small as number, fast as number);
  },
);

conformance(
  '#dom-audioencoderconfig-bitratemode',
  'constant is constant in silence too, variable is not',
  async (env) => {
    for (const codec of ['mp4a.40.2', 'opus', 'mp3', 'vorbis']) {
      const halves = async (bitrateMode: 'constant' | 'variable'): Promise<[number, number]> => {
        const config = { codec, ...stereo, bitrate: 96_000, bitrateMode };
        const { chunks } = await encodeSounds(env, config, noiseAndSilence(env, 48_000, 2));
        return [bytesIn(chunks, 0, 1e6) * 8, bytesIn(chunks, 2e6, 3e6) * 8];
      };
      const [noise, silence] = await halves('variable');
      assert.isBelow(silence, noise * 0.75, codec);
      for (const rate of await halves('constant')) assert.closeTo(rate, 96_000, 24_000, codec);
    }
    assert.isFalse(await isEncodable(env, { codec: 'flac', ...stereo, bitrateMode: 'constant' }));
  },
);
