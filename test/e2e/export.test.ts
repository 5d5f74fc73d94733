import assert from 'node:assert/strict';
import { readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeMedia } from '../fixtures/debian-ffmpeg.js';
import { eventually } from '../fixtures/event-loop.js';
import { comparePictures, media, mediaMissing, probe } from '../fixtures/export-command.js';
import { noteLanes, type Studio, studioTest } from '../fixtures/studio.js';
import {
  beginExport,
  choosePreset,
  exportTo,
  frameIntervalP99,
  longClip,
  openFile,
  referencePictures,
  shownFrame,
  timecode,
} from '../fixtures/studio-export.js';

const clip = 'bunny-1080p25-h264-aac.mp4';
const clipFrames = 125;
/** Mean difference, of 255, of pictures of different decoders and scalers; which picture it is, the index says. */
const sameDifference = 5;

noteLanes();

/** What needs files to open. */
const exportTest: typeof studioTest = (title, body, options) => {
  if (!mediaMissing) studioTest(title, body, options);
};

async function expectFrame(studio: Studio, references: readonly Uint8Array[], wanted: number): Promise<void> {
  const { page } = studio;
  let seen = { index: -1, difference: 0 };
  // The compositor takes a canvas's picture over a little later.
  for (let attempt = 0; attempt < 40; attempt++) {
    seen = await shownFrame(page, references);
    if (seen.index === wanted) break;
    await page.waitForTimeout(100);
  }
  assert.equal(seen.index, wanted, 'the picture that is shown');
  assert.ok(seen.difference < sameDifference, `differs by ${seen.difference}`);
  const frames = `${Math.floor(wanted / 25)}:${String(wanted % 25).padStart(2, '0')}`;
  assert.equal(await timecode(page), `0:00:0${frames}`);
}

exportTest('arrow keys step exactly one picture; Home and End go to the first and the last', async (studio) => {
  const { page, complaints } = studio;
  const references = await referencePictures(clip);
  assert.equal(references.length, clipFrames);
  await openFile(page, clip);
  await expectFrame(studio, references, 0);
  for (const key of ['ArrowRight', 'ArrowRight', 'ArrowRight']) await page.keyboard.press(key);
  await expectFrame(studio, references, 3);
  await page.keyboard.press('ArrowLeft');
  await expectFrame(studio, references, 2);
  await page.keyboard.press('End');
  await expectFrame(studio, references, clipFrames - 1);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowLeft');
  await expectFrame(studio, references, clipFrames - 2);
  await page.keyboard.press('Home');
  await expectFrame(studio, references, 0);
  await page.keyboard.press('Shift+ArrowRight');
  await expectFrame(studio, references, 25);
  assert.deepEqual(complaints, []);
});

exportTest('playing goes on in pictures and sound, and stands where it is paused', async (studio) => {
  const { page } = studio;
  const references = await referencePictures(clip);
  await openFile(page, clip);
  await expectFrame(studio, references, 0);
  await page.keyboard.press('Space');
  const deadline = Date.now() + 30_000;
  while ((await shownFrame(page, references)).index < 40)
    assert.ok(Date.now() < deadline, 'the pictures follow the clock');
  await page.keyboard.press('k');
  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  let [stood, seen] = [-1, -2];
  while (stood !== seen && Date.now() < deadline + 30_000) {
    const [, seconds = '', frames = ''] = /:(\d\d):(\d\d)$/.exec((await timecode(page)) ?? '') ?? [];
    stood = Number(seconds) * 25 + Number(frames);
    seen = (await shownFrame(page, references)).index;
  }
  assert.ok(stood > 0, `stands at ${stood}`);
  await expectFrame(studio, references, stood);
});

exportTest('a drag along the timeline ends at the picture under the pointer; so does one of a mark', async (studio) => {
  const { page } = studio;
  const references = await referencePictures(clip);
  await openFile(page, clip);
  await expectFrame(studio, references, 0);
  const bounds = await page.locator('.timeline-track').boundingBox();
  assert.ok(bounds);
  const { x, y, width, height } = bounds;
  const duration = 5.056;
  const at = (frame: number): number => x + (((frame + 0.5) / 25) * width) / duration;
  await page.mouse.move(at(10), y + height / 2);
  await page.mouse.down();
  await page.mouse.move(at(110), y + height / 2, { steps: 25 });
  await page.mouse.move(at(60), y + height / 2, { steps: 10 });
  await page.mouse.up();
  await expectFrame(studio, references, 60);
  await page.mouse.move(x - 4, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(at(29.5), y + height / 2, { steps: 10 });
  await page.mouse.up();
  await expectFrame(studio, references, 30);
  const start = page.getByRole('slider', { name: 'Start of the export' });
  assert.equal(await start.getAttribute('aria-valuetext'), '0:00:01:05');
});

exportTest('what is marked is what is exported', async (studio) => {
  const { page, folder } = studio;
  await openFile(page, clip);
  await page.keyboard.press('Shift+ArrowRight');
  await page.waitForFunction(() => document.querySelector('.timecode')?.textContent === '0:00:01:00');
  await page.keyboard.press('i');
  await page.keyboard.press('Shift+ArrowRight');
  await page.waitForFunction(() => document.querySelector('.timecode')?.textContent === '0:00:02:00');
  await page.keyboard.press('o');
  await page.getByRole('combobox', { name: 'Size' }).selectOption('480');
  const file = path.join(folder, 'part.mp4');
  await exportTo(studio, file);
  const { video, complaints } = await probe(file);
  assert.deepEqual([video?.codec, video?.width, video?.height, video?.frames], ['h264', 854, 480, 26]);
  assert.equal(complaints, '');
  const likeness = await comparePictures(
    file,
    media(clip),
    'trim=start_frame=25:end_frame=51,setpts=PTS-STARTPTS,scale=854:480',
  );
  assert.ok(likeness > 30, `PSNR ${likeness} dB`);
  const handle = page.getByRole('slider', { name: 'Start of the export' });
  await handle.press('ArrowRight');
  assert.equal(await handle.getAttribute('aria-valuetext'), '0:00:01:01');
});

exportTest('a video that was taken with the camera turned is shown and exported upright', async (studio) => {
  const { page, folder } = studio;
  const turned = path.join(folder, 'turned.mp4');
  await writeFile(
    turned,
    await makeMedia(['-t', '1', '-i', media(clip)], ['-c', 'copy', '-an', '-metadata:s:v', 'rotate=90'], 'mp4'),
  );
  const references = await referencePictures(turned);
  await openFile(page, turned);
  await expectFrame(studio, references, 0);
  const shape = await page.locator('canvas.stage-picture').boundingBox();
  assert.ok(shape && shape.height > shape.width * 1.7, 'the picture stands');
  await choosePreset(page, 'MP4 · H.264 + AAC');
  await page.getByRole('combobox', { name: 'Size' }).selectOption('480');
  const file = path.join(folder, 'upright.mp4');
  await exportTo(studio, file);
  const { video } = await probe(file);
  assert.deepEqual([video?.width, video?.height], [480, 854]);
  const likeness = await comparePictures(file, turned, 'scale=480:854');
  assert.ok(likeness > 30, `PSNR ${likeness} dB`);
});

const families = [
  { label: 'MP4 · H.264 + AAC', end: 'mp4', codecs: ['h264', 'aac'] },
  { label: 'MP4 · HEVC + AAC', end: 'mp4', codecs: ['hevc', 'aac'] },
  { label: 'WebM · AV1 + Opus', end: 'webm', codecs: ['av1', 'opus'] },
  { label: 'MOV · ProRes 422 HQ + PCM', end: 'mov', codecs: ['prores', 'pcm_s24le'] },
  { label: 'M4A · AAC', end: 'm4a', codecs: ['aac'] },
  { label: 'MP3', end: 'mp3', codecs: ['mp3'] },
  { label: 'FLAC', end: 'flac', codecs: ['flac'] },
  { label: 'WAV · PCM, 16 bit', end: 'wav', codecs: ['pcm_s16le'] },
  { label: 'Ogg · Opus', end: 'ogg', codecs: ['opus'] },
];

exportTest('each preset comes to its end, and its result plays in the Studio', async (studio) => {
  const { page, folder, complaints } = studio;
  await openFile(page, clip);
  for (const [index, { label, end, codecs }] of families.entries()) {
    await choosePreset(page, label);
    if (codecs.length > 1) await page.getByRole('combobox', { name: 'Size' }).selectOption('480');
    const file = path.join(folder, `result-${index}.${end}`);
    await exportTo(studio, file);
    const { video, audio, complaints: doubts } = await probe(file);
    const tracks = [video, audio].flatMap((track) => track ?? []);
    assert.deepEqual([tracks.map(({ codec }) => codec), doubts], [codecs, ''], label);
    for (const track of tracks) assert.ok(track.end - track.start > 4.5, `${label}: ${track.end} s`);
  }
  await page.getByRole('button', { name: 'Play result' }).first().click();
  await page.getByRole('heading', { name: `result-${families.length - 1}.ogg` }).waitFor();
  await page.getByRole('button', { name: 'Back to the source' }).click();
  await page.getByRole('heading', { name: clip, exact: true }).waitFor();
  assert.deepEqual(complaints, []);
});

/** What lies in the folder of an export, hidden files too. */
async function filesOf(folder: string, start: string): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.includes(start));
}

exportTest('an export that is stopped leaves nothing, within a second', async (studio) => {
  const { page, folder } = studio;
  await openFile(page, await longClip(folder));
  await choosePreset(page, 'MOV · ProRes 422 HQ + PCM');
  let fastest = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && fastest > 1000; attempt++) {
    await beginExport(studio, path.join(folder, 'stopped.mov'));
    await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.005);
    assert.equal((await filesOf(folder, 'stopped')).length, 1, 'it is under way');
    const began = performance.now();
    await page.getByRole('button', { name: 'Stop export' }).click();
    await page.getByRole('button', { name: 'Export…' }).waitFor();
    fastest = Math.min(fastest, performance.now() - began);
    assert.deepEqual(await filesOf(folder, 'stopped'), []);
  }
  assert.ok(fastest < 1000, `${fastest} ms`);
});

exportTest(
  'the host is killed in mid-export: it is told, the file stays open, the next export works',
  async (studio) => {
    const { page, folder } = studio;
    const references = await referencePictures(clip);
    await openFile(page, clip);
    await expectFrame(studio, references, 0);
    await choosePreset(page, 'MP4 · HEVC + AAC');
    const file = path.join(folder, 'killed.mp4');
    await beginExport(studio, file);
    await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.05);
    process.kill(await studio.hostPid(), 'SIGKILL');
    const problem = page.getByRole('alert').filter({ hasText: 'codec host' });
    await problem.waitFor();
    assert.match((await problem.textContent()) ?? '', /codec host ended.*still open/s);
    assert.deepEqual(await filesOf(folder, 'killed'), []);
    await page.getByRole('img', { name: 'Codec host: running' }).waitFor();
    await page.keyboard.press('ArrowRight');
    await expectFrame(studio, references, 1);
    await page.getByRole('combobox', { name: 'Size' }).selectOption('480');
    await exportTo(studio, file);
    assert.equal((await probe(file)).video?.frames, clipFrames);
    assert.ok((await stat(file)).size > 10_000);
  },
);

exportTest('a file that is none is told in words, and what was open stays', async (studio) => {
  const { page } = studio;
  const references = await referencePictures(clip);
  await openFile(page, clip);
  await page.setInputFiles('#file-input', {
    name: 'notes.mp4',
    mimeType: 'video/mp4',
    buffer: Buffer.from('no film at all, just words'),
  });
  const problem = page.getByRole('alert').filter({ hasText: 'notes.mp4' });
  await problem.waitFor();
  assert.match((await problem.textContent()) ?? '', /notes\.mp4 is not a media file that can be read/);
  await page.keyboard.press('ArrowRight');
  await expectFrame(studio, references, 1);
});

exportTest('of two files that are opened the newer one stays, whichever takes longer', async (studio) => {
  const { page, folder, main } = studio;
  const references = await referencePictures(clip);
  await openFile(page, clip);
  await choosePreset(page, 'WAV · PCM, 16 bit');
  await exportTo(studio, path.join(folder, 'slow.wav'));
  // A disk that is slow to wake.
  await main(async () => {
    const { open } = process.getBuiltinModule('node:fs/promises');
    const handle = await open(process.execPath);
    const shared = Object.getPrototypeOf(handle) as { read(...args: unknown[]): Promise<unknown> };
    await handle.close();
    const { read } = shared;
    const disk = { reads: 0, wake: (): void => undefined };
    const awake = new Promise<void>((resolve) => {
      disk.wake = resolve;
    });
    Object.assign(globalThis, { disk });
    shared.read = async function (...args) {
      disk.reads += 1;
      await awake;
      return read.apply(this, args).finally(() => {
        disk.reads -= 1;
      });
    };
  });
  const reads = () => main(() => (globalThis as unknown as { disk: { reads: number } }).disk.reads);
  await page.getByRole('button', { name: 'Play result' }).click();
  await eventually('the result to be read', async () => (await reads()) > 0);
  await openFile(page, clip);
  await page.getByText('Opening').waitFor({ state: 'hidden' });
  await expectFrame(studio, references, 0);
  await main(() => (globalThis as unknown as { disk: { wake(): void } }).disk.wake());
  // The result is there when nothing more is read of it.
  for (let quiet = 0; quiet < 20; quiet = (await reads()) === 0 ? quiet + 1 : 0) await page.waitForTimeout(50);
  await page.getByRole('heading', { name: clip, exact: true }).waitFor();
  await page.keyboard.press('ArrowRight');
  await expectFrame(studio, references, 1);
});

exportTest('a size that is typed in has the shape of the file that is open', async (studio) => {
  const { page, folder } = studio;
  const narrow = path.join(folder, 'narrow.mp4');
  const input = ['-f', 'lavfi', '-i', 'testsrc2=s=320x240:r=25', '-t', '1'];
  await writeFile(narrow, await makeMedia(input, ['-c:v', 'libx264', '-pix_fmt', 'yuv420p'], 'mp4'));
  await openFile(page, clip);
  await page.getByRole('combobox', { name: 'Size' }).selectOption('custom');
  const [width, height] = [page.getByLabel('Width in pixels'), page.getByLabel('Height in pixels')];
  await width.fill('640');
  await width.blur();
  assert.equal(await height.inputValue(), '360');
  await height.fill('720');
  await height.blur();
  assert.equal(await width.inputValue(), '1280');
  await openFile(page, narrow);
  assert.deepEqual([await width.inputValue(), await height.inputValue()], ['1280', '960']);
});

exportTest('a key that is held switches once, and steps on and on', async (studio) => {
  const { page } = studio;
  const references = await referencePictures(clip);
  await openFile(page, clip);
  await expectFrame(studio, references, 0);
  const hold = async (key: string): Promise<void> => {
    for (let repeat = 0; repeat < 4; repeat++) await page.keyboard.down(key);
    await page.keyboard.up(key);
  };
  await hold('m');
  await page.getByRole('button', { name: 'Sound on' }).waitFor();
  await hold('ArrowRight');
  await expectFrame(studio, references, 4);
});

exportTest(
  'playing goes on while the window changes its size, and shows no time before where it began',
  async (studio) => {
    const { page } = studio;
    await openFile(page, clip);
    await page.keyboard.press('Shift+ArrowRight');
    await page.waitForFunction(() => document.querySelector('.timecode')?.textContent === '0:00:01:00');
    await page.evaluate(() => {
      const timecodes: string[] = [];
      Object.assign(globalThis, { timecodes });
      const shown = document.querySelector('.timecode');
      const note = (): void => void timecodes.push(shown?.textContent ?? '');
      if (shown) new MutationObserver(note).observe(shown, { characterData: true, childList: true, subtree: true });
    });
    await page.keyboard.press('Space');
    await page.waitForFunction(() => (document.querySelector('.timecode')?.textContent ?? '') > '0:00:01:10');
    await page.setViewportSize({ width: 1000, height: 640 });
    await page.waitForFunction(() => (document.querySelector('.timecode')?.textContent ?? '') > '0:00:03:00');
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor();
    const timecodes = await page.evaluate(() => (globalThis as unknown as { timecodes: string[] }).timecodes);
    assert.deepEqual(
      timecodes.filter((time) => time < '0:00:01:00'),
      [],
    );
  },
);

exportTest('of pauses and plays that come close together the last one counts, for the sound too', async (studio) => {
  const { page } = studio;
  await page.evaluate(() => {
    const contexts: AudioContext[] = [];
    const resumes: Promise<void>[] = [];
    const Native = AudioContext;
    Object.assign(globalThis, {
      sound: { contexts, resumes },
      AudioContext: class extends Native {
        constructor(options?: AudioContextOptions) {
          super(options);
          contexts.push(this);
        }
        override resume(): Promise<void> {
          const resume = super.resume();
          resumes.push(resume.catch(() => undefined));
          return resume;
        }
      },
    });
  });
  /** Of each context, once none is on its way to run. */
  const states = () =>
    page.evaluate(async () => {
      const { contexts, resumes } = (
        globalThis as unknown as { sound: { contexts: AudioContext[]; resumes: Promise<void>[] } }
      ).sound;
      await Promise.all(resumes);
      return contexts.map(({ state }) => state);
    });
  const rests = () => eventually('the sound to rest', async () => !(await states()).includes('running'));
  const pressAtOnce = (...keys: string[]) =>
    page.evaluate((pressed) => {
      for (const key of pressed) document.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
    }, keys);
  const played = (timecode: string) =>
    page.waitForFunction((least) => (document.querySelector('.timecode')?.textContent ?? '') > least, timecode);
  await openFile(page, clip);
  await pressAtOnce('l', 'k');
  await eventually('the sound to be opened', async () => (await states()).length === 1);
  await rests();
  // What was sought before is not shown any more.
  await pressAtOnce('Home', 'End', 'Home', 'l');
  await played('0:00:00:10');
  assert.ok((await states()).includes('running'));
  await pressAtOnce('k', 'l');
  await played('0:00:02:00');
  await pressAtOnce('k');
  await rests();
  await pressAtOnce('l', 'k');
  await rests();
});

exportTest('pictures play though the sound is damaged, and have their thumbnails', async (studio) => {
  const { page, folder } = studio;
  const damaged = path.join(folder, 'damaged.mp4');
  const noise = ['-c', 'copy', '-bsf:a', 'noise=amount=20'];
  await writeFile(damaged, await makeMedia(['-i', media(clip)], noise, 'mp4'));
  await openFile(page, damaged);
  await page.waitForFunction(() => {
    const canvas = document.querySelector('canvas.timeline-thumbnails') as HTMLCanvasElement;
    const context = new OffscreenCanvas(8, 8).getContext('2d');
    context?.drawImage(canvas, 0, 0, 8, 8);
    return context?.getImageData(0, 0, 8, 8).data.some((value) => value > 0);
  });
  await page.keyboard.press('Space');
  await page.waitForFunction(() => (document.querySelector('.timecode')?.textContent ?? '') > '0:00:02:00');
});

exportTest('the page keeps its frame rate while exporting', async (studio, t) => {
  const { page, folder } = studio;
  const displayFrame = 1000 / 60;
  await openFile(page, await longClip(folder));
  await choosePreset(page, 'MP4 · H.264 + AAC');
  await page.waitForTimeout(1500);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 5 && least > displayFrame; attempt++) {
    const idle = await frameIntervalP99(page, 2);
    await beginExport(studio, path.join(folder, 'smooth.mp4'));
    await page.waitForFunction(() => (document.querySelector('progress')?.value ?? 0) > 0.005);
    const busy = await frameIntervalP99(page, 2);
    const isRunning = await page.getByRole('button', { name: 'Stop export' }).isVisible();
    assert.ok(isRunning, 'the export lasts as long as the measurement');
    await page.getByRole('button', { name: 'Stop export' }).click();
    await page.getByRole('button', { name: 'Export…' }).waitFor();
    t.diagnostic(`p99 of frame intervals: idle ${idle.toFixed(1)} ms, exporting ${busy.toFixed(1)} ms`);
    least = Math.min(least, busy - idle);
  }
  assert.ok(least <= displayFrame, `${least.toFixed(1)} ms more than idle`);
});
