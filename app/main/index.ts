/** Codec hosts for Node programs and for Electron's main process. */
export type * from '../client/index.js';
export {
  AudioData,
  EncodedAudioChunk,
  EncodedVideoChunk,
  packMedia,
  unpackMedia,
  VideoColorSpace,
  VideoFrame,
} from '../client/index.js';
export type { SessionLimits, Statistics, Versions } from '../protocol/messages.js';
export {
  CodecHost,
  type CodecHostEvents,
  type CodecHostOptions,
  createCodecHost,
  type PreloadRegistry,
} from './codec-host.js';
export type { AllowOptions, PageFault } from './pages.js';
export type { HostExit } from './running-host.js';
export type { RestartPolicy } from './supervisor.js';
