/** Answers what pages ask through `window.studio`. */
import path from 'node:path';
import { shell } from 'electron/common';
import { app, dialog, type IpcMainInvokeEvent, ipcMain } from 'electron/main';
import { argumentMessage, wordsOf } from '../../protocol/errors.js';
import {
  readStudioRequest,
  type StudioAnswer,
  type StudioOutput,
  type StudioRequest,
  type StudioResults,
  studioChannels,
  studioOrigin,
} from '../../protocol/studio.js';
import type { CaptureSources } from './capture-sources.js';
import { exists, type Outputs } from './outputs.js';
import type { StudioWindow } from './studio-window.js';

export interface RequestServices {
  outputs: Outputs;
  sources: CaptureSources;
  windowOf(event: IpcMainInvokeEvent): StudioWindow | undefined;
}

/** A name from a page, as the name of a file. */
function fileName(suggested: string, extension: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no name of a file may have them
  const name = suggested.replace(/[\u0000-\u001f<>:"/\\|?*]+/g, ' ').replace(/^[\s.]+|[\s.]+$/g, '');
  return `${name || 'Untitled'}.${extension}`;
}

async function chooseOutput(
  { outputs }: RequestServices,
  studio: StudioWindow,
  { suggestedName, extension }: Extract<StudioRequest, { type: 'choose-output' }>,
): Promise<StudioOutput | null> {
  const { owner, window } = studio;
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title: 'Export',
    buttonLabel: 'Export',
    defaultPath: path.join(app.getPath('videos'), fileName(suggestedName, extension)),
    filters: [{ name: extension.toUpperCase(), extensions: [extension] }],
    properties: ['createDirectory', 'showOverwriteConfirmation'],
  });
  if (canceled || !filePath) return null;
  const hasExtension = path.extname(filePath).toLowerCase() === `.${extension}`;
  const target = hasExtension ? filePath : `${filePath}.${extension}`;
  // The dialog has not asked about this name.
  if (!hasExtension && (await exists(target))) {
    const { response } = await dialog.showMessageBox(window, {
      type: 'question',
      message: `${path.basename(target)} exists already. Replace it?`,
      buttons: ['Replace', 'Cancel'],
      defaultId: 1,
      cancelId: 1,
    });
    if (response !== 0) return null;
  }
  return outputs.createExport(owner, target);
}

type Handlers = {
  [Type in StudioRequest['type']]: (
    services: RequestServices,
    studio: StudioWindow,
    request: Extract<StudioRequest, { type: Type }>,
  ) => Promise<StudioResults[Type]>;
};

const handlers: Handlers = {
  'choose-output': chooseOutput,
  'create-recording': ({ outputs }, { owner }, { extension }) =>
    outputs.createRecording(owner, app.getPath('videos'), extension),
  'write-output': async ({ outputs }, { owner }, { output, position, bytes }) => {
    await outputs.write(owner, output, position, bytes);
    return null;
  },
  'finish-output': ({ outputs }, { owner }, { output }) => outputs.finish(owner, output),
  'discard-output': async ({ outputs }, { owner }, { output }) => {
    await outputs.discard(owner, output);
    return null;
  },
  'read-output': ({ outputs }, { owner }, { output, start, end }) => outputs.read(owner, output, start, end),
  'open-output': async ({ outputs }, { owner }, { output }) => {
    const { path: file } = outputs.file(owner, output).requireFinished();
    const fault = await shell.openPath(file);
    if (fault) throw new Error(`${path.basename(file)} could not be opened: ${fault}`);
    return null;
  },
  'reveal-output': async ({ outputs }, { owner }, { output }) => {
    shell.showItemInFolder(outputs.file(owner, output).requireFinished().path);
    return null;
  },
  'capture-sources': ({ sources }) => sources.list(),
  'choose-capture-source': async ({ sources }, { window }, { id }) => {
    sources.choose(window.webContents.mainFrame, id);
    return null;
  },
};

/** The window whose page asks: its main frame, and of the Studio. Throws an Error for anybody else. */
function windowThatAsks(services: RequestServices, event: IpcMainInvokeEvent): StudioWindow {
  const { senderFrame: frame } = event;
  const window = services.windowOf(event);
  const isStudio = frame && !frame.detached && frame.parent === null && frame.origin === studioOrigin;
  if (isStudio && window) return window;
  throw new Error(argumentMessage('The asking page', `a window's own page of ${studioOrigin}`, frame?.origin));
}

export function answerRequests(services: RequestServices): void {
  ipcMain.handle(studioChannels.request, async (event, message: unknown): Promise<StudioAnswer> => {
    try {
      const studio = windowThatAsks(services, event);
      const request = readStudioRequest(message);
      const handle = handlers[request.type] as (...args: unknown[]) => Promise<StudioResults[typeof request.type]>;
      return { type: 'result', value: await handle(services, studio, request) };
    } catch (error) {
      // Without its causes: they are the system's words, not a person's.
      return { type: 'failure', message: wordsOf(error) };
    }
  });
}
