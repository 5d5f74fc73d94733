/** This library's own media objects, whose pictures may live in the host. */
import { argumentError } from '../protocol/errors.js';
import { AudioData, audioByteLength, audioToSend, fromWireAudio } from './audio-data.js';
import {
  EncodedAudioChunk,
  EncodedVideoChunk,
  fromWireAudioChunk,
  fromWireVideoChunk,
  wireChunkOf,
} from './encoded-chunk.js';
import type { AudioInput, ChunkInput, FrameInput, Media } from './media.js';
import { bytesToSend, fromWireInfo, PictureReference, pictureToSend, RemotePicture } from './picture.js';
import { makeVideoFrame, pictureOf, VideoFrame } from './video-frame.js';

function openFrame(frame: VideoFrame): FrameInput {
  const picture = pictureOf(frame);
  if (!picture) {
    throw argumentError('frame', 'open', 'closed');
  }
  const { rotation, flip } = picture.info;
  return {
    rotation,
    flip,
    localBytes: picture.localBytes,
    hold: () => {
      const held = picture.duplicate();
      return {
        wireBytes: (connection) => bytesToSend(held, connection),
        toSend: (connection) => pictureToSend(held, connection),
        release: () => held.release(),
      };
    },
  };
}

function readAudio(value: unknown): AudioInput {
  if (!(value instanceof AudioData)) {
    throw argumentError('data', 'AudioData', value);
  }
  const localBytes = audioByteLength(value);
  if (localBytes === null) {
    throw argumentError('data', 'open', 'closed');
  }
  return {
    localBytes,
    hold: () => {
      const held = value.clone();
      return { toSend: () => audioToSend(held), release: () => held.close() };
    },
  };
}

function chunkInput(chunk: EncodedVideoChunk | EncodedAudioChunk): ChunkInput {
  return { type: chunk.type, byteLength: chunk.byteLength, toWire: () => wireChunkOf(chunk) };
}

export const ownMedia: Media<VideoFrame, AudioData, EncodedVideoChunk, EncodedAudioChunk> = {
  toFrameArgument: (value) => {
    if (!(value instanceof VideoFrame)) {
      throw argumentError('frame', 'a VideoFrame', value);
    }
    return value;
  },
  openFrame,
  readAudio,
  readVideoChunk: (value) => {
    if (!(value instanceof EncodedVideoChunk)) {
      throw argumentError('chunk', 'an EncodedVideoChunk', value);
    }
    return chunkInput(value);
  },
  readAudioChunk: (value) => {
    if (!(value instanceof EncodedAudioChunk)) {
      throw argumentError('chunk', 'an EncodedAudioChunk', value);
    }
    return chunkInput(value);
  },
  makeFrame: (connection, handle, info) => {
    const output = makeVideoFrame(new PictureReference(new RemotePicture(connection, handle), fromWireInfo(info)));
    return { output, discard: () => output.close() };
  },
  makeAudio: (wire) => {
    const output = fromWireAudio(wire);
    return { output, discard: () => output.close() };
  },
  makeVideoChunk: fromWireVideoChunk,
  makeAudioChunk: fromWireAudioChunk,
};
