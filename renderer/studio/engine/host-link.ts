/** The engine's tie to the codec host: one port after the other. */
import { registerMediabunnyCodecs } from 'electron-webcodecs/mediabunny';
import { connectCodecs, type RemoteCodecs } from 'electron-webcodecs/renderer';
import { wordsOf } from '../../../app/protocol/errors.js';

/** One host's life, as seen from here. */
export interface HostLife {
  readonly codecs: RemoteCodecs;
  /** Aborts, with an Error in words, when this host is gone. */
  readonly gone: AbortSignal;
}

interface Waiting {
  resolve(life: HostLife): void;
  reject(error: Error): void;
}

/** Milliseconds to wait for a host that is being restarted before telling that there is none. */
const patience = 15_000;

export class HostLink {
  readonly #tell: (reason: string | null) => void;
  #life: HostLife | null = null;
  #end: AbortController | null = null;
  #waiting: Waiting[] = [];
  #attempt = 0;

  /** `tell` hears null when a host is there, and why when there is none any more. */
  constructor(tell: (reason: string | null) => void) {
    this.#tell = tell;
  }

  /** The host that is there, or the next one. Rejects where none comes. */
  current(): Promise<HostLife> {
    if (this.#life) return Promise.resolve(this.#life);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { resolve, reject };
      this.#waiting.push(waiting);
      setTimeout(() => {
        if (!this.#waiting.includes(waiting)) return;
        this.#waiting = this.#waiting.filter((other) => other !== waiting);
        reject(new Error('The codec host does not answer. Restart the app if it stays away.'));
      }, patience);
    });
  }

  /** Takes the port over. What waits for a host goes on when this one answers. */
  async attach(port: MessagePort): Promise<void> {
    this.lose('The codec host was replaced.');
    const attempt = this.#attempt;
    try {
      const codecs = await connectCodecs(port, { frames: 'remote' });
      if (attempt !== this.#attempt) {
        codecs.close();
        return;
      }
      registerMediabunnyCodecs(codecs);
      const end = new AbortController();
      this.#end = end;
      this.#life = { codecs, gone: end.signal };
      this.#tell(null);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const { resolve } of waiting) resolve(this.#life);
    } catch (error) {
      // The page is told of the same end and sends the next port.
      if (attempt === this.#attempt) this.#tell(wordsOf(error));
    }
  }

  /** The page has the news that the host is gone; the port itself may never tell. */
  lose(reason: string): void {
    // A port that has not answered yet is that host's too.
    this.#attempt += 1;
    const life = this.#life;
    if (!life) return;
    this.#life = null;
    this.#end?.abort(new Error(reason));
    this.#end = null;
    life.codecs.close();
    this.#tell(reason);
  }
}
