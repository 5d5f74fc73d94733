/** The engine's calls about recordings. */
import type { HostLink } from '../host-link.js';
import { outputTarget } from '../output-files.js';
import type { Handlers, PageLink } from '../page-link.js';
import { Recorder } from './recorder.js';

/** One recording at a time. */
export function recordingHandlers(page: PageLink, host: HostLink): Pick<Handlers, 'record' | 'pause-recording'> {
  let current: Recorder | null = null;
  return {
    record: async ({ settings, streams, output }, { progress, signal }) => {
      if (current) throw new DOMException('Something is being recorded already.', 'InvalidStateError');
      const recorder = new Recorder(settings, streams, {
        currentHost: () => host.current(),
        target: (wrote) => outputTarget(page, output, wrote, { atOnce: true }).target,
        progress,
      });
      current = recorder;
      signal.addEventListener('abort', () => recorder.stop());
      try {
        return await recorder.run();
      } finally {
        current = null;
      }
    },
    'pause-recording': ({ paused }) => {
      current?.setPaused(paused);
      return null;
    },
  };
}
