/** The export that is running, and those that are done. */
import { computed, signal } from '@preact/signals';
import { wordsOf } from '../../../app/protocol/errors.js';
import type { ExportProgress, ExportResult } from '../engine/messages.js';
import { notify, notifyError } from '../shell/notices.js';
import { bridge, engine, view } from '../studio.js';
import { medium, openSource, source } from './session.js';
import { exportSettings, objection, preset } from './settings.js';

export interface Job {
  name: string;
  progress: ExportProgress;
  stop: () => void;
}

export interface Finished extends ExportResult {
  output: number;
  name: string;
  path: string;
}

export const job = signal<Job | null>(null);
export const finished = signal<readonly Finished[]>([]);
/** Why the last export failed. */
export const exportProblem = signal<string | null>(null);
export const canExport = computed(
  () => medium.value !== null && !medium.value.isImage && job.value === null && objection.value === null,
);

const mostShown = 4;
const nothingYet: ExportProgress = { share: 0, frames: 0, seconds: 0, bytes: 0, elapsed: 0 };

function suggestedName(name: string, extension: string): string {
  const stem = name.replace(/\.[^.]+$/, '');
  return name.toLowerCase().endsWith(`.${extension}`) ? `${stem} (export).${extension}` : `${stem}.${extension}`;
}

/** Asks where to, and exports. */
export async function startExport(): Promise<void> {
  const from = source.value;
  const info = medium.value;
  if (!from || !info || !canExport.value) return;
  const settings = exportSettings();
  const { extension } = preset.value;
  exportProblem.value = null;
  let file: Awaited<ReturnType<typeof bridge.chooseOutput>>;
  try {
    file = await bridge.chooseOutput({ suggestedName: suggestedName(info.name, extension), extension });
  } catch (error) {
    exportProblem.value = wordsOf(error);
    return;
  }
  if (!file) return;
  const { output, name } = file;
  const stopping = new AbortController();
  const show = (progress: ExportProgress): void => {
    job.value = { name, progress, stop: () => stopping.abort() };
  };
  show(nothingYet);
  try {
    const result = await engine.call(
      { method: 'export', source: from, settings, output },
      { signal: stopping.signal, progress: show },
    );
    const { path, size } = await bridge.finishOutput(output);
    finished.value = [{ ...result, bytes: size, output, name, path }, ...finished.value].slice(0, mostShown);
    // In this view the result itself says so.
    if (view.value !== 'export') notify('success', `${name} is done.`);
  } catch (error) {
    // Only what is whole stays.
    await bridge.discardOutput(output).catch((reason: unknown) => notifyError(reason));
    if (error instanceof Error && error.name === 'AbortError')
      notify('info', 'Export stopped; nothing was kept of it.');
    else exportProblem.value = wordsOf(error);
  } finally {
    job.value = null;
  }
}

export function playResult({ output, name, bytes }: Finished): void {
  void openSource({ kind: 'output', output, name, size: bytes });
}

export function openResult({ output }: Finished): void {
  bridge.openOutput(output).catch((error: unknown) => notifyError(error));
}

export function revealResult({ output }: Finished): void {
  bridge.revealOutput(output).catch((error: unknown) => notifyError(error));
}
