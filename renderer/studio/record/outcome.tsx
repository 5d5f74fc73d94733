/** What came of a recording. */
import type { RecordingEnd } from '../engine/recording/messages.js';
import { openSource } from '../export/session.js';
import { Icon } from '../shell/icon.js';
import { notifyError } from '../shell/notices.js';
import { bridge, view } from '../studio.js';
import { type Recorded, recorded as shown } from './recording.js';
import { clockText, sizeText } from './words.js';

function headline(end: RecordingEnd): string {
  switch (end.type) {
    case 'stopped':
      return 'Recorded';
    case 'source-ended':
      return 'The source ended, and so did the recording';
    case 'failed':
      return 'The recording ended early';
    default:
      return end satisfies never;
  }
}

export function Outcome({ recorded: { file, size, result } }: { recorded: Recorded }) {
  const { end, seconds, frames, dropped, surplus, notes } = result;
  const lines = [...notes];
  if (end.type === 'failed') lines.push(`${end.message} The file is kept up to there.`);
  if (dropped > 0) {
    const whole = frames + dropped;
    lines.push(
      `${dropped} of ${whole} frames were dropped, because this machine was too busy to encode them. A smaller ` +
        'picture, fewer frames a second or H.264 help.',
    );
  }
  if (surplus > 0) lines.push(`${surplus} frames came faster than asked for and were left out.`);
  const play = (): void => {
    view.value = 'export';
    void openSource({ kind: 'output', output: file.output, name: file.name, size });
  };
  const reveal = (): void => void bridge.revealOutput(file.output).catch((error: unknown) => notifyError(error));
  return (
    <section
      class={end.type === 'failed' ? 'record-outcome record-outcome-early' : 'record-outcome'}
      aria-label="Result"
    >
      <header>
        <Icon name={end.type === 'failed' ? 'warning' : 'check'} />
        <h2>{headline(end)}</h2>
        <button
          type="button"
          class="icon-button"
          aria-label="Dismiss"
          onClick={() => {
            shown.value = null;
          }}
        >
          <Icon name="close" />
        </button>
      </header>
      <p class="record-path" title={file.path}>
        {file.name}
      </p>
      <p class="soft number">
        {clockText(seconds)} · {frames} frames · {sizeText(size)}
      </p>
      {lines.map((line) => (
        <p key={line}>{line}</p>
      ))}
      <div class="record-outcome-buttons">
        <button type="button" class="button button-main" onClick={play}>
          <Icon name="play" />
          Play
        </button>
        <button type="button" class="button" onClick={reveal}>
          <Icon name="folder" />
          Show in folder
        </button>
      </div>
    </section>
  );
}
