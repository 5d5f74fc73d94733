/** The four codec classes over a connection to a codec host, and over some set of media objects. */
import type { WireConfig } from '../protocol/messages.js';
import { sharedMembers } from './codec-base.js';
import type { Connection, FrameSizeMismatch } from './connection.js';
import { audioDecoderTraits, Decoder, videoDecoderTraits } from './decoder.js';
import { cloneDictionary } from './dictionaries.js';
import { Encoder } from './encoder.js';
import { audioEncoderTraits, videoEncoderTraits } from './encoder-traits.js';
import type { Media } from './media.js';
import type {
  AudioDecoderConfig,
  AudioEncoderConfig,
  CodecInit,
  CodecSupport,
  EncodedAudioChunkMetadata,
  EncodedVideoChunkMetadata,
  KnownVideoDecoderConfig,
  VideoDecoderConfig,
  VideoDecoderDecodeOptions,
  VideoEncoderConfig,
  VideoEncoderEncodeOptions,
} from './types.js';
import { publishInterface, requireArguments } from './web-idl.js';

/** https://w3c.github.io/webcodecs/#videoencoder-interface */
export type VideoEncoderOf<Frame, Chunk> = Encoder<
  VideoEncoderConfig,
  Frame,
  [options?: VideoEncoderEncodeOptions],
  Chunk,
  KnownVideoDecoderConfig,
  EncodedVideoChunkMetadata
>;
/** https://w3c.github.io/webcodecs/#audioencoder-interface */
export type AudioEncoderOf<Sound, Chunk> = Encoder<
  AudioEncoderConfig,
  Sound,
  [],
  Chunk,
  AudioDecoderConfig,
  EncodedAudioChunkMetadata
>;
/** https://w3c.github.io/webcodecs/#videodecoder-interface */
export type VideoDecoderOf<Frame, Chunk> = Decoder<
  VideoDecoderConfig,
  Chunk,
  [options?: VideoDecoderDecodeOptions],
  Frame
>;
/** https://w3c.github.io/webcodecs/#audiodecoder-interface */
export type AudioDecoderOf<Sound, Chunk> = Decoder<AudioDecoderConfig, Chunk, [], Sound>;

/** https://w3c.github.io/webcodecs/#dictdef-videoencoderinit */
export type VideoEncoderInitOf<Chunk> = CodecInit<(chunk: Chunk, metadata?: EncodedVideoChunkMetadata) => void>;
/** https://w3c.github.io/webcodecs/#dictdef-audioencoderinit */
export type AudioEncoderInitOf<Chunk> = CodecInit<(chunk: Chunk, metadata?: EncodedAudioChunkMetadata) => void>;
/** https://w3c.github.io/webcodecs/#dictdef-videodecoderinit and #dictdef-audiodecoderinit */
export type DecoderInitOf<Output> = CodecInit<(output: Output) => void>;

/** A codec class; `KnownConfig` is a configuration as it was understood. */
export interface CodecConstructor<Codec, Init, Config, KnownConfig = Config> {
  new (init: Init): Codec;
  readonly prototype: Codec;
  /**
   * Whether the host can do exactly this, and the configuration as it was understood. Rejects with a TypeError for one
   * that isn't valid, with an error where the host is gone.
   */
  isConfigSupported(config: Config): Promise<CodecSupport<KnownConfig>>;
}

/** The codec classes, over some set of media objects. */
export interface CodecClasses<Frame, Sound, VideoChunk, AudioChunk> {
  readonly VideoEncoder: CodecConstructor<
    VideoEncoderOf<Frame, VideoChunk>,
    VideoEncoderInitOf<VideoChunk>,
    VideoEncoderConfig
  >;
  readonly VideoDecoder: CodecConstructor<
    VideoDecoderOf<Frame, VideoChunk>,
    DecoderInitOf<Frame>,
    VideoDecoderConfig,
    KnownVideoDecoderConfig
  >;
  readonly AudioEncoder: CodecConstructor<
    AudioEncoderOf<Sound, AudioChunk>,
    AudioEncoderInitOf<AudioChunk>,
    AudioEncoderConfig
  >;
  readonly AudioDecoder: CodecConstructor<AudioDecoderOf<Sound, AudioChunk>, DecoderInitOf<Sound>, AudioDecoderConfig>;
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
 * The classes over the connection that `connect` returns whenever a codec that has none is configured.
 * `frameSizeMismatch` goes before the connection's option.
 */
export function createCodecClasses<Frame, Sound, VideoChunk, AudioChunk>(
  connect: () => Connection,
  media: Media<Frame, Sound, VideoChunk, AudioChunk>,
  frameSizeMismatch?: FrameSizeMismatch,
): CodecClasses<Frame, Sound, VideoChunk, AudioChunk> {
  const videoEncoder = videoEncoderTraits(media, frameSizeMismatch);
  const audioEncoder = audioEncoderTraits(media);
  const videoDecoder = videoDecoderTraits(media);
  const audioDecoder = audioDecoderTraits(media);

  class HostVideoEncoder extends Encoder<
    VideoEncoderConfig,
    Frame,
    [options?: VideoEncoderEncodeOptions],
    VideoChunk,
    KnownVideoDecoderConfig,
    EncodedVideoChunkMetadata
  > {
    constructor(init: VideoEncoderInitOf<VideoChunk>) {
      requireArguments('VideoEncoder', 1, arguments.length);
      super(connect, videoEncoder, init);
    }

    static isConfigSupported(config: VideoEncoderConfig): Promise<CodecSupport<VideoEncoderConfig>> {
      return checkSupport(connect, videoEncoder, arguments.length, config);
    }
  }

  class HostAudioEncoder extends Encoder<
    AudioEncoderConfig,
    Sound,
    [],
    AudioChunk,
    AudioDecoderConfig,
    EncodedAudioChunkMetadata
  > {
    constructor(init: AudioEncoderInitOf<AudioChunk>) {
      requireArguments('AudioEncoder', 1, arguments.length);
      super(connect, audioEncoder, init);
    }

    static isConfigSupported(config: AudioEncoderConfig): Promise<CodecSupport<AudioEncoderConfig>> {
      return checkSupport(connect, audioEncoder, arguments.length, config);
    }
  }

  class HostVideoDecoder extends Decoder<VideoDecoderConfig, VideoChunk, [options?: VideoDecoderDecodeOptions], Frame> {
    constructor(init: DecoderInitOf<Frame>) {
      requireArguments('VideoDecoder', 1, arguments.length);
      super(connect, videoDecoder, init);
    }

    static isConfigSupported(config: VideoDecoderConfig): Promise<CodecSupport<KnownVideoDecoderConfig>> {
      const support = checkSupport(connect, videoDecoder, arguments.length, config);
      return support as Promise<CodecSupport<KnownVideoDecoderConfig>>;
    }
  }

  class HostAudioDecoder extends Decoder<AudioDecoderConfig, AudioChunk, [], Sound> {
    constructor(init: DecoderInitOf<Sound>) {
      requireArguments('AudioDecoder', 1, arguments.length);
      super(connect, audioDecoder, init);
    }

    static isConfigSupported(config: AudioDecoderConfig): Promise<CodecSupport<AudioDecoderConfig>> {
      return checkSupport(connect, audioDecoder, arguments.length, config);
    }
  }

  const publish = <Codec extends abstract new (init: never) => EventTarget>(
    codec: Codec,
    name: string,
    ...members: string[]
  ): Codec => publishInterface(codec, EventTarget, name, [...sharedMembers, ...members], ['isConfigSupported']);

  return {
    VideoEncoder: publish(HostVideoEncoder, 'VideoEncoder', 'encodeQueueSize', 'encode'),
    VideoDecoder: publish(HostVideoDecoder, 'VideoDecoder', 'decodeQueueSize', 'decode'),
    AudioEncoder: publish(HostAudioEncoder, 'AudioEncoder', 'encodeQueueSize', 'encode'),
    AudioDecoder: publish(HostAudioDecoder, 'AudioDecoder', 'decodeQueueSize', 'decode'),
  };
}
