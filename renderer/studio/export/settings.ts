/** What the person has chosen for the export, and what follows from it. */
import { computed, effect, signal } from '@preact/signals';
import type { ExportSettings, PresetSupport } from '../engine/messages.js';
import { type PresetId, presetOf, type QualityLevel } from '../presets.js';
import { engine, hostProblem } from '../studio.js';
import { medium, trim } from './session.js';

/** Lines of the shorter side, as `1080p` says; or as the source; or as typed in. */
export type SizeChoice = 'original' | '2160' | '1440' | '1080' | '720' | '480' | 'custom';

/** What the person chose last. */
export const chosenPreset = signal<PresetId>('h264-mp4');
export const sizeChoice = signal<SizeChoice>('original');
export const customSize = signal({ width: 1280, height: 720 });
export const rateKind = signal<'quality' | 'bitrate'>('quality');
export const quality = signal<QualityLevel>('high');
/** Bits per second. */
export const videoBitrate = signal(8_000_000);
/** Null: the preset's second best. */
export const audioBitrate = signal<number | null>(null);
/** Frames per second; null: as the source. */
export const frameRate = signal<number | null>(null);
/** What the codec host says of each preset; null until it has answered. */
export const support = signal<PresetSupport | null>(null);

/** What is chosen, as far as the file has it: only sound, or only pictures, have presets of their own. */
export const presetId = computed<PresetId>(() => {
  const info = medium.value;
  const isForVideo = presetOf(chosenPreset.value).video !== null;
  if (info?.audio && !info.video && isForVideo) return 'aac-m4a';
  return info?.video && !info.audio && !isForVideo ? 'h264-mp4' : chosenPreset.value;
});
export const preset = computed(() => presetOf(presetId.value));
export const objection = computed(() => support.value?.[presetId.value] ?? null);
export const chosenAudioBitrate = computed(() => {
  const rates = preset.value.audioBitrates;
  if (!rates) return null;
  const wanted = audioBitrate.value;
  return wanted !== null && rates.includes(wanted) ? wanted : (rates[2] ?? rates[0] ?? null);
});

interface Size {
  width: number;
  height: number;
}

/** Even, as most codecs want it, and in the shape of the source. */
export function sizeWithLines(source: Size, lines: number): Size {
  const scale = lines / Math.min(source.width, source.height);
  const even = (side: number): number => Math.max(2, Math.round((side * scale) / 2) * 2);
  return { width: even(source.width), height: even(source.height) };
}

/** The other side of a size that is typed in, in the shape of the source. */
export function setCustomSize(change: Partial<Size>): void {
  const source = medium.value?.video;
  const even = (side: number): number => Math.min(16_384, Math.max(2, Math.round(side / 2) * 2));
  const shape = source ? source.width / source.height : 16 / 9;
  const { width, height } = change;
  if (width !== undefined && width > 0) customSize.value = { width: even(width), height: even(width / shape) };
  else if (height !== undefined && height > 0) customSize.value = { width: even(height * shape), height: even(height) };
}

// What was typed in for one file, or for none, would stretch the next one: its width stays, in that one's shape.
effect(() => setCustomSize({ width: customSize.peek().width }));

/** Null: as the source. */
export const size = computed<Size | null>(() => {
  const source = medium.value?.video;
  if (!source || sizeChoice.value === 'original') return null;
  return sizeChoice.value === 'custom' ? customSize.value : sizeWithLines(source, Number(sizeChoice.value));
});

export function exportSettings(): ExportSettings {
  return {
    preset: presetId.value,
    size: size.value,
    rate:
      rateKind.value === 'bitrate'
        ? { kind: 'bitrate', bitsPerSecond: videoBitrate.value }
        : { kind: 'quality', level: quality.value },
    audioBitrate: chosenAudioBitrate.value,
    fps: frameRate.value,
    trim: trim.value,
  };
}

/** Bits for a pixel of one frame at the quality, for material of some movement. */
const bitsPerPixel: Record<QualityLevel, number> = { small: 0.025, medium: 0.05, high: 0.1, best: 0.2 };
const efficiency: Readonly<Record<string, number>> = { avc: 1, hevc: 0.75, av1: 0.5 };
/** As Apple's white paper has it for ProRes 422 HQ. */
const proResBitsPerPixel = 220e6 / (1920 * 1080 * 29.97);
const flacShare = 0.6;

/** Bytes that the file will have, roughly where the quality leads; null without a file. */
export const estimate = computed<number | null>(() => {
  const info = medium.value;
  if (!info) return null;
  const { video, audio: sound, quantizers } = preset.value;
  const seconds = trim.value.end - trim.value.start;
  let bits = 0;
  if (video && info.video) {
    const { width, height } = size.value ?? info.video;
    const pixels = width * height * (frameRate.value ?? 1 / info.video.frameDuration);
    if (!quantizers) bits += pixels * proResBitsPerPixel;
    else if (rateKind.value === 'bitrate') bits += videoBitrate.value;
    else bits += pixels * bitsPerPixel[quality.value] * (efficiency[video] ?? 1);
  }
  if (info.audio) {
    const { sampleRate, channels } = info.audio;
    const depth = sound === 'pcm-s24' ? 24 : sound === 'flac' ? 16 * flacShare : 16;
    bits += chosenAudioBitrate.value ?? sampleRate * channels * depth;
  }
  return (bits * seconds) / 8;
});

effect(() => {
  const info = medium.value;
  const wanted = { size: size.value, fps: frameRate.value };
  if (!info || hostProblem.value !== null) return undefined;
  // A size that is being typed in changes often.
  const timer = setTimeout(() => {
    engine.call({ method: 'support', ...wanted }).then(
      (answer) => {
        if (medium.value === info) support.value = answer;
      },
      // The host went in the meantime; the next one is asked anew.
      () => undefined,
    );
  }, 80);
  return () => clearTimeout(timer);
});
