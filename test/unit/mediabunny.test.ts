import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { VideoSample, type VideoSampleTransformationDescription } from 'mediabunny';
import { createWebCodecs } from '../../app/client/index.js';
import { encodableSampleRate } from '../../app/mediabunny/codec-support.js';
import { CoderCore } from '../../app/mediabunny/coder-core.js';
import { primingOf } from '../../app/mediabunny/priming.js';
import { TimingLedger } from '../../app/mediabunny/timing-ledger.js';
import { cropInSource } from '../../app/mediabunny/transform.js';

describe('times between Mediabunny’s seconds and the codecs’ microseconds', () => {
  it('come back exactly, in any order', () => {
    const ledger = new TimingLedger();
    const noted = [0, 1 / 30, 1001 / 30000, 2 / 3].map((seconds) => [ledger.note(seconds, 1 / 3), seconds] as const);
    for (const [microseconds, seconds] of noted.reverse()) {
      assert.equal(Number.isInteger(microseconds), true);
      assert.deepEqual(ledger.take(microseconds, null), { timestamp: seconds, duration: 1 / 3 });
    }
  });

  it('that were never noted speak for themselves', () => {
    assert.deepEqual(new TimingLedger().take(-21333, 40000), { timestamp: -0.021333, duration: 0.04 });
  });

  it('of dropped frames are forgotten some day', () => {
    const ledger = new TimingLedger();
    const first = ledger.note(1e-6 / 3, 1);
    for (let second = 1; second <= 1000; second++) {
      ledger.note(second, 1);
    }
    assert.deepEqual(ledger.take(first, null), { timestamp: 0, duration: 0 });
  });
});

class FakeCodec {
  state: 'configured' | 'closed' = 'configured';
  queueSize = 0;
  #listeners: (() => void)[] = [];

  addEventListener(_type: 'dequeue', listener: () => void): void {
    this.#listeners.push(listener);
  }

  dequeue(): void {
    this.queueSize--;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  close(): void {
    this.state = 'closed';
  }
}

function makeCore(): { codec: FakeCodec; core: CoderCore<FakeCodec>; errors: unknown[] } {
  const codec = new FakeCodec();
  const errors: unknown[] = [];
  return {
    codec,
    core: new CoderCore(
      codec,
      createWebCodecs(() => assert.fail('nothing connects')),
      () => codec.queueSize,
      1,
      (error) => errors.push(error),
    ),
    errors,
  };
}

function enqueueThree(codec: FakeCodec): void {
  codec.queueSize = 3;
}

async function isPending(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending');
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) === pending;
}

describe('a coder whose queue is full', () => {
  it('waits until the queue has room again', async () => {
    const { codec, core } = makeCore();
    const work = core.work(enqueueThree);
    codec.dequeue();
    assert.equal(await isPending(work), true);
    codec.dequeue();
    await work;
  });

  it('stops waiting when the codec fails, and tells the error once', async () => {
    const { core, errors } = makeCore();
    const work = core.work(enqueueThree);
    const error = new DOMException('broken', 'EncodingError');
    core.fail(error);
    core.fail(new DOMException('again', 'EncodingError'));
    await work;
    assert.deepEqual(errors, [error]);
  });

  it('stops waiting when it is closed', async () => {
    const { core, errors } = makeCore();
    const work = core.work(enqueueThree);
    core.close();
    await work;
    assert.deepEqual(errors, []);
  });
});

describe('a coder that has failed', () => {
  it('tells of what its codec threw instead of rejecting: Mediabunny would never close it', async () => {
    const { core, errors } = makeCore();
    const error = new TypeError('no such codec');
    await core.attempt(() => {
      throw error;
    });
    assert.deepEqual(errors, [error]);
  });

  it('does nothing more', async () => {
    const { core } = makeCore();
    core.fail(new Error('broken'));
    let done = false;
    await core.work(() => {
      done = true;
    });
    assert.equal(done, false);
  });
});

describe('a crop rectangle of the picture as it is seen', () => {
  // 8 × 4 pixels as they are stored; the cropped corner is 2 × 1 pixels of what is seen.
  const cases: readonly (readonly [rotation: 0 | 90 | 180 | 270, flip: boolean, expected: number[]])[] = [
    [0, false, [0, 0, 2, 1]],
    [0, true, [6, 0, 2, 1]],
    [90, false, [0, 2, 1, 2]],
    [90, true, [0, 0, 1, 2]],
    [180, false, [6, 3, 2, 1]],
    [180, true, [0, 3, 2, 1]],
    [270, false, [7, 0, 1, 2]],
    [270, true, [7, 2, 1, 2]],
  ];
  for (const [rotation, flip, expected] of cases) {
    it(`is found in pixels turned by ${rotation}°${flip ? ' and mirrored' : ''}`, () => {
      using sample = new VideoSample(new Uint8Array(8 * 4 * 4), {
        format: 'RGBA',
        codedWidth: 8,
        codedHeight: 4,
        timestamp: 0,
      });
      const crop = { left: 0, top: 0, width: 2, height: 1 };
      const description = { width: 2, height: 1, fit: 'fill', alpha: 'keep', rotation, flip, crop } as const;
      const { x, y, width, height } = cropInSource(sample, description satisfies VideoSampleTransformationDescription);
      assert.deepEqual([x, y, width, height], expected);
    });
  }

  it('is scaled where pixels are not square', () => {
    using sample = new VideoSample(new Uint8Array(8 * 4 * 4), {
      format: 'RGBA',
      codedWidth: 8,
      codedHeight: 4,
      displayWidth: 16,
      displayHeight: 4,
      timestamp: 0,
    });
    const crop = { left: 4, top: 0, width: 8, height: 4 };
    const description = { width: 8, height: 4, fit: 'fill', alpha: 'keep', rotation: 0, flip: false, crop } as const;
    assert.deepEqual(cropInSource(sample, description), { x: 2, y: 0, width: 4, height: 4 });
  });
});

describe('sound for an encoder', () => {
  it('keeps its sample rate where the codec takes it, else goes up', () => {
    assert.equal(encodableSampleRate('aac', 44100), 44100);
    assert.equal(encodableSampleRate('opus', 44100), 48000);
    assert.equal(encodableSampleRate('opus', 24000), 24000);
    assert.equal(encodableSampleRate('mp3', 96000), 48000);
    assert.equal(encodableSampleRate('flac', 192000), 192000);
  });

  it('begins with as much silence as its codec makes', () => {
    const head = new Uint8Array(19);
    new DataView(head.buffer).setUint16(10, 312, true);
    assert.equal(primingOf('opus', 24000, head), 312 / 48000);
    assert.equal(primingOf('aac', 44100, null), 1024 / 44100);
    assert.equal(primingOf('flac', 44100, null), 0);
  });
});
