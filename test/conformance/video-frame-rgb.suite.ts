/** copyTo() into RGB: https://w3c.github.io/webcodecs/#videoframe-convert-to-rgb-frame */
import { assert } from 'chai';
import type { VideoColorSpaceInit, VideoPixelFormat } from '../../app/client/index.js';
import { bitDepthOf, formats, picture, planesOf } from './frame-bytes.js';
import { type Env, Suite } from './harness.js';

export const suite = new Suite('VideoFrame copyTo RGB');
const { conformance } = suite;

type Frame = ReturnType<Env['frame']>;
type Construct = new (...values: unknown[]) => Frame;
type Size = readonly [number, number];
type CopyOptions = NonNullable<Parameters<Frame['copyTo']>[1]>;

const anchor = '#videoframe-convert-to-rgb-frame';
const rgbFormats = ['RGBA', 'RGBX', 'BGRA', 'BGRX'] as const;
// Odd and even: what libswscale does differs.
const sizes = [
  [5, 3],
  [6, 4],
] as const;
const [[width, height]] = sizes;

function make(
  env: Env,
  format: string,
  data: Uint8Array,
  colorSpace?: VideoColorSpaceInit,
  size: Size = sizes[0],
): Frame {
  const [codedWidth, codedHeight] = size;
  const init = { format, codedWidth, codedHeight, timestamp: 0, ...(colorSpace && { colorSpace }) };
  return new (env.webcodecs.VideoFrame as unknown as Construct)(data, init);
}

async function copy(frame: Frame, options: CopyOptions): Promise<Uint8Array> {
  const bytes = new Uint8Array(frame.allocationSize(options));
  await frame.copyTo(bytes, options);
  return bytes;
}

/** One pixel of this format, the components in the order of its planes. */
function pixel(env: Env, format: VideoPixelFormat, components: number[], colorSpace?: VideoColorSpaceInit): Frame {
  const samples = bitDepthOf(format) === 8 ? Uint8Array.from(components) : Uint16Array.from(components);
  return make(env, format, new Uint8Array(samples.buffer), colorSpace, [1, 1]);
}

async function rgbOf(frame: Frame, options: CopyOptions = {}): Promise<number[]> {
  const bytes = await copy(frame, { format: 'RGBA', ...options });
  frame.close();
  return [...bytes.subarray(0, 3)];
}

function assertNear(actual: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  for (let index = 0; index < expected.length; index += 1) {
    const [is, wanted] = [actual[index] ?? Number.NaN, expected[index] ?? Number.NaN];
    assert.approximately(is, wanted, tolerance, `${what}, byte ${index}: ${Array.from(actual).join(' ')}`);
  }
}

/** Luma weights of red and blue: ITU-R BT.709, BT.601 and BT.2020. */
const weights = {
  bt709: [0.2126, 0.0722],
  bt470bg: [0.299, 0.114],
  smpte170m: [0.299, 0.114],
  'bt2020-ncl': [0.2627, 0.0593],
} as const;

type Matrix = keyof typeof weights;

/** What the samples of a picture stand for, pixel after pixel as R, G, B, A; by the equations of H.273. */
function reference(format: string, matrix: Matrix, fullRange: boolean, [width, height]: Size): number[] {
  const data = picture(format, width, height);
  const depth = bitDepthOf(format);
  const samples = depth === 8 ? data : new Uint16Array(data.buffer);
  const [kr, kb] = weights[matrix];
  const unit = 2 ** (depth - 8);
  const top = 2 ** depth - 1;
  const planes = planesOf(format, width, height);
  const at = (plane: number, x: number, y: number, component = 0, components = 1): number => {
    const bytes = planes.slice(0, plane).reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0);
    const { sampleWidth, sampleHeight, rowBytes } = planes[plane] as (typeof planes)[number];
    const start = (bytes + Math.floor(y / sampleHeight) * rowBytes) / samples.BYTES_PER_ELEMENT;
    return samples[start + Math.floor(x / sampleWidth) * components + component] ?? Number.NaN;
  };
  const result: number[] = [];
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (planes.length === 1) {
        const [r = 0, g = 0, b = 0, a = 0] = [0, 1, 2, 3].map((component) => at(0, x, y, component, 4));
        result.push(...(format.startsWith('B') ? [b, g, r] : [r, g, b]), format.endsWith('A') ? a : 255);
        continue;
      }
      const isSemiPlanar = format === 'NV12';
      const cb = at(1, x, y, 0, isSemiPlanar ? 2 : 1) - 128 * unit;
      const cr = (isSemiPlanar ? at(1, x, y, 1, 2) : at(2, x, y)) - 128 * unit;
      const luma = fullRange ? at(0, x, y) / top : (at(0, x, y) - 16 * unit) / (219 * unit);
      const chroma = fullRange ? top : 224 * unit;
      const red = luma + 2 * (1 - kr) * (cr / chroma);
      const blue = luma + 2 * (1 - kb) * (cb / chroma);
      const green = (luma - kr * red - kb * blue) / (1 - kr - kb);
      const bytes = [red, green, blue].map((value) => Math.min(Math.max(value * 255, 0), 255));
      result.push(...bytes, planes.length === 4 ? (at(3, x, y) / top) * 255 : 255);
    }
  }
  return result;
}

function pictureOf(format: string, [width, height]: Size): Uint8Array {
  return picture(format, width, height);
}

/** Here and, where there is such a thing, in the host. */
async function homes(env: Env, local: Frame): Promise<[string, Frame][]> {
  const frames: [string, Frame][] = [['here', local]];
  if ('transformVideoFrame' in env.webcodecs) {
    frames.push(['in the host', await env.webcodecs.transformVideoFrame(local, {})]);
  }
  return frames;
}

conformance(anchor, 'from every format to each of the four, alpha included', async (env) => {
  for (const format of formats) {
    for (const size of sizes) {
      const expected = reference(format, 'bt709', false, size);
      for (const [where, frame] of await homes(env, make(env, format, pictureOf(format, size), undefined, size))) {
        for (const target of rgbFormats) {
          const order = target.startsWith('B') ? [2, 1, 0, 3] : [0, 1, 2, 3];
          const wanted = expected.map((_value, index) => {
            if (index % 4 === 3 && target.endsWith('X')) return 255;
            return expected[index - (index % 4) + (order[index % 4] ?? 0)] ?? 0;
          });
          const what = `${format} to ${target}, ${size.join('x')} ${where}`;
          assertNear(await copy(frame, { format: target }), wanted, 2, what);
        }
        frame.close();
      }
    }
  }
});

conformance(anchor, 'each matrix, limited and full range, at every depth', async (env) => {
  for (const matrix of Object.keys(weights) as Matrix[]) {
    for (const fullRange of [false, true]) {
      for (const format of ['I444', 'I422P10', 'I420P12', 'NV12'] as const) {
        for (const size of sizes) {
          const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix, fullRange } as const;
          const wanted = reference(format, matrix, fullRange, size);
          for (const [where, frame] of await homes(env, make(env, format, pictureOf(format, size), colorSpace, size))) {
            const what = `${format} ${matrix} ${fullRange}, ${size.join('x')} ${where}`;
            assertNear(await copy(frame, { format: 'RGBA' }), wanted, 2, what);
            frame.close();
          }
        }
      }
    }
  }
});

conformance(anchor, 'planes with the matrix "rgb" are green, blue and red', async (env) => {
  const colorSpace = { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true } as const;
  assert.deepEqual(await rgbOf(pixel(env, 'I444', [1, 2, 3], colorSpace)), [3, 1, 2]);
  assert.deepEqual(await rgbOf(pixel(env, 'I444P10', [1023, 0, 512], colorSpace)), [128, 255, 0]);
});

conformance(anchor, 'rect and layout apply to the result', async (env) => {
  const frame = make(env, 'I420', picture('I420', width, height));
  const all = await copy(frame, { format: 'BGRA' });
  const rect = { x: 2, y: 0, width: 3, height: 2 };
  const layout = [{ offset: 7, stride: 17 }];
  assert.equal(frame.allocationSize({ format: 'BGRA', rect, layout }), 7 + 2 * 17);
  const bytes = new Uint8Array(7 + 2 * 17).fill(9);
  assert.deepEqual(await frame.copyTo(bytes, { format: 'BGRA', rect, layout }), layout);
  const row = (y: number): Uint8Array => all.subarray((y * width + 2) * 4, (y * width + 5) * 4);
  const gap = (length: number): number[] => new Array<number>(length).fill(9);
  assert.deepEqual([...bytes], [...gap(7), ...row(0), ...gap(5), ...row(1), ...gap(5)]);
  frame.close();
});

conformance('#convert-predefinedcolorspace-to-videocolorspace', 'sRGB colours in Display P3', async (env) => {
  // As CSS Color 4 converts them.
  const known = [
    [
      [255, 0, 0],
      [234, 51, 35],
    ],
    [
      [0, 255, 0],
      [117, 251, 76],
    ],
    [
      [0, 0, 255],
      [0, 0, 245],
    ],
    [
      [255, 255, 255],
      [255, 255, 255],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [128, 128, 128],
      [128, 128, 128],
    ],
  ] as const;
  for (const [srgb, p3] of known) {
    assertNear(await rgbOf(pixel(env, 'RGBA', [...srgb, 255]), { colorSpace: 'display-p3' }), p3, 1, srgb.join());
    assert.deepEqual(await rgbOf(pixel(env, 'RGBA', [...srgb, 255]), { colorSpace: 'srgb' }), [...srgb]);
  }
});

conformance(
  '#convert-predefinedcolorspace-to-videocolorspace',
  'Display P3 colours in sRGB, and in their own',
  async (env) => {
    const colorSpace = { primaries: 'smpte432', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true } as const;
    assertNear(await rgbOf(pixel(env, 'RGBX', [234, 51, 35, 0], colorSpace)), [255, 0, 0], 1, 'the red of sRGB');
    // What sRGB can't show is clipped.
    assert.deepEqual(await rgbOf(pixel(env, 'BGRX', [0, 255, 0, 0], colorSpace)), [0, 255, 0]);
    const own = await rgbOf(pixel(env, 'RGBA', [10, 200, 30, 0], colorSpace), { colorSpace: 'display-p3' });
    assert.deepEqual(own, [10, 200, 30]);
  },
);

conformance(anchor, 'BT.2020 primaries in sRGB', async (env) => {
  const colorSpace = { primaries: 'bt2020', transfer: 'bt709', matrix: 'rgb', fullRange: true } as const;
  // Light with the matrix of ITU-R BT.2087, turned round.
  const toBt709 = ([red, green, blue]: readonly [number, number, number]): number[] => [
    1.6605 * red - 0.5876 * green - 0.0728 * blue,
    -0.1246 * red + 1.1329 * green - 0.0083 * blue,
    -0.0182 * red - 0.1006 * green + 1.1187 * blue,
  ];
  const byte = (light: number): number => 255 * (1.055 * Math.max(light, 0.0031308) ** (1 / 2.4) - 0.055);
  for (const light of [
    [0.4, 0.2, 0.15],
    [0.2, 0.5, 0.2],
    [0.2, 0.15, 0.6],
  ] as const) {
    const given = light.map((value) => Math.round(byte(value)));
    const converted = await rgbOf(pixel(env, 'RGBA', [...given, 255], colorSpace));
    assertNear(converted, toBt709(light).map(byte), 2, `BT.2020 ${light.join()}`);
  }
});

conformance(anchor, 'linear light becomes sRGB, and sRGB linear light', async (env) => {
  const colorSpace = { primaries: 'bt709', transfer: 'linear', matrix: 'rgb', fullRange: true } as const;
  assertNear(await rgbOf(pixel(env, 'RGBA', [55, 128, 255, 0], colorSpace)), [128, 188, 255], 1, 'to sRGB');
  const linear = await rgbOf(pixel(env, 'RGBA', [128, 188, 255, 0]), { colorSpace: 'srgb-linear' });
  assertNear(linear, [55, 128, 255], 1, 'to linear');
});

conformance(anchor, 'HDR: graphics white is white, what is brighter is clipped, black is black', async (env) => {
  // ITU-R BT.2408: 203 cd/m² is 58 % of PQ and 75 % of HLG.
  for (const [transfer, white] of [
    ['pq', 0.5807],
    ['hlg', 0.75],
  ] as const) {
    const colorSpace = { primaries: 'bt2020', transfer, matrix: 'bt2020-ncl', fullRange: true } as const;
    const grey = (level: number): Frame => pixel(env, 'I444P10', [Math.round(level * 1023), 512, 512], colorSpace);
    assertNear(await rgbOf(grey(white)), [255, 255, 255], 2, `${transfer} white`);
    assert.deepEqual(await rgbOf(grey(1)), [255, 255, 255], transfer);
    assert.deepEqual(await rgbOf(grey(0)), [0, 0, 0], transfer);
  }
  // Half of HLG's signal is a twelfth of its light; the display's exponent 1.2 makes 0.25 of white of that.
  const hlg = { primaries: 'bt2020', transfer: 'hlg', matrix: 'rgb', fullRange: true } as const;
  assertNear(await rgbOf(pixel(env, 'I444P12', [2048, 2048, 2048], hlg)), [137, 137, 137], 2, 'half of HLG');
  // 10 cd/m² is 0.0493 of white, which sRGB writes as 63.
  const pq = { primaries: 'bt2020', transfer: 'pq', matrix: 'rgb', fullRange: true } as const;
  assertNear(await rgbOf(pixel(env, 'I444P12', [1229, 1229, 1229], pq)), [63, 63, 63], 2, '10 cd/m²');
});

conformance(anchor, 'the frame’s alpha is not touched by its colours', async (env) => {
  const frame = pixel(env, 'RGBA', [255, 0, 0, 128]);
  assertNear(await copy(frame, { format: 'BGRA', colorSpace: 'display-p3' }), [35, 51, 234, 128], 1, 'P3');
  frame.close();
});
