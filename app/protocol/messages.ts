/**
 * The wire: what a client and a host may say to each other over one port. Types only.
 *
 * One port carries one session. Both directions are ordered. Every message is a plain object with a literal `type`;
 * bytes travel as exact-size Uint8Arrays (a view would drag its whole buffer along).
 *
 * Flow control, counted by credit.ts. `encode` and `decode` messages are work. A client may have at most `WorkCredit`
 * of work under way per codec; `dequeued` gives credit back, in order, and `reset` all of it. A host may have at most
 * `OutputCredit` of outputs under way per codec; `outputTaken` gives credit back, and is due for every output that
 * arrives, also for those that a reset overtook. A host may have at most `AnswerCredit` of pixels that were asked for
 * under way per session; `answerTaken` gives credit back, and is due for every response that carries bytes. All other
 * messages are free but rate-limited by their nature.
 *
 * `hello` comes first; its answer may be awaited or not. A codec is opened once and its id never used again; it starts
 * at generation 0, and only `reset` and `configure` may raise it. A picture of an older generation is the client's to
 * release, like any other. What breaks these rules is answered by `goodbye`.
 */

import type { ImageFormat } from './image-types.js';

export const protocolVersion = 2;

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/** Chosen by the client, unique in its session. */
export type CodecId = Branded<'CodecId'>;
/** Chosen by the client, unique in its session. */
export type ImageId = Branded<'ImageId'>;
/** Chosen by the client, unique in its session; answered by exactly one `response` or by the port's end. */
export type RequestId = Branded<'RequestId'>;
/** Chosen by the host: a picture that lives in the host. Valid until released or the port ends. */
export type PictureHandle = Branded<'PictureHandle'>;
/** Counts resets of one codec, from 0; messages of an older generation are dropped by whoever gets them. */
export type Generation = Branded<'Generation'>;

export type CodecKind = 'video-encoder' | 'video-decoder' | 'audio-encoder' | 'audio-decoder';

// ---- configurations: the WebCodecs dictionaries after conversion, only known members, `undefined` members absent ----

export interface WireColorSpace {
  primaries: string | null;
  transfer: string | null;
  matrix: string | null;
  fullRange: boolean | null;
}

export interface WireVideoEncoderConfig {
  codec: string;
  width: number;
  height: number;
  displayWidth?: number;
  displayHeight?: number;
  /** Bits per second. */
  bitrate?: number;
  /** Frames per second. */
  framerate?: number;
  hardwareAcceleration?: 'no-preference' | 'prefer-hardware' | 'prefer-software';
  alpha?: 'discard' | 'keep';
  scalabilityMode?: string;
  bitrateMode?: 'constant' | 'variable' | 'quantizer';
  latencyMode?: 'quality' | 'realtime';
  contentHint?: string;
  avc?: { format?: 'avc' | 'annexb' };
  hevc?: { format?: 'hevc' | 'annexb' };
  /** Ours, not in the specification: at most this many frames from key frame to key frame. */
  gopSize?: number;
  /** Ours: what a frame of another size than the encoder's does. */
  frameSizeMismatch?: 'error' | 'scale';
}

export interface WireVideoDecoderConfig {
  codec: string;
  description?: Uint8Array;
  codedWidth?: number;
  codedHeight?: number;
  displayAspectWidth?: number;
  displayAspectHeight?: number;
  colorSpace?: WireColorSpace;
  hardwareAcceleration?: 'no-preference' | 'prefer-hardware' | 'prefer-software';
  optimizeForLatency?: boolean;
  rotation?: number;
  flip?: boolean;
}

export interface WireAudioEncoderConfig {
  codec: string;
  /** Hertz. */
  sampleRate: number;
  numberOfChannels: number;
  /** Bits per second. */
  bitrate?: number;
  bitrateMode?: 'constant' | 'variable';
  aac?: { format?: 'aac' | 'adts' };
  opus?: {
    format?: 'opus' | 'ogg';
    signal?: 'auto' | 'music' | 'voice';
    application?: 'voip' | 'audio' | 'lowdelay';
    /** Microseconds. */
    frameDuration?: number;
    complexity?: number;
    packetlossperc?: number;
    useinbandfec?: boolean;
    usedtx?: boolean;
  };
  flac?: { blockSize?: number; compressLevel?: number };
}

export interface WireAudioDecoderConfig {
  codec: string;
  /** Hertz. */
  sampleRate: number;
  numberOfChannels: number;
  description?: Uint8Array;
}

export type WireConfig =
  | { kind: 'video-encoder'; config: WireVideoEncoderConfig }
  | { kind: 'video-decoder'; config: WireVideoDecoderConfig }
  | { kind: 'audio-encoder'; config: WireAudioEncoderConfig }
  | { kind: 'audio-decoder'; config: WireAudioDecoderConfig };

// ---- media ----

export interface WireRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface WirePlaneLayout {
  /** Bytes from the start of the buffer. */
  offset: number;
  /** Bytes from row to row. */
  stride: number;
}

/** What a VideoFrame knows about itself besides its pixels. Sizes in pixels, times in microseconds. */
export interface WirePictureInfo {
  /** WebCodecs VideoPixelFormat name. */
  format: string;
  codedWidth: number;
  codedHeight: number;
  visibleRect: WireRect;
  displayWidth: number;
  displayHeight: number;
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
  timestamp: number;
  duration: number | null;
  colorSpace: WireColorSpace;
}

/**
 * A picture going to the host: its bytes, or the handle of one that is there already. With a handle, `info`'s
 * visibleRect, display size, rotation, flip, timestamp and duration replace those that the host knows.
 */
export type WirePicture =
  | { source: 'bytes'; info: WirePictureInfo; layout: WirePlaneLayout[] | null; data: Uint8Array }
  | { source: 'handle'; info: WirePictureInfo; handle: PictureHandle };

export interface WireAudio {
  /** WebCodecs AudioSampleFormat name; planar formats plane after plane. */
  format: string;
  sampleRate: number;
  numberOfChannels: number;
  numberOfFrames: number;
  timestamp: number;
  data: Uint8Array;
}

export interface WireChunk {
  type: 'key' | 'delta';
  timestamp: number;
  duration: number | null;
  data: Uint8Array;
}

/** decoderConfig of the chunk metadata, as far as the encoder alone knows it; the client adds what it configured. */
export interface WireDecoderConfig {
  codec: string;
  description: Uint8Array | null;
  codedWidth: number;
  codedHeight: number;
  displayWidth: number;
  displayHeight: number;
  colorSpace: WireColorSpace;
  sampleRate: number;
  numberOfChannels: number;
}

export interface WireError {
  /** A DOMException name or `TypeError`. */
  name: string;
  message: string;
}

export interface WireTransform {
  /** null: the visible rectangle. */
  crop: WireRect | null;
  /** Clockwise degrees applied to the pixels. */
  rotation: 0 | 90 | 180 | 270;
  /** Mirrored horizontally, after the rotation. */
  flip: boolean;
  /** Of the result, in pixels; 0: as it falls out of crop and rotation. */
  width: number;
  height: number;
  fit: 'fill' | 'contain' | 'cover';
  /** WebCodecs VideoPixelFormat name; null: the picture's own. */
  format: string | null;
}

/** How an image is to be decoded. */
export interface WireImageInit {
  format: ImageFormat;
  /** `none`: colours are taken for sRGB, whatever the image says about them. */
  colorSpaceConversion: 'default' | 'none';
  /** Whether pixels come multiplied with their alpha. */
  premultiply: boolean;
  /** Of each picture before it is turned, pixels; both 0: as coded. */
  desiredWidth: number;
  desiredHeight: number;
}

/** What is known of an image's track by now. */
export interface WireImageTrack {
  animated: boolean;
  /** Frames that have begun in the bytes so far, and how many of them, from the first on, are whole. */
  frameCount: number;
  wholeFrames: number;
  /** Infinity: for ever. */
  repetitionCount: number;
  /** Whether it is what the format would have shown where nothing else is asked for. */
  primary: boolean;
}

// ---- requests: each is answered once ----

export type Request =
  | ({ method: 'isConfigSupported' } & WireConfig)
  /** Pixels of a picture in the host. */
  | {
      method: 'copyPicture';
      handle: PictureHandle;
      rect: WireRect;
      format: string | null;
      layout: WirePlaneLayout[] | null;
    }
  | { method: 'transformPicture'; picture: WirePicture; transform: WireTransform }
  /** The next bytes of an image file. They are taken when the request arrives, so decodes may follow at once. */
  | { method: 'appendImage'; image: ImageId; data: Uint8Array; isLast: boolean }
  /** A frame that is whole. */
  | { method: 'decodeImage'; image: ImageId; track: number; frame: number }
  | { method: 'versions' }
  | { method: 'statistics' };

/** Which FFmpeg the host runs. */
export interface Versions {
  /** `lgpl` or `gpl`. */
  variant: string;
  avcodec: string;
  avcodecLicense: string;
  avcodecConfiguration: string;
}

/** What lives in the host on behalf of this session, and its process's memory. */
export interface Statistics {
  codecs: number;
  pictures: number;
  /** Native bytes that this session's pictures hold. */
  pictureBytes: number;
  /** Resident set of the host's process, bytes. */
  rss: number;
  /** Bytes of media that crossed the port, as seen by the host. */
  bytesReceived: number;
  bytesSent: number;
}

export interface Responses {
  isConfigSupported: { supported: boolean; reason: string | null };
  copyPicture: { data: Uint8Array };
  transformPicture: { handle: PictureHandle; info: WirePictureInfo };
  /** No tracks: too few bytes to know them. */
  appendImage: { tracks: WireImageTrack[] };
  decodeImage: { handle: PictureHandle; info: WirePictureInfo };
  versions: Versions;
  statistics: Statistics;
}

// ---- limits ----

/** Work under way per codec, and outputs under way per codec: whichever of the two is reached first. */
export interface Credit {
  count: number;
  bytes: number;
}

/** How much one client may have under way and open in the host. */
export interface SessionLimits {
  /** What a client may have sent to a codec that has not taken it up. */
  workCredit: Credit;
  /** What a codec may have sent to a client that has not acknowledged it. */
  outputCredit: Credit;
  /** What answers with bytes in them a session may have sent to its client that has not acknowledged them. */
  answerCredit: Credit;
  /** Codecs open at once in a session; beyond it, one that made no progress for 10 seconds is reclaimed. */
  codecs: number;
  /** Native bytes of pictures held by a session; a decoder waits above it until frames are closed. Images: the same again. */
  pictureBytes: number;
  /** Pictures held by a session; a decoder waits above it, too. */
  pictures: number;
  /** Longest side of a picture, pixels. */
  dimension: number;
  /** Messages from the client per second, over the last seconds; whoever sends more loses the session. */
  messagesPerSecond: number;
}

// ---- messages ----

/** All that a client says to a host. */
export type ClientMessage =
  | { type: 'hello'; version: number }
  | { type: 'open'; codec: CodecId; kind: CodecKind }
  | ({ type: 'configure'; codec: CodecId; generation: Generation } & WireConfig)
  | {
      type: 'encodeVideo';
      codec: CodecId;
      generation: Generation;
      picture: WirePicture;
      keyFrame: boolean;
      quantizer: number | null;
    }
  | { type: 'encodeAudio'; codec: CodecId; generation: Generation; audio: WireAudio }
  | { type: 'decode'; codec: CodecId; generation: Generation; chunk: WireChunk; alphaSideData: Uint8Array | null }
  | { type: 'flush'; codec: CodecId; generation: Generation; flush: number }
  | { type: 'reset'; codec: CodecId; generation: Generation }
  | { type: 'close'; codec: CodecId }
  | { type: 'outputTaken'; codec: CodecId; count: number; bytes: number }
  | { type: 'openImage'; image: ImageId; init: WireImageInit }
  /** Decodes of the image that were asked for before are given up. */
  | { type: 'resetImage'; image: ImageId }
  | { type: 'closeImage'; image: ImageId }
  | { type: 'answerTaken'; count: number; bytes: number }
  | { type: 'release'; handles: PictureHandle[] }
  | { type: 'request'; request: RequestId; call: Request };

/** All that a host says to a client. */
export type HostMessage =
  | { type: 'hello'; version: number; limits: SessionLimits }
  | { type: 'configured'; codec: CodecId; generation: Generation }
  | { type: 'dequeued'; codec: CodecId; generation: Generation; count: number }
  | {
      type: 'chunk';
      codec: CodecId;
      generation: Generation;
      chunk: WireChunk;
      decoderConfig: WireDecoderConfig | null;
      temporalLayerId: number | null;
      alphaSideData: Uint8Array | null;
    }
  | { type: 'picture'; codec: CodecId; generation: Generation; handle: PictureHandle; info: WirePictureInfo }
  | { type: 'audio'; codec: CodecId; generation: Generation; audio: WireAudio }
  | { type: 'flushed'; codec: CodecId; generation: Generation; flush: number }
  | { type: 'failed'; codec: CodecId; generation: Generation; error: WireError }
  | { type: 'response'; request: RequestId; result: Responses[keyof Responses] }
  | { type: 'refusal'; request: RequestId; error: WireError }
  /** The session ends: the client broke the protocol. The port closes after it. */
  | { type: 'goodbye'; error: WireError };
