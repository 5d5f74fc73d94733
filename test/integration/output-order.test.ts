import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeBothWays, withHost } from '../fixtures/codec-host.js';
import {
  decodeVideo,
  encodeVideo,
  numberedFrame,
  numberedInputs,
  type VideoChunk,
  type VideoFrameOf,
} from '../fixtures/coders.js';
import { demuxVideo } from '../fixtures/container.js';
import { makeMedia } from '../fixtures/debian-ffmpeg.js';
import { pause } from '../fixtures/event-loop.js';
import { readFrameNumber } from '../fixtures/synthetic-video.js';

const config = { codec: 'vp8', width: 160, height: 128, bitrate: 300_000, framerate: 30 };

describeBothWays('outputs', (runIn) => {
  it('a hundred frames come out as a hundred chunks and a hundred frames, in order', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const encoded = await encodeVideo(webcodecs, config, numberedInputs(webcodecs, 100, 160, 128));
      assert.deepEqual(
        encoded.chunks.map((chunk) => chunk.timestamp),
        Array.from({ length: 100 }, (_, number) => Math.round((number * 1e6) / 30)),
      );
      assert.ok(encoded.decoderConfig);
      const { outputs } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
      assert.deepEqual(
        outputs.map(({ picture }) => readFrameNumber(picture)),
        Array.from({ length: 100 }, (_, number) => number),
      );
    }));

  it('a stream with B-frames is decoded in presentation order', async () => {
    const file = await makeMedia(
      ['-f', 'lavfi', '-i', 'testsrc2=size=160x128:rate=25:duration=2'],
      ['-c:v', 'libx264', '-bf', '3', '-pix_fmt', 'yuv420p'],
      'mp4',
    );
    await withHost(runIn, async ({ webcodecs }) => {
      const { config: foreign, chunks } = await demuxVideo(webcodecs, file);
      const fed = chunks.map((chunk) => chunk.timestamp);
      assert.notDeepEqual(
        fed,
        [...fed].sort((a, b) => a - b),
        'the stream has frames out of order',
      );
      const { outputs, errors } = await decodeVideo(webcodecs, foreign, chunks);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        outputs.map((output) => output.timestamp),
        [...fed].sort((a, b) => a - b),
      );
    });
  });

  it('timestamps that are negative, large or uneven come back as they went in', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const times = [-2_000_000, -1_999_999, 0, 7, 100_003, 2 ** 40 + 1, 2 ** 40 + 33_334];
      const inputs = times.map((timestamp, number) => {
        const numbered = numberedFrame(webcodecs, number, 160, 128);
        const frame = new webcodecs.VideoFrame(numbered, { timestamp, duration: number + 1 });
        numbered.close();
        return { frame };
      });
      const encoded = await encodeVideo(webcodecs, { ...config, latencyMode: 'realtime' }, inputs);
      assert.deepEqual(encoded.errors, []);
      assert.deepEqual(
        encoded.chunks.map((chunk) => chunk.timestamp),
        times,
      );
      assert.deepEqual(
        encoded.chunks.map((chunk) => chunk.duration),
        times.map((_, number) => number + 1),
      );
      assert.ok(encoded.decoderConfig);
      const { outputs } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
      assert.deepEqual(
        outputs.map((output) => output.timestamp),
        times,
      );
      assert.deepEqual(
        outputs.map((output) => output.duration),
        times.map((_, number) => number + 1),
      );
    }));

  it('after reset nothing of the earlier work surfaces, and what follows is only the later work', () =>
    withHost(runIn, async ({ webcodecs }) => {
      for (let round = 0; round < 12; round++) {
        let generation = 0;
        const seen: { generation: number; timestamp: number }[] = [];
        const encoder = new webcodecs.VideoEncoder({
          output: (chunk) => seen.push({ generation, timestamp: chunk.timestamp }),
          error: (error) => assert.fail(error.message),
        });
        for (generation = 0; generation < 3; generation++) {
          encoder.configure(config);
          for (let number = 0; number < 10; number++) {
            const picture = numberedFrame(webcodecs, number, 160, 128);
            const frame = new webcodecs.VideoFrame(picture, { timestamp: generation * 1e6 + number });
            encoder.encode(frame);
            picture.close();
            frame.close();
          }
          await pause(round % 4);
          if (generation < 2) encoder.reset();
          else await encoder.flush();
        }
        generation--;
        const late = seen.filter(({ generation: at, timestamp }) => Math.floor(timestamp / 1e6) !== Math.min(at, 2));
        assert.deepEqual(late, [], `round ${round}`);
        assert.equal(seen.filter(({ timestamp }) => timestamp >= 2e6).length, 10);
        encoder.close();
      }
    }));

  it('an output callback that throws is reported and stops neither codec nor order', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const reported: unknown[] = [];
      const listeners = process.listeners('uncaughtException');
      process.removeAllListeners('uncaughtException');
      process.on('uncaughtException', (error) => reported.push(error));
      try {
        const chunks: VideoChunk[] = [];
        const encoder = new webcodecs.VideoEncoder({
          output: (chunk) => {
            chunks.push(chunk);
            if (chunks.length === 2) throw new Error('planned');
          },
          error: (error) => assert.fail(error.message),
        });
        encoder.configure(config);
        for (const { frame } of numberedInputs(webcodecs, 5, 160, 128)) {
          encoder.encode(frame);
          frame.close();
        }
        await encoder.flush();
        await pause(5);
        assert.equal(chunks.length, 5);
        assert.equal(reported.length, 1, 'the exception is reported, not swallowed');
        encoder.close();
      } finally {
        process.removeAllListeners('uncaughtException');
        for (const listener of listeners) process.on('uncaughtException', listener);
      }
    }));

  it('a decoder whose frames are kept goes on, and all of them are readable afterwards', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const encoded = await encodeVideo(webcodecs, config, numberedInputs(webcodecs, 60, 160, 128));
      const frames: VideoFrameOf[] = [];
      const decoder = new webcodecs.VideoDecoder({
        output: (frame) => frames.push(frame),
        error: (error) => assert.fail(error.message),
      });
      assert.ok(encoded.decoderConfig);
      decoder.configure(encoded.decoderConfig);
      for (const chunk of encoded.chunks) decoder.decode(chunk);
      await decoder.flush();
      decoder.close();
      assert.equal(frames.length, 60);
      for (const frame of frames) {
        await frame.copyTo(new Uint8Array(frame.allocationSize()));
        frame.close();
      }
    }));
});
