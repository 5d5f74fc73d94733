/** What an ImageDecoder is made of: https://w3c.github.io/webcodecs/#imagedecoderinit-interface */
import { argumentError } from '../protocol/errors.js';
import { isImageMimeType } from '../protocol/image-types.js';
import { bufferOf, checkTransfer, detachAll, isDetached, readTransfer, takeBytes, toBufferSource } from './buffers.js';
import type { AllowSharedBufferSource, ImageDecodeOptions } from './types.js';
import { optional, required, toBoolean, toDictionary, toDomString, toEnum, toUnsignedLong } from './web-idl.js';

/** An ImageDecoderInit after its conversion and checks. */
export interface ImageInit {
  type: string;
  /** Bytes that are our own, or a stream that nobody has read from. */
  data: Uint8Array<ArrayBuffer> | ReadableStream;
  colorSpaceConversion: 'default' | 'none';
  premultiply: boolean;
  desiredWidth: number;
  desiredHeight: number;
  preferAnimation: boolean | null;
}

const context = 'ImageDecoderInit';

function toImageData(value: unknown, field: string): AllowSharedBufferSource | ReadableStream {
  return value instanceof ReadableStream ? value : toBufferSource(value, field);
}

/** Neither locked nor disturbed: then a body can be made of it, which is the only question that platforms answer. */
function isUntouched(stream: ReadableStream): boolean {
  try {
    new Response(stream);
    return true;
  } catch {
    return false;
  }
}

function checkData(data: AllowSharedBufferSource | ReadableStream): void {
  if (data instanceof ReadableStream) {
    if (!isUntouched(data)) {
      throw argumentError(`${context}.data`, 'a stream that is neither locked nor read from', data);
    }
  } else if (isDetached(bufferOf(data)) || data.byteLength === 0) {
    throw argumentError(`${context}.data`, 'a buffer with bytes in it', data);
  }
}

function takeData(
  data: AllowSharedBufferSource | ReadableStream,
  transfer: readonly ArrayBuffer[],
): Uint8Array<ArrayBuffer> | ReadableStream {
  if (data instanceof ReadableStream) {
    detachAll(transfer);
    return data;
  }
  return takeBytes(data, data.byteLength, transfer);
}

/**
 * Converts and checks an ImageDecoderInit; takes its bytes and detaches what it transfers. Throws a TypeError for one
 * that isn't valid, a DataCloneError for a bad `transfer`.
 */
export function readImageInit(value: unknown): ImageInit {
  const init = toDictionary(value, context);
  const conversions = ['default', 'none'] as const;
  const colorSpaceConversion =
    optional(init, context, 'colorSpaceConversion', (item, field) => toEnum(item, field, conversions)) ?? 'default';
  const data = required(init, context, 'data', toImageData);
  const desiredHeight = optional(init, context, 'desiredHeight', toUnsignedLong);
  const desiredWidth = optional(init, context, 'desiredWidth', toUnsignedLong);
  const preferAnimation = optional(init, context, 'preferAnimation', toBoolean) ?? null;
  const premultiplications = ['default', 'none', 'premultiply'] as const;
  const premultiplyAlpha = optional(init, context, 'premultiplyAlpha', (item, field) =>
    toEnum(item, field, premultiplications),
  );
  const transfer = readTransfer(init, context);
  const type = required(init, context, 'type', toDomString);
  // https://w3c.github.io/webcodecs/#valid-imagedecoderinit
  if (!isImageMimeType(type)) {
    throw argumentError(`${context}.type`, 'a valid MIME type of an image', type);
  }
  checkData(data);
  if ((desiredWidth === undefined) !== (desiredHeight === undefined)) {
    const [missing, given] = desiredWidth === undefined ? ['Width', 'Height'] : ['Height', 'Width'];
    throw argumentError(`${context}.desired${missing}`, `given together with desired${given}`, undefined);
  }
  checkTransfer(transfer);
  return {
    type,
    data: takeData(data, transfer),
    colorSpaceConversion,
    premultiply: premultiplyAlpha === 'premultiply',
    desiredWidth: desiredWidth ?? 0,
    desiredHeight: desiredHeight ?? 0,
    preferAnimation,
  };
}

/** Converts ImageDecodeOptions. Throws a TypeError. */
export function readDecodeOptions(value: unknown): Required<ImageDecodeOptions> {
  const name = 'ImageDecodeOptions';
  const options = toDictionary(value, name);
  const completeFramesOnly = optional(options, name, 'completeFramesOnly', toBoolean) ?? true;
  const frameIndex = optional(options, name, 'frameIndex', toUnsignedLong) ?? 0;
  return { completeFramesOnly, frameIndex };
}
