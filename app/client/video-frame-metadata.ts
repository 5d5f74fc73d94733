/** VideoFrameMetadata: the members of https://w3c.github.io/webcodecs/video_frame_metadata_registry.html */
import { argumentError } from '../protocol/errors.js';
import { toRect } from './dom-rect.js';
import type { VideoFrameMetadata } from './types.js';
import {
  optional,
  present,
  required,
  toBoolean,
  toDictionary,
  toDouble,
  toEnum,
  toFloat,
  toLong,
  toSequence,
  toWrappedUnsignedLong,
} from './web-idl.js';

type Member<Name extends keyof VideoFrameMetadata> = NonNullable<VideoFrameMetadata[Name]>;

const segmentTypes = ['human-face', 'left-eye', 'right-eye', 'eye', 'mouth'] as const;

function toBackgroundBlur(value: unknown, field: string): Member<'backgroundBlur'> {
  return { enabled: required(toDictionary(value, field), field, 'enabled', toBoolean) };
}

function toImageBitmap(value: unknown, field: string): Member<'backgroundSegmentationMask'> {
  if (!(value instanceof ImageBitmap)) {
    throw argumentError(field, 'an ImageBitmap', value);
  }
  return value;
}

function toPoint(value: unknown, field: string): { x: number; y: number } {
  const dictionary = toDictionary(value, field);
  const x = optional(dictionary, field, 'x', toDouble) ?? 0;
  const y = optional(dictionary, field, 'y', toDouble) ?? 0;
  return { x, y };
}

function toSegment(value: unknown, field: string): Member<'segments'>[number] {
  const dictionary = toDictionary(value, field);
  const boundingBox = optional(dictionary, field, 'boundingBox', toRect);
  const centerPoint = optional(dictionary, field, 'centerPoint', toPoint);
  const id = required(dictionary, field, 'id', toLong);
  const partOf = optional(dictionary, field, 'partOf', toLong);
  const probability = required(dictionary, field, 'probability', toFloat);
  const type = required(dictionary, field, 'type', (item, name) => toEnum(item, name, segmentTypes));
  return present<Member<'segments'>[number]>({ boundingBox, centerPoint, id, partOf, probability, type });
}

/** Converts a VideoFrameMetadata; members that the registry doesn't have are left out. */
export function toMetadata(value: unknown, field: string): VideoFrameMetadata {
  const dictionary = toDictionary(value, field);
  const backgroundBlur = optional(dictionary, field, 'backgroundBlur', toBackgroundBlur);
  // Where the platform has no such type, the dictionary has no such member.
  const backgroundSegmentationMask =
    typeof ImageBitmap === 'undefined'
      ? undefined
      : optional(dictionary, field, 'backgroundSegmentationMask', toImageBitmap);
  const captureTime = optional(dictionary, field, 'captureTime', toDouble);
  const receiveTime = optional(dictionary, field, 'receiveTime', toDouble);
  const rtpTimestamp = optional(dictionary, field, 'rtpTimestamp', toWrappedUnsignedLong);
  const segments = optional(dictionary, field, 'segments', (items, name) => toSequence(items, name, toSegment));
  return present<VideoFrameMetadata>({
    backgroundBlur,
    backgroundSegmentationMask,
    captureTime,
    receiveTime,
    rtpTimestamp,
    segments,
  });
}

/** https://w3c.github.io/webcodecs/#copy-videoframe-metadata */
export function copyMetadata(metadata: VideoFrameMetadata): VideoFrameMetadata {
  return Object.keys(metadata).length > 0 ? structuredClone(metadata) : {};
}
