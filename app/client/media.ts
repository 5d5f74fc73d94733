/**
 * What codecs take and give. The codecs are the same whether these are this library's own media objects
 * (own-media.ts) or the platform's, as in a page.
 */
import type { PictureHandle, WireAudio, WireChunk, WirePictureInfo } from '../protocol/messages.js';
import type { Connection } from './connection.js';
import type { PictureToSend } from './picture.js';
import type { EncodedChunkType, VideoEncoderConfig } from './types.js';

/** A frame that encode() was given. */
export interface FrameInput {
  readonly rotation: number;
  readonly flip: boolean;
  /** Bytes in this process that the frame keeps. */
  readonly localBytes: number;
  /** Takes hold of the pixels: the frame may be closed afterwards. */
  hold(config: VideoEncoderConfig): HeldFrame;
}

/** A frame's pixels for as long as they wait to be sent. */
export interface HeldFrame {
  /** Media bytes that toSend() will carry over this connection. */
  wireBytes(connection: Connection): number;
  /** Called once; pixels may be given away. */
  toSend(connection: Connection): PictureToSend | Promise<PictureToSend>;
  /** Called once. */
  release(): void;
}

/** Samples that encode() was given. */
export interface AudioInput {
  readonly localBytes: number;
  /** Takes hold of the samples: the AudioData may be closed afterwards. */
  hold(): HeldAudio;
}

/** Samples for as long as they wait to be sent. */
export interface HeldAudio {
  /** Called once; the buffers in `transfer` may be given away. */
  toSend(): { audio: WireAudio; transfer: ArrayBuffer[] };
  /** Called once. */
  release(): void;
}

/** A chunk that decode() was given: immutable bytes, which stay the chunk's. */
export interface ChunkInput {
  readonly type: EncodedChunkType;
  readonly byteLength: number;
  toWire(): WireChunk;
}

/** An output for a callback: what it is given, and how that is let go of where the callback isn't called any more. */
export interface MediaOutput<Output> {
  readonly output: Output;
  discard(): void;
}

/** One set of media objects. What reads arguments throws TypeErrors for other things and for closed ones. */
export interface Media<Frame, Sound, VideoChunk, AudioChunk> {
  /** Throws for other things; encode() converts its options before it looks into the frame. */
  toFrameArgument(value: unknown): Frame;
  /** Throws for a closed frame. */
  openFrame(frame: Frame): FrameInput;
  readAudio(value: unknown): AudioInput;
  readVideoChunk(value: unknown): ChunkInput;
  readAudioChunk(value: unknown): ChunkInput;
  /** A frame of what a decoder put out; the picture in the host is its to release. */
  makeFrame(
    connection: Connection,
    handle: PictureHandle,
    info: WirePictureInfo,
  ): MediaOutput<Frame> | Promise<MediaOutput<Frame>>;
  makeAudio(wire: WireAudio): MediaOutput<Sound>;
  makeVideoChunk(wire: WireChunk): VideoChunk;
  makeAudioChunk(wire: WireChunk): AudioChunk;
}
