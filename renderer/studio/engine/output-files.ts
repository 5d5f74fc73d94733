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

/** `wrote` hears of each piece that main has written, in bytes. */
export function outputTarget(page: PageLink, output: number, wrote: (bytes: number) => void): OutputWriter {
  let failure: Error | null = null;
  const writable = new WritableStream<StreamTargetChunk>({
    async write({ data, position }) {
      const { byteLength } = data;
      // Its buffer is given away: whole, and nobody else's.
      const bytes = byteLength === data.buffer.byteLength ? data : data.slice();
      try {
        await page.ask({ method: 'write-output', output, position, bytes });
      } catch (error) {
        failure ??= error instanceof Error ? error : new Error(String(error));
        throw error;
      }
      wrote(byteLength);
    },
  });
  return { target: new StreamTarget(writable, { chunked: true, chunkSize: writeSize }), failure: () => failure };
}

/** A finished output, to be read. */
export function outputSource(page: PageLink, output: number, size: number): CustomSource {
  return new CustomSource({
    getSize: () => size,
    read: async (start, end) => (await page.ask({ method: 'read-output', output, start, end })) ?? new Uint8Array(),
    prefetchProfile: 'fileSystem',
  });
}
