/** The Studio in Electron's main process: its scheme, its windows, and the codec host that their pages use. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { app, protocol, session } from 'electron/main';
import { studioOrigin } from '../../protocol/studio.js';
import { type CodecHost, createCodecHost } from '../codec-host.js';
import { CaptureSources } from './capture-sources.js';
import { keepAwake } from './keep-awake.js';
import { setMenu } from './menu.js';
import type { OutputKind } from './output-file.js';
import { Outputs } from './outputs.js';
import { PartList } from './part-list.js';
import { setPermissions } from './permissions.js';
import { answerRequests } from './requests.js';
import { serveFolder } from './scheme.js';
import { StudioWindow } from './studio-window.js';

const pages = fileURLToPath(new URL('../../../studio/', import.meta.url));
const [scheme = ''] = studioOrigin.split(':');

export class Studio {
  readonly #parts = new PartList(path.join(app.getPath('userData'), 'unfinished-exports.json'));
  readonly #outputs = new Outputs((kind, placeOfWork) => this.#watch(kind, placeOfWork));
  readonly #sources = new CaptureSources();
  readonly #windows = new Set<StudioWindow>();
  readonly #host: CodecHost;
  /** Somebody wants to quit; a window that asks first puts an end to Electron's own quitting. */
  #isQuitting = false;
  #ending: Promise<void> | null = null;
  #ended = false;

  /** Before Electron is ready. */
  constructor() {
    // Like https: an origin of its own, with storage, Workers and what only secure pages may.
    protocol.registerSchemesAsPrivileged([
      { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true } },
    ]);
    this.#host = createCodecHost({ runIn: 'utility' }).allow(studioOrigin);
    this.#host.on('exit', ({ reason, expected }) => {
      if (!expected) console.error(`Codec host: ${reason}`);
    });
    this.#host.on('crash-loop', (reason) => console.error(`Codec host: it is not started again. ${reason}`));
    app.on('second-instance', () => this.#showWindow());
    app.on('activate', () => this.#showWindow());
    app.on('window-all-closed', () => {
      if (process.platform !== 'darwin') app.quit();
    });
    app.on('before-quit', () => {
      this.#isQuitting = true;
    });
    app.on('will-quit', (event) => {
      if (this.#ended) return;
      event.preventDefault();
      this.#ending ??= this.#end();
    });
  }

  /** Once Electron is ready. */
  async start(): Promise<void> {
    protocol.handle(scheme, serveFolder(pages));
    setPermissions(session.defaultSession, this.#sources);
    answerRequests({
      outputs: this.#outputs,
      sources: this.#sources,
      windowOf: ({ sender }) => [...this.#windows].find(({ window }) => window.webContents === sender),
    });
    setMenu({ newWindow: () => void this.#openWindow(), forDevelopers: !app.isPackaged });
    await this.#openWindow();
  }

  async #openWindow(): Promise<void> {
    const window = new StudioWindow(this.#outputs, {
      closed: (closed) => this.#windows.delete(closed),
      decided: (closes) => this.#quitAfter(closes),
    });
    this.#windows.add(window);
    await window.load();
  }

  #showWindow(): void {
    const [first] = this.#windows;
    if (!first) {
      void this.#openWindow();
      return;
    }
    if (first.window.isMinimized()) first.window.restore();
    first.window.focus();
  }

  /** While a file is written the computer stays awake, and half an export is known, should this process be killed. */
  async #watch(kind: OutputKind, placeOfWork: string): Promise<() => void> {
    if (kind === 'export') await this.#parts.add(placeOfWork);
    const sleepAgain = keepAwake(kind);
    return () => {
      sleepAgain();
      if (kind === 'export') this.#parts.delete(placeOfWork);
    };
  }

  /** What a person said to a window's question holds for the quitting that led to it. */
  #quitAfter(closes: boolean): void {
    this.#isQuitting &&= closes;
    if (this.#isQuitting) app.quit();
  }

  /** Nothing half-written stays, and no thread of the host is cut off. */
  async #end(): Promise<void> {
    await Promise.allSettled([this.#outputs.close(), this.#host.close()]);
    this.#ended = true;
    app.quit();
  }
}
