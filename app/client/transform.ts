/** Crop, rotation, flip, scaling and format conversion of frames, done in the host. Not in the specification. */
import { argumentError } from '../protocol/errors.js';
import type { WireRect, WireTransform } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import { toRect } from './dom-rect.js';
import { fromWireInfo, type PictureInfo, PictureReference, pictureToSend, RemotePicture } from './picture.js';
import type { RectInit, VideoPixelFormat } from './types.js';
import { makeVideoFrame, pictureOf, VideoFrame } from './video-frame.js';
import { toPixelFormat } from './video-frame-init.js';
import { truncateRect } from './video-frame-layout.js';
import { optional, toBoolean, toDictionary, toDouble, toEnum, toUnsignedLong } from './web-idl.js';

/** What becomes of the pixels, in this order: crop, rotation, flip, size, format. */
export interface TransformOptions {
  /** Of the coded picture, in pixels; the visible rectangle where absent. */
  crop?: RectInit;
  /** Clockwise: 0, 90, 180 or 270. The frame's own rotation is not applied by itself. */
  rotation?: number;
  /** Mirrored horizontally. */
  flip?: boolean;
  /** Of the result; as it falls out of crop and rotation where absent or 0. */
  width?: number;
  height?: number;
  /** How a picture of another shape fills `width` and `height`; `fill` where absent. */
  fit?: 'fill' | 'contain' | 'cover';
  /** The frame's own where absent. */
  format?: VideoPixelFormat;
}

const turns = [0, 90, 180, 270] as const;

function toCrop(value: unknown, field: string, info: PictureInfo): WireRect {
  const rect = toRect(value, field);
  const { x, y, width, height } = truncateRect(rect);
  const inside =
    x >= 0 && y >= 0 && width >= 1 && height >= 1 && x + width <= info.codedWidth && y + height <= info.codedHeight;
  if (!inside) {
    throw argumentError(field, `a rectangle inside the coded size ${info.codedWidth}x${info.codedHeight}`, rect);
  }
  return { x, y, width, height };
}

function readTransform(value: unknown, info: PictureInfo): WireTransform {
  const context = 'TransformOptions';
  const options = toDictionary(value, context);
  const crop = optional(options, context, 'crop', (item, field) => toCrop(item, field, info)) ?? null;
  const fit =
    optional(options, context, 'fit', (item, field) => toEnum(item, field, ['fill', 'contain', 'cover'] as const)) ??
    'fill';
  const flip = optional(options, context, 'flip', toBoolean) ?? false;
  const format = optional(options, context, 'format', toPixelFormat) ?? null;
  const height = optional(options, context, 'height', toUnsignedLong) ?? 0;
  const given = optional(options, context, 'rotation', toDouble) ?? 0;
  const rotation = turns.find((turn) => turn === given);
  if (rotation === undefined) {
    throw argumentError(`${context}.rotation`, `one of ${turns.join(', ')}`, given);
  }
  const width = optional(options, context, 'width', toUnsignedLong) ?? 0;
  return { crop, rotation, flip, width, height, fit, format };
}

/**
 * A new frame in the host, made of another frame, which stays open and may be closed at once. Rejects with a TypeError
 * for a closed frame and for options that aren't valid, and with the host's error where it can't.
 */
export async function transformVideoFrame(
  connection: Connection,
  frame: VideoFrame,
  options: TransformOptions,
): Promise<VideoFrame> {
  if (!(frame instanceof VideoFrame)) {
    throw argumentError('frame', 'a VideoFrame', frame);
  }
  const own = pictureOf(frame);
  if (!own) {
    throw argumentError('frame', 'open', 'closed');
  }
  const transform = readTransform(options, own.info);
  const held = own.duplicate();
  try {
    const sendable = pictureToSend(held, connection);
    const { picture, transfer } = sendable instanceof Promise ? await sendable : sendable;
    const result = await connection.request({ method: 'transformPicture', picture, transform }, transfer);
    return makeVideoFrame(
      new PictureReference(new RemotePicture(connection, result.handle), fromWireInfo(result.info)),
    );
  } finally {
    held.release();
  }
}
