/** Recordings, from the button to the file, and what is left of one when something dies on the way. */
import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright';
import { bestOf } from '../fixtures/event-loop.js';
import { beepTimes, flashDelays, type Recording, readRecording, testPictures } from '../fixtures/recordings.js';
import { noteLanes, type Studio, studioTest } from '../fixtures/studio.js';

noteLanes();

/** Small and slow enough for a machine that does other things too. */
const light = { height: '480', rate: '15' };
/** Seconds that flash and beep may lie apart. */
const syncTolerance = 0.04;

interface Setup {
  source?: 'Test' | 'Camera';
  format?: string;
  hasMicrophone?: boolean;
}

async function openRecord({ page }: Studio, { source = 'Test', format = 'h264-mp4', hasMicrophone }: Setup = {}) {
  await page.getByRole('navigation').getByRole('button', { name: 'Record' }).click();
  await page.getByRole('radio', { name: source }).check({ force: true });
  await page.locator('#record-height').selectOption(light.height);
  await page.locator('#record-rate').selectOption(light.rate);
  await page.locator('#record-format').selectOption(format);
  await picture(page);
  if (hasMicrophone) {
    const microphone = page.locator('#record-microphone');
    await microphone.selectOption({ index: 1 });
    await picture(page);
  }
}

/** The preview shows something. */
async function picture(page: Page): Promise<void> {
  await page.waitForFunction(() => (document.querySelector('video.record-preview') as HTMLVideoElement).videoWidth > 0);
  await page.getByRole('button', { name: 'Record', exact: true }).last().isEnabled();
}

const start = (page: Page) => page.locator('.record-button').click();
const stop = start;

/** Seconds of the recording, as the page shows them. */
async function shownSeconds(page: Page): Promise<number> {
  const text = await page.locator('.record-time dd').innerText();
  return text.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
}

async function recordedFor(page: Page, seconds: number): Promise<void> {
  for (const end = Date.now() + 60_000; (await shownSeconds(page)) < seconds; ) {
    assert.ok(Date.now() < end, `no ${seconds} seconds were recorded within a minute`);
    await page.waitForTimeout(50);
  }
}

interface Outcome {
  file: string;
  text: string;
  seconds: number;
  /** Frames that the page says are in the file, and that it says are not. */
  frames: number;
  missing: number;
}

async function outcome({ page, folder }: Studio): Promise<Outcome> {
  const result = page.getByRole('region', { name: 'Result', exact: true });
  await result.waitFor({ timeout: 30_000 });
  const text = await result.innerText();
  const [, minutes, seconds, frames] = /(\d+):([\d.]+) · (\d+) frames/.exec(text) ?? [];
  const dropped = /^(\d+) of \d+ frames were dropped/m.exec(text)?.[1] ?? 0;
  const surplus = /^(\d+) frames came faster/m.exec(text)?.[1] ?? 0;
  return {
    file: path.join(folder, 'videos', await page.locator('.record-path').innerText()),
    text,
    seconds: Number(minutes) * 60 + Number(seconds),
    frames: Number(frames),
    missing: Number(dropped) + Number(surplus),
  };
}

function assertEnds({ videoEnd, audioEnd }: Recording, seconds: number, tolerance = 0.35): void {
  assert.ok(Math.abs(videoEnd - seconds) < tolerance, `the picture ends at ${videoEnd}, not at ${seconds}`);
  assert.ok(Math.abs(audioEnd - seconds) < tolerance, `the sound ends at ${audioEnd}, not at ${seconds}`);
}

async function assertInSync(file: string, fewest: number): Promise<void> {
  const delays = flashDelays(await testPictures(file), await beepTimes(file));
  assert.ok(delays.length >= fewest, `${delays.length} flashes came with a beep`);
  for (const delay of delays) {
    assert.ok(
      Math.abs(delay) < syncTolerance,
      `flashes come ${delays.map((each) => each.toFixed(3)).join(', ')} s late`,
    );
  }
}

const limit = { timeout: 300_000 };

/** Records until the page shows so many seconds. */
async function record(studio: Studio, seconds: number): Promise<Outcome> {
  await start(studio.page);
  await recordedFor(studio.page, seconds);
  await stop(studio.page);
  return outcome(studio);
}

studioTest(
  'the test picture is recorded with its sound, in sync, each frame there or accounted for',
  async (studio) => {
    const { page } = studio;
    await openRecord(studio);
    let file = '';
    await bestOf(5, async () => {
      const result = await record(studio, 6);
      file = result.file;
      assert.match(result.text, /^Recorded/);
      const recording = await readRecording(result.file);
      assert.deepEqual(
        recording.streams.map(({ codec_name }) => codec_name),
        ['h264', 'aac'],
      );
      assert.equal(recording.streams[0]?.height, 480);
      assertEnds(recording, result.seconds);
      const early = -1024 / 48_000;
      assert.ok(Math.abs(recording.audioStart - early) < 1e-3, `AAC's own silence is at ${recording.audioStart}`);
      const pictures = await testPictures(result.file);
      assert.equal(pictures.length, result.frames);
      const first = pictures[0]?.number ?? 0;
      const drawn = (pictures.at(-1)?.number ?? 0) - first + 1;
      const repeated = pictures.filter(({ number }, index) => number === pictures[index - 1]?.number).length;
      const unexplained = drawn - (pictures.length - repeated) - result.missing;
      assert.ok(unexplained <= 0, `${unexplained} of ${drawn} pictures are missing, and nobody says so`);
      for (const [index, time] of recording.keyTimes.entries()) {
        assert.ok(time - (recording.keyTimes[index - 1] ?? 0) < 2, `no key frame in the two seconds before ${time}`);
      }
      await assertInSync(result.file, 3);
    });
    await page.getByRole('button', { name: 'Play', exact: true }).last().click();
    await page.getByRole('main', { name: 'Export' }).getByText(path.basename(file)).first().waitFor();
    assert.deepEqual(studio.complaints, []);
  },
  limit,
);

for (const format of ['hevc-mp4', 'av1-webm', 'vp9-webm']) {
  studioTest(
    `camera and microphone are recorded as ${format}`,
    async (studio) => {
      await openRecord(studio, { source: 'Camera', format, hasMicrophone: true });
      await bestOf(5, async () => {
        const { file, seconds, frames } = await record(studio, 3);
        const recording = await readRecording(file);
        const [video, container] = format.split('-');
        assert.deepEqual(
          recording.streams.map(({ codec_name }) => codec_name),
          [video, container === 'mp4' ? 'aac' : 'opus'],
        );
        assertEnds(recording, seconds);
        assert.ok(frames > 5, `${frames} frames were recorded`);
        // The browser's own fake microphone beeps.
        assert.notEqual((await beepTimes(file)).length, 0);
      });
    },
    limit,
  );
}

studioTest(
  'a screen that is chosen by its picture is recorded; with its sound where the system gives that',
  async (studio) => {
    const { page, main } = studio;
    await page.getByRole('navigation').getByRole('button', { name: 'Record' }).click();
    await page.locator('#record-rate').selectOption(light.rate);
    const chooseScreen = async (): Promise<void> => {
      await page.getByRole('region', { name: 'Screens' }).getByRole('button').first().click();
      await picture(page);
    };
    const recordedStreams = async (): Promise<string[]> => {
      const { file, text, frames } = await record(studio, 3);
      assert.match(text, /^Recorded/);
      assert.ok(frames > 5, `${frames} frames were recorded`);
      const { streams, videoEnd } = await readRecording(file);
      assert.ok(videoEnd > 2, `the picture ends at ${videoEnd}`);
      return streams.map(({ codec_name }) => codec_name);
    };
    const noSound = page.getByText('This system gives no sound of its screen.');
    await page.getByRole('radio', { name: 'Screen' }).check({ force: true });
    await chooseScreen();
    await noSound.waitFor();
    assert.deepEqual(await recordedStreams(), ['h264']);
    if (studio.lane === 'double') {
      await main(() => void Object.defineProperty(process, 'platform', { value: 'win32' }));
      await noSound.waitFor({ state: 'hidden' });
      await page.getByRole('button', { name: 'Another…' }).click();
      await chooseScreen();
      assert.equal(await noSound.isVisible(), false);
      assert.deepEqual(await recordedStreams(), ['h264', 'aac']);
    }
    assert.deepEqual(studio.complaints, []);
  },
  limit,
);

studioTest(
  'a pause is left out, and sound and picture go on together',
  async (studio) => {
    const { page } = studio;
    await openRecord(studio);
    await bestOf(5, async () => {
      await start(page);
      await recordedFor(page, 3);
      await page.getByRole('button', { name: 'Pause' }).last().click();
      await page.getByText('Paused').waitFor();
      const paused = await shownSeconds(page);
      await page.waitForTimeout(3000);
      assert.equal(await shownSeconds(page), paused);
      await page.getByRole('button', { name: 'Go on' }).click();
      await recordedFor(page, paused + 3);
      await stop(page);
      const { file, seconds } = await outcome(studio);
      const recording = await readRecording(file);
      assertEnds(recording, seconds);
      const pictures = await testPictures(file);
      const leaps = pictures.filter(({ number }, index) => number - (pictures[index - 1]?.number ?? number) > 30);
      assert.equal(leaps.length, 1, 'there is one place where three seconds of pictures are left out');
      await assertInSync(file, 3);
    });
  },
  limit,
);

studioTest(
  'the app is killed in mid-recording: the file plays to the last second',
  async (studio) => {
    const { page, folder } = studio;
    await openRecord(studio);
    await start(page);
    await recordedFor(page, 5);
    const seconds = await shownSeconds(page);
    await studio.kill();
    const [name, ...others] = await readdir(path.join(folder, 'videos'));
    assert.deepEqual(others, []);
    const file = path.join(folder, 'videos', name ?? '');
    const recording = await readRecording(file);
    assert.ok(recording.videoEnd > seconds - 2, `of ${seconds} seconds the picture has ${recording.videoEnd}`);
    assert.ok(recording.audioEnd > seconds - 2, `of ${seconds} seconds the sound has ${recording.audioEnd}`);
  },
  limit,
);

studioTest(
  'the codec host is killed in mid-recording: another one goes on in the same file',
  async (studio) => {
    const { page } = studio;
    await openRecord(studio);
    await bestOf(5, async () => {
      await start(page);
      await recordedFor(page, 3);
      process.kill(await studio.hostPid(), 'SIGKILL');
      await page.locator('.record-note').getByText('Another one took over').waitFor({ timeout: 30_000 });
      const begun = await shownSeconds(page);
      await recordedFor(page, begun + 4);
      await stop(page);
      const { file, seconds, text } = await outcome(studio);
      assert.match(text, /^Recorded[\s\S]*codec engine stopped[\s\S]*went on in the same file/);
      assertEnds(await readRecording(file), seconds);
      const pictures = await testPictures(file);
      assert.ok(
        pictures.some(({ time }) => time > begun + 2),
        'pictures go on after the host’s end',
      );
      await assertInSync(file, 3);
    });
  },
  limit,
);

studioTest(
  'the camera goes in mid-recording: words, and the file up to there',
  async (studio) => {
    const { page } = studio;
    await bestOf(5, async () => {
      // From another source, so that each try opens the camera anew.
      await openRecord(studio);
      await openRecord(studio, { source: 'Camera', hasMicrophone: true });
      await start(page);
      await recordedFor(page, 3);
      await page.evaluate(() => {
        const { srcObject } = document.querySelector('video.record-preview') as HTMLVideoElement;
        const [track] = (srcObject as MediaStream).getVideoTracks();
        track?.stop();
        // As the browser does where a device goes by itself.
        track?.dispatchEvent(new Event('ended'));
      });
      const { file, seconds, text } = await outcome(studio);
      assert.match(text, /^The source ended, and so did the recording/);
      await page.getByText('The source is gone').waitFor();
      assertEnds(await readRecording(file), seconds);
    });
  },
  limit,
);

studioTest('a camera that comes when its view has been left is let go of', async ({ page }) => {
  await page.evaluate(() => {
    const { mediaDevices } = navigator;
    const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
    mediaDevices.getUserMedia = async (constraints) => {
      const stream = await getUserMedia(constraints);
      Object.assign(globalThis, { stream });
      await new Promise<void>((resolve) => Object.assign(globalThis, { handOver: resolve }));
      return stream;
    };
  });
  const navigation = page.getByRole('navigation');
  await navigation.getByRole('button', { name: 'Record' }).click();
  await page.getByRole('radio', { name: 'Camera' }).check({ force: true });
  await page.waitForFunction(() => 'handOver' in globalThis);
  await navigation.getByRole('button', { name: 'Export' }).click();
  await page.evaluate(() => (globalThis as unknown as { handOver(): void }).handOver());
  await page.waitForFunction(() =>
    (globalThis as unknown as { stream: MediaStream }).stream
      .getTracks()
      .every(({ readyState }) => readyState === 'ended'),
  );
  await page.evaluate(() => Reflect.deleteProperty(globalThis, 'handOver'));
  await navigation.getByRole('button', { name: 'Record' }).click();
  await page.waitForFunction(() => 'handOver' in globalThis);
  await page.evaluate(() => (globalThis as unknown as { handOver(): void }).handOver());
  await picture(page);
});

studioTest(
  'a microphone that gives nothing is silence in the file, which grows with the picture',
  async (studio) => {
    const { page } = studio;
    await page.evaluate(() => {
      const { mediaDevices } = navigator;
      const getUserMedia = mediaDevices.getUserMedia.bind(mediaDevices);
      const { MediaStreamTrackGenerator } = globalThis as unknown as {
        MediaStreamTrackGenerator: new (init: { kind: string }) => MediaStreamTrack;
      };
      mediaDevices.getUserMedia = async (constraints) => {
        if (!constraints?.audio) return getUserMedia(constraints);
        const track = new MediaStreamTrackGenerator({ kind: 'audio' });
        // Taken as it is, for its rate fits.
        track.getSettings = () => ({ sampleRate: 48_000 });
        return new MediaStream([track]);
      };
    });
    await openRecord(studio, { source: 'Camera', hasMicrophone: true });
    await start(page);
    await recordedFor(page, 3);
    await page
      .locator('.record-size dd')
      .filter({ hasNotText: /^0 kB$/ })
      .waitFor();
    await stop(page);
    const { file, text } = await outcome(studio);
    assert.match(text, /^Recorded/);
    const { streams, videoEnd, audioEnd } = await readRecording(file);
    assert.equal(streams.length, 2);
    assert.ok(videoEnd > 2 && audioEnd > 1, `the picture ends at ${videoEnd}, the sound at ${audioEnd}`);
    assert.deepEqual(await beepTimes(file), []);
  },
  limit,
);

studioTest(
  'the disk fills up in mid-recording: words, and the file up to there',
  async (studio) => {
    const { page } = studio;
    await openRecord(studio);
    await start(page);
    await recordedFor(page, 4);
    await studio.main(async () => {
      const { open } = process.getBuiltinModule('node:fs/promises');
      const handle = await open(process.execPath);
      const shared = Object.getPrototypeOf(handle) as { write(): Promise<never> };
      await handle.close();
      shared.write = () => Promise.reject(Object.assign(new Error('no space'), { code: 'ENOSPC' }));
    });
    const { file, text } = await outcome(studio);
    assert.match(text, /^The recording ended early/);
    assert.match(text, /no space left on the disk/);
    assert.ok((await stat(file)).size > 0);
    const { videoEnd } = await readRecording(file);
    assert.ok(videoEnd > 1.5, `the picture ends at ${videoEnd}`);
  },
  limit,
);

studioTest(
  'where there is nothing of a recording there is no file',
  async (studio) => {
    const { page, folder } = studio;
    await openRecord(studio);
    await start(page);
    await stop(page);
    await page.getByRole('alert').getByText('Nothing was recorded').waitFor();
    assert.deepEqual(await readdir(path.join(folder, 'videos')), []);
  },
  limit,
);
