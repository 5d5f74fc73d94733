/**
 * The preload script: passes a page's wish for a port on to main, and main's port on to the page. It exposes nothing to
 * the page and decides nothing; it works in a sandboxed renderer with context isolation.
 */
import { ipcRenderer } from 'electron';
import { channels, type HandOverAnswer, marker, readAnswer, readRequest } from '../app/protocol/hand-over.js';

function tellPage(answer: HandOverAnswer, ports: readonly MessagePort[] = []): void {
  window.postMessage({ [marker]: answer }, location.origin, [...ports]);
}

window.addEventListener('message', ({ source, origin, data }: MessageEvent<unknown>) => {
  if (source !== window || origin !== location.origin) return;
  if (typeof data !== 'object' || data === null || !(marker in data)) return;
  const request = readRequest(data[marker]);
  if (!request) return;
  ipcRenderer.send(channels.request, request);
  if (request.type === 'request') tellPage({ type: 'asked', nonce: request.nonce });
});

ipcRenderer.on(channels.answer, ({ ports }, message: unknown) => {
  const answer = readAnswer(message);
  if (answer) tellPage(answer, ports);
});
