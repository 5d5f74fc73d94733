import type { AudioCodec, VideoCodec } from 'mediabunny';
import { currentEngine } from './engine.js';

/*
 * Mediabunny asks synchronously, so these are tables of what the engine is built with. What a table lets through and
 * the codec refuses all the same comes back as that codec's error.
 */

const decodableVideo: ReadonlySet<VideoCodec> = new Set(['avc', 'hevc', 'vp8', 'vp9', 'av1', 'prores']);

/** Raw PCM is left to Mediabunny, which reads and writes it in place. */
const decodableAudio: ReadonlySet<AudioCodec> = new Set(['aac', 'opus', 'mp3', 'vorbis', 'flac', 'ac3', 'eac3']);

const quantizable: ReadonlySet<VideoCodec> = new Set(['avc', 'hevc', 'vp9', 'av1']);

/** Sample rates that an encoder takes, in hertz; null: any. */
const encodableRates: Partial<Record<AudioCodec, readonly number[] | null>> = {
  aac: [7350, 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000],
  opus: [8000, 12000, 16000, 24000, 48000],
  mp3: [8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000],
  vorbis: null,
  flac: null,
};

const encodableChannels: Partial<Record<AudioCodec, number>> = { aac: 8, opus: 8, mp3: 2, vorbis: 8, flac: 8 };

export function canDecodeVideo(codec: VideoCodec, _config: VideoDecoderConfig): boolean {
  return currentEngine() !== null && decodableVideo.has(codec);
}

export function canDecodeAudio(codec: AudioCodec, _config: AudioDecoderConfig): boolean {
  return currentEngine() !== null && decodableAudio.has(codec);
}

export function canEncodeVideo(codec: VideoCodec, config: VideoEncoderConfig): boolean {
  if (!currentEngine() || !decodableVideo.has(codec)) {
    return false;
  }
  if (config.bitrateMode === 'quantizer' && !quantizable.has(codec)) {
    return false;
  }
  const halvesChroma = codec === 'avc' || codec === 'hevc';
  return !halvesChroma || (config.width % 2 === 0 && config.height % 2 === 0);
}

export function canEncodeAudio(codec: AudioCodec, config: AudioEncoderConfig): boolean {
  const rates = encodableRates[codec];
  if (!currentEngine() || rates === undefined) {
    return false;
  }
  const fits = config.numberOfChannels <= (encodableChannels[codec] ?? 0);
  return fits && (rates === null || rates.includes(config.sampleRate));
}

/**
 * The sample rate, in hertz, at which audio of `sampleRate` is best encoded: its own where the codec takes it, else the
 * next higher one, else the highest.
 */
export function encodableSampleRate(codec: AudioCodec, sampleRate: number): number {
  const rates = encodableRates[codec];
  if (!rates) {
    return sampleRate;
  }
  // Opus works at 48 kHz inside: going there at once spares a second conversion.
  const wanted = codec === 'opus' && !rates.includes(sampleRate) ? 48000 : sampleRate;
  return rates.find((rate) => rate >= wanted) ?? rates[rates.length - 1] ?? sampleRate;
}

/** How many channels of `numberOfChannels` the codec can take. */
export function encodableChannelCount(codec: AudioCodec, numberOfChannels: number): number {
  return Math.min(numberOfChannels, encodableChannels[codec] ?? numberOfChannels);
}
