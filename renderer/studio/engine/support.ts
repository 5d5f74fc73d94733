/** What of the presets this machine's codec host can do with the file that is open. */
import { encodableChannelCount, encodableSampleRate } from 'electron-webcodecs/mediabunny';
import type { RemoteCodecs } from 'electron-webcodecs/renderer';
import type { AudioCodec, VideoCodec } from 'mediabunny';
import { type Preset, presets } from '../presets.js';
import type { MediaInfo, PresetSupport } from './messages.js';

interface Picture {
  width: number;
  height: number;
  framerate: number;
}

/** Pixels of a picture up to which HEVC's and AV1's fifth levels go. */
const levelFivePixels = 8_912_896;

/** A string whose level has room for the picture. */
function videoCodecString(codec: VideoCodec, { width, height }: Picture): string {
  const isLarger = width * height > levelFivePixels;
  switch (codec) {
    case 'avc':
      return 'avc1.640034';
    case 'hevc':
      return isLarger ? 'hvc1.1.6.L186.B0' : 'hvc1.1.6.L153.B0';
    case 'av1':
      return isLarger ? 'av01.0.16M.08' : 'av01.0.13M.08';
    case 'prores':
      return 'apch';
    default:
      return codec;
  }
}

const audioCodecStrings: Partial<Record<AudioCodec, string>> = {
  aac: 'mp4a.40.2',
  'pcm-s16': 'pcm-s16',
  'pcm-s24': 'pcm-s24',
};

async function videoObjection(codecs: RemoteCodecs, preset: Preset, picture: Picture): Promise<string | null> {
  if (preset.video === null) return null;
  const { supported } = await codecs.VideoEncoder.isConfigSupported({
    codec: videoCodecString(preset.video, picture),
    ...picture,
    ...(preset.quantizers ? { bitrateMode: 'quantizer' } : { bitrate: 100_000_000 }),
  });
  return supported ? null : `The codec host has no encoder for this video at ${picture.width}×${picture.height}.`;
}

async function audioObjection(codecs: RemoteCodecs, preset: Preset, { audio }: MediaInfo): Promise<string | null> {
  if (!audio) return preset.video === null ? 'The file has no sound.' : null;
  const sampleRate = encodableSampleRate(preset.audio, audio.sampleRate);
  const numberOfChannels = encodableChannelCount(preset.audio, audio.channels);
  const [bitrate] = preset.audioBitrates ?? [];
  const { supported } = await codecs.AudioEncoder.isConfigSupported({
    codec: audioCodecStrings[preset.audio] ?? preset.audio,
    sampleRate,
    numberOfChannels,
    ...(bitrate === undefined ? {} : { bitrate }),
  });
  return supported ? null : `The codec host has no encoder for this sound at ${sampleRate} Hz.`;
}

/** Each preset with the reason why it can't be had, or null. */
export async function presetSupport(
  codecs: RemoteCodecs,
  info: MediaInfo,
  picture: Picture | null,
): Promise<PresetSupport> {
  const objectionTo = async (preset: Preset): Promise<string | null> => {
    if (info.isImage) return 'Pictures can be looked at here; exporting takes a video or sound.';
    if (preset.video !== null && !picture) return 'The file has no video.';
    return (
      (picture ? await videoObjection(codecs, preset, picture) : null) ?? (await audioObjection(codecs, preset, info))
    );
  };
  const answers = await Promise.all(presets.map(async (preset) => [preset.id, await objectionTo(preset)] as const));
  return Object.fromEntries(answers) as PresetSupport;
}
