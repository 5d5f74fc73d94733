/** Playing: the sound's clock leads, and the engine shows pictures by it. */

import type { CallId } from '../engine/messages.js';
import type { EngineEvent } from '../engine-client.js';
import { engine } from '../studio.js';

/** Seconds between the decision to start and the first sample, so that it isn't late. */
const headStart = 0.06;
/** Milliseconds between two settings of the engine's clock. */
const clockInterval = 400;
/** Milliseconds that a machine without a sound device may take to say so. */
const deviceDeadline = 700;

export interface PlaybackRun {
  from: number;
  to: number;
  /** Other rates than 1 are silent. */
  rate: number;
  /** Hertz of the file's sound; null without. */
  sampleRate: number | null;
}

/** Sound from the engine, on its way to the loudspeaker. */
class SoundOutput {
  readonly #context: AudioContext;
  readonly #gain: GainNode;
  readonly #nodes = new Set<AudioBufferSourceNode>();

  private constructor(context: AudioContext) {
    this.#context = context;
    this.#gain = context.createGain();
    this.#gain.connect(context.destination);
  }

  /** At the file's own rate, so that its pieces join without a seam. Null where there is no sound device. */
  static async open(sampleRate: number): Promise<SoundOutput | null> {
    const context = new AudioContext({ sampleRate });
    const late = new Promise((resolve) => setTimeout(resolve, deviceDeadline));
    await Promise.race([context.resume(), late]);
    if (context.state === 'running') return new SoundOutput(context);
    void context.close();
    return null;
  }

  get sampleRate(): number {
    return this.#context.sampleRate;
  }

  /** Seconds on the context's clock. */
  get now(): number {
    return this.#context.currentTime;
  }

  /** Seconds from when a sample is played to when it is heard. */
  get latency(): number {
    return this.#context.outputLatency || this.#context.baseLatency || 0;
  }

  set volume(value: number) {
    this.#gain.gain.value = value;
  }

  schedule({ planes, sampleRate }: Extract<EngineEvent, { type: 'sound' }>, when: number): void {
    const [first] = planes;
    if (!first) return;
    const buffer = new AudioBuffer({ length: first.length, numberOfChannels: planes.length, sampleRate });
    for (const [channel, plane] of planes.entries()) buffer.copyToChannel(plane, channel);
    const node = new AudioBufferSourceNode(this.#context, { buffer });
    node.connect(this.#gain);
    node.onended = () => {
      node.disconnect();
      this.#nodes.delete(node);
    };
    this.#nodes.add(node);
    // What comes late is cut at its beginning, so that the rest is in time.
    const late = Math.max(0, this.now - when);
    if (late < buffer.duration) node.start(when + late, late);
  }

  silence(): void {
    for (const node of this.#nodes) node.stop();
    this.#nodes.clear();
  }

  async suspend(): Promise<void> {
    if (this.#context.state === 'running') await this.#context.suspend();
  }

  async resume(): Promise<void> {
    await this.#context.resume();
  }

  close(): void {
    void this.#context.close();
  }
}

export class Playback {
  #output: SoundOutput | null = null;
  #volume = 1;
  #run: PlaybackRun | null = null;
  #id: CallId | null = null;
  /** When `from` is played, on the clock that leads: seconds. */
  #anchor: number | null = null;
  #leads: 'sound' | 'timer' = 'timer';
  #waiting: Extract<EngineEvent, { type: 'sound' }>[] = [];
  #beat: ReturnType<typeof setInterval> | undefined;

  set volume(value: number) {
    this.#volume = value;
    if (this.#output) this.#output.volume = value;
  }

  /** The media time that is heard or seen now; null where nothing is playing yet. */
  get now(): number | null {
    const run = this.#run;
    if (!run || this.#anchor === null) return null;
    return run.from + (this.#clock() - this.#latency - this.#anchor) * run.rate;
  }

  /** Resolves when `to` was reached; rejects with an AbortError when something else came first. */
  async play(run: PlaybackRun): Promise<void> {
    this.#stop();
    this.#run = run;
    const wantsSound = run.sampleRate !== null && run.rate === 1;
    if (wantsSound && run.sampleRate !== this.#output?.sampleRate) {
      this.#output?.close();
      this.#output = null;
      const opened = await SoundOutput.open(run.sampleRate ?? 48_000);
      if (this.#run !== run) {
        opened?.close();
        throw new DOMException('Paused.', 'AbortError');
      }
      this.#output = opened;
    }
    const output = wantsSound ? this.#output : null;
    if (output) {
      output.volume = this.#volume;
      await output.resume();
      if (this.#run !== run) {
        // What stopped this run came before the output ran, and so found nothing to suspend.
        if (this.#run === null) void output.suspend();
        throw new DOMException('Paused.', 'AbortError');
      }
    }
    this.#leads = output ? 'sound' : 'timer';
    const { from, to, rate } = run;
    try {
      await engine.call(
        { method: 'play', from, to, rate, sound: output !== null },
        {
          started: (id) => {
            this.#id = id;
          },
        },
      );
    } finally {
      if (this.#run === run) this.#stop();
    }
  }

  /** Of the engine. */
  receive(event: EngineEvent): void {
    if (event.type === 'sound' && event.id === this.#id) {
      if (this.#anchor === null) this.#waiting.push(event);
      else this.#schedule(event);
    }
    if (event.type === 'primed' && event.id === this.#id) this.#start();
  }

  stop(): void {
    this.#stop();
  }

  #start(): void {
    const isSound = this.#leads === 'sound';
    // On a whole sample: neighbouring pieces then join exactly.
    const rate = this.#output?.sampleRate ?? 1;
    const now = this.#clock();
    this.#anchor = isSound ? Math.ceil((now + headStart) * rate) / rate : now;
    for (const event of this.#waiting) this.#schedule(event);
    this.#waiting = [];
    this.#setEngineClock();
    this.#beat = setInterval(() => this.#setEngineClock(), clockInterval);
  }

  #schedule(event: Extract<EngineEvent, { type: 'sound' }>): void {
    const run = this.#run;
    if (!run || this.#anchor === null || !this.#output) return;
    const samples = Math.round((event.time - run.from) * event.sampleRate);
    this.#output.schedule(event, this.#anchor + samples / event.sampleRate);
  }

  get #latency(): number {
    return this.#leads === 'sound' ? (this.#output?.latency ?? 0) : 0;
  }

  /** Seconds, of the clock that leads. */
  #clock(): number {
    return this.#leads === 'sound' && this.#output ? this.#output.now : performance.now() / 1000;
  }

  #setEngineClock(): void {
    const { now } = this;
    if (now !== null) engine.setClock(now, performance.timeOrigin + performance.now());
  }

  #stop(): void {
    clearInterval(this.#beat);
    this.#run = null;
    this.#id = null;
    this.#anchor = null;
    this.#waiting = [];
    this.#output?.silence();
    void this.#output?.suspend();
  }
}
