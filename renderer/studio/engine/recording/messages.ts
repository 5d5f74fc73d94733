/** What page and engine say about recordings. Types only. Times of media are seconds, of clocks milliseconds. */

export type RecordingFormat = 'h264-mp4' | 'hevc-mp4' | 'vp9-webm' | 'av1-webm';

export interface RecordingSettings {
  format: RecordingFormat;
  /** Of the file's picture, pixels; even numbers. Pictures of another size are fitted into it. */
  width: number;
  height: number;
  /** Frames per second at most. */
  fps: number;
  /** Bits per second. */
  videoBitrate: number;
  audioBitrate: number;
}

/** What a recording is made of. Streams are transferred. */
export interface RecordingStreams {
  video: ReadableStream<VideoFrame>;
  audio: ReadableStream<AudioData> | null;
}

/** How a recording stands, some times a second. */
export interface RecordingProgress {
  state: 'starting' | 'recording' | 'paused' | 'recovering' | 'finishing';
  /** Seconds of the recording. */
  seconds: number;
  /** Bytes in the file. */
  bytes: number;
  /** Frames in the file. */
  frames: number;
  /** Frames that came and aren't in the file, because the encoder or the disk was busy. */
  dropped: number;
  /** Frames that aren't, because they came faster than was asked for. */
  surplus: number;
  /** Frames per second that went into the file over the last second. */
  fps: number;
  /** What happened on the way, in whole sentences, oldest first. */
  notes: string[];
}

/** Why a recording is over. */
export type RecordingEnd =
  | { type: 'stopped' }
  /** The camera was unplugged, the window closed, the sharing ended. */
  | { type: 'source-ended' }
  /** In whole sentences. The file is good up to its last fragment. */
  | { type: 'failed'; message: string };

export interface RecordingResult {
  end: RecordingEnd;
  seconds: number;
  bytes: number;
  frames: number;
  dropped: number;
  surplus: number;
  notes: string[];
}
