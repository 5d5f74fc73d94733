/**
 * Configurations: from what scripts give to dictionaries with known members only, checked.
 * Conversions read members in lexicographical order, as https://webidl.spec.whatwg.org/#js-dictionary does.
 */
import { exactBytes } from '../protocol/bytes.js';
import { argumentError } from '../protocol/errors.js';
import type {
  WireAudioDecoderConfig,
  WireAudioEncoderConfig,
  WireVideoDecoderConfig,
  WireVideoEncoderConfig,
} from '../protocol/messages.js';
import { bufferOf, bytesOf, exactCopy, isDetached, toBufferSource } from './buffers.js';
import { toColorSpace } from './color-space.js';
import type {
  AudioDecoderConfig,
  AudioEncoderConfig,
  FlacEncoderConfig,
  OpusEncoderConfig,
  VideoDecoderConfig,
  VideoEncoderConfig,
} from './types.js';
import { parseRotation } from './video-frame-layout.js';
import {
  optional,
  present,
  type RawDictionary,
  required,
  toBoolean,
  toDictionary,
  toDomString,
  toDouble,
  toEnum,
  toUnsignedLong,
  toUnsignedLongLong,
} from './web-idl.js';

type Convert<Value> = (value: unknown, field: string) => Value;

function oneOf<Value extends string>(...values: readonly Value[]): Convert<Value> {
  return (value, field) => toEnum(value, field, values);
}

const toHardware = oneOf('no-preference', 'prefer-hardware', 'prefer-software');

// A copy, so that nothing that happens to the buffer afterwards changes the configuration.
function toDescription(value: unknown, field: string): ArrayBuffer {
  const source = toBufferSource(value, field);
  if (isDetached(bufferOf(source))) {
    throw argumentError(field, 'a buffer that is not detached', source);
  }
  return exactCopy(bytesOf(source)).buffer;
}

function requireCodec(codec: string, field: string): void {
  // https://infra.spec.whatwg.org/#strip-leading-and-trailing-ascii-whitespace
  if (codec.replace(/[\t\n\f\r ]+/g, '') === '') {
    throw argumentError(field, 'a codec string that is not empty', codec);
  }
}

function requireNonZero(dictionary: object, context: string, names: readonly string[]): void {
  for (const name of names) {
    const value: unknown = (dictionary as RawDictionary)[name];
    if (value === 0) {
      throw argumentError(`${context}.${name}`, 'above 0', value);
    }
  }
}

function requireBoth(dictionary: object, context: string, first: string, second: string): void {
  if (first in dictionary !== second in dictionary) {
    const [given, missing] = first in dictionary ? [first, second] : [second, first];
    throw argumentError(`${context}.${missing}`, `given together with ${given}`, undefined);
  }
}

/** Converts and checks: https://w3c.github.io/webcodecs/#valid-videodecoderconfig. Throws TypeErrors. */
export function toVideoDecoderConfig(value: unknown): VideoDecoderConfig {
  const context = 'VideoDecoderConfig';
  const raw = toDictionary(value, context);
  const config = present<VideoDecoderConfig>({
    codec: required(raw, context, 'codec', toDomString),
    codedHeight: optional(raw, context, 'codedHeight', toUnsignedLong),
    codedWidth: optional(raw, context, 'codedWidth', toUnsignedLong),
    colorSpace: optional(raw, context, 'colorSpace', toColorSpace),
    description: optional(raw, context, 'description', toDescription),
    displayAspectHeight: optional(raw, context, 'displayAspectHeight', toUnsignedLong),
    displayAspectWidth: optional(raw, context, 'displayAspectWidth', toUnsignedLong),
    flip: optional(raw, context, 'flip', toBoolean) ?? false,
    hardwareAcceleration: optional(raw, context, 'hardwareAcceleration', toHardware) ?? 'no-preference',
    optimizeForLatency: optional(raw, context, 'optimizeForLatency', toBoolean) ?? false,
    rotation: optional(raw, context, 'rotation', toDouble) ?? 0,
  });
  requireCodec(config.codec, `${context}.codec`);
  requireBoth(config, context, 'codedWidth', 'codedHeight');
  requireNonZero(config, context, ['codedWidth', 'codedHeight']);
  requireBoth(config, context, 'displayAspectWidth', 'displayAspectHeight');
  requireNonZero(config, context, ['displayAspectWidth', 'displayAspectHeight']);
  return config;
}

/** Converts and checks: https://w3c.github.io/webcodecs/#valid-audiodecoderconfig. Throws TypeErrors. */
export function toAudioDecoderConfig(value: unknown): AudioDecoderConfig {
  const context = 'AudioDecoderConfig';
  const raw = toDictionary(value, context);
  const config = present<AudioDecoderConfig>({
    codec: required(raw, context, 'codec', toDomString),
    description: optional(raw, context, 'description', toDescription),
    numberOfChannels: required(raw, context, 'numberOfChannels', toUnsignedLong),
    sampleRate: required(raw, context, 'sampleRate', toUnsignedLong),
  });
  requireCodec(config.codec, `${context}.codec`);
  return config;
}

/** Converts and checks: https://w3c.github.io/webcodecs/#valid-videoencoderconfig. Throws TypeErrors. */
export function toVideoEncoderConfig(value: unknown): VideoEncoderConfig {
  const context = 'VideoEncoderConfig';
  const raw = toDictionary(value, context);
  const config = present<VideoEncoderConfig>({
    alpha: optional(raw, context, 'alpha', oneOf('keep', 'discard')) ?? 'discard',
    avc: optional(raw, context, 'avc', (item, field) => toFormat(item, field, ['avc', 'annexb'])),
    bitrate: optional(raw, context, 'bitrate', toUnsignedLongLong),
    bitrateMode: optional(raw, context, 'bitrateMode', oneOf('constant', 'variable', 'quantizer')) ?? 'variable',
    codec: required(raw, context, 'codec', toDomString),
    contentHint: optional(raw, context, 'contentHint', toDomString),
    displayHeight: optional(raw, context, 'displayHeight', toUnsignedLong),
    displayWidth: optional(raw, context, 'displayWidth', toUnsignedLong),
    framerate: optional(raw, context, 'framerate', toDouble),
    gopSize: optional(raw, context, 'gopSize', toUnsignedLong),
    hardwareAcceleration: optional(raw, context, 'hardwareAcceleration', toHardware) ?? 'no-preference',
    height: required(raw, context, 'height', toUnsignedLong),
    hevc: optional(raw, context, 'hevc', (item, field) => toFormat(item, field, ['hevc', 'annexb'])),
    latencyMode: optional(raw, context, 'latencyMode', oneOf('quality', 'realtime')) ?? 'quality',
    scalabilityMode: optional(raw, context, 'scalabilityMode', toDomString),
    width: required(raw, context, 'width', toUnsignedLong),
  });
  requireCodec(config.codec, `${context}.codec`);
  requireNonZero(config, context, ['width', 'height', 'displayWidth', 'displayHeight', 'gopSize']);
  return config;
}

/** Converts and checks: https://w3c.github.io/webcodecs/#valid-audioencoderconfig. Throws TypeErrors. */
export function toAudioEncoderConfig(value: unknown): AudioEncoderConfig {
  const context = 'AudioEncoderConfig';
  const raw = toDictionary(value, context);
  const config = present<AudioEncoderConfig>({
    aac: optional(raw, context, 'aac', (item, field) => toFormat(item, field, ['aac', 'adts'])),
    bitrate: optional(raw, context, 'bitrate', toUnsignedLongLong),
    bitrateMode: optional(raw, context, 'bitrateMode', oneOf('constant', 'variable')) ?? 'variable',
    codec: required(raw, context, 'codec', toDomString),
    flac: optional(raw, context, 'flac', toFlacConfig),
    numberOfChannels: required(raw, context, 'numberOfChannels', toUnsignedLong),
    opus: optional(raw, context, 'opus', toOpusConfig),
    sampleRate: required(raw, context, 'sampleRate', toUnsignedLong),
  });
  requireCodec(config.codec, `${context}.codec`);
  requireValidOpus(config.opus, `${context}.opus`);
  requireValidFlac(config.flac, `${context}.flac`);
  requireNonZero(config, context, ['sampleRate', 'numberOfChannels']);
  return config;
}

// The first format is the default: AvcEncoderConfig, HevcEncoderConfig, AacEncoderConfig.
function toFormat<Name extends string>(
  value: unknown,
  field: string,
  names: readonly [Name, ...Name[]],
): { format: Name } {
  const raw = toDictionary(value, field);
  return { format: optional(raw, field, 'format', oneOf(...names)) ?? names[0] };
}

function toOpusConfig(value: unknown, field: string): OpusEncoderConfig {
  const raw = toDictionary(value, field);
  return present<OpusEncoderConfig>({
    application: optional(raw, field, 'application', oneOf('voip', 'audio', 'lowdelay')) ?? 'audio',
    complexity: optional(raw, field, 'complexity', toUnsignedLong),
    format: optional(raw, field, 'format', oneOf('opus', 'ogg')) ?? 'opus',
    frameDuration: optional(raw, field, 'frameDuration', toUnsignedLongLong) ?? 20_000,
    packetlossperc: optional(raw, field, 'packetlossperc', toUnsignedLong) ?? 0,
    signal: optional(raw, field, 'signal', oneOf('auto', 'music', 'voice')) ?? 'auto',
    usedtx: optional(raw, field, 'usedtx', toBoolean) ?? false,
    useinbandfec: optional(raw, field, 'useinbandfec', toBoolean) ?? false,
  });
}

/** RFC 6716, 2.1.4, microseconds: frames of 2.5 to 60 ms, which combine to packets of up to 120 ms. */
const shortestOpusFrame = 2500;
const longestOpusPacket = 120_000;

function requireValidOpus(opus: OpusEncoderConfig | undefined, field: string): void {
  if (!opus) {
    return;
  }
  const { frameDuration = 20_000, complexity = 0, packetlossperc = 0 } = opus;
  if (frameDuration === 0 || frameDuration > longestOpusPacket || frameDuration % shortestOpusFrame !== 0) {
    const expected = `a multiple of ${shortestOpusFrame} up to ${longestOpusPacket}`;
    throw argumentError(`${field}.frameDuration`, expected, frameDuration);
  }
  if (complexity > 10) {
    throw argumentError(`${field}.complexity`, 'from 0 to 10', complexity);
  }
  if (packetlossperc > 100) {
    throw argumentError(`${field}.packetlossperc`, 'from 0 to 100', packetlossperc);
  }
}

function toFlacConfig(value: unknown, field: string): FlacEncoderConfig {
  const raw = toDictionary(value, field);
  return {
    blockSize: optional(raw, field, 'blockSize', toUnsignedLong) ?? 0,
    compressLevel: optional(raw, field, 'compressLevel', toUnsignedLong) ?? 5,
  };
}

function requireValidFlac(flac: FlacEncoderConfig | undefined, field: string): void {
  if (!flac) {
    return;
  }
  const { blockSize = 0, compressLevel = 5 } = flac;
  // RFC 9639, 5.1; 0 leaves it to the encoder.
  if (blockSize !== 0 && (blockSize < 16 || blockSize > 65_535)) {
    throw argumentError(`${field}.blockSize`, '0 or from 16 to 65535', blockSize);
  }
  if (compressLevel > 8) {
    throw argumentError(`${field}.compressLevel`, 'from 0 to 8', compressLevel);
  }
}

/** As it goes to the host. */
export function wireVideoDecoderConfig(config: VideoDecoderConfig): WireVideoDecoderConfig {
  const { description, colorSpace, rotation = 0, ...rest } = config;
  return present<WireVideoDecoderConfig>({
    ...rest,
    rotation: parseRotation(rotation),
    description: description && exactBytes(bytesOf(description)),
    colorSpace: colorSpace && toColorSpace(colorSpace, 'colorSpace'),
  });
}

/** As it goes to the host. */
export function wireAudioDecoderConfig(config: AudioDecoderConfig): WireAudioDecoderConfig {
  const { description, ...rest } = config;
  return present<WireAudioDecoderConfig>({ ...rest, description: description && exactBytes(bytesOf(description)) });
}

/** As it goes to the host. */
export function wireVideoEncoderConfig(
  config: VideoEncoderConfig,
  frameSizeMismatch: 'error' | 'scale',
): WireVideoEncoderConfig {
  return { ...config, frameSizeMismatch };
}

/** As it goes to the host. */
export function wireAudioEncoderConfig(config: AudioEncoderConfig): WireAudioEncoderConfig {
  return { ...config };
}
