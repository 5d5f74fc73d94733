/** What VideoEncoder and AudioEncoder differ in. */
import { parseCodecString } from '../protocol/codec-strings.js';
import type { WireDecoderConfig } from '../protocol/messages.js';
import { exactCopy } from './buffers.js';
import { fromWireColorSpace } from './color-space.js';
import {
  toAudioEncoderConfig,
  toVideoEncoderConfig,
  wireAudioEncoderConfig,
  wireVideoEncoderConfig,
} from './config.js';
import type { FrameSizeMismatch } from './connection.js';
import type { EncoderInput, EncoderTraits } from './encoder.js';
import type { AudioInput, FrameInput, Media } from './media.js';
import type { PictureToSend } from './picture.js';
import type {
  AudioDecoderConfig,
  AudioEncoderConfig,
  EncodedAudioChunkMetadata,
  EncodedVideoChunkMetadata,
  KnownVideoDecoderConfig,
  VideoEncoderConfig,
} from './types.js';
import { optional, present, type RawDictionary, toBoolean, toDictionary, toUnsignedShort } from './web-idl.js';

interface EncodeOptions {
  keyFrame: boolean;
  quantizers: Record<'av1' | 'avc' | 'hevc' | 'vp9', number | null>;
}

function readQuantizer(options: RawDictionary, context: string, name: string): number | null {
  const nested = optional(options, context, name, toDictionary)?.['quantizer'];
  return nested === undefined || nested === null ? null : toUnsignedShort(nested, `${context}.${name}.quantizer`);
}

function readEncodeOptions(value: unknown): EncodeOptions {
  const context = 'VideoEncoderEncodeOptions';
  const options = toDictionary(value, context);
  const av1 = readQuantizer(options, context, 'av1');
  const avc = readQuantizer(options, context, 'avc');
  const hevc = readQuantizer(options, context, 'hevc');
  const keyFrame = optional(options, context, 'keyFrame', toBoolean) ?? false;
  const vp9 = readQuantizer(options, context, 'vp9');
  return { keyFrame, quantizers: { av1, avc, hevc, vp9 } };
}

/** The quantizer that is meant for the codec that is configured. */
function quantizerFor(codec: string, { quantizers }: EncodeOptions): number | null {
  switch (parseCodecString(codec)?.codec) {
    case 'h264':
      return quantizers.avc;
    case 'hevc':
      return quantizers.hevc;
    case 'vp9':
      return quantizers.vp9;
    case 'av1':
      return quantizers.av1;
    default:
      return null;
  }
}

function videoInput(frame: FrameInput, options: EncodeOptions): EncoderInput<VideoEncoderConfig> {
  const { rotation, flip, localBytes } = frame;
  return {
    localBytes,
    admit: (session) => {
      const active = session.orientation;
      if (active && (active.rotation !== rotation || active.flip !== flip)) {
        const wanted = `${active.rotation}°${active.flip ? ' flipped' : ''}`;
        const message = `frame: its orientation must stay ${wanted} until the encoder is configured anew`;
        throw new DOMException(message, 'DataError');
      }
      session.orientation = active ?? { rotation, flip };
    },
    toWork: ({ config }) => {
      const held = frame.hold(config);
      return {
        localBytes,
        wireBytes: (connection) => held.wireBytes(connection),
        toMessage: (connection, address) => {
          const finish = ({ picture, transfer }: PictureToSend) => ({
            message: {
              type: 'encodeVideo' as const,
              ...address,
              picture,
              keyFrame: options.keyFrame,
              quantizer: quantizerFor(config.codec, options),
            },
            transfer,
          });
          const sendable = held.toSend(connection);
          return sendable instanceof Promise ? sendable.then(finish) : finish(sendable);
        },
        discard: () => held.release(),
      };
    },
  };
}

function bufferFrom(bytes: Uint8Array): ArrayBuffer {
  return exactCopy(bytes).buffer;
}

/** Both sides or none, as a decoder's configuration wants them; a side that isn't given is the coded one. */
function displayAspect({ width, height, displayWidth, displayHeight }: VideoEncoderConfig) {
  const isGiven = displayWidth !== undefined || displayHeight !== undefined;
  return {
    displayAspectWidth: isGiven ? (displayWidth ?? width) : undefined,
    displayAspectHeight: isGiven ? (displayHeight ?? height) : undefined,
  };
}

/** A video encoder's traits, over these media objects; `frameSizeMismatch` goes before the connection's. */
export function videoEncoderTraits<Frame, Chunk>(
  media: Media<Frame, unknown, Chunk, unknown>,
  frameSizeMismatch?: FrameSizeMismatch,
): EncoderTraits<VideoEncoderConfig, Chunk, KnownVideoDecoderConfig, EncodedVideoChunkMetadata> {
  return {
    kind: 'video-encoder',
    name: 'VideoEncoder',
    defaultQueueSize: 1024,
    toConfig: toVideoEncoderConfig,
    toWire: (config, { options }) => ({
      kind: 'video-encoder',
      config: wireVideoEncoderConfig(config, frameSizeMismatch ?? options.frameSizeMismatch ?? 'error'),
    }),
    toInput: (value, rawOptions) => {
      const frame = media.toFrameArgument(value);
      const options = readEncodeOptions(rawOptions);
      return videoInput(media.openFrame(frame), options);
    },
    toChunk: media.makeVideoChunk,
    describe: ({ config, orientation }, { description, colorSpace }) =>
      present<KnownVideoDecoderConfig>({
        codec: config.codec,
        codedWidth: config.width,
        codedHeight: config.height,
        ...displayAspect(config),
        rotation: orientation?.rotation ?? 0,
        flip: orientation?.flip ?? false,
        colorSpace: fromWireColorSpace(colorSpace) as NonNullable<KnownVideoDecoderConfig['colorSpace']>,
        description: description ? bufferFrom(description) : undefined,
      }),
    toMetadata: (_session, { temporalLayerId, alphaSideData }, decoderConfig) =>
      present<EncodedVideoChunkMetadata>({
        decoderConfig: decoderConfig ?? undefined,
        svc: temporalLayerId === null ? undefined : { temporalLayerId },
        alphaSideData: alphaSideData ? bufferFrom(alphaSideData) : undefined,
      }),
  };
}

function audioInput({ localBytes, hold }: AudioInput): EncoderInput<AudioEncoderConfig> {
  return {
    localBytes,
    admit: () => undefined,
    toWork: () => {
      const held = hold();
      return {
        localBytes,
        wireBytes: () => localBytes,
        toMessage: (connection, address) => {
          const { audio, transfer } = held.toSend();
          return {
            message: { type: 'encodeAudio', ...address, audio },
            transfer: connection.canTransfer ? transfer : [],
          };
        },
        discard: () => held.release(),
      };
    },
  };
}

function describeAudio(config: AudioEncoderConfig, { description }: WireDecoderConfig): AudioDecoderConfig {
  return present<AudioDecoderConfig>({
    codec: config.codec,
    sampleRate: config.sampleRate,
    numberOfChannels: config.numberOfChannels,
    description: description ? bufferFrom(description) : undefined,
  });
}

/** An audio encoder's traits, over these media objects. */
export function audioEncoderTraits<Sound, Chunk>(
  media: Media<unknown, Sound, unknown, Chunk>,
): EncoderTraits<AudioEncoderConfig, Chunk, AudioDecoderConfig, EncodedAudioChunkMetadata> {
  return {
    kind: 'audio-encoder',
    name: 'AudioEncoder',
    defaultQueueSize: 4096,
    toConfig: toAudioEncoderConfig,
    toWire: (config) => ({ kind: 'audio-encoder', config: wireAudioEncoderConfig(config) }),
    toInput: (value) => audioInput(media.readAudio(value)),
    toChunk: media.makeAudioChunk,
    describe: ({ config }, wire) => describeAudio(config, wire),
    toMetadata: (_session, _message, decoderConfig) => (decoderConfig ? { decoderConfig } : {}),
  };
}
