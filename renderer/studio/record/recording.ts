/** The recording view's state and what can be done to it. */
import { effect, signal } from '@preact/signals';
import { wordsOf } from '../../../app/protocol/errors.js';
import type { CaptureSource, StudioOutput } from '../../../app/protocol/studio.js';
import { formatOf } from '../engine/recording/formats.js';
import type { RecordingProgress, RecordingResult } from '../engine/recording/messages.js';
import { notify, notifyError } from '../shell/notices.js';
import { bridge, engine } from '../studio.js';
import { type Choices, choices, choose, settings, sourceSize } from './choices.js';
import { recordingContext, SoundMix } from './sound-mix.js';
import { type LiveSource, listDevices, openSource } from './sources.js';

/** A recording that is over. */
export interface Recorded {
  file: StudioOutput;
  /** Bytes on the disk. */
  size: number;
  result: RecordingResult;
}

export const live = signal<LiveSource | null>(null);
export const mix = signal<SoundMix | null>(null);
/** Why there is nothing to see. */
export const problem = signal<string | null>(null);
export const captureSources = signal<readonly CaptureSource[] | null>(null);
export const displayId = signal<string | null>(null);
export const devices = signal<Awaited<ReturnType<typeof listDevices>>>({ cameras: [], microphones: [] });
/** Null: nothing is being recorded. */
export const progress = signal<RecordingProgress | null>(null);
export const recorded = signal<Recorded | null>(null);

let attempt = 0;
/** Stops the recording that there is. */
let stopping = new AbortController();

/** Closes what is live and opens what is chosen. */
export async function reopen(): Promise<void> {
  close();
  const mine = attempt;
  const { kind, cameraId, microphoneId, cleansVoice, systemSound, height, fps } = choices.value;
  const wish = { kind, cameraId, microphoneId, cleansVoice, systemSound, height, fps, displayId: displayId.value };
  if (kind === 'display' && wish.displayId === null) {
    problem.value = null;
    await listDisplays();
    return;
  }
  try {
    const context = recordingContext();
    const source = await openSource(wish, context);
    if (mine !== attempt) {
      source.stop();
      return;
    }
    problem.value = null;
    source.video.addEventListener('ended', () => lost(source));
    live.value = source;
    mix.value = new SoundMix(context, source);
    for (const remark of source.remarks) notify('info', remark);
    devices.value = await listDevices();
  } catch (error) {
    if (mine === attempt) problem.value = wordsOf(error);
  }
}

/** Lets go of devices: nothing is to be seen, and the camera's lamp goes out. */
export function close(): void {
  // What is being opened is let go of too, when it is there.
  attempt += 1;
  mix.value?.close();
  mix.value = null;
  live.value?.stop();
  live.value = null;
  sourceSize.value = null;
}

/** The device went away by itself. */
function lost(source: LiveSource): void {
  if (live.value !== source) return;
  close();
  displayId.value = null;
  problem.value = 'The source is gone: the device was unplugged, the window closed, or the sharing ended.';
}

export async function listDisplays(): Promise<void> {
  try {
    captureSources.value = await bridge.captureSources();
  } catch (error) {
    captureSources.value = [];
    problem.value = `Screens and windows can’t be listed: ${wordsOf(error)}`;
  }
}

export async function chooseDisplay(id: string): Promise<void> {
  displayId.value = id;
  await reopen();
}

/** Changes a choice, and opens anew what it is about. */
export async function change(wish: Partial<Choices>): Promise<void> {
  if ('kind' in wish) displayId.value = null;
  choose(wish);
  const isOfSource = ['kind', 'cameraId', 'microphoneId', 'cleansVoice', 'systemSound', 'fps'].some(
    (key) => key in wish,
  );
  const isOfSize = 'height' in wish && choices.value.kind !== 'display';
  if (isOfSource || isOfSize) await reopen();
}

export async function startRecording(): Promise<void> {
  const source = live.value;
  const wanted = settings.value;
  if (!source || !wanted || progress.value) return;
  recorded.value = null;
  stopping = new AbortController();
  const stop = stopping.signal;
  progress.value = { state: 'starting', seconds: 0, bytes: 0, frames: 0, dropped: 0, surplus: 0, fps: 0, notes: [] };
  let file: StudioOutput | null = null;
  try {
    file = await bridge.createRecording({ extension: formatOf(wanted.format).extension });
    const video = new MediaStreamTrackProcessor({ track: source.video as MediaStreamVideoTrack, maxBufferSize: 8 });
    const sound = mix.value?.track;
    const audio = sound
      ? new MediaStreamTrackProcessor({ track: sound as MediaStreamAudioTrack, maxBufferSize: 50 }).readable
      : null;
    const result = await engine.call(
      {
        method: 'record',
        settings: wanted,
        output: file.output,
        streams: { video: video.readable, audio },
      },
      {
        signal: stop,
        transfer: audio ? [video.readable, audio] : [video.readable],
        progress: (news) => {
          progress.value = news;
        },
      },
    );
    await finish(file, result);
  } catch (error) {
    notifyError(error, 'The recording could not be made. ');
    if (file) await bridge.discardOutput(file.output).catch(() => undefined);
  } finally {
    progress.value = null;
  }
}

/** Keeps what there is, whatever ended it. */
async function finish(file: StudioOutput, result: RecordingResult): Promise<void> {
  if (result.frames === 0 || result.bytes === 0) {
    await bridge.discardOutput(file.output);
    const why = result.end.type === 'failed' ? ` ${result.end.message}` : '';
    notify('error', `Nothing was recorded, so there is no file.${why}`);
    return;
  }
  let size = result.bytes;
  let { end } = result;
  try {
    ({ size } = await bridge.finishOutput(file.output));
  } catch (error) {
    end = { type: 'failed', message: wordsOf(error) };
  }
  recorded.value = { file, size, result: { ...result, end } };
}

/** May come before the engine knows of the recording. */
export function stopRecording(): void {
  stopping.abort();
}

export async function togglePause(): Promise<void> {
  const state = progress.value?.state;
  if (state !== 'recording' && state !== 'paused') return;
  await engine.call({ method: 'pause-recording', paused: state === 'recording' });
}

navigator.mediaDevices.addEventListener('devicechange', () => {
  void listDevices().then((found) => {
    devices.value = found;
  });
});

// The window's size is known when its first picture is there.
effect(() => {
  const source = live.value;
  if (!source) return;
  const { width, height } = source.video.getSettings();
  if (width && height) sourceSize.value = { width, height };
});
