/** Record: a screen, a window or a camera, with sound, into a file that is good up to its last second. */
import { useEffect, useRef } from 'preact/hooks';
import { choices, sourceSize } from './record/choices.js';
import { LevelMeter } from './record/level-meter.js';
import { Outcome } from './record/outcome.js';
import {
  captureSources,
  close,
  displayId,
  live,
  problem,
  progress,
  recorded,
  reopen,
  startRecording,
  stopRecording,
  togglePause,
} from './record/recording.js';
import { DisplayPicker, Setup } from './record/setup.js';
import { Transport } from './record/transport.js';
import { Icon } from './shell/icon.js';
import { addShortcuts } from './shell/shortcuts.js';
import { bridge, view } from './studio.js';

const isShown = (): boolean => view.value === 'record';

function recordOrStop(): void {
  if (progress.value) stopRecording();
  else void startRecording();
}

addShortcuts([
  { keys: ['R'], label: 'Record, stop', group: 'Record', when: isShown, run: recordOrStop },
  { keys: ['P'], label: 'Pause, go on', group: 'Record', when: isShown, run: () => void togglePause() },
]);
bridge.onCommand((command) => {
  if (command === 'record') recordOrStop();
});

/** What is live, as it comes: the page's own video element, no pixel of which is touched. */
function Preview() {
  const element = useRef<HTMLVideoElement>(null);
  const source = live.value;
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    video.srcObject = source ? new MediaStream([source.video]) : null;
    if (source) void video.play().catch(() => undefined);
  }, [source]);
  return (
    <video
      ref={element}
      class="record-preview"
      aria-label="Live preview"
      muted
      hidden={!source}
      onResize={({ currentTarget: { videoWidth: width, videoHeight: height } }) => {
        // A window that is recorded may change its size; a recording keeps its own.
        if (width && height && !progress.value) sourceSize.value = { width, height };
      }}
    />
  );
}

function Stage() {
  const isRecording = progress.value !== null;
  const picks = !live.value && choices.value.kind === 'display' && captureSources.value !== null;
  return (
    <section class={isRecording ? 'record-stage record-stage-on' : 'record-stage'} aria-label="Picture">
      <Preview />
      {picks && <DisplayPicker />}
      {problem.value !== null && (
        <div class="record-problem" role="alert">
          <Icon name="warning" />
          <p>{problem.value}</p>
          <button type="button" class="button" onClick={() => void reopen()}>
            Try again
          </button>
        </div>
      )}
      {recorded.value && !picks && <Outcome recorded={recorded.value} />}
    </section>
  );
}

export function RecordView() {
  const isVisible = view.value === 'record';
  const isBusy = progress.value !== null;
  useEffect(() => {
    // A camera is on only while it is looked at or recorded.
    if (isVisible && !live.value && !isBusy && displayId.value === null && problem.value === null) void reopen();
    if (!isVisible && !isBusy) close();
  }, [isVisible, isBusy]);
  return (
    <div class="record">
      <div class="record-main">
        <Stage />
        <LevelMeter />
        <Transport toggle={recordOrStop} />
      </div>
      <Setup />
    </div>
  );
}
