/**
 * What the page and its engine Worker say to each other. Types only. Times of media are seconds, as Mediabunny counts
 * them; of clocks, milliseconds.
 */
import type { PresetId, QualityLevel } from '../presets.js';

import type { CodecAnswer, CodecQuestion, EngineVersions, SpeedCodec, SpeedProgress } from './codecs/messages.js';
import type { RecordingProgress, RecordingResult, RecordingSettings, RecordingStreams } from './recording/messages.js';

/** A call in flight, chosen by the page. */
export type CallId = number & { readonly brand: 'CallId' };
/** A question of the engine in flight. */
export type QuestionId = number & { readonly brand: 'QuestionId' };

/** Canvases of the page that the engine draws on. */
export type SurfaceName = 'picture' | 'thumbnails' | 'waveform';

/** Where a medium comes from: a file that the user chose, or an output of this app, which main reads. */
export type MediaSource = { kind: 'file'; file: File } | { kind: 'output'; output: number; name: string; size: number };

export interface VideoInfo {
  /** As people write it: `H.264`, and the codec string. */
  codec: string;
  codecString: string | null;
  /** As shown: square pixels, turned upright. */
  width: number;
  height: number;
  /** As coded, where that differs. */
  codedWidth: number;
  codedHeight: number;
  rotation: number;
  /** Frames per second; null where they come at no constant rate. */
  fps: number | null;
  /** Seconds of a frame: of the constant rate, or the median. */
  frameDuration: number;
  /** Of the first frame. */
  firstTimestamp: number;
  /** In words: `BT.709, limited range`. */
  color: string;
  highDynamicRange: boolean;
  mayBeTransparent: boolean;
}

export interface AudioInfo {
  codec: string;
  codecString: string | null;
  sampleRate: number;
  channels: number;
}

export interface MediaInfo {
  name: string;
  /** Bytes. */
  size: number;
  /** `MP4`, `WebM`, `PNG picture`. */
  container: string;
  duration: number;
  video: VideoInfo | null;
  audio: AudioInfo | null;
  /** A still picture or an animation, which has no tracks. */
  isImage: boolean;
  /** Tracks that can't be decoded, in words. */
  warnings: string[];
}

/** A picture of the preview. */
export interface ShownFrame {
  /** Of the picture that is on the canvas. */
  time: number;
  duration: number;
}

export interface ExportSettings {
  preset: PresetId;
  /** Pixels; null: as the source. */
  size: { width: number; height: number } | null;
  /** Of the video. */
  rate: { kind: 'quality'; level: QualityLevel } | { kind: 'bitrate'; bitsPerSecond: number };
  /** Bits per second; null where the codec has none to choose. */
  audioBitrate: number | null;
  /** Constant frames per second; null: as the source. */
  fps: number | null;
  /** Seconds of the source. */
  trim: { start: number; end: number };
}

export interface ExportProgress {
  /** 0 to 1. */
  share: number;
  frames: number;
  /** Seconds of the output. */
  seconds: number;
  /** Bytes that were written so far. */
  bytes: number;
  /** Milliseconds since the start. */
  elapsed: number;
}

export interface ExportResult {
  frames: number;
  seconds: number;
  bytes: number;
  elapsed: number;
}

/** What this machine's host can do of the presets; the reason where it can't. */
export type PresetSupport = Record<PresetId, string | null>;

/** A wish of the page. */
export type EngineCall =
  | { method: 'open'; source: MediaSource }
  /** Rejects with an AbortError when a newer seek, step or play comes first. */
  | { method: 'seek'; time: number }
  /** Back where negative. */
  | { method: 'step'; frames: number }
  /** Resolves when playing is over: paused, sought elsewhere, or at the end. */
  | { method: 'play'; from: number; to: number; rate: number; sound: boolean }
  | { method: 'pause' }
  /** Draws thumbnails and waveform in the colours given; resolves when both are whole. */
  | { method: 'strips'; width: number; height: number; waveHeight: number; color: string }
  /** For the file that is open, in the size and at the rate wanted. */
  | { method: 'support'; size: { width: number; height: number } | null; fps: number | null }
  | { method: 'export'; source: MediaSource; settings: ExportSettings; output: number }
  /** Resolves when the recording is over, be it by a cancel; rejects where it can't begin. */
  | { method: 'record'; settings: RecordingSettings; streams: RecordingStreams; output: number }
  /** Does nothing where nothing is being recorded. */
  | { method: 'pause-recording'; paused: boolean }
  /** Each answer is reported as it comes. */
  | { method: 'probe'; questions: CodecQuestion[] }
  | { method: 'versions' }
  | { method: 'speed'; codec: SpeedCodec };

export type EngineMethod = EngineCall['method'];

/** What each call resolves with. */
export interface EngineResults {
  open: MediaInfo;
  seek: ShownFrame;
  step: ShownFrame;
  play: null;
  pause: ShownFrame | null;
  strips: null;
  support: PresetSupport;
  export: ExportResult;
  record: RecordingResult;
  'pause-recording': null;
  probe: null;
  versions: EngineVersions;
  speed: SpeedProgress;
}

/** What a call reports while it runs. */
export interface EngineProgress {
  export: ExportProgress;
  record: RecordingProgress;
  probe: CodecAnswer;
  speed: SpeedProgress;
}

export interface EngineError {
  /** As a DOMException's: `AbortError` where somebody stopped it. */
  name: string;
  /** One or more whole sentences. */
  message: string;
}

/** Page → engine. */
export type PageMessage =
  | { type: 'port'; port: MessagePort }
  /** The host is gone; a new port is on its way. */
  | { type: 'lost'; reason: string }
  | { type: 'surface'; name: SurfaceName; canvas: OffscreenCanvas }
  /** How large the picture is shown, in device pixels. */
  | { type: 'viewport'; width: number; height: number }
  /** The media time that the playback clock showed at a moment of performance.timeOrigin + performance.now(). */
  | { type: 'clock'; mediaTime: number; at: number }
  | { type: 'call'; id: CallId; call: EngineCall }
  | { type: 'cancel'; id: CallId }
  | { type: 'answer'; id: QuestionId; bytes: Uint8Array<ArrayBuffer> | null }
  | { type: 'refusal'; id: QuestionId; error: EngineError };

/** What the engine has to ask the page, which asks main: files are main's. */
export type EngineQuestion =
  | { method: 'write-output'; output: number; position: number; bytes: Uint8Array<ArrayBuffer> }
  | { method: 'read-output'; output: number; start: number; end: number };

/** Engine → page. */
export type EngineMessage =
  | { type: 'result'; id: CallId; result: EngineResults[EngineMethod] }
  | { type: 'failure'; id: CallId; error: EngineError }
  | { type: 'progress'; id: CallId; progress: EngineProgress[keyof EngineProgress] }
  | { type: 'question'; id: QuestionId; question: EngineQuestion }
  /** Whether codecs can be used. */
  | { type: 'host'; state: 'up' }
  | { type: 'host'; state: 'down'; reason: string }
  /** The first picture and the first sound of a `play` are there: start the clock. */
  | { type: 'primed'; id: CallId }
  /** A picture of playback was drawn. */
  | { type: 'shown'; frame: ShownFrame }
  /** Sound of a `play`, to be heard from `time` on. */
  | { type: 'sound'; id: CallId; time: number; sampleRate: number; planes: Float32Array<ArrayBuffer>[] };
