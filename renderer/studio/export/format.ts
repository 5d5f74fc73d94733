/** Numbers as people read them. */

const two = (value: number): string => String(value).padStart(2, '0');

/** Of a frame: files round times, to milliseconds at worst. */
const nearEnough = 0.08;

/** `0:01:02:14`, hours to frames; without a constant rate `0:01:02.560`. */
export function timecode(seconds: number, fps: number | null): string {
  const time = Math.max(0, seconds);
  if (fps === null) {
    const milliseconds = Math.round(time * 1000);
    const whole = Math.floor(milliseconds / 1000);
    return `${clock(whole)}.${String(milliseconds % 1000).padStart(3, '0')}`;
  }
  // Frames of 29.97 a second are counted as thirty: what is shown is which frame, not which moment.
  const perSecond = Math.max(1, Math.round(fps));
  const frames = Math.floor(time * fps + nearEnough);
  return `${clock(Math.floor(frames / perSecond))}:${two(frames % perSecond)}`;
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 3600)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

/** `1 min 20 s`, `12.4 s`. */
export function describeDuration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} min`;
}

/** `1.4 MB`, in powers of 1000 as file managers count. */
export function describeBytes(bytes: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function describeBitrate(bitsPerSecond: number): string {
  return bitsPerSecond >= 1e6
    ? `${Number((bitsPerSecond / 1e6).toFixed(1))} Mbit/s`
    : `${Math.round(bitsPerSecond / 1000)} kbit/s`;
}

/** `25 fps`, `29.97 fps`. */
export function describeRate(fps: number): string {
  return `${Number(fps.toFixed(fps < 100 ? 2 : 1))} fps`;
}
