import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createCodecHost } from 'electron-webcodecs';
import { assertNothingLeft, type CodecHost } from '../fixtures/codec-host.js';
import { animationCases, exifOf, jpegWithExif, makeImage, stillCases, webpWithExif } from '../fixtures/image-files.js';
import { chooseSeed, type Random, seededRandom } from '../fixtures/random.js';
import { spoil } from '../fixtures/spoil.js';

const filesPerImage = 300;
/** An image that takes longer hangs: a promise without an ending. */
const imageLimit = 20_000;
const expectedErrors = new Set(['EncodingError', 'InvalidStateError', 'RangeError']);

interface Outcome {
  frames: number;
  error: string | null;
}

/** Bytes at once, or a stream of pieces. */
function sourceOf(data: Uint8Array<ArrayBuffer>, random: Random): Uint8Array<ArrayBuffer> | ReadableStream {
  if (data.length > 0 && random.below(2) === 0) return data;
  const cut = random.below(data.length + 1);
  return new ReadableStream({
    start(controller) {
      controller.enqueue(data.slice(0, cut));
      controller.enqueue(data.slice(cut));
      controller.close();
    },
  });
}

async function decodeAll(
  host: CodecHost,
  type: string,
  source: Uint8Array<ArrayBuffer> | ReadableStream,
): Promise<Outcome> {
  const decoder = new host.webcodecs.ImageDecoder({ type, data: source });
  let frames = 0;
  try {
    await decoder.completed;
    await decoder.tracks.ready;
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    for (let frameIndex = 0; frameIndex < Math.min(count, 8); frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      image.close();
      frames++;
    }
    return { frames, error: null };
  } catch (error) {
    return { frames, error: (error as Error).name };
  } finally {
    decoder.close();
  }
}

function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`took more than ${imageLimit} ms`)), imageLimit);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

const seed = chooseSeed();

describe(`damaged images, TEST_SEED=${seed}`, () => {
  let host: CodecHost;
  let exits = 0;
  before(async () => {
    host = createCodecHost({ runIn: 'child' });
    host.on('exit', () => {
      exits++;
    });
    await host.ready;
  });
  after(() => host.close());

  for (const [position, image] of [...stillCases, ...animationCases].entries()) {
    it(`${image.name}: each ends in frames or a clean error; the host lives`, async () => {
      const random = seededRandom(seed + position);
      const plain = await makeImage(image);
      const good =
        image.extension === 'jpg'
          ? jpegWithExif(plain, exifOf(6))
          : image.name === 'WebP lossy'
            ? webpWithExif(plain, exifOf(6))
            : plain;
      const outcomes = { decoded: 0, refused: 0 };
      for (let round = 0; round < filesPerImage; round++) {
        const data = spoil(good, random);
        const outcome = await inTime(decodeAll(host, image.type, sourceOf(data, random)));
        assert.ok(
          outcome.error === null || expectedErrors.has(outcome.error),
          `round ${round} of seed ${seed + position} ended in ${outcome.error}`,
        );
        if (outcome.frames > 0) outcomes.decoded++;
        else outcomes.refused++;
      }
      assert.ok(outcomes.refused > 0, 'some damage is to be noticed');
      assert.equal((await decodeAll(host, image.type, good)).error, null);
      assert.equal(exits, 0, 'the host died');
      await assertNothingLeft(host);
    });
  }
});
