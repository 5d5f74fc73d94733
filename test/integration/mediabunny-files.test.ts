/** Mediabunny, unmodified, converts each of the real files to each container that suits it; ffprobe and ffmpeg judge. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type ConversionJob,
  type ConversionOutcome,
  type TargetFormat,
  targets,
  type Way,
} from '../fixtures/conversion.js';
import {
  comparePictures,
  compareSound,
  compareTransparency,
  media,
  mediaMissing,
  type Probed,
  type ProbedTrack,
  probe,
} from '../fixtures/export-command.js';

const execute = promisify(execFile);
const program = fileURLToPath(new URL('../fixtures/programs/convert.js', import.meta.url));

const videoTargets: readonly TargetFormat[] = ['mp4', 'mov', 'webm', 'mkv'];

interface Case {
  title: string;
  source: string;
  format: TargetFormat;
  ways: readonly Way[];
  job: Omit<ConversionJob, 'source' | 'target'>;
  /** What ffprobe must find besides frames and times. */
  wanted: Partial<Record<'width' | 'height' | 'rotation' | 'sampleRate' | 'channels', number>>;
  /** Of the pictures against the source's, filtered by `filter`, dB; of the sound see assertSameSound(). */
  psnr?: number;
  filter?: string;
  alpha?: boolean;
}

const both: readonly Way[] = ['registered', 'globals'];
/**
 * What Mediabunny does with a canvas or, for alpha, with the browser's Worker where it finds WebCodecs among the globals,
 * and with our host where it is told of it.
 */
const registered: readonly Way[] = ['registered'];

/** Each source in each container. Long ones are cut, 1080p is halved where that is quicker than to encode it. */
const plain: readonly Case[] = [
  ...['bunny-1080p25-h264-aac.mp4', 'clip-1080p30-hevc-aac.mp4'].flatMap((source) =>
    targets.map((format) => ({ source, format, ways: both, job: { trim: { start: 0.5, end: 1.3 } } })),
  ),
  ...['small-av1.mp4', 'small-vp8.webm'].flatMap((source) =>
    videoTargets.map((format) => ({ source, format, ways: both, job: {}, psnr: 30 })),
  ),
  ...videoTargets.map((format) => ({
    ...{ source: 'alpha-720p60-vp9.webm', format, ways: registered, job: { trim: { end: 0.4 } }, psnr: 28 },
  })),
  ...['bunny-44k1-aac-frag.mp4', 'music-24k-mp3.mp3', 'music-44k1-flac.flac'].flatMap((source) =>
    targets.map((format) => ({ source, format, ways: both, job: { trim: { start: 1, end: 3 } } })),
  ),
  ...['sfx-opus.ogg', 'sfx-vorbis.ogg', 'sfx-pcm-s24.wav'].flatMap((source) =>
    targets.map((format) => ({ source, format, ways: both, job: {} })),
  ),
].map((row) => ({ title: 'as it is', wanted: {}, ...row }));

const steadyTone = 'clip-1080p30-hevc-aac.mp4';
const bunny = 'bunny-1080p25-h264-aac.mp4';
const short = { trim: { start: 0.48, end: 1 } };

const changed: readonly Case[] = [
  {
    title: 'resized',
    ...{ source: bunny, format: 'mp4', ways: registered },
    job: { ...short, video: { width: 640, height: 360, fit: 'fill' } },
    wanted: { width: 640, height: 360 },
    psnr: 28,
    filter: 'trim=start_frame=12,scale=640:360',
  },
  {
    title: 'resized, within a box',
    ...{ source: bunny, format: 'webm', ways: registered },
    job: { ...short, video: { width: 400, height: 400, fit: 'contain' } },
    wanted: { width: 400, height: 400 },
    psnr: 28,
    filter: 'trim=start_frame=12,scale=400:225,pad=400:400:0:(oh-ih)/2',
  },
  {
    title: 'turned by its metadata',
    ...{ source: 'small-av1.mp4', format: 'mp4', ways: both },
    job: { video: { rotate: 90 } },
    wanted: { width: 320, height: 240, rotation: 90 },
  },
  {
    title: 'turned in its pixels',
    ...{ source: 'small-av1.mp4', format: 'mp4', ways: registered },
    job: { video: { rotate: 90, allowTransformationMetadata: false } },
    wanted: { width: 240, height: 320, rotation: 0 },
    psnr: 30,
    filter: 'transpose=clock',
  },
  {
    title: 'at another frame rate',
    ...{ source: 'small-vp8.webm', format: 'mkv', ways: both },
    job: { video: { frameRate: 5 } },
    wanted: {},
  },
  {
    title: 'resampled to mono',
    ...{ source: bunny, format: 'mp4', ways: both },
    job: { ...short, video: { discard: true }, audio: { sampleRate: 32_000, numberOfChannels: 1 } },
    wanted: { sampleRate: 32_000, channels: 1 },
  },
  {
    title: 'resampled to where Mediabunny asks for HE-AAC',
    ...{ source: bunny, format: 'mp4', ways: registered },
    job: { ...short, video: { discard: true }, audio: { sampleRate: 16_000 } },
    wanted: { sampleRate: 16_000, channels: 2 },
  },
  {
    title: 'resampled',
    ...{ source: 'music-24k-mp3.mp3', format: 'flac', ways: both },
    job: { trim: { start: 2, end: 3 }, audio: { sampleRate: 44_100 } },
    wanted: { sampleRate: 44_100, channels: 2 },
  },
  ...(['webm', 'mkv'] as const).map(
    (format): Case => ({
      title: 'with its alpha',
      ...{ source: 'alpha-720p60-vp9.webm', format, ways: registered },
      job: { trim: { end: 0.3 }, video: { alpha: 'keep', codec: 'vp9' } },
      wanted: { width: 1280, height: 720 },
      alpha: true,
    }),
  ),
  {
    title: 'with its alpha, resized',
    ...{ source: 'alpha-720p60-vp9.webm', format: 'webm', ways: registered },
    job: { trim: { end: 0.3 }, video: { alpha: 'keep', codec: 'vp9', width: 640, height: 360, fit: 'fill' } },
    wanted: { width: 640, height: 360 },
    alpha: true,
    filter: 'scale=640:360',
  },
];

const cases = [...plain, ...changed];

/** Seconds. */
const syncTolerance = 0.02;

/** Frames of the source that lie in the trimmed part. */
function framesIn(timestamps: readonly number[], start: number, end: number): number {
  return timestamps.filter((timestamp) => timestamp >= start - 1e-3 && timestamp < end - 1e-3).length;
}

function assertTimes({ job, source }: Case, made: Probed, original: Probed): void {
  const start = Math.max(0, job.trim?.start ?? 0);
  const { video, audio } = original;
  if (made.video && video) {
    const end = Math.min(job.trim?.end ?? Number.POSITIVE_INFINITY, video.end);
    const rate = job.video?.frameRate;
    const interval = rate ? 1 / rate : (video.end - video.start) / video.frames;
    const frames = rate ? (end - start) * rate : framesIn(video.timestamps, start, end);
    assert.ok(
      Math.abs(made.video.frames - frames) <= 1,
      `${made.video.frames} frames of ${source}, expected ${frames}`,
    );
    const length = end - start;
    assert.ok(Math.abs(made.video.end - length) <= interval + 2e-3, `video ends at ${made.video.end}, not ${length}`);
  }
  if (made.audio && audio) {
    const end = Math.min(job.trim?.end ?? Number.POSITIVE_INFINITY, audio.end);
    const late = made.audio.end - (end - start);
    // ffprobe shows the last block whole, and what an encoder puts in front: 1105 samples of MP3, 1024 of AAC.
    const block = (2 * made.audio.samples) / made.audio.frames / made.audio.sampleRate;
    assert.ok(late >= -syncTolerance, `audio ends ${-late} s early`);
    assert.ok(late <= syncTolerance + block + 1_152 / made.audio.sampleRate, `audio ends ${late} s late`);
  }
}

/** The same sound as in the source, as loud, on the same side, and later only by what an encoder puts in front. */
async function assertSameSound({ job, source }: Case, file: string, made: ProbedTrack): Promise<void> {
  const compared = await compareSound(file, media(source), job.trim?.start ?? 0);
  if (!compared) return;
  const { lag, correlations, gains } = compared;
  for (const correlation of correlations) assert.ok(correlation > 0.97, `sounds are ${correlations} alike`);
  for (const gain of gains) assert.ok(Math.abs(gain - 1) < 0.08, `the sound is ${gains} times as loud`);
  // One tone is alike at many places.
  if (source === steadyTone) return;
  const front = /aac|mp3/.test(made.codec) ? 1_105 / made.sampleRate : 0;
  // WebM's Opus may come later by its pre-skip.
  assert.ok(lag > -1e-3 && lag < front + 0.008, `the sound is ${lag} s late`);
}

async function rotationOf(file: string): Promise<number> {
  const entries = ['-select_streams', 'v', '-show_entries', 'stream_side_data=rotation', '-of', 'csv=p=0'];
  const { stdout } = await execute('ffprobe', ['-v', 'error', ...entries, file]);
  // ffprobe counts against the clock.
  return (360 - Number(stdout.trim().split(',')[0] ?? 0)) % 360;
}

for (const way of ['registered', 'globals'] as const) {
  const title = way === 'registered' ? 'through electron-webcodecs/mediabunny' : 'with our classes among the globals';
  describe(`Mediabunny, unmodified, ${title}, converts`, { skip: mediaMissing }, () => {
    const own = cases.filter((each) => each.ways.includes(way));
    const outcomes: ConversionOutcome[] = [];
    let folder = '';
    const targetOf = (index: number): string => path.join(folder, `${index}.${own[index]?.format}`);

    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'electron-webcodecs-test-'));
      const jobs = own.map(({ source, job }, index) => ({ ...job, source: media(source), target: targetOf(index) }));
      const { stdout } = await execute(process.execPath, [program, way, JSON.stringify(jobs)], { maxBuffer: 2 ** 26 });
      for (const text of stdout.trim().split('\n')) outcomes.push(JSON.parse(text) as ConversionOutcome);
    });
    after(() => rm(folder, { recursive: true, force: true }));

    for (const [index, each] of own.entries()) {
      it(`${each.source} to ${each.format}, ${each.title}`, async () => {
        const outcome = outcomes[index];
        assert.equal(outcome?.failure, null);
        const made = await probe(targetOf(index));
        assert.equal(made.complaints, '');
        const original = await probe(media(each.source));
        const keepsVideo = videoTargets.includes(each.format) && !each.job.video?.discard;
        assert.equal(made.video !== null, original.video !== null && keepsVideo, `video (${outcome?.discarded})`);
        assert.equal(made.audio !== null, original.audio !== null, `audio (${outcome?.discarded})`);
        assertTimes(each, made, original);
        const { rotation, width, height, sampleRate, channels } = each.wanted;
        if (width) assert.deepEqual([made.video?.width, made.video?.height], [width, height]);
        if (sampleRate) assert.deepEqual([made.audio?.sampleRate, made.audio?.channels], [sampleRate, channels]);
        if (rotation !== undefined) assert.equal(await rotationOf(targetOf(index)), rotation);
        if (made.audio) await assertSameSound(each, targetOf(index), made.audio);
        if (each.psnr) {
          const quality = await comparePictures(targetOf(index), media(each.source), each.filter);
          assert.ok(quality >= each.psnr, `${quality} dB`);
        }
        if (each.alpha) {
          const quality = await compareTransparency(targetOf(index), media(each.source), each.filter ?? 'null');
          assert.ok(quality >= 25, `alpha: ${quality} dB`);
        }
      });
    }
  });
}
