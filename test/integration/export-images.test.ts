import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { makeMedia, withFolder } from '../fixtures/debian-ffmpeg.js';
import { comparePictures, media, mediaMissing, type Probed, probe, runExport } from '../fixtures/export-command.js';
import { type GifFrame, writeGif } from '../fixtures/gif-writer.js';
import {
  animationCases,
  exifOf,
  type ImageCase,
  jpegWithExif,
  makeImage,
  stillCases,
} from '../fixtures/image-files.js';

const size = { width: 64, height: 48 };
const frames: GifFrame[] = [
  { pixels: 0, delay: 20 },
  { pixels: 1, delay: 50 },
  // Browsers take no delay for 100 ms.
  { pixels: 2, delay: 0 },
];
const animation = writeGif({ ...size, loops: 0, frames });

async function exportImage(
  folder: string,
  name: string,
  bytes: Uint8Array,
  output: string,
  ...args: string[]
): Promise<Probed> {
  const source = path.join(folder, name);
  writeFileSync(source, bytes);
  return exportFile(source, path.join(folder, output), ...args);
}

async function exportFile(source: string, target: string, ...args: string[]): Promise<Probed> {
  const { code, stderr } = await runExport([source, target, ...args]);
  assert.equal(code, 0, stderr);
  const probed = await probe(target);
  assert.equal(probed.complaints, '');
  assert.equal(probed.audio, null);
  return probed;
}

/** As the container says it; frames of unequal lengths don't say their own. */
async function assertDuration(file: string, seconds: number): Promise<void> {
  const asked = ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', file];
  const { stdout } = await promisify(execFile)('ffprobe', asked);
  assertNear([Number(stdout)], [seconds]);
}

function assertNear(actual: readonly number[] | undefined, expected: readonly number[], tolerance = 0.002): void {
  assert.equal(actual?.length, expected.length, `${actual}`);
  for (const [index, value] of expected.entries()) {
    assert.ok(Math.abs((actual?.[index] ?? Number.NaN) - value) <= tolerance, `${actual} instead of ${expected}`);
  }
}

function still(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return makeImage(stillCases.find((image) => image.name === name) as ImageCase);
}

describe('the export of still pictures', () => {
  for (const name of ['four-colors.gif', 'four-colors.png', 'four-colors.webp']) {
    it(`makes five seconds of ${name}`, { skip: mediaMissing }, async () => {
      await withFolder(async (folder) => {
        const target = path.join(folder, 'out.mp4');
        const { video } = await exportFile(media(name), target);
        assert.deepEqual([video?.codec, video?.width, video?.height, video?.frames], ['h264', 320, 240, 150]);
        await assertDuration(target, 5);
        const rgb = await makeMedia(['-i', target], ['-frames:v', '1', '-pix_fmt', 'rgb24', '-f', 'rawvideo'], 'rgb');
        const colors = [
          [60, 80],
          [180, 80],
          [60, 240],
          [180, 240],
        ].map(([y = 0, x = 0]) => [0, 1, 2].map((index) => (rgb[3 * (320 * y + x) + index] ?? 0) > 128));
        const [yes, no] = [true, false];
        assert.deepEqual(colors, [
          [yes, yes, no],
          [no, no, yes],
          [yes, no, no],
          [no, yes, no],
        ]);
      });
    });
  }

  it('is as long and as fast as asked for', async () => {
    await withFolder(async (folder) => {
      const { video } = await exportImage(
        folder,
        'a.png',
        await still('PNG RGB'),
        'out.webm',
        '--end',
        '1.5',
        '--fps',
        '10',
      );
      assert.deepEqual([video?.codec, video?.frames], ['vp9', 15]);
      await assertDuration(path.join(folder, 'out.webm'), 1.5);
    });
  });

  it('takes every kind of image', async () => {
    await withFolder(async (folder) => {
      for (const image of stillCases) {
        const output = `${image.name.replaceAll(/\W/g, '')}.mp4`;
        const bytes = await makeImage(image);
        const { video } = await exportImage(folder, `a.${image.extension}`, bytes, output, '--end', '0.2');
        assert.deepEqual([video?.width, video?.height, video?.frames], [96, 64, 6], image.name);
      }
    });
  });

  it('is upright, and turned further where asked', async () => {
    await withFolder(async (folder) => {
      const plain = path.join(folder, 'plain.jpg');
      const jpeg = await still('JPEG 4:4:4');
      writeFileSync(plain, jpeg);
      for (const [orientation, rotate, filter] of [
        [6, [], 'transpose=clock'],
        [5, [], 'transpose=cclock_flip'],
        [5, ['--rotate', '90'], 'transpose=cclock_flip,transpose=clock'],
        [3, ['--rotate', '270'], 'hflip,vflip,transpose=cclock'],
      ] as const) {
        const output = `turned-${orientation}-${rotate.length}.mp4`;
        const bytes = jpegWithExif(jpeg, exifOf(orientation));
        await exportImage(folder, 'turned.jpg', bytes, output, '--end', '0.1', '--bitrate', '4M', ...rotate);
        const upright = path.join(folder, 'upright.png');
        writeFileSync(upright, await makeMedia(['-i', plain], ['-vf', filter], 'png'));
        const quality = await comparePictures(path.join(folder, output), upright);
        assert.ok(quality > 20, `orientation ${orientation}, ${rotate.join(' ')}: ${quality} dB`);
      }
    });
  });

  it('keeps transparency in WebM, and shows black behind it elsewhere', async () => {
    await withFolder(async (folder) => {
      // Red, of which the left half is transparent.
      const input = `color=red:size=64x48:rate=10:duration=0.1,format=rgba,geq=r=255:g=0:b=0:a='if(lt(X,32),0,255)'`;
      const png = await makeMedia(['-f', 'lavfi', '-i', input], [], 'png');
      await exportImage(folder, 'a.png', png, 'out.webm', '--end', '0.1');
      const webm = ['-c:v', 'libvpx-vp9', '-i', path.join(folder, 'out.webm')];
      const alpha = await makeMedia(webm, ['-vf', 'alphaextract', '-pix_fmt', 'gray', '-f', 'rawvideo'], 'gray');
      assert.ok((alpha[24 * 64 + 8] ?? 255) < 10 && (alpha[24 * 64 + 56] ?? 0) > 245);
      await exportImage(folder, 'a.png', png, 'out.mp4', '--end', '0.1');
      const mp4 = ['-i', path.join(folder, 'out.mp4')];
      const rgb = await makeMedia(mp4, ['-pix_fmt', 'rgb24', '-f', 'rawvideo'], 'rgb');
      assert.ok((rgb[3 * (24 * 64 + 8)] ?? 255) < 16 && (rgb[3 * (24 * 64 + 56)] ?? 0) > 220);
    });
  });

  it('rounds odd sides up where the codec has even ones only', async () => {
    await withFolder(async (folder) => {
      const odd = writeGif({ width: 33, height: 17, frames: [{ pixels: 0 }] });
      const { video } = await exportImage(folder, 'odd.gif', odd, 'out.mp4', '--end', '0.1');
      assert.deepEqual([video?.width, video?.height], [34, 18]);
    });
  });
});

describe('the export of animations', () => {
  it('has the animation’s own timing', async () => {
    await withFolder(async (folder) => {
      const { video } = await exportImage(folder, 'a.gif', animation, 'out.mp4');
      assertNear(video?.timestamps, [0, 0.2, 0.7]);
      await assertDuration(path.join(folder, 'out.mp4'), 0.8);
    });
  });

  it('has the part and the rate that were asked for', async () => {
    await withFolder(async (folder) => {
      const part = await exportImage(folder, 'a.gif', animation, 'part.mp4', '--start', '0.1', '--end', '0.4');
      assertNear(part.video?.timestamps, [0, 0.1]);
      await assertDuration(path.join(folder, 'part.mp4'), 0.3);
      const constant = await exportImage(folder, 'a.gif', animation, 'constant.mp4', '--fps', '20');
      assert.equal(constant.video?.frames, 16);
      const rgb = await makeMedia(
        ['-i', path.join(folder, 'constant.mp4')],
        ['-pix_fmt', 'rgb24', '-f', 'rawvideo'],
        'rgb',
      );
      const pixel = (frame: number) => [0, 1, 2].map((index) => (rgb[frame * 64 * 48 * 3 + index] ?? 0) > 128);
      assert.deepEqual(pixel(3), [true, false, false]);
      assert.deepEqual(pixel(4), [false, true, false]);
      assert.deepEqual(pixel(13), [false, true, false]);
      assert.deepEqual(pixel(14), [false, false, true]);
    });
  });

  for (const image of animationCases) {
    it(`exports an ${image.name} frame by frame`, async () => {
      await withFolder(async (folder) => {
        const bytes = await makeImage(image);
        const { video } = await exportImage(folder, `a.${image.extension}`, bytes, 'out.mp4', '--bitrate', '4M');
        assertNear(video?.timestamps, [0, 0.1, 0.2, 0.3, 0.4, 0.5]);
        const source = path.join(folder, 'source.mkv');
        writeFileSync(source, await makeMedia(image.input, ['-c:v', 'ffv1'], 'mkv'));
        const quality = await comparePictures(path.join(folder, 'out.mp4'), source);
        assert.ok(quality > 15, `${quality} dB`);
      });
    });
  }
});

describe('an image that cannot be exported gives one sentence, an error code and no file', () => {
  const refused = async (bytes: Uint8Array, output: string, expected: RegExp, ...args: string[]): Promise<string[]> =>
    withFolder(async (folder) => {
      writeFileSync(path.join(folder, 'a.gif'), bytes);
      const { code, stderr } = await runExport([path.join(folder, 'a.gif'), path.join(folder, output), ...args]);
      assert.equal(code, 1);
      assert.match(stderr, expected);
      assert.equal(existsSync(path.join(folder, output)), false);
      return readdirSync(folder).filter((name) => name !== 'a.gif');
    });

  it('where the output holds sound only', async () => {
    assert.deepEqual(
      await refused(animation, 'out.mp3', /^a\.gif is a picture; a \.mp3 file holds sound only\.\n$/),
      [],
    );
  });

  it('where it is cut off, and keeps what there is when asked to', async () => {
    const cut = animation.subarray(0, animation.length - 40);
    const sentence = /^a\.gif is cut off: it has not all of its frames\.\n$/m;
    assert.deepEqual(await refused(cut, 'out.mp4', sentence), []);
    assert.deepEqual(await refused(cut, 'out.mp4', sentence, '--keep-partial'), ['out.partial.mp4']);
  });

  it('where it is damaged', async () => {
    const damaged = animation.slice();
    damaged.fill(0, 13 + 24 + 19);
    assert.deepEqual(await refused(damaged, 'out.mp4', /^a\.gif is damaged: [^\n]+\.\n$/), []);
  });

  it('where nothing of it is asked for', async () => {
    assert.deepEqual(await refused(animation, 'out.mp4', /nothing between --start and --end/, '--start', '3'), []);
  });
});
