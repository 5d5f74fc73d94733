/** Frames of every origin, encoded in the host, decoded there and drawn. */
import { assert } from 'chai';
import { importVideoFrame } from 'electron-webcodecs/renderer';
import {
  assertQuadrants,
  type Colour,
  decodeChunks,
  drawnQuadrants,
  encodeFrames,
  paint,
  paintedCanvas,
  quadrants,
} from './coding.js';
import { offer, type PageEnv, type Situation } from './situations.js';

const config = { codec: 'vp09.00.10.08', width: 128, height: 96, bitrate: 4_000_000, framerate: 30 };

async function seenThroughVp9(env: PageEnv, frame: VideoFrame, more: object = {}): Promise<void> {
  const codecs = await env.connect();
  const encoded = await encodeFrames(codecs, { ...config, ...more }, [frame]);
  const [decoded, ...others] = await decodeChunks(codecs, encoded);
  assert.isEmpty(others);
  assert.isDefined(decoded);
  assert.instanceOf(decoded, VideoFrame);
  assertQuadrants(decoded as VideoFrame);
  decoded?.close();
}

/** Limited-range BT.709 of a colour. */
function toYuv([r, g, b]: Colour): [number, number, number] {
  const y = 0.2126 * r + 0.7152 * g + 0.0722 * b;
  const scale = (value: number, range: number, offset: number) => (value / 255) * range + offset;
  return [scale(y, 219, 16), scale((b - y) / 1.8556, 224, 128), scale((r - y) / 1.5748, 224, 128)];
}

interface Plane {
  width: number;
  height: number;
  samples(colour: Colour): number[];
}

/** Raw pixels of the four quadrants. */
function rawPixels(format: string, width: number, height: number): Uint8Array {
  const yuv = /^I(420|422|444)(A?)(?:P(10|12))?$/.exec(format);
  const depth = Number(yuv?.[3] ?? 8);
  const shift = 2 ** (depth - 8);
  const sub = { width: yuv?.[1] === '444' ? width : width / 2, height: yuv?.[1] === '420' ? height / 2 : height };
  const of = (index: number) => (colour: Colour) => [(toYuv(colour)[index] ?? 0) * shift];
  let planes: Plane[];
  if (format === 'NV12') {
    const chroma = (colour: Colour) => toYuv(colour).slice(1);
    planes = [
      { width, height, samples: of(0) },
      { width: width / 2, height: height / 2, samples: chroma },
    ];
  } else if (yuv) {
    planes = [
      { width, height, samples: of(0) },
      { ...sub, samples: of(1) },
      { ...sub, samples: of(2) },
    ];
    if (yuv[2]) planes.push({ width, height, samples: () => [255 * shift] });
  } else {
    const samples = ([r, g, b]: Colour) => (format.startsWith('RGB') ? [r, g, b, 255] : [b, g, r, 255]);
    planes = [{ width, height, samples }];
  }
  const values = planes.flatMap((plane) =>
    Array.from({ length: plane.width * plane.height }, (_, at) => {
      const right = at % plane.width >= plane.width / 2 ? 1 : 0;
      const below = Math.floor(at / plane.width) >= plane.height / 2 ? 2 : 0;
      return plane.samples(quadrants[right + below] as Colour).map(Math.round);
    }).flat(),
  );
  return depth === 8 ? Uint8Array.from(values) : new Uint8Array(Uint16Array.from(values).buffer);
}

function rawFrame(format: string): VideoFrame {
  const data = rawPixels(format, 128, 96);
  const isRgb = /^(RGB|BGR)/.test(format);
  return new VideoFrame(data, {
    format: format as VideoPixelFormat,
    codedWidth: 128,
    codedHeight: 96,
    timestamp: 0,
    // The canvas's own transfer, so that drawing converts nothing but the matrix.
    colorSpace: {
      primaries: 'bt709',
      transfer: 'iec61966-2-1',
      matrix: isRgb ? 'rgb' : 'bt709',
      fullRange: isRgb,
    },
  });
}

const fromBuffers: Record<string, Situation> = Object.fromEntries(
  ['I420', 'I422', 'I444', 'I420A', 'I420P10', 'I420P12', 'I444P10', 'NV12', 'RGBA', 'RGBX', 'BGRA', 'BGRX'].map(
    (format): [string, Situation] => [
      `a buffer in ${format} comes through VP9 with its colours`,
      (env) => seenThroughVp9(env, rawFrame(format)),
    ],
  ),
);

/** Plays a clip that was made of a painted canvas, until it shows a picture. */
async function playingVideo(): Promise<HTMLVideoElement> {
  const canvas = document.createElement('canvas');
  [canvas.width, canvas.height] = [128, 96];
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  paint(context);
  const stream = canvas.captureStream(30);
  const video = document.createElement('video');
  video.muted = true;
  video.srcObject = stream;
  const repaint = setInterval(() => paint(context), 20);
  await video.play();
  await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
  clearInterval(repaint);
  return video;
}

offer({
  'a canvas comes through VP9 with its colours': async (env) => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [128, 96];
    paint(canvas.getContext('2d') as CanvasRenderingContext2D);
    await seenThroughVp9(env, new VideoFrame(canvas, { timestamp: 0 }));
  },

  'an opaque canvas in another colour space keeps its primaries': async (env) => {
    const canvas = new OffscreenCanvas(128, 96);
    const context = canvas.getContext('2d', { colorSpace: 'display-p3', alpha: false });
    paint(context as OffscreenCanvasRenderingContext2D);
    const codecs = await env.connect();
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    const { primaries, transfer } = frame.colorSpace;
    const { config: decoderConfig } = await encodeFrames(codecs, config, [frame]);
    assert.deepEqual(decoderConfig.colorSpace, { primaries, transfer, matrix: 'bt709', fullRange: false });
  },

  'an OffscreenCanvas comes through VP9 with its colours': (env) =>
    seenThroughVp9(env, new VideoFrame(paintedCanvas(), { timestamp: 0 })),

  'an ImageBitmap comes through VP9 with its colours': async (env) =>
    seenThroughVp9(env, new VideoFrame(await createImageBitmap(paintedCanvas()), { timestamp: 0 })),

  'a <video> comes through VP9 with its colours': async (env) => {
    const video = await playingVideo();
    await seenThroughVp9(env, new VideoFrame(video, { timestamp: 0 }));
    video.srcObject = null;
  },

  'a canvas of odd sides is converted to its edges': async (env) => {
    const frame = new VideoFrame(paintedCanvas(127, 95), { timestamp: 0 });
    await seenThroughVp9(env, frame, { width: 127, height: 95 });
  },

  'RGB goes to a 4:4:4 codec as it is': async (env) => {
    const codecs = await env.connect();
    const thin = new OffscreenCanvas(128, 96);
    const context = thin.getContext('2d') as OffscreenCanvasRenderingContext2D;
    // Lines of one pixel, whose colours I420 would mix.
    for (let x = 0; x < 128; x += 1) {
      context.fillStyle = x % 2 ? 'rgb(200 40 40)' : 'rgb(40 40 200)';
      context.fillRect(x, 0, 1, 96);
    }
    const lines = { ...config, codec: 'vp09.01.10.08.03.01.01.01.00', bitrate: 20_000_000 };
    const encoded = await encodeFrames(codecs, lines, [new VideoFrame(thin, { timestamp: 0 })]);
    const [frame] = await decodeChunks(codecs, encoded);
    assert.equal(frame?.format, 'I444');
    const seen = new OffscreenCanvas(128, 96).getContext('2d') as OffscreenCanvasRenderingContext2D;
    seen.drawImage(frame as VideoFrame, 0, 0);
    const [red = 0, , blue = 0] = seen.getImageData(65, 40, 1, 1).data;
    assert.isAbove(red - blue, 100, 'a red line between blue ones stays red');
    frame?.close();
  },

  'RGB for a 4:2:0 codec crosses as I420': async (env) => {
    const codecs = await env.connect();
    const before = codecs.bridge.crossed.sent;
    await encodeFrames(codecs, config, [new VideoFrame(paintedCanvas(), { timestamp: 0 })]);
    const pixels = 128 * 96;
    const { bytesReceived } = await codecs.statistics();
    assert.equal(bytesReceived, pixels * 1.5);
    assert.isBelow(codecs.bridge.crossed.sent - before, pixels * 1.5 + 4000);
  },

  'a frame whose format the platform keeps to itself is read as RGB': async (env) => {
    // As with frames in a GPU's memory, of which there are none here.
    const descriptor = Object.getOwnPropertyDescriptor(VideoFrame.prototype, 'format') as PropertyDescriptor;
    const frame = rawFrame('I420');
    const codecs = await env.connect();
    const before = (await codecs.statistics()).bytesReceived;
    Object.defineProperty(VideoFrame.prototype, 'format', { ...descriptor, get: () => null });
    let encoded: Awaited<ReturnType<typeof encodeFrames>>;
    try {
      encoded = await encodeFrames(codecs, { ...config, codec: 'vp09.01.10.08.03.01.01.01.00' }, [frame]);
    } finally {
      Object.defineProperty(VideoFrame.prototype, 'format', descriptor);
    }
    assert.equal((await codecs.statistics()).bytesReceived - before, 128 * 96 * 4);
    const [decoded] = await decodeChunks(codecs, encoded);
    // Chromium's own conversion, and its drawing.
    assertQuadrants(decoded as VideoFrame, quadrants, 14);
    decoded?.close();
  },

  'alpha goes in and comes out where it is to be kept': async (env) => {
    const codecs = await env.connect();
    const canvas = new OffscreenCanvas(128, 96);
    const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
    context.fillStyle = 'rgb(220 30 30)';
    context.fillRect(0, 0, 64, 96);
    const frame = new VideoFrame(canvas, { timestamp: 0 });
    const encoded = await encodeFrames(codecs, { ...config, alpha: 'keep' }, [frame]);
    assert.isDefined(encoded.chunks[0]?.alphaSideData);
    const [decoded] = await decodeChunks(codecs, encoded);
    assert.equal(decoded?.format, 'I420A');
    const [left, right] = drawnQuadrants(decoded as VideoFrame);
    assert.closeTo(left?.[3] ?? -1, 255, 4, 'opaque on the left');
    assert.closeTo(right?.[3] ?? -1, 0, 4, 'clear on the right');
    decoded?.close();
  },

  'part of a frame is encoded where that is visible': async (env) => {
    const whole = new VideoFrame(paintedCanvas(256, 192), { timestamp: 0 });
    // All four quadrants, around the middle.
    const part = new VideoFrame(whole, { visibleRect: { x: 64, y: 48, width: 128, height: 96 } });
    whole.close();
    await seenThroughVp9(env, part);
  },

  'a turned frame is told of in the decoder configuration, and comes out turned': async (env) => {
    const codecs = await env.connect();
    const init = { timestamp: 0, rotation: 90, flip: true };
    const encoded = await encodeFrames(codecs, config, [new VideoFrame(paintedCanvas(), init)]);
    assert.include(encoded.config as object, { rotation: 90, flip: true });
    const [frame] = await decodeChunks(codecs, encoded);
    const { rotation, flip } = frame as VideoFrame & { rotation: number; flip: boolean };
    assert.deepEqual([rotation, flip, frame?.displayWidth, frame?.displayHeight], [90, true, 96, 128]);
    frame?.close();
  },

  'a frame is imported for the remote classes: as it is, or as I420 at another time': async (env) => {
    await env.connectRemote();
    const frame = new VideoFrame(paintedCanvas(), { timestamp: 7000, duration: 40_000 });
    const kept = await importVideoFrame(frame);
    assert.deepEqual([kept.timestamp, kept.duration], [7000, 40_000]);
    const pixels = new Uint8Array(kept.allocationSize({ format: 'RGBA' }));
    await kept.copyTo(pixels, { format: 'RGBA' });
    assert.deepEqual([...pixels.subarray(0, 4)], [220, 30, 30, 255]);
    const moved = await importVideoFrame(frame, { timestamp: 0, duration: 5, rgb: 'yuv420' });
    assert.deepEqual([moved.format, moved.timestamp, moved.duration], ['I420', 0, 5]);
    assert.deepInclude(moved.colorSpace.toJSON(), { matrix: 'bt709', fullRange: false });
    const samples = new Uint8Array(moved.allocationSize());
    await moved.copyTo(samples);
    const [y = 0, u = 0, v = 0] = toYuv([220, 30, 30]);
    for (const [at, expected] of [
      [0, y],
      [128 * 96, u],
      [128 * 96 * 1.25, v],
    ] as const) {
      assert.closeTo(samples[at] ?? -1, expected, 1);
    }
    for (const each of [frame, kept, moved]) each.close();
    const closed = await importVideoFrame(frame).catch((error: Error) => error.name);
    assert.equal(closed, 'TypeError');
  },

  ...fromBuffers,
});
