/** What the export command and the Studio's export have in common. Runs in Node and in pages. */
export { wordsOf } from '../protocol/errors.js';
export { findEarlyEnd, outputTags, refuseLostTracks, runConversion } from './conversion.js';
export { ExportError, Interrupted, phraseOf } from './export-error.js';
export {
  type FrameTime,
  frameTimes,
  type ScheduledPicture,
  type ScheduleOptions,
  scheduleAnimation,
  scheduleStill,
} from './image-schedule.js';
export { imageHeadLength, imageTypeByHead } from './image-types.js';
export { type Observation, observe } from './observed-engine.js';
export { carriesAlpha, encodableAudio, evenSize, halvesChroma, primingFor } from './tracks.js';
export { untilAborted } from './until-aborted.js';
