/** The buttons and figures of a recording. */
import type { RecordingProgress } from '../engine/recording/messages.js';
import { Icon } from '../shell/icon.js';
import { hostProblem } from '../studio.js';
import { settings } from './choices.js';
import { progress, togglePause } from './recording.js';
import { clockText, sizeText } from './words.js';

const stateWords: Readonly<Record<RecordingProgress['state'], string>> = {
  starting: 'Starting…',
  recording: 'Recording',
  paused: 'Paused',
  recovering: 'Starting the codec engine anew…',
  finishing: 'Finishing the file…',
};

function Figures({ news }: { news: RecordingProgress | null }) {
  const rows: [string, string, string][] = [
    ['Time', clockText(news?.seconds ?? 0), 'record-time'],
    ['Size', sizeText(news?.bytes ?? 0), 'record-size'],
    ['Frames/s', news ? String(news.fps) : '–', 'record-fps'],
    ['Dropped', String(news?.dropped ?? 0), news?.dropped ? 'record-dropped record-dropped-some' : 'record-dropped'],
  ];
  return (
    <dl class="record-figures number">
      {rows.map(([name, value, style]) => (
        <div key={name} class={style}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Transport({ toggle }: { toggle: () => void }) {
  const news = progress.value;
  const isBusy = news !== null;
  const canPause = news?.state === 'recording' || news?.state === 'paused';
  const canToggle = isBusy ? news.state !== 'finishing' : settings.value !== null && hostProblem.value === null;
  const note = news?.notes.at(-1) ?? (isBusy ? null : hostProblem.value);
  return (
    <section class="record-transport" aria-label="Recording">
      <button
        type="button"
        class={isBusy ? 'record-button record-button-on' : 'record-button'}
        aria-label={isBusy ? 'Stop recording' : 'Record'}
        title={isBusy ? 'Stop (R)' : 'Record (R)'}
        disabled={!canToggle}
        onClick={toggle}
      >
        <span class="record-button-dot" />
      </button>
      <button
        type="button"
        class="button"
        disabled={!canPause}
        title="Pause, go on (P)"
        onClick={() => void togglePause()}
      >
        <Icon name={news?.state === 'paused' ? 'play' : 'pause'} />
        {news?.state === 'paused' ? 'Go on' : 'Pause'}
      </button>
      <div class="record-state">
        <strong role="status" class={news?.state === 'recording' ? 'record-live' : undefined}>
          {news ? stateWords[news.state] : 'Ready'}
        </strong>
        {note !== null && (
          <p class="record-note" role="status">
            {note}
          </p>
        )}
      </div>
      <Figures news={news} />
    </section>
  );
}
