import type { AudioCodec } from 'mediabunny';

const fixedPriming: Partial<Record<AudioCodec, number>> = {
  // One block of MDCT overlap.
  aac: 1024,
  // LAME's own delay and the decoder's, which every player adds: 576 + 529.
  mp3: 1105,
};

const opusSampleRate = 48000;
const preSkipOffset = 10;

/** Seconds of silence that a stream from the engine's encoder decodes to before its first sample. */
export function primingOf(codec: AudioCodec, sampleRate: number, description: Uint8Array | null): number {
  if (codec === 'opus' && description && description.byteLength >= preSkipOffset + 2) {
    const view = new DataView(description.buffer, description.byteOffset, description.byteLength);
    return view.getUint16(preSkipOffset, true) / opusSampleRate;
  }
  return (fixedPriming[codec] ?? 0) / sampleRate;
}
