import {
  type ConversionAudioOptions,
  type ConversionVideoOptions,
  type InputAudioTrack,
  type InputVideoTrack,
  MkvOutputFormat,
  Quality,
  type VideoCodec,
} from 'mediabunny';
import { encodableChannelCount, encodableSampleRate } from '../mediabunny/index.js';
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
    ...((await keepsAlpha(track, container, codec)) ? { alpha: 'keep' as const } : {}),
  };
}

/** VP8 and VP9 carry transparency beside the picture, in Matroska and WebM. */
async function keepsAlpha(track: InputVideoTrack, { format }: Container, codec: VideoCodec | null): Promise<boolean> {
  const carries = format instanceof MkvOutputFormat && (codec === 'vp8' || codec === 'vp9');
  return carries && (await track.canBeTransparent());
}

/** H.264 and HEVC come in even sizes only; Mediabunny rounds up a size that it is told, and refuses its own. */
async function evenSize(
  track: InputVideoTrack,
  codec: VideoCodec,
  rotate = 0,
): Promise<Pick<ConversionVideoOptions, 'width' | 'height' | 'fit'>> {
  const shown = [await track.getDisplayWidth(), await track.getDisplayHeight()] as const;
  const halvesChroma = codec === 'avc' || codec === 'hevc';
  if (!halvesChroma || shown.every((side) => side % 2 === 0)) {
    return {};
  }
  const [width, height] = rotate % 180 === 0 ? shown : ([shown[1], shown[0]] as const);
  return { width, height, fit: 'fill' };
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
  const sampleRate = await track.getSampleRate();
  const channels = await track.getNumberOfChannels();
  const targetRate = encodableSampleRate(codec, sampleRate);
  const targetChannels = encodableChannelCount(codec, channels);
  return {
    codec,
    forceTranscode: true,
    quality: options.audioBitrate === undefined ? defaultQuality() : new Quality({ bitrate: options.audioBitrate }),
    ...(targetRate === sampleRate ? {} : { sampleRate: targetRate }),
    ...(targetChannels === channels ? {} : { numberOfChannels: targetChannels }),
  };
}
