/**
 * The conformance suite's own small frame: clauses, and what they run against. Nothing here or in a `*.suite.ts` file
 * is of Node, so that the same clauses run in Node (node.test.ts) and, bundled, in a page.
 */
import { assert } from 'chai';
import type { WebCodecs } from '../../app/client/index.js';

type Media = InstanceType<WebCodecs['VideoFrame']>;
type Sound = InstanceType<WebCodecs['AudioData']>;
type VideoChunk = InstanceType<WebCodecs['EncodedVideoChunk']>;
type AudioChunk = InstanceType<WebCodecs['EncodedAudioChunk']>;
type FrameInit = ConstructorParameters<WebCodecs['VideoFrame']>[1];

/** Where the codecs run: in this process, in a child process, or behind a page's port. */
export type Surroundings = 'inline' | 'child' | 'page';

/** What only the runner of an environment can do. */
export interface Runner {
  readonly webcodecs: WebCodecs;
  readonly surroundings: Surroundings;
  /** Runs `run` and gives the exceptions that were reported as uncaught meanwhile; they fail nothing. */
  uncaught(run: () => Promise<void>): Promise<unknown[]>;
  /** Collects garbage for sure; null where the environment can't. */
  readonly collectGarbage: (() => void) | null;
}

export interface FrameOptions {
  format?: 'I420' | 'I420A' | 'NV12' | 'RGBA' | 'BGRA';
  width?: number;
  height?: number;
  /** Microseconds. */
  timestamp?: number;
  /** Chooses among different pictures. */
  picture?: number;
  /** More members of the frame's init. */
  init?: Record<string, unknown>;
}

export interface AudioOptions {
  format?: 'f32' | 'f32-planar' | 's16' | 's16-planar' | 's32' | 'u8';
  sampleRate?: number;
  numberOfChannels?: number;
  numberOfFrames?: number;
  /** Microseconds. */
  timestamp?: number;
}

const bytesPerSample = { f32: 4, s32: 4, s16: 2, u8: 1 } as const;

/** What a clause gets: the classes, where it runs, and makers of media. */
export class Env {
  readonly webcodecs: WebCodecs;
  readonly surroundings: Surroundings;
  readonly collectGarbage: (() => void) | null;
  readonly #runner: Runner;

  constructor(runner: Runner) {
    this.#runner = runner;
    this.webcodecs = runner.webcodecs;
    this.surroundings = runner.surroundings;
    this.collectGarbage = runner.collectGarbage;
  }

  uncaught(run: () => Promise<void>): Promise<unknown[]> {
    return this.#runner.uncaught(run);
  }

  /** A picture with gradients, 64×48 I420 where nothing else is said. */
  frame(options: FrameOptions = {}): Media {
    const { format = 'I420', width = 64, height = 48, timestamp = 0, picture = 0, init = {} } = options;
    const chroma = Math.ceil(width / 2) * Math.ceil(height / 2);
    const sizes = {
      I420: width * height + 2 * chroma,
      I420A: 2 * width * height + 2 * chroma,
      NV12: width * height + 2 * chroma,
      RGBA: 4 * width * height,
      BGRA: 4 * width * height,
    };
    const data = Uint8Array.from({ length: sizes[format] }, (_, index) => {
      const row = Math.floor(index / width);
      return 32 + ((index + 2 * row + 16 * picture) % 192);
    });
    const base = { format, codedWidth: width, codedHeight: height, timestamp };
    return new this.webcodecs.VideoFrame(data, { ...base, ...init } as unknown as NonNullable<FrameInit> & never);
  }

  /** A tone: 20 ms of 48 kHz mono f32 where nothing else is said. */
  audio(options: AudioOptions = {}): Sound {
    const { format = 'f32', sampleRate = 48_000, numberOfChannels = 1, timestamp = 0 } = options;
    const { numberOfFrames = sampleRate / 50 } = options;
    const [type = 'f32'] = format.split('-') as [keyof typeof bytesPerSample];
    const count = numberOfFrames * numberOfChannels;
    const first = Math.round((timestamp / 1e6) * sampleRate);
    const isPlanar = format.endsWith('-planar');
    const bytes = new DataView(new ArrayBuffer(count * bytesPerSample[type]));
    for (let index = 0; index < count; index += 1) {
      const frame = isPlanar ? index % numberOfFrames : Math.floor(index / numberOfChannels);
      const value = Math.sin((2 * Math.PI * 440 * (first + frame)) / sampleRate) / 4;
      if (type === 'f32') bytes.setFloat32(4 * index, value, true);
      else if (type === 's32') bytes.setInt32(4 * index, Math.round(value * 2 ** 31), true);
      else if (type === 's16') bytes.setInt16(2 * index, Math.round(value * 2 ** 15), true);
      else bytes.setUint8(index, 128 + Math.round(value * 127));
    }
    const data = bytes.buffer;
    return new this.webcodecs.AudioData({ format, sampleRate, numberOfChannels, numberOfFrames, timestamp, data });
  }

  /** A chunk of bytes that no decoder understands: for what happens before decoding. */
  videoChunk(type: 'key' | 'delta' = 'key', timestamp = 0, data = new Uint8Array([4, 2, 3])): VideoChunk {
    return new this.webcodecs.EncodedVideoChunk({ type, timestamp, data });
  }

  /** As videoChunk(). */
  audioChunk(type: 'key' | 'delta' = 'key', timestamp = 0, data = new Uint8Array([1, 2, 3])): AudioChunk {
    return new this.webcodecs.EncodedAudioChunk({ type, timestamp, data });
  }
}

/** A rule of the specification and what shows that it holds. */
export interface Clause {
  /** Where the rule stands: a fragment of https://w3c.github.io/webcodecs/, or the address of another document. */
  readonly anchor: string;
  readonly title: string;
  run(env: Env): Promise<void> | void;
}

/** The clauses of one file, which exports it as `suite`. */
export class Suite {
  readonly name: string;
  readonly clauses: Clause[] = [];

  constructor(name: string) {
    this.name = name;
  }

  /** Adds a clause. It closes what it makes: runners check that nothing is left in the host. */
  readonly conformance = (anchor: string, title: string, run: Clause['run']): void => {
    this.clauses.push({ anchor, title, run });
  };
}

/** `TypeError`, `RangeError`, or the name of a DOMException. */
export function assertIsError(error: unknown, name: string): void {
  const expected = name === 'TypeError' ? TypeError : name === 'RangeError' ? RangeError : DOMException;
  assert.instanceOf(error, expected as new () => Error);
  assert.equal((error as Error).name, name);
}

/** Fails unless `run` throws the error of this name, synchronously; gives the error. */
export function assertThrows(name: string, run: () => unknown): Error {
  let error: unknown;
  try {
    run();
  } catch (reason) {
    error = reason;
  }
  assert.isDefined(error, `a ${name} was to be thrown`);
  assertIsError(error, name);
  return error as Error;
}

/** Fails unless the promise is rejected with the error of this name; gives the error. */
export async function assertRejects(name: string, promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => assert.fail(`the promise was to be rejected with ${name}`),
    (reason: unknown) => reason,
  );
  assertIsError(error, name);
  return error as Error;
}

/** Lets tasks that are queued run, those of other task sources too: a whole turn of the event loop, and more. */
export function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => setTimeout(resolve));
  });
}

/** Waits for something that other processes bring about; fails with `what` when it doesn't come. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!condition()) {
    assert.isBelow(Date.now(), end, `waited in vain: ${what}`);
    await nextTask();
  }
}
