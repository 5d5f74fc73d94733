import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, it } from 'node:test';
import { describeBothWays, withHost } from '../fixtures/codec-host.js';
import { decodeVideo, encodeVideo, frameOf, numberedInputs } from '../fixtures/coders.js';
import { eventually, pause } from '../fixtures/event-loop.js';
import { type AnyCodec, type CodecMaker, ending, fourCodecs } from '../fixtures/four-codecs.js';
import { readFrameNumber, syntheticPicture } from '../fixtures/synthetic-video.js';

let makers: readonly CodecMaker[] = [];
before(async () => {
  makers = await fourCodecs();
});

const kinds = ['VideoEncoder', 'VideoDecoder', 'AudioEncoder', 'AudioDecoder'] as const;

function makerOf(kind: CodecMaker['kind']): CodecMaker {
  const maker = makers.find((candidate) => candidate.kind === kind);
  assert.ok(maker);
  return maker;
}

describeBothWays('codecs live and end', (runIn) => {
  for (const kind of kinds) {
    it(`${kind}: a hundred and fifty rapid cycles of create, configure, work and close without flush leave nothing behind`, () =>
      withHost(runIn, async (host) => {
        for (let cycle = 0; cycle < 150; cycle++) {
          const codec = makerOf(kind).make(host.webcodecs);
          codec.configure();
          codec.work();
          if (cycle % 3 === 0) codec.work();
          if (cycle % 10 === 9) await pause(1);
          codec.close();
          assert.equal(codec.codec.state, 'closed');
        }
        await eventually(
          'the cycles to be over in the host',
          async () => (await host.statistics()).codecs === 0,
          20_000,
        );
      }));

    it(`${kind}: thirty cycles that end in flush and close bring an output each`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        for (let cycle = 0; cycle < 30; cycle++) {
          let outputs = 0;
          const codec = makerOf(kind).make(webcodecs, { output: () => outputs++ });
          codec.configure();
          codec.work();
          await codec.flush();
          assert.ok(outputs >= 1, `cycle ${cycle}`);
          codec.close();
        }
      }));

    it(`${kind}: reset during work drops it, and the codec works again after configure`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        for (let round = 0; round < 10; round++) {
          const times: number[] = [];
          let afterReset = 0;
          let quiet = false;
          const codec = makerOf(kind).make(webcodecs, { output: (time) => (quiet ? afterReset++ : times.push(time)) });
          codec.configure();
          for (let count = 0; count < 12; count++) codec.work();
          await pause(round);
          const cut = codec.flush();
          const [ended] = await Promise.all([ending(cut), Promise.resolve().then(() => codec.reset())]);
          assert.ok(ended === 'AbortError' || ended === 'resolved', ended);
          assert.equal(codec.codec.state, 'unconfigured');
          assert.equal(codec.queueSize(), 0);
          quiet = true;
          await pause(10);
          assert.equal(afterReset, 0, 'nothing surfaces after reset');
          quiet = false;
          times.length = 0;
          codec.configure();
          for (let count = 0; count < 5; count++) codec.work();
          await codec.flush();
          assert.ok(times.length >= 5);
          assert.ok((times[0] ?? 1) <= 0, 'the stream begins anew');
          codec.close();
        }
      }));

    it(`${kind}: work given while a flush is pending comes after it`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        const log: string[] = [];
        const codec = makerOf(kind).make(webcodecs, { output: () => log.push('output') });
        codec.configure();
        for (let count = 0; count < 10; count++) codec.work();
        const first = codec.flush().then(() => log.push('first flush'));
        for (let count = 0; count < 10; count++) codec.work();
        const second = codec.flush().then(() => log.push('second flush'));
        await Promise.all([first, second]);
        const firstAt = log.indexOf('first flush');
        assert.ok(firstAt >= 10, `${firstAt} outputs before the first flush`);
        assert.equal(log.at(-1), 'second flush');
        assert.ok(log.length >= 22, `${log.length - 2} outputs for 20 units of work`);
        codec.close();
      }));

    it(`${kind}: calls past the hard limit throw QuotaExceededError, and what was taken is still done`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        let outputs = 0;
        const codec = makerOf(kind).make(webcodecs, { output: () => outputs++ });
        codec.configure();
        let taken = 0;
        let refusal: unknown;
        while (refusal === undefined && taken < 50_000) {
          try {
            codec.work();
            taken++;
          } catch (error) {
            refusal = error;
          }
        }
        assert.ok(refusal instanceof DOMException, `no limit within ${taken} units`);
        assert.equal(refusal.name, 'QuotaExceededError');
        assert.equal(codec.codec.state, 'configured', 'the refusal is no codec error');
        await codec.flush();
        assert.ok(outputs >= taken * 0.99, `${outputs} outputs for ${taken} units`);
        codec.work();
        await codec.flush();
        assert.ok(outputs > taken * 0.99, 'it goes on after the refusal');
        codec.close();
      }));

    it(`${kind}: the queue size rises with each call, falls to zero, and dequeue events are coalesced`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        const codec = makerOf(kind).make(webcodecs);
        let events = 0;
        const sizes: number[] = [];
        codec.codec.addEventListener('dequeue', () => {
          events++;
          sizes.push(codec.queueSize());
        });
        codec.configure();
        const work = 20;
        for (let count = 1; count <= work; count++) {
          codec.work();
          assert.equal(codec.queueSize(), count, 'within one turn nothing is taken off the queue');
        }
        await codec.flush();
        assert.equal(codec.queueSize(), 0);
        await pause(5);
        assert.ok(events >= 1 && events <= work, `${events} dequeue events for ${work} units`);
        assert.ok(
          sizes.every((size, index) => index === 0 || size <= (sizes[index - 1] as number)),
          `sizes ${sizes.join(' ')}`,
        );
        codec.work();
        codec.work();
        codec.reset();
        assert.equal(codec.queueSize(), 0, 'reset empties the queue at once');
        codec.close();
      }));

    it(`${kind}: what is taken off the queue twice in one turn is told by one dequeue event`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        const codec = makerOf(kind).make(webcodecs);
        let events = 0;
        codec.codec.addEventListener('dequeue', () => events++);
        const told = once(codec.codec, 'dequeue');
        for (let again = 0; again < 3; again++) {
          codec.configure();
          codec.work();
          codec.reset();
        }
        assert.equal(events, 0, 'events come in a turn of their own');
        await told;
        await pause(20);
        assert.equal(events, 1);
        codec.close();
      }));
  }

  it('several codecs of mixed sizes and kinds at once each get their own outputs in order', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const sizes = [
        [64, 48],
        [640, 360],
        [322, 242],
        [1_280, 720],
      ] as const;
      const videos = sizes.map(async ([width, height], index) => {
        const codec = index % 2 === 0 ? 'vp8' : 'avc1.640028';
        const encoded = await encodeVideo(
          webcodecs,
          { codec, width, height, framerate: 30, bitrate: width * height * 6 },
          numberedInputs(webcodecs, 10, width, height),
        );
        assert.deepEqual(encoded.errors, []);
        assert.ok(encoded.decoderConfig);
        const { outputs } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
        assert.deepEqual(
          outputs.map(({ picture }) => [picture.width, picture.height, readFrameNumber(picture)]),
          Array.from({ length: 10 }, (_, number) => [width, height, number]),
        );
      });
      const everyKind = makers.map(async (maker) => {
        const times: number[] = [];
        const codec: AnyCodec = maker.make(webcodecs, { output: (time) => times.push(time) });
        codec.configure();
        for (let count = 0; count < 20; count++) codec.work();
        await codec.flush();
        assert.deepEqual(
          times,
          [...times].sort((a, b) => a - b),
          maker.kind,
        );
        codec.close();
      });
      await Promise.all([...videos, ...everyKind]);
    }));

  it('one frame of 7680×4320 is encoded and comes back', () =>
    withHost(runIn, async ({ webcodecs }) => {
      const [width, height] = [7_680, 4_320];
      const config = {
        codec: 'vp8',
        width,
        height,
        bitrate: 40_000_000,
        framerate: 30,
        latencyMode: 'realtime' as const,
      };
      const picture = syntheticPicture(1_234, width, height);
      const encoded = await encodeVideo(webcodecs, config, [{ frame: frameOf(webcodecs, picture, 0) }]);
      assert.deepEqual(encoded.errors, []);
      assert.equal(encoded.chunks.length, 1);
      assert.ok(encoded.decoderConfig);
      const { outputs, errors } = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
      assert.deepEqual(errors, []);
      assert.deepEqual(
        outputs.map((output) => readFrameNumber(output.picture)),
        [1_234],
      );
    }));
});
