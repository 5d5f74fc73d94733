/** What VideoEncoder and AudioEncoder differ in. */
import { parseCodecString } from '../protocol/codec-strings.js';
import { argumentError } from '../protocol/errors.js';
import type { WireDecoderConfig } from '../protocol/messages.js';
import { AudioData, audioByteLength, audioToSend } from './audio-data.js';
import { exactCopy } from './buffers.js';
import { fromWireColorSpace } from './color-space.js';
import {
  toAudioEncoderConfig,
  toVideoEncoderConfig,
  wireAudioEncoderConfig,
  wireVideoEncoderConfig,
} from './config.js';
import {
  type EncodedAudioChunk,
  type EncodedVideoChunk,
  fromWireAudioChunk,
  fromWireVideoChunk,
} from './encoded-chunk.js';
import type { EncoderInput, EncoderTraits } from './encoder.js';
import { bytesToSend, pictureToSend } from './picture.js';
import type {
  AudioDecoderConfig,
  AudioEncoderConfig,
  EncodedAudioChunkMetadata,
  EncodedVideoChunkMetadata,
  VideoDecoderConfig,
  VideoEncoderConfig,
} from './types.js';
import { pictureOf, VideoFrame } from './video-frame.js';
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

function videoInput(value: unknown, rawOptions: unknown): EncoderInput<VideoEncoderConfig> {
  if (!(value instanceof VideoFrame)) {
    throw argumentError('frame', 'a VideoFrame', value);
  }
  const options = readEncodeOptions(rawOptions);
  const picture = pictureOf(value);
  if (!picture) {
    throw argumentError('frame', 'open', 'closed');
  }
  const { rotation, flip } = picture.info;
  return {
    localBytes: picture.localBytes,
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
      const held = picture.duplicate();
      return {
        localBytes: held.localBytes,
        wireBytes: (connection) => bytesToSend(held, connection),
        toMessage: (connection, address) => {
          const finish = ({ picture: wire, transfer }: Awaited<ReturnType<typeof pictureToSend>>) => ({
            message: {
              type: 'encodeVideo' as const,
              ...address,
              picture: wire,
              keyFrame: options.keyFrame,
              quantizer: quantizerFor(config.codec, options),
            },
            transfer,
          });
          const sendable = pictureToSend(held, connection);
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

export const videoEncoderTraits: EncoderTraits<
  VideoEncoderConfig,
  EncodedVideoChunk,
  VideoDecoderConfig,
  EncodedVideoChunkMetadata
> = {
  kind: 'video-encoder',
  name: 'VideoEncoder',
  defaultQueueSize: 1024,
  toConfig: toVideoEncoderConfig,
  toWire: (config, { options }) => ({
    kind: 'video-encoder',
    config: wireVideoEncoderConfig(config, options.frameSizeMismatch ?? 'error'),
  }),
  toInput: videoInput,
  toChunk: fromWireVideoChunk,
  describe: ({ config, orientation }, { description, colorSpace }) =>
    present<VideoDecoderConfig>({
      codec: config.codec,
      codedWidth: config.width,
      codedHeight: config.height,
      displayAspectWidth: config.displayWidth,
      displayAspectHeight: config.displayHeight,
      rotation: orientation?.rotation ?? 0,
      flip: orientation?.flip ?? false,
      colorSpace: fromWireColorSpace(colorSpace),
      description: description ? bufferFrom(description) : undefined,
    }),
  toMetadata: (_session, { temporalLayerId, alphaSideData }, decoderConfig) =>
    present<EncodedVideoChunkMetadata>({
      decoderConfig: decoderConfig ?? undefined,
      svc: temporalLayerId === null ? undefined : { temporalLayerId },
      alphaSideData: alphaSideData ? bufferFrom(alphaSideData) : undefined,
    }),
};

function audioInput(value: unknown): EncoderInput<AudioEncoderConfig> {
  if (!(value instanceof AudioData)) {
    throw argumentError('data', 'AudioData', value);
  }
  const byteLength = audioByteLength(value);
  if (byteLength === null) {
    throw argumentError('data', 'open', 'closed');
  }
  return {
    localBytes: byteLength,
    admit: () => undefined,
    toWork: () => {
      const held = value.clone();
      return {
        localBytes: byteLength,
        wireBytes: () => byteLength,
        toMessage: (connection, address) => {
          const { audio, transfer } = audioToSend(held);
          return {
            message: { type: 'encodeAudio', ...address, audio },
            transfer: connection.canTransfer ? transfer : [],
          };
        },
        discard: () => held.close(),
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

export const audioEncoderTraits: EncoderTraits<
  AudioEncoderConfig,
  EncodedAudioChunk,
  AudioDecoderConfig,
  EncodedAudioChunkMetadata
> = {
  kind: 'audio-encoder',
  name: 'AudioEncoder',
  defaultQueueSize: 4096,
  toConfig: toAudioEncoderConfig,
  toWire: (config) => ({ kind: 'audio-encoder', config: wireAudioEncoderConfig(config) }),
  toInput: audioInput,
  toChunk: fromWireAudioChunk,
  describe: ({ config }, wire) => describeAudio(config, wire),
  toMetadata: (_session, _message, decoderConfig) => (decoderConfig ? { decoderConfig } : {}),
};
