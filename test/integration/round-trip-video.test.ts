import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type RunIn, withHost } from '../fixtures/codec-host.js';
import { type Description, type VideoCase, videoCases } from '../fixtures/codec-matrix.js';
import {
  chunkBytes,
  decodeVideo,
  type Encoded,
  encodeVideo,
  numberedInputs,
  type VideoChunk,
  type VideoDecoderConfigOf,
} from '../fixtures/coders.js';
import { elementaryStream, muxVideo } from '../fixtures/container.js';
import { decodePictures } from '../fixtures/debian-ffmpeg.js';
import { psnr } from '../fixtures/quality.js';
import { type RawPicture, readFrameNumber, syntheticPicture } from '../fixtures/synthetic-video.js';

const frames = 24;

function original(test: VideoCase, number: number): RawPicture {
  return syntheticPicture(number, test.size.width, test.size.height, { format: test.input });
}

function timeOf(number: number): number {
  return Math.round((number * 1e6) / 30);
}

function descriptionBytes(config: VideoDecoderConfigOf | undefined): Uint8Array | undefined {
  const description = config?.description;
  if (description === undefined) return undefined;
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}

function assertDescription(expected: Description, config: VideoDecoderConfigOf | undefined): void {
  const bytes = descriptionBytes(config);
  switch (expected) {
    case 'avcC':
      assert.equal(bytes?.[0], 1, 'avcC starts with its version');
      assert.equal((bytes?.[4] ?? 0) & 3, 3, 'avcC says that NAL lengths take four bytes');
      assert.equal((bytes?.[5] ?? 0) & 31, 1, 'avcC holds one sequence parameter set');
      break;
    case 'hvcC':
      assert.equal(bytes?.[0], 1, 'hvcC starts with its version');
      assert.equal((bytes?.[21] ?? 0) & 3, 3, 'hvcC says that NAL lengths take four bytes');
      assert.ok((bytes?.[22] ?? 0) >= 3, 'hvcC holds VPS, SPS and PPS');
      break;
    case 'none':
      assert.equal(bytes, undefined, 'a stream with in-band parameters has no description');
      break;
    default:
      break;
  }
}

/** Chunks in avc and hevc form are length-prefixed, in annexb form they start with a start code. */
function assertFraming(test: VideoCase, chunk: VideoChunk): void {
  const bytes = Buffer.from(chunkBytes(chunk));
  if (test.name.endsWith('annexb')) {
    assert.ok(bytes.readUInt32BE(0) === 1 || bytes.readUIntBE(0, 3) === 1, 'an annexb chunk starts with a start code');
  } else if (test.description === 'avcC' || test.description === 'hvcC') {
    let at = 0;
    while (at < bytes.length) at += 4 + bytes.readUInt32BE(at);
    assert.equal(at, bytes.length, 'the NAL lengths add up to the chunk');
  }
}

function assertChunks(test: VideoCase, encoded: Encoded<VideoChunk, VideoDecoderConfigOf>): void {
  assert.deepEqual(encoded.errors, []);
  const times = encoded.chunks.map((chunk) => chunk.timestamp).sort((a, b) => a - b);
  assert.deepEqual(
    times,
    Array.from({ length: frames }, (_, number) => timeOf(number)),
    'one chunk for each frame',
  );
  for (const chunk of encoded.chunks) {
    const number = Math.round((chunk.timestamp * 30) / 1e6);
    assert.equal(chunk.duration, timeOf(number + 1) - timeOf(number), 'a chunk lasts as long as its frame');
    if (test.intraOnly) assert.equal(chunk.type, 'key');
    assertFraming(test, chunk);
  }
  assert.equal(encoded.chunks[0]?.type, 'key', 'the first chunk is a key chunk');
  if (!test.intraOnly)
    assert.ok(
      encoded.chunks.some((chunk) => chunk.type === 'delta'),
      'there are delta chunks',
    );
  assert.equal(encoded.configsAt[0], 0, 'the first chunk tells the decoder configuration');
  const config = encoded.decoderConfig;
  assert.equal(config?.codedWidth, test.size.width);
  assert.equal(config?.codedHeight, test.size.height);
  assertDescription(test.description, config);
}

async function roundTrip(runIn: RunIn, test: VideoCase): Promise<void> {
  await withHost(runIn, async ({ webcodecs }) => {
    const { width, height } = test.size;
    const config = { ...test.config, width, height };
    const support = await webcodecs.VideoEncoder.isConfigSupported(config);
    assert.equal(support.supported, true, 'isConfigSupported says yes to what is going to work');
    const encoded = await encodeVideo(
      webcodecs,
      config,
      numberedInputs(webcodecs, frames, width, height, { format: test.input }),
    );
    assertChunks(test, encoded);
    assert.ok(encoded.decoderConfig);

    const decoded = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
    assert.deepEqual(decoded.errors, []);
    assert.equal(decoded.outputs.length, frames);
    decoded.outputs.forEach((output, number) => {
      assert.equal(output.timestamp, timeOf(number), 'frames come in the order of their times');
      assert.equal(output.duration, timeOf(number + 1) - timeOf(number));
      assert.ok(
        test.output.includes(output.picture.format) || output.picture.format === 'I420',
        `came out as ${output.picture.format}`,
      );
      assert.equal(readFrameNumber(output.picture), number, 'the picture is the one its time says');
      const quality = psnr(original(test, number), output.picture);
      assert.ok(quality >= test.psnr, `frame ${number} has ${quality.toFixed(1)} dB, ${test.psnr} wanted`);
    });

    if (runIn === 'inline') await judge(test, encoded);
  });
}

/** The system's ffmpeg decodes our stream without a warning to pictures as good as the originals. */
async function judge(test: VideoCase, encoded: Encoded<VideoChunk, VideoDecoderConfigOf>): Promise<void> {
  const raw =
    'elementary' in test.judge
      ? await decodePictures(elementaryStream(encoded.chunks), test.pixelFormat, { inputFormat: test.judge.elementary })
      : await decodePictures(await muxVideo(test.judge.codec, test.judge.container, encoded), test.pixelFormat);
  const size = original(test, 0).data.length;
  assert.equal(raw.length, size * frames, 'the judge found every frame');
  for (let number = 0; number < frames; number++) {
    const first = original(test, number);
    const data = new Uint8Array(raw.subarray(number * size, (number + 1) * size));
    const quality = psnr(first, { ...first, data });
    assert.ok(quality >= test.psnr, `frame ${number} has ${quality.toFixed(1)} dB for the judge, ${test.psnr} wanted`);
  }
}

for (const test of videoCases) {
  describe(`${test.name} video goes through encoder and decoder and comes back`, () => {
    it('inline, and the system’s ffmpeg decodes it too', () => roundTrip('inline', test));
    it('through a child process', () => roundTrip('child', test));
  });
}
