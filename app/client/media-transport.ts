/**
 * Media objects as plain data that any port carries. No library can make its objects serializable or transferable:
 * https://w3c.github.io/webcodecs/#raw-media-serialization-and-transfer is a platform's to do.
 */
import { exactBytes } from '../protocol/bytes.js';
import { argumentError } from '../protocol/errors.js';
import { AudioData, audioToSend, fromWireAudio } from './audio-data.js';
import {
  EncodedAudioChunk,
  EncodedVideoChunk,
  fromWireAudioChunk,
  fromWireVideoChunk,
  wireChunkOf,
} from './encoded-chunk.js';
import { codedRect, fetchPixels, type PictureReference } from './picture.js';
import { pixelFormat } from './pixel-formats.js';
import type { AudioDataInit, EncodedChunkInit, VideoFrameBufferInit } from './types.js';
import { pictureOf, VideoFrame } from './video-frame.js';
import { optional, present, toBoolean, toDictionary } from './web-idl.js';

/** An object that packMedia() takes and unpackMedia() gives. */
export type MediaObject = VideoFrame | AudioData | EncodedVideoChunk | EncodedAudioChunk;

/** A media object as plain data: what its constructor takes, and the bytes in a buffer of their own. */
export type PackedMedia =
  | { interface: 'VideoFrame'; init: VideoFrameBufferInit; data: ArrayBuffer }
  | { interface: 'AudioData'; init: Omit<AudioDataInit, 'data'>; data: ArrayBuffer }
  | { interface: 'EncodedVideoChunk' | 'EncodedAudioChunk'; init: Omit<EncodedChunkInit, 'data'>; data: ArrayBuffer };

export interface PackOptions {
  /** Closes the frame or the audio, as a transfer does; its bytes are then given away where nobody else has them. */
  transfer?: boolean;
}

function closedError(name: string): DOMException {
  return new DOMException(`The ${name} is closed`, 'DataCloneError');
}

// A buffer that the caller may give away.
function ownBuffer(bytes: Uint8Array, mayMove: boolean): ArrayBuffer {
  return mayMove ? exactBytes(bytes).buffer : (bytes.slice().buffer as ArrayBuffer);
}

async function packFrame(frame: VideoFrame, held: PictureReference, transfer: boolean): Promise<PackedMedia> {
  const { info, resource } = held;
  const metadata = frame.metadata();
  if (transfer) {
    frame.close();
  }
  const { duration, visibleRect, colorSpace, ...members } = info;
  // The frame's own objects are not the program's to change.
  const init = present<VideoFrameBufferInit>({
    ...members,
    visibleRect: { ...visibleRect },
    colorSpace: { ...colorSpace },
    metadata,
    duration: duration ?? undefined,
  });
  if (resource.kind === 'local') {
    const planes = resource.planes.slice(0, pixelFormat(info.format).planes.length);
    const layout = planes.map((plane) => ({ ...plane }));
    return {
      interface: 'VideoFrame',
      init: { ...init, layout },
      data: ownBuffer(resource.data, transfer && resource.hasSoleReference),
    };
  }
  const pixels = await fetchPixels(resource, codedRect(info), info.format);
  return { interface: 'VideoFrame', init, data: exactBytes(pixels).buffer };
}

/**
 * Packs a media object for `postMessage`, `structuredClone` or storage; put `data` into the transfer list to save a
 * copy. Pixels in the host are fetched. What it gives is unpacked by unpackMedia(), once per copy.
 * Rejects with a DataCloneError for what is closed, and with a TypeError for anything else than media of this library.
 */
export async function packMedia(media: MediaObject, options: PackOptions = {}): Promise<PackedMedia> {
  const transfer = optional(toDictionary(options, 'PackOptions'), 'PackOptions', 'transfer', toBoolean) ?? false;
  if (media instanceof VideoFrame) {
    const held = pictureOf(media)?.duplicate();
    if (!held) {
      throw closedError('VideoFrame');
    }
    try {
      return await packFrame(media, held, transfer);
    } finally {
      held.release();
    }
  }
  if (media instanceof AudioData) {
    if (media.format === null) {
      throw closedError('AudioData');
    }
    const { audio, transfer: movable } = audioToSend(media);
    const { data, ...init } = audio;
    const packed = ownBuffer(data, transfer && movable.length > 0);
    if (transfer) {
      media.close();
    }
    return { interface: 'AudioData', init: init as Omit<AudioDataInit, 'data'>, data: packed };
  }
  for (const name of ['EncodedVideoChunk', 'EncodedAudioChunk'] as const) {
    if (media instanceof { EncodedVideoChunk, EncodedAudioChunk }[name]) {
      const { type, timestamp, duration, data } = wireChunkOf(media);
      const init = present<Omit<EncodedChunkInit, 'data'>>({ type, timestamp, duration: duration ?? undefined });
      return { interface: name, init, data: ownBuffer(data, false) };
    }
  }
  throw argumentError('media', 'a VideoFrame, AudioData or an encoded chunk of this library', media);
}

type Times = { timestamp?: number; duration?: number };

/** First and one after the last: of a long long, and of an unsigned long long. */
const ranges = { timestamp: [-(2 ** 63), 2 ** 63], duration: [0, 2 ** 64] } as const;

/**
 * The times that objects can have and constructors refuse: [EnforceRange] ends at ±2^53, where numbers are no longer
 * exact, while `new VideoFrame(frame, { timestamp })` takes any long long, which goes on into chunks and back.
 */
function farTimes(init: Times): Times {
  const times: Times = {};
  for (const name of ['timestamp', 'duration'] as const) {
    const time = init[name];
    const [first, end] = ranges[name];
    if (Number.isInteger(time) && !Number.isSafeInteger(time) && Number(time) >= first && Number(time) < end) {
      times[name] = Number(time);
    }
  }
  return times;
}

/** The same media at these times, in place of `media`. */
function moveTo(media: MediaObject, times: Times): MediaObject {
  if (Object.keys(times).length === 0) {
    return media;
  }
  if (media instanceof EncodedVideoChunk) {
    return fromWireVideoChunk({ ...wireChunkOf(media), ...times });
  }
  if (media instanceof EncodedAudioChunk) {
    return fromWireAudioChunk({ ...wireChunkOf(media), ...times });
  }
  const moved =
    media instanceof VideoFrame
      ? new VideoFrame(media, times)
      : fromWireAudio({ ...audioToSend(media).audio, ...times });
  media.close();
  return moved;
}

function construct(packed: PackedMedia, times: Times): MediaObject {
  const { data } = packed;
  const transfer = [data];
  switch (packed.interface) {
    case 'VideoFrame':
      return new VideoFrame(data, { ...packed.init, ...times, transfer });
    case 'AudioData':
      return new AudioData({ ...packed.init, ...times, data, transfer });
    case 'EncodedVideoChunk':
      return new EncodedVideoChunk({ ...packed.init, ...times, data, transfer });
    case 'EncodedAudioChunk':
      return new EncodedAudioChunk({ ...packed.init, ...times, data, transfer });
    default:
      throw argumentError('packed', 'what packMedia() gives', packed satisfies never);
  }
}

/**
 * The media object again; it takes `data` over, which is detached.
 * @throws {TypeError} for anything that packMedia() doesn't give.
 */
export function unpackMedia(packed: PackedMedia): MediaObject {
  const { init } = toDictionary(packed, 'packed') as Partial<PackedMedia>;
  const times = farTimes(toDictionary(init, 'packed.init'));
  const inRange: Times = Object.fromEntries(Object.keys(times).map((name) => [name, 0]));
  return moveTo(construct(packed, inRange), times);
}
