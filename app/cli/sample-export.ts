import path from 'node:path';
import {
  type AudioCodec,
  AudioSample,
  AudioSampleSource,
  Mp4OutputFormat,
  Output,
  type OutputFormat,
  Quality,
  type VideoCodec,
  VideoSample,
  VideoSampleSource,
  WebMOutputFormat,
} from 'mediabunny';
import { Interrupted, primingFor } from '../export/index.js';
import type { WebCodecs } from '../main/index.js';
import { registerMediabunnyCodecs } from '../mediabunny/index.js';
import { ContactSheet } from './contact-sheet.js';
import { OutputFile } from './output-file.js';
import { formatSize, Progress } from './progress.js';
import { drawFrame, drawSound, sampleClip, sampleDuration, soundStart } from './sample-clip.js';
import { formatTable } from './table.js';
import { type Verdict, verifySample } from './verify.js';

interface SampleTarget {
  name: string;
  codecs: string;
  format: () => OutputFormat;
  video: VideoCodec;
  audio: AudioCodec;
}

export interface SampleJob {
  /** Is made where it does not exist. */
  folder: string;
  engine: WebCodecs;
  signal: AbortSignal;
}

const targets: readonly SampleTarget[] = [
  { name: 'sample.mp4', codecs: 'H.264 + AAC', format: () => new Mp4OutputFormat(), video: 'avc', audio: 'aac' },
  { name: 'sample.webm', codecs: 'AV1 + Opus', format: () => new WebMOutputFormat(), video: 'av1', audio: 'opus' },
];

const videoBitrate = 3_000_000;
const audioBitrate = 128_000;
const sheetColumns = 6;
const tilesPerFile = 12;

/** Makes the sample clip, exports it, decodes what came out, and prints how they compare. */
export async function exportSample(job: SampleJob): Promise<void> {
  const { folder, engine, signal } = job;
  const sheet = new ContactSheet(sheetColumns);
  const { width, height, frameRate, frames } = sampleClip;
  console.log(
    `Sample clip: ${frames} frames, ${width}x${height}, ${frameRate} fps, ${sampleDuration} s, a beep each second`,
  );
  const rows = [['file', 'codecs', 'frames', 'duration', 'size', 'fps', 'PSNR', 'audio', 'encoded at']];
  for (const target of targets) {
    registerMediabunnyCodecs(engine, { priming: primingFor(target.format(), target.audio) });
    const file = OutputFile.inFolder(folder, target.name);
    const seconds = await writeSample(target, file, signal);
    const verdict = await verifySample(file.finalPath, sheet, tilesPerFile);
    rows.push(describe(target, verdict, frames / seconds));
  }
  const sheetPath = path.join(folder, 'contact-sheet.png');
  sheet.write(sheetPath);
  console.log(`\n${formatTable(rows)}\n`);
  console.log(`Files: ${targets.map(({ name }) => path.join(folder, name)).join(' ')}`);
  console.log(`Decoded frames: ${sheetPath}`);
}

function describe({ name, codecs }: SampleTarget, verdict: Verdict, speed: number): string[] {
  return [
    name,
    codecs,
    String(verdict.frames),
    `${verdict.duration.toFixed(3)} s`,
    formatSize(verdict.bytes),
    (verdict.frames / verdict.duration).toFixed(2),
    `${verdict.psnr.toFixed(1)} dB`,
    `${verdict.audioLength.toFixed(3)} s`,
    `${speed.toFixed(0)} fps`,
  ];
}

/** Returns the seconds that it took. */
async function writeSample(target: SampleTarget, file: OutputFile, signal: AbortSignal): Promise<number> {
  const output = new Output({ format: target.format(), target: file.target() });
  const video = new VideoSampleSource({ codec: target.video, quality: new Quality({ bitrate: videoBitrate }) });
  const audio = new AudioSampleSource({ codec: target.audio, quality: new Quality({ bitrate: audioBitrate }) });
  output.addVideoTrack(video, { frameRate: sampleClip.frameRate });
  output.addAudioTrack(audio);
  const progress = new Progress(target.name, sampleDuration);
  try {
    await output.start();
    for (let index = 0; index < sampleClip.frames; index++) {
      if (signal.aborted) {
        throw new Interrupted();
      }
      await addFrame(video, audio, index);
      progress.update({ seconds: (index + 1) / sampleClip.frameRate, frames: index + 1 });
    }
    await output.finalize();
    file.commit();
    return progress.elapsed;
  } catch (error) {
    await output.cancel().catch(() => {});
    file.discard();
    throw error;
  } finally {
    progress.stop();
  }
}

async function addFrame(video: VideoSampleSource, audio: AudioSampleSource, index: number): Promise<void> {
  const { width, height, frameRate, sampleRate, channels } = sampleClip;
  using picture = new VideoSample(drawFrame(index), {
    format: 'I420',
    codedWidth: width,
    codedHeight: height,
    timestamp: index / frameRate,
    duration: 1 / frameRate,
  });
  using sound = new AudioSample({
    data: drawSound(index),
    format: 'f32',
    sampleRate,
    numberOfChannels: channels,
    timestamp: soundStart(index),
  });
  await Promise.all([video.add(picture), audio.add(sound)]);
}
