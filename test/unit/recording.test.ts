/** What a recording is made of, without devices. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EncodedPacket, StreamTarget, type StreamTargetChunk } from 'mediabunny';
import { videoCodecString } from '../../renderer/studio/engine/recording/formats.js';
import { FramePacer } from '../../renderer/studio/engine/recording/frame-pacer.js';
import { FrameQueue } from '../../renderer/studio/engine/recording/frame-queue.js';
import { Recorder } from '../../renderer/studio/engine/recording/recorder.js';
import { RecordingFile } from '../../renderer/studio/engine/recording/recording-file.js';
import { type PlacedSound, SoundTimeline } from '../../renderer/studio/engine/recording/sound-timeline.js';
import { Timeline, TrackClock } from '../../renderer/studio/engine/recording/timeline.js';

const rate = 48_000;

/** A block of 10 ms whose samples all say `value`. */
function block(value: number): Float32Array<ArrayBuffer>[] {
  return [new Float32Array(480).fill(value)];
}

/** What was placed, as one line of samples. */
function lineOf(placed: readonly PlacedSound[]): number[] {
  const line: number[] = [];
  for (const { position, planes } of placed) {
    assert.equal(position, line.length, 'sound is without holes');
    line.push(...(planes[0] ?? []));
  }
  return line;
}

test('a recording’s time stands still in pauses and ends', () => {
  const timeline = new Timeline();
  assert.equal(timeline.at(50), null);
  timeline.start(100);
  assert.equal(timeline.at(99), null);
  assert.equal(timeline.at(150), 50);
  timeline.pause(200);
  assert.equal(timeline.at(250), null);
  assert.equal(timeline.elapsed(1000), 100);
  timeline.resume(1200);
  assert.equal(timeline.at(1100), null, 'captured in the pause, arrived after it');
  assert.equal(timeline.at(1210), 110);
  timeline.end(1300);
  assert.equal(timeline.at(1299), 199, 'captured before the end, arrived after it');
  assert.equal(timeline.isOver(1299), false);
  assert.equal(timeline.isOver(1300), true);
  assert.equal(timeline.elapsed(5000), 200);
});

test('tracks of different epochs are laid on one clock by their quickest arrival', () => {
  const [camera, microphone] = [new TrackClock(), new TrackClock()];
  camera.momentOf(2_000_000_000, 1030);
  camera.momentOf(2_000_033_000, 1038);
  microphone.momentOf(5000, 1006);
  assert.equal(camera.momentOf(2_000_066_000, 1100), 1071);
  assert.equal(microphone.momentOf(75_000, 1080), 1076);
});

test('sixty frames a second become thirty, evenly, and fifty become thirty', () => {
  const taken = (source: number, fps: number): number[] => {
    const pacer = new FramePacer(fps);
    const times = Array.from({ length: source }, (_, index) => (index * 1000) / source);
    return times.filter((time) => pacer.takes(time));
  };
  assert.equal(taken(60, 30).length, 30);
  assert.equal(taken(50, 30).length, 30);
  assert.equal(taken(24, 30).length, 24);
  const pacer = new FramePacer(30);
  const trembling = Array.from({ length: 60 }, (_, index) => (index * 1000) / 30 + (index % 2) * -12);
  assert.equal(trembling.filter((time) => pacer.takes(time)).length, 60, 'a camera that is not exact');
});

test('frames that find no room are closed and counted, oldest first', async () => {
  const closed: number[] = [];
  const frame = (time: number) => ({ time, frame: { close: () => closed.push(time) } as unknown as VideoFrame });
  const queue = new FrameQueue(2);
  for (const time of [1, 2, 3, 4]) queue.push(frame(time));
  assert.deepEqual(closed, [1, 2]);
  assert.equal(queue.dropped, 2);
  queue.close();
  queue.push(frame(5));
  assert.deepEqual(closed, [1, 2, 5]);
  assert.equal((await queue.take())?.time, 3);
  assert.equal((await queue.take())?.time, 4);
  assert.equal(await queue.take(), null);
});

test('sound that a device leaves out becomes silence of the same length', () => {
  const sound = new SoundTimeline(rate, 1);
  const line = lineOf([...sound.place(0, block(1)), ...sound.place(1000, block(2)), ...sound.place(1010, block(3))]);
  assert.equal(line.length, 1.02 * rate);
  assert.equal(line[rate / 2], 0);
  assert.equal(line[rate], 2);
  assert.equal(line[1.01 * rate], 3);
});

test('blocks that a busy machine hands over late are not moved', () => {
  const sound = new SoundTimeline(rate, 1);
  const placed: PlacedSound[] = [];
  for (let index = 0; index < 300; index++) {
    // A fifth of a second without any, and then all at once.
    const late = index % 30 < 20 ? (20 - (index % 30)) * 10 : 0;
    placed.push(...sound.place(index * 10 + late - (index === 0 ? late : 0), block(index + 1)));
  }
  const line = lineOf(placed);
  assert.equal(line.length, 300 * 480);
  assert.equal(line[299 * 480], 300);
});

test('a clock that runs away is caught up with', () => {
  const sound = new SoundTimeline(rate, 1);
  let length = 0;
  for (let index = 0; index < 2000; index++) {
    // One part in a hundred too few samples.
    for (const { planes } of sound.place(index * 10.1, block(1))) length += planes[0]?.length ?? 0;
  }
  assert.ok(Math.abs(length / rate - 20.2) < 0.05, `${length / rate} s of sound for 20.2 s`);
});

test('after a loss sound goes on where it belongs at once', () => {
  const sound = new SoundTimeline(rate, 1);
  const before = [...sound.place(0, block(1)), ...sound.place(10, block(2))];
  sound.rewind(480);
  const line = lineOf([...before.slice(0, 1), ...sound.place(310, block(3))]);
  assert.equal(line.length, 0.32 * rate);
  assert.equal(line[480], 0);
  assert.equal(line[0.31 * rate], 3);
});

test('sound and silence that are refused are not tried for ever', () => {
  const sound = new SoundTimeline(rate, 1);
  let offers = 0;
  // As by an encoder whose queue is full; the limit is for the test to end where the line does not.
  const refuse = (placed: Iterable<PlacedSound>): void => {
    for (const { position } of placed) {
      offers += 1;
      sound.rewind(position);
      if (offers > 10) break;
    }
  };
  refuse(sound.fill(rate));
  assert.equal(offers, 1);
  refuse(sound.place(1000, block(1)));
  assert.equal(offers, 2, 'the block does not come before the silence that it follows');
  const line = lineOf([...sound.place(1010, block(2))]);
  assert.equal(line.length, 1.02 * rate);
  assert.equal(line[1.01 * rate], 2);
});

const small = { format: 'vp9-webm', width: 320, height: 180, fps: 30, videoBitrate: 1e5, audioBitrate: 1e5 } as const;

test('a stop counts while no host comes', { timeout: 20_000 }, async () => {
  const states: string[] = [];
  const recorder = new Recorder(
    small,
    { video: new ReadableStream(), audio: null },
    {
      currentHost: () => new Promise(() => undefined),
      target: () => new StreamTarget(new WritableStream()),
      progress: ({ state }) => states.push(state),
    },
  );
  const over = recorder.run();
  recorder.stop();
  const { end, frames } = await over;
  assert.deepEqual([end, frames, states.at(-1)], [{ type: 'stopped' }, 0, 'finishing']);
});

test('what breaks a file is told at its end, too', { timeout: 20_000 }, async () => {
  const told: unknown[] = [];
  const broken = new Promise<void>((resolve) => {
    const writable = new WritableStream<StreamTargetChunk>({ write: () => Promise.reject(new Error('no space')) });
    const file = new RecordingFile(small.format, false, new StreamTarget(writable), (error) => {
      told.push(error);
      resolve(assert.rejects(file.finish(), { message: 'no space' }));
    });
    const config = { codec: 'vp09.00.10.08', codedWidth: small.width, codedHeight: small.height };
    for (let index = 0; index < 60; index++) {
      const packet = new EncodedPacket(new Uint8Array(1000), index % 30 === 0 ? 'key' : 'delta', index / 30, 1 / 30);
      file.addVideo(packet, index === 0 ? { decoderConfig: config } : undefined);
    }
  });
  await broken;
  assert.equal(told.length, 1);
});

test('the codec string names the lowest level that has room', () => {
  const settings = { format: 'h264-mp4', videoBitrate: 1, audioBitrate: 1 } as const;
  assert.equal(videoCodecString({ ...settings, width: 1280, height: 720, fps: 30 }), 'avc1.64001f');
  assert.equal(videoCodecString({ ...settings, width: 1920, height: 1080, fps: 60 }), 'avc1.64002a');
  assert.equal(
    videoCodecString({ ...settings, format: 'av1-webm', width: 3840, height: 2160, fps: 30 }),
    'av01.0.12M.08',
  );
  assert.throws(() => videoCodecString({ ...settings, width: 7680, height: 4320, fps: 60 }), RangeError);
});
