/** A window of the Studio: shows the Studio's page and never another, and ends what a document leaves behind. */
import { fileURLToPath } from 'node:url';
import { BrowserWindow, dialog, nativeTheme, type WebContents } from 'electron/main';
import { messageOf } from '../../protocol/errors.js';
import { studioOrigin } from '../../protocol/studio.js';
import type { Outputs, Owner } from './outputs.js';
import { keepPlace, openingPlace } from './window-place.js';

const preload = fileURLToPath(new URL('../../../preload/studio.cjs', import.meta.url));
const page = `${studioOrigin}/index.html`;

export interface WindowEvents {
  closed(window: StudioWindow): void;
  /** A person has decided whether a window that writes files closes all the same; if so, it is closed. */
  decided(closes: boolean): void;
}

export class StudioWindow {
  readonly window: BrowserWindow;
  readonly #outputs: Outputs;
  readonly #events: WindowEvents;
  /** The document that is shown; another one after a reload. */
  #owner: Owner;
  #isAsking = false;

  constructor(outputs: Outputs, events: WindowEvents) {
    const { maximized, ...place } = openingPlace();
    this.#outputs = outputs;
    this.#events = events;
    this.#owner = outputs.addOwner();
    this.window = new BrowserWindow({
      ...place,
      show: false,
      title: 'WebCodecs Studio',
      backgroundColor: nativeTheme.shouldUseDarkColors ? '#15171c' : '#f6f7f9',
      webPreferences: {
        preload,
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        spellcheck: false,
        autoplayPolicy: 'no-user-gesture-required',
        // An export and a recording go on while another window is in front.
        backgroundThrottling: false,
      },
    });
    this.window.once('ready-to-show', () => {
      // Not before: it shows the window.
      if (maximized) this.window.maximize();
      this.window.show();
    });
    this.window.on('close', (event) => {
      keepPlace(this.window);
      if (this.#outputs.unfinished(this.#owner).length === 0) return;
      event.preventDefault();
      void this.#askToClose();
    });
    const { webContents } = this.window;
    this.#confine(webContents);
    this.window.once('closed', () => {
      void this.#outputs.release(this.#owner);
      this.#events.closed(this);
    });
  }

  /** The document that files belong to. */
  get owner(): Owner {
    return this.#owner;
  }

  async load(): Promise<void> {
    try {
      await this.window.loadURL(page);
    } catch (error) {
      // Also where a reload, or the window's end, came before.
      console.warn(`The Studio's page was not loaded to its end: ${messageOf(error)}`);
    }
  }

  #confine(contents: WebContents): void {
    contents.setWindowOpenHandler(() => ({ action: 'deny' }));
    contents.on('will-navigate', (event) => {
      // A reload.
      if (event.url !== page) event.preventDefault();
    });
    contents.on('will-attach-webview', (event) => event.preventDefault());
    contents.on('did-frame-navigate', (_event, _url, _code, _text, isMainFrame) => {
      if (isMainFrame) this.#startAnew();
    });
    contents.on('render-process-gone', (_event, { reason }) => {
      this.#startAnew();
      if (reason !== 'clean-exit') void this.#askToReload(reason);
    });
  }

  /** What the last document has left unfinished is ended. */
  #startAnew(): void {
    void this.#outputs.release(this.#owner);
    this.#owner = this.#outputs.addOwner();
  }

  async #askToClose(): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      const names = this.#outputs.unfinished(this.#owner);
      const { response } = await dialog.showMessageBox(this.window, {
        type: 'warning',
        message:
          names.length === 1 ? `${names[0]} is still being written.` : `${names.length} files are still being written.`,
        detail: 'Exports that are not finished are deleted; recordings end here and are kept.',
        buttons: ['Close Anyway', 'Keep Going'],
        defaultId: 1,
        cancelId: 1,
      });
      if (response === 0 && !this.window.isDestroyed()) this.window.destroy();
      this.#events.decided(response === 0);
    } finally {
      this.#isAsking = false;
    }
  }

  async #askToReload(reason: string): Promise<void> {
    const { response } = await dialog.showMessageBox(this.window, {
      type: 'error',
      message: `The window's process ended (${reason}).`,
      detail: 'Exports that were not finished are lost; recordings are kept up to their last second.',
      buttons: ['Reload', 'Close'],
      defaultId: 0,
      cancelId: 1,
    });
    if (this.window.isDestroyed()) return;
    if (response === 0) await this.load();
    else this.window.destroy();
  }
}
