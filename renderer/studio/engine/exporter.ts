/** One export: from a file to an output of main's, decoded, scaled and encoded in the host. */
import { registerMediabunnyCodecs } from 'electron-webcodecs/mediabunny';
import {
  Conversion,
  type ConversionAudioOptions,
  type ConversionVideoOptions,
  FlacOutputFormat,
  type Input,
  type InputAudioTrack,
  type InputVideoTrack,
  MovOutputFormat,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  Output,
  type OutputFormat,
  Quality,
  WavOutputFormat,
  WebMOutputFormat,
} from 'mediabunny';
import {
  ExportError,
  encodableAudio,
  evenSize,
  findEarlyEnd,
  type Observation,
  observe,
  outputTags,
  phraseOf,
  primingFor,
  refuseLostTracks,
  runConversion,
} from '../../../app/export/index.js';
import { type Preset, presetOf } from '../presets.js';
import type { HostLife } from './host-link.js';
import { nameOf, openInput } from './medium.js';
import type { ExportProgress, ExportResult, ExportSettings, MediaSource } from './messages.js';
import { outputTarget } from './output-files.js';
import type { PageLink } from './page-link.js';

export interface ExportJob {
  source: MediaSource;
  settings: ExportSettings;
  output: number;
  signal: AbortSignal;
  progress: (progress: ExportProgress) => void;
}

/** Milliseconds between two reports. */
const reportInterval = 200;

function formatOf(preset: Preset): OutputFormat {
  switch (preset.extension) {
    case 'mp4':
    case 'm4a':
      return new Mp4OutputFormat();
    case 'mov':
      return new MovOutputFormat();
    case 'webm':
      return new WebMOutputFormat();
    case 'mp3':
      return new Mp3OutputFormat();
    case 'flac':
      return new FlacOutputFormat();
    case 'wav':
      return new WavOutputFormat();
    case 'ogg':
      return new OggOutputFormat();
    default:
      throw new TypeError(`No preset makes .${preset.extension} files.`);
  }
}

async function videoOptions(
  track: InputVideoTrack,
  preset: Preset,
  { size, rate, fps }: ExportSettings,
): Promise<ConversionVideoOptions> {
  if (preset.video === null) return { discard: true };
  const quality =
    rate.kind === 'bitrate'
      ? new Quality({ bitrate: rate.bitsPerSecond })
      : new Quality(preset.quantizers ? { quantizer: preset.quantizers[rate.level] } : 'high');
  return {
    codec: preset.video,
    forceTranscode: true,
    quality,
    // A player that doesn't know of turned pictures shows them upright too.
    allowTransformationMetadata: false,
    // In the source's shape already, but for the rounding to even sides.
    ...(size ? { ...size, fit: 'fill' } : await evenSize(track, preset.video)),
    ...(fps === null ? {} : { frameRate: fps }),
  };
}

async function audioOptions(
  track: InputAudioTrack,
  preset: Preset,
  { audioBitrate }: ExportSettings,
): Promise<ConversionAudioOptions> {
  return {
    codec: preset.audio,
    forceTranscode: true,
    ...(preset.audioBitrates && audioBitrate !== null ? { quality: new Quality({ bitrate: audioBitrate }) } : {}),
    ...(await encodableAudio(track, preset.audio)),
  };
}

async function prepare(input: Input, output: Output, preset: Preset, job: ExportJob): Promise<Conversion> {
  const { settings, source } = job;
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  const conversion = await Conversion.init({
    input,
    output,
    // Its end is then ours to decide.
    composable: true,
    video: (track) => (track.id === video?.id ? videoOptions(track, preset, settings) : { discard: true }),
    audio: (track) => (track.id === audio?.id ? audioOptions(track, preset, settings) : { discard: true }),
    trim: settings.trim,
    showWarnings: false,
  });
  refuseLostTracks(conversion, nameOf(source), preset);
  output.setMetadataTags(await outputTags(input, output));
  return conversion;
}

/**
 * Rejects with an AbortError where the job's signal stopped it, and else with an Error in words. What was written is
 * then for the page to discard.
 */
export async function runExport(page: PageLink, life: HostLife, job: ExportJob): Promise<ExportResult> {
  const preset = presetOf(job.settings.preset);
  const format = formatOf(preset);
  const { engine, observation } = observe(life.codecs);
  registerMediabunnyCodecs(engine, { priming: primingFor(format, preset.audio) });
  const began = performance.now();
  const total = job.settings.trim.end - job.settings.trim.start;
  const state = { share: 0, seconds: 0, bytes: 0 };
  const snapshot = (): ExportProgress => ({
    ...state,
    frames: observation.framesEncoded,
    elapsed: performance.now() - began,
  });
  const target = outputTarget(page, job.output, (bytes) => {
    state.bytes += bytes;
  });
  const input = openInput(job.source, page);
  const output = new Output({ format, target: target.target });
  const reports = setInterval(() => job.progress(snapshot()), reportInterval);
  try {
    const conversion = await prepare(input, output, preset, job);
    conversion.onProgress = (_share, seconds) => {
      state.seconds = Math.min(Math.max(state.seconds, seconds), total);
      state.share = total > 0 ? state.seconds / total : 0;
    };
    // Preparing encodes a frame to see whether the encoder takes it.
    observation.framesEncoded = 0;
    await runConversion(conversion, output, AbortSignal.any([job.signal, life.gone]));
    const cut = await findEarlyEnd(input);
    if (cut) throw new ExportError(`${nameOf(job.source)} is cut off: ${cut}.`);
    const { frames, bytes, elapsed } = snapshot();
    return { frames, bytes, elapsed, seconds: total };
  } catch (error) {
    output.cancel().catch(() => undefined);
    throw explain(error, life, job, observation, target.failure());
  } finally {
    clearInterval(reports);
    input.dispose();
    if (!life.gone.aborted) registerMediabunnyCodecs(life.codecs);
  }
}

/** One or two sentences for whatever went wrong. */
function explain(
  error: unknown,
  life: HostLife,
  { signal, source }: ExportJob,
  { failure }: Observation,
  writing: Error | null,
): unknown {
  if (signal.aborted) return signal.reason;
  const name = nameOf(source);
  if (life.gone.aborted) {
    return new Error(
      `The codec host ended in mid-export: ${phraseOf(life.gone.reason)}. ${name} is still open: try again.`,
    );
  }
  if (error instanceof ExportError) return error;
  if (writing) return new Error(`The file could not be written: ${phraseOf(writing)}.`);
  if (failure && !failure.step.endsWith('Decoder')) return new Error(`Encoding failed: ${phraseOf(failure.error)}.`);
  return new Error(`${name} is damaged: ${phraseOf(failure?.error ?? error)}.`);
}
