import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeBothWays, type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  audioDataOf,
  encodeAudio,
  encodeVideo,
  numberedFrame,
  numberedInputs,
  type VideoFrameOf,
} from '../fixtures/coders.js';
import { bestOf, startGapMeter, turnOfEventLoop } from '../fixtures/event-loop.js';
import { audioBlocks, syntheticSound } from '../fixtures/synthetic-audio.js';

/** The stated limit, in milliseconds. */
const largestGap = 50;

const video = { codec: 'avc1.64001f', width: 1_280, height: 720, bitrate: 3_000_000, framerate: 30 };
const audio = { codec: 'mp4a.40.2', sampleRate: 48_000, numberOfChannels: 2, bitrate: 128_000 };

interface Work {
  /** Queues one unit; the loop around it measures how long that takes. */
  calls: (() => void)[];
  flush(): Promise<void>;
  /** How many outputs have come. */
  outputs(): number;
  errors: unknown[];
  close(): void;
}

/** What each of the four codecs is given, prepared before the clock runs. */
const prepare: Record<string, (webcodecs: WebCodecs) => Promise<Work>> = {
  async 'video encoder'(webcodecs) {
    let count = 0;
    const errors: unknown[] = [];
    const encoder = new webcodecs.VideoEncoder({ output: () => count++, error: (error) => errors.push(error) });
    encoder.configure(video);
    const frames = Array.from({ length: 20 }, (_, number) =>
      numberedFrame(webcodecs, number, video.width, video.height),
    );
    const calls = frames.map((frame: VideoFrameOf) => () => {
      encoder.encode(frame);
      frame.close();
    });
    return { calls, flush: () => encoder.flush(), outputs: () => count, errors, close: () => encoder.close() };
  },
  async 'video decoder'(webcodecs) {
    const encoded = await encodeVideo(webcodecs, video, numberedInputs(webcodecs, 30, video.width, video.height));
    let count = 0;
    const errors: unknown[] = [];
    const decoder = new webcodecs.VideoDecoder({
      output: (frame) => {
        count++;
        frame.close();
      },
      error: (error) => errors.push(error),
    });
    assert.ok(encoded.decoderConfig);
    decoder.configure(encoded.decoderConfig);
    const calls = encoded.chunks.map((chunk) => () => decoder.decode(chunk));
    return { calls, flush: () => decoder.flush(), outputs: () => count, errors, close: () => decoder.close() };
  },
  async 'audio encoder'(webcodecs) {
    let count = 0;
    const errors: unknown[] = [];
    const encoder = new webcodecs.AudioEncoder({ output: () => count++, error: (error) => errors.push(error) });
    encoder.configure(audio);
    const blocks = audioBlocks(syntheticSound(8, 48_000, 2), 'f32', 4_800).map((block) =>
      audioDataOf(webcodecs, block),
    );
    const calls = blocks.map((data) => () => {
      encoder.encode(data);
      data.close();
    });
    return { calls, flush: () => encoder.flush(), outputs: () => count, errors, close: () => encoder.close() };
  },
  async 'audio decoder'(webcodecs) {
    const encoded = await encodeAudio(webcodecs, audio, audioBlocks(syntheticSound(2, 48_000, 2), 'f32', 4_800));
    let count = 0;
    const errors: unknown[] = [];
    const decoder = new webcodecs.AudioDecoder({
      output: (data) => {
        count++;
        data.close();
      },
      error: (error) => errors.push(error),
    });
    assert.ok(encoded.decoderConfig);
    decoder.configure(encoded.decoderConfig);
    const calls = encoded.chunks.map((chunk) => () => decoder.decode(chunk));
    return { calls, flush: () => decoder.flush(), outputs: () => count, errors, close: () => decoder.close() };
  },
};

describeBothWays('while a codec works the event loop stays free', (runIn) => {
  for (const [name, make] of Object.entries(prepare)) {
    it(`${name}: calls return at once, outputs come later, and flush() leaves no gap of ${largestGap} ms`, () =>
      bestOf(3, () =>
        withHost(runIn, async ({ webcodecs }) => {
          const work = await make(webcodecs);
          await turnOfEventLoop();
          const meter = startGapMeter();
          for (const [index, call] of work.calls.entries()) {
            const before = work.outputs();
            call();
            assert.equal(work.outputs(), before, 'no output comes inside the call');
            // A caller's own loop: a few calls per turn, as an export makes them.
            if (index % 4 === 3) await turnOfEventLoop();
          }
          let settled = false;
          const before = work.outputs();
          const flushed = work.flush().finally(() => (settled = true));
          assert.equal(work.outputs(), before, 'no output comes inside flush()');
          await Promise.resolve();
          assert.equal(settled, false, 'flush() is answered from another thread, not at once');
          await flushed;
          const gap = meter.stop();
          assert.deepEqual(work.errors, []);
          assert.ok(work.outputs() > 0);
          work.close();
          assert.ok(gap < largestGap, `the event loop was away for ${gap.toFixed(1)} ms`);
        }),
      ));
  }
});
