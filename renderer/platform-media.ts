/** The platform's own media objects as what codecs take and give. */
import type { AudioInput, ChunkInput, Media } from '../app/client/media.js';
import { exactBytes } from '../app/protocol/bytes.js';
import { argumentError } from '../app/protocol/errors.js';
import type { WireChunk } from '../app/protocol/messages.js';
import { openPlatformFrame } from './platform-frame-input.js';
import { frameOfPicture } from './platform-frame-output.js';

/** The platform's media classes. */
export interface PlatformClasses {
  readonly VideoFrame: typeof VideoFrame;
  readonly AudioData: typeof AudioData;
  readonly EncodedVideoChunk: typeof EncodedVideoChunk;
  readonly EncodedAudioChunk: typeof EncodedAudioChunk;
  readonly VideoColorSpace: typeof VideoColorSpace;
}

/** Those of this realm. */
export function platformClasses(): PlatformClasses {
  return { VideoFrame, AudioData, EncodedVideoChunk, EncodedAudioChunk, VideoColorSpace };
}

/** Whether it is such a platform object, of this realm or another: the getter checks that for us. */
function isPlatformObject(value: unknown, { prototype }: { prototype: object }, attribute: string): boolean {
  try {
    Reflect.get(prototype, attribute, value);
    return true;
  } catch {
    return false;
  }
}

// https://w3c.github.io/webcodecs/#audiodata-interface: a closed one has no format.
function readAudio(value: unknown): AudioInput {
  if (!isPlatformObject(value, AudioData, 'format')) {
    throw argumentError('data', 'AudioData', value);
  }
  const data = value as AudioData;
  const { format } = data;
  if (format === null) {
    throw argumentError('data', 'open', 'closed');
  }
  const planes = format.endsWith('-planar') ? data.numberOfChannels : 1;
  const planeBytes = data.allocationSize({ planeIndex: 0 });
  return {
    localBytes: planes * planeBytes,
    hold: () => {
      const held = data.clone();
      const { sampleRate, numberOfChannels, numberOfFrames, timestamp } = held;
      return {
        toSend: () => {
          const bytes = new Uint8Array(planes * planeBytes);
          for (let planeIndex = 0; planeIndex < planes; planeIndex += 1) {
            held.copyTo(bytes.subarray(planeIndex * planeBytes), { planeIndex });
          }
          const audio = { format, sampleRate, numberOfChannels, numberOfFrames, timestamp, data: bytes };
          return { audio, transfer: [bytes.buffer] };
        },
        release: () => held.close(),
      };
    },
  };
}

function chunkInput(chunk: EncodedVideoChunk | EncodedAudioChunk): ChunkInput {
  const { type, timestamp, duration, byteLength } = chunk;
  return {
    type,
    byteLength,
    toWire: () => {
      const data = new Uint8Array(byteLength);
      chunk.copyTo(data);
      return { type, timestamp, duration, data };
    },
  };
}

/** `transfer` is younger than TypeScript's own declaration. */
function chunkInit({
  type,
  timestamp,
  duration,
  data,
}: WireChunk): EncodedVideoChunkInit & { transfer: ArrayBuffer[] } {
  const bytes = exactBytes(data);
  const init = { type, timestamp, data: bytes, transfer: [bytes.buffer] };
  return duration === null ? init : { ...init, duration };
}

/** Throws a NotSupportedError where the platform has no such objects. */
export function platformMedia(): Media<VideoFrame, AudioData, EncodedVideoChunk, EncodedAudioChunk> {
  if (typeof VideoFrame === 'undefined' || typeof AudioData === 'undefined') {
    throw new DOMException(
      "This platform has no media objects of WebCodecs (a page that isn't a secure context?); { frames: 'remote' } needs none.",
      'NotSupportedError',
    );
  }
  return {
    toFrameArgument: (value) => {
      if (!isPlatformObject(value, VideoFrame, 'format')) {
        throw argumentError('frame', 'a VideoFrame', value);
      }
      return value as VideoFrame;
    },
    openFrame: openPlatformFrame,
    readAudio,
    readVideoChunk: (value) => {
      if (!isPlatformObject(value, EncodedVideoChunk, 'type')) {
        throw argumentError('chunk', 'an EncodedVideoChunk', value);
      }
      return chunkInput(value as EncodedVideoChunk);
    },
    readAudioChunk: (value) => {
      if (!isPlatformObject(value, EncodedAudioChunk, 'type')) {
        throw argumentError('chunk', 'an EncodedAudioChunk', value);
      }
      return chunkInput(value as EncodedAudioChunk);
    },
    makeFrame: async (connection, handle, info) => {
      const output = await frameOfPicture(connection, handle, info);
      return { output, discard: () => output.close() };
    },
    makeAudio: (wire) => {
      const data = exactBytes(wire.data);
      const format = wire.format as AudioSampleFormat;
      const output = new AudioData({ ...wire, format, data, transfer: [data.buffer] });
      return { output, discard: () => output.close() };
    },
    makeVideoChunk: (wire) => new EncodedVideoChunk(chunkInit(wire)),
    makeAudioChunk: (wire) => new EncodedAudioChunk(chunkInit(wire)),
  };
}
