import path from 'node:path';
import {
  AdtsOutputFormat,
  type AudioCodec,
  FlacOutputFormat,
  MkvOutputFormat,
  MovOutputFormat,
  Mp3OutputFormat,
  Mp4OutputFormat,
  OggOutputFormat,
  type OutputFormat,
  type VideoCodec,
  WavOutputFormat,
  WebMOutputFormat,
} from 'mediabunny';
import { ExportError, primingFor } from '../export/index.js';

/** What a file name's ending stands for, and what goes in where the user names no codec. */
export interface Container {
  format: OutputFormat;
  video: VideoCodec | null;
  audio: AudioCodec;
  /** Where an encoder's leading silence goes, see MediabunnyOptions. */
  priming: 'after-start' | 'before-start';
}

const containers: Readonly<Record<string, () => Omit<Container, 'priming'>>> = {
  '.mp4': () => ({ format: new Mp4OutputFormat(), video: 'avc', audio: 'aac' }),
  '.m4v': () => ({ format: new Mp4OutputFormat(), video: 'avc', audio: 'aac' }),
  '.mov': () => ({ format: new MovOutputFormat(), video: 'avc', audio: 'aac' }),
  '.mkv': () => ({ format: new MkvOutputFormat(), video: 'avc', audio: 'aac' }),
  '.webm': () => ({ format: new WebMOutputFormat(), video: 'vp9', audio: 'opus' }),
  '.m4a': () => ({ format: new Mp4OutputFormat(), video: null, audio: 'aac' }),
  '.mp3': () => ({ format: new Mp3OutputFormat(), video: null, audio: 'mp3' }),
  '.ogg': () => ({ format: new OggOutputFormat(), video: null, audio: 'opus' }),
  '.opus': () => ({ format: new OggOutputFormat(), video: null, audio: 'opus' }),
  '.wav': () => ({ format: new WavOutputFormat(), video: null, audio: 'pcm-s16' }),
  '.flac': () => ({ format: new FlacOutputFormat(), video: null, audio: 'flac' }),
  '.aac': () => ({ format: new AdtsOutputFormat(), video: null, audio: 'aac' }),
};

/** Throws an ExportError for an ending that stands for nothing, or a codec that the container can't hold. */
export function containerFor(file: string, chosen: { videoCodec?: VideoCodec; audioCodec?: AudioCodec }): Container {
  const extension = path.extname(file).toLowerCase();
  const make = containers[extension];
  if (!make) {
    const known = Object.keys(containers).join(' ');
    throw new ExportError(`${path.basename(file)} has no known ending; use one of ${known}.`);
  }
  const container = make();
  const videoCodecs: readonly VideoCodec[] = container.video ? container.format.getSupportedVideoCodecs() : [];
  const audioCodecs: readonly AudioCodec[] = container.format.getSupportedAudioCodecs();
  if (chosen.videoCodec && !videoCodecs.includes(chosen.videoCodec)) {
    throw new ExportError(cannotHold(extension, chosen.videoCodec, videoCodecs));
  }
  if (chosen.audioCodec && !audioCodecs.includes(chosen.audioCodec)) {
    throw new ExportError(cannotHold(extension, chosen.audioCodec, audioCodecs));
  }
  const audio = chosen.audioCodec ?? container.audio;
  return {
    format: container.format,
    video: container.video && (chosen.videoCodec ?? container.video),
    audio,
    priming: primingFor(container.format, audio),
  };
}

function cannotHold(extension: string, codec: string, possible: readonly string[]): string {
  const holds = possible.length > 0 ? `it holds ${possible.join(', ')}` : 'it holds sound only';
  return `A ${extension} file cannot hold ${codec}; ${holds}.`;
}
