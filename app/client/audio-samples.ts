/** Sample formats and their conversion: https://w3c.github.io/webcodecs/#audio-sample-formats */
import { exactCopy } from './buffers.js';
import type { AudioSampleFormat } from './types.js';

type SampleType = 'u8' | 's16' | 's32' | 'f32';
type SampleArray = Uint8Array | Int16Array | Int32Array | Float32Array;

export interface SampleFormat {
  readonly name: AudioSampleFormat;
  readonly type: SampleType;
  /** Of one sample. */
  readonly bytes: number;
  readonly isPlanar: boolean;
}

const sampleBytes: Record<SampleType, number> = { u8: 1, s16: 2, s32: 4, f32: 4 };

const formats = (['u8', 's16', 's32', 'f32'] as const).flatMap((type): SampleFormat[] => [
  { name: type, type, bytes: sampleBytes[type], isPlanar: false },
  { name: `${type}-planar`, type, bytes: sampleBytes[type], isPlanar: true },
]);

/** Every sample format name. */
export const sampleFormatNames: readonly AudioSampleFormat[] = formats.map((format) => format.name);

/** What is known about a format whose name was checked. */
export function sampleFormat(name: AudioSampleFormat): SampleFormat {
  const format = formats.find((candidate) => candidate.name === name);
  if (!format) {
    throw new TypeError(`format: ${name} is not an AudioSampleFormat`);
  }
  return format;
}

function viewAs(type: SampleType, bytes: Uint8Array<ArrayBuffer>): SampleArray {
  // Samples that came in a transferred buffer at an odd offset.
  const aligned = bytes.byteOffset % sampleBytes[type] === 0 ? bytes : exactCopy(bytes);
  const { buffer, byteOffset, byteLength } = aligned;
  const length = byteLength / sampleBytes[type];
  switch (type) {
    case 'u8':
      return new Uint8Array(buffer, byteOffset, length);
    case 's16':
      return new Int16Array(buffer, byteOffset, length);
    case 's32':
      return new Int32Array(buffer, byteOffset, length);
    case 'f32':
      return new Float32Array(buffer, byteOffset, length);
    default:
      return type satisfies never;
  }
}

/** Steps from the bias value to the end of the range: https://w3c.github.io/webcodecs/#audio-samples-magnitude */
const halfRange: Record<SampleType, number> = { u8: 0x80, s16: 0x8000, s32: 0x8000_0000, f32: 1 };
const bias: Record<SampleType, number> = { u8: 0x80, s16: 0, s32: 0, f32: 0 };

function makeConversion(from: SampleType, to: SampleType): (value: number) => number {
  if (from === to) {
    return (value) => value;
  }
  const scale = halfRange[to] / halfRange[from];
  const fromBias = bias[from];
  if (to === 'f32') {
    return (value) => (value - fromBias) * scale;
  }
  const toBias = bias[to];
  const low = toBias - halfRange[to];
  const high = toBias + halfRange[to] - 1;
  return (value) => Math.min(high, Math.max(low, Math.round((value - fromBias) * scale) + toBias));
}

export interface SampleSelection {
  format: SampleFormat;
  /** The plane of a planar `format`; 0 otherwise. */
  channel: number;
  frameOffset: number;
  frameCount: number;
}

export interface SampleSourceData {
  format: SampleFormat;
  numberOfFrames: number;
  numberOfChannels: number;
  data: Uint8Array<ArrayBuffer>;
}

/** Writes the selected samples to the start of `destination`, which is long enough. */
export function convertSamples(source: SampleSourceData, destination: Uint8Array, selection: SampleSelection): void {
  const { format, frameOffset, frameCount } = selection;
  const { numberOfChannels } = source;
  const channels = format.isPlanar ? 1 : numberOfChannels;
  const firstChannel = format.isPlanar ? selection.channel : 0;
  const sourcePlaneStep = source.format.isPlanar ? source.numberOfFrames : 1;
  const sourceFrameStep = source.format.isPlanar ? 1 : numberOfChannels;

  if (source.format.type === format.type && sourceFrameStep === channels) {
    const start = (firstChannel * sourcePlaneStep + frameOffset * sourceFrameStep) * format.bytes;
    destination.set(source.data.subarray(start, start + frameCount * channels * format.bytes));
    return;
  }
  const input = viewAs(source.format.type, source.data);
  // The destination may be unaligned: written through a buffer of its own.
  const output = viewAs(format.type, new Uint8Array(frameCount * channels * format.bytes));
  const convert = makeConversion(source.format.type, format.type);
  for (let channel = 0; channel < channels; channel += 1) {
    let from = (firstChannel + channel) * sourcePlaneStep + frameOffset * sourceFrameStep;
    let to = channel;
    for (let frame = 0; frame < frameCount; frame += 1) {
      output[to] = convert(input[from] ?? 0);
      from += sourceFrameStep;
      to += channels;
    }
  }
  destination.set(new Uint8Array(output.buffer));
}
