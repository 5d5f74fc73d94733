/** The Studio's entry: where Electron starts. */
import { app } from 'electron/main';
import { messageOf } from '../protocol/errors.js';
import { Studio } from './studio/studio.js';

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
