/** An image in the host: the bytes that go there, and the frames that come back. */
import { exactBytes } from '../protocol/bytes.js';
import type { ImageId, WireImageInit, WireImageTrack } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import { fromWireInfo, PictureReference, RemotePicture } from './picture.js';
import { makeVideoFrame, type VideoFrame } from './video-frame.js';

/** The most that goes in one message: large files must not hold up others' messages. */
const pieceLength = 16 * 2 ** 20;

/** Per connection, the id that was given out last. */
const lastIds = new WeakMap<Connection, number>();

function nextId(connection: Connection): ImageId {
  const id = (lastIds.get(connection) ?? 0) + 1;
  lastIds.set(connection, id);
  return id as ImageId;
}

export class ImageLink {
  readonly #connection: Connection;
  readonly #id: ImageId;

  constructor(connection: Connection, init: WireImageInit) {
    this.#connection = connection;
    this.#id = nextId(connection);
    connection.send({ type: 'openImage', image: this.#id, init });
  }

  /**
   * Sends the next bytes, which are ours to give away, piece by piece. Yields what is known of the tracks after each
   * piece. Rejects with the host's error, and where the host is gone.
   */
  async *append(bytes: Uint8Array, isLast: boolean): AsyncGenerator<WireImageTrack[]> {
    const connection = this.#connection;
    let offset = 0;
    do {
      const end = Math.min(offset + pieceLength, bytes.length);
      const data = exactBytes(bytes.subarray(offset, end));
      const call = { method: 'appendImage', image: this.#id, data, isLast: isLast && end === bytes.length } as const;
      const { tracks } = await connection.request(call, connection.canTransfer ? [data.buffer] : []);
      yield tracks;
      offset = end;
    } while (offset < bytes.length);
  }

  /** A frame that is whole in the host, as a handle on its pixels there. */
  async decode(track: number, frame: number): Promise<VideoFrame> {
    const connection = this.#connection;
    const { handle, info } = await connection.request({ method: 'decodeImage', image: this.#id, track, frame });
    return makeVideoFrame(new PictureReference(new RemotePicture(connection, handle), fromWireInfo(info)));
  }

  /** Lets go of the image in the host. Frames stay. */
  close(): void {
    this.#connection.send({ type: 'closeImage', image: this.#id });
  }
}
