/** The Studio's page. */
import { render } from 'preact';
import { CodecsView } from './codecs-view.js';
import { ExportView } from './export/export-view.js';
import { RecordView } from './record-view.js';
import { HelpSheet } from './shell/help-sheet.js';
import { Navigation } from './shell/navigation.js';
import { Notices } from './shell/notices.js';
import { addShortcuts, helpIsOpen } from './shell/shortcuts.js';
import { toggleTheme } from './shell/theme.js';
import { bridge, type ViewName, view } from './studio.js';

const show = (name: ViewName) => (): void => {
  view.value = name;
};

addShortcuts([
  { keys: ['1'], label: 'Export', group: 'Views', run: show('export') },
  { keys: ['2'], label: 'Record', group: 'Views', run: show('record') },
  { keys: ['3'], label: 'Codecs', group: 'Views', run: show('codecs') },
  { keys: ['T'], label: 'Dark or light', group: 'Views', run: toggleTheme },
  {
    keys: ['?'],
    label: 'This sheet',
    group: 'Views',
    run: () => {
      helpIsOpen.value = true;
    },
  },
]);

bridge.onCommand((command) => {
  if (command === 'show-export' || command === 'open' || command === 'export') view.value = 'export';
  if (command === 'show-record' || command === 'record') view.value = 'record';
  if (command === 'show-codecs') view.value = 'codecs';
});

/** Views stay mounted: what goes on in one goes on while another is shown. */
function Studio() {
  return (
    <div class="studio">
      <Navigation />
      <main class="view" id="export" aria-label="Export" hidden={view.value !== 'export'}>
        <ExportView />
      </main>
      <main class="view" id="record" aria-label="Record" hidden={view.value !== 'record'}>
        <RecordView />
      </main>
      <main class="view" id="codecs" aria-label="Codecs" hidden={view.value !== 'codecs'}>
        <CodecsView />
      </main>
      <Notices />
      <HelpSheet />
    </div>
  );
}

render(<Studio />, document.body);
