/** Pictures on their way to the preview: none stays open that nobody has, and none is left out. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import type { VideoSample } from 'mediabunny';
import { PictureStream } from '../../renderer/studio/engine/pictures.js';

describe('a stream of pictures', () => {
  const { signal } = new AbortController();
  let closed: number[] = [];
  let decoding: Promise<void>;
  let stream: PictureStream;

  async function next(): Promise<VideoSample> {
    const sample = await stream.next(signal);
    assert.ok(sample);
    return sample;
  }

  beforeEach(() => {
    closed = [];
    decoding = Promise.resolve();
    let made = 0;
    const read = async (): Promise<VideoSample> => {
      const timestamp = made;
      made += 1;
      await decoding;
      return { timestamp, duration: 1, close: () => closed.push(timestamp) } as unknown as VideoSample;
    };
    stream = new PictureStream(-1, read, () => undefined);
  });

  it('gives the next reader what was put back', async () => {
    const first = await next();
    stream.putBack(first, -1);
    assert.equal(stream.position, -1);
    assert.equal(await next(), first);
    assert.deepEqual(closed, []);
  });

  it('leaves a picture to the next reader where the signal comes first', async () => {
    const turn = new AbortController();
    let decoded: () => void = () => undefined;
    decoding = new Promise((resolve) => {
      decoded = resolve;
    });
    const reading = stream.next(turn.signal);
    turn.abort(new Error('another one'));
    await assert.rejects(reading, /another one/);
    decoded();
    assert.equal((await next()).timestamp, 0);
  });

  it('closes what is put back too late', async () => {
    const first = await next();
    const reading = next();
    stream.putBack(first, -1);
    assert.deepEqual(closed, [0]);
    const second = await reading;
    assert.equal(second.timestamp, 1);
    stream.close();
    stream.putBack(second, 0);
    assert.deepEqual(closed, [0, 1]);
  });

  it('is past a picture that was discarded, and before the next one', async () => {
    stream.discard(await next());
    assert.deepEqual(closed, [0]);
    assert.ok(stream.position > 0 && stream.position < 1, `${stream.position}`);
  });
});
