/** Opens what can be recorded. Errors are words for the person. */
import { toEngineError } from '../engine/words.js';
import { bridge } from '../studio.js';
import { startTestSource, type TestSource } from './test-source.js';

export type SourceKind = 'display' | 'camera' | 'test';

export interface SourceWish {
  kind: SourceKind;
  /** Of a screen or window, as main lists them. */
  displayId: string | null;
  cameraId: string | null;
  /** Null: no microphone. */
  microphoneId: string | null;
  /** The microphone's sound is freed of noise and echo. */
  cleansVoice: boolean;
  /** Of the screen, where the system gives it. */
  systemSound: boolean;
  /** Pixels, at most, where the source can be asked; the test picture's exactly. */
  height: number | null;
  fps: number;
}

/** Tracks that are live. */
export interface LiveSource {
  readonly video: MediaStreamTrack;
  /** Sounds by what they are. */
  readonly microphone: MediaStreamTrack | null;
  readonly system: MediaStreamTrack | null;
  readonly test: TestSource | null;
  /** What was asked for and is not there. */
  readonly remarks: readonly string[];
  stop(): void;
}

const testHeight = 720;

function inWords(error: unknown, what: string): Error {
  const { name, message } = toEngineError(error);
  const reasons: Readonly<Record<string, string>> = {
    NotAllowedError: 'the system or this app’s settings don’t allow it',
    NotFoundError: 'there is none',
    NotReadableError: 'another program has it, or it doesn’t answer',
    OverconstrainedError: 'it can’t do what was asked for',
    AbortError: 'the system gave up',
    InvalidStateError: 'the window is not in front',
  };
  return new Error(`${what} can’t be used: ${reasons[name] ?? message}.`, { cause: error });
}

async function openDisplay({ displayId, systemSound, fps }: SourceWish): Promise<MediaStream> {
  if (displayId === null) throw new Error('Choose a screen or a window.');
  await bridge.chooseCaptureSource(displayId);
  try {
    return await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { max: fps } }, audio: systemSound });
  } catch (error) {
    throw inWords(error, 'The screen');
  }
}

async function openCamera({ cameraId, height, fps }: SourceWish): Promise<MediaStream> {
  const video: MediaTrackConstraints = { frameRate: { ideal: fps }, height: { ideal: height ?? 1080 } };
  if (cameraId !== null) video.deviceId = { exact: cameraId };
  try {
    return await navigator.mediaDevices.getUserMedia({ video });
  } catch (error) {
    throw inWords(error, 'The camera');
  }
}

async function openMicrophone({ microphoneId, cleansVoice }: SourceWish): Promise<MediaStreamTrack | null> {
  if (microphoneId === null) return null;
  const audio = {
    deviceId: { exact: microphoneId },
    echoCancellation: cleansVoice,
    noiseSuppression: cleansVoice,
    autoGainControl: cleansVoice,
  };
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    return stream.getAudioTracks()[0] ?? null;
  } catch (error) {
    throw inWords(error, 'The microphone');
  }
}

/** Rejects in words where the picture can't be had; what else can't be had is a remark. */
export async function openSource(wish: SourceWish, context: AudioContext): Promise<LiveSource> {
  const remarks: string[] = [];
  let stream: MediaStream | null = null;
  let test: TestSource | null = null;
  if (wish.kind === 'test') {
    const height = wish.height ?? testHeight;
    test = startTestSource(context, Math.round((height * 16) / 9 / 2) * 2, height, wish.fps);
  } else {
    stream = wish.kind === 'display' ? await openDisplay(wish) : await openCamera(wish);
  }
  const video = test?.video ?? stream?.getVideoTracks()[0];
  if (!video) throw new Error('The source gives no picture.');
  const microphone = await openMicrophone(wish).catch((error: Error) => {
    remarks.push(error.message);
    return null;
  });
  const system = stream?.getAudioTracks()[0] ?? null;
  if (wish.kind === 'display' && wish.systemSound && !system) remarks.push('This system gives no sound of its screen.');
  return {
    video,
    microphone,
    system,
    test,
    remarks,
    stop: () => {
      test?.stop();
      for (const track of [video, microphone, system]) track?.stop();
    },
  };
}

/** Cameras and microphones, with names only once one of them has been allowed. */
export async function listDevices(): Promise<{ cameras: MediaDeviceInfo[]; microphones: MediaDeviceInfo[] }> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return {
    cameras: devices.filter(({ kind }) => kind === 'videoinput'),
    microphones: devices.filter(({ kind }) => kind === 'audioinput'),
  };
}
