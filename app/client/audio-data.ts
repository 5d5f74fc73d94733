/** AudioData: https://w3c.github.io/webcodecs/#audiodata-interface. Its samples are always in this process. */
import { exactBytes } from '../protocol/bytes.js';
import { argumentError } from '../protocol/errors.js';
import type { WireAudio } from '../protocol/messages.js';
import { convertSamples, type SampleFormat, sampleFormat, sampleFormatNames } from './audio-samples.js';
import { bufferOf, bytesOf, checkTransfer, isDetached, readTransfer, takeBytes, toBufferSource } from './buffers.js';
import type { AllowSharedBufferSource, AudioDataCopyToOptions, AudioDataInit, AudioSampleFormat } from './types.js';
import { markAsUncloneable } from './uncloneable.js';
import {
  exposeInterface,
  optional,
  requireArguments,
  required,
  toDictionary,
  toEnum,
  toFloat,
  toLongLong,
  toUnsignedLong,
} from './web-idl.js';

/** A media resource: https://w3c.github.io/webcodecs/#media-resource */
interface Samples {
  readonly format: SampleFormat;
  readonly sampleRate: number;
  readonly numberOfFrames: number;
  readonly numberOfChannels: number;
  readonly data: Uint8Array<ArrayBuffer>;
  references: number;
}

interface CopyPlan {
  format: SampleFormat;
  planeIndex: number;
  frameOffset: number;
  frameCount: number;
  byteLength: number;
}

/** Passed in place of a constructor argument to make AudioData of samples; scripts can't make one. */
class SampleSource {
  readonly samples: Samples;
  readonly timestamp: number;

  constructor(samples: Samples, timestamp: number) {
    this.samples = samples;
    this.timestamp = timestamp;
  }
}

function toSampleFormat(value: unknown, field: string): AudioSampleFormat {
  return toEnum(value, field, sampleFormatNames);
}

function readInit(init: unknown): SampleSource {
  const context = 'AudioDataInit';
  const dictionary = toDictionary(init, context);
  const source = required(dictionary, context, 'data', toBufferSource);
  const format = sampleFormat(required(dictionary, context, 'format', toSampleFormat));
  const numberOfChannels = required(dictionary, context, 'numberOfChannels', toUnsignedLong);
  const numberOfFrames = required(dictionary, context, 'numberOfFrames', toUnsignedLong);
  const sampleRate = required(dictionary, context, 'sampleRate', toFloat);
  const timestamp = required(dictionary, context, 'timestamp', toLongLong);
  const transfer = readTransfer(dictionary, context);
  // https://w3c.github.io/webcodecs/#valid-audiodatainit
  if (sampleRate <= 0) {
    throw argumentError(`${context}.sampleRate`, 'a number above 0', sampleRate);
  }
  if (numberOfFrames === 0) {
    throw argumentError(`${context}.numberOfFrames`, 'a number above 0', numberOfFrames);
  }
  if (numberOfChannels === 0) {
    throw argumentError(`${context}.numberOfChannels`, 'a number above 0', numberOfChannels);
  }
  const byteLength = numberOfFrames * numberOfChannels * format.bytes;
  const available = bytesOf(source).byteLength;
  if (available < byteLength || isDetached(bufferOf(source))) {
    throw argumentError(`${context}.data`, `at least ${byteLength} bytes`, available);
  }
  checkTransfer(transfer);
  const data = takeBytes(source, byteLength, transfer, format.bytes);
  return new SampleSource({ format, sampleRate, numberOfFrames, numberOfChannels, data, references: 0 }, timestamp);
}

let samplesOf: (data: AudioData) => SampleSource | null;

/** A run of audio samples. It keeps them until `close()`; clones share them. */
export class AudioData {
  #samples: Samples | null;
  readonly #timestamp: number;

  /**
   * @throws {TypeError} for members that are invalid or too little data.
   * @throws {DOMException} DataCloneError for a bad `transfer`.
   */
  constructor(init: AudioDataInit) {
    requireArguments('AudioData', 1, arguments.length);
    const source = (init as unknown) instanceof SampleSource ? (init as unknown as SampleSource) : readInit(init);
    this.#samples = source.samples;
    this.#samples.references += 1;
    this.#timestamp = source.timestamp;
    markAsUncloneable(this);
  }

  static {
    samplesOf = (data) => (data.#samples ? new SampleSource(data.#samples, data.#timestamp) : null);
  }

  get format(): AudioSampleFormat | null {
    return this.#samples?.format.name ?? null;
  }

  /** Hertz. */
  get sampleRate(): number {
    return this.#samples?.sampleRate ?? 0;
  }

  get numberOfFrames(): number {
    return this.#samples?.numberOfFrames ?? 0;
  }

  get numberOfChannels(): number {
    return this.#samples?.numberOfChannels ?? 0;
  }

  /** Microseconds. */
  get duration(): number {
    const samples = this.#samples;
    // Multiplied first: a length of whole microseconds then comes out as such.
    return samples ? Math.trunc((samples.numberOfFrames * 1_000_000) / samples.sampleRate) : 0;
  }

  /** Microseconds. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /**
   * Bytes that `copyTo` needs with the same options.
   * @throws {DOMException} InvalidStateError where it is closed.
   * @throws {RangeError} for a plane or frames that it doesn't have.
   */
  allocationSize(options: AudioDataCopyToOptions): number {
    requireArguments('allocationSize', 1, arguments.length);
    return planCopy(readCopyOptions(options), this.#requireOpen()).byteLength;
  }

  /**
   * Copies one plane, converted where `options.format` is another; all conversions are supported.
   * @throws {DOMException} InvalidStateError where it is closed.
   * @throws {RangeError} for a plane or frames that it doesn't have, and a destination that is too small.
   */
  copyTo(destination: AllowSharedBufferSource, options: AudioDataCopyToOptions): void {
    requireArguments('copyTo', 2, arguments.length);
    const given = toBufferSource(destination, 'destination');
    const wanted = readCopyOptions(options);
    const samples = this.#requireOpen();
    const plan = planCopy(wanted, samples);
    // Of a view whose buffer is detached, not even the length can be asked for.
    const target = bytesOf(given);
    if (plan.byteLength > target.byteLength) {
      throw new RangeError(`destination: expected at least ${plan.byteLength} bytes, received ${target.byteLength}`);
    }
    const { format, planeIndex, frameOffset, frameCount } = plan;
    convertSamples(samples, target, { format, channel: planeIndex, frameOffset, frameCount });
  }

  /** AudioData that shares the samples. @throws {DOMException} InvalidStateError where it is closed. */
  clone(): AudioData {
    return makeAudioData(new SampleSource(this.#requireOpen(), this.#timestamp));
  }

  /** Lets go of the samples. Final, idempotent. */
  close(): void {
    if (this.#samples) {
      this.#samples.references -= 1;
      this.#samples = null;
    }
  }

  #requireOpen(): Samples {
    if (!this.#samples) {
      throw new DOMException('The AudioData is closed', 'InvalidStateError');
    }
    return this.#samples;
  }
}

interface CopyOptions {
  planeIndex: number;
  frameOffset: number;
  frameCount: number | undefined;
  format: AudioSampleFormat | undefined;
}

function readCopyOptions(options: unknown): CopyOptions {
  const context = 'AudioDataCopyToOptions';
  const dictionary = toDictionary(options, context);
  const format = optional(dictionary, context, 'format', toSampleFormat);
  const frameCount = optional(dictionary, context, 'frameCount', toUnsignedLong);
  const frameOffset = optional(dictionary, context, 'frameOffset', toUnsignedLong) ?? 0;
  const planeIndex = required(dictionary, context, 'planeIndex', toUnsignedLong);
  return { planeIndex, frameOffset, frameCount, format };
}

// https://w3c.github.io/webcodecs/#compute-copy-element-count
function planCopy(options: CopyOptions, samples: Samples): CopyPlan {
  const { planeIndex, frameOffset } = options;
  const format = options.format ? sampleFormat(options.format) : samples.format;
  const planes = format.isPlanar ? samples.numberOfChannels : 1;
  if (planeIndex >= planes) {
    throw new RangeError(`planeIndex: expected less than ${planes}, received ${planeIndex}`);
  }
  if (frameOffset >= samples.numberOfFrames) {
    throw new RangeError(`frameOffset: expected less than ${samples.numberOfFrames}, received ${frameOffset}`);
  }
  const remaining = samples.numberOfFrames - frameOffset;
  const frameCount = options.frameCount ?? remaining;
  if (frameCount > remaining) {
    throw new RangeError(`frameCount: expected at most ${remaining}, received ${frameCount}`);
  }
  const elements = format.isPlanar ? frameCount : frameCount * samples.numberOfChannels;
  return { format, planeIndex, frameOffset, frameCount, byteLength: elements * format.bytes };
}

function makeAudioData(source: SampleSource): AudioData {
  return new AudioData(source as unknown as AudioDataInit);
}

/** AudioData of what a decoder put out. Throws a TypeError for a format that isn't WebCodecs'. */
export function fromWireAudio(wire: WireAudio): AudioData {
  const { sampleRate, numberOfFrames, numberOfChannels, timestamp } = wire;
  const format = sampleFormat(toSampleFormat(wire.format, 'format'));
  const data = exactBytes(wire.data);
  return makeAudioData(
    new SampleSource({ format, sampleRate, numberOfFrames, numberOfChannels, data, references: 0 }, timestamp),
  );
}

/** What to send of AudioData, with the buffers to transfer where nobody else can see the samples. */
export function audioToSend(data: AudioData): { audio: WireAudio; transfer: ArrayBuffer[] } {
  const source = samplesOf(data);
  if (!source) {
    throw new DOMException('The AudioData is closed', 'InvalidStateError');
  }
  const { samples, timestamp } = source;
  const { sampleRate, numberOfFrames, numberOfChannels } = samples;
  const bytes = exactBytes(samples.data);
  return {
    audio: { format: samples.format.name, sampleRate, numberOfChannels, numberOfFrames, timestamp, data: bytes },
    transfer: samples.references === 1 ? [bytes.buffer] : [],
  };
}

/** Bytes of the samples; null where it is closed. */
export function audioByteLength(data: AudioData): number | null {
  return samplesOf(data)?.samples.data.byteLength ?? null;
}

exposeInterface(AudioData, 'AudioData', [
  'format',
  'sampleRate',
  'numberOfFrames',
  'numberOfChannels',
  'duration',
  'timestamp',
  'allocationSize',
  'copyTo',
  'clone',
  'close',
]);
