/** Media as the wire describes it and as the addon does. */
import type {
  NativeAudio,
  NativeBinding,
  NativeDecoderConfig,
  NativePicture,
  NativePictureInfo,
} from '../../native/index.js';
import { exactBytes } from '../protocol/bytes.js';
import type { WireAudio, WireChunk, WireDecoderConfig, WirePicture, WirePictureInfo } from '../protocol/messages.js';
import { toNativeColor, toWireColor } from './color.js';
import type { FrameStore } from './frame-store.js';

/** Member by member: a rest of members would cost a frame more than all else here. */
export function toWirePictureInfo(info: NativePictureInfo): WirePictureInfo {
  return {
    format: info.format,
    codedWidth: info.codedWidth,
    codedHeight: info.codedHeight,
    visibleRect: info.visibleRect,
    displayWidth: info.displayWidth,
    displayHeight: info.displayHeight,
    rotation: info.rotation,
    flip: info.flip,
    timestamp: info.timestamp,
    duration: info.duration,
    colorSpace: toWireColor(info.color),
  };
}

/** Whether a frame with this info shows a picture as that with the other one does: pixels and their format are the same. */
export function isSeenAlike(one: WirePictureInfo, other: WirePictureInfo): boolean {
  const { visibleRect: rect } = one;
  const { visibleRect: otherRect } = other;
  return (
    one.timestamp === other.timestamp &&
    one.duration === other.duration &&
    one.rotation === other.rotation &&
    one.flip === other.flip &&
    one.displayWidth === other.displayWidth &&
    one.displayHeight === other.displayHeight &&
    rect.x === otherRect.x &&
    rect.y === otherRect.y &&
    rect.width === otherRect.width &&
    rect.height === otherRect.height
  );
}

function toNativePictureInfo({ colorSpace, ...info }: WirePictureInfo): NativePictureInfo {
  return { ...info, color: toNativeColor(colorSpace) };
}

/**
 * A picture of which the caller is the owner: of the bytes that came over the port, which are nobody else's, or a second
 * handle. Borrowed bytes are for an encoder; else they are copied.
 */
export function openPicture(
  picture: WirePicture,
  { borrow, binding, frames }: { borrow: boolean; binding: NativeBinding; frames: FrameStore },
): NativePicture {
  if (picture.source === 'bytes') {
    const init = { ...toNativePictureInfo(picture.info), layout: picture.layout, borrow };
    return binding.createPicture(init, picture.data);
  }
  const { visibleRect, displayWidth, displayHeight, rotation, flip, timestamp, duration } = picture.info;
  return frames
    .get(picture.handle)
    .clone({ visibleRect, displayWidth, displayHeight, rotation, flip, timestamp, duration });
}

/** A chunk whose bytes can leave on their own. */
export function toWireChunk(chunk: WireChunk): WireChunk {
  return { ...chunk, data: exactBytes(chunk.data) };
}

export function toWireAudio(audio: NativeAudio): WireAudio {
  return { ...audio, data: exactBytes(audio.data) };
}

/** `configured` is the codec string to name where the encoder has no better one. */
export function toWireDecoderConfig(config: NativeDecoderConfig, configured: string): WireDecoderConfig {
  const { color, codecString, description, ...rest } = config;
  return {
    ...rest,
    codec: codecString === '' ? configured : codecString,
    description: description && exactBytes(description),
    colorSpace: toWireColor(color),
  };
}

/** The whole buffers of these views, for a transfer list. */
export function buffersOf(...views: (Uint8Array | null)[]): ArrayBuffer[] {
  return views.flatMap((view) => (view && view.buffer instanceof ArrayBuffer ? [view.buffer] : []));
}
