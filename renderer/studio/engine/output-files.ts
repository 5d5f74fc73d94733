/** Files that main writes and reads for the page, as Mediabunny's targets and sources. */
import { CustomSource, StreamTarget, type StreamTargetChunk } from 'mediabunny';
import type { PageLink } from './page-link.js';

/** Bytes of a write: few messages, little to wait for when an export is stopped. */
const writeSize = 2 ** 20;

/** Main writes; the encoders wait for it. */
export interface OutputWriter {
  readonly target: StreamTarget;
  /** Why main could not write, or null. */
  failure(): Error | null;
}

/**
 * `wrote` hears of each piece that main has written, in bytes. `atOnce`: nothing waits to be written, so that the file
 * has what there is.
 */
export function outputTarget(
  page: PageLink,
  output: number,
  wrote: (bytes: number) => void,
  { atOnce = false } = {},
): OutputWriter {
  let failure: Error | null = null;
  const writable = new WritableStream<StreamTargetChunk>({
    async write({ data, position }) {
      const { byteLength } = data;
      // A copy, for its buffer is given away, and Mediabunny looks at the length once more.
      const bytes = data.slice();
      try {
        await page.ask({ method: 'write-output', output, position, bytes });
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
        throw error;
      }
      wrote(byteLength);
    },
  });
  return { target: new StreamTarget(writable, { chunked: !atOnce, chunkSize: writeSize }), failure: () => failure };
}

/** A finished output, to be read. */
export function outputSource(page: PageLink, output: number, size: number): CustomSource {
  return new CustomSource({
    getSize: () => size,
    read: async (start, end) => (await page.ask({ method: 'read-output', output, start, end })) ?? new Uint8Array(),
    prefetchProfile: 'fileSystem',
  });
}
