/** From a decoded picture in the host to a VideoFrame of the platform. */
import type { Connection } from '../app/client/connection.js';
import { codedRect, fetchPixels, fromWireInfo, type PictureInfo, RemotePicture } from '../app/client/picture.js';
import { pixelFormat } from '../app/client/pixel-formats.js';
import type { VideoPixelFormat } from '../app/client/types.js';
import { isAligned } from '../app/client/video-frame-layout.js';
import { exactBytes } from '../app/protocol/bytes.js';
import type { PictureHandle, WirePictureInfo } from '../app/protocol/messages.js';

/** Members that are younger than TypeScript's own declarations. */
interface FrameInit extends VideoFrameBufferInit {
  rotation: number;
  flip: boolean;
  transfer: ArrayBuffer[];
}

/** By name; platforms differ in the formats of more than eight bits and in those with alpha. */
const knownFormats = new Map<VideoPixelFormat, boolean>();

function isPlatformFormat(name: VideoPixelFormat): boolean {
  let known = knownFormats.get(name);
  if (known === undefined) {
    try {
      // Enough bytes for any format.
      const data = new Uint8Array(2 * 2 * 8);
      const format = name as VideoFrameBufferInit['format'];
      new VideoFrame(data, { format, codedWidth: 2, codedHeight: 2, timestamp: 0 }).close();
      known = true;
    } catch {
      known = false;
    }
    knownFormats.set(name, known);
  }
  return known;
}

let isDisplaySizeTurned: boolean | null = null;

/**
 * The display size to ask for. The specification's is that of the turned picture; Chromium takes it for that of the
 * picture before it is turned, and turns it.
 */
function displaySize({ displayWidth, displayHeight, rotation }: PictureInfo) {
  if (isDisplaySizeTurned === null) {
    const init = { format: 'RGBA', codedWidth: 1, codedHeight: 1, timestamp: 0, rotation: 90 } as const;
    const frame = new VideoFrame(new Uint8Array(4), { ...init, displayWidth: 1, displayHeight: 2 });
    isDisplaySizeTurned = frame.displayWidth === 2;
    frame.close();
  }
  return isDisplaySizeTurned && rotation % 180 === 90
    ? { displayWidth: displayHeight, displayHeight: displayWidth }
    : { displayWidth, displayHeight };
}

/** Fetches the pixels and releases the picture. Rejects where the host is gone. */
export async function frameOfPicture(
  connection: Connection,
  handle: PictureHandle,
  wireInfo: WirePictureInfo,
): Promise<VideoFrame> {
  const info = fromWireInfo(wireInfo);
  const picture = new RemotePicture(connection, handle);
  picture.retain();
  try {
    const { visibleRect, timestamp, duration, rotation, flip } = info;
    // In RGB, which every platform knows, where it doesn't know this format.
    const isKnown = isPlatformFormat(info.format);
    const format = isKnown ? info.format : 'RGBA';
    // What isn't visible stays away, where the edge isn't within a chroma sample.
    const rect = isAligned(pixelFormat(info.format), visibleRect) ? visibleRect : codedRect(info);
    const data = exactBytes(await fetchPixels(picture, rect, format));
    const init: FrameInit = {
      format: format as VideoFrameBufferInit['format'],
      codedWidth: rect.width,
      codedHeight: rect.height,
      visibleRect: { ...visibleRect, x: visibleRect.x - rect.x, y: visibleRect.y - rect.y },
      ...displaySize(info),
      rotation,
      flip,
      timestamp,
      ...(duration !== null && { duration }),
      ...(isKnown && { colorSpace: info.colorSpace as VideoColorSpaceInit }),
      transfer: [data.buffer],
    };
    return new VideoFrame(data, init);
  } finally {
    picture.release();
  }
}
