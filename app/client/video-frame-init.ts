/** From what scripts give a VideoFrame to the picture that it is: https://w3c.github.io/webcodecs/#videoframe-constructors */
import { argumentError } from '../protocol/errors.js';
import type { WireRect } from '../protocol/messages.js';
import { bufferOf, bytesOf, checkTransfer, isDetached, readTransfer, takeBytes } from './buffers.js';
import { pickColorSpace, toColorSpace } from './color-space.js';
import { toRect } from './dom-rect.js';
import { codedRect, LocalPicture, type PictureInfo, PictureReference } from './picture.js';
import { pixelFormat, pixelFormatNames } from './pixel-formats.js';
import type { AllowSharedBufferSource, VideoFrameMetadata, VideoPixelFormat } from './types.js';
import { addRotations, computeLayout, parseRotation, parseVisibleRect, toLayout } from './video-frame-layout.js';
import { copyMetadata, toMetadata } from './video-frame-metadata.js';
import {
  optional,
  type RawDictionary,
  required,
  toBoolean,
  toDictionary,
  toDouble,
  toEnum,
  toLongLong,
  toUnsignedLong,
  toUnsignedLongLong,
  toWrappedLongLong,
  toWrappedUnsignedLongLong,
} from './web-idl.js';

/** A picture and the metadata of the frame that is made of it. */
export interface FrameParts {
  reference: PictureReference;
  metadata: VideoFrameMetadata;
}

interface DisplaySize {
  width: number;
  height: number;
}

/** A VideoPixelFormat. */
export function toPixelFormat(value: unknown, field: string): VideoPixelFormat {
  return toEnum(value, field, pixelFormatNames);
}

// Both or neither, and not zero: steps 3 and 4 of https://w3c.github.io/webcodecs/#validate-videoframeinit
function displaySize(width: number | undefined, height: number | undefined, context: string): DisplaySize | null {
  if (width === undefined && height === undefined) {
    return null;
  }
  if (!width || !height) {
    throw argumentError(
      `${context}.displayWidth and displayHeight`,
      'both, and none of them 0',
      `${String(width)}x${String(height)}`,
    );
  }
  return { width, height };
}

/** new VideoFrame(data, init): throws what the constructor throws. */
export function frameFromBuffer(data: AllowSharedBufferSource, init: unknown): FrameParts {
  const context = 'VideoFrameBufferInit';
  const dictionary = toDictionary(init, context);
  const codedHeight = required(dictionary, context, 'codedHeight', toUnsignedLong);
  const codedWidth = required(dictionary, context, 'codedWidth', toUnsignedLong);
  const colorSpace = optional(dictionary, context, 'colorSpace', toColorSpace);
  const displayHeight = optional(dictionary, context, 'displayHeight', toUnsignedLong);
  const displayWidth = optional(dictionary, context, 'displayWidth', toUnsignedLong);
  const duration = optional(dictionary, context, 'duration', toUnsignedLongLong) ?? null;
  const flip = optional(dictionary, context, 'flip', toBoolean) ?? false;
  const formatName = required(dictionary, context, 'format', toPixelFormat);
  const layout = optional(dictionary, context, 'layout', toLayout);
  const metadata = optional(dictionary, context, 'metadata', toMetadata) ?? {};
  const rotation = parseRotation(optional(dictionary, context, 'rotation', toDouble) ?? 0);
  const timestamp = required(dictionary, context, 'timestamp', toLongLong);
  const transfer = readTransfer(dictionary, context);
  const givenRect = optional(dictionary, context, 'visibleRect', toRect);

  if (codedWidth === 0 || codedHeight === 0) {
    throw argumentError(`${context}.codedWidth and codedHeight`, 'sizes above 0', `${codedWidth}x${codedHeight}`);
  }
  const format = pixelFormat(formatName);
  const wholeRect: WireRect = { x: 0, y: 0, width: codedWidth, height: codedHeight };
  const visibleRect = parseVisibleRect(wholeRect, givenRect, codedWidth, codedHeight, format, `${context}.visibleRect`);
  const display = displaySize(displayWidth, displayHeight, context);
  // The data holds the coded size, as in Chromium; a layout of only the visible rectangle, which the text would take,
  // leaves the rest of the coded rectangle without pixels.
  const combined = computeLayout(wholeRect, format, layout);
  const available = bytesOf(data).byteLength;
  if (available < combined.allocationSize || isDetached(bufferOf(data))) {
    throw argumentError('data', `at least ${combined.allocationSize} bytes`, available);
  }
  checkTransfer(transfer);
  const bytes = takeBytes(data, combined.allocationSize, transfer);
  const planes = combined.computedLayouts.map((plane) => ({
    offset: plane.destinationOffset,
    stride: plane.destinationStride,
  }));
  const isUpright = rotation === 0 || rotation === 180;
  const info: PictureInfo = {
    format: formatName,
    codedWidth,
    codedHeight,
    visibleRect,
    displayWidth: display?.width ?? (isUpright ? visibleRect.width : visibleRect.height),
    displayHeight: display?.height ?? (isUpright ? visibleRect.height : visibleRect.width),
    rotation,
    flip,
    timestamp,
    duration,
    colorSpace: pickColorSpace(colorSpace, format.isRgb),
  };
  return { reference: new PictureReference(new LocalPicture(bytes, planes), info), metadata: copyMetadata(metadata) };
}

/** new VideoFrame(frame, init): https://w3c.github.io/webcodecs/#videoframe-initialize-frame-from-other-frame */
export function frameFromFrame(other: PictureReference, init: unknown): FrameParts {
  const context = 'VideoFrameInit';
  const dictionary: RawDictionary = toDictionary(init, context);
  const alpha =
    optional(dictionary, context, 'alpha', (value, field) => toEnum(value, field, ['keep', 'discard'] as const)) ??
    'keep';
  const displayHeight = optional(dictionary, context, 'displayHeight', toUnsignedLong);
  const displayWidth = optional(dictionary, context, 'displayWidth', toUnsignedLong);
  const duration = optional(dictionary, context, 'duration', toWrappedUnsignedLongLong);
  const flip = optional(dictionary, context, 'flip', toBoolean) ?? false;
  const metadata = optional(dictionary, context, 'metadata', toMetadata) ?? {};
  const rotation = parseRotation(optional(dictionary, context, 'rotation', toDouble) ?? 0);
  const timestamp = optional(dictionary, context, 'timestamp', toWrappedLongLong);
  const givenRect = optional(dictionary, context, 'visibleRect', toRect);

  // https://html.spec.whatwg.org/#check-the-usability-of-the-image-argument
  if (other.isGone) {
    throw new DOMException('image is closed', 'InvalidStateError');
  }
  const { info } = other;
  const format = alpha === 'discard' ? pixelFormat(info.format).opaque : info.format;
  const visibleRect = givenRect
    ? parseVisibleRect(
        codedRect(info),
        givenRect,
        info.codedWidth,
        info.codedHeight,
        pixelFormat(format),
        `${context}.visibleRect`,
      )
    : info.visibleRect;
  const display = displaySize(displayWidth, displayHeight, context) ?? scaledDisplaySize(info, visibleRect, rotation);
  const result: PictureInfo = {
    ...info,
    format,
    visibleRect,
    rotation: addRotations(info.rotation, info.flip, rotation),
    flip: info.flip !== flip,
    displayWidth: display.width,
    displayHeight: display.height,
    duration: duration ?? info.duration,
    timestamp: timestamp ?? info.timestamp,
  };
  return { reference: other.duplicate(result), metadata: copyMetadata(metadata) };
}

// Step 8 of https://w3c.github.io/webcodecs/#videoframe-initialize-visible-rect-orientation-and-display-size
function scaledDisplaySize(base: PictureInfo, visibleRect: WireRect, rotation: number): DisplaySize {
  const baseUpright = base.rotation === 0 || base.rotation === 180;
  const widthScale = (baseUpright ? base.displayWidth : base.displayHeight) / base.visibleRect.width;
  const heightScale = (baseUpright ? base.displayHeight : base.displayWidth) / base.visibleRect.height;
  const width = Math.max(1, Math.round(visibleRect.width * widthScale));
  const height = Math.max(1, Math.round(visibleRect.height * heightScale));
  // The text asks about the added rotation alone, which would turn the size of a frame that was turned before.
  const total = addRotations(base.rotation, base.flip, rotation);
  return total === 0 || total === 180 ? { width, height } : { width: height, height: width };
}
