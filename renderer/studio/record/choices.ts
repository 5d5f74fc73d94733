/** What the person chooses of a recording, remembered by this machine. */
import { computed, effect, signal } from '@preact/signals';
import type { RecordingFormat, RecordingSettings } from '../engine/recording/messages.js';
import type { SourceKind } from './sources.js';

export interface Choices {
  kind: SourceKind;
  cameraId: string | null;
  microphoneId: string | null;
  cleansVoice: boolean;
  systemSound: boolean;
  format: RecordingFormat;
  /** Lines at most; null: as the source. */
  height: number | null;
  fps: number;
  /** Megabits per second; null: by size, rate and codec. */
  megabits: number | null;
}

export const formatNames: Readonly<Record<RecordingFormat, string>> = {
  'h264-mp4': 'MP4 · H.264 + AAC',
  'hevc-mp4': 'MP4 · HEVC + AAC',
  'vp9-webm': 'WebM · VP9 + Opus',
  'av1-webm': 'WebM · AV1 + Opus',
};
export const heights = [2160, 1440, 1080, 720, 480] as const;
export const rates = [60, 50, 30, 25, 24, 15] as const;
export const bitrates = [1, 2, 4, 6, 8, 12, 20, 40] as const;

const storageKey = 'studio.record';
const audioBitrate = 160_000;
const defaults: Choices = {
  kind: 'test',
  cameraId: null,
  microphoneId: null,
  cleansVoice: true,
  systemSound: true,
  format: 'h264-mp4',
  height: null,
  fps: 30,
  megabits: null,
};

function remembered(): Choices {
  try {
    const value: unknown = JSON.parse(localStorage.getItem(storageKey) ?? '{}');
    return { ...defaults, ...(typeof value === 'object' ? value : {}) };
  } catch {
    return defaults;
  }
}

export const choices = signal<Choices>(remembered());
effect(() => localStorage.setItem(storageKey, JSON.stringify(choices.value)));

export function choose(change: Partial<Choices>): void {
  choices.value = { ...choices.value, ...change };
}

/** Pixels of the source that is live; null where there is none. */
export const sourceSize = signal<{ width: number; height: number } | null>(null);

/** Bits for each pixel, of pictures in which something happens. */
const bitsPerPixel: Readonly<Record<RecordingFormat, number>> = {
  'h264-mp4': 0.1,
  'hevc-mp4': 0.07,
  'vp9-webm': 0.07,
  'av1-webm': 0.06,
};

const even = (value: number): number => Math.max(2, Math.round(value / 2) * 2);

/** What a recording would be made with now; null where there is nothing to record. */
export const settings = computed<RecordingSettings | null>(() => {
  const source = sourceSize.value;
  if (!source) return null;
  const { format, height, fps, megabits } = choices.value;
  const scale = height === null ? 1 : Math.min(1, height / source.height);
  const size = { width: even(source.width * scale), height: even(source.height * scale) };
  const wanted = megabits === null ? size.width * size.height * fps * bitsPerPixel[format] : megabits * 1e6;
  return { format, ...size, fps, videoBitrate: Math.round(wanted / 1e4) * 1e4, audioBitrate };
});
