/** Tracks in words and numbers. */
import type { InputAudioTrack, InputVideoTrack } from 'mediabunny';
import type { AudioInfo, VideoInfo } from './messages.js';

const codecNames: Readonly<Record<string, string>> = {
  avc: 'H.264',
  hevc: 'HEVC',
  vp8: 'VP8',
  vp9: 'VP9',
  av1: 'AV1',
  prores: 'ProRes',
  aac: 'AAC',
  opus: 'Opus',
  mp3: 'MP3',
  vorbis: 'Vorbis',
  flac: 'FLAC',
  ac3: 'AC-3',
  eac3: 'E-AC-3',
};

function codecName(codec: string | null): string {
  if (codec === null) return 'unknown codec';
  return codecNames[codec] ?? codec.toUpperCase();
}

const colorNames: Readonly<Record<string, string>> = {
  bt709: 'BT.709',
  bt470bg: 'BT.601 (625 lines)',
  smpte170m: 'BT.601',
  bt2020: 'BT.2020',
  'bt2020-ncl': 'BT.2020',
  smpte432: 'Display P3',
  'iec61966-2-1': 'sRGB',
  pq: 'PQ',
  hlg: 'HLG',
  linear: 'linear',
  rgb: 'RGB',
};

/** `BT.709, limited range`; empty where the file says nothing. */
function describeColor({ primaries, transfer, matrix, fullRange }: VideoColorSpaceInit): string {
  const names = [primaries, transfer, matrix].flatMap((name) => (name ? [colorNames[name] ?? name] : []));
  const range = fullRange === true ? ['full range'] : fullRange === false ? ['limited range'] : [];
  return [[...new Set(names)].join(' / '), ...range].filter((part) => part !== '').join(', ');
}

/** Packets to look at for a frame rate. */
const packetsToJudge = 120;

export async function describeVideo(track: InputVideoTrack): Promise<VideoInfo> {
  const rate = await track.computeFrameRateMetrics({ targetPacketCount: packetsToJudge });
  const { bestGuessFrameRate, underlyingFrameRate } = rate;
  return {
    codec: codecName(await track.getCodec()),
    codecString: await track.getCodecParameterString(),
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    codedWidth: await track.getCodedWidth(),
    codedHeight: await track.getCodedHeight(),
    rotation: await track.getRotation(),
    fps: underlyingFrameRate,
    frameDuration: bestGuessFrameRate > 0 ? 1 / bestGuessFrameRate : 1 / 30,
    firstTimestamp: await track.getFirstTimestamp(),
    color: describeColor(await track.getColorSpace()),
    highDynamicRange: await track.hasHighDynamicRange(),
    mayBeTransparent: await track.canBeTransparent(),
  };
}

export async function describeAudio(track: InputAudioTrack): Promise<AudioInfo> {
  return {
    codec: codecName(await track.getCodec()),
    codecString: await track.getCodecParameterString(),
    sampleRate: await track.getSampleRate(),
    channels: await track.getNumberOfChannels(),
  };
}
