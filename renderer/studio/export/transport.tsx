/** The row of buttons under the picture. */
import { Icon, type IconName } from '../shell/icon.js';
import { timecode } from './format.js';
import {
  clearTrim,
  isTrimmed,
  markIn,
  markOut,
  medium,
  muted,
  position,
  rate,
  seek,
  step,
  toggleMuted,
  togglePlay,
} from './session.js';

function Control({ icon, label, keys, run }: { icon: IconName; label: string; keys: string; run: () => void }) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={`${label} (${keys})`}
      disabled={!medium.value}
      onClick={run}
    >
      <Icon name={icon} />
    </button>
  );
}

export function Transport() {
  const info = medium.value;
  const fps = info?.video?.fps ?? null;
  const isPlaying = rate.value !== 0;
  const speed = Math.abs(rate.value) > 1 || rate.value < 0 ? `${rate.value}×` : '';
  return (
    <div class="transport" role="toolbar" aria-label="Playback">
      <output class="timecode number" aria-label="Position">
        {timecode(position.value, fps)}
      </output>
      <span class="soft number">/ {timecode(info?.duration ?? 0, fps)}</span>
      <span class="transport-speed number" aria-live="polite">
        {speed}
      </span>
      <span class="transport-middle">
        <Control icon="go-start" label="To the start" keys="Home" run={() => void seek(0)} />
        <Control icon="step-back" label="One frame back" keys="←" run={() => void step(-1)} />
        <Control
          icon={isPlaying ? 'pause' : 'play'}
          label={isPlaying ? 'Pause' : 'Play'}
          keys="Space"
          run={togglePlay}
        />
        <Control icon="step-forward" label="One frame on" keys="→" run={() => void step(1)} />
        <Control icon="go-end" label="To the end" keys="End" run={() => void seek(info?.duration ?? 0)} />
      </span>
      <span class="transport-end">
        <Control icon="mark-in" label="Begin the export here" keys="I" run={markIn} />
        <Control icon="mark-out" label="End the export here" keys="O" run={markOut} />
        <button
          type="button"
          class="icon-button"
          aria-label="Take the whole file again"
          title="Take the whole file again (X)"
          disabled={!isTrimmed.value}
          onClick={clearTrim}
        >
          <Icon name="reset" />
        </button>
        <button
          type="button"
          class="icon-button"
          aria-label={muted.value ? 'Sound on' : 'Sound off'}
          aria-pressed={muted.value}
          title={`${muted.value ? 'Sound on' : 'Sound off'} (M)`}
          disabled={!info?.audio}
          onClick={toggleMuted}
        >
          <Icon name={muted.value ? 'muted' : 'sound'} />
        </button>
      </span>
    </div>
  );
}
