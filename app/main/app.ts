/** The Studio's entry: where Electron starts. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { app } from 'electron/main';
import { messageOf } from '../protocol/errors.js';
import { Studio } from './studio/studio.js';

// Every app that is not packaged has Electron's own name, and with it one folder and one lock.
if (!app.isPackaged && !app.commandLine.hasSwitch('user-data-dir')) {
  const folder = path.join(app.getPath('appData'), 'WebCodecs Studio (not packaged)');
  mkdirSync(folder, { recursive: true });
  app.setPath('userData', folder);
}

// Two would write over each other's settings.
if (app.requestSingleInstanceLock()) {
  const studio = new Studio();
  // Not awaited: Electron becomes ready only after its entry has been loaded.
  app
    .whenReady()
    .then(() => studio.start())
    .catch((error: unknown) => {
      console.error(`The Studio could not start: ${messageOf(error)}`);
      app.exit(1);
    });
} else {
  app.quit();
}
