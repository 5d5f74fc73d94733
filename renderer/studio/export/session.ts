/** The file that is open: where the preview stands, what is marked, and all that can be done with it. */
import { batch, computed, signal } from '@preact/signals';
import { wordsOf } from '../../../app/protocol/errors.js';
import type { MediaInfo, MediaSource } from '../engine/messages.js';
import { notifyError } from '../shell/notices.js';
import { engine, hostProblem, onEngineEvent } from '../studio.js';
import { Playback } from './playback.js';

export const source = signal<MediaSource | null>(null);
export const medium = signal<MediaInfo | null>(null);
/** What is being opened, by its name. */
export const opening = signal<string | null>(null);
/** Why the last file could not be opened. */
export const openProblem = signal<string | null>(null);
/** Seconds; of the picture that is shown, or of the clock while playing. */
export const position = signal(0);
/** 0: not playing. */
export const rate = signal(0);
export const muted = signal(false);
/** Seconds; what an export takes. */
export const trim = signal({ start: 0, end: 0 });
/** What was open before a result was looked at. */
export const before = signal<MediaSource | null>(null);

export const frameDuration = computed(() => medium.value?.video?.frameDuration ?? 0.04);
export const isTrimmed = computed(() => {
  const { start, end } = trim.value;
  return medium.value !== null && (start > 0 || end < medium.value.duration);
});

const playback = new Playback();

/** Milliseconds after which a seek that is under way gives way to a newer one. */
const seekPatience = 250;
let seekBegan: number | null = null;
let seekWanted: number | null = null;
/** The seeks that are under way; steps are counted from where they lead. */
let seeks: Promise<void> = Promise.resolve();
let stepsWanted = 0;
let stepping = false;

onEngineEvent((event) => {
  playback.receive(event);
  // A new host knows nothing of what is shown.
  if (event.type === 'host' && event.state === 'up' && medium.value) void seek(position.value);
  if (event.type === 'host' && event.state === 'down') stopClock();
});

let openings = 0;

/** Opens a file; the one that is open stays where that fails. Only the newest wish counts. */
export async function openSource(next: MediaSource): Promise<void> {
  openings += 1;
  const mine = openings;
  const name = next.kind === 'file' ? next.file.name : next.name;
  batch(() => {
    opening.value = name;
    openProblem.value = null;
  });
  await pause();
  // The engine takes what it hears last for the newest.
  if (mine !== openings) return;
  try {
    const info = await engine.call({ method: 'open', source: next });
    if (mine !== openings) return;
    batch(() => {
      before.value = next.kind === 'output' && source.value?.kind === 'file' ? source.value : null;
      source.value = next;
      medium.value = info;
      position.value = 0;
      trim.value = { start: 0, end: info.duration };
    });
    await seek(0);
  } catch (error) {
    if (mine === openings) openProblem.value = wordsOf(error);
  } finally {
    if (mine === openings) opening.value = null;
  }
}

function clamp(time: number): number {
  return Math.min(Math.max(0, time), medium.value?.duration ?? 0);
}

/** Shows the picture at a time. Only the newest wish counts. */
export function seek(time: number): Promise<void> {
  const run = seekTo(time);
  seeks = Promise.all([seeks, run]).then(() => undefined);
  return run;
}

async function seekTo(time: number): Promise<void> {
  if (!medium.value) return;
  if (rate.value !== 0) stopClock();
  const target = clamp(time);
  position.value = target;
  if (seekBegan !== null && performance.now() - seekBegan < seekPatience) {
    seekWanted = target;
    return;
  }
  const began = performance.now();
  seekBegan = began;
  seekWanted = null;
  try {
    const shown = await engine.call({ method: 'seek', time: target });
    if (seekBegan === began && seekWanted === null && medium.value?.video && rate.value === 0)
      position.value = shown.time;
  } catch (error) {
    tellUnlessHostIsDown(error);
  }
  if (seekBegan !== began) return;
  seekBegan = null;
  const wanted = seekWanted;
  seekWanted = null;
  if (wanted !== null) await seekTo(wanted);
}

/** While the host is down the window says so already; the preview comes back with it. */
function tellUnlessHostIsDown(error: unknown): void {
  if (hostProblem.value === null) notifyError(error);
}

/** Exactly so many pictures on; back where negative. */
export async function step(frames: number): Promise<void> {
  if (!medium.value) return;
  if (rate.value !== 0) await pause();
  if (!medium.value.video && !medium.value.isImage) {
    await seek(position.value + frames * frameDuration.value);
    return;
  }
  stepsWanted += frames;
  if (stepping) return;
  stepping = true;
  try {
    await seeks;
    while (stepsWanted !== 0) {
      const count = stepsWanted;
      stepsWanted = 0;
      const shown = await engine.call({ method: 'step', frames: count });
      position.value = shown.time;
    }
  } catch (error) {
    stepsWanted = 0;
    tellUnlessHostIsDown(error);
  } finally {
    stepping = false;
  }
}

/** Plays from here to the end of what is marked, or of the file. */
export async function play(speed = 1): Promise<void> {
  const info = medium.value;
  if (!info) return;
  stopClock();
  // The position is that one already; to show it later would stop what plays.
  seekWanted = null;
  const { start, end } = trim.value;
  const here = position.value;
  const reached = speed > 0 ? (to: number) => here >= to - frameDuration.value * 1.5 : () => here <= 0;
  const stop = speed < 0 ? 0 : here < end - frameDuration.value * 1.5 ? end : info.duration;
  const from = reached(stop) ? (speed > 0 ? start : info.duration) : here;
  const to = speed < 0 ? 0 : from < end ? end : info.duration;
  rate.value = speed;
  const follow = (): void => {
    if (rate.value !== speed) return;
    const { now } = playback;
    // Before the first sample is heard the clock shows a time before `from`.
    if (now !== null) position.value = clamp(Math.min(Math.max(now, Math.min(from, to)), Math.max(from, to)));
    requestAnimationFrame(follow);
  };
  requestAnimationFrame(follow);
  try {
    await playback.play({ from, to, rate: speed, sampleRate: info.audio?.sampleRate ?? null });
    if (rate.value === speed) {
      rate.value = 0;
      await settle();
    }
  } catch (error) {
    if (rate.value === speed && !(error instanceof Error && error.name === 'AbortError')) {
      rate.value = 0;
      tellUnlessHostIsDown(error);
    }
  }
}

/** Takes the position from the picture that stands. */
async function settle(): Promise<void> {
  const shown = await engine.call({ method: 'pause' });
  if (shown && medium.value?.video) position.value = shown.time;
}

function stopClock(): void {
  playback.stop();
  rate.value = 0;
}

export async function pause(): Promise<void> {
  if (rate.value === 0) return;
  // Where the sound stopped: pictures may have been late.
  const here = position.value;
  stopClock();
  await engine.call({ method: 'pause' });
  // Somebody may have played on meanwhile.
  if (rate.value === 0) await seek(here);
}

export function togglePlay(): void {
  void (rate.value === 0 ? play() : pause());
}

/** As J and L do: faster in a direction each time, or slower in the other one. */
export function shuttle(direction: 1 | -1): void {
  const speeds = [-4, -2, -1, 0, 1, 2, 4];
  const at = speeds.indexOf(rate.value);
  const next =
    rate.value !== 0 && Math.sign(rate.value) !== direction ? direction : (speeds[at + direction] ?? rate.value);
  void play(next);
}

export function toggleMuted(): void {
  muted.value = !muted.value;
  playback.volume = muted.value ? 0 : 1;
}

/** Keeps at least one picture between the marks. */
export function setTrim(change: Partial<{ start: number; end: number }>): void {
  const { start, end } = { ...trim.value, ...change };
  const least = frameDuration.value;
  trim.value =
    'start' in change
      ? { start: Math.max(0, Math.min(clamp(start), end - least)), end }
      : { start, end: Math.max(clamp(end), start + least) };
}

export const markIn = (): void => setTrim({ start: position.value });
/** The picture that is shown belongs to what is marked. */
export const markOut = (): void => setTrim({ end: position.value + frameDuration.value });

export function clearTrim(): void {
  trim.value = { start: 0, end: medium.value?.duration ?? 0 };
}
