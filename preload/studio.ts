/**
 * The Studio's preload script: hands codec ports to the page, as every app's does that imports
 * `electron-webcodecs/preload`, and exposes `window.studio`.
 */
import 'electron-webcodecs/preload';
import { contextBridge, ipcRenderer } from 'electron';
import {
  type StudioAnswer,
  type StudioBridge,
  type StudioCommand,
  type StudioRequest,
  type StudioResults,
  studioChannels,
} from '../app/protocol/studio.js';

async function ask<Type extends StudioRequest['type']>(
  request: Extract<StudioRequest, { type: Type }>,
): Promise<StudioResults[Type]> {
  const answer = (await ipcRenderer.invoke(studioChannels.request, request)) as StudioAnswer<Type>;
  if (answer.type === 'failure') throw new Error(answer.message);
  return answer.value;
}

/** For what has no answer but its end. */
async function tell(request: StudioRequest): Promise<void> {
  await ask(request);
}

const { electron = '', chrome = '', node = '' } = process.versions;

const bridge: StudioBridge = {
  platform: process.platform,
  versions: { electron, chrome, node },
  chooseOutput: ({ suggestedName, extension }) => ask({ type: 'choose-output', suggestedName, extension }),
  createRecording: ({ extension }) => ask({ type: 'create-recording', extension }),
  writeOutput: (output, position, bytes) => tell({ type: 'write-output', output, position, bytes }),
  finishOutput: (output) => ask({ type: 'finish-output', output }),
  discardOutput: (output) => tell({ type: 'discard-output', output }),
  readOutput: (output, start, end) => ask({ type: 'read-output', output, start, end }),
  openOutput: (output) => tell({ type: 'open-output', output }),
  revealOutput: (output) => tell({ type: 'reveal-output', output }),
  captureSources: () => ask({ type: 'capture-sources' }),
  chooseCaptureSource: (id) => tell({ type: 'choose-capture-source', id }),
  onCommand(listener) {
    ipcRenderer.on(studioChannels.command, (_event, command: StudioCommand) => listener(command));
  },
};

contextBridge.exposeInMainWorld('studio', bridge);
