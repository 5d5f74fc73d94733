/** Readers of configurations. Bounds are those of the Web IDL types; what a codec can do is decided by the host. */
import type {
  WireAudioDecoderConfig,
  WireAudioEncoderConfig,
  WireColorSpace,
  WireConfig,
  WireVideoDecoderConfig,
  WireVideoEncoderConfig,
} from './messages.js';
import {
  boolean,
  bytes,
  finite,
  integer,
  literal,
  nullable,
  oneOf,
  optional,
  type Reader,
  record,
  text,
  variants,
} from './readers.js';

/** Far above every string with a meaning, so that a caller's nonsense is answered as such and not as an attack. */
const shortText = text(65536);
export const uint32 = integer(0, 2 ** 32 - 1);
export const uint53 = integer(0, Number.MAX_SAFE_INTEGER);

export const colorSpace: Reader<WireColorSpace> = record<WireColorSpace>({
  primaries: nullable(shortText),
  transfer: nullable(shortText),
  matrix: nullable(shortText),
  fullRange: nullable(boolean),
});

const hardwareAcceleration = oneOf('no-preference', 'prefer-hardware', 'prefer-software');

const videoEncoderConfig = record<WireVideoEncoderConfig>({
  codec: shortText,
  width: uint32,
  height: uint32,
  displayWidth: optional(uint32),
  displayHeight: optional(uint32),
  bitrate: optional(uint53),
  framerate: optional(finite),
  hardwareAcceleration: optional(hardwareAcceleration),
  alpha: optional(oneOf('discard', 'keep')),
  scalabilityMode: optional(shortText),
  bitrateMode: optional(oneOf('constant', 'variable', 'quantizer')),
  latencyMode: optional(oneOf('quality', 'realtime')),
  contentHint: optional(shortText),
  avc: optional(record<{ format?: 'avc' | 'annexb' }>({ format: optional(oneOf('avc', 'annexb')) })),
  hevc: optional(record<{ format?: 'hevc' | 'annexb' }>({ format: optional(oneOf('hevc', 'annexb')) })),
  gopSize: optional(uint32),
  frameSizeMismatch: optional(oneOf('error', 'scale')),
});

const videoDecoderConfig = record<WireVideoDecoderConfig>({
  codec: shortText,
  description: optional(bytes),
  codedWidth: optional(uint32),
  codedHeight: optional(uint32),
  displayAspectWidth: optional(uint32),
  displayAspectHeight: optional(uint32),
  colorSpace: optional(colorSpace),
  hardwareAcceleration: optional(hardwareAcceleration),
  optimizeForLatency: optional(boolean),
  rotation: optional(finite),
  flip: optional(boolean),
});

type OpusConfig = NonNullable<WireAudioEncoderConfig['opus']>;
type FlacConfig = NonNullable<WireAudioEncoderConfig['flac']>;

const audioEncoderConfig = record<WireAudioEncoderConfig>({
  codec: shortText,
  sampleRate: uint32,
  numberOfChannels: uint32,
  bitrate: optional(uint53),
  bitrateMode: optional(oneOf('constant', 'variable')),
  aac: optional(record<{ format?: 'aac' | 'adts' }>({ format: optional(oneOf('aac', 'adts')) })),
  opus: optional(
    record<OpusConfig>({
      format: optional(oneOf('opus', 'ogg')),
      signal: optional(oneOf('auto', 'music', 'voice')),
      application: optional(oneOf('voip', 'audio', 'lowdelay')),
      frameDuration: optional(uint53),
      complexity: optional(uint32),
      packetlossperc: optional(uint32),
      useinbandfec: optional(boolean),
      usedtx: optional(boolean),
    }),
  ),
  flac: optional(record<FlacConfig>({ blockSize: optional(uint32), compressLevel: optional(uint32) })),
});

const audioDecoderConfig = record<WireAudioDecoderConfig>({
  codec: shortText,
  sampleRate: uint32,
  numberOfChannels: uint32,
  description: optional(bytes),
});

type ConfigOf<K extends WireConfig['kind']> = Extract<WireConfig, { kind: K }>;

/** Kind and configuration, which must fit each other. */
export const config: Reader<WireConfig> = variants<WireConfig>('kind', {
  'video-encoder': record<ConfigOf<'video-encoder'>>({ kind: literal('video-encoder'), config: videoEncoderConfig }),
  'video-decoder': record<ConfigOf<'video-decoder'>>({ kind: literal('video-decoder'), config: videoDecoderConfig }),
  'audio-encoder': record<ConfigOf<'audio-encoder'>>({ kind: literal('audio-encoder'), config: audioEncoderConfig }),
  'audio-decoder': record<ConfigOf<'audio-decoder'>>({ kind: literal('audio-decoder'), config: audioDecoderConfig }),
});
