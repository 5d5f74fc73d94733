/** From a port to classes. */
import {
  type ClientLimits,
  type CodecClasses,
  Connection,
  createCodecClasses,
  createWebCodecs,
  type FrameSizeMismatch,
  type WebCodecs,
} from '../app/client/index.js';
import { argumentError } from '../app/protocol/errors.js';
import type { Statistics, Versions } from '../app/protocol/messages.js';
import { deferredPort } from '../app/protocol/port-deferred.js';
import { portFromMessagePort } from '../app/protocol/port-dom.js';
import { requestCodecPort } from './hand-over.js';
import { type PlatformClasses, platformClasses, platformMedia } from './platform-media.js';

/** How a page uses a codec host. */
export interface ConnectOptions {
  /**
   * What the codecs take and give. `platform`, the default: the platform's own VideoFrame, AudioData and chunks, which
   * canvas, WebGL, WebGPU and `<video>` know. `remote`: handles on pictures that stay in the host, for decode → encode
   * without drawing.
   */
  frames?: 'platform' | 'remote';
  /** What an encoder does with a frame of another visible size than its own; `error` where absent. */
  frameSizeMismatch?: FrameSizeMismatch;
  /** Of each codec's queue; defaults where absent. */
  limits?: ClientLimits;
  /**
   * Whether the port's other end is in this very process, so that buffers are given away and not copied. A port to
   * another process would lose them. False where absent.
   */
  transfer?: boolean;
}

/** A page's share of the host. */
interface HostSession {
  /** What lives in the host for this port, and what crossed it. Rejects with a DOMException where the host is gone. */
  statistics(): Promise<Statistics>;
  /** Which FFmpeg the host runs, and under which licence. Rejects with a DOMException where the host is gone. */
  versions(): Promise<Versions>;
  /** Ends it: codecs close without an error callback, promises reject with an AbortError. Idempotent. */
  close(): void;
}

type PlatformCodecs = CodecClasses<VideoFrame, AudioData, EncodedVideoChunk, EncodedAudioChunk>;

/** The codec classes over the platform's media objects, which are in it for symmetry. */
export interface PageCodecs extends PlatformCodecs, PlatformClasses, HostSession {}

/** The codec classes over media objects of their own, whose pictures stay in the host. */
export interface RemoteCodecs extends WebCodecs, HostSession {}

/** What a class of connectCodecs() is replaced by where it becomes a page's global. */
const globalVariants = new WeakMap<object, () => object>();

/** The class to install: it scales frames of other sizes unless connectCodecs() was told otherwise. */
export function globalVariantOf(codecClass: object): object {
  return globalVariants.get(codecClass)?.() ?? codecClass;
}

function checkOptions({ frames = 'platform', frameSizeMismatch = 'error' }: ConnectOptions): void {
  if (frames !== 'platform' && frames !== 'remote') {
    throw argumentError('frames', "'platform' or 'remote'", frames);
  }
  if (frameSizeMismatch !== 'error' && frameSizeMismatch !== 'scale') {
    throw argumentError('frameSizeMismatch', "'error' or 'scale'", frameSizeMismatch);
  }
}

/** The connection that a codec made now belongs to. */
interface Connections {
  current(): Connection;
  close(): void;
}

/** Of a port that the page has: when it ends, so do the classes. */
function connectionOver(port: MessagePort, { limits, transfer = false }: ConnectOptions): Connections {
  const connection = new Connection(portFromMessagePort(port, { transfer }), limits ? { limits } : {});
  return { current: () => connection, close: () => connection.close() };
}

/** Of ports that the preload script hands over: a codec that is made after the host died belongs to its successor. */
function connectionsByHandOver({ limits }: ConnectOptions): Connections {
  const connect = (): { connection: Connection; release(): void } => {
    const handed = requestCodecPort();
    const port = handed.then((arrived) => portFromMessagePort(arrived.port, { transfer: false }));
    const lost = handed.then(
      (arrived) => arrived.lost,
      // The port tells.
      () => new Promise<string>(() => undefined),
    );
    const connection = new Connection(deferredPort(port, lost), limits ? { limits } : {});
    const release = (): void => void handed.then((arrived) => arrived.release()).catch(() => undefined);
    return { connection, release };
  };
  let session = connect();
  let closed = false;
  return {
    current() {
      if (session.connection.isClosed && !closed) {
        // Gives back what the platform's own news of the host's end may have come before.
        session.release();
        session = connect();
      }
      return session.connection;
    },
    close() {
      closed = true;
      session.connection.close();
      session.release();
    },
  };
}

/**
 * The WebCodecs classes over the port that the preload script hands to this page; of the host's successor too, should it
 * die. A page has one: share the classes, or give the port of `requestCodecPort()` to a Worker. Resolves when the host
 * answers; rejects with a DOMException that says why it can't be reached or why main refuses the page.
 */
export function connectCodecs(options?: ConnectOptions & { frames?: 'platform' }): Promise<PageCodecs>;
export function connectCodecs(options: ConnectOptions & { frames: 'remote' }): Promise<RemoteCodecs>;
export function connectCodecs(options?: ConnectOptions): Promise<PageCodecs | RemoteCodecs>;
/**
 * The WebCodecs classes over a port to a codec host. Resolves when the host answers, which ready codecs need not wait
 * for; rejects with a DOMException that says why it can't be reached, and with a TypeError for arguments that are none.
 * The port belongs to the classes from now on.
 */
export function connectCodecs(
  port: MessagePort,
  options?: ConnectOptions & { frames?: 'platform' },
): Promise<PageCodecs>;
export function connectCodecs(port: MessagePort, options: ConnectOptions & { frames: 'remote' }): Promise<RemoteCodecs>;
export function connectCodecs(port: MessagePort, options?: ConnectOptions): Promise<PageCodecs | RemoteCodecs>;
export async function connectCodecs(
  portOrOptions: MessagePort | ConnectOptions = {},
  optionsOfPort: ConnectOptions = {},
): Promise<PageCodecs | RemoteCodecs> {
  if (typeof portOrOptions !== 'object' || portOrOptions === null) {
    throw argumentError('port', 'a MessagePort that leads to a codec host', portOrOptions);
  }
  const port = portOrOptions instanceof MessagePort ? portOrOptions : null;
  const options = portOrOptions instanceof MessagePort ? optionsOfPort : portOrOptions;
  checkOptions(options);
  const { frames, frameSizeMismatch } = options;
  const media = frames === 'remote' ? null : platformMedia();
  const connections = port ? connectionOver(port, options) : connectionsByHandOver(options);
  const current = (): Connection => connections.current();
  const make = (mismatch: FrameSizeMismatch) =>
    media
      ? { ...createCodecClasses(current, media, mismatch), ...platformClasses() }
      : createWebCodecs(current, mismatch);
  await current().ready;
  const classes = make(frameSizeMismatch ?? 'error');
  globalVariants.set(classes.VideoEncoder, () => make(frameSizeMismatch ?? 'scale').VideoEncoder);
  return {
    ...classes,
    statistics: () => current().statistics(),
    versions: () => current().versions(),
    close: () => connections.close(),
  };
}
