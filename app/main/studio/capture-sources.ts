/** Screens and windows that can be recorded, and which one a page has chosen. */
import { desktopCapturer, type WebFrameMain } from 'electron/main';
import { argumentMessage } from '../../protocol/errors.js';
import type { CaptureSource } from '../../protocol/studio.js';

/** Of the pictures that a person chooses by, in pixels. */
const thumbnailSize = { width: 320, height: 180 };

export class CaptureSources {
  /** What was listed last: a page can choose nothing else. */
  #known: CaptureSource[] = [];
  /** By frame: what its next getDisplayMedia() gets. */
  readonly #chosen = new WeakMap<WebFrameMain, CaptureSource>();

  async list(): Promise<CaptureSource[]> {
    const sources = await desktopCapturer.getSources({ types: ['screen', 'window'], thumbnailSize });
    this.#known = sources.map(({ id, name, thumbnail }) => ({
      id,
      name,
      kind: id.startsWith('screen:') ? 'screen' : 'window',
      thumbnail: thumbnail.isEmpty() ? '' : thumbnail.toDataURL(),
    }));
    return this.#known;
  }

  choose(frame: WebFrameMain, id: string): void {
    const source = this.#known.find((known) => known.id === id);
    if (!source) throw new Error(argumentMessage('id', 'that of a screen or window listed last', id));
    this.#chosen.set(frame, source);
  }

  /** What this frame has chosen, once. */
  take(frame: WebFrameMain): { id: string; name: string } | null {
    const source = this.#chosen.get(frame);
    this.#chosen.delete(frame);
    return source ? { id: source.id, name: source.name } : null;
  }
}
