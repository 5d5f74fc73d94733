import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { AudioCodec, VideoCodec } from 'mediabunny';

export interface TranscodeOptions {
  videoCodec?: VideoCodec;
  audioCodec?: AudioCodec;
  /** Bits per second. */
  bitrate?: number;
  audioBitrate?: number;
  size?: { width: number; height: number };
  fit: 'fill' | 'contain' | 'cover';
  fps?: number;
  rotate?: 0 | 90 | 180 | 270;
  /** Seconds. */
  start?: number;
  end?: number;
  copy?: boolean;
  keepPartial?: boolean;
  runIn: 'child' | 'inline';
}

export interface Arguments {
  /** Absent: make the sample clip. */
  files: { input: string; output: string } | null;
  options: TranscodeOptions;
  /** Folder for the sample clip's files. */
  folder: string;
}

const videoCodecNames: Readonly<Record<string, VideoCodec>> = {
  avc: 'avc',
  h264: 'avc',
  hevc: 'hevc',
  h265: 'hevc',
  vp8: 'vp8',
  vp9: 'vp9',
  av1: 'av1',
  prores: 'prores',
};

const audioCodecNames: Readonly<Record<string, AudioCodec>> = {
  aac: 'aac',
  opus: 'opus',
  mp3: 'mp3',
  vorbis: 'vorbis',
  flac: 'flac',
  pcm: 'pcm-s16',
  'pcm-s16': 'pcm-s16',
  'pcm-s24': 'pcm-s24',
  'pcm-f32': 'pcm-f32',
  ulaw: 'ulaw',
  alaw: 'alaw',
};

function named<T>(names: Readonly<Record<string, T>>): (value: string) => T {
  return (value) => {
    const found = names[value.toLowerCase()];
    if (found === undefined) {
      throw new InvalidArgumentError(`expected one of ${Object.keys(names).join(', ')}`);
    }
    return found;
  };
}

export function parseBitrate(value: string): number {
  const match = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(value);
  const unit = match?.[2] === 'M' ? 1e6 : match?.[2] === 'k' ? 1e3 : 1;
  const bitrate = Math.round(Number(match?.[1]) * unit);
  if (!(bitrate > 0)) {
    throw new InvalidArgumentError('expected bits per second, such as 4M or 128k');
  }
  return bitrate;
}

export function parseSize(value: string): { width: number; height: number } {
  const match = /^(\d+)x(\d+)$/i.exec(value);
  const width = Number(match?.[1]);
  const height = Number(match?.[2]);
  if (!(width >= 2 && height >= 2)) {
    throw new InvalidArgumentError('expected a width and a height in pixels, such as 1280x720');
  }
  return { width, height };
}

/** Seconds, or `minutes:seconds`, or `hours:minutes:seconds`; what follows a colon is below 60. */
export function parseTime(value: string): number {
  if (!/^\d+(:[0-5]?\d){0,2}(\.\d+)?$/.test(value)) {
    throw new InvalidArgumentError('expected a time, such as 12.5 or 1:30');
  }
  return value.split(':').reduce((seconds, part) => seconds * 60 + Number(part), 0);
}

function parseFrameRate(value: string): number {
  const [numerator, denominator = '1'] = value.split('/');
  const rate = Number(numerator) / Number(denominator);
  if (!(rate > 0 && rate <= 1000)) {
    throw new InvalidArgumentError('expected frames per second, such as 30 or 30000/1001');
  }
  return rate;
}

function parseRotation(value: string): 0 | 90 | 180 | 270 {
  const degrees = Number(value);
  if (degrees !== 0 && degrees !== 90 && degrees !== 180 && degrees !== 270) {
    throw new InvalidArgumentError('expected 0, 90, 180 or 270 degrees clockwise');
  }
  return degrees;
}

/** Prints help or what is wrong and ends the process where the arguments ask for it. */
export function parseArguments(argv: readonly string[], workingFolder: string): Arguments {
  const command = new Command('export')
    .description('Transcodes a media file. Without arguments: makes, exports and checks a sample clip.')
    .argument('[input]', 'media file to read')
    .argument('[output]', 'file to write: .mp4 .mov .m4v .webm .mkv .mp3 .ogg .wav .flac .m4a .aac')
    .option('--video-codec <name>', Object.keys(videoCodecNames).join(', '), named(videoCodecNames))
    .option('--audio-codec <name>', Object.keys(audioCodecNames).join(', '), named(audioCodecNames))
    .option('--bitrate <bits>', 'video bits per second, such as 4M', parseBitrate)
    .option('--audio-bitrate <bits>', 'audio bits per second, such as 128k', parseBitrate)
    .option('--size <WxH>', 'picture size in pixels, after rotation', parseSize)
    .addOption(
      new Option('--fit <how>', 'how the picture fills --size')
        .choices(['contain', 'cover', 'fill'])
        .default('contain'),
    )
    .option('--fps <rate>', 'constant frames per second; otherwise as in the input', parseFrameRate)
    .option('--rotate <degrees>', 'turn the picture clockwise: 90, 180 or 270', parseRotation)
    .option('--start <time>', 'where to begin, in seconds or h:m:s', parseTime)
    .option('--end <time>', 'where to stop', parseTime)
    .option('--copy', 'pass streams through that need no re-encoding; cuts then fall on key frames')
    .option('--keep-partial', 'when the input is damaged or the export is stopped, keep what could be exported')
    .addOption(new Option('--run-in <place>', 'where the codecs run').choices(['child', 'inline']).default('child'));
  command.parse([...argv], { from: 'user' });

  const options = command.opts<TranscodeOptions>();
  const [input, output] = command.args;
  if (input !== undefined && output === undefined) {
    command.error('error: an output file is missing');
  }
  if (options.start !== undefined && options.end !== undefined && options.start >= options.end) {
    command.error('error: --start must come before --end');
  }
  return {
    files:
      input !== undefined && output !== undefined
        ? { input: path.resolve(workingFolder, input), output: path.resolve(workingFolder, output) }
        : null,
    options,
    folder: path.resolve(workingFolder, 'out'),
  };
}
