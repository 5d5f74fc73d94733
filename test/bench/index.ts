/**
 * `npm run bench`: encode, decode and decode → encode at 1080p, as ratios to a native loop on the same libraries
 * (native/bench/limit.cc) run in turn with it; delay from encode() to chunk; event-loop delay; bytes that crossed; memory.
 * Prints Markdown tables and writes JSON. Short by default; `--full` runs every codec with more frames and rounds.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { benchCodec, benchCodecs, ways } from './codecs.js';
import { type Estimate, estimate } from './estimate.js';
import { makePictures } from './material.js';
import { benchMedia, mediaTables } from './media.js';
import type { Measurement, Task } from './task.js';
import { Contestant, once } from './turns.js';

interface Row {
  codec: string;
  task: 'encode' | 'decode' | 'transcode';
  limitFps: number;
  /** Rounds that each way of running had. */
  rounds: number;
  inline: Measured;
  child: Measured;
}

/** What one way of running showed. */
interface Measured {
  /** Of the rounds' speeds, each as a part of the limit's in its turns just before and after. */
  ratio: Estimate;
  crossedPerFrame: number;
  peakRss: number;
  /** Milliseconds. */
  loopDelayP99: number;
}

/** What the project wants to be true on any machine; told, never asserted: other load on the machine shows here. */
interface Target {
  what: string;
  asked: number;
  measured: number;
  /** Standard error of what was measured several times. */
  error?: number;
  reached: boolean;
}

const atLeast = (what: string, asked: number, { mean, error }: Estimate): Target => ({
  ...{ what, asked, measured: mean, error },
  reached: mean >= asked,
});

const atMost = (what: string, asked: number, measured: number): Target => ({
  ...{ what, asked, measured },
  reached: measured <= asked,
});

/** Parts of the limit that are asked for. */
const goals = { inline: 0.97, childTranscode: 0.93 };

const options = new Command('bench')
  .description('Measures the codecs against a native loop on the same libraries.')
  .option('--full', 'every codec, more frames and rounds')
  .option('--codec <names...>', `of ${benchCodecs.map((entry) => entry.name).join(', ')}`)
  .option('--json <path>', 'where the numbers go', 'bench.json')
  .parse()
  .opts<{ full?: true; codec?: string[]; json: string }>();

const names = (options.codec ?? (options.full ? benchCodecs.map((entry) => entry.name) : ['h264', 'vp9', 'av1'])).map(
  (name) => benchCodec(name).name,
);
/** Turns of each generation. */
const rounds = 5;
/** Processes of each contestant, one after the other: where one's memory lies makes it some per cent faster or slower. */
const generations = options.full ? { least: 3, most: 12 } : { least: 2, most: 4 };
/** Standard error at which a ratio is known well enough. */
const enough = 0.01;
/**
 * More turns of the first generations, which are not timed: there the event loop is watched, until each has so many
 * delays that p99 doesn't stand on one hiccup of the machine.
 */
const watched = { generations: 2, delays: 600 };
const hd = { width: 1920, height: 1080, bitrate: 8_000_000, frames: 60 };
/** Bits per second of what is decoded: what cameras and screen recorders write at 1080p. */
const footageBitrate = 20_000_000;
const small = { width: 640, height: 360, bitrate: 1_000_000, frames: options.full ? 150 : 60 };
const cycles = 200;
/** What the transcode starts from. */
const from = 'h264';

const variant = process.env['CODEC_VARIANT'] ?? 'lgpl';
const limitProgram = fileURLToPath(new URL(`../../../native/build/${variant}/bench_limit`, import.meta.url));
const taskProgram = fileURLToPath(new URL('./task.js', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'electron-webcodecs-bench-'));
const pictures = join(folder, 'hd.yuv');
const smallPictures = join(folder, 'small.yuv');
const footageOf = (codec: string) => join(folder, `${codec}.chunks`);

/** What native/bench/limit.cc prints. */
type Limit = Pick<Measurement, 'frames' | 'seconds'>;

function limitArguments(task: Row['task'], codec: string): string[] {
  const { width, height, bitrate, frames } = hd;
  const words = {
    encode: ['encode', codec, 'quality', width, height, frames, bitrate, pictures, join(folder, 'encoded.chunks')],
    decode: ['decode', codec, footageOf(codec)],
    transcode: ['transcode', from, footageOf(from), codec, 'quality', width, height, bitrate],
  };
  return words[task].map(String);
}

/** What is decoded. */
async function makeFootage(codec: string): Promise<void> {
  const { width, height, frames } = hd;
  const words = ['encode', codec, 'quality', width, height, frames, footageBitrate, pictures, footageOf(codec)];
  await once<Limit>(limitProgram, words.map(String));
}

function taskArguments(task: Partial<Task> & Pick<Task, 'kind' | 'runIn' | 'codec'>): string[] {
  const whole: Task = { from, latencyMode: 'quality', pictures, chunks: footageOf(task.codec), ...hd, ...task };
  return ['--expose-gc', taskProgram, JSON.stringify(whole)];
}

const measure = (task: Parameters<typeof taskArguments>[0]): Promise<Measurement> =>
  once(process.execPath, taskArguments(task));

const fps = (measured: Limit) => measured.frames / measured.seconds;

/** Whether it takes no more rounds: the ratio is known, or on which side of its goal it lies. */
function isKnown({ mean, error }: Estimate, goal?: number): boolean {
  return error <= enough || (goal !== undefined && Math.abs(mean - goal) > 3 * error);
}

async function compare(task: Row['task'], codec: string): Promise<Row> {
  const chunks = footageOf(task === 'transcode' ? from : codec);
  const limits: number[] = [];
  const ratios: Record<Task['runIn'], number[]> = { inline: [], child: [] };
  const seen: Record<Task['runIn'], Measurement[]> = { inline: [], child: [] };
  const isSure = () =>
    isKnown(estimate(ratios.inline), goals.inline) &&
    isKnown(estimate(ratios.child), task === 'transcode' ? goals.childTranscode : undefined);
  for (
    let generation = 0;
    generation < generations.least || (generation < generations.most && !isSure());
    generation++
  ) {
    const ours = (runIn: Task['runIn']) =>
      new Contestant<Measurement>(process.execPath, taskArguments({ kind: task, runIn, codec, chunks }));
    const limit = new Contestant<Limit>(limitProgram, limitArguments(task, codec));
    const contestants = { limit, inline: ours('inline'), child: ours('child') };
    for (const contestant of Object.values(contestants)) await contestant.ready();
    /** A turn, and whoever had it is ready again before the next has its own. */
    const turn = async <Result>(contestant: Contestant<Result>, how?: 'watch'): Promise<Result> => {
      const result = await contestant.turn(how);
      await contestant.ready();
      return result;
    };
    let before = fps(await turn(limit));
    limits.push(before);
    for (let round = 0; round < rounds; round++) {
      for (const runIn of ways) {
        const measured = await turn(contestants[runIn]);
        const after = fps(await turn(limit));
        ratios[runIn].push(fps(measured) / Math.sqrt(before * after));
        limits.push(after);
        before = after;
      }
    }
    if (generation < watched.generations) {
      for (const runIn of ways) {
        for (let delays = 0; delays < watched.delays; ) {
          const measured = await turn(contestants[runIn], 'watch');
          seen[runIn].push(measured);
          delays += measured.loopDelays.length;
        }
      }
    }
    await Promise.all(Object.values(contestants).map((contestant) => contestant.end()));
  }
  return {
    codec,
    task,
    limitFps: estimate(limits).mean,
    rounds: ratios.inline.length,
    inline: { ratio: estimate(ratios.inline), ...summary(seen.inline) },
    child: { ratio: estimate(ratios.child), ...summary(seen.child) },
  };
}

function summary(measurements: Measurement[]): Omit<Measured, 'ratio'> {
  const delays = measurements.flatMap((measurement) => measurement.loopDelays).toSorted((a, b) => a - b);
  return {
    crossedPerFrame: Math.max(...measurements.map((measurement) => measurement.crossedPerFrame)),
    peakRss: Math.max(...measurements.map((measurement) => measurement.peakRss)),
    loopDelayP99: delays[Math.floor(0.99 * delays.length)] ?? Number.NaN,
  };
}

function table(head: string[], rows: (string | number)[][]): string {
  const text = [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
  return `\n${text.join('\n')}\n`;
}

const round = (value: number, digits = 2) => value.toFixed(digits);
const withError = ({ mean, error }: Estimate) => `${round(mean, 3)} ± ${round(error, 3)}`;

try {
  console.log(`${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, Node ${process.version}, ${variant}`);
  const sizes = `encoded to ${hd.bitrate / 1e6} Mb/s, decoded from ${footageBitrate / 1e6} Mb/s`;
  console.log(`1080p, ${hd.frames} frames, ${sizes}, quality mode`);
  makePictures(pictures, hd.width, hd.height, hd.frames);
  makePictures(smallPictures, small.width, small.height, small.frames);

  const rows: Row[] = [];
  for (const codec of new Set([from, ...names])) {
    process.stderr.write(`${codec} footage …\n`);
    await makeFootage(codec);
  }
  for (const codec of names) {
    for (const task of ['encode', 'decode', 'transcode'] as const) {
      process.stderr.write(`${codec} ${task} …\n`);
      const row = await compare(task, codec);
      rows.push(row);
      process.stderr.write(
        `  ${round(row.limitFps, 1)} fps, ${ways.map((way) => `${way} ${withError(row[way].ratio)}`).join(', ')}, ${row.rounds} rounds\n`,
      );
    }
  }
  console.log(
    table(
      [
        'codec',
        'task',
        'limit fps',
        'inline ÷ limit',
        'child ÷ limit',
        'rounds',
        'loop delay p99 ms (inline, child)',
        'KB crossed / frame (child)',
        'peak RSS MiB (inline, child)',
      ],
      rows.map((row) => [
        row.codec,
        row.task === 'transcode' ? `${from} → ${row.codec}` : row.task,
        round(row.limitFps, 1),
        withError(row.inline.ratio),
        withError(row.child.ratio),
        row.rounds,
        `${round(row.inline.loopDelayP99, 1)}, ${round(row.child.loopDelayP99, 1)}`,
        round(row.child.crossedPerFrame / 1000, 1),
        `${round(row.inline.peakRss, 0)}, ${round(row.child.peakRss, 0)}`,
      ]),
    ),
  );

  const delays = [];
  for (const { name: codec } of benchCodecs) {
    for (const runIn of ways) {
      process.stderr.write(`${codec} realtime ${runIn} …\n`);
      const task = { kind: 'latency', latencyMode: 'realtime', ...small, pictures: smallPictures } as const;
      delays.push({ codec, runIn, ...(await measure({ ...task, runIn, codec })) });
    }
  }
  console.log('\nRealtime, 640×360, a frame each 33 ms: from encode() to chunk');
  console.log(
    table(
      ['codec', 'host', 'p50 ms', 'p99 ms', 'later than the next frame'],
      delays.map(({ codec, runIn, latency }) => [
        codec,
        runIn,
        round(latency?.p50 ?? Number.NaN, 1),
        round(latency?.p99 ?? Number.NaN, 1),
        latency?.late ?? Number.NaN,
      ]),
    ),
  );

  const growth = [];
  for (const runIn of ways) {
    process.stderr.write(`${cycles} create-close cycles ${runIn} …\n`);
    growth.push({ runIn, ...(await measure({ kind: 'cycles', codec: 'h264', runIn, ...small, frames: cycles })) });
  }
  console.log(`\n${cycles} H.264 encoders made, used and closed, after 1000 to warm up: resident memory`);
  console.log(
    table(
      ['host', 'before, MiB', 'after, MiB'],
      growth.map(({ runIn, resident }) => [
        runIn,
        round(resident?.before ?? Number.NaN, 0),
        round(resident?.after ?? Number.NaN, 0),
      ]),
    ),
  );
  const media = await benchMedia(limitProgram, options.full ?? false, (what) => process.stderr.write(`${what} …\n`));
  console.log(mediaTables(media, table));
  const reach: Target[] = [
    ...rows.map((row) => atLeast(`${row.codec} ${row.task}, inline ÷ limit`, goals.inline, row.inline.ratio)),
    ...rows
      .filter((row) => row.task === 'transcode')
      .map((row) => atLeast(`${from} → ${row.codec}, child ÷ limit`, goals.childTranscode, row.child.ratio)),
    ...rows.map(({ codec, task, inline, child }) =>
      atMost(`${codec} ${task}, loop delay p99 ms`, 5, Math.max(inline.loopDelayP99, child.loopDelayP99)),
    ),
    ...delays.map(({ codec, runIn, latency }) =>
      atMost(`${codec} realtime ${runIn}, late frames`, 0, latency?.late ?? Number.NaN),
    ),
    ...growth.map(({ runIn, resident }) =>
      atMost(
        `memory after ÷ before the cycles, ${runIn}`,
        1.05,
        resident ? resident.after / resident.before : Number.NaN,
      ),
    ),
  ];
  const missed = reach.filter((target) => !target.reached);
  console.log(`\n${reach.length - missed.length} of ${reach.length} targets reached.`);
  for (const { what, asked, measured, error } of missed) {
    const found = error === undefined ? round(measured) : withError({ mean: measured, error });
    console.log(`✗ ${what}: ${found}, asked for ${asked}`);
  }
  await writeFile(options.json, `${JSON.stringify({ rows, delays, growth, media, reach }, null, 2)}\n`);
  console.log(`The numbers are in ${options.json}.`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
