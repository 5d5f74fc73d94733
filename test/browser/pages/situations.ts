/** Tests that run in a page: a title for each, and what they share. */
import { assert } from 'chai';
import { type ConnectOptions, connectCodecs, type PageCodecs, type RemoteCodecs } from 'electron-webcodecs/renderer';
import { type Bridge, openBridge } from './bridge.js';

/** A situation's means. */
export class PageEnv {
  readonly runIn: 'inline' | 'child';
  readonly #opened: { codecs: PageCodecs | RemoteCodecs; bridge: Bridge }[] = [];

  constructor(runIn: 'inline' | 'child') {
    this.runIn = runIn;
  }

  /** The classes over a host of their own, with the platform's media objects. */
  async connect(options: ConnectOptions & { frames?: 'platform' } = {}): Promise<PageCodecs & { bridge: Bridge }> {
    const bridge = await openBridge(this.runIn);
    const codecs = await connectCodecs(bridge.port, options);
    this.#opened.push({ codecs, bridge });
    return { ...codecs, bridge };
  }

  async connectRemote(options: ConnectOptions = {}): Promise<RemoteCodecs & { bridge: Bridge }> {
    const bridge = await openBridge(this.runIn);
    const codecs = await connectCodecs(bridge.port, { ...options, frames: 'remote' });
    this.#opened.push({ codecs, bridge });
    return { ...codecs, bridge };
  }

  /** Ends the connections; fails where codecs or pictures are left in a host. */
  async finish(): Promise<void> {
    for (const { codecs, bridge } of this.#opened) {
      const end = Date.now() + 5_000;
      let left = { codecs: 0, pictures: 0 };
      do {
        // A host that a situation has killed holds nothing.
        left = await codecs.statistics().catch(() => ({ codecs: 0, pictures: 0 }));
        await new Promise((resolve) => setTimeout(resolve, 10));
      } while (left.codecs + left.pictures > 0 && Date.now() < end);
      codecs.close();
      bridge.cut();
      assert.equal(left.codecs, 0, 'codecs are left in the host');
      assert.equal(left.pictures, 0, 'pictures are left in the host');
    }
  }
}

export type Situation = (env: PageEnv) => Promise<void>;

/** Leaves the situations where the test's process finds them. */
export function offer(situations: Readonly<Record<string, Situation>>): void {
  Object.assign(globalThis, {
    situationTitles: Object.keys(situations),
    runSituation: async (title: string, runIn: 'inline' | 'child') => {
      const env = new PageEnv(runIn);
      await situations[title]?.(env);
      await env.finish();
    },
  });
}
