/**
 * The typed loader: the only place that loads the `.node`. Everything here is called by the host alone.
 *
 * Rules of this seam: arguments were validated by the host; the addon checks again what would otherwise be undefined
 * behaviour and throws a TypeError. Bytes go in as views, which the addon copies before it returns, but for pictures that
 * borrow theirs. Buffers that come out were allocated by V8 and filled by the addon. All calls return at once; work
 * happens on the codec's worker thread.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** `null` where a value is not known or not asked for; numbers are ITU-T H.273 code points. */
export interface NativeColorSpace {
  primaries: number | null;
  transfer: number | null;
  matrix: number | null;
  fullRange: boolean | null;
}

export interface NativeRect {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface NativePlaneLayout {
  /** Bytes from the start of the buffer. */
  offset: number;
  /** Bytes from row to row. */
  stride: number;
}

export type NativeBitrateMode = 'constant' | 'variable' | 'quantizer';

/** Mirrors VideoEncoderConfig in native/src/core/types.h, where each member is described. */
export interface NativeVideoEncoderConfig {
  kind: 'video-encoder';
  codec: 'h264' | 'hevc' | 'vp8' | 'vp9' | 'av1' | 'prores' | 'dnxhd';
  profile: number | null;
  level: number | null;
  /** HEVC: the tier with the higher bitrates. */
  highTier: boolean;
  variant: string;
  bitDepth: 8 | 10 | 12;
  chroma: '420' | '422' | '444';
  width: number;
  height: number;
  displayWidth: number | null;
  displayHeight: number | null;
  bitrate: number | null;
  bitrateMode: NativeBitrateMode;
  framerate: number | null;
  latencyMode: 'quality' | 'realtime';
  gopSize: number | null;
  keepAlpha: boolean;
  temporalLayers: number;
  annexb: boolean;
  contentHint: string;
  color: NativeColorSpace;
  frameSizeMismatch: 'error' | 'scale';
  hardware: 'no-preference' | 'prefer-hardware' | 'prefer-software';
}

export interface NativeVideoDecoderConfig {
  kind: 'video-decoder';
  codec: 'h264' | 'hevc' | 'vp8' | 'vp9' | 'av1' | 'prores' | 'dnxhd';
  variant: string;
  codedWidth: number | null;
  codedHeight: number | null;
  displayAspectWidth: number | null;
  displayAspectHeight: number | null;
  description: Uint8Array | null;
  color: NativeColorSpace;
  optimizeForLatency: boolean;
  hardware: 'no-preference' | 'prefer-hardware' | 'prefer-software';
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
}

export interface NativeAudioEncoderConfig {
  kind: 'audio-encoder';
  /** `aac opus mp3 flac vorbis pcm-u8 pcm-s16 pcm-s24 pcm-s32 pcm-f32 alaw ulaw` */
  codec: string;
  sampleRate: number;
  numberOfChannels: number;
  bitrate: number | null;
  bitrateMode: 'constant' | 'variable';
  adts: boolean;
  aacObjectType: number;
  /** `mp4a.67`: MPEG-2 AAC, which has fewer tools and says so in ADTS headers. */
  aacMpeg2: boolean;
  opus: {
    frameDuration: number | null;
    complexity: number | null;
    packetLossPercent: number | null;
    fec: boolean | null;
    dtx: boolean | null;
    application: string;
    signal: string;
  };
  flac: { blockSize: number | null; compressLevel: number | null };
}

export interface NativeAudioDecoderConfig {
  kind: 'audio-decoder';
  /** As for encoders, and `ac3 eac3`. */
  codec: string;
  /** 0 where the stream says it. */
  sampleRate: number;
  /** As sampleRate. */
  numberOfChannels: number;
  description: Uint8Array | null;
}

export type NativeConfig =
  | NativeVideoEncoderConfig
  | NativeVideoDecoderConfig
  | NativeAudioEncoderConfig
  | NativeAudioDecoderConfig;

export type NativeCodecKind = NativeConfig['kind'];

/** The members that a frame can be given anew when it is shared: WebCodecs' `new VideoFrame(frame, init)`. */
export interface NativePictureInfo {
  /** WebCodecs VideoPixelFormat name. */
  format: string;
  codedWidth: number;
  codedHeight: number;
  visibleRect: NativeRect;
  displayWidth: number;
  displayHeight: number;
  rotation: 0 | 90 | 180 | 270;
  flip: boolean;
  /** Microseconds. */
  timestamp: number;
  /** Microseconds. */
  duration: number | null;
  color: NativeColorSpace;
}

export interface NativeTransform {
  /** null: the visible rectangle. */
  crop: NativeRect | null;
  /** Clockwise degrees applied to the pixels. */
  rotation: 0 | 90 | 180 | 270;
  /** Mirrored horizontally, after the rotation. */
  flip: boolean;
  /** Of the result, in pixels; 0: as it falls out of crop and rotation. */
  width: number;
  height: number;
  fit: 'fill' | 'contain' | 'cover';
  /** WebCodecs VideoPixelFormat name, or null to keep. */
  format: string | null;
}

/** A picture that lives in native memory. Shares its pixels with its clones and with codecs that still use it. */
export interface NativePicture {
  readonly info: NativePictureInfo;
  /** Native bytes that the pixels take (shared ones counted in full). 0 after close. */
  readonly byteLength: number;
  /** A second handle on the same pixels, with some members replaced. */
  clone(overrides?: Partial<Omit<NativePictureInfo, 'format' | 'codedWidth' | 'codedHeight' | 'color'>>): NativePicture;
  /** Bytes that `copyTo` needs. Throws a TypeError for a rectangle or layout that doesn't fit. */
  allocationSize(options: NativeCopyOptions): number;
  /** Fills `destination` on a pool thread, which must not be touched until the promise settles. */
  copyTo(destination: Uint8Array, options: NativeCopyOptions): Promise<void>;
  /** A new upright picture, made on a pool thread. */
  transform(options: NativeTransform): Promise<NativePicture>;
  /** Releases this handle. Idempotent. */
  close(): void;
}

export interface NativeCopyOptions {
  /** Of the coded picture. */
  rect: NativeRect;
  /** null: the picture's own format. */
  format: string | null;
  /** One per plane; null: tightly packed. */
  layout: NativePlaneLayout[] | null;
}

export interface NativePictureInit extends NativePictureInfo {
  layout: NativePlaneLayout[] | null;
  /**
   * The picture may be read where it is for as long as it lives, in the picture or in a codec: the caller never writes
   * to the data again and never transfers it.
   */
  borrow: boolean;
}

/** One whole still image, or one frame of an animation made to look like one. */
export interface NativeEncodedImage {
  codec: 'jpeg' | 'png' | 'gif' | 'webp' | 'bmp' | 'av1';
  data: Uint8Array;
  /** `av1`: the image whose luma is the alpha. */
  alpha: Uint8Array | null;
  /** As the container declares it; another size is an EncodingError. */
  width: number;
  height: number;
  /** The colours are taken for sRGB, whatever the image says about them. */
  ignoreColor: boolean;
  /** Primaries and transfer that an embedded profile says, for those of the coded image; null members: no code point has them. */
  profile: NativeColorSpace | null;
}

/**
 * Images that lean on those before them, all of one codec and size: given to decodeImage in order, one at a time, the
 * first of which leans on none. After an error a sequence begins anew.
 */
export interface NativeImageSequence {
  /** Idempotent. */
  close(): void;
}

/** What becomes of an animation's canvas with one frame. */
export interface NativeCanvasStep {
  /** Of the canvas. */
  width: number;
  height: number;
  /** Made transparent before drawing. */
  clear: NativeRect | null;
  /** Where the picture's upper left corner goes; what lies outside is cut off. */
  x: number;
  y: number;
  /** Over what is there, else in its place. */
  blend: boolean;
  /** The picture's own pixels are multiplied with their alpha first. */
  premultiply: boolean;
}

/** WebCodecs AudioData, its samples in one buffer; planar formats plane after plane, tightly packed. */
export interface NativeAudio {
  /** WebCodecs AudioSampleFormat name. */
  format: string;
  sampleRate: number;
  numberOfChannels: number;
  numberOfFrames: number;
  /** Microseconds. */
  timestamp: number;
  data: Uint8Array;
}

export interface NativeChunk {
  type: 'key' | 'delta';
  /** Microseconds. */
  timestamp: number;
  /** Microseconds. */
  duration: number | null;
  data: Uint8Array;
}

export interface NativeDecoderConfig {
  /** null where the codec has none. */
  description: Uint8Array | null;
  codedWidth: number;
  codedHeight: number;
  displayWidth: number;
  displayHeight: number;
  color: NativeColorSpace;
  sampleRate: number;
  numberOfChannels: number;
  /** The stream's own codec string where the encoder chose level or profile; '' : as configured. */
  codecString: string;
}

export interface NativeError {
  /** A DOMException name: NotSupportedError, EncodingError, DataError, QuotaExceededError, OperationError. */
  name: string;
  /** A sentence, with the FFmpeg call and its error text where there was one. */
  message: string;
}

/** Arrives in the order in which the worker made it; `generation` is that of the command it stems from. */
export type NativeEvent =
  | { type: 'configured'; generation: number }
  /** The worker took this many units of work off its queue ([[encodeQueueSize]] falls by as much). */
  | { type: 'dequeued'; generation: number; count: number }
  | {
      type: 'chunk';
      generation: number;
      chunk: NativeChunk;
      /** On the first chunk and whenever it changes. */
      decoderConfig: NativeDecoderConfig | null;
      temporalLayerId: number | null;
      /** VP8 / VP9 with alpha. */
      alphaSideData: Uint8Array | null;
    }
  | { type: 'picture'; generation: number; picture: NativePicture; info: NativePictureInfo }
  | { type: 'audio'; generation: number; audio: NativeAudio }
  | { type: 'flushed'; generation: number; flush: number }
  /** The codec is of no further use until reset or close. Work still queued has been dropped. */
  | { type: 'failed'; generation: number; error: NativeError }
  /** The last event: the worker has ended. */
  | { type: 'closed' };

export interface NativeCodec {
  configure(generation: number, config: NativeConfig): void;
  /** Takes a reference to the picture; the caller may close it at once. */
  encodeVideo(generation: number, picture: NativePicture, keyFrame: boolean, quantizer: number | null): void;
  encodeAudio(generation: number, audio: NativeAudio): void;
  /** Times in microseconds. */
  decode(
    generation: number,
    key: boolean,
    timestamp: number,
    duration: number | null,
    data: Uint8Array,
    alphaSideData: Uint8Array | null,
  ): void;
  flush(generation: number, flush: number): void;
  /** Drops what is queued; every later event carries a generation of at least this one (except `closed`). */
  reset(generation: number): void;
  /** Idempotent. The worker ends; `closed` follows. */
  close(): void;
}

export interface NativeVersions {
  /** `lgpl` or `gpl`. */
  variant: string;
  avcodec: string;
  avcodecLicense: string;
  avcodecConfiguration: string;
}

export interface NativeBinding {
  versions(): NativeVersions;
  createCodec(kind: NativeCodecKind, onEvent: (event: NativeEvent) => void): NativeCodec;
  /** Opens the codec with this configuration on a pool thread and closes it; resolves to the reason when it can't be. */
  probe(config: NativeConfig): Promise<NativeError | null>;
  /** A picture of a copy of `data`, or, borrowed, of `data`. Throws a TypeError where size and layout don't fit. */
  createPicture(init: NativePictureInit, data: Uint8Array): NativePicture;
  createImageSequence(): NativeImageSequence;
  /** Decodes on a pool thread. Rejects with an EncodingError for data that is no such image. `sequence`: it is in this one. */
  decodeImage(image: NativeEncodedImage, sequence: NativeImageSequence | null): Promise<NativePicture>;
  /** A new RGBA canvas, made on a pool thread: `before` (null: transparent) with `picture` drawn on it. */
  composeImage(before: NativePicture | null, picture: NativePicture, step: NativeCanvasStep): Promise<NativePicture>;
  /** Threads and pictures alive in this process, for leak checks. */
  statistics(): { codecs: number; pictures: number };
}

function fromRoot(file: string): string {
  return fileURLToPath(new URL(`../../${file}`, import.meta.url));
}

/** Whether the addon can be built here: a package has no set-up. */
function isCheckout(): boolean {
  return existsSync(fromRoot('native/setup'));
}

/**
 * Where the addon is: in a checkout where the set-up builds it, which is newer than any prebuilt one there; in an
 * installed package under `prebuilds`. `ELECTRON_WEBCODECS_ADDON` names another file.
 */
export function addonPath(): string {
  const variant = process.env['CODEC_VARIANT'] ?? 'lgpl';
  const named = process.env['ELECTRON_WEBCODECS_ADDON'];
  if (named !== undefined) return named;
  const prebuilt = fromRoot(`prebuilds/${process.platform}-${process.arch}/electron_webcodecs.${variant}.node`);
  if (!isCheckout()) return prebuilt;
  const built = fromRoot(`native/build/${variant}/electron_webcodecs.node`);
  return !existsSync(built) && existsSync(prebuilt) ? prebuilt : built;
}

/** The addon as it is: values cross the seam one by one, for each member set or read there costs a lookup by name. */
export interface Addon extends Omit<NativeBinding, 'createCodec'> {
  /** To be called first. `pictureInfo` makes the info of every picture. */
  shape(pictureInfo: typeof toPictureInfo): void;
  createCodec(kind: NativeCodecKind, onEvent: (...values: EventValues) => void): NativeCodec;
}

function toPictureInfo(
  format: string,
  codedWidth: number,
  codedHeight: number,
  x: number,
  y: number,
  width: number,
  height: number,
  displayWidth: number,
  displayHeight: number,
  rotation: NativePictureInfo['rotation'],
  flip: boolean,
  timestamp: number,
  duration: number | null,
  primaries: number | null,
  transfer: number | null,
  matrix: number | null,
  fullRange: boolean | null,
): NativePictureInfo {
  return {
    format,
    codedWidth,
    codedHeight,
    visibleRect: { x, y, width, height },
    displayWidth,
    displayHeight,
    rotation,
    flip,
    timestamp,
    duration,
    color: { primaries, transfer, matrix, fullRange },
  };
}

/** The numbers that events_to_js.cc gives them. */
export type EventValues =
  | [type: 0, generation: number]
  | [type: 1, generation: number, count: number]
  | [
      type: 2,
      generation: number,
      key: boolean,
      timestamp: number,
      duration: number | null,
      data: Uint8Array,
      decoderConfig: NativeDecoderConfig | null,
      temporalLayerId: number | null,
      alphaSideData: Uint8Array | null,
    ]
  | [type: 3, generation: number, picture: NativePicture, info: NativePictureInfo]
  | [type: 4, generation: number, audio: NativeAudio]
  | [type: 5, generation: number, flush: number]
  | [type: 6, generation: number, error: NativeError]
  | [type: 7, generation: number];

function toEvent(values: EventValues): NativeEvent {
  const generation = values[1];
  switch (values[0]) {
    case 0:
      return { type: 'configured', generation };
    case 1:
      return { type: 'dequeued', generation, count: values[2] };
    case 2: {
      const [, , key, timestamp, duration, data, decoderConfig, temporalLayerId, alphaSideData] = values;
      const chunk: NativeChunk = { type: key ? 'key' : 'delta', timestamp, duration, data };
      return { type: 'chunk', generation, chunk, decoderConfig, temporalLayerId, alphaSideData };
    }
    case 3:
      return { type: 'picture', generation, picture: values[2], info: values[3] };
    case 4:
      return { type: 'audio', generation, audio: values[2] };
    case 5:
      return { type: 'flushed', generation, flush: values[2] };
    case 6:
      return { type: 'failed', generation, error: values[2] };
    case 7:
      return { type: 'closed' };
    default:
      return values satisfies never;
  }
}

let binding: NativeBinding | undefined;

/** Loads the addon once. Throws with the path and what to do when it can't. */
export function loadNative(): NativeBinding {
  if (!binding) {
    const path = addonPath();
    try {
      const addon = createRequire(import.meta.url)(path) as Addon;
      addon.shape(toPictureInfo);
      binding = {
        ...addon,
        createCodec: (kind, onEvent) => addon.createCodec(kind, (...values) => onEvent(toEvent(values))),
      };
    } catch (cause) {
      const remedy = isCheckout() ? 'run "npm run build"' : 'the package must carry it, outside any archive';
      throw new Error(`The codec addon could not be loaded from ${path}; ${remedy}.`, { cause });
    }
  }
  return binding;
}
