/** Hands ports to pages: only to those that may have one, one per frame, and takes them back when a page goes. */
import type { IpcMainEvent, MessagePortMain, WebContents, WebFrameMain } from 'electron/main';
import type { HostOptions } from '../host/serve.js';
import type { SessionNumber } from '../host/utility-messages.js';
import { argumentError, messageOf } from '../protocol/errors.js';
import { channels, type HandOverAnswer, readRequest } from '../protocol/hand-over.js';
import type { ElectronMain } from './electron.js';
import type { UtilityHost } from './host-utility.js';
import type { AllowOptions, PageFault } from './pages.js';
import type { Supervisor } from './supervisor.js';

export interface BrokerOptions {
  electron: ElectronMain;
  supervisor: Supervisor<UtilityHost>;
  /** Of each page's session. */
  session: HostOptions;
  /** A page was refused a port, or lost it by its own fault. */
  fault(fault: PageFault): void;
}

/** A frame's one channel. */
interface Channel {
  readonly frame: WebFrameMain;
  readonly contents: WebContents;
  readonly origin: string;
  readonly nonce: string;
  /** Where the session is; null while the host is on its way. */
  place: { host: UtilityHost; session: SessionNumber } | null;
}

/** As URLs begin: `app://editor`, `https://example.org:8080`. */
const originPattern = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*$/;

export class PortBroker {
  readonly #options: BrokerOptions;
  readonly #allowed = new Map<string, AllowOptions>();
  /** By the frame's place in the tree of its window, which it keeps when it navigates. */
  readonly #channels = new Map<number, Channel>();
  readonly #watched = new Map<WebContents, () => void>();
  readonly #listener = (event: IpcMainEvent, message: unknown): void => this.#receive(event, message);

  constructor(options: BrokerOptions) {
    this.#options = options;
    const { ipcMain } = options.electron;
    // Two that answer one request would hand a page a port and a refusal.
    if (ipcMain.listenerCount(channels.request) > 0) {
      throw new DOMException('Another codec host serves the pages of this app already', 'InvalidStateError');
    }
    ipcMain.on(channels.request, this.#listener);
  }

  allow(origin: string, options: AllowOptions): void {
    if (typeof origin !== 'string' || !originPattern.test(origin)) {
      throw argumentError('origin', "an origin without a path, such as 'app://editor'", origin);
    }
    this.#allowed.set(origin, options);
  }

  /** A host has ended: its pages are told, because the ports' own close events don't always come. */
  hostEnded(host: UtilityHost, reason: string): void {
    for (const [id, channel] of [...this.#channels]) {
      if (channel.place?.host !== host) continue;
      this.#channels.delete(id);
      this.#answer(channel, { type: 'lost', nonce: channel.nonce, reason });
    }
  }

  /** Hands out nothing any more. Channels end with their host. */
  close(): void {
    this.#options.electron.ipcMain.off(channels.request, this.#listener);
    for (const unwatch of this.#watched.values()) unwatch();
    this.#watched.clear();
  }

  #receive(event: IpcMainEvent, message: unknown): void {
    const request = readRequest(message);
    const frame = event.senderFrame;
    // Null: the frame has navigated, or is gone.
    if (!frame || !request) return;
    try {
      if (request.type === 'request') this.#handOut(frame, event.sender, request.nonce);
      else this.#release(frame, request.nonce);
    } catch (error) {
      // Electron throws for a frame that went away in the meantime: nobody is left to answer to.
      this.#options.fault({ origin: '', reason: messageOf(error) });
    }
  }

  #handOut(frame: WebFrameMain, contents: WebContents, nonce: string): void {
    const channel: Channel = { frame, contents, origin: frame.origin, nonce, place: null };
    const objection = this.#objectionTo(frame);
    if (objection !== null) {
      this.#refuse(channel, objection);
      return;
    }
    this.#channels.set(frame.frameTreeNodeId, channel);
    this.#watch(contents);
    this.#connect(channel, frame.frameTreeNodeId).catch((error) => {
      if (this.#channels.get(channel.frame.frameTreeNodeId) === channel) this.#forget(channel);
      this.#refuse(channel, messageOf(error));
    });
  }

  #objectionTo(frame: WebFrameMain): string | null {
    if (frame.detached) return 'The frame is detached.';
    const allowed = this.#allowed.get(frame.origin);
    if (!allowed) return `Pages of ${frame.origin} may not use the codec host.`;
    if (frame.parent !== null && allowed.subframes !== true) return 'Only the main frame may use the codec host.';
    return this.#channels.has(frame.frameTreeNodeId) ? 'This frame has its channel to the codec host already.' : null;
  }

  async #connect(channel: Channel, id: number): Promise<void> {
    const { electron, supervisor, session: options } = this.#options;
    const host = await supervisor.host;
    await host.forked();
    // The page may have gone while the host was on its way.
    if (this.#channels.get(id) !== channel) return;
    const { port1, port2 } = new electron.MessageChannelMain();
    const session = host.serve(port1, options, (fault) => {
      if (fault !== null) this.#options.fault({ origin: channel.origin, reason: fault });
      this.#forget(channel);
      this.#answer(channel, { type: 'lost', nonce: channel.nonce, reason: fault ?? 'The session has ended.' });
    });
    channel.place = { host, session };
    if (!this.#answer(channel, { type: 'port', nonce: channel.nonce }, [port2])) this.#end(channel);
  }

  #release(frame: WebFrameMain, nonce: string): void {
    const channel = this.#channels.get(frame.frameTreeNodeId);
    if (channel?.nonce === nonce) this.#end(channel);
  }

  #refuse(channel: Channel, reason: string): void {
    this.#options.fault({ origin: channel.origin, reason });
    this.#answer(channel, { type: 'refused', nonce: channel.nonce, reason });
  }

  /** Whether the frame is still there to be told. */
  #answer({ frame }: Channel, answer: HandOverAnswer, ports: MessagePortMain[] = []): boolean {
    try {
      frame.postMessage(channels.answer, answer, ports);
      return true;
    } catch {
      return false;
    }
  }

  #end(channel: Channel): void {
    this.#forget(channel);
    channel.place?.host.end(channel.place.session);
  }

  #forget(channel: Channel): void {
    for (const [id, known] of this.#channels) if (known === channel) this.#channels.delete(id);
  }

  #endAll(which: (channel: Channel, id: number) => boolean): void {
    for (const [id, channel] of [...this.#channels]) if (which(channel, id)) this.#end(channel);
  }

  /** Ends the channels of frames that go away, until the window is gone. */
  #watch(contents: WebContents): void {
    if (this.#watched.has(contents)) return;
    const { webFrameMain } = this.#options.electron;
    const gone = (): void => this.#endAll((channel) => channel.contents === contents);
    const navigated = (
      _event: unknown,
      _url: string,
      _code: number,
      _text: string,
      isMainFrame: boolean,
      processId: number,
      routingId: number,
    ): void => {
      const changed = webFrameMain.fromId(processId, routingId)?.frameTreeNodeId;
      if (isMainFrame) gone();
      else this.#endAll((_channel, id) => id === changed);
    };
    const destroyed = (): void => {
      gone();
      this.#watched.delete(contents);
    };
    contents.on('did-frame-navigate', navigated);
    contents.on('render-process-gone', gone);
    contents.once('destroyed', destroyed);
    this.#watched.set(contents, () => {
      contents.off('did-frame-navigate', navigated);
      contents.off('render-process-gone', gone);
      contents.off('destroyed', destroyed);
    });
  }
}
