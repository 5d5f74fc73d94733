/** The foot of the panel: estimate and button, then progress, then what came out. */
import { Icon } from '../shell/icon.js';
import { describeBytes, describeDuration } from './format.js';
import {
  canExport,
  exportProblem,
  type Finished,
  finished,
  type Job,
  job,
  openResult,
  playResult,
  revealResult,
  startExport,
} from './jobs.js';
import { medium, trim } from './session.js';
import { estimate, objection } from './settings.js';

/** Seconds of work before the time that is left is told: earlier it would be guesswork. */
const leastToJudge = 1.5;

function timeLeft({ share, elapsed }: Job['progress']): string {
  const seconds = elapsed / 1000;
  if (share <= 0 || seconds < leastToJudge) return 'measuring…';
  const left = (seconds * (1 - share)) / share;
  return left < 1 ? 'a moment left' : `${describeDuration(Math.ceil(left)).replace(/\.\d+/, '')} left`;
}

function Running({ running }: { running: Job }) {
  const { name, progress } = running;
  const { share, frames, seconds, bytes, elapsed } = progress;
  const past = Math.max(0.001, elapsed / 1000);
  return (
    <section class="job" aria-label="Export in progress">
      <div class="job-title">
        <strong>{name}</strong>
        <span class="number">{Math.floor(share * 100)} %</span>
      </div>
      <progress aria-label="Export progress" value={share} max={1} />
      <p class="job-numbers number soft">
        {frames > 0 && <span>{(frames / past).toFixed(0)} fps</span>}
        <span>{(seconds / past).toFixed(1)}× real time</span>
        {bytes > 0 && <span>{describeBytes(bytes)}</span>}
        <span>{timeLeft(progress)}</span>
      </p>
      <button type="button" class="button" onClick={running.stop}>
        <Icon name="close" />
        Stop export
      </button>
    </section>
  );
}

function Result({ result }: { result: Finished }) {
  const { name, path, bytes, seconds, elapsed } = result;
  return (
    <li class="result">
      <div class="job-title">
        <Icon name="check" />
        <strong title={path}>{name}</strong>
      </div>
      <p class="number soft">
        {describeBytes(bytes)} · {describeDuration(seconds)} · made in {describeDuration(elapsed / 1000)}
      </p>
      <div class="result-actions">
        <button type="button" class="button button-small" onClick={() => playResult(result)}>
          Play result
        </button>
        <button type="button" class="button button-small" onClick={() => revealResult(result)}>
          Show in folder
        </button>
        <button type="button" class="button button-small" onClick={() => openResult(result)}>
          Open
        </button>
      </div>
    </li>
  );
}

export function JobsPanel() {
  const running = job.value;
  const bytes = estimate.value;
  return (
    <section class="jobs" aria-label="Export">
      {finished.value.length > 0 && (
        <ul class="results" aria-label="Finished exports" aria-live="polite">
          {finished.value.map((result) => (
            <Result key={result.output} result={result} />
          ))}
        </ul>
      )}
      {exportProblem.value && (
        <p class="inline-problem" role="alert">
          {exportProblem.value}
        </p>
      )}
      {running ? (
        <Running running={running} />
      ) : (
        <>
          {medium.value && (
            <p class="estimate number">
              <span class="soft">{describeDuration(trim.value.end - trim.value.start)}</span>
              <span>{bytes === null || objection.value ? '' : `about ${describeBytes(bytes)}`}</span>
            </p>
          )}
          <button
            type="button"
            class="button button-main"
            disabled={!canExport.value}
            title="Export (Ctrl E)"
            onClick={() => void startExport()}
          >
            <Icon name="export" />
            Export…
          </button>
        </>
      )}
    </section>
  );
}
