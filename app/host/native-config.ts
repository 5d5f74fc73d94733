/** From a configuration as it came over the wire, and its codec string, to what the addon takes. */
import type {
  NativeAudioDecoderConfig,
  NativeAudioEncoderConfig,
  NativeConfig,
  NativeVideoDecoderConfig,
  NativeVideoEncoderConfig,
} from '../../native/index.js';
import { type ParsedAudioCodec, type ParsedVideoCodec, parseCodecString } from '../protocol/codec-strings.js';
import type {
  WireAudioDecoderConfig,
  WireAudioEncoderConfig,
  WireConfig,
  WireVideoDecoderConfig,
  WireVideoEncoderConfig,
} from '../protocol/messages.js';
import { toNativeColor, unknownColor } from './color.js';
import { levelAllows } from './levels.js';

/** A sentence that says why a configuration can't be had; every one of them is a NotSupportedError. */
export class Unsupported extends Error {}

/** What the host allows a configuration to ask for. */
export interface ConfigLimits {
  /** Longest side of a picture, pixels. */
  dimension: number;
}

/** Bits per second: more than any picture has, and less than what the libraries' own units overflow at. */
const largestVideoBitrate = 10e9;
const largestSampleRate = 768_000;
const mostChannels = 255;

function parseVideo(codec: string): ParsedVideoCodec {
  const parsed = parseCodecString(codec);
  if (parsed?.type !== 'video') throw new Unsupported(`"${codec}" names no video codec that is known here.`);
  return parsed;
}

function parseAudio(codec: string): ParsedAudioCodec {
  const parsed = parseCodecString(codec);
  if (parsed?.type !== 'audio') throw new Unsupported(`"${codec}" names no audio codec that is known here.`);
  return parsed;
}

function checkSide(name: string, value: number, limits: ConfigLimits): number {
  if (value < 1 || value > limits.dimension) {
    throw new Unsupported(`${name} is ${value}; it can be from 1 to ${limits.dimension} here.`);
  }
  return value;
}

/** 0 and absent alike: not known. */
function checkOptionalSide(name: string, value: number | undefined, limits: ConfigLimits): number | null {
  return value === undefined || value === 0 ? null : checkSide(name, value, limits);
}

/** Profiles that no encoder here writes, by profile_idc. */
const unmade: ReadonlyMap<string, ReadonlyMap<number, string>> = new Map([
  ['h264', new Map([[88, 'Extended']])],
  ['hevc', new Map([[3, 'Main Still Picture']])],
]);

/** Profiles of VP9 and AV1 fix depth and chroma; an encoder can't follow a string that says two things. */
function checkEncoderProfile(codec: string, parsed: ParsedVideoCodec): void {
  const { profile, bitDepth, chroma } = parsed;
  const subsampled = chroma === '420';
  const contradicts =
    (parsed.codec === 'vp9' && profile !== (bitDepth === 8 ? 0 : 2) + (subsampled ? 0 : 1)) ||
    (parsed.codec === 'av1' &&
      ((profile === 0 && (!subsampled || bitDepth === 12)) ||
        (profile === 1 && (chroma !== '444' || bitDepth === 12)) ||
        (profile === 2 && bitDepth !== 12 && chroma !== '422')));
  if (contradicts) throw new Unsupported(`"${codec}" has a bit depth or chroma format that its profile excludes.`);
  const name = unmade.get(parsed.codec)?.get(profile ?? -1);
  if (name) throw new Unsupported(`"${codec}" is of the ${name} profile, which is only decoded here.`);
  if (parsed.monochrome) throw new Unsupported(`"${codec}" is monochrome, which is only decoded here.`);
  if (parsed.intraOnly) throw new Unsupported(`"${codec}" has key frames only, which is only decoded here.`);
}

function checkLevel(codec: string, parsed: ParsedVideoCodec, width: number, height: number): void {
  if (!levelAllows(parsed, width, height)) {
    throw new Unsupported(`The level in "${codec}" does not allow pictures of ${width}×${height}.`);
  }
}

function canKeepAlpha({ codec, variant }: ParsedVideoCodec): boolean {
  return codec === 'vp8' || codec === 'vp9' || variant === 'ap4h' || variant === 'ap4x';
}

function temporalLayersOf(scalabilityMode: string | undefined): number {
  if (scalabilityMode === undefined) return 1;
  const layers = /^L1T([123])$/.exec(scalabilityMode)?.[1];
  if (layers === undefined) {
    throw new Unsupported(`scalabilityMode "${scalabilityMode}" is not one of L1T1, L1T2, L1T3.`);
  }
  return Number(layers);
}

function videoEncoderConfig(config: WireVideoEncoderConfig, limits: ConfigLimits): NativeVideoEncoderConfig {
  const parsed = parseVideo(config.codec);
  checkEncoderProfile(config.codec, parsed);
  checkLevel(config.codec, parsed, config.width, config.height);
  if (config.alpha === 'keep' && !canKeepAlpha(parsed)) {
    throw new Unsupported(`"${config.codec}" has no alpha channel to keep.`);
  }
  if (config.framerate !== undefined && config.framerate <= 0) {
    throw new Unsupported(`framerate is ${config.framerate}; it must be above 0.`);
  }
  if (config.bitrate !== undefined && config.bitrate > largestVideoBitrate) {
    throw new Unsupported(`bitrate is ${config.bitrate}; it can be up to ${largestVideoBitrate} here.`);
  }
  const annexb =
    (parsed.codec === 'h264' && config.avc?.format === 'annexb') ||
    (parsed.codec === 'hevc' && config.hevc?.format === 'annexb');
  return {
    kind: 'video-encoder',
    codec: parsed.codec,
    profile: parsed.profile,
    level: parsed.level,
    highTier: parsed.highTier,
    variant: parsed.variant,
    bitDepth: parsed.bitDepth,
    chroma: parsed.chroma,
    width: checkSide('width', config.width, limits),
    height: checkSide('height', config.height, limits),
    displayWidth: checkOptionalSide('displayWidth', config.displayWidth, limits),
    displayHeight: checkOptionalSide('displayHeight', config.displayHeight, limits),
    bitrate: config.bitrate ?? null,
    bitrateMode: config.bitrateMode ?? 'variable',
    framerate: config.framerate ?? null,
    latencyMode: config.latencyMode ?? 'quality',
    gopSize: config.gopSize === 0 ? null : (config.gopSize ?? null),
    keepAlpha: config.alpha === 'keep',
    temporalLayers: temporalLayersOf(config.scalabilityMode),
    annexb,
    contentHint: config.contentHint ?? '',
    color: parsed.color ?? unknownColor,
    frameSizeMismatch: config.frameSizeMismatch ?? 'error',
    hardware: config.hardwareAcceleration ?? 'no-preference',
  };
}

/** Degrees clockwise, rounded to the nearest right angle: the specification's Parse Rotation. */
function quarterTurns(rotation: number): 0 | 90 | 180 | 270 {
  const turns = ((Math.round(rotation / 90) % 4) + 4) % 4;
  return turns === 1 ? 90 : turns === 2 ? 180 : turns === 3 ? 270 : 0;
}

function videoDecoderConfig(config: WireVideoDecoderConfig, limits: ConfigLimits): NativeVideoDecoderConfig {
  const parsed = parseVideo(config.codec);
  return {
    kind: 'video-decoder',
    codec: parsed.codec,
    variant: parsed.variant,
    codedWidth: checkOptionalSide('codedWidth', config.codedWidth, limits),
    codedHeight: checkOptionalSide('codedHeight', config.codedHeight, limits),
    displayAspectWidth: config.displayAspectWidth || null,
    displayAspectHeight: config.displayAspectHeight || null,
    description: config.description ?? null,
    color: config.colorSpace ? toNativeColor(config.colorSpace) : unknownColor,
    optimizeForLatency: config.optimizeForLatency ?? false,
    hardware: config.hardwareAcceleration ?? 'no-preference',
    rotation: quarterTurns(config.rotation ?? 0),
    flip: config.flip ?? false,
  };
}

function checkShape(config: WireAudioEncoderConfig | WireAudioDecoderConfig): void {
  const { sampleRate, numberOfChannels } = config;
  if (sampleRate < 1 || sampleRate > largestSampleRate) {
    throw new Unsupported(`sampleRate is ${sampleRate}; it can be from 1 to ${largestSampleRate} here.`);
  }
  if (numberOfChannels < 1 || numberOfChannels > mostChannels) {
    throw new Unsupported(`numberOfChannels is ${numberOfChannels}; it can be from 1 to ${mostChannels} here.`);
  }
}

function audioEncoderConfig(config: WireAudioEncoderConfig): NativeAudioEncoderConfig {
  const parsed = parseAudio(config.codec);
  checkShape(config);
  if (parsed.codec === 'flac' && config.bitrateMode === 'constant') {
    throw new Unsupported('A FLAC stream takes the bits that its sound needs; its bitrateMode can be "variable" only.');
  }
  if ((config.opus?.complexity ?? 0) > 10) throw new Unsupported('opus.complexity can be from 0 to 10.');
  if ((config.opus?.packetlossperc ?? 0) > 100) throw new Unsupported('opus.packetlossperc can be from 0 to 100.');
  return {
    kind: 'audio-encoder',
    codec: parsed.codec,
    sampleRate: config.sampleRate,
    numberOfChannels: config.numberOfChannels,
    bitrate: config.bitrate ?? null,
    bitrateMode: config.bitrateMode ?? 'variable',
    adts: config.aac?.format === 'adts',
    aacObjectType: parsed.objectType ?? 2,
    aacMpeg2: config.codec === 'mp4a.67',
    opus: {
      frameDuration: config.opus?.frameDuration ?? null,
      complexity: config.opus?.complexity ?? null,
      packetLossPercent: config.opus?.packetlossperc ?? null,
      fec: config.opus?.useinbandfec ?? null,
      dtx: config.opus?.usedtx ?? null,
      application: config.opus?.application ?? 'audio',
      signal: config.opus?.signal ?? 'auto',
    },
    flac: { blockSize: config.flac?.blockSize ?? null, compressLevel: config.flac?.compressLevel ?? null },
  };
}

/** USAC, which has no form that would describe itself. */
const xheAac = 42;

/** Codecs whose stream or description says rate and channels: what the configuration says of them is ignored. */
const selfDescribing: ReadonlySet<ParsedAudioCodec['codec']> = new Set(['aac', 'mp3', 'flac', 'vorbis', 'ac3', 'eac3']);

function audioDecoderConfig(config: WireAudioDecoderConfig): NativeAudioDecoderConfig {
  const parsed = parseAudio(config.codec);
  const isDescribed = selfDescribing.has(parsed.codec);
  if (!isDescribed) checkShape(config);
  if (parsed.objectType === xheAac && config.description === undefined) {
    throw new Unsupported(`"${config.codec}" can't be decoded without a description.`);
  }
  return {
    kind: 'audio-decoder',
    codec: parsed.codec,
    sampleRate: isDescribed ? 0 : config.sampleRate,
    numberOfChannels: isDescribed ? 0 : config.numberOfChannels,
    description: config.description ?? null,
  };
}

/** What a configuration takes beyond its few words. */
export function descriptionBytes({ config }: WireConfig): number {
  return 'description' in config ? config.description.byteLength : 0;
}

/** Throws Unsupported with the reason where no codec here could take the configuration. */
export function toNativeConfig(wire: WireConfig, limits: ConfigLimits): NativeConfig {
  switch (wire.kind) {
    case 'video-encoder':
      return videoEncoderConfig(wire.config, limits);
    case 'video-decoder':
      return videoDecoderConfig(wire.config, limits);
    case 'audio-encoder':
      return audioEncoderConfig(wire.config);
    case 'audio-decoder':
      return audioDecoderConfig(wire.config);
    default:
      return wire satisfies never;
  }
}

/**
 * The quantizer in the encoder libraries' own steps: the VP9 and AV1 registrations count quantizer indices, 0 to 255,
 * where libvpx and the AV1 encoders take 0 to 63 for the same range.
 */
export function toNativeQuantizer(codecString: string, quantizer: number | null): number | null {
  if (quantizer === null || !/^(vp09|av01)\b/.test(codecString)) return quantizer;
  return Math.min(63, Math.round(quantizer / 4));
}
