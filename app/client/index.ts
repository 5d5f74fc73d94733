/** The client: WebCodecs classes over a port to a codec host. */
export { AudioData } from './audio-data.js';
export { type CodecClasses, type CodecConstructor, createCodecClasses } from './codec-classes.js';
export { VideoColorSpace } from './color-space.js';
export { type ClientLimits, Connection, type ConnectionOptions, type FrameSizeMismatch } from './connection.js';
export { EncodedAudioChunk, EncodedVideoChunk } from './encoded-chunk.js';
export type { ImageDecodeResult, ImageDecoder, ImageDecoderConstructor } from './image-decoder.js';
export { ImageTrack, ImageTrackList } from './image-tracks.js';
export { type MediaObject, type PackedMedia, type PackOptions, packMedia, unpackMedia } from './media-transport.js';
export type { TransformOptions } from './transform.js';
export type * from './types.js';
export { VideoFrame } from './video-frame.js';
export {
  type AudioDecoder,
  type AudioDecoderInit,
  type AudioEncoder,
  type AudioEncoderInit,
  createWebCodecs,
  type VideoDecoder,
  type VideoDecoderInit,
  type VideoEncoder,
  type VideoEncoderInit,
  type WebCodecs,
} from './webcodecs.js';
