import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  type ForeignAudioCase,
  type ForeignVideoCase,
  foreignAudioCases,
  foreignVideoCases,
} from '../fixtures/codec-matrix.js';
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
import { bestLag, psnr, snr } from '../fixtures/quality.js';
import { planarFormat } from '../fixtures/synthetic-video.js';

const size = { width: 320, height: 240 };
const frames = 25;
const testPicture = ['-f', 'lavfi', '-i', `testsrc2=size=${size.width}x${size.height}:rate=25:duration=1`];
const testSound = ['-f', 'lavfi', '-i', 'aevalsrc=0.4*sin(500*t*(1+t))|0.4*sin(700*t*(1+t)):s=48000:d=1.2'];

async function videoOf(
  webcodecs: WebCodecs,
  test: ForeignVideoCase,
  file: Uint8Array,
): Promise<Demuxed<VideoChunk, VideoDecoderConfigOf>> {
  if (!test.elementary) return demuxVideo(webcodecs, file);
  const packets = await cutElementaryStream(file, test.elementary.format);
  const chunks = packets.map(
    ({ data, timestamp }) =>
      new webcodecs.EncodedVideoChunk({
        type: 'key',
        timestamp,
        duration: 40_000,
        data: data as Uint8Array<ArrayBuffer>,
      }),
  );
  return { config: { codec: test.elementary.codec, codedWidth: size.width, codedHeight: size.height }, chunks };
}

function pixelFormatOf(format: string): string {
  const { shiftX, shiftY, bitDepth } = planarFormat(format);
  const sampling = shiftY ? '420' : shiftX ? '422' : '444';
  return `yuv${sampling}p${bitDepth === 8 ? '' : `${bitDepth}le`}`;
}

describe('video that other encoders made decodes to the pictures that the system’s ffmpeg sees', () => {
  for (const test of foreignVideoCases) {
    it(test.name, async () => {
      const file = await makeMedia(testPicture, test.make, test.extension);
      await withHost('inline', async ({ webcodecs }) => {
        const { config, chunks } = await videoOf(webcodecs, test, file);
        assert.equal((await webcodecs.VideoDecoder.isConfigSupported(config)).supported, true);
        const { outputs, errors } = await decodeVideo(webcodecs, config, chunks);
        assert.deepEqual(errors, []);
        assert.equal(outputs.length, frames);
        const first = outputs[0];
        assert.ok(first);
        const reference = await decodePictures(
          file,
          pixelFormatOf(first.picture.format),
          test.elementary ? { inputFormat: test.elementary.format } : {},
        );
        outputs.forEach(({ picture, timestamp }, number) => {
          assert.ok(Math.abs(timestamp - number * 40_000) <= 1_000, `frame ${number} is at ${timestamp} µs`);
          const length = picture.data.length;
          const data = new Uint8Array(reference.subarray(number * length, (number + 1) * length));
          // Decoding is exactly defined for all of these but ProRes and DNxHR, whose inverse transforms may round apart.
          const wanted = test.name.startsWith('ProRes') || test.name.startsWith('DNx') ? 60 : Infinity;
          const quality = psnr({ ...picture, data }, picture);
          assert.ok(quality >= wanted, `frame ${number} differs from the judge's: ${quality.toFixed(1)} dB`);
        });
      });
    });
  }
});

async function audioOf(
  webcodecs: WebCodecs,
  test: ForeignAudioCase,
  file: Uint8Array,
): Promise<Demuxed<AudioChunk, AudioDecoderConfigOf>> {
  if (!test.elementary) return demuxAudio(webcodecs, file);
  const packets = await cutElementaryStream(file, test.elementary.format);
  const chunks = packets.map(
    ({ data, timestamp }) =>
      new webcodecs.EncodedAudioChunk({ type: 'key', timestamp, data: data as Uint8Array<ArrayBuffer> }),
  );
  return { config: test.elementary.config, chunks };
}

describe('audio that other encoders made decodes to the samples that the system’s ffmpeg hears', () => {
  for (const test of foreignAudioCases) {
    it(test.name, async () => {
      const file = await makeMedia(testSound, test.make, test.extension);
      await withHost('inline', async ({ webcodecs }) => {
        const { config, chunks } = await audioOf(webcodecs, test, file);
        assert.equal((await webcodecs.AudioDecoder.isConfigSupported(config)).supported, true);
        const { outputs, errors } = await decodeAudio(webcodecs, config, chunks);
        assert.deepEqual(errors, []);
        for (let index = 1; index < outputs.length; index++) {
          const [before, after] = [outputs[index - 1], outputs[index]];
          assert.ok(before && after && after.timestamp > before.timestamp, 'outputs come in order');
        }
        const interleaved = await decodeSamples(file);
        for (const channel of [0, 1]) {
          const reference = Float32Array.from(
            { length: interleaved.length / 2 },
            (_, frame) => interleaved[2 * frame + channel] as number,
          );
          const ours = joinChannel(outputs, channel);
          assert.ok(
            Math.abs(ours.length - reference.length) <= 4_096,
            `${ours.length} samples for the judge's ${reference.length}`,
          );
          // Containers tell the judge how much priming to drop; the elementary decoder does not know.
          const lag = bestLag(reference, ours, 3_000);
          const quality = snr(reference, ours, lag, 4_096, reference.length - 8_192);
          assert.ok(quality >= test.snr, `channel ${channel}: ${quality.toFixed(1)} dB, ${test.snr} wanted`);
        }
      });
    });
  }
});
