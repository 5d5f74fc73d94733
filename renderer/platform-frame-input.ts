/** From a VideoFrame of the platform to a picture that can be sent to the host. */

import type { Connection } from '../app/client/connection.js';
import type { FrameInput, HeldFrame } from '../app/client/media.js';
import { fromWireInfo, type PictureToSend } from '../app/client/picture.js';
import { findPixelFormat, type PixelFormat, pixelFormat } from '../app/client/pixel-formats.js';
import type { VideoEncoderConfig } from '../app/client/types.js';
import { VideoFrame as OwnVideoFrame } from '../app/client/video-frame.js';
import { parseRotation } from '../app/client/video-frame-layout.js';
import { parseCodecString } from '../app/protocol/codec-strings.js';
import { argumentError } from '../app/protocol/errors.js';
import type { WirePictureInfo } from '../app/protocol/messages.js';
import { i420ByteLength, rgbToI420 } from './rgb-to-i420.js';

/** Members that are younger than TypeScript's own declarations. */
type OrientedFrame = VideoFrame & { readonly rotation?: number; readonly flip?: boolean };

/** Whether nothing of an RGB frame that the codec keeps is lost in I420. */
function encodesI420({ codec, alpha }: VideoEncoderConfig): boolean {
  const parsed = parseCodecString(codec);
  return alpha !== 'keep' && parsed?.type === 'video' && parsed.chroma === '420' && parsed.bitDepth === 8;
}

function orientationOf({ rotation = 0, flip = false }: OrientedFrame) {
  return { rotation: parseRotation(rotation), flip };
}

class HeldPlatformFrame implements HeldFrame {
  readonly #frame: VideoFrame;
  readonly #mayBeI420: boolean;

  constructor(frame: VideoFrame, config: VideoEncoderConfig) {
    this.#frame = frame;
    this.#mayBeI420 = readableFormat(frame).isRgb && encodesI420(config);
  }

  wireBytes(connection: Connection): number {
    const { width, height } = visibleRectOf(this.#frame);
    return this.#becomesI420(connection) ? i420ByteLength(width, height) : byteLengthOf(this.#frame);
  }

  async toSend(connection: Connection): Promise<PictureToSend> {
    const { info, data } = await readPixels(this.#frame, this.#becomesI420(connection));
    return {
      picture: { source: 'bytes', info, layout: null, data },
      transfer: connection.canTransfer ? [data.buffer] : [],
    };
  }

  release(): void {
    this.#frame.close();
  }

  // A copy to another process goes at about 0.35 GB/s on either side, and occupies this thread. 1080p is 8.3 MB as RGBA
  // and 3.1 MB as I420: 15 ms less, for 5 ms of conversion. Where the port transfers, RGBA costs nothing and the host
  // converts faster.
  #becomesI420(connection: Connection): boolean {
    return this.#mayBeI420 && !connection.canTransfer;
  }
}

function visibleRectOf(frame: VideoFrame): { width: number; height: number } {
  return frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
}

/** The frame's own, or RGB where the platform keeps that to itself (null), or has one that the host doesn't know. */
function readableFormat({ format }: VideoFrame): PixelFormat {
  return (format && findPixelFormat(format)) || pixelFormat('RGBA');
}

function copyOptions(frame: VideoFrame): VideoFrameCopyToOptions {
  return readableFormat(frame).name === frame.format ? {} : { format: 'RGBA' };
}

interface Pixels {
  info: WirePictureInfo;
  /** Plane after plane, without padding. */
  data: Uint8Array<ArrayBuffer>;
}

/** The visible pixels: in the frame's own format, or RGB made I420. */
async function readPixels(frame: VideoFrame, asI420: boolean): Promise<Pixels> {
  const { width, height } = visibleRectOf(frame);
  const format = readableFormat(frame).name;
  const pixels = new Uint8Array(byteLengthOf(frame));
  await frame.copyTo(pixels, copyOptions(frame));
  const colorSpace = colorSpaceOf(frame);
  const info: WirePictureInfo = {
    format,
    codedWidth: width,
    codedHeight: height,
    visibleRect: { x: 0, y: 0, width, height },
    displayWidth: frame.displayWidth,
    displayHeight: frame.displayHeight,
    ...orientationOf(frame),
    timestamp: frame.timestamp,
    duration: frame.duration,
    colorSpace,
  };
  if (!asI420) {
    return { info, data: pixels };
  }
  return {
    // As the host makes RGB into YUV; what the RGB's primaries and transfer mean stays.
    info: { ...info, format: 'I420', colorSpace: { ...colorSpace, matrix: 'bt709', fullRange: false } },
    data: rgbToI420(pixels, width, height, format.startsWith('BGR')),
  };
}

function byteLengthOf(frame: VideoFrame): number {
  return frame.allocationSize(copyOptions(frame));
}

function colorSpaceOf(frame: VideoFrame): WirePictureInfo['colorSpace'] {
  if (readableFormat(frame).name !== frame.format) {
    // What copyTo() converts to.
    return { primaries: 'bt709', transfer: 'iec61966-2-1', matrix: 'rgb', fullRange: true };
  }
  const { primaries, transfer, matrix, fullRange } = frame.colorSpace;
  return { primaries, transfer, matrix, fullRange };
}

function requireOpen(frame: VideoFrame): void {
  // https://w3c.github.io/webcodecs/#close-videoframe; the format of an open one may be null too.
  if (frame.codedWidth === 0) {
    throw argumentError('frame', 'open', 'closed');
  }
}

/** Throws a TypeError for a closed frame. */
export function openPlatformFrame(frame: VideoFrame): FrameInput {
  requireOpen(frame);
  return {
    ...orientationOf(frame),
    localBytes: byteLengthOf(frame),
    hold: (config) => new HeldPlatformFrame(frame.clone(), config),
  };
}

/** What `importVideoFrame` changes on the way. */
export interface ImportOptions {
  /** Microseconds; the frame's own where absent. */
  timestamp?: number;
  /** Microseconds; the frame's own where absent. */
  duration?: number;
  /**
   * `yuv420`: RGB becomes I420 (BT.709, limited range, alpha dropped), which is what most encoders take and less than
   * half of the bytes to send. `keep`, the default: the frame's own format, RGBA where the platform doesn't show it.
   */
  rgb?: 'keep' | 'yuv420';
}

/**
 * A copy of a platform's frame (of a camera, a canvas, a `<video>`) for the classes of
 * `connectCodecs({ frames: 'remote' })`. Both frames are the caller's to close. Rejects with a TypeError for a closed
 * frame.
 */
export async function importVideoFrame(
  frame: VideoFrame,
  { timestamp, duration, rgb = 'keep' }: ImportOptions = {},
): Promise<OwnVideoFrame> {
  requireOpen(frame);
  const { info, data } = await readPixels(frame, rgb === 'yuv420' && readableFormat(frame).isRgb);
  const { duration: ownDuration, ...init } = fromWireInfo(info);
  const length = duration ?? ownDuration;
  return new OwnVideoFrame(data, {
    ...init,
    timestamp: timestamp ?? init.timestamp,
    ...(length !== null && { duration: length }),
    transfer: [data.buffer],
  });
}
