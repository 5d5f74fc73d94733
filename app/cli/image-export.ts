/** Images as input: an animation becomes a video of one run, a still picture one of some seconds. */
import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Output, type OutputFormat, Quality, type VideoCodec, VideoSample, VideoSampleSource } from 'mediabunny';
import {
  carriesAlpha,
  ExportError,
  frameTimes,
  halvesChroma,
  Interrupted,
  phraseOf,
  type ScheduledPicture,
  scheduleAnimation,
  scheduleStill,
  untilAborted,
} from '../export/index.js';
import type { ImageDecoder, VideoFrame } from '../main/index.js';
import { FrameSampleResource, registerMediabunnyCodecs } from '../mediabunny/index.js';
import type { TranscodeOptions } from './arguments.js';
import { containerFor } from './containers.js';
import { discardOutput, finishPartial, writingFailure } from './output-end.js';
import { OutputFile } from './output-file.js';
import { describeSpeed, formatSize, Progress } from './progress.js';
import type { TranscodeJob } from './transcode.js';

export interface ImageJob extends TranscodeJob {
  /** MIME type of the input. */
  imageType: string;
}

/** Exports an image file as a video. Throws an ExportError with one sentence, or Interrupted. */
export async function exportImage(job: ImageJob): Promise<void> {
  const { input, options, engine, signal } = job;
  const name = path.basename(input);
  const container = containerFor(job.output, options);
  const { video: codec } = container;
  if (codec === null) {
    throw new ExportError(`${name} is a picture; a ${path.extname(job.output)} file holds sound only.`);
  }
  registerMediabunnyCodecs(engine, { priming: container.priming });
  const alpha = carriesAlpha(container.format, codec) ? 'keep' : 'discard';
  const decoder = new engine.ImageDecoder({
    type: job.imageType,
    data: await readFile(input),
    // What shows no transparency shows black behind it.
    premultiplyAlpha: alpha === 'keep' ? 'none' : 'premultiply',
  });
  try {
    const plan = await untilAborted(planPictures(decoder, options), signal);
    if (plan.schedule.length === 0) {
      throw new ExportError(`${name} has nothing between --start and --end.`);
    }
    await writeVideo(job, decoder, plan, { format: container.format, codec, alpha });
  } catch (error) {
    throw explain(error, job);
  } finally {
    decoder.close();
  }
}

interface Target {
  format: OutputFormat;
  codec: VideoCodec;
  alpha: 'keep' | 'discard';
}

async function writeVideo(
  job: ImageJob,
  decoder: ImageDecoder,
  plan: Plan,
  { format, codec, alpha }: Target,
): Promise<void> {
  const { options, signal } = job;
  const file = new OutputFile(job.output, job.input);
  const output = new Output({ format, target: file.target() });
  try {
    const { bitrate } = options;
    const quality = new Quality(bitrate === undefined ? { quality: 'high', preferBitrate: true } : { bitrate });
    const source = new VideoSampleSource({ codec, quality, alpha });
    output.addVideoTrack(source);
    await output.start();
    const written = await writePictures(job, decoder, plan.schedule, (sample) => source.add(sample), codec);
    if (plan.failure) {
      throw plan.failure;
    }
    await untilAborted(output.finalize(), signal);
    file.commit();
    console.log(`${file.finalPath}: ${written}, ${formatSize(statSync(file.finalPath).size)}`);
  } catch (error) {
    const kept = options.keepPartial ? await finishPartial(output, file, signal) : null;
    if (kept) {
      process.stderr.write(`What could be exported is in ${kept}\n`);
    } else {
      await discardOutput(output, file);
    }
    throw error;
  }
}

interface Plan {
  schedule: ScheduledPicture[];
  /** Why there are no more pictures, where what there are is to be kept. */
  failure: RangeError | null;
}

/** Throws a RangeError where frames are missing. */
async function planPictures(decoder: ImageDecoder, options: TranscodeOptions): Promise<Plan> {
  await decoder.tracks.ready;
  const track = decoder.tracks.selectedTrack;
  if (!track?.animated) {
    return { schedule: scheduleStill(options), failure: null };
  }
  const durations: (number | null)[] = [];
  let failure: RangeError | null = null;
  try {
    for (let frameIndex = 0; frameIndex < track.frameCount; frameIndex++) {
      const { image } = await decoder.decode({ frameIndex });
      durations.push(image.duration);
      image.close();
    }
  } catch (error) {
    if (!options.keepPartial || !(error instanceof RangeError)) {
      throw error;
    }
    failure = error;
  }
  return { schedule: scheduleAnimation(frameTimes(durations), options), failure };
}

/** Returns what was written, in words. */
async function writePictures(
  { engine, options, output, signal }: ImageJob,
  decoder: ImageDecoder,
  schedule: readonly ScheduledPicture[],
  add: (sample: VideoSample) => Promise<void>,
  codec: VideoCodec,
): Promise<string> {
  const last = schedule.at(-1);
  const total = last ? last.timestamp + last.duration : 0;
  const progress = new Progress(path.basename(output), total);
  const drawFrame = async (frameIndex: number): Promise<VideoFrame> => {
    const { image } = await decoder.decode({ frameIndex });
    try {
      return await engine.transformVideoFrame(image, outputTransform(image, options, codec));
    } finally {
      image.close();
    }
  };
  let frame: VideoFrame | null = null;
  let drawn = -1;
  let frames = 0;
  try {
    for (const { frameIndex, timestamp, duration } of schedule) {
      if (frame === null || drawn !== frameIndex) {
        frame?.close();
        frame = await untilAborted(drawFrame(frameIndex), signal);
        drawn = frameIndex;
      }
      using sample = new VideoSample(new FrameSampleResource(frame.clone()), { timestamp, duration });
      await untilAborted(add(sample), signal);
      frames++;
      progress.update({ seconds: timestamp + duration, frames });
    }
  } finally {
    frame?.close();
    progress.stop();
  }
  const speed = describeSpeed({ seconds: total, frames }, progress.elapsed);
  return `${frames} frames, ${total.toFixed(3)} s (${speed})`;
}

/** Upright, as large as asked for, with sides that the codec takes. */
function outputTransform(image: VideoFrame, options: TranscodeOptions, codec: VideoCodec) {
  const { rotate = 0, size, fit } = options;
  // A mirrored picture that is turned further is one that was turned back before it was mirrored.
  const rotation = (image.rotation + (image.flip ? 360 - rotate : rotate)) % 360;
  const { width, height } = image.visibleRect ?? { width: 0, height: 0 };
  const [shownWidth, shownHeight] = rotation % 180 === 0 ? [width, height] : [height, width];
  const even = halvesChroma(codec) ? 2 : 1;
  const whole = (side: number) => Math.ceil(side / even) * even;
  return {
    rotation,
    flip: image.flip,
    width: whole(size?.width ?? shownWidth),
    height: whole(size?.height ?? shownHeight),
    fit: size ? fit : ('fill' as const),
  };
}

function explain(error: unknown, { input, output, observation, signal }: ImageJob): Error {
  if (signal.aborted) {
    return new Interrupted();
  }
  if (error instanceof ExportError) {
    return error;
  }
  const { failure } = observation;
  if (failure) {
    return new ExportError(`${path.basename(output)} could not be encoded: ${phraseOf(failure.error)}.`, {
      cause: failure.error,
    });
  }
  const writing = writingFailure(error, output);
  if (writing) {
    return writing;
  }
  const name = path.basename(input);
  if (error instanceof RangeError) {
    return new ExportError(`${name} is cut off: it has not all of its frames.`, { cause: error });
  }
  return new ExportError(`${name} is damaged: ${phraseOf(error)}.`, { cause: error });
}
