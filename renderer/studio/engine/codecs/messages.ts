/** What page and engine say about what this machine's codecs can do. Types only. */

/** A configuration that a codec may be asked about; a decoder's may need the description that the codec's encoder gives. */
export type CodecQuestion =
  | { kind: 'video-encoder'; config: VideoEncoderConfig }
  | { kind: 'video-decoder'; config: VideoDecoderConfig }
  | { kind: 'audio-encoder'; config: AudioEncoderConfig }
  | { kind: 'audio-decoder'; config: AudioDecoderConfig; description?: 'encoder' };

export interface CodecAnswer {
  /** Its place among the questions. */
  index: number;
  supported: boolean;
  /** Why not, as the host words it. */
  reason: string | null;
  /** The description that the question asked for. */
  description: Uint8Array<ArrayBuffer> | null;
}

/** Which FFmpeg the host runs. */
export interface EngineVersions {
  /** `lgpl` or `gpl`. */
  variant: string;
  /** `9.0.2`; null where its configuration doesn't tell. */
  ffmpeg: string | null;
  avcodec: string;
  license: string;
}

/** Codecs whose speed can be tried, by the name of their row. */
export const speedCodecs = {
  'H.264': 'avc1.640028',
  HEVC: 'hvc1.1.6.L120.B0',
  VP8: 'vp8',
  VP9: 'vp09.00.40.08',
  AV1: 'av01.0.08M.08',
  ProRes: 'apcn',
} as const;
export type SpeedCodec = keyof typeof speedCodecs;

/** How far a trial is: frames a second at 1920×1080 so far, null before its part has begun. */
export interface SpeedProgress {
  encode: number | null;
  decode: number | null;
}
