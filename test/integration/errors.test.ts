import assert from 'node:assert/strict';
import { before, it } from 'node:test';
import { describeBothWays, type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { chunkBytes, encodeVideo, numberedInputs } from '../fixtures/coders.js';
import { eventually } from '../fixtures/event-loop.js';
import { type CodecMaker, ending, fourCodecs, videoConfig } from '../fixtures/four-codecs.js';

let makers: readonly CodecMaker[] = [];
before(async () => {
  makers = await fourCodecs();
});

function thrown(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

function assertInvalidState(error: unknown, what: string): void {
  assert.ok(error instanceof DOMException, `${what} throws a DOMException`);
  assert.equal(error.name, 'InvalidStateError', what);
}

/** A chunk that decodes, and one whose parser refuses it. Without reordering: the good one's frame comes at once. */
async function spoiledChunk(
  webcodecs: WebCodecs,
): Promise<{ config: VideoDecoderConfig; good: Uint8Array<ArrayBuffer>; bad: Uint8Array<ArrayBuffer> }> {
  const encoded = await encodeVideo(
    webcodecs,
    { ...videoConfig, latencyMode: 'realtime' },
    numberedInputs(webcodecs, 1, videoConfig.width, videoConfig.height),
  );
  const chunk = encoded.chunks[0];
  assert.ok(chunk && encoded.decoderConfig);
  const good = chunkBytes(chunk);
  // A NAL length that reaches past the chunk's end.
  const bad = good.slice();
  bad.fill(0x7f, 0, 4);
  return { config: encoded.decoderConfig as VideoDecoderConfig, good, bad };
}

describeBothWays('errors', (runIn) => {
  it('every method after close throws InvalidStateError, or rejects with it', () =>
    withHost(runIn, async ({ webcodecs }) => {
      for (const maker of makers) {
        const codec = maker.make(webcodecs);
        codec.close();
        assertInvalidState(
          thrown(() => codec.configure()),
          `${maker.kind}.configure`,
        );
        assertInvalidState(
          thrown(() => codec.work()),
          `${maker.kind} work`,
        );
        assertInvalidState(
          thrown(() => codec.reset()),
          `${maker.kind}.reset`,
        );
        assertInvalidState(
          thrown(() => codec.close()),
          `${maker.kind}.close`,
        );
        assert.equal(await ending(codec.flush()), 'InvalidStateError', `${maker.kind}.flush`);
      }
    }));

  it('work and flush before configure end in InvalidStateError', () =>
    withHost(runIn, async ({ webcodecs }) => {
      for (const maker of makers) {
        const codec = maker.make(webcodecs);
        assertInvalidState(
          thrown(() => codec.work()),
          maker.kind,
        );
        assert.equal(await ending(codec.flush()), 'InvalidStateError');
        codec.close();
      }
    }));

  it('a closed frame, a closed AudioData, a configuration with no meaning are TypeErrors', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const encoder = new webcodecs.VideoEncoder({ output: () => undefined, error: () => undefined });
      assert.throws(() => encoder.configure({ ...videoConfig, width: 0 }), TypeError);
      assert.throws(() => encoder.configure({ ...videoConfig, codec: '' }), TypeError);
      encoder.configure(videoConfig);
      const frame = new webcodecs.VideoFrame(new Uint8Array(videoConfig.width * videoConfig.height * 1.5), {
        format: 'I420',
        codedWidth: videoConfig.width,
        codedHeight: videoConfig.height,
        timestamp: 0,
      });
      frame.close();
      assert.throws(() => encoder.encode(frame), TypeError);
      encoder.close();
      const audio = new webcodecs.AudioEncoder({ output: () => undefined, error: () => undefined });
      audio.configure({ codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 });
      const data = new webcodecs.AudioData({
        format: 'f32',
        sampleRate: 48_000,
        numberOfChannels: 1,
        numberOfFrames: 4,
        timestamp: 0,
        data: new Float32Array(4),
      });
      data.close();
      assert.throws(() => audio.encode(data), TypeError);
      audio.close();
    }));

  it('a delta chunk where a key chunk is required throws DataError', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const decoder = new webcodecs.VideoDecoder({ output: (frame) => frame.close(), error: () => undefined });
      decoder.configure({ codec: 'vp8' });
      const delta = new webcodecs.EncodedVideoChunk({ type: 'delta', timestamp: 0, data: new Uint8Array(8) });
      const error = thrown(() => decoder.decode(delta));
      assert.ok(error instanceof DOMException && error.name === 'DataError');
      assert.equal(decoder.state, 'configured');
      decoder.close();
    }));

  it('a configuration that no codec opens with reaches the error callback as NotSupportedError; flush is rejected', () =>
    withHost(runIn, async ({ webcodecs }) => {
      for (const maker of makers) {
        const errors: DOMException[] = [];
        const states: string[] = [];
        const codec = maker.make(webcodecs, {
          error: (error) => {
            errors.push(error);
            states.push(codec.codec.state);
          },
        });
        codec.configure('unsupported');
        assert.equal(codec.codec.state, 'configured', 'the answer comes later');
        const flushed = ending(codec.flush());
        await eventually(`${maker.kind}'s error`, () => errors.length > 0);
        assert.equal(errors[0]?.name, 'NotSupportedError', maker.kind);
        assert.deepEqual(states, ['closed']);
        assert.notEqual(await flushed, 'resolved', maker.kind);
        assert.equal(codec.queueSize(), 0);
        assert.equal(errors.length, 1, 'it is told once');
      }
    }));

  it('work that the worker fails on reaches the error callback, behind the outputs of the work before it', () =>
    withHost(runIn, async ({ webcodecs }) => {
      for (const maker of makers) {
        const log: string[] = [];
        const codec = maker.make(webcodecs, {
          output: () => log.push('output'),
          error: (error) => log.push(`${error.name} ${codec.codec.state}`),
        });
        codec.configure();
        for (let count = 0; count < 5; count++) codec.work();
        await codec.flush();
        const good = log.length;
        codec.badWork();
        const flushed = ending(codec.flush());
        await eventually(`${maker.kind}'s error`, () => log.some((line) => line.includes('Error')));
        assert.match(
          log[good] ?? '',
          /^(EncodingError|DataError|OperationError|NotSupportedError) closed$/,
          maker.kind,
        );
        assert.notEqual(await flushed, 'resolved');
        assert.equal(codec.codec.state, 'closed');
        assert.equal(log.length, good + 1, 'nothing surfaces after the error');
      }
    }));

  it('an error of the decoder keeps its cause: which FFmpeg call failed and how', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const { config, good, bad } = await spoiledChunk(webcodecs);
      const errors: DOMException[] = [];
      let frames = 0;
      const decoder = new webcodecs.VideoDecoder({
        output: (frame) => {
          frames++;
          frame.close();
        },
        error: (error) => errors.push(error),
      });
      decoder.configure(config);
      decoder.decode(new webcodecs.EncodedVideoChunk({ type: 'key', timestamp: 0, data: good }));
      for (let count = 1; count < 4; count++) {
        decoder.decode(new webcodecs.EncodedVideoChunk({ type: 'delta', timestamp: count, data: bad }));
      }
      const flushed = ending(decoder.flush());
      await eventually('the error', () => errors.length > 0);
      assert.equal(errors[0]?.name, 'EncodingError');
      assert.match(errors[0]?.message ?? '', /avcodec_\w+/, 'the message names the FFmpeg call');
      assert.match(errors[0]?.message ?? '', /invalid data|error/i, 'the message keeps FFmpeg’s words');
      assert.equal(frames, 1, 'the good chunk before it was decoded');
      assert.notEqual(await flushed, 'resolved');
      assert.equal(errors.length, 1);
    }));

  it('flush promises end for close and reset with AbortError', () =>
    withHost(runIn, async ({ webcodecs }) => {
      for (const maker of makers) {
        const codec = maker.make(webcodecs);
        codec.configure();
        for (let count = 0; count < 10; count++) codec.work();
        const first = ending(codec.flush());
        codec.reset();
        assert.equal(await first, 'AbortError', `${maker.kind} reset`);
        codec.configure();
        for (let count = 0; count < 10; count++) codec.work();
        const second = ending(codec.flush());
        const third = ending(codec.flush());
        codec.close();
        assert.equal(await second, 'AbortError', `${maker.kind} close`);
        assert.equal(await third, 'AbortError', `${maker.kind} close`);
      }
    }));
});
