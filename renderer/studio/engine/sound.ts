/** Sound of playback: decoded ahead of the clock, in pieces that the page schedules. */
import { type AudioSample, AudioSampleSink, type InputAudioTrack } from 'mediabunny';
import { untilAborted } from '../../../app/export/index.js';

/** A piece, to be heard from `time` on, which is a whole number of samples after the start of playing. */
export interface SoundPiece {
  time: number;
  sampleRate: number;
  planes: Float32Array<ArrayBuffer>[];
}

export interface SoundOptions {
  from: number;
  to: number;
  /** The clock; null until it runs. */
  now: () => number | null;
  send: (piece: SoundPiece) => void;
  signal: AbortSignal;
}

/** Seconds of a piece: few to schedule, yet heard soon. */
const pieceLength = 0.2;
/** Seconds that are sent ahead of the clock. */
const ahead = 1.2;
/** Milliseconds between two looks at the clock. */
const pace = 50;

/** Resolves when all was sent. */
export async function feedSound(track: InputAudioTrack, options: SoundOptions): Promise<void> {
  const { from, to, now, send, signal } = options;
  const samples = new AudioSampleSink(track).samples(from, to);
  let parts: Float32Array<ArrayBuffer>[][] = [];
  let time = from;
  let rate = 0;
  let length = 0;
  const flush = (): void => {
    if (length > 0) send({ time, sampleRate: rate, planes: joined(parts, length) });
    parts = [];
    length = 0;
  };
  try {
    for (;;) {
      const { value: sample, done } = await untilAborted(samples.next(), signal);
      if (done) break;
      const { sampleRate } = sample;
      const skipped = Math.max(0, Math.round((from - sample.timestamp) * sampleRate));
      const kept = Math.min(sample.numberOfFrames, Math.round((to - sample.timestamp) * sampleRate)) - skipped;
      if (kept > 0) {
        if (length === 0 || rate !== sampleRate) {
          flush();
          time = sample.timestamp + skipped / sampleRate;
          rate = sampleRate;
        }
        parts.push(planesOf(sample, { frameOffset: skipped, frameCount: kept }));
        length += kept;
      }
      sample.close();
      if (length >= pieceLength * sampleRate) {
        const end = time + length / sampleRate;
        flush();
        while (end - (now() ?? from) > ahead) {
          await untilAborted(new Promise((resolve) => setTimeout(resolve, pace)), signal);
        }
      }
    }
    flush();
  } finally {
    void samples.return();
  }
}

interface PlanesWish {
  frameOffset?: number;
  frameCount?: number;
  channels?: number;
}

/** All of it, where nothing else is wished for; channels that it doesn't have are as its last one. */
export function planesOf(sound: AudioSample | AudioData, wish: PlanesWish = {}): Float32Array<ArrayBuffer>[] {
  const { frameOffset = 0, frameCount = sound.numberOfFrames, channels = sound.numberOfChannels } = wish;
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(frameCount);
    const planeIndex = Math.min(channel, sound.numberOfChannels - 1);
    sound.copyTo(plane, { planeIndex, format: 'f32-planar', frameOffset, frameCount });
    return plane;
  });
}

function joined(parts: readonly Float32Array<ArrayBuffer>[][], length: number): Float32Array<ArrayBuffer>[] {
  const channels = parts[0]?.length ?? 0;
  return Array.from({ length: channels }, (_, channel) => {
    const plane = new Float32Array(length);
    let offset = 0;
    for (const part of parts) {
      const piece = part[channel];
      if (piece) plane.set(piece, offset);
      offset += part[0]?.length ?? 0;
    }
    return plane;
  });
}
