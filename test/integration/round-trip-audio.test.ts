import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RunIn, withHost } from '../fixtures/codec-host.js';
import { type AudioCase, audioCases } from '../fixtures/codec-matrix.js';
import {
  type AudioChunk,
  type AudioDecoderConfigOf,
  decodeAudio,
  type Encoded,
  encodeAudio,
  joinChannel,
} from '../fixtures/coders.js';
import { elementaryStream, muxAudio } from '../fixtures/container.js';
import { decodeSamples } from '../fixtures/debian-ffmpeg.js';
import { bestLag, snr } from '../fixtures/quality.js';
import { audioBlocks, syntheticSound } from '../fixtures/synthetic-audio.js';

const seconds = 1.5;

/** Blocks of a size that is no codec's own frame, so that the encoder has to cut anew. */
const blockFrames = 1_000;

function descriptionText(config: AudioDecoderConfigOf): Buffer | undefined {
  const { description } = config;
  if (description === undefined) return undefined;
  return ArrayBuffer.isView(description)
    ? Buffer.from(description.buffer, description.byteOffset, description.byteLength)
    : Buffer.from(description as ArrayBuffer);
}

function assertDescription(test: AudioCase, config: AudioDecoderConfigOf): void {
  const bytes = descriptionText(config);
  switch (test.description) {
    case 'AudioSpecificConfig': {
      assert.ok(bytes && bytes.length >= 2, 'AAC without ADTS has an AudioSpecificConfig');
      const bits = bytes.readUInt16BE(0);
      assert.equal(bits >> 11, 2, 'the object type is AAC-LC');
      assert.equal((bits >> 7) & 15, 3, 'the frequency index is that of 48 kHz');
      assert.equal((bits >> 3) & 15, 2, 'the channel configuration is stereo');
      break;
    }
    case 'OpusHead':
      assert.equal(bytes?.toString('latin1', 0, 8), 'OpusHead');
      assert.equal(bytes?.[9], 2, 'OpusHead counts two channels');
      break;
    case 'fLaC':
      assert.equal(bytes?.toString('latin1', 0, 4), 'fLaC');
      break;
    case 'vorbis':
      assert.equal(bytes?.[0], 2, 'two lengths in front of the three Vorbis headers');
      assert.ok(bytes?.includes('vorbis'));
      break;
    default:
      assert.equal(bytes, undefined, 'no description is needed');
  }
}

/** Chunks lie end to end from about zero to about the sound's end. */
function assertChunkTimes(test: AudioCase, chunks: readonly AudioChunk[]): void {
  let end = chunks[0]?.timestamp ?? Number.NaN;
  assert.ok(Math.abs(end) <= 60_000, `the first chunk is at ${end} µs`);
  for (const chunk of chunks) {
    assert.equal(chunk.type, 'key', 'each audio chunk can be decoded by itself');
    assert.ok(
      Math.abs(chunk.timestamp - end) <= 2,
      `a chunk at ${chunk.timestamp} µs follows one that ends at ${end} µs`,
    );
    // Vorbis' first packet only fills the overlap.
    assert.ok(chunk.duration !== null && chunk.duration >= 0, 'an audio chunk has a duration');
    end = chunk.timestamp + chunk.duration;
  }
  assert.ok(end >= seconds * 1e6 - 2, `the chunks end at ${end} µs`);
  assert.ok(end <= seconds * 1e6 + 100_000, `the chunks end at ${end} µs`);
  if (test.snr === Infinity && test.name !== 'FLAC')
    assert.ok(end <= seconds * 1e6 + 2, 'PCM ends where the sound ends');
}

/** Sound that is as good as asked for, `lag` samples late, or by what the judge's reading of a file makes of it. */
function assertSound(
  test: AudioCase,
  expected: Float32Array,
  actual: Float32Array,
  who: string,
  lag = bestLag(expected, actual, 2_400),
): void {
  const quality = snr(expected, actual, lag);
  assert.ok(quality >= test.snr, `${who}: ${quality.toFixed(1)} dB, ${test.snr} wanted`);
}

async function roundTrip(runIn: RunIn, test: AudioCase): Promise<void> {
  await withHost(runIn, async ({ webcodecs }) => {
    const { sampleRate, numberOfChannels } = test.config;
    const sound = syntheticSound(seconds, sampleRate, numberOfChannels);
    const blocks = audioBlocks(sound, test.input, blockFrames);
    // What went in, after its own quantization to the input's format.
    const quantized = blocks.flatMap((block) => {
      const data = new webcodecs.AudioData(block as unknown as AudioDataInit);
      const samples = new Float32Array(data.numberOfFrames);
      data.copyTo(samples, { planeIndex: 0, format: 'f32-planar' });
      data.close();
      return Array.from(samples);
    });
    const expected = Float32Array.from(quantized);

    const support = await webcodecs.AudioEncoder.isConfigSupported(test.config);
    assert.equal(support.supported, true, 'isConfigSupported says yes to what is going to work');
    const encoded = await encodeAudio(webcodecs, test.config, blocks);
    assert.deepEqual(encoded.errors, []);
    assert.equal(encoded.configsAt[0], 0, 'the first chunk tells the decoder configuration');
    assert.ok(encoded.decoderConfig);
    assert.equal(encoded.decoderConfig.sampleRate, sampleRate);
    assert.equal(encoded.decoderConfig.numberOfChannels, numberOfChannels);
    assertDescription(test, encoded.decoderConfig);
    assertChunkTimes(test, encoded.chunks);

    const decoded = await decodeAudio(webcodecs, encoded.decoderConfig, encoded.chunks);
    assert.deepEqual(decoded.errors, []);
    assert.ok(decoded.outputs.length > 0);
    for (const output of decoded.outputs) {
      assert.equal(output.sampleRate, sampleRate);
      assert.equal(output.channels.length, numberOfChannels);
    }
    const first = decoded.outputs[0];
    assert.ok(first);
    // The samples are placed by the first output's time: what is judged is when the sound is heard.
    const heard = joinChannel(decoded.outputs, 0);
    const start = Math.round((first.timestamp * sampleRate) / 1e6);
    const placed = new Float32Array(Math.max(0, heard.length + start));
    placed.set(start >= 0 ? heard : heard.subarray(-start), Math.max(0, start));
    assert.ok(placed.length >= expected.length + test.lag, 'no sample is missing');
    assert.equal(bestLag(expected, placed, 2_400), test.lag, 'samples that the sound is late');
    assertSound(test, expected, placed, 'our decoder', test.lag);

    if (runIn === 'inline') await judge(test, expected, encoded);
  });
}

async function judge(
  test: AudioCase,
  expected: Float32Array,
  encoded: Encoded<AudioChunk, AudioDecoderConfigOf>,
): Promise<void> {
  const interleaved =
    'elementary' in test.judge
      ? await decodeSamples(elementaryStream(encoded.chunks), { inputFormat: test.judge.elementary })
      : await decodeSamples(await muxAudio(test.judge.codec, test.judge.container, encoded));
  const channels = test.config.numberOfChannels;
  const left = Float32Array.from(
    { length: interleaved.length / channels },
    (_, frame) => interleaved[frame * channels] as number,
  );
  assert.ok(left.length >= expected.length - test.lag, `the judge got ${left.length} samples of ${expected.length}`);
  assertSound(test, expected, left, 'the judge');
}

for (const test of audioCases) {
  describe(`${test.name} audio goes through encoder and decoder and comes back`, () => {
    it('inline, and the system’s ffmpeg decodes it too', () => roundTrip('inline', test));
    it('through a child process', () => roundTrip('child', test));
  });
}
