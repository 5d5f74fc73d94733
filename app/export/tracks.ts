/** How tracks become tracks that a codec and a container take. */
import { encodableChannelCount, encodableSampleRate } from 'electron-webcodecs/mediabunny';
import {
  type AudioCodec,
  type ConversionAudioOptions,
  type ConversionVideoOptions,
  type InputAudioTrack,
  type InputVideoTrack,
  MkvOutputFormat,
  type OutputFormat,
  type VideoCodec,
} from 'mediabunny';

/**
 * Where an encoder's leading silence goes, see MediabunnyOptions. Where packets from before the start are allowed, sound
 * stays exactly in place. Matroska and WebM would have to say so too, but browsers refuse such files; there, Opus brings
 * its own measure of the silence along, and 6.5 ms are no matter.
 */
export function primingFor(format: OutputFormat, audio: AudioCodec): 'after-start' | 'before-start' {
  const allowed = format.negativeTimestampSupport;
  return allowed === 'full' || (allowed === 'prefer-non-negative' && audio !== 'opus') ? 'before-start' : 'after-start';
}

/** VP8 and VP9 carry transparency beside the picture, in Matroska and WebM. */
export function carriesAlpha(format: OutputFormat, codec: VideoCodec | null): boolean {
  return format instanceof MkvOutputFormat && (codec === 'vp8' || codec === 'vp9');
}

/** H.264 and HEVC come in even sizes only. */
export function halvesChroma(codec: VideoCodec): boolean {
  return codec === 'avc' || codec === 'hevc';
}

/** Even sides for codecs that take no others; Mediabunny rounds up a size that it is told, and refuses its own. */
export async function evenSize(
  track: InputVideoTrack,
  codec: VideoCodec,
  rotate = 0,
): Promise<Pick<ConversionVideoOptions, 'width' | 'height' | 'fit'>> {
  const shown = [await track.getDisplayWidth(), await track.getDisplayHeight()] as const;
  if (!halvesChroma(codec) || shown.every((side) => side % 2 === 0)) {
    return {};
  }
  const [width, height] = rotate % 180 === 0 ? shown : ([shown[1], shown[0]] as const);
  return { width, height, fit: 'fill' };
}

/** The nearest sample rate and channel count that the codec takes; empty where it takes the track's own. */
export async function encodableAudio(
  track: InputAudioTrack,
  codec: AudioCodec,
): Promise<Pick<ConversionAudioOptions, 'sampleRate' | 'numberOfChannels'>> {
  const sampleRate = await track.getSampleRate();
  const channels = await track.getNumberOfChannels();
  const targetRate = encodableSampleRate(codec, sampleRate);
  const targetChannels = encodableChannelCount(codec, channels);
  return {
    ...(targetRate === sampleRate ? {} : { sampleRate: targetRate }),
    ...(targetChannels === channels ? {} : { numberOfChannels: targetChannels }),
  };
}
