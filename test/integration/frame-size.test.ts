import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeBothWays, withHost } from '../fixtures/codec-host.js';
import { decodeVideo, encodeVideo, numberedFrame, numberedInputs, type VideoChunk } from '../fixtures/coders.js';
import { eventually } from '../fixtures/event-loop.js';
import { readFrameNumber } from '../fixtures/synthetic-video.js';

const config = { codec: 'avc1.64001f', width: 320, height: 240, bitrate: 500_000, framerate: 30 };
const others: readonly [string, number, number][] = [
  ['larger', 640, 480],
  ['smaller', 160, 120],
  ['wider by two pixels', 322, 240],
];

describeBothWays('a frame whose size is not the encoder’s', (runIn) => {
  for (const [what, width, height] of others) {
    it(`${what}: an error that names both sizes, a closed encoder, and other codecs go on`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        const chunks: VideoChunk[] = [];
        const bystander = new webcodecs.VideoEncoder({
          output: (chunk) => chunks.push(chunk),
          error: (error) => assert.fail(`the other encoder failed: ${error.message}`),
        });
        bystander.configure(config);
        const errors: DOMException[] = [];
        const states: string[] = [];
        const encoder = new webcodecs.VideoEncoder({
          output: () => undefined,
          error: (error) => {
            errors.push(error);
            states.push(encoder.state);
          },
        });
        encoder.configure(config);
        for (let number = 0; number < 6; number++) {
          const right = numberedFrame(webcodecs, number, 320, 240);
          bystander.encode(right);
          if (encoder.state === 'configured') encoder.encode(right);
          right.close();
          if (number === 2) {
            const wrong = numberedFrame(webcodecs, number, width, height);
            encoder.encode(wrong);
            wrong.close();
          }
        }
        const flushed = encoder.flush().then(
          () => 'resolved',
          (error: unknown) => error,
        );
        await eventually('the error callback', () => errors.length > 0);
        const [error] = errors;
        assert.ok(error instanceof DOMException);
        assert.match(error.message, new RegExp(`${width}\\D+${height}`), 'it names the frame’s size');
        assert.match(error.message, /320\D+240/, 'it names the encoder’s size');
        assert.deepEqual(states, ['closed'], 'the state is closed before the callback is called');
        assert.ok((await flushed) instanceof DOMException, 'a flush behind the error is rejected');
        await bystander.flush();
        assert.equal(chunks.length, 6);
        bystander.close();
      }));

    it(`${what}, with frameSizeMismatch 'scale': it is scaled to the encoder’s size`, () =>
      withHost({ runIn, frameSizeMismatch: 'scale' }, async ({ webcodecs }) => {
        const encoded = await encodeVideo(webcodecs, config, numberedInputs(webcodecs, 6, width, height));
        assert.deepEqual(encoded.errors, []);
        assert.ok(encoded.decoderConfig);
        const { outputs } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
        assert.equal(outputs.length, 6);
        outputs.forEach(({ picture }, number) => {
          assert.deepEqual([picture.width, picture.height], [320, 240]);
          assert.equal(readFrameNumber(picture), number, 'the bar code is readable at the new size');
        });
      }));
  }
});
