/** What the benchmarks run: one row per video codec, each way that a host runs. */

export const ways = ['inline', 'child'] as const;

export interface BenchCodec {
  /** The name in the table and on the native loop's command line. */
  name: 'h264' | 'hevc' | 'vp8' | 'vp9' | 'av1';
  /** WebCodecs codec string, level enough for 1080p. */
  codec: string;
  /** Members of VideoEncoderConfig that this codec needs: bare streams, so that decoding needs no description. */
  config: Record<string, unknown>;
}

export const benchCodecs: readonly BenchCodec[] = [
  { name: 'h264', codec: 'avc1.640028', config: { avc: { format: 'annexb' } } },
  { name: 'hevc', codec: 'hvc1.1.6.L120.B0', config: { hevc: { format: 'annexb' } } },
  { name: 'vp8', codec: 'vp8', config: {} },
  { name: 'vp9', codec: 'vp09.00.40.08', config: {} },
  { name: 'av1', codec: 'av01.0.08M.08', config: {} },
];

export function benchCodec(name: string): BenchCodec {
  const found = benchCodecs.find((entry) => entry.name === name);
  if (!found) {
    throw new TypeError(`Expected one of ${benchCodecs.map((entry) => entry.name).join(', ')}; received: ${name}.`);
  }
  return found;
}
