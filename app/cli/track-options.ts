import {
  type ConversionAudioOptions,
  type ConversionVideoOptions,
  type InputAudioTrack,
  type InputVideoTrack,
  Quality,
} from 'mediabunny';
import { carriesAlpha, encodableAudio, evenSize } from '../export/index.js';
import type { TranscodeOptions } from './arguments.js';
import type { Container } from './containers.js';

/** A bitrate that is close to what the quality asks for: file sizes then say what to expect. */
function defaultQuality(): Quality {
  return new Quality({ quality: 'high', preferBitrate: true });
}

export async function videoOptions(
  track: InputVideoTrack,
  options: TranscodeOptions,
  container: Container,
): Promise<ConversionVideoOptions> {
  if (!container.video) {
    return { discard: true };
  }
  const { size, fps, rotate, bitrate } = options;
  const changesPicture = size !== undefined || fps !== undefined || rotate !== undefined || bitrate !== undefined;
  const sourceCodec = await track.getCodec();
  const mayCopy = options.copy === true && !changesPicture;
  const codec = mayCopy && !options.videoCodec ? sourceCodec : container.video;
  return {
    ...(codec && container.format.getSupportedVideoCodecs().includes(codec) ? { codec } : { codec: container.video }),
    ...(mayCopy ? {} : { forceTranscode: true }),
    ...(mayCopy && codec === sourceCodec
      ? {}
      : { quality: bitrate === undefined ? defaultQuality() : new Quality({ bitrate }) }),
    ...(size ? { ...size, fit: options.fit } : mayCopy ? {} : await evenSize(track, container.video, rotate)),
    ...(fps === undefined ? {} : { frameRate: fps }),
    ...(rotate === undefined ? {} : { rotate, allowTransformationMetadata: false }),
    ...(carriesAlpha(container.format, codec) && (await track.canBeTransparent()) ? { alpha: 'keep' as const } : {}),
  };
}

export async function audioOptions(
  track: InputAudioTrack,
  options: TranscodeOptions,
  container: Container,
): Promise<ConversionAudioOptions> {
  const possible = container.format.getSupportedAudioCodecs();
  const sourceCodec = await track.getCodec();
  const mayCopy = options.copy === true && options.audioBitrate === undefined;
  const copies =
    mayCopy &&
    sourceCodec !== null &&
    possible.includes(sourceCodec) &&
    (options.audioCodec === undefined || options.audioCodec === sourceCodec);
  if (copies) {
    return { codec: sourceCodec };
  }
  const codec = container.audio;
  return {
    codec,
    forceTranscode: true,
    quality: options.audioBitrate === undefined ? defaultQuality() : new Quality({ bitrate: options.audioBitrate }),
    ...(await encodableAudio(track, codec)),
  };
}
