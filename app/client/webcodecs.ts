/** The WebCodecs classes over a connection to a codec host. */
import { AudioData } from './audio-data.js';
import {
  type AudioDecoderOf,
  type AudioEncoderInitOf,
  type AudioEncoderOf,
  type CodecClasses,
  createCodecClasses,
  type DecoderInitOf,
  type VideoDecoderOf,
  type VideoEncoderInitOf,
  type VideoEncoderOf,
} from './codec-classes.js';
import { VideoColorSpace } from './color-space.js';
import { Connection, type FrameSizeMismatch } from './connection.js';
import { EncodedAudioChunk, EncodedVideoChunk } from './encoded-chunk.js';
import { createImageDecoderClass, type ImageDecoderConstructor } from './image-decoder.js';
import { ImageTrack, ImageTrackList } from './image-tracks.js';
import { ownMedia } from './own-media.js';
import { type TransformOptions, transformVideoFrame } from './transform.js';
import { VideoFrame } from './video-frame.js';

export type VideoEncoder = VideoEncoderOf<VideoFrame, EncodedVideoChunk>;
export type AudioEncoder = AudioEncoderOf<AudioData, EncodedAudioChunk>;
export type VideoDecoder = VideoDecoderOf<VideoFrame, EncodedVideoChunk>;
export type AudioDecoder = AudioDecoderOf<AudioData, EncodedAudioChunk>;
export type VideoEncoderInit = VideoEncoderInitOf<EncodedVideoChunk>;
export type AudioEncoderInit = AudioEncoderInitOf<EncodedAudioChunk>;
export type VideoDecoderInit = DecoderInitOf<VideoFrame>;
export type AudioDecoderInit = DecoderInitOf<AudioData>;

/** Everything that a program sees of WebCodecs. */
export interface WebCodecs extends CodecClasses<VideoFrame, AudioData, EncodedVideoChunk, EncodedAudioChunk> {
  readonly VideoFrame: typeof VideoFrame;
  readonly AudioData: typeof AudioData;
  readonly EncodedVideoChunk: typeof EncodedVideoChunk;
  readonly EncodedAudioChunk: typeof EncodedAudioChunk;
  readonly VideoColorSpace: typeof VideoColorSpace;
  readonly ImageDecoder: ImageDecoderConstructor;
  readonly ImageTrackList: typeof ImageTrackList;
  readonly ImageTrack: typeof ImageTrack;
  /** Crops, turns, scales and converts a frame in the host; see TransformOptions. Not in the specification. */
  transformVideoFrame(frame: VideoFrame, options: TransformOptions): Promise<VideoFrame>;
}

/**
 * The classes over one connection, or over the one that `source` returns whenever a codec that has none is configured:
 * that is how codecs find a host that was started anew. Usable before the host answers. `frameSizeMismatch` goes before
 * the connection's option.
 */
export function createWebCodecs(
  source: Connection | (() => Connection),
  frameSizeMismatch?: FrameSizeMismatch,
): WebCodecs {
  const connect = source instanceof Connection ? () => source : source;
  return {
    ...createCodecClasses(connect, ownMedia, frameSizeMismatch),
    VideoFrame,
    AudioData,
    EncodedVideoChunk,
    EncodedAudioChunk,
    VideoColorSpace,
    ImageDecoder: createImageDecoderClass(connect),
    ImageTrackList,
    ImageTrack,
    transformVideoFrame: (frame, options) => transformVideoFrame(connect(), frame, options),
  };
}
