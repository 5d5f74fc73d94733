/** Running one of Mediabunny's conversions, and what to say when it can't be. */
import type { Conversion, Input, Output } from 'mediabunny';
import { ExportError } from './export-error.js';
import { untilAborted } from './until-aborted.js';

/** How much earlier than declared an input may end without counting as cut off, in seconds. */
const endTolerance = 0.25;

/** Throws an ExportError where a track of the input would be missing in the output. Returns how many don't fit in it. */
export function refuseLostTracks(
  conversion: Conversion,
  name: string,
  codecs: { video: string | null; audio: string },
): number {
  for (const { track, reason } of conversion.discardedTracks) {
    if (reason === 'unknown_source_codec' || reason === 'undecodable_source_codec') {
      throw new ExportError(`${name} has a ${track.type} track in a format that cannot be decoded.`);
    }
    if (reason === 'no_encodable_target_codec') {
      const codec = track.type === 'video' ? codecs.video : codecs.audio;
      throw new ExportError(`The ${track.type} of ${name} cannot be encoded as ${codec} with these options.`);
    }
  }
  if (conversion.utilizedTracks.length === 0) {
    throw new ExportError(`${name} has no track that fits into the output file.`);
  }
  return conversion.discardedTracks.filter(({ reason }) => reason.startsWith('max_track_count')).length;
}

/** The input's tags, as far as the output's format can have them. */
export async function outputTags(input: Input, output: Output) {
  const tags = await input.getMetadataTags();
  const sameFormat = (await input.getFormat()).mimeType === output.format.mimeType;
  if (!sameFormat) {
    delete tags.raw;
  }
  return tags;
}

/** Runs a composable conversion until the output is whole. Stops at once, with the signal's reason, when that aborts. */
export async function runConversion(conversion: Conversion, output: Output, signal: AbortSignal): Promise<void> {
  try {
    await output.start();
    await untilAborted(conversion.execute(), signal);
    await untilAborted(output.finalize(), signal);
  } finally {
    if (conversion.state === 'executing' || conversion.state === 'idle') {
      conversion.cancel().catch(() => {});
    }
  }
}

/** Containers that only end early tell it by the duration that they promised. Null where the input is whole. */
export async function findEarlyEnd(input: Input): Promise<string | null> {
  const tracks = await input.getTracks();
  const declared = Math.max(
    0,
    ...(await Promise.all(tracks.map(async (t) => (await t.getDurationFromMetadata()) ?? 0))),
  );
  const reached = Math.max(0, ...(await Promise.all(tracks.map((track) => track.computeDuration()))));
  return declared - reached > endTolerance
    ? `it ends after ${reached.toFixed(1)} of ${declared.toFixed(1)} seconds`
    : null;
}
