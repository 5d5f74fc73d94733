/** A second or so of each codec, as bars that grow while it is tried. */
import { signal } from '@preact/signals';
import { wordsOf } from '../../../app/protocol/errors.js';
import { type SpeedCodec, type SpeedProgress, speedCodecs } from '../engine/codecs/messages.js';
import { Icon } from '../shell/icon.js';
import { engine, hostProblem } from '../studio.js';

interface Trial extends SpeedProgress {
  problem: string | null;
}

const names = Object.keys(speedCodecs) as SpeedCodec[];
const trials = signal<Readonly<Partial<Record<SpeedCodec, Trial>>>>({});
/** What is being tried. */
const trying = signal<SpeedCodec | null>(null);
let stop: AbortController | null = null;

function note(codec: SpeedCodec, change: Partial<Trial>): void {
  const before = trials.value[codec] ?? { encode: null, decode: null, problem: null };
  trials.value = { ...trials.value, [codec]: { ...before, ...change } };
}

async function tryAll(): Promise<void> {
  const controller = new AbortController();
  stop = controller;
  trials.value = {};
  try {
    for (const codec of names) {
      if (controller.signal.aborted) break;
      trying.value = codec;
      try {
        const call = { method: 'speed', codec } as const;
        note(codec, await engine.call(call, { signal: controller.signal, progress: (news) => note(codec, news) }));
      } catch (error) {
        if (controller.signal.aborted) break;
        note(codec, { problem: wordsOf(error) });
      }
    }
  } finally {
    trying.value = null;
    stop = null;
  }
}

function Bar({ label, rate, highest }: { label: string; rate: number | null; highest: number }) {
  return (
    <div class="speed-bar">
      <span class="soft">{label}</span>
      <meter min={0} max={highest} value={rate ?? 0} aria-label={label} />
      <span class="number">{rate === null ? '–' : rate.toFixed(0)}</span>
    </div>
  );
}

export function SpeedPanel() {
  const rates = Object.values(trials.value).flatMap(({ encode, decode }) => [encode ?? 0, decode ?? 0]);
  const highest = Math.max(60, ...rates);
  return (
    <section class="speed" aria-label="Speed">
      <header>
        <h2>Speed</h2>
        {trying.value === null ? (
          <button
            type="button"
            class="button button-small"
            disabled={hostProblem.value !== null}
            onClick={() => void tryAll()}
          >
            <Icon name="play" />
            Try it
          </button>
        ) : (
          <button type="button" class="button button-small" onClick={() => stop?.abort()}>
            <Icon name="close" />
            Stop
          </button>
        )}
      </header>
      <p class="hint">Frames a second at 1920×1080, in the codec host, with nothing else going on.</p>
      <ul>
        {names.map((codec) => {
          const trial = trials.value[codec];
          return (
            <li key={codec} class={trying.value === codec ? 'speed-codec speed-codec-on' : 'speed-codec'}>
              <strong>{codec}</strong>
              <Bar label="encode" rate={trial?.encode ?? null} highest={highest} />
              <Bar label="decode" rate={trial?.decode ?? null} highest={highest} />
              {trial?.problem && <p class="hint">{trial.problem}</p>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
