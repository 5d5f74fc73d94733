/** A stream that the system's ffmpeg made: our decoder against its own. */
import assert from 'node:assert/strict';
import type { WebCodecs } from '../fixtures/codec-host.js';
import {
  type AudioChunk,
  type AudioDecoderConfigOf,
  decodeAudio,
  decodeVideo,
  joinChannel,
  type VideoChunk,
  type VideoDecoderConfigOf,
} from '../fixtures/coders.js';
import { type Demuxed, demuxAudio, demuxVideo } from '../fixtures/container.js';
import { cutElementaryStream, decodePictures, decodeSamples, makeMedia } from '../fixtures/debian-ffmpeg.js';
import type { ForeignAudioRow, ForeignVideoRow } from '../fixtures/foreign-rows.js';
import { bestLag, psnr, snr } from '../fixtures/quality.js';
import { planeSizes, type RawPicture } from '../fixtures/synthetic-video.js';
import { type Measured, refusalOf } from './results.js';
import { judgeFormat } from './video-rows.js';

const frames = 10;
const framerate = 25;
const interval = 1e6 / framerate;

async function videoOf(
  { EncodedVideoChunk }: WebCodecs,
  { codec, format }: { codec: string; format: string },
  { width, height }: { width: number; height: number },
  file: Uint8Array,
): Promise<Demuxed<VideoChunk, VideoDecoderConfigOf>> {
  const chunks = (await cutElementaryStream(file, format)).map(
    ({ data, timestamp }) =>
      new EncodedVideoChunk({ type: 'key', timestamp, duration: interval, data: data as Uint8Array<ArrayBuffer> }),
  );
  return { config: { codec, codedWidth: width, codedHeight: height }, chunks };
}

const isRgb = (format: string): boolean => /^(RGB|BGR)/.test(format);

/** Bytes of RGB pictures as one plane of luma, which is all that a comparison asks. */
function comparable(picture: RawPicture): RawPicture {
  return isRgb(picture.format) ? { ...picture, format: 'I444', width: picture.data.length / 3, height: 1 } : picture;
}

export async function measureForeignVideo(webcodecs: WebCodecs, row: ForeignVideoRow): Promise<Measured> {
  const { width, height } = row.size;
  const picture = [
    '-f',
    'lavfi',
    '-i',
    `testsrc2=size=${width}x${height}:rate=${framerate}:duration=${frames / framerate}`,
  ];
  const file = await makeMedia(picture, ['-c:v', row.encoder, ...row.make], row.extension);
  const { config, chunks } = row.elementary
    ? await videoOf(webcodecs, row.elementary, row.size, file)
    : await demuxVideo(webcodecs, file);
  if (!(await webcodecs.VideoDecoder.isConfigSupported(config)).supported) {
    return { works: false, reason: await refusalOf(webcodecs.VideoDecoder, config) };
  }
  const { outputs, errors } = await decodeVideo(webcodecs, config, chunks);
  assert.deepEqual(errors, []);
  assert.equal(outputs.length, frames);
  const format = outputs[0]?.picture.format ?? '';
  const pixelFormat = isRgb(format) ? format.toLowerCase().replace('x', '0') : judgeFormat(format);
  const inputFormat = row.elementary && { inputFormat: row.elementary.format };
  const reference = await decodePictures(file, pixelFormat, inputFormat);
  let least = Infinity;
  for (const [number, { picture, timestamp }] of outputs.entries()) {
    assert.ok(Math.abs(timestamp - number * interval) <= 1_000, `frame ${number} is at ${timestamp} µs`);
    const length = picture.data.length;
    const data = new Uint8Array(reference.subarray(number * length, (number + 1) * length));
    assert.equal(data.length, length, `the judge has no frame ${number}`);
    const [seen, judged] = [comparable(picture), comparable({ ...picture, data })];
    const planes = planeSizes(seen.format, seen.width, seen.height);
    for (const plane of planes.keys()) least = Math.min(least, psnr(judged, seen, [plane]));
  }
  assert.ok(least >= row.psnr, `${least.toFixed(1)} dB against the judge, ${row.psnr} wanted`);
  return { works: true, ours: least, judged: least };
}

async function audioOf(
  { EncodedAudioChunk }: WebCodecs,
  { config, format }: { config: AudioDecoderConfigOf; format: string },
  file: Uint8Array,
): Promise<Demuxed<AudioChunk, AudioDecoderConfigOf>> {
  const chunks = (await cutElementaryStream(file, format)).map(
    ({ data, timestamp }) => new EncodedAudioChunk({ type: 'key', timestamp, data: data as Uint8Array<ArrayBuffer> }),
  );
  return { config, chunks };
}

export async function measureForeignAudio(webcodecs: WebCodecs, row: ForeignAudioRow): Promise<Measured> {
  // A sweep has one best alignment; each channel has its own.
  const channels = Array.from({ length: row.channels }, (_, channel) => `0.4*sin(${500 + 60 * channel}*t*(1+t))`);
  const sound = ['-f', 'lavfi', '-i', `aevalsrc=${channels.join('|')}:s=${row.sampleRate}:d=1.5`];
  const layout = ['-channel_layout', { 1: 'mono', 2: 'stereo' }[row.channels] ?? '5.1'];
  const file = await makeMedia(sound, [...layout, '-c:a', row.encoder, ...row.make], row.extension);
  const { config, chunks } = row.elementary
    ? await audioOf(webcodecs, row.elementary, file)
    : await demuxAudio(webcodecs, file);
  if (!(await webcodecs.AudioDecoder.isConfigSupported(config)).supported) {
    return { works: false, reason: await refusalOf(webcodecs.AudioDecoder, config) };
  }
  const { outputs, errors } = await decodeAudio(webcodecs, config, chunks);
  assert.deepEqual(errors, []);
  const times = chunks.map((chunk) => chunk.timestamp);
  for (const [index, output] of outputs.entries()) {
    const before = outputs[index - 1];
    assert.ok(!before || output.timestamp > before.timestamp, 'outputs come in order');
    assert.ok(times.includes(output.timestamp), `no chunk has the time of the output at ${output.timestamp} µs`);
    assert.equal(output.channels.length, row.channels);
    assert.equal(output.sampleRate, row.sampleRate);
  }
  const interleaved = await decodeSamples(file);
  let least = Infinity;
  for (const channel of channels.keys()) {
    const reference = Float32Array.from(
      { length: interleaved.length / row.channels },
      (_, frame) => interleaved[row.channels * frame + channel] as number,
    );
    const ours = joinChannel(outputs, channel);
    const difference = ours.length - reference.length;
    assert.ok(Math.abs(difference) <= 4_096, `${ours.length} samples for the judge's ${reference.length}`);
    const lag = bestLag(reference, ours, 3_000);
    assert.equal(lag, row.priming, 'samples that ours are late');
    const [start, length] = [reference.length >> 3, (reference.length * 3) >> 2];
    least = Math.min(least, snr(reference, ours, lag, start, length));
  }
  assert.ok(least >= row.snr, `${least.toFixed(1)} dB against the judge, ${row.snr} wanted`);
  return { works: true, ours: least, judged: least };
}
