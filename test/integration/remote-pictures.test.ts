import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type CodecHost, describeBothWays, type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  chunkBytes,
  encodeVideo,
  numberedFrame,
  numberedInputs,
  readPicture,
  type VideoChunk,
  type VideoFrameOf,
} from '../fixtures/coders.js';
import { eventually } from '../fixtures/event-loop.js';
import { bytesWritten, runProgram } from '../fixtures/processes.js';
import { psnr } from '../fixtures/quality.js';
import { readFrameNumber, syntheticPicture } from '../fixtures/synthetic-video.js';

const width = 1_280;
const height = 720;
const count = 20;
const pictureSize = width * height * 1.5;
const source = { codec: 'avc1.64001f', width, height, bitrate: 2_000_000, framerate: 30 };
const target = { codec: 'vp8', width, height, bitrate: 2_000_000, framerate: 30, latencyMode: 'realtime' as const };

/** Decodes `count` frames and hands each over; the taker closes it. */
async function decodeEach(webcodecs: WebCodecs, take: (frame: VideoFrameOf) => void): Promise<VideoChunk[]> {
  const encoded = await encodeVideo(webcodecs, source, numberedInputs(webcodecs, count, width, height));
  assert.ok(encoded.decoderConfig);
  const decoder = new webcodecs.VideoDecoder({ output: take, error: (error) => assert.fail(error.message) });
  decoder.configure(encoded.decoderConfig);
  for (const chunk of encoded.chunks) decoder.decode(chunk);
  await decoder.flush();
  decoder.close();
  return encoded.chunks;
}

async function crossed(host: CodecHost): Promise<number> {
  const { bytesReceived, bytesSent } = await host.statistics();
  return bytesReceived + bytesSent;
}

describe('decoded frames stay in the host’s process', () => {
  it('decode → encode moves chunks across the process line and no pixels', () =>
    withHost('child', async (host) => {
      const { webcodecs } = host;
      const chunks: VideoChunk[] = [];
      const encoder = new webcodecs.VideoEncoder({
        output: (chunk) => chunks.push(chunk),
        error: (error) => assert.fail(error.message),
      });
      encoder.configure(target);
      // The source is encoded from local frames first: those pixels cross, and are not what is measured.
      const encoded = await encodeVideo(webcodecs, source, numberedInputs(webcodecs, count, width, height));
      assert.ok((await crossed(host)) > count * pictureSize, 'local frames cross');
      assert.ok(encoded.decoderConfig);
      // The host's own count, and the system's of what both ends wrote to their sockets.
      const { pid } = host;
      assert.ok(pid !== undefined);
      const written = (): number => bytesWritten(pid) + bytesWritten(process.pid);
      const before = await crossed(host);
      const writtenBefore = written();
      const decoder = new webcodecs.VideoDecoder({
        output: (frame) => {
          encoder.encode(frame);
          frame.close();
        },
        error: (error) => assert.fail(error.message),
      });
      decoder.configure(encoded.decoderConfig);
      for (const chunk of encoded.chunks) decoder.decode(chunk);
      await decoder.flush();
      await encoder.flush();
      const writtenAfter = written();
      const after = await crossed(host);
      assert.equal(chunks.length, count);
      const compressed = [...encoded.chunks, ...chunks].reduce((sum, chunk) => sum + chunk.byteLength, 0);
      assert.ok(
        after - before <= compressed + 64 * count,
        `${after - before} bytes crossed for ${compressed} bytes of chunks`,
      );
      const messages = writtenAfter - writtenBefore - compressed;
      assert.ok(messages < pictureSize / 2, `${messages} bytes were written around the chunks`);
      decoder.close();
      encoder.close();
    }));

  it('copyTo fetches the pixels, once per call and only then', () =>
    withHost('child', async (host) => {
      const frames: VideoFrameOf[] = [];
      await decodeEach(host.webcodecs, (frame) => frames.push(frame));
      const before = (await host.statistics()).bytesSent;
      const [frame] = frames;
      assert.ok(frame);
      await frame.copyTo(new Uint8Array(frame.allocationSize()));
      const after = (await host.statistics()).bytesSent;
      assert.ok(after - before >= pictureSize, `${after - before} bytes came`);
      assert.ok(after - before <= pictureSize * 1.01 + 4_096, `${after - before} bytes came for one picture`);
      for (const held of frames) held.close();
    }));
});

describeBothWays('pictures in the host', (runIn) => {
  it('are counted while frames are open and gone when they are closed', () =>
    withHost(runIn, async (host) => {
      const frames: VideoFrameOf[] = [];
      await decodeEach(host.webcodecs, (frame) => frames.push(frame));
      assert.ok((await host.statistics()).pictures >= count);
      for (const frame of frames) frame.close();
      await eventually('the pictures to go', async () => (await host.statistics()).pictures === 0);
      assert.equal((await host.statistics()).pictureBytes, 0);
    }));

  it('a clone outlives its original, reads the same pixels, and carries its own times', () =>
    withHost(runIn, async (host) => {
      const { webcodecs } = host;
      const frames: VideoFrameOf[] = [];
      await decodeEach(webcodecs, (frame) => frames.push(frame));
      const original = frames[3];
      assert.ok(original);
      const expected = await readPicture(original);
      const clone = original.clone();
      const renamed = new webcodecs.VideoFrame(original, { timestamp: 77, duration: 5 });
      for (const frame of frames) frame.close();
      assert.equal(psnr(expected, await readPicture(clone)), Infinity);
      assert.equal(readFrameNumber(await readPicture(renamed)), 3);
      assert.equal(renamed.timestamp, 77);
      assert.equal(renamed.duration, 5);
      const chunks: VideoChunk[] = [];
      const encoder = new webcodecs.VideoEncoder({
        output: (chunk) => chunks.push(chunk),
        error: (error) => assert.fail(error.message),
      });
      encoder.configure(target);
      encoder.encode(renamed);
      // Closed before the encoder gets to it: encode() took its own reference.
      renamed.close();
      clone.close();
      await encoder.flush();
      encoder.close();
      assert.deepEqual(
        chunks.map(({ timestamp, duration }) => [timestamp, duration]),
        [[77, 5]],
      );
    }));

  it('a frame closed while its pixels are being fetched still settles the read', () =>
    withHost(runIn, async (host) => {
      const frames: VideoFrameOf[] = [];
      await decodeEach(host.webcodecs, (frame) => frames.push(frame));
      const reads = frames.map((frame) => {
        const bytes = new Uint8Array(frame.allocationSize());
        const read = frame.copyTo(bytes).then(
          () => 'settled',
          () => 'settled',
        );
        frame.close();
        return read;
      });
      assert.ok((await Promise.all(reads)).every((word) => word === 'settled'));
    }));

  it('transformVideoFrame makes its picture in the host', () =>
    withHost(runIn, async (host) => {
      const { webcodecs } = host;
      const frames: VideoFrameOf[] = [];
      await decodeEach(webcodecs, (frame) => frames.push(frame));
      const before = await crossed(host);
      const [frame] = frames;
      assert.ok(frame);
      const small = await webcodecs.transformVideoFrame(frame, { width: 640, height: 360 });
      if (runIn === 'child') assert.ok((await crossed(host)) - before < 4_096, 'no pixels crossed');
      const picture = await readPicture(small);
      assert.deepEqual([picture.width, picture.height], [640, 360]);
      assert.equal(readFrameNumber(picture), 0);
      assert.ok(psnr(syntheticPicture(0, width, height), await readPicture(frame)) > 30);
      small.close();
      for (const held of frames) held.close();
    }));

  it('garbage collection gives back what nobody closed, with one warning', async () => {
    const ended = await runProgram('forgotten-frames', { args: [runIn], nodeOptions: ['--expose-gc'] });
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /empty/);
    assert.equal(ended.stderr.match(/garbage/g)?.length, 1, `one warning: ${ended.stderr}`);
  });
});

describeBothWays('buffers that are handed over', (runIn) => {
  it('are seen detached when a frame, audio data or chunk takes them by transfer', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const pixels = new Uint8Array(64 * 64 * 1.5);
      const frame = new webcodecs.VideoFrame(pixels, {
        format: 'I420',
        codedWidth: 64,
        codedHeight: 64,
        timestamp: 0,
        transfer: [pixels.buffer],
      });
      assert.equal(pixels.byteLength, 0);
      frame.close();
      const samples = new Float32Array(480);
      const data = new webcodecs.AudioData({
        format: 'f32',
        sampleRate: 48_000,
        numberOfChannels: 1,
        numberOfFrames: 480,
        timestamp: 0,
        data: samples,
        transfer: [samples.buffer],
      });
      assert.equal(samples.byteLength, 0);
      data.close();
      const bytes = new Uint8Array(10);
      const chunk = new webcodecs.EncodedVideoChunk({
        type: 'key',
        timestamp: 0,
        data: bytes,
        transfer: [bytes.buffer],
      });
      assert.equal(bytes.byteLength, 0);
      assert.equal(chunk.byteLength, 10);
    }));

  it('are untouched by encode and decode otherwise: the same frame and chunk can be used again and again', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const config = { codec: 'vp8', width: 160, height: 128, bitrate: 300_000, framerate: 30 };
      const frame = numberedFrame(webcodecs, 9, 160, 128);
      const picture = await readPicture(frame);
      const chunks: VideoChunk[] = [];
      const encoder = new webcodecs.VideoEncoder({
        output: (chunk) => chunks.push(chunk),
        error: (error) => assert.fail(error.message),
      });
      encoder.configure(config);
      for (let again = 0; again < 3; again++) encoder.encode(frame, { keyFrame: true });
      await encoder.flush();
      encoder.close();
      assert.equal(psnr(picture, await readPicture(frame)), Infinity);
      frame.close();
      const [chunk] = chunks;
      assert.ok(chunk);
      const bytes = chunkBytes(chunk);
      let frames = 0;
      const decoder = new webcodecs.VideoDecoder({
        output: (decoded) => {
          frames++;
          decoded.close();
        },
        error: (error) => assert.fail(error.message),
      });
      decoder.configure({ codec: 'vp8' });
      for (let again = 0; again < 3; again++) decoder.decode(chunk);
      await decoder.flush();
      decoder.close();
      assert.equal(frames, 3);
      assert.deepEqual(chunkBytes(chunk), bytes);
    }));
});
