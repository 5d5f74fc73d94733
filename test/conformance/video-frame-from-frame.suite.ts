/** VideoFrames of VideoFrames: https://w3c.github.io/webcodecs/#videoframe-initialize-frame-from-other-frame */
import { assert } from 'chai';
import { cropped, formats, picture } from './frame-bytes.js';
import { assertThrows, type Env, Suite } from './harness.js';

export const suite = new Suite('VideoFrame of a VideoFrame');
const { conformance } = suite;

type Frame = ReturnType<Env['frame']>;
type Construct = new (...values: unknown[]) => Frame;

const anchor = '#videoframe-initialize-frame-from-other-frame';
const orientation = '#videoframe-initialize-visible-rect-orientation-and-display-size';

/** 8×4 where nothing else is said. */
function make(env: Env, members: object = {}, format = 'I420'): Frame {
  const init = { format, codedWidth: 8, codedHeight: 4, timestamp: 1, ...members };
  return new (env.webcodecs.VideoFrame as unknown as Construct)(picture(format, 8, 4), init);
}

function derive(env: Env, base: Frame, init?: object): Frame {
  return new (env.webcodecs.VideoFrame as unknown as Construct)(base, init);
}

function displaySize({ displayWidth, displayHeight }: Frame): number[] {
  return [displayWidth, displayHeight];
}

conformance(anchor, 'nothing given: all is the other frame’s but its metadata, and so are the pixels', async (env) => {
  for (const format of formats) {
    const members = { duration: 5, rotation: 90, flip: true, displayWidth: 9, displayHeight: 7 };
    const visibleRect = { x: 2, y: 2, width: 4, height: 2 };
    const colorSpace = { primaries: 'smpte432', fullRange: true };
    const metadata = { rtpTimestamp: 3 };
    const base = make(env, { ...members, visibleRect, colorSpace, metadata }, format);
    const frame = derive(env, base);
    base.close();
    const { codedWidth, codedHeight, timestamp, duration, rotation, flip } = frame;
    assert.deepEqual([codedWidth, codedHeight, timestamp, duration, rotation, flip], [8, 4, 1, 5, 90, true]);
    assert.deepEqual([frame.format, ...displaySize(frame)], [format, 9, 7]);
    assert.deepInclude(frame.visibleRect?.toJSON() as object, visibleRect);
    assert.deepEqual<unknown>(frame.colorSpace.toJSON(), { ...colorSpace, transfer: null, matrix: null });
    assert.deepEqual(frame.metadata(), {});
    const bytes = new Uint8Array(frame.allocationSize());
    await frame.copyTo(bytes);
    assert.deepEqual(bytes, cropped(format, 8, 4, visibleRect));
    frame.close();
  }
});

conformance(anchor, 'times and metadata are replaced by those given', (env) => {
  const base = make(env, { duration: 5 });
  const frame = derive(env, base, { timestamp: -3, duration: 0, metadata: { captureTime: 4 } });
  assert.deepEqual([frame.timestamp, frame.duration, frame.metadata()], [-3, 0, { captureTime: 4 }]);
  // Without [EnforceRange] numbers wrap around.
  const wrapped = derive(env, base, { timestamp: 2 ** 64 + 2 ** 12, duration: -(2 ** 64) + 2 ** 12 });
  assert.deepEqual([wrapped.timestamp, wrapped.duration], [2 ** 12, 2 ** 12]);
  for (const each of [base, frame, wrapped]) each.close();
});

conformance(
  'https://html.spec.whatwg.org/#check-the-usability-of-the-image-argument',
  'a closed frame is no image',
  (env) => {
    const base = make(env);
    base.close();
    assertThrows('InvalidStateError', () => derive(env, base));
    assertThrows('InvalidStateError', () => derive(env, base, { displayWidth: 3 }));
    // The init is converted first.
    assertThrows('TypeError', () => derive(env, base, { displayWidth: -1 }));
  },
);

conformance('https://webidl.spec.whatwg.org/#es-overloads', 'anything else is a TypeError', (env) => {
  for (const image of [undefined, null, 1, 'image', {}, [], new Uint8Array(4096), env.webcodecs.VideoFrame.prototype]) {
    assertThrows('TypeError', () => derive(env, image as unknown as Frame));
    assertThrows('TypeError', () => derive(env, image as unknown as Frame, { timestamp: 0 }));
  }
});

conformance('#validate-videoframeinit', 'what is no valid init is a TypeError', (env) => {
  const base = make(env);
  const rect = (x: number, y: number, width: number, height: number) => ({ visibleRect: { x, y, width, height } });
  const bad = [
    rect(1, 0, 2, 2),
    rect(0, 1, 2, 2),
    rect(-2, 0, 4, 2),
    rect(0, -2, 2, 4),
    rect(0, 0, 0, 2),
    rect(0, 0, 2, 0),
    rect(0, 0, Number.NaN, 2),
    rect(0, 0, 2, Number.POSITIVE_INFINITY),
    rect(4, 0, 5, 2),
    rect(0, 2, 2, 3),
    { displayWidth: 3 },
    { displayHeight: 3 },
    { displayWidth: 0, displayHeight: 3 },
    { displayWidth: 3, displayHeight: 0 },
  ];
  for (const init of bad) assertThrows('TypeError', () => derive(env, base, init));
  base.close();
  const dense = make(env, {}, 'I444');
  derive(env, dense, rect(1, 1, 7, 3)).close();
  dense.close();
});

conformance(anchor, 'alpha "discard" gives the equivalent opaque format', async (env) => {
  for (const format of formats) {
    const base = make(env, {}, format);
    const kept = derive(env, base, { alpha: 'keep' });
    const frame = derive(env, base, { alpha: 'discard' });
    assert.equal(kept.format, format);
    const opaque = /^(RGB|BGR)/.test(format) ? format.replace(/A$/, 'X') : format.replace('A', '');
    assert.equal(frame.format, opaque);
    const bytes = new Uint8Array(frame.allocationSize({ format: 'RGBA' }));
    await frame.copyTo(bytes, { format: 'RGBA' });
    assert.isTrue(bytes.every((byte, index) => index % 4 !== 3 || byte === 255));
    for (const each of [base, kept, frame]) each.close();
  }
});

conformance(orientation, 'a part of the picture keeps the shape of the pixels', (env) => {
  const base = make(env, { displayWidth: 16, displayHeight: 4 });
  const part = derive(env, base, { visibleRect: { x: 2, y: 2, width: 5, height: 1 } });
  assert.deepEqual(displaySize(part), [10, 1]);
  const explicit = derive(env, part, { displayWidth: 3, displayHeight: 2 });
  assert.deepEqual(displaySize(explicit), [3, 2]);
  const again = derive(env, explicit, { visibleRect: { x: 0, y: 0, width: 8, height: 4 } });
  assert.deepEqual(displaySize(again), [5, 8]);
  for (const each of [base, part, explicit, again]) each.close();
});

conformance('#videoframe-add-rotations', 'rotation and flip are added to the other frame’s', (env) => {
  for (const baseFlip of [false, true]) {
    for (const baseRotation of [0, 90, 180, 270]) {
      for (const flip of [false, true]) {
        for (const rotation of [0, 90, 180, 270, -90, 450]) {
          const base = make(env, { rotation: baseRotation, flip: baseFlip });
          const frame = derive(env, base, { rotation, flip });
          const sum = baseFlip ? baseRotation - rotation : baseRotation + rotation;
          assert.equal(frame.rotation, ((sum % 360) + 360) % 360);
          assert.equal(frame.flip, baseFlip !== flip);
          base.close();
          frame.close();
        }
      }
    }
  }
});

conformance(orientation, 'the display size turns with the picture', (env) => {
  for (const baseRotation of [0, 90, 180, 270]) {
    for (const rotation of [0, 90, 180, 270]) {
      const base = make(env, { rotation: baseRotation });
      assert.deepEqual(displaySize(base), baseRotation % 180 === 0 ? [8, 4] : [4, 8]);
      const frame = derive(env, base, { rotation });
      assert.deepEqual(displaySize(frame), frame.rotation % 180 === 0 ? [8, 4] : [4, 8], `${baseRotation}+${rotation}`);
      const part = derive(env, base, { rotation, visibleRect: { x: 0, y: 0, width: 2, height: 4 } });
      assert.deepEqual(displaySize(part), part.rotation % 180 === 0 ? [2, 4] : [4, 2]);
      for (const each of [base, frame, part]) each.close();
    }
  }
});

conformance(anchor, 'frames share the picture, which stays until the last of them is closed', async (env) => {
  if (!('transformVideoFrame' in env.webcodecs)) return;
  const local = make(env);
  const remote = await env.webcodecs.transformVideoFrame(local, {});
  local.close();
  const part = derive(env, remote, { visibleRect: { x: 2, y: 2, width: 4, height: 2 }, timestamp: 8 });
  remote.close();
  assertThrows('InvalidStateError', () => derive(env, remote));
  const bytes = new Uint8Array(part.allocationSize());
  await part.copyTo(bytes);
  assert.deepEqual(bytes, cropped('I420', 8, 4, { x: 2, y: 2, width: 4, height: 2 }));
  part.close();
});
