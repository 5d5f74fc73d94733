import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { deflateSync } from 'node:zlib';
import { createCodecHost } from 'electron-webcodecs';
import { writeAvifGrid } from '../fixtures/avif-grid.js';
import { type AvifSequence, ivfFrames, writeAvifSequence } from '../fixtures/avif-sequence.js';
import {
  assertNothingLeft,
  type CodecHost,
  describeBothWays,
  type WebCodecs,
  withHost,
} from '../fixtures/codec-host.js';
import { bestOf, eventually, startGapMeter } from '../fixtures/event-loop.js';
import { type GifFrame, joinBytes, writeGif } from '../fixtures/gif-writer.js';
import { iccProfile, jpegWithProfile, pngWithProfile, webpWithProfile } from '../fixtures/icc-profiles.js';
import { writePngChunk } from '../fixtures/image-chunks.js';
import {
  animationCases,
  exifOf,
  type ImageCase,
  jpegWithExif,
  makeImage,
  movingFrames,
  movingInput,
  pictureInput,
  pictureSize,
  pngWithChunk,
  sourcePixels,
  stillCases,
  webpBitstream,
  webpWithExif,
  writeAnimatedPng,
  writeAnimatedWebp,
  writeAvif,
} from '../fixtures/image-files.js';

type Init = ConstructorParameters<WebCodecs['ImageDecoder']>[0];
type Decoder = InstanceType<WebCodecs['ImageDecoder']>;
type Frame = InstanceType<WebCodecs['VideoFrame']>;
type Shown = Awaited<ReturnType<typeof show>>;

const { width, height } = pictureSize;
const clear = [0, 0, 0, 0];

async function rgbaOf(frame: Frame): Promise<Uint8Array> {
  const bytes = new Uint8Array(frame.allocationSize({ format: 'RGBA' }));
  await frame.copyTo(bytes, { format: 'RGBA' });
  return bytes;
}

/** A frame and its pixels; the frame is closed. */
async function show(decoder: Decoder, frameIndex = 0) {
  const { image } = await decoder.decode({ frameIndex });
  const { format, codedWidth, codedHeight, displayWidth, displayHeight, timestamp, duration, rotation, flip } = image;
  const colorSpace = image.colorSpace.toJSON();
  const rgba = await rgbaOf(image);
  image.close();
  const pixel = (x: number, y: number) => [...rgba.subarray(4 * (y * codedWidth + x), 4 * (y * codedWidth + x + 1))];
  return {
    ...{ format, codedWidth, codedHeight, displayWidth, displayHeight, timestamp, duration, rotation, flip },
    ...{ colorSpace, rgba, pixel },
  };
}

/** Over red, green and blue, in dB. */
function rgbPsnr(left: Uint8Array, right: Uint8Array): number {
  assert.equal(left.length, right.length);
  let error = 0;
  for (let index = 0; index < left.length; index++) {
    if (index % 4 !== 3) error += ((left[index] ?? 0) - (right[index] ?? 0)) ** 2;
  }
  return error === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10((255 * 255 * left.length * 0.75) / error);
}

function streamOf(bytes: Uint8Array, pieceLength: number): ReadableStream {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) {
        controller.close();
        return;
      }
      controller.enqueue(bytes.slice(offset, offset + pieceLength));
      offset += pieceLength;
    },
  });
}

describeBothWays('images of each format', (runIn) => {
  let host: CodecHost;
  before(() => {
    host = createCodecHost({ runIn });
  });
  after(async () => {
    await assertNothingLeft(host);
    await host.close();
  });

  const decoderOf = (init: Init): Decoder => new host.webcodecs.ImageDecoder(init);

  async function withImage<T>(init: Init, body: (decoder: Decoder) => Promise<T>): Promise<T> {
    const decoder = decoderOf(init);
    try {
      await decoder.tracks.ready;
      return await body(decoder);
    } finally {
      decoder.close();
    }
  }

  const showFirst = (type: string, data: Uint8Array<ArrayBuffer>, init: Partial<Init> = {}): Promise<Shown> =>
    withImage({ type, data, ...init }, (decoder) => show(decoder));

  for (const image of stillCases) {
    it(`decodes ${image.name} to what it was made of`, async () => {
      const source = await sourcePixels(image.input);
      const shown = await showFirst(image.type, await makeImage(image));
      assert.equal(shown.format, image.format);
      assert.deepEqual([shown.codedWidth, shown.codedHeight], [width, height]);
      assert.deepEqual([shown.timestamp, shown.duration], [0, null]);
      assert.equal(shown.colorSpace.primaries, 'bt709');
      const quality = rgbPsnr(shown.rgba, source);
      assert.ok(quality >= image.quality, `${quality} dB`);
    });
  }

  for (const image of animationCases) {
    it(`decodes each frame of an ${image.name}, in any order`, async () => {
      const source = await sourcePixels(image.input);
      const size = source.length / movingFrames;
      await withImage({ type: image.type, data: await makeImage(image) }, async (decoder) => {
        const track = decoder.tracks.selectedTrack;
        assert.deepEqual([track?.animated, track?.frameCount], [true, movingFrames]);
        assert.equal(track?.repetitionCount, image.repetitions);
        for (const index of [0, 1, 2, 5, 3, 4, 0]) {
          const shown = await show(decoder, index);
          assert.equal(shown.format, image.format);
          assert.deepEqual([shown.timestamp, shown.duration], [index * 100_000, 100_000]);
          const quality = rgbPsnr(shown.rgba, source.subarray(index * size, (index + 1) * size));
          assert.ok(quality >= image.quality, `frame ${index}: ${quality} dB`);
        }
      });
    });
  }

  // A colour that the palettes of ffmpeg have.
  it('gives a colour back as it was, also where it was coded as luma and chroma', async () => {
    for (const image of [...stillCases, ...animationCases]) {
      const duration = image.repetitions === undefined ? 0.1 : 0.2;
      const color = `color=0xd82455:size=${width}x${height}:rate=10:duration=${duration},format=rgba`;
      const input = ['-f', 'lavfi', '-i', color];
      const { pixel } = await showFirst(image.type, await makeImage({ ...image, input }));
      const shown = pixel(50, 30);
      const isNear = [216, 36, 85, 255].every((value, index) => Math.abs(value - (shown[index] ?? 0)) <= 3);
      assert.ok(isNear, `${image.name}: ${shown}`);
    }
  });

  it('gives the same pictures from a stream of small pieces as from all bytes', async () => {
    for (const image of [...stillCases, ...animationCases]) {
      const data = await makeImage(image);
      const last = image.repetitions === undefined ? 0 : movingFrames - 1;
      const hashOf = (init: Init) =>
        withImage(init, async (decoder) =>
          createHash('sha1')
            .update((await show(decoder, last)).rgba)
            .digest('hex'),
        );
      const whole = await hashOf({ type: image.type, data });
      const pieces = await hashOf({ type: image.type, data: streamOf(data, 97) });
      assert.equal(pieces, whole, image.name);
    }
  });

  it('decodes frames of a stream while it is open', async () => {
    for (const image of animationCases) {
      const data = await makeImage(image);
      let controller: ReadableStreamDefaultController | undefined;
      const stream = new ReadableStream({
        start: (given) => {
          controller = given;
        },
      });
      const decoder = decoderOf({ type: image.type, data: stream });
      controller?.enqueue(data.slice(0, Math.floor(data.length * 0.8)));
      const { image: frame } = await decoder.decode({ frameIndex: 1 });
      frame.close();
      assert.equal(decoder.complete, false, image.name);
      controller?.enqueue(data.slice(Math.floor(data.length * 0.8)));
      controller?.close();
      await decoder.completed;
      (await decoder.decode({ frameIndex: movingFrames - 1 })).image.close();
      decoder.close();
    }
  });

  it('turns and mirrors as Exif says, in JPEG, PNG and WebP', async () => {
    const [jpeg, png, webp] = await Promise.all(
      ['JPEG 4:2:0', 'PNG RGB', 'WebP lossy'].map((name) =>
        makeImage(stillCases.find((one) => one.name === name) as ImageCase),
      ),
    );
    assert.ok(jpeg && png && webp);
    const expected: [number, number, boolean][] = [
      [1, 0, false],
      [2, 0, true],
      [3, 180, false],
      [4, 180, true],
      [5, 90, true],
      [6, 90, false],
      [7, 270, true],
      [8, 270, false],
      [9, 0, false],
    ];
    for (const [orientation, rotation, flip] of expected) {
      const exif = exifOf(orientation, orientation % 2 === 0);
      for (const [type, data] of [
        ['image/jpeg', jpegWithExif(jpeg, exif)],
        ['image/png', pngWithChunk(png, 'eXIf', exif)],
        ['image/webp', webpWithExif(webp, exif)],
      ] as const) {
        const shown = await showFirst(type, data);
        const display = rotation % 180 === 0 ? [width, height] : [height, width];
        assert.deepEqual([shown.rotation, shown.flip], [rotation, flip], `${type}, orientation ${orientation}`);
        assert.deepEqual([shown.codedWidth, shown.codedHeight], [width, height]);
        assert.deepEqual([shown.displayWidth, shown.displayHeight], display);
      }
    }
  });

  it('lets damaged Exif be', async () => {
    const jpeg = await makeImage(stillCases[0] as ImageCase);
    const exif = exifOf(6);
    for (const length of [0, 3, 8, 9, 10, 15]) {
      const shown = await showFirst('image/jpeg', jpegWithExif(jpeg, exif.subarray(0, length)));
      assert.equal(shown.rotation, 0, `${length} bytes`);
    }
  });

  it('names the colours of a PNG with cICP, unless colorSpaceConversion is none', async () => {
    const plain = await makeImage(stillCases[3] as ImageCase);
    const png = pngWithChunk(plain, 'cICP', Uint8Array.of(12, 13, 0, 1));
    const named = await showFirst('image/png', png);
    assert.equal(named.colorSpace.primaries, 'smpte432');
    const ignored = await showFirst('image/png', png, { colorSpaceConversion: 'none' });
    assert.equal(ignored.colorSpace.primaries, 'bt709');
    assert.deepEqual(ignored.rgba, (await showFirst('image/png', plain)).rgba);
  });

  it('names the colours of an embedded ICC profile, and does not guess at those that have no name', async () => {
    const [jpeg, png, webp] = await Promise.all(
      ['JPEG 4:2:0', 'PNG RGB', 'WebP lossy'].map((name) =>
        makeImage(stillCases.find((one) => one.name === name) as ImageCase),
      ),
    );
    const args = ['-c:v', 'libaom-av1', '-still-picture', '1', '-pix_fmt', 'yuv420p', '-f', 'obu'];
    const obus = await makeImage({ ...(stillCases[0] as ImageCase), args, extension: 'obu' });
    assert.ok(jpeg && png && webp);
    const cases = [
      [iccProfile('srgb', 'srgb'), 'bt709', 'iec61966-2-1'],
      [iccProfile('srgb', 'srgbTable'), 'bt709', 'iec61966-2-1'],
      [iccProfile('displayP3', 'srgb'), 'smpte432', 'iec61966-2-1'],
      [iccProfile('displayP3', 'gamma22'), 'smpte432', null],
      [iccProfile('adobeRgb', 'gamma22'), null, null],
      [iccProfile('srgb', 'srgb', 'CMYK'), null, null],
      [iccProfile('displayP3', 'srgb').subarray(0, 100), 'bt709', 'iec61966-2-1'],
    ] as const;
    for (const [profile, primaries, transfer] of cases) {
      for (const [type, data] of [
        ['image/jpeg', jpegWithProfile(jpeg, profile)],
        ['image/png', pngWithProfile(png, profile)],
        ['image/webp', webpWithProfile(webp, profile)],
        ['image/avif', writeAvif({ width, height, data: obus, profile })],
      ] as const) {
        const { colorSpace } = await showFirst(type, data);
        assert.deepEqual([colorSpace.primaries, colorSpace.transfer], [primaries, transfer], type);
        const ignored = await showFirst(type, data, { colorSpaceConversion: 'none' });
        assert.deepEqual([ignored.colorSpace.primaries, ignored.colorSpace.transfer], ['bt709', 'iec61966-2-1'], type);
      }
    }
    const both = pngWithChunk(
      pngWithProfile(png, iccProfile('adobeRgb', 'gamma22')),
      'cICP',
      Uint8Array.of(12, 13, 0, 1),
    );
    assert.equal((await showFirst('image/png', both)).colorSpace.primaries, 'smpte432', 'cICP comes first');
  });

  it('premultiplies where it is asked to', async () => {
    const size = { width: 4, height: 4 };
    const frame = {
      ...size,
      x: 0,
      y: 0,
      color: [255, 100, 0, 128],
      delay: [1, 10],
      disposal: 0,
      blend: false,
    } as const;
    const data = writeAnimatedPng(size, 1, [frame]);
    assert.deepEqual((await showFirst('image/png', data)).pixel(1, 1), [255, 100, 0, 128]);
    const premultiplied = await showFirst('image/png', data, { premultiplyAlpha: 'premultiply' });
    assert.deepEqual(premultiplied.pixel(1, 1), [128, 50, 0, 128]);
    const none = await showFirst('image/png', data, { premultiplyAlpha: 'none' });
    assert.deepEqual(none.pixel(1, 1), [255, 100, 0, 128]);
  });

  it('scales to the desired size before it turns', async () => {
    const jpeg = jpegWithExif(await makeImage(stillCases[0] as ImageCase), exifOf(6));
    const shown = await showFirst('image/jpeg', jpeg, { desiredWidth: 48, desiredHeight: 32 });
    assert.deepEqual([shown.codedWidth, shown.codedHeight, shown.rotation], [48, 32, 90]);
    assert.deepEqual([shown.displayWidth, shown.displayHeight], [32, 48]);
  });

  describe('what frames leave behind', () => {
    const red = [255, 0, 0, 255];
    const green = [0, 255, 0, 255];
    const blue = [0, 0, 255, 255];
    const size = { width: 4, height: 2 };

    it('GIF: kept, cleared and restored rectangles, transparent pixels', async () => {
      const frames: GifFrame[] = [
        { pixels: 0 },
        { pixels: 1, width: 2, disposal: 2 },
        { pixels: 2, x: 2, width: 1, disposal: 3 },
        { pixels: [1, 4, 4, 4, 4, 4, 4, 4], transparent: 4 },
      ];
      const data = writeGif({ ...size, loops: 0, frames });
      await withImage({ type: 'image/gif', data }, async (decoder) => {
        const rows = [];
        for (const index of [0, 1, 2, 3]) {
          const { pixel } = await show(decoder, index);
          rows.push([0, 1, 2, 3].map((x) => pixel(x, 0)));
        }
        assert.deepEqual(rows, [
          [red, red, red, red],
          [green, green, red, red],
          [clear, clear, blue, red],
          [green, clear, red, red],
        ]);
        // Back to where the canvas must be drawn anew.
        assert.deepEqual((await show(decoder, 2)).pixel(0, 0), clear);
      });
    });

    it('GIF: a small still image stands on a transparent canvas; one that is too large enlarges it', async () => {
      const data = writeGif({ ...size, frames: [{ pixels: 0, x: 1, width: 1, height: 1 }] });
      const shown = await showFirst('image/gif', data);
      assert.deepEqual([shown.codedWidth, shown.codedHeight, shown.duration], [4, 2, null]);
      assert.deepEqual([shown.pixel(0, 0), shown.pixel(1, 0), shown.pixel(1, 1)], [clear, red, clear]);
      const large = await showFirst(
        'image/gif',
        writeGif({ ...size, frames: [{ pixels: 0, x: 2, width: 3, height: 5 }] }),
      );
      assert.deepEqual([large.codedWidth, large.codedHeight], [5, 5]);
    });

    it('animated PNG: disposal, blending, delays, the hidden picture', async () => {
      const half = [0, 0, 255, 128] as const;
      const opaque = { delay: [1, 4], disposal: 0, blend: false } as const;
      const frames = [
        { ...size, ...opaque, x: 0, y: 0, color: [255, 0, 0, 255] },
        { ...opaque, x: 1, y: 0, width: 2, height: 1, color: half, blend: true, disposal: 2 },
        { ...opaque, x: 3, y: 1, width: 1, height: 1, color: half, delay: [3, 0], disposal: 1 },
        { ...opaque, x: 0, y: 0, width: 1, height: 1, color: [0, 255, 0, 255] },
      ] as const;
      for (const hidden of [false, true]) {
        const data = writeAnimatedPng(size, 1, frames, hidden);
        await withImage({ type: 'image/png', data }, async (decoder) => {
          const track = decoder.tracks.selectedTrack;
          assert.deepEqual([track?.animated, track?.frameCount, track?.repetitionCount], [true, 4, 0]);
          const [first, second, third, fourth] = [
            await show(decoder, 0),
            await show(decoder, 1),
            await show(decoder, 2),
            await show(decoder, 3),
          ];
          assert.deepEqual(first.pixel(0, 0), red);
          assert.deepEqual([second.pixel(1, 0), second.pixel(0, 0)], [[127, 0, 128, 255], red]);
          assert.deepEqual([third.pixel(1, 0), third.pixel(3, 1)], [red, [...half]]);
          assert.deepEqual([fourth.pixel(3, 1), fourth.pixel(0, 0), fourth.pixel(3, 0)], [clear, green, red]);
          assert.deepEqual([third.duration, third.timestamp], [30_000, 500_000]);
        });
      }
    });

    it('animated WebP: disposal and blending', async () => {
      const picture = (color: string, alpha: string) =>
        makeImage({
          ...(stillCases.find(({ name }) => name === 'WebP lossless') as ImageCase),
          input: ['-f', 'lavfi', '-i', `color=${color}@${alpha}:size=4x4:duration=0.1:rate=10,format=rgba`],
        });
      const [opaque, half] = [await picture('red', '1'), await picture('blue', '0.5')].map(webpBitstream);
      assert.ok(opaque && half);
      const common = { width: 4, height: 4, blend: false, clear: false };
      const data = writeAnimatedWebp({ width: 8, height: 4 }, [
        { ...common, x: 0, y: 0, bitstream: opaque },
        { ...common, x: 2, y: 0, bitstream: half, blend: true, clear: true },
        { ...common, x: 4, y: 0, bitstream: half },
        { ...common, x: 0, y: 0, bitstream: half },
      ]);
      await withImage({ type: 'image/webp', data }, async (decoder) => {
        assert.equal(decoder.tracks.selectedTrack?.repetitionCount, 0);
        const second = await show(decoder, 1);
        const near = (actual: number[], expected: number[]) =>
          assert.ok(
            actual.every((value, index) => Math.abs(value - (expected[index] ?? 0)) <= 1),
            `${actual} for ${expected}`,
          );
        near(second.pixel(0, 0), [255, 0, 0, 255]);
        near(second.pixel(3, 0), [127, 0, 128, 255]);
        near(second.pixel(5, 0), [0, 0, 255, 128]);
        const third = await show(decoder, 2);
        assert.deepEqual([third.timestamp, third.duration], [80_000, 40_000]);
        near(third.pixel(3, 0), clear);
        near(third.pixel(0, 0), [255, 0, 0, 255]);
        near(third.pixel(7, 3), [0, 0, 255, 128]);
        near((await show(decoder, 3)).pixel(0, 0), [0, 0, 255, 128]);
      });
    });
  });

  it('keeps the alpha of a lossy WebP', async () => {
    const half = `color=red:size=${width}x${height}:rate=10:duration=0.1,format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,48),0,255)'`;
    const lossy = stillCases.find(({ name }) => name === 'WebP lossy') as ImageCase;
    const args = ['-c:v', 'libwebp', '-quality', '90', '-pix_fmt', 'yuva420p'];
    const shown = await showFirst(
      'image/webp',
      await makeImage({ ...lossy, args, input: ['-f', 'lavfi', '-i', half] }),
    );
    assert.equal(shown.format, 'I420A');
    assert.deepEqual([shown.pixel(8, 20)[3], shown.pixel(88, 20)[3]], [0, 255]);
  });

  it('refuses frames that lie outside of their canvas', async () => {
    const bitstream = webpBitstream(
      await makeImage(stillCases.find(({ name }) => name === 'WebP lossless') as ImageCase),
    );
    const frame = { width, height, bitstream, blend: false, clear: false };
    const far = {
      x: 2 ** 24,
      y: 0,
      width: 1,
      height: 1,
      color: [1, 2, 3, 4],
      delay: [1, 1],
      disposal: 0,
      blend: false,
    } as const;
    for (const [type, data] of [
      ['image/webp', writeAnimatedWebp(pictureSize, [{ ...frame, x: 2 ** 24, y: 0 }])],
      ['image/webp', writeAnimatedWebp(pictureSize, [{ ...frame, x: 0, y: 2 }])],
      ['image/png', writeAnimatedPng({ width: 4, height: 4 }, 0, [{ ...far, x: 0 }, far])],
    ] as const) {
      const decoder = decoderOf({ type, data });
      await assert.rejects(decoder.tracks.ready, { name: 'InvalidStateError', message: /outside of its canvas/ });
    }
  });

  describe('an AVIF image sequence', () => {
    const count = movingFrames;
    const durations = Array.from({ length: count }, (_, index) => 40 + 20 * index);
    const keys = [0, 3];
    let samples: Uint8Array[];
    let alphas: Uint8Array[];
    let still: Uint8Array;
    let source: Uint8Array;
    const ivf = (input: string[], format: string, ...args: string[]) =>
      makeImage({
        ...(stillCases[0] as ImageCase),
        input,
        args: ['-c:v', 'libaom-av1', '-crf', '10', '-lag-in-frames', '0', '-pix_fmt', format, ...args],
        extension: 'ivf',
      }).then(ivfFrames);
    before(async () => {
      const movingKeys = ['-force_key_frames', 'expr:eq(n,0)+eq(n,3)'];
      source = await sourcePixels(movingInput);
      samples = await ivf(movingInput, 'yuv444p', ...movingKeys);
      // Of each frame another column of 16 pixels is opaque.
      const column = `nullsrc=size=${width}x${height}:rate=10:duration=${count / 10},geq=lum='if(eq(floor(X/16),N),255,0)'`;
      alphas = await ivf(['-f', 'lavfi', '-i', `${column},format=gray`, '-color_range', 'pc'], 'gray', ...movingKeys);
      [still = assert.fail()] = await ivf(pictureInput, 'yuv420p', '-frames:v', '1');
    });
    const sequence = (more: Partial<AvifSequence> = {}): Uint8Array<ArrayBuffer> =>
      writeAvifSequence({ width, height, samples, keys, durations, ...more });

    it('gives each frame with its own time and alpha, in any order', async () => {
      const size = source.length / count;
      for (const moovLast of [false, true]) {
        await withImage({ type: 'image/avif', data: sequence({ alphas, moovLast }) }, async (decoder) => {
          for (const index of [0, 1, 2, 5, 3, 4, 4, 2, 0]) {
            const shown = await show(decoder, index);
            const begin = durations.slice(0, index).reduce((sum, each) => sum + each, 0);
            assert.deepEqual([shown.timestamp, shown.duration], [begin * 1000, (40 + 20 * index) * 1000]);
            assert.equal(shown.format, 'I444A');
            const opaque = Array.from({ length: count }, (_, column) => shown.pixel(16 * column + 8, 20)[3]);
            assert.deepEqual(
              opaque,
              Array.from({ length: count }, (_, column) => (column === index ? 255 : 0)),
            );
            const quality = rgbPsnr(shown.rgba, source.subarray(index * size, (index + 1) * size));
            assert.ok(quality >= 30, `frame ${index}: ${quality} dB`);
          }
        });
      }
    });

    it('repeats as often as its edit list says, and without one for ever', async () => {
      for (const repetitions of [0, 1, 7, Number.POSITIVE_INFINITY, undefined]) {
        const data = sequence(repetitions === undefined ? {} : { repetitions });
        await withImage({ type: 'image/avif', data }, async ({ tracks }) => {
          assert.equal(tracks.length, 1);
          const { animated, frameCount, repetitionCount } = tracks[0] ?? assert.fail();
          assert.deepEqual([animated, frameCount], [true, count]);
          assert.equal(repetitionCount, repetitions ?? Number.POSITIVE_INFINITY);
        });
      }
    });

    it('has the still image beside it as a track of its own', async () => {
      const parts = { width, height, data: still };
      for (const [majorBrand, preferAnimation, selected] of [
        ['avis', undefined, 1],
        ['avif', undefined, 0],
        ['avif', true, 1],
        ['avis', false, 0],
      ] as const) {
        const data = sequence({ still: parts, majorBrand });
        const init = preferAnimation === undefined ? {} : { preferAnimation };
        await withImage({ type: 'image/avif', data: streamOf(data, 211), ...init }, async (decoder) => {
          const { tracks } = decoder;
          assert.deepEqual(
            Array.from(tracks, ({ animated, frameCount, repetitionCount }) => [animated, frameCount, repetitionCount]),
            [
              [false, 1, 0],
              [true, count, Number.POSITIVE_INFINITY],
            ],
          );
          assert.equal(tracks.selectedIndex, selected);
          for (const index of [selected, 1 - selected]) {
            const track = tracks[index] ?? assert.fail();
            track.selected = true;
            const shown = await show(decoder);
            assert.deepEqual([shown.format, shown.duration], index === 0 ? ['I420', null] : ['I444', 40_000]);
          }
        });
      }
    });

    it('decodes frames of a stream while it is open', async () => {
      const data = sequence();
      let controller: ReadableStreamDefaultController | undefined;
      const decoder = decoderOf({
        type: 'image/avif',
        data: new ReadableStream({
          start: (given) => {
            controller = given;
          },
        }),
      });
      const left = samples.slice(2).reduce((sum, { length }) => sum + length, 0);
      controller?.enqueue(data.slice(0, data.length - left));
      (await decoder.decode({ frameIndex: 1 })).image.close();
      assert.equal(decoder.complete, false);
      controller?.close();
      await decoder.completed;
      await assert.rejects(decoder.decode({ frameIndex: 2 }), { name: 'RangeError', message: /2 whole frames/ });
      (await decoder.decode({ frameIndex: 1 })).image.close();
      decoder.close();
    });

    it('that is damaged is an EncodingError, one that makes no sense has no tracks', async () => {
      const damaged = samples.with(2, samples[2]?.map((byte, at) => (at > 8 ? byte ^ 0x55 : byte)) ?? assert.fail());
      const decoder = decoderOf({ type: 'image/avif', data: sequence({ samples: damaged }) });
      (await decoder.decode({ frameIndex: 1 })).image.close();
      await assert.rejects(decoder.decode({ frameIndex: 2 }), { name: 'EncodingError' });
      for (const [more, message] of [
        [{ width: 0 }, /no pixels/],
        [{ alphas: alphas.slice(1) }, /fewer pictures of alpha/],
        [{ samples: [] as Uint8Array[] }, /tracks/],
      ] as const) {
        const bad = decoderOf({ type: 'image/avif', data: sequence(more) });
        await assert.rejects(bad.tracks.ready, { name: 'InvalidStateError', message });
      }
    });
  });

  describe('AVIF put together from AV1 data', () => {
    let data: Uint8Array;
    let alpha: Uint8Array;
    const lavfi = ['-f', 'lavfi', '-i'];
    const obus = (input: string[], format: string) =>
      makeImage({
        ...(stillCases[0] as ImageCase),
        input,
        args: ['-c:v', 'libaom-av1', '-still-picture', '1', '-crf', '10', '-pix_fmt', format, '-f', 'obu'],
        extension: 'obu',
      });
    before(async () => {
      data = await obus(pictureInput, 'yuv420p');
      // Transparent on the left, opaque on the right.
      const ramp = `nullsrc=size=${width}x${height}:rate=10:duration=0.1,geq=lum='if(lt(X,48),0,255)'`;
      alpha = await obus(['-f', 'lavfi', '-i', `${ramp},format=gray`, '-color_range', 'pc'], 'gray');
    });

    it('joins the alpha with the picture, wherever the bytes are', async () => {
      for (const inMeta of [false, true]) {
        const shown = await showFirst('image/avif', writeAvif({ width, height, data, alpha, inMeta }));
        assert.equal(shown.format, 'I420A');
        assert.deepEqual([shown.pixel(4, 20)[3], shown.pixel(90, 20)[3]], [0, 255]);
      }
    });

    it('turns and mirrors as its boxes say', async () => {
      for (const [turns, mirror, rotation, flip] of [
        [0, undefined, 0, false],
        [1, undefined, 270, false],
        [2, undefined, 180, false],
        [3, undefined, 90, false],
        [undefined, 1, 0, true],
        [undefined, 0, 180, true],
        [1, 0, 90, true],
        [3, 1, 90, true],
      ] as const) {
        const boxes = { ...(turns === undefined ? {} : { turns }), ...(mirror === undefined ? {} : { mirror }) };
        const shown = await showFirst('image/avif', writeAvif({ width, height, data, ...boxes }));
        assert.deepEqual([shown.rotation, shown.flip], [rotation, flip], `irot ${turns}, imir ${mirror}`);
      }
    });

    describe('a grid', () => {
      const tile = { width: 48, height: 32 };
      // The last tiles are larger than what is left for them.
      const grid = { rows: 2, columns: 2, width: 90, height: 60, tile };
      const places = [0, 1, 2, 3].map((index) => [(index % 2) * tile.width, Math.floor(index / 2) * tile.height]);
      let tiles: Uint8Array[];
      let alphaTiles: Uint8Array[];
      before(async () => {
        const [, , , source] = pictureInput;
        tiles = await Promise.all(
          places.map(([x, y]) => obus([...lavfi, `${source},crop=48:32:${x}:${y}`], 'yuv444p')),
        );
        // Opaque above, transparent below.
        const grey = (lightness: number) =>
          `color=black:size=48x32:duration=0.1:rate=10,format=gray,geq=lum=${lightness}`;
        alphaTiles = await Promise.all(
          places.map(([, y]) => obus([...lavfi, grey(y === 0 ? 255 : 0), '-color_range', 'pc'], 'gray')),
        );
      });

      it('is put together from its tiles, and cut off', async () => {
        const shown = await showFirst('image/avif', writeAvifGrid({ ...grid, tiles }));
        assert.deepEqual([shown.format, shown.codedWidth, shown.codedHeight], ['RGBA', 90, 60]);
        const source = await sourcePixels(pictureInput);
        const visible = joinBytes(
          Array.from({ length: 60 }, (_, y) => source.subarray(4 * y * width, 4 * (y * width + 90))),
        );
        const quality = rgbPsnr(shown.rgba, visible);
        assert.ok(quality > 30, `${quality} dB`);
        assert.equal(shown.pixel(89, 59)[3], 255);
      });

      it('comes out of a stream as soon as all of its tiles are here', async () => {
        const data = writeAvifGrid({ ...grid, tiles });
        const whole = await showFirst('image/avif', data);
        const pieces = await withImage({ type: 'image/avif', data: streamOf(data, 97) }, (decoder) => show(decoder));
        assert.deepEqual(pieces.rgba, whole.rgba);
      });

      it('has its alpha tile by tile', async () => {
        const shown = await showFirst('image/avif', writeAvifGrid({ ...grid, tiles, alphaTiles }));
        assert.deepEqual([shown.pixel(5, 5)[3], shown.pixel(85, 5)[3]], [255, 255]);
        assert.deepEqual([shown.pixel(5, 50)[3], shown.pixel(85, 50)[3]], [0, 0]);
      });

      it('is refused where it does not fit together', async () => {
        for (const [bad, message] of [
          [{ ...grid, tiles: tiles.slice(1) }, /has 3 tiles, not 2 × 2/],
          [{ ...grid, width: 97, tiles }, /another size/],
          [{ ...grid, tiles, alphaTiles: alphaTiles.slice(2) }, /other tiles/],
          [{ ...grid, tiles, tile: { width: 2 ** 20, height: 32 } }, /longest side has 1048576 pixels/],
        ] as const) {
          const decoder = decoderOf({ type: 'image/avif', data: writeAvifGrid(bad) });
          await assert.rejects(decoder.tracks.ready, { name: 'InvalidStateError', message });
        }
      });
    });

    it('refuses what is derived otherwise with a reason', async () => {
      const decoder = decoderOf({ type: 'image/avif', data: writeAvif({ width, height, data, itemType: 'iovl' }) });
      await assert.rejects(decoder.tracks.ready, { name: 'InvalidStateError', message: /iovl/ });
    });

    it('refuses a picture of another size than declared', async () => {
      const decoder = decoderOf({ type: 'image/avif', data: writeAvif({ width, height: height + 2, data }) });
      await assert.rejects(decoder.decode(), { name: 'EncodingError' });
    });
  });

  it('refuses data of another format than the type says', async () => {
    const jpeg = await makeImage(stillCases[0] as ImageCase);
    for (const type of ['png', 'gif', 'webp', 'avif', 'bmp']) {
      const decoder = decoderOf({ type: `image/${type}`, data: jpeg });
      await assert.rejects(decoder.tracks.ready, { name: 'InvalidStateError' }, type);
      await assert.rejects(decoder.decode(), { name: 'InvalidStateError' }, type);
    }
  });

  it('encodes decoded frames without fetching them', async () => {
    const { ImageDecoder, VideoEncoder } = host.webcodecs;
    const image = animationCases[0] as ImageCase;
    const decoder = new ImageDecoder({ type: image.type, data: await makeImage(image) });
    const before = (await host.statistics()).bytesSent;
    let chunks = 0;
    const encoder = new VideoEncoder({ output: () => chunks++, error: (error) => assert.fail(error) });
    encoder.configure({ codec: 'vp8', width, height, bitrate: 100_000 });
    for (let frameIndex = 0; frameIndex < movingFrames; frameIndex++) {
      const { image: frame } = await decoder.decode({ frameIndex });
      encoder.encode(frame);
      frame.close();
    }
    await encoder.flush();
    encoder.close();
    decoder.close();
    assert.equal(chunks, movingFrames);
    const sent = (await host.statistics()).bytesSent - before;
    assert.ok(sent < width * height * 4, `${sent} bytes crossed`);
  });
});

describe('limits of images', () => {
  it('refuses an image that is longer than limits.dimension', async () => {
    await withHost({ runIn: 'inline', limits: { dimension: 95 } as never }, async ({ webcodecs }) => {
      for (const image of [...stillCases, ...animationCases]) {
        const decoder = new webcodecs.ImageDecoder({ type: image.type, data: await makeImage(image) });
        await assert.rejects(
          decoder.tracks.ready,
          { name: 'InvalidStateError', message: /limits\.dimension is 95/ },
          image.name,
        );
      }
    });
  });

  it('refuses more bytes than limits.pictureBytes, and gives them back with close()', async () => {
    const pictureBytes = 400_000;
    await withHost({ runIn: 'inline', limits: { pictureBytes } as never }, async ({ webcodecs }) => {
      const data = new Uint8Array(90_000);
      data.set(writeGif({ width: 4, height: 2, frames: [{ pixels: 0 }] }));
      const make = async () => {
        const decoder = new webcodecs.ImageDecoder({ type: 'image/gif', data });
        await decoder.tracks.ready;
        return decoder;
      };
      for (let round = 0; round < 20; round++) (await make()).close();
      const open = [await make(), await make(), await make(), await make()];
      await assert.rejects(make(), { name: 'QuotaExceededError', message: /limits\.pictureBytes/ });
      for (const decoder of open) decoder.close();
      (await make()).close();
    });
  });

  it('lets go of the image of a decoder that was collected unclosed', async () => {
    await withHost({ runIn: 'inline', limits: { pictureBytes: 400_000 } as never }, async ({ webcodecs }) => {
      const data = new Uint8Array(90_000);
      data.set(writeGif({ width: 4, height: 2, frames: [{ pixels: 0 }] }));
      const make = () => new webcodecs.ImageDecoder({ type: 'image/gif', data }).tracks.ready;
      await Promise.all([make(), make(), make(), make()]);
      await eventually('collected images to be released', async () => {
        globalThis.gc?.();
        await setTimeout(5);
        return make().then(
          () => true,
          () => false,
        );
      });
    });
  });

  it('counts what animations keep to draw their next frame on', async () => {
    // A canvas of 1 MB.
    const [side, pictureBytes] = [500, 2 ** 20];
    await withHost({ runIn: 'inline', limits: { pictureBytes } as never }, async ({ webcodecs }) => {
      const dot = { pixels: 0, width: 1, height: 1 };
      const data = writeGif({ width: side, height: side, loops: 0, frames: [dot, dot] });
      const make = () => new webcodecs.ImageDecoder({ type: 'image/gif', data });
      const draw = async (decoder: Decoder) => (await decoder.decode({ frameIndex: 1 })).image.close();
      // All are there before the first is drawn: their bytes are few.
      const decoders = Array.from({ length: 20 }, make);
      await Promise.all(decoders.map(({ tracks }) => tracks.ready));
      await assert.rejects(
        async () => {
          for (const decoder of decoders) await draw(decoder);
        },
        { name: 'QuotaExceededError', message: /limits\.pictureBytes/ },
      );
      for (const decoder of decoders) decoder.close();
      const last = make();
      await draw(last);
      last.close();
    });
  });

  it('makes large pictures one after the other', async () => {
    // 64 MB of grey, and four times as much as RGBA.
    const side = 8192;
    const header = Buffer.alloc(13);
    header.writeUInt32BE(side, 0);
    header.writeUInt32BE(side, 4);
    header[8] = 8;
    const pixels = deflateSync(Buffer.alloc((side + 1) * side));
    const signature = Buffer.from('89504e470d0a1a0a', 'hex');
    const data = joinBytes([
      signature,
      writePngChunk('IHDR', header),
      writePngChunk('IDAT', pixels),
      writePngChunk('IEND'),
    ]);
    await withHost({ runIn: 'inline', limits: { pictureBytes: 2 ** 20 } as never }, async ({ webcodecs }) => {
      const decoders = Array.from({ length: 4 }, () => new webcodecs.ImageDecoder({ type: 'image/png', data }));
      // The first fills the limit; the others are refused when their turn comes, not made beside it.
      const results = await Promise.allSettled(decoders.map((decoder) => decoder.decode()));
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'rejected', 'rejected'],
      );
      for (const result of results) if (result.status === 'fulfilled') result.value.image.close();
      for (const decoder of decoders) decoder.close();
    });
  });

  it('rejects a decode while too many frames are open, and goes on when some are closed', async () => {
    await withHost({ runIn: 'inline', limits: { pictureBytes: 50_000 } as never }, async ({ webcodecs }) => {
      const png = await makeImage(stillCases.find(({ name }) => name === 'PNG RGB') as ImageCase);
      const decoder = new webcodecs.ImageDecoder({ type: 'image/png', data: png });
      const frames: Frame[] = [];
      await assert.rejects(
        async () => {
          for (let round = 0; round < 100; round++) frames.push((await decoder.decode()).image);
        },
        { name: 'QuotaExceededError' },
      );
      for (const frame of frames) frame.close();
      await eventually('frames to be released', async () =>
        decoder.decode().then(
          ({ image }) => {
            image.close();
            return true;
          },
          () => false,
        ),
      );
      decoder.close();
    });
  });
});

describe('images and the event loop', () => {
  it('is not blocked while a large image is decoded inline', async () => {
    await withHost('inline', async ({ webcodecs }) => {
      const data = await makeImage({
        ...(stillCases[4] as ImageCase),
        input: ['-f', 'lavfi', '-i', 'testsrc2=size=4096x3072:rate=10:duration=0.1'],
      });
      const decoder = new webcodecs.ImageDecoder({ type: 'image/png', data });
      await decoder.tracks.ready;
      await bestOf(3, async () => {
        const meter = startGapMeter();
        const { image } = await decoder.decode();
        const gap = meter.stop();
        assert.equal(image.codedWidth, 4096);
        image.close();
        assert.ok(gap < 50, `a gap of ${gap} ms`);
      });
      decoder.close();
    });
  });

  it('ends every promise when the host dies', async () => {
    const host = createCodecHost({ runIn: 'child' });
    await host.ready;
    const image = animationCases[0] as ImageCase;
    const bytes = await makeImage(image);
    const whole = new host.webcodecs.ImageDecoder({ type: image.type, data: bytes });
    await whole.tracks.ready;
    const { image: frame } = await whole.decode();
    const open = new host.webcodecs.ImageDecoder({ type: image.type, data: new ReadableStream() });
    const running = whole.decode({ frameIndex: 3 }).then(
      () => 'decoded',
      (error: Error) => error.name,
    );
    const waiting = open.decode();
    // An idle host keeps no process alive.
    const awake = setInterval(() => undefined, 100);
    waiting.catch(() => undefined);
    assert.ok(host.pid !== undefined);
    process.kill(host.pid, 'SIGKILL');
    await assert.rejects(waiting, { name: 'OperationError' });
    // It may have been faster than the signal.
    assert.ok(['decoded', 'OperationError'].includes(await running));
    clearInterval(awake);
    await assert.rejects(open.completed, { name: 'OperationError' });
    await assert.rejects(whole.decode(), { name: 'InvalidStateError' });
    assert.equal(frame.format, null, 'the frame went with its host');
    const next = new host.webcodecs.ImageDecoder({ type: image.type, data: bytes });
    (await next.decode()).image.close();
    next.close();
    await host.close();
  });
});
