/** The sections of `npm run bench` about media objects and audio codecs, as ratios to memcpy, swscale and real time. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ways } from './codecs.js';
import type { MediaMeasurement, MediaTask } from './media-task.js';

const run = promisify(execFile);
const program = fileURLToPath(new URL('./media-task.js', import.meta.url));

const width = 1920;
const height = 1080;

const formats = {
  short: ['I420', 'NV12', 'RGBA', 'I420P10', 'I444P12'],
  full: ['I420', 'I420A', 'I422', 'I444', 'NV12', 'RGBA', 'BGRX', 'I420P10', 'I422P10', 'I444P10', 'I444P12'],
};

const stereo = { sampleRate: 48_000, numberOfChannels: 2 };
const audio = [
  { codec: 'mp4a.40.2', bitrate: 128_000, ...stereo },
  { codec: 'opus', bitrate: 128_000, ...stereo },
  { codec: 'mp3', bitrate: 128_000, ...stereo },
  { codec: 'vorbis', bitrate: 128_000, ...stereo },
  { codec: 'flac', ...stereo },
  { codec: 'pcm-s16', ...stereo },
];

async function measure(task: MediaTask): Promise<MediaMeasurement> {
  const { stdout } = await run(process.execPath, ['--expose-gc', program, JSON.stringify(task)]);
  return JSON.parse(stdout) as MediaMeasurement;
}

const ratio = (limit: number | undefined, measured: number | undefined): number =>
  (limit ?? Number.NaN) / (measured ?? Number.NaN);

/** How fast each is, 1 being as fast as a copy of as many bytes: into new memory for construct, into the same for copyTo. */
export interface FrameRow {
  format: string;
  bytes: number;
  /** Gigabytes per second. */
  memcpy: number;
  fresh: number;
  construct: number;
  copyTo: number;
}

/** RGBA → I420 at 1080p, as part of swscale's own speed. */
export interface ConversionResult {
  limitFps: number;
  inline: number;
  child: number;
  script: number;
}

/** Seconds of sound per second. */
export interface AudioRow {
  codec: string;
  encode: Record<(typeof ways)[number], number>;
  decode: Record<(typeof ways)[number], number>;
}

export interface MediaResults {
  frames: FrameRow[];
  conversion: ConversionResult;
  audio: AudioRow[];
}

/** `limitProgram` is native/bench/limit.cc. */
export async function benchMedia(
  limitProgram: string,
  full: boolean,
  tell: (what: string) => void,
): Promise<MediaResults> {
  const count = full ? 200 : 60;
  const frames: FrameRow[] = [];
  for (const format of full ? formats.full : formats.short) {
    tell(`frames ${format}`);
    const {
      bytes = 0,
      memcpy = 0,
      fresh = 0,
      ...rest
    } = await measure({ kind: 'frames', format, width, height, count });
    const speeds = { construct: ratio(fresh, rest['construct']), copyTo: ratio(memcpy, rest['copyTo']) };
    frames.push({ format, bytes, memcpy: bytes / memcpy / 1e9, fresh: bytes / fresh / 1e9, ...speeds });
  }
  tell('RGBA to I420');
  const { stdout } = await run(limitProgram, ['convert', width, height, count].map(String));
  const limit = JSON.parse(stdout) as { frames: number; seconds: number };
  const perFrame = limit.seconds / limit.frames;
  const conversion: ConversionResult = { limitFps: 1 / perFrame, inline: 0, child: 0, script: 0 };
  for (const runIn of ways) {
    const { host, script } = await measure({ kind: 'convert', runIn, width, height, count });
    conversion[runIn] = ratio(perFrame, host);
    conversion.script = Math.max(conversion.script, ratio(perFrame, script));
  }
  const rows: AudioRow[] = [];
  const seconds = full ? 120 : 20;
  for (const config of audio) {
    tell(`${config.codec} sound`);
    const row: AudioRow = { codec: config.codec, encode: { inline: 0, child: 0 }, decode: { inline: 0, child: 0 } };
    for (const runIn of ways) {
      const { encode, decode } = await measure({ kind: 'audio', runIn, config, seconds });
      row.encode[runIn] = ratio(seconds, encode);
      row.decode[runIn] = ratio(seconds, decode);
    }
    rows.push(row);
  }
  return { frames, conversion, audio: rows };
}

type Table = (head: string[], rows: (string | number)[][]) => string;

export function mediaTables({ frames, conversion, audio }: MediaResults, table: Table): string {
  return [
    '\nVideoFrame at 1080p: made of bytes (1: as fast as a copy into new memory), copied out (1: as fast as memcpy)',
    table(
      ['format', 'memcpy GB/s', 'into new memory GB/s', 'new VideoFrame', 'copyTo'],
      frames.map((row) => [
        row.format,
        row.memcpy.toFixed(1),
        row.fresh.toFixed(1),
        row.construct.toFixed(2),
        row.copyTo.toFixed(2),
      ]),
    ),
    'RGBA → I420 at 1080p: of a frame in the host, and in JavaScript as a page does it, against swscale alone',
    table(
      ['swscale fps', 'inline ÷ swscale', 'child ÷ swscale', 'JavaScript ÷ swscale'],
      [
        [
          conversion.limitFps.toFixed(0),
          ...[conversion.inline, conversion.child, conversion.script].map((n) => n.toFixed(2)),
        ],
      ],
    ),
    'Audio, 48 kHz stereo: seconds of sound per second',
    table(
      ['codec', 'encode inline', 'encode child', 'decode inline', 'decode child'],
      audio.map(({ codec, encode, decode }) => [
        codec,
        ...[encode.inline, encode.child, decode.inline, decode.child].map((factor) => factor.toFixed(0)),
      ]),
    ),
  ].join('\n');
}
