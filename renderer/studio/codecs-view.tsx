/** Codecs: what this machine can do here, compared with what the browser engine alone offers. */
import { computed, signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { columns, rows } from './codecs/rows.js';
import { SpeedPanel } from './codecs/speed-panel.js';
import { answers, answersOf, askAll, asking, askProblem, differs, shouldAsk, versions } from './codecs/support.js';
import { SupportTable } from './codecs/support-table.js';
import { browserText, engineText, tableText } from './codecs/text.js';
import { notify, notifyError } from './shell/notices.js';
import { addShortcuts } from './shell/shortcuts.js';
import { hostProblem, view } from './studio.js';

const filter = signal('');
const onlyDifferences = signal(false);

const shown = computed(() => {
  const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = `${row.kind} ${row.codec} ${row.profile} ${row.string}`.toLowerCase();
    if (!words.every((word) => text.includes(word))) return false;
    return !onlyDifferences.value || columns.some((column) => differs(answersOf(row)[column]));
  });
});

/** How many questions have a yes here and a no there, and the other way round. */
const tally = computed(() => {
  const cells = rows.flatMap((row) => columns.map((column) => answersOf(row)[column])).filter((cell) => cell !== null);
  return {
    gains: cells.filter(({ host, browser }) => host && !browser).length,
    losses: cells.filter(({ host, browser }) => !host && browser).length,
  };
});

async function copy(): Promise<void> {
  try {
    await navigator.clipboard.writeText(tableText(shown.value, answersOf, versions.value));
    notify('success', 'The table was copied as text.');
  } catch (error) {
    notifyError(error, 'The table could not be copied. ');
  }
}

addShortcuts([
  {
    keys: ['/'],
    label: 'Filter the codecs',
    group: 'Codecs',
    when: () => view.value === 'codecs',
    run: () => document.getElementById('codecs-filter')?.focus(),
  },
]);

function Head() {
  return (
    <header class="codecs-head">
      <div>
        <h1>What this machine can do</h1>
        <p class="soft">
          {versions.value ? engineText(versions.value) : 'The codec host'}; alone: {browserText()}
        </p>
      </div>
      <div class="codecs-tools">
        <input
          id="codecs-filter"
          type="text"
          placeholder="Filter: hevc, 10 bit…"
          aria-label="Filter"
          value={filter.value}
          onInput={({ currentTarget }) => {
            filter.value = currentTarget.value;
          }}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={onlyDifferences.value}
            onChange={({ currentTarget }) => {
              onlyDifferences.value = currentTarget.checked;
            }}
          />
          Only differences
        </label>
        <button type="button" class="button" disabled={asking.value !== null} onClick={() => void askAll()}>
          Ask again
        </button>
        <button type="button" class="button" disabled={answers.value.size === 0} onClick={() => void copy()}>
          Copy as text
        </button>
      </div>
    </header>
  );
}

function Legend() {
  const { gains, losses } = tally.value;
  return (
    <p class="codecs-legend number" role="status">
      {asking.value !== null ? (
        <>
          <progress max={1} value={asking.value} aria-label="Asking" /> Asking the host, by opening each codec…
        </>
      ) : (
        <>
          <span class="support-key support-gain">{gains}</span> only here
          <span class="support-key support-loss">{losses}</span> only in the browser engine
          <span class="soft">Asked at 1920×1080, 30 frames a second; 48 kHz stereo.</span>
        </>
      )}
    </p>
  );
}

export function CodecsView() {
  const isVisible = view.value === 'codecs';
  const hasHost = hostProblem.value === null;
  useEffect(() => {
    if (isVisible && hasHost && shouldAsk()) void askAll();
  }, [isVisible, hasHost]);
  return (
    <div class="codecs">
      <Head />
      <div class="codecs-body">
        <div class="codecs-table">
          <Legend />
          {askProblem.value !== null && (
            <p class="codecs-problem" role="alert">
              {askProblem.value}
            </p>
          )}
          {shown.value.length > 0 ? <SupportTable rows={shown.value} /> : <p class="soft">No codec matches.</p>}
        </div>
        <SpeedPanel />
      </div>
    </div>
  );
}
