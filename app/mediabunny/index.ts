import { registerDecoder, registerEncoder, registerVideoSampleTransformer } from 'mediabunny';
import type { WebCodecs } from '../client/index.js';
import { HostAudioDecoder } from './audio-decoder.js';
import { HostAudioEncoder } from './audio-encoder.js';
import { currentEngine, type MediabunnyOptions, setEngine } from './engine.js';
import { transformSample } from './transform.js';
import { HostVideoDecoder } from './video-decoder.js';
import { HostVideoEncoder } from './video-encoder.js';

export { encodableChannelCount, encodableSampleRate } from './codec-support.js';
export type { MediabunnyOptions } from './engine.js';
export { FrameSampleResource } from './frame-sample-resource.js';
export { primingOf } from './priming.js';

let registered = false;

/**
 * Makes Mediabunny decode, transform and encode with these WebCodecs classes, through its own extension points; no
 * global is touched. Decoded pictures stay in the codec host from decoder through resize, crop and rotation to encoder.
 *
 * Mediabunny keeps one list of coders per process. So the last call wins for coders made after it; those that are
 * already at work keep the classes that they started with. Best is one call, with a host that stays: of two that come and
 * go with their exports, the coders of one export may be made with the other's.
 *
 * Video: `avc`, `hevc`, `vp8`, `vp9`, `av1`, `prores`. Audio: `aac`, `opus`, `mp3`, `vorbis`, `flac`, and for decoding
 * `ac3` and `eac3`. PCM, A-law and µ-law are Mediabunny's own.
 *
 * @param webcodecs what `createCodecHost().webcodecs` or `connectCodecs({ frames: 'remote' })` gave
 * @param options how the coders behave beyond what Mediabunny asks of them
 * @returns a function that takes the classes back; Mediabunny then falls back on the global WebCodecs, if any
 */
export function registerMediabunnyCodecs(webcodecs: WebCodecs, options: MediabunnyOptions = {}): () => void {
  setEngine({ webcodecs, options });
  if (!registered) {
    registered = true;
    registerDecoder(HostVideoDecoder);
    registerDecoder(HostAudioDecoder);
    registerEncoder(HostVideoEncoder);
    registerEncoder(HostAudioEncoder);
    registerVideoSampleTransformer(transformSample);
  }
  return () => {
    if (currentEngine()?.webcodecs === webcodecs) {
      setEngine(null);
    }
  };
}
