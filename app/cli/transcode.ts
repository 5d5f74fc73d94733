import { statSync } from 'node:fs';
import path from 'node:path';
import {
  ALL_FORMATS,
  Conversion,
  FilePathSource,
  Input,
  type InputTrack,
  Output,
  UnsupportedInputFormatError,
} from 'mediabunny';
import {
  ExportError,
  findEarlyEnd,
  Interrupted,
  type Observation,
  outputTags,
  phraseOf,
  refuseLostTracks,
  runConversion,
} from '../export/index.js';
import type { WebCodecs } from '../main/index.js';
import { registerMediabunnyCodecs } from '../mediabunny/index.js';
import type { TranscodeOptions } from './arguments.js';
import { type Container, containerFor } from './containers.js';
import { discardOutput, finishPartial, writingFailure } from './output-end.js';
import { OutputFile } from './output-file.js';
import { describeSpeed, formatSize, Progress } from './progress.js';
import { checkSource } from './source-check.js';
import { audioOptions, videoOptions } from './track-options.js';

export interface TranscodeJob {
  input: string;
  output: string;
  options: TranscodeOptions;
  engine: WebCodecs;
  observation: Observation;
  signal: AbortSignal;
}

/** Exports one file to another. Throws an ExportError with one sentence, or Interrupted. */
export async function transcode(job: TranscodeJob): Promise<void> {
  const { options } = job;
  const container = containerFor(job.output, options);
  const cut = await checkSource(job.input);
  if (cut && !options.keepPartial) {
    throw cutOff(job.input, cut);
  }
  registerMediabunnyCodecs(job.engine, { priming: container.priming });
  const file = new OutputFile(job.output, job.input);
  const input = new Input({ source: new FilePathSource(job.input), formats: ALL_FORMATS });
  const output = new Output({ format: container.format, target: file.target() });
  try {
    const run = await prepare(job, input, output, container, cut);
    await run.execute();
    const lateCut = cut ?? (await findEarlyEnd(input));
    if (lateCut) {
      throw cutOff(job.input, lateCut);
    }
    file.commit();
    run.report(job.output);
  } catch (error) {
    const failure = await explain(error, input, job);
    const kept = options.keepPartial ? await finishPartial(output, file, job.signal) : null;
    if (kept) {
      process.stderr.write(`What could be exported is in ${kept}\n`);
    } else {
      await discardOutput(output, file);
    }
    throw failure;
  } finally {
    input.dispose();
  }
}

interface Run {
  execute: () => Promise<void>;
  report: (finalPath: string) => void;
}

async function prepare(
  job: TranscodeJob,
  input: Input,
  output: Output,
  container: Container,
  cut: string | null,
): Promise<Run> {
  const { options, observation, signal } = job;
  const tracks = await readTracks(input, job.input, cut);
  // Recordings of cameras and broadcasts begin at what their clock says; times are meant from there.
  const origin = Math.max(0, await input.getFirstTimestamp());
  const fromOrigin = (time: number) => Math.round((origin + time) * 1e6) / 1e6;
  const conversion = await Conversion.init({
    input,
    output,
    // Only then is the output still ours, to be finished with what there is, after an error.
    composable: true,
    video: (track) => videoOptions(track, options, container),
    audio: (track) => audioOptions(track, options, container),
    trim: {
      ...(options.start === undefined ? {} : { start: fromOrigin(options.start) }),
      ...(options.end === undefined ? {} : { end: fromOrigin(options.end) }),
    },
    copy: options.copy ? { mode: 'preferred', shiftTolerance: Number.POSITIVE_INFINITY } : false,
    showWarnings: false,
  });
  const name = path.basename(job.input);
  const extra = refuseLostTracks(conversion, name, container);
  if (extra > 0) {
    process.stderr.write(`${extra} more of the tracks in ${name} do not fit into the output file.\n`);
  }
  output.setMetadataTags(await outputTags(input, output));

  const total = await outputDuration(tracks, origin, options);
  if (total <= 0) {
    throw new ExportError(`${path.basename(job.input)} has nothing between --start and --end.`);
  }
  const progress = new Progress(path.basename(job.output), total);
  const state = { seconds: 0, frames: 0 };
  return {
    execute: async () => {
      conversion.onProgress = (share, seconds) => {
        // Those of the track that is behind, also where that one has ended.
        state.seconds = share === 1 ? total : Math.min(seconds, total);
        state.frames = observation.framesEncoded;
        progress.update(state);
      };
      // Preparing encodes a frame to see whether the encoder takes it.
      observation.framesEncoded = 0;
      try {
        await runConversion(conversion, output, signal);
      } finally {
        progress.stop();
      }
    },
    report: (finalPath) => {
      const frames = observation.framesEncoded;
      const speed = describeSpeed({ seconds: state.seconds, frames }, progress.elapsed);
      const count = frames > 0 ? `${frames} frames, ` : '';
      const size = formatSize(statSync(finalPath).size);
      console.log(`${finalPath}: ${count}${state.seconds.toFixed(3)} s, ${size} (${speed})`);
    },
  };
}

async function readTracks(input: Input, file: string, cut: string | null): Promise<InputTrack[]> {
  const name = path.basename(file);
  let tracks: InputTrack[];
  try {
    tracks = await input.getTracks();
  } catch (cause) {
    if (cause instanceof UnsupportedInputFormatError) {
      throw new ExportError(`${name} is not a media file that can be read.`, { cause });
    }
    throw cut
      ? cutOff(file, cut)
      : new ExportError(`${name} is damaged: its structure cannot be read (${phraseOf(cause)}).`, { cause });
  }
  if (tracks.length === 0) {
    throw cut ? cutOff(file, cut) : new ExportError(`${name} contains neither video nor sound.`);
  }
  return tracks;
}

async function outputDuration(
  tracks: readonly InputTrack[],
  origin: number,
  options: TranscodeOptions,
): Promise<number> {
  const ends = await Promise.all(
    tracks.map(async (track) => (await track.getDurationFromMetadata()) ?? (await track.computeDuration())),
  );
  return Math.min(Math.max(0, ...ends) - origin, options.end ?? Number.POSITIVE_INFINITY) - (options.start ?? 0);
}

function cutOff(file: string, how: string): ExportError {
  return new ExportError(`${path.basename(file)} is cut off: ${how}.`);
}

/** One sentence for whatever went wrong. */
async function explain(error: unknown, source: Input, job: TranscodeJob): Promise<Error> {
  const { input, output, observation, signal } = job;
  if (signal.aborted) {
    return new Interrupted();
  }
  if (error instanceof ExportError) {
    return error;
  }
  const { failure } = observation;
  if (failure && !failure.step.endsWith('Decoder')) {
    return new ExportError(`${path.basename(output)} could not be encoded: ${phraseOf(failure.error)}.`, {
      cause: failure.error,
    });
  }
  const writing = writingFailure(error, output);
  if (writing) {
    return writing;
  }
  // Half a packet at the end of what is left of a file looks like damage.
  const cut = await findEarlyEnd(source).catch(() => null);
  return cut
    ? cutOff(input, cut)
    : new ExportError(`${path.basename(input)} is damaged: ${phraseOf(failure?.error ?? error)}.`, { cause: error });
}
