/** One audio codec at one shape in one mode: encoded, decoded by us, and decoded by the system's ffmpeg. */
import assert from 'node:assert/strict';
import type { WebCodecs } from '../fixtures/codec-host.js';
import {
  type AudioChunk,
  type AudioDecoderConfigOf,
  type AudioEncoderConfigOf,
  audioDataOf,
  type DecodedSamples,
  decodeAudio,
  type Encoded,
  encodeAudio,
  joinChannel,
  readSamples,
} from '../fixtures/coders.js';
import { elementaryStream, muxAudio } from '../fixtures/container.js';
import { decodeSamples } from '../fixtures/debian-ffmpeg.js';
import { bestLag, snr } from '../fixtures/quality.js';
import { type AudioBlockInit, audioBlocks, syntheticSound } from '../fixtures/synthetic-audio.js';
import type { AudioMode, AudioRow, AudioShape } from './audio-rows.js';
import { bytesOf, type Measured, refusalOf } from './results.js';

const seconds = 1;
/** No codec's own frame, so that the encoder has to cut anew. */
const blockFrames = 1_000;
/** Samples that sound is looked for before and behind its place. */
const reach = 2_400;
/** Codecs with losses keep nothing above about 120 Hz in it. */
const lowFrequencyChannel = 3;

type Coded = Encoded<AudioChunk, AudioDecoderConfigOf>;

/** What went in, after its quantization to the input's format: one array per channel. */
function quantized(webcodecs: WebCodecs, blocks: readonly AudioBlockInit[], channels: number): Float32Array[] {
  const parts = blocks.map((block) => {
    const data = audioDataOf(webcodecs, block);
    const samples = readSamples(data);
    data.close();
    return samples;
  });
  return Array.from({ length: channels }, (_, channel) => joinChannel(parts, channel));
}

/** Chunks lie end to end, from about zero to about the sound's end. */
function assertChunks(
  row: AudioRow,
  config: AudioEncoderConfigOf,
  { chunks, configsAt, decoderConfig, errors }: Coded,
): void {
  assert.deepEqual(errors, []);
  assert.equal(configsAt[0], 0, 'the first chunk tells the decoder configuration');
  let end = chunks[0]?.timestamp ?? Number.NaN;
  assert.ok(Math.abs(end) <= 150_000, `the first chunk is at ${end} µs`);
  for (const chunk of chunks) {
    assert.equal(chunk.type, 'key');
    assert.ok(
      Math.abs(chunk.timestamp - end) <= 2,
      `a chunk at ${chunk.timestamp} µs follows one that ends at ${end} µs`,
    );
    assert.ok(chunk.duration !== null, 'an audio chunk has a duration');
    end = chunk.timestamp + chunk.duration;
  }
  assert.ok(end >= seconds * 1e6 - 2, `the chunks end at ${end} µs`);
  // A codec's last frame is whole: 2048 samples at 8 kHz are the longest.
  assert.ok(end <= seconds * 1e6 + 300_000, `the chunks end at ${end} µs`);
  const description = bytesOf(decoderConfig?.description);
  const wanted = config.aac?.format === 'adts' ? null : row.description;
  if (wanted === null) assert.equal(description, null);
  else assert.ok(description && Buffer.from(description).toString('latin1').startsWith(wanted), `${wanted} in front`);
}

/** The outputs from time zero on: what is judged is when the sound is heard. */
function placed(outputs: readonly DecodedSamples[], channel: number): Float32Array {
  const heard = joinChannel(outputs, channel);
  const first = outputs[0];
  const start = first ? Math.round((first.timestamp * first.sampleRate) / 1e6) : 0;
  const result = new Float32Array(Math.max(0, heard.length + start));
  result.set(start >= 0 ? heard : heard.subarray(-start), Math.max(0, start));
  return result;
}

/** How good it must be where. */
interface Wanted {
  snr: number;
  /** Samples. */
  lag: number;
  lagTolerance: number;
}

/** Opus models speech at 8 kHz, and no waveform. */
const speech = { snr: 8, lagTolerance: 8 };
const opusPreSkipAt = 10;

/** What our decoder's outputs and the judge's are to be: what a file's reader cuts off, a decoder of chunks gives. */
function wantedOf(row: AudioRow, sampleRate: number, { decoderConfig }: Coded): Record<'ours' | 'judged', Wanted> {
  if (row.codec !== 'Opus') {
    const wanted = { snr: row.snr, lag: row.lag, lagTolerance: 0 };
    return { ours: wanted, judged: wanted };
  }
  const head = bytesOf(decoderConfig?.description) ?? new Uint8Array();
  const lag = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint16(opusPreSkipAt, true);
  const wanted = sampleRate === 8_000 ? speech : { snr: row.snr, lagTolerance: 0 };
  return { ours: { ...wanted, lag }, judged: { ...wanted, lag: 0 } };
}

/** The worst channel's signal to noise ratio. */
function qualityOf(
  row: AudioRow,
  expected: readonly Float32Array[],
  actual: (channel: number) => Float32Array,
  { lag, lagTolerance, snr: leastSnr }: Wanted,
  who: string,
): number {
  let least = Infinity;
  for (const [channel, wanted] of expected.entries()) {
    const heard = actual(channel);
    assert.ok(heard.length >= wanted.length + Math.min(0, lag), `${who}: ${heard.length} samples of ${wanted.length}`);
    if (row.isLossy && expected.length === 6 && channel === lowFrequencyChannel) continue;
    const found = row.isLossy ? bestLag(wanted, heard, reach) : 0;
    assert.ok(Math.abs(found - lag) <= lagTolerance, `${who}: ${found} samples late, not ${lag}`);
    least = Math.min(least, snr(wanted, heard, found));
  }
  assert.ok(least >= leastSnr, `${who}: ${least.toFixed(1)} dB, ${leastSnr} wanted`);
  return least;
}

async function judge(row: AudioRow, mode: AudioMode | null, coded: Coded, channels: number): Promise<Float32Array[]> {
  const bare = row.elementary !== null && (mode?.name === 'adts' || row.description === null);
  const interleaved = bare
    ? await decodeSamples(elementaryStream(coded.chunks), { inputFormat: row.elementary ?? '' })
    : await decodeSamples(await muxAudio(row.mediabunny, row.container, coded));
  return Array.from({ length: channels }, (_, channel) =>
    Float32Array.from(
      { length: interleaved.length / channels },
      (_, frame) => interleaved[frame * channels + channel] as number,
    ),
  );
}

/** Throws where what isConfigSupported says is not true, or the stream is not what it should be. */
export async function measureAudio(
  webcodecs: WebCodecs,
  row: AudioRow,
  shape: AudioShape,
  mode: AudioMode | null,
): Promise<Measured> {
  const [numberOfChannels = 0, sampleRate = 0] = shape.split('@').map(Number);
  const bitrate = Math.min(96_000, 4 * sampleRate) * numberOfChannels;
  const config: AudioEncoderConfigOf = {
    ...{ codec: row.string, numberOfChannels, sampleRate },
    ...(row.isLossy ? { bitrate } : {}),
    ...mode?.config,
  };
  if (!(await webcodecs.AudioEncoder.isConfigSupported(config)).supported) {
    return { works: false, reason: await refusalOf(webcodecs.AudioEncoder, config) };
  }
  const soundAt = (rate: number): AudioBlockInit[] =>
    audioBlocks(syntheticSound(seconds, rate, numberOfChannels), row.input, blockFrames);
  const blocks = soundAt(sampleRate);
  const decodedRate = row.decodedRate ?? sampleRate;
  const expected = quantized(webcodecs, soundAt(decodedRate), numberOfChannels);
  const coded = await encodeAudio(webcodecs, config, blocks);
  assertChunks(row, config, coded);
  const { decoderConfig } = coded;
  assert.deepEqual([decoderConfig?.sampleRate, decoderConfig?.numberOfChannels], [sampleRate, numberOfChannels]);
  assert.ok(decoderConfig);
  const { outputs, errors } = await decodeAudio(webcodecs, decoderConfig, coded.chunks);
  assert.deepEqual(errors, []);
  for (const output of outputs) {
    assert.deepEqual([output.sampleRate, output.channels.length], [decodedRate, numberOfChannels]);
  }
  const wanted = wantedOf(row, sampleRate, coded);
  const ours = qualityOf(row, expected, (channel) => placed(outputs, channel), wanted.ours, 'our decoder');
  const heard = await judge(row, mode, coded, numberOfChannels);
  const judgedChannel = (channel: number): Float32Array => heard[channel] ?? new Float32Array();
  const judged = qualityOf(row, expected, judgedChannel, wanted.judged, 'the judge');
  return { works: true, ours, judged };
}
