/** When the frames of an image are to be seen in a video. */

/** Seconds, from the image's own start. */
export interface FrameTime {
  start: number;
  end: number;
}

/** One picture of the video, in seconds from the video's start. */
export interface ScheduledPicture {
  frameIndex: number;
  timestamp: number;
  duration: number;
}

export interface ScheduleOptions {
  /** Constant frames per second; where absent, as the image says, or 30 for a still one. */
  fps?: number;
  /** Seconds. */
  start?: number;
  end?: number;
}

const stillRate = 30;
const stillSeconds = 5;
/** What browsers take for a mistake, and what they show it for instead; seconds. */
const shortestShown = 0.01;
const shownInstead = 0.1;

/** From durations in microseconds, null for a still image. */
export function frameTimes(durations: readonly (number | null)[]): FrameTime[] {
  let start = 0;
  return durations.map((microseconds) => {
    const seconds = (microseconds ?? 0) / 1e6;
    const end = start + (seconds <= shortestShown ? shownInstead : seconds);
    const time = { start, end };
    start = end;
    return time;
  });
}

/** Pictures at a constant rate, each the one that is seen at its start. */
function atConstantRate(
  indexAt: (time: number) => number,
  start: number,
  end: number,
  fps: number,
): ScheduledPicture[] {
  const count = Math.max(0, Math.round((end - start) * fps));
  return Array.from({ length: count }, (_, index) => ({
    frameIndex: indexAt(start + index / fps),
    timestamp: index / fps,
    duration: 1 / fps,
  }));
}

/** A picture that stands still, for `end` seconds. */
export function scheduleStill({
  fps = stillRate,
  start = 0,
  end = start + stillSeconds,
}: ScheduleOptions): ScheduledPicture[] {
  return atConstantRate(() => 0, start, end, fps);
}

/** One run of an animation, or a part of it. */
export function scheduleAnimation(times: readonly FrameTime[], options: ScheduleOptions): ScheduledPicture[] {
  const { fps, start = 0 } = options;
  const end = Math.min(times.at(-1)?.end ?? 0, options.end ?? Number.POSITIVE_INFINITY);
  if (fps !== undefined) {
    // A frame that begins this very moment is seen.
    const rounding = 1e-9;
    const indexAt = (time: number) => times.findIndex((frame) => frame.end > time + rounding);
    return atConstantRate((time) => Math.max(0, indexAt(time)), start, end, fps);
  }
  return times.flatMap((frame, frameIndex) => {
    const from = Math.max(frame.start, start);
    const to = Math.min(frame.end, end);
    return to > from ? [{ frameIndex, timestamp: from - start, duration: to - from }] : [];
  });
}
