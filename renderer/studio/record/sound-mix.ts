/** One track of all sounds, and how loud it is. */
import type { LiveSource } from './sources.js';

/** dBFS; negative infinity for silence. */
export interface Level {
  peak: number;
  rms: number;
}

/** Hertz at which every audio codec of a recording works. */
const sampleRate = 48_000;
const measuredSamples = 2048;

let shared: AudioContext | null = null;

/** The page's one context for recordings. */
export function recordingContext(): AudioContext {
  shared ??= new AudioContext({ sampleRate, latencyHint: 'interactive' });
  void shared.resume();
  return shared;
}

export class SoundMix {
  /** Null: there is no sound. */
  readonly track: MediaStreamTrack | null;
  readonly #analyser: AnalyserNode;
  readonly #nodes: AudioNode[] = [];
  readonly #samples = new Float32Array(measuredSamples);

  constructor(context: AudioContext, { microphone, system, test }: LiveSource) {
    this.#analyser = new AnalyserNode(context, { fftSize: measuredSamples });
    const tracks = [microphone, system].filter((track) => track !== null);
    for (const track of tracks) {
      this.#add(new MediaStreamAudioSourceNode(context, { mediaStream: new MediaStream([track]) }));
    }
    if (test) this.#add(test.sound);
    const [only] = tracks;
    if (only && tracks.length === 1 && !test && only.getSettings().sampleRate === sampleRate) {
      // As it is: a way through the mixer would make it later.
      this.track = only;
    } else if (this.#nodes.length > 0) {
      const destination = new MediaStreamAudioDestinationNode(context);
      for (const node of this.#nodes) node.connect(destination);
      this.#nodes.push(destination);
      this.track = destination.stream.getAudioTracks()[0] ?? null;
    } else {
      this.track = null;
    }
  }

  /** Of the last 40 ms or so. */
  level(): Level {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    let sum = 0;
    for (const sample of this.#samples) {
      peak = Math.max(peak, Math.abs(sample));
      sum += sample * sample;
    }
    return { peak: decibels(peak), rms: decibels(Math.sqrt(sum / measuredSamples)) };
  }

  close(): void {
    for (const node of this.#nodes) node.disconnect();
    this.#analyser.disconnect();
  }

  #add(node: AudioNode): void {
    node.connect(this.#analyser);
    this.#nodes.push(node);
  }
}

function decibels(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}
