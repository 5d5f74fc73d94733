import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { type AudioDecoderConfigOf, decodeAudio, type Encoded, encodeAudio, joinChannel } from '../fixtures/coders.js';
import { muxAudio } from '../fixtures/container.js';
import { decodeSamples } from '../fixtures/debian-ffmpeg.js';
import { coreSampleRate, heAacDescription, withReplication } from '../fixtures/he-aac.js';
import { bestLag, snr } from '../fixtures/quality.js';
import { audioBlocks, syntheticSound } from '../fixtures/synthetic-audio.js';

type HeAac = Encoded<InstanceType<WebCodecs['EncodedAudioChunk']>, AudioDecoderConfigOf>;

/** A second of HE-AAC, version 1 or 2, that says so in its description. */
async function heAac(webcodecs: WebCodecs, objectType: 5 | 29, energy: number): Promise<HeAac> {
  const core = await encodeAudio(
    webcodecs,
    { codec: 'mp4a.40.2', sampleRate: coreSampleRate, numberOfChannels: 1, bitrate: 48_000 },
    audioBlocks(syntheticSound(1, coreSampleRate, 1), 'f32', 1_000),
  );
  assert.deepEqual(core.errors, []);
  const chunks = core.chunks.map((chunk) => {
    const frame = new Uint8Array(chunk.byteLength);
    chunk.copyTo(frame);
    const { timestamp, duration } = chunk;
    const init = { type: 'key', timestamp, data: withReplication(frame, energy, objectType) } as const;
    return new webcodecs.EncodedAudioChunk(duration === null ? init : { ...init, duration });
  });
  const codec = `mp4a.40.${objectType}`;
  const description = heAacDescription(objectType);
  return { ...core, chunks, decoderConfig: { codec, sampleRate: 48_000, numberOfChannels: 2, description } };
}

async function decodeIt(webcodecs: WebCodecs, { decoderConfig, chunks }: HeAac): Promise<Float32Array[]> {
  assert.ok(decoderConfig);
  assert.equal((await webcodecs.AudioDecoder.isConfigSupported(decoderConfig)).supported, true);
  const { outputs, errors } = await decodeAudio(webcodecs, decoderConfig, chunks);
  assert.deepEqual(errors, []);
  assert.equal(outputs.length, chunks.length);
  for (const [index, output] of outputs.entries()) {
    assert.equal(output.sampleRate, 48_000, 'twice the core coder’s rate');
    assert.equal(output.channels[0]?.length, 2_048, 'twice the core coder’s frame');
    assert.equal(output.timestamp, chunks[index]?.timestamp);
  }
  return [joinChannel(outputs, 0), joinChannel(outputs, 1)];
}

/** Energy between 12.5 and 16 kHz, which is beyond the core coder. */
function brilliance(samples: Float32Array): number {
  let energy = 0;
  for (let frequency = 12_500; frequency < 16_000; frequency += 50) {
    let [sine, cosine] = [0, 0];
    for (let index = 0; index < 4_096; index++) {
      const sample = (samples[16_384 + index] as number) * Math.sin((Math.PI * index) / 4_096) ** 2;
      const angle = (2 * Math.PI * frequency * index) / 48_000;
      sine += sample * Math.sin(angle);
      cosine += sample * Math.cos(angle);
    }
    energy += sine * sine + cosine * cosine;
  }
  return energy;
}

function loudness(samples: Float32Array): number {
  return 10 * Math.log10(samples.reduce((sum, sample) => sum + sample * sample, 0));
}

describe('HE-AAC that its description announces', () => {
  it('has its upper band made from the lower one', () =>
    withHost('inline', async ({ webcodecs }) => {
      const [faint] = await decodeIt(webcodecs, await heAac(webcodecs, 5, 20));
      const [strong] = await decodeIt(webcodecs, await heAac(webcodecs, 5, 44));
      assert.ok(faint && strong);
      // 24 steps of 1.5 dB.
      const gain = 10 * Math.log10(brilliance(strong) / brilliance(faint));
      assert.ok(gain > 25, `the upper band gained ${gain.toFixed(1)} dB`);
    }));

  it('of version 2 has two channels made from one', () =>
    withHost('inline', async ({ webcodecs }) => {
      const [left, right] = await decodeIt(webcodecs, await heAac(webcodecs, 29, 30));
      assert.ok(left && right);
      const difference = loudness(left) - loudness(right);
      assert.ok(Math.abs(difference - 14) < 0.5, `left is ${difference.toFixed(1)} dB louder, 14 dB were sent`);
    }));

  for (const objectType of [5, 29] as const) {
    it(`decodes to what the system’s ffmpeg hears: mp4a.40.${objectType}`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const encoded = await heAac(webcodecs, objectType, 44);
        const [left] = await decodeIt(webcodecs, encoded);
        const interleaved = await decodeSamples(await muxAudio('aac', 'mp4', encoded));
        const reference = interleaved.filter((_, index) => index % 2 === 0);
        assert.ok(left);
        const quality = snr(reference, left, bestLag(reference, left, 2_100), 8_192, 30_000);
        assert.ok(quality > 60, `${quality.toFixed(1)} dB`);
      }));
  }
});
