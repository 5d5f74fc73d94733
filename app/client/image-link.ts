/** An image in the host: the bytes that go there, and the frames that come back. */
import { exactBytes } from '../protocol/bytes.js';
import type { CodecId, ImageId, WireImageInit, WireImageTrack } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import { fromWireInfo, PictureReference, RemotePicture } from './picture.js';
import { makeVideoFrame, type VideoFrame } from './video-frame.js';

/** The most that goes in one message: large files must not hold up others' messages. */
const pieceLength = 16 * 2 ** 20;

export class ImageLink {
  readonly #connection: Connection;
  /** Where its connection knows it, and the image's id in the host; null where the host was gone before. */
  readonly #place: CodecId | null;

  /** `lost` is called when the host goes. */
  constructor(connection: Connection, init: WireImageInit, lost: (reason: DOMException) => void) {
    this.#connection = connection;
    this.#place = connection.attach({ receive: () => undefined, connected: () => undefined, disconnected: lost });
    connection.send({ type: 'openImage', image: this.#id, init });
  }

  get #id(): ImageId {
    return Number(this.#place) as ImageId;
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

  /** Gives up the decodes that are under way. */
  reset(): void {
    this.#connection.send({ type: 'resetImage', image: this.#id });
  }

  /** Lets go of the image in the host. Frames stay. */
  close(): void {
    if (this.#place !== null) {
      this.#connection.detach(this.#place);
    }
    this.#connection.send({ type: 'closeImage', image: this.#id });
  }
}
