/** Open, look, cut, choose, export. */
import { Icon } from '../shell/icon.js';
import { addShortcuts } from '../shell/shortcuts.js';
import { bridge, view } from '../studio.js';
import { Details } from './details.js';
import { chooseFile, isDropping } from './file-choice.js';
import { startExport } from './jobs.js';
import { JobsPanel } from './jobs-panel.js';
import {
  clearTrim,
  markIn,
  markOut,
  medium,
  pause,
  position,
  seek,
  shuttle,
  step,
  toggleMuted,
  togglePlay,
} from './session.js';
import { SettingsPanel } from './settings-panel.js';
import { Stage } from './stage.js';
import { Timeline } from './timeline.js';
import { Transport } from './transport.js';

const hasMedium = (): boolean => view.value === 'export' && medium.value !== null;

addShortcuts([
  { keys: ['Mod+O'], label: 'Open a file', group: 'File', run: chooseFile },
  { keys: ['Mod+E'], label: 'Export', group: 'File', when: hasMedium, run: () => void startExport() },
]);
addShortcuts(
  [
    { keys: ['Space'] as const, label: 'Play or pause', run: togglePlay },
    { keys: ['ArrowLeft'] as const, label: 'One frame back', run: () => void step(-1) },
    { keys: ['ArrowRight'] as const, label: 'One frame on', run: () => void step(1) },
    { keys: ['Shift+ArrowLeft'] as const, label: 'One second back', run: () => void seek(position.value - 1) },
    { keys: ['Shift+ArrowRight'] as const, label: 'One second on', run: () => void seek(position.value + 1) },
    { keys: ['Home'] as const, label: 'To the start', run: () => void seek(0) },
    { keys: ['End'] as const, label: 'To the end', run: () => void seek(medium.value?.duration ?? 0) },
    { keys: ['J'] as const, label: 'Backwards; again: faster', run: () => shuttle(-1) },
    { keys: ['K'] as const, label: 'Pause', run: () => void pause() },
    { keys: ['L'] as const, label: 'Play; again: faster', run: () => shuttle(1) },
    { keys: ['M'] as const, label: 'Sound on or off', run: toggleMuted },
  ].map((shortcut) => ({ ...shortcut, group: 'Playback', when: hasMedium })),
);
addShortcuts(
  [
    { keys: ['I'] as const, label: 'Begin the export here', run: markIn },
    { keys: ['O'] as const, label: 'End the export here', run: markOut },
    { keys: ['X'] as const, label: 'Take the whole file again', run: clearTrim },
  ].map((shortcut) => ({ ...shortcut, group: 'Cutting', when: hasMedium })),
);

bridge.onCommand((command) => {
  if (command === 'open') chooseFile();
  if (command === 'export') void startExport();
});

export function ExportView() {
  const info = medium.value;
  return (
    <div class="export">
      <div class="export-main">
        <header class="export-head">
          <h1 class="file-name">{info?.name ?? 'Export'}</h1>
          <button type="button" class="button button-small" title="Open a file (Ctrl O)" onClick={chooseFile}>
            <Icon name="folder" />
            Open file…
          </button>
        </header>
        <Stage />
        <Transport />
        <Timeline />
      </div>
      <aside class="panel" aria-label="Export settings and results">
        <div class="panel-scroll">
          <SettingsPanel />
          <Details />
        </div>
        <JobsPanel />
      </aside>
      {isDropping.value && (
        <div class="drop-veil" aria-hidden="true">
          <p>Drop to open</p>
        </div>
      )}
    </div>
  );
}
