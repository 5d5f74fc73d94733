/** The WebCodecs classes over a connection to a codec host. */
import type { WireConfig } from '../protocol/messages.js';
import { AudioData } from './audio-data.js';
import { sharedMembers } from './codec-base.js';
import { VideoColorSpace } from './color-space.js';
import { Connection } from './connection.js';
import { audioDecoderTraits, Decoder, videoDecoderTraits } from './decoder.js';
import { cloneDictionary } from './dictionaries.js';
import { EncodedAudioChunk, EncodedVideoChunk } from './encoded-chunk.js';
import { Encoder } from './encoder.js';
import { audioEncoderTraits, videoEncoderTraits } from './encoder-traits.js';
import { type TransformOptions, transformVideoFrame } from './transform.js';
import type {
  AudioDecoderConfig,
  AudioEncoderConfig,
  CodecInit,
  CodecSupport,
  EncodedAudioChunkMetadata,
  EncodedVideoChunkMetadata,
  VideoDecoderConfig,
  VideoDecoderDecodeOptions,
  VideoEncoderConfig,
  VideoEncoderEncodeOptions,
} from './types.js';
import { VideoFrame } from './video-frame.js';
import { exposeInterface, requireArguments } from './web-idl.js';

/** https://w3c.github.io/webcodecs/#videoencoder-interface */
export type VideoEncoder = Encoder<
  VideoEncoderConfig,
  VideoFrame,
  [options?: VideoEncoderEncodeOptions],
  EncodedVideoChunk,
  VideoDecoderConfig,
  EncodedVideoChunkMetadata
>;
/** https://w3c.github.io/webcodecs/#audioencoder-interface */
export type AudioEncoder = Encoder<
  AudioEncoderConfig,
  AudioData,
  [],
  EncodedAudioChunk,
  AudioDecoderConfig,
  EncodedAudioChunkMetadata
>;
/** https://w3c.github.io/webcodecs/#videodecoder-interface */
export type VideoDecoder = Decoder<
  VideoDecoderConfig,
  EncodedVideoChunk,
  [options?: VideoDecoderDecodeOptions],
  VideoFrame
>;
/** https://w3c.github.io/webcodecs/#audiodecoder-interface */
export type AudioDecoder = Decoder<AudioDecoderConfig, EncodedAudioChunk, [], AudioData>;

/** https://w3c.github.io/webcodecs/#dictdef-videoencoderinit */
export type VideoEncoderInit = CodecInit<(chunk: EncodedVideoChunk, metadata?: EncodedVideoChunkMetadata) => void>;
/** https://w3c.github.io/webcodecs/#dictdef-audioencoderinit */
export type AudioEncoderInit = CodecInit<(chunk: EncodedAudioChunk, metadata?: EncodedAudioChunkMetadata) => void>;
/** https://w3c.github.io/webcodecs/#dictdef-videodecoderinit */
export type VideoDecoderInit = CodecInit<(frame: VideoFrame) => void>;
/** https://w3c.github.io/webcodecs/#dictdef-audiodecoderinit */
export type AudioDecoderInit = CodecInit<(data: AudioData) => void>;

/** A codec class. */
export interface CodecConstructor<Codec, Init, Config> {
  new (init: Init): Codec;
  readonly prototype: Codec;
  /**
   * Whether the host can do exactly this, and the configuration as it was understood. Rejects with a TypeError for one
   * that isn't valid, with an error where the host is gone.
   */
  isConfigSupported(config: Config): Promise<CodecSupport<Config>>;
}

/** Everything that a program sees of WebCodecs. */
export interface WebCodecs {
  readonly VideoEncoder: CodecConstructor<VideoEncoder, VideoEncoderInit, VideoEncoderConfig>;
  readonly VideoDecoder: CodecConstructor<VideoDecoder, VideoDecoderInit, VideoDecoderConfig>;
  readonly AudioEncoder: CodecConstructor<AudioEncoder, AudioEncoderInit, AudioEncoderConfig>;
  readonly AudioDecoder: CodecConstructor<AudioDecoder, AudioDecoderInit, AudioDecoderConfig>;
  readonly VideoFrame: typeof VideoFrame;
  readonly AudioData: typeof AudioData;
  readonly EncodedVideoChunk: typeof EncodedVideoChunk;
  readonly EncodedAudioChunk: typeof EncodedAudioChunk;
  readonly VideoColorSpace: typeof VideoColorSpace;
  /** Crops, turns, scales and converts a frame in the host; see TransformOptions. Not in the specification. */
  transformVideoFrame(frame: VideoFrame, options: TransformOptions): Promise<VideoFrame>;
}

interface SupportTraits<Config> {
  toConfig(value: unknown): Config;
  toWire(config: Config, connection: Connection): WireConfig;
}

async function checkSupport<Config>(
  connect: () => Connection,
  traits: SupportTraits<Config>,
  argumentCount: number,
  value: unknown,
): Promise<CodecSupport<Config>> {
  requireArguments('isConfigSupported', 1, argumentCount);
  const config = traits.toConfig(value);
  const connection = connect();
  const wire = traits.toWire(config, connection);
  const supported = await connection.request({ method: 'isConfigSupported', ...wire }).then(
    (answer) => answer.supported,
    (error: unknown) => {
      if (error instanceof DOMException && error.name === 'NotSupportedError') {
        return false;
      }
      throw error;
    },
  );
  return { supported, config: cloneDictionary(config) };
}

/**
 * The classes over one connection, or over the one that `source` returns whenever a codec that has none is configured:
 * that is how codecs find a host that was started anew. Usable before the host answers.
 */
export function createWebCodecs(source: Connection | (() => Connection)): WebCodecs {
  const connect = source instanceof Connection ? () => source : source;

  class HostVideoEncoder extends Encoder<
    VideoEncoderConfig,
    VideoFrame,
    [options?: VideoEncoderEncodeOptions],
    EncodedVideoChunk,
    VideoDecoderConfig,
    EncodedVideoChunkMetadata
  > {
    constructor(init: VideoEncoderInit) {
      requireArguments('VideoEncoder', 1, arguments.length);
      super(connect, videoEncoderTraits, init);
    }

    static isConfigSupported(config: VideoEncoderConfig): Promise<CodecSupport<VideoEncoderConfig>> {
      return checkSupport(connect, videoEncoderTraits, arguments.length, config);
    }
  }

  class HostAudioEncoder extends Encoder<
    AudioEncoderConfig,
    AudioData,
    [],
    EncodedAudioChunk,
    AudioDecoderConfig,
    EncodedAudioChunkMetadata
  > {
    constructor(init: AudioEncoderInit) {
      requireArguments('AudioEncoder', 1, arguments.length);
      super(connect, audioEncoderTraits, init);
    }

    static isConfigSupported(config: AudioEncoderConfig): Promise<CodecSupport<AudioEncoderConfig>> {
      return checkSupport(connect, audioEncoderTraits, arguments.length, config);
    }
  }

  class HostVideoDecoder extends Decoder<
    VideoDecoderConfig,
    EncodedVideoChunk,
    [options?: VideoDecoderDecodeOptions],
    VideoFrame
  > {
    constructor(init: VideoDecoderInit) {
      requireArguments('VideoDecoder', 1, arguments.length);
      super(connect, videoDecoderTraits, init);
    }

    static isConfigSupported(config: VideoDecoderConfig): Promise<CodecSupport<VideoDecoderConfig>> {
      return checkSupport(connect, videoDecoderTraits, arguments.length, config);
    }
  }

  class HostAudioDecoder extends Decoder<AudioDecoderConfig, EncodedAudioChunk, [], AudioData> {
    constructor(init: AudioDecoderInit) {
      requireArguments('AudioDecoder', 1, arguments.length);
      super(connect, audioDecoderTraits, init);
    }

    static isConfigSupported(config: AudioDecoderConfig): Promise<CodecSupport<AudioDecoderConfig>> {
      return checkSupport(connect, audioDecoderTraits, arguments.length, config);
    }
  }

  exposeInterface(HostVideoEncoder, 'VideoEncoder', [...sharedMembers, 'encodeQueueSize', 'encode']);
  exposeInterface(HostAudioEncoder, 'AudioEncoder', [...sharedMembers, 'encodeQueueSize', 'encode']);
  exposeInterface(HostVideoDecoder, 'VideoDecoder', [...sharedMembers, 'decodeQueueSize', 'decode']);
  exposeInterface(HostAudioDecoder, 'AudioDecoder', [...sharedMembers, 'decodeQueueSize', 'decode']);

  return {
    VideoEncoder: HostVideoEncoder,
    VideoDecoder: HostVideoDecoder,
    AudioEncoder: HostAudioEncoder,
    AudioDecoder: HostAudioDecoder,
    VideoFrame,
    AudioData,
    EncodedVideoChunk,
    EncodedAudioChunk,
    VideoColorSpace,
    transformVideoFrame: (frame, options) => transformVideoFrame(connect(), frame, options),
  };
}
