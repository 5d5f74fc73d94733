/** The engine's calls about what codecs can do. */
import type { HostLink } from '../host-link.js';
import type { Handlers } from '../page-link.js';
import { answerQuestion, engineVersions } from './probe.js';
import { trySpeed } from './speed.js';

export function codecHandlers(host: HostLink): Pick<Handlers, 'probe' | 'versions' | 'speed'> {
  return {
    probe: async ({ questions }, { progress, signal }) => {
      const { codecs } = await host.current();
      for (const [index, question] of questions.entries()) {
        signal.throwIfAborted();
        progress(await answerQuestion(codecs, index, question));
      }
      return null;
    },
    versions: async () => engineVersions((await host.current()).codecs),
    speed: async ({ codec }, { progress, signal }) => trySpeed((await host.current()).codecs, codec, signal, progress),
  };
}
