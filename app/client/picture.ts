/**
 * Media resources of video: where the pixels of VideoFrames are, and who still refers to them.
 * https://w3c.github.io/webcodecs/#raw-media-memory-model-reference-counting
 */
import { exactBytes } from '../protocol/bytes.js';
import type { PictureHandle, WirePicture, WirePictureInfo, WirePlaneLayout, WireRect } from '../protocol/messages.js';
import { type ColorSpace, fromWireColorSpace } from './color-space.js';
import type { Connection } from './connection.js';
import { findPixelFormat, pixelFormat } from './pixel-formats.js';
import type { VideoPixelFormat } from './types.js';
import { computeLayout } from './video-frame-layout.js';
import { doubleChromaRows, wireFormat } from './wire-format.js';

/** What a VideoFrame knows about itself besides its pixels. */
export interface PictureInfo extends WirePictureInfo {
  readonly format: VideoPixelFormat;
  readonly colorSpace: ColorSpace;
}

/** From the wire. Throws a TypeError for a format that isn't WebCodecs'. */
export function fromWireInfo(info: WirePictureInfo): PictureInfo {
  const format = findPixelFormat(info.format);
  if (!format) {
    throw new TypeError(`format: ${info.format} is not a VideoPixelFormat`);
  }
  return { ...info, format: format.name, colorSpace: fromWireColorSpace(info.colorSpace) };
}

/** Pixels in this process. */
export class LocalPicture {
  readonly kind = 'local';
  readonly data: Uint8Array<ArrayBuffer>;
  readonly planes: readonly WirePlaneLayout[];
  #references = 0;

  constructor(data: Uint8Array<ArrayBuffer>, planes: readonly WirePlaneLayout[]) {
    this.data = data;
    this.planes = planes;
  }

  get isGone(): boolean {
    return false;
  }

  /** Whether nobody else can see the pixels, so that they may be transferred. */
  get hasSoleReference(): boolean {
    return this.#references === 1;
  }

  retain(): void {
    this.#references += 1;
  }

  release(): void {
    this.#references -= 1;
  }
}

/** Pixels in the host behind a connection. */
export class RemotePicture {
  readonly kind = 'remote';
  readonly connection: Connection;
  readonly handle: PictureHandle;
  #references = 0;

  constructor(connection: Connection, handle: PictureHandle) {
    this.connection = connection;
    this.handle = handle;
  }

  /** The host took the pixels with it. */
  get isGone(): boolean {
    return this.connection.isClosed;
  }

  retain(): void {
    this.#references += 1;
  }

  release(): void {
    this.#references -= 1;
    if (this.#references === 0) {
      this.connection.release(this.handle);
    }
  }
}

/** One reference to a media resource, with the members under which it is seen. Released once, by whoever holds it. */
export class PictureReference {
  readonly resource: LocalPicture | RemotePicture;
  readonly info: PictureInfo;
  #isReleased = false;

  constructor(resource: LocalPicture | RemotePicture, info: PictureInfo) {
    resource.retain();
    this.resource = resource;
    this.info = info;
  }

  /** Released, or lost with the host. */
  get isGone(): boolean {
    return this.#isReleased || this.resource.isGone;
  }

  get isReleased(): boolean {
    return this.#isReleased;
  }

  /** Bytes of this process that it keeps. */
  get localBytes(): number {
    return this.resource.kind === 'local' ? this.resource.data.byteLength : 0;
  }

  /** A second reference, seen the same way or under other members. */
  duplicate(info: PictureInfo = this.info): PictureReference {
    return new PictureReference(this.resource, info);
  }

  /** Idempotent. */
  release(): void {
    if (!this.#isReleased) {
      this.#isReleased = true;
      this.resource.release();
    }
  }
}

/** A picture as it goes over `connection`, with the buffers to transfer where the port can. */
export interface PictureToSend {
  picture: WirePicture;
  transfer: ArrayBuffer[];
}

/**
 * What to send of a picture. A sole reference gives its pixels away on ports that can transfer: it must be released
 * afterwards and not be read again. A picture of another host is fetched from there first.
 */
export function pictureToSend(
  reference: PictureReference,
  connection: Connection,
): PictureToSend | Promise<PictureToSend> {
  const { resource, info } = reference;
  if (resource.kind === 'local') {
    const format = wireFormat(info.format);
    if (format !== info.format) {
      const data = doubleChromaRows(resource.data, resource.planes, codedRect(info));
      return { picture: { source: 'bytes', info: { ...info, format }, layout: null, data }, transfer: [] };
    }
    const data = exactBytes(resource.data);
    const layout = resource.planes.slice(0, pixelFormat(info.format).planes.length);
    const mayMove = connection.canTransfer && resource.hasSoleReference;
    return { picture: { source: 'bytes', info, layout, data }, transfer: mayMove ? [data.buffer] : [] };
  }
  if (resource.connection === connection) {
    return { picture: { source: 'handle', info, handle: resource.handle }, transfer: [] };
  }
  return fetchPixels(resource, codedRect(info), info.format).then((pixels) => {
    const data = exactBytes(pixels);
    return {
      picture: { source: 'bytes', info, layout: null, data },
      transfer: connection.canTransfer ? [data.buffer] : [],
    };
  });
}

/** Media bytes that pictureToSend() will carry over `connection`. */
export function bytesToSend({ resource, info }: PictureReference, connection: Connection): number {
  if (resource.kind === 'local' && wireFormat(info.format) === info.format) {
    return resource.data.byteLength;
  }
  return resource.kind === 'remote' && resource.connection === connection
    ? 0
    : computeLayout(codedRect(info), pixelFormat(wireFormat(info.format)), undefined).allocationSize;
}

/** The whole picture. */
export function codedRect(info: WirePictureInfo): WireRect {
  return { x: 0, y: 0, width: info.codedWidth, height: info.codedHeight };
}

/** Pixels out of the host, tightly packed, in `format`. Rejects when the host is gone. */
export async function fetchPixels(
  picture: RemotePicture,
  rect: WireRect,
  format: VideoPixelFormat,
): Promise<Uint8Array> {
  const { connection, handle } = picture;
  // Held until the answer is there: the frame may be closed meanwhile.
  picture.retain();
  try {
    const { data } = await connection.request({ method: 'copyPicture', handle, rect, format, layout: null });
    return data;
  } finally {
    picture.release();
  }
}
