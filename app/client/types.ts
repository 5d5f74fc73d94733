/**
 * The dictionaries, enumerations and callbacks of WebCodecs, with the members that this engine adds.
 * Source: https://w3c.github.io/webcodecs/ and the codec registrations. Times are integer microseconds, sizes pixels.
 */

/** Any buffer or view that bytes can be read from or written to. */
export type AllowSharedBufferSource = ArrayBuffer | SharedArrayBuffer | ArrayBufferView<ArrayBufferLike>;

/** Where a codec is in its life: https://w3c.github.io/webcodecs/#codec-state */
export type CodecState = 'unconfigured' | 'configured' | 'closed';

/** https://w3c.github.io/webcodecs/#pixel-format */
export type VideoPixelFormat =
  | `I4${'20' | '22' | '44'}${'' | 'A'}${'' | 'P10' | 'P12'}`
  | 'NV12'
  | 'RGBA'
  | 'RGBX'
  | 'BGRA'
  | 'BGRX';

/** https://w3c.github.io/webcodecs/#audio-sample-formats */
export type AudioSampleFormat = `${'u8' | 's16' | 's32' | 'f32'}${'' | '-planar'}`;

/** https://w3c.github.io/webcodecs/#enumdef-videocolorprimaries */
export type VideoColorPrimaries = 'bt709' | 'bt470bg' | 'smpte170m' | 'bt2020' | 'smpte432';
/** https://w3c.github.io/webcodecs/#enumdef-videotransfercharacteristics */
export type VideoTransferCharacteristics = 'bt709' | 'smpte170m' | 'iec61966-2-1' | 'linear' | 'pq' | 'hlg';
/** https://w3c.github.io/webcodecs/#enumdef-videomatrixcoefficients */
export type VideoMatrixCoefficients = 'rgb' | 'bt709' | 'bt470bg' | 'smpte170m' | 'bt2020-ncl';

/** https://w3c.github.io/webcodecs/#enumdef-hardwareacceleration */
export type HardwareAcceleration = 'no-preference' | 'prefer-hardware' | 'prefer-software';
/** https://w3c.github.io/webcodecs/#enumdef-alphaoption */
export type AlphaOption = 'keep' | 'discard';
/** https://w3c.github.io/webcodecs/#enumdef-latencymode */
export type LatencyMode = 'quality' | 'realtime';
/** https://w3c.github.io/webcodecs/#enumdef-videoencoderbitratemode */
export type VideoEncoderBitrateMode = 'constant' | 'variable' | 'quantizer';
/** https://w3c.github.io/mediacapture-record/#enumdef-bitratemode */
export type BitrateMode = 'constant' | 'variable';
/** `EncodedVideoChunkType` and `EncodedAudioChunkType` of the specification. */
export type EncodedChunkType = 'key' | 'delta';

/** https://w3c.github.io/webcodecs/#dictdef-videocolorspaceinit */
export interface VideoColorSpaceInit {
  primaries?: VideoColorPrimaries | null;
  transfer?: VideoTransferCharacteristics | null;
  matrix?: VideoMatrixCoefficients | null;
  fullRange?: boolean | null;
}

/** A rectangle as it is given; absent members are 0. */
export interface RectInit {
  x?: number;
  y?: number;
  width?: number;
  height?: number;
}

/** A rectangle as it is read: a DOMRectReadOnly where the platform has one. */
export interface RectReadOnly {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly left: number;
  toJSON(): unknown;
}

/** Where a plane lies in a buffer, in bytes. */
export interface PlaneLayout {
  offset: number;
  stride: number;
}

/** https://w3c.github.io/mediacapture-extensions/#dictdef-segment: a part of a face in the picture. */
export interface Segment {
  type: 'human-face' | 'left-eye' | 'right-eye' | 'eye' | 'mouth';
  id: number;
  /** The id of another segment. */
  partOf?: number;
  /** From 0 to 1. */
  probability: number;
  centerPoint?: { x?: number; y?: number };
  boundingBox?: RectInit;
}

/** The program's own declarations, where it has those of the platform: nothing here needs TypeScript's `dom` library. */
type Platform = typeof globalThis;
type PlatformImageBitmap = Platform extends { ImageBitmap: { prototype: infer Bitmap } } ? Bitmap : never;
type PlatformColorSpaceInit = Platform extends { VideoColorSpace: new (init?: infer Init) => object }
  ? NonNullable<Init>
  : VideoColorSpaceInit;

/** The members of the VideoFrame metadata registry; each is cloned in and out. */
export interface VideoFrameMetadata {
  backgroundBlur?: { enabled: boolean };
  /** Only where the platform has ImageBitmap. */
  backgroundSegmentationMask?: PlatformImageBitmap;
  /** Milliseconds, as of performance.now(). */
  captureTime?: number;
  /** Milliseconds, as of performance.now(). */
  receiveTime?: number;
  /** In units of the RTP clock. */
  rtpTimestamp?: number;
  segments?: Segment[];
}

/** How a VideoFrame made from another one differs from it: https://w3c.github.io/webcodecs/#dictdef-videoframeinit */
export interface VideoFrameInit {
  duration?: number;
  timestamp?: number;
  alpha?: AlphaOption;
  visibleRect?: RectInit;
  /** Degrees clockwise; rounded to the nearest multiple of 90. */
  rotation?: number;
  flip?: boolean;
  displayWidth?: number;
  displayHeight?: number;
  metadata?: VideoFrameMetadata;
}

/** What the bytes given to a VideoFrame mean: https://w3c.github.io/webcodecs/#dictdef-videoframebufferinit */
export interface VideoFrameBufferInit {
  format: VideoPixelFormat;
  codedWidth: number;
  codedHeight: number;
  timestamp: number;
  duration?: number;
  /** One per plane; tightly packed where absent. */
  layout?: PlaneLayout[];
  visibleRect?: RectInit;
  /** Degrees clockwise; rounded to the nearest multiple of 90. */
  rotation?: number;
  flip?: boolean;
  displayWidth?: number;
  displayHeight?: number;
  colorSpace?: VideoColorSpaceInit;
  /** Buffers that are detached; the pixels are not copied if theirs is one of them. */
  transfer?: ArrayBuffer[];
  metadata?: VideoFrameMetadata;
}

/** https://w3c.github.io/webcodecs/#dictdef-videoframecopytooptions */
export interface VideoFrameCopyToOptions {
  /** Of the coded picture; the visible rectangle where absent. */
  rect?: RectInit;
  layout?: PlaneLayout[];
  /** The frame's own where absent, else one of RGBA, RGBX, BGRA, BGRX. */
  format?: VideoPixelFormat;
  /** Target of a conversion to RGB; `srgb` where absent. */
  colorSpace?: 'srgb' | 'srgb-linear' | 'display-p3' | 'display-p3-linear';
}

/** https://w3c.github.io/webcodecs/#dictdef-audiodatainit */
export interface AudioDataInit {
  format: AudioSampleFormat;
  /** Hertz. */
  sampleRate: number;
  numberOfFrames: number;
  numberOfChannels: number;
  timestamp: number;
  /** Planar formats plane after plane. */
  data: AllowSharedBufferSource;
  transfer?: ArrayBuffer[];
}

/** https://w3c.github.io/webcodecs/#dictdef-audiodatacopytooptions */
export interface AudioDataCopyToOptions {
  planeIndex: number;
  frameOffset?: number;
  frameCount?: number;
  format?: AudioSampleFormat;
}

/** https://w3c.github.io/webcodecs/#dictdef-encodedvideochunkinit; audio chunks take the same members. */
export interface EncodedChunkInit {
  type: EncodedChunkType;
  timestamp: number;
  duration?: number;
  data: AllowSharedBufferSource;
  transfer?: ArrayBuffer[];
}

/** https://w3c.github.io/webcodecs/#video-decoder-config */
export interface VideoDecoderConfig {
  codec: string;
  description?: AllowSharedBufferSource;
  codedWidth?: number;
  codedHeight?: number;
  displayAspectWidth?: number;
  displayAspectHeight?: number;
  colorSpace?: VideoColorSpaceInit;
  hardwareAcceleration?: HardwareAcceleration;
  optimizeForLatency?: boolean;
  rotation?: number;
  flip?: boolean;
}

/** One that comes out, typed as the platform's own, so that muxers take it: TypeScript's declarations know fewer colour names. */
export interface KnownVideoDecoderConfig extends Omit<VideoDecoderConfig, 'colorSpace'> {
  colorSpace?: PlatformColorSpaceInit;
}

/** https://w3c.github.io/webcodecs/#audio-decoder-config */
export interface AudioDecoderConfig {
  codec: string;
  /** Hertz. */
  sampleRate: number;
  numberOfChannels: number;
  description?: AllowSharedBufferSource;
}

/** https://w3c.github.io/webcodecs/#video-encoder-config, and `gopSize`, which is ours. */
export interface VideoEncoderConfig {
  codec: string;
  width: number;
  height: number;
  displayWidth?: number;
  displayHeight?: number;
  /** Bits per second. */
  bitrate?: number;
  /** Frames per second. */
  framerate?: number;
  hardwareAcceleration?: HardwareAcceleration;
  alpha?: AlphaOption;
  /** `L1T1` to `L1T3`. */
  scalabilityMode?: string;
  bitrateMode?: VideoEncoderBitrateMode;
  latencyMode?: LatencyMode;
  contentHint?: string;
  avc?: { format?: 'avc' | 'annexb' };
  hevc?: { format?: 'hevc' | 'annexb' };
  /** Not in the specification: at most this many frames from key frame to key frame. */
  gopSize?: number;
}

/** https://www.w3.org/TR/webcodecs-opus-codec-registration/#opus-encoder-config */
export interface OpusEncoderConfig {
  format?: 'opus' | 'ogg';
  signal?: 'auto' | 'music' | 'voice';
  application?: 'voip' | 'audio' | 'lowdelay';
  /** Microseconds of a chunk: a multiple of 2500 up to 120000; 2.5, 5, 10, 20, 40, 60, 80, 100, 120 ms are encoded. */
  frameDuration?: number;
  /** 0 to 10. */
  complexity?: number;
  /** Expected packet loss, 0 to 100 %. */
  packetlossperc?: number;
  /** Forward error correction in the packets, for voice at the rates that have room for it. */
  useinbandfec?: boolean;
  /** Discontinuous transmission: next to nothing is sent in silence. */
  usedtx?: boolean;
}

/** https://www.w3.org/TR/webcodecs-flac-codec-registration/#flac-encoder-config */
export interface FlacEncoderConfig {
  /** Samples of a chunk, 16 to 65535; 0: the encoder's choice. */
  blockSize?: number;
  /** 0 (fast) to 8 (small). */
  compressLevel?: number;
}

/** https://w3c.github.io/webcodecs/#audio-encoder-config and the codec registrations' members. */
export interface AudioEncoderConfig {
  codec: string;
  /** Hertz. */
  sampleRate: number;
  numberOfChannels: number;
  /** Bits per second. */
  bitrate?: number;
  bitrateMode?: BitrateMode;
  aac?: { format?: 'aac' | 'adts' };
  opus?: OpusEncoderConfig;
  flac?: FlacEncoderConfig;
}

/** Quantizers are read for the codec that is configured: 0–51 for avc and hevc, 0–255 for vp9 and av1. */
export interface VideoEncoderEncodeOptions {
  keyFrame?: boolean;
  avc?: { quantizer?: number | null };
  hevc?: { quantizer?: number | null };
  vp9?: { quantizer?: number | null };
  av1?: { quantizer?: number | null };
}

/** Not in the specification: lets a decoder take what an encoder gave with `alpha: 'keep'`. */
export interface VideoDecoderDecodeOptions {
  alphaSideData?: AllowSharedBufferSource;
}

/** https://w3c.github.io/webcodecs/#imagedecoderinit-interface, and `premultiplyAlpha`, which Chromium has too. */
export interface ImageDecoderInit {
  /** MIME type. */
  type: string;
  /** The image file, or a stream of Uint8Arrays of it. */
  data: AllowSharedBufferSource | ReadableStream;
  /** `none`: colours are taken for sRGB, whatever the image says about them. `default` where absent. */
  colorSpaceConversion?: 'default' | 'none';
  /** Of the pictures before they are turned; given together. */
  desiredWidth?: number;
  desiredHeight?: number;
  /** Which of several tracks is selected at first. */
  preferAnimation?: boolean;
  /** Buffers that are detached; the data is not copied if its is one of them. */
  transfer?: ArrayBuffer[];
  /** Not in the specification. `premultiply`: pixels come multiplied with their alpha; straight where absent. */
  premultiplyAlpha?: 'default' | 'none' | 'premultiply' | undefined;
}

/** https://w3c.github.io/webcodecs/#imagedecodeoptions-interface */
export interface ImageDecodeOptions {
  /** 0 where absent. */
  frameIndex?: number;
  /** Has no effect: frames always come with their full detail. */
  completeFramesOnly?: boolean;
}

/** What `isConfigSupported` answers: the configuration with the members that were understood. */
export interface CodecSupport<Config> {
  supported: boolean;
  config: Config;
}

/** https://w3c.github.io/webcodecs/#encoded-video-chunk-metadata */
export interface EncodedVideoChunkMetadata {
  decoderConfig?: KnownVideoDecoderConfig;
  svc?: { temporalLayerId: number };
  alphaSideData?: ArrayBuffer;
}

/** https://w3c.github.io/webcodecs/#encoded-audio-chunk-metadata */
export interface EncodedAudioChunkMetadata {
  decoderConfig?: AudioDecoderConfig;
}

/** Called once, after the codec's state has become `closed`. */
export type WebCodecsErrorCallback = (error: DOMException) => void;

/** What every codec's constructor takes. */
export interface CodecInit<Output extends (...outputs: never[]) => void> {
  output: Output;
  error: WebCodecsErrorCallback;
}
