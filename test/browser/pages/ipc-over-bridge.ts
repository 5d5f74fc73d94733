/** What a preload script has of `electron`, where main's part of the hand-over is a bridge to a host in a process. */
import { openBridge } from './bridge.js';

type Listener = (event: { ports: MessagePort[] }, answer: unknown) => void;

const listeners: Listener[] = [];

export const ipcRenderer = {
  on(_channel: string, listener: Listener): void {
    listeners.push(listener);
  },
  async send(_channel: string, { type, nonce }: { type: string; nonce: string }): Promise<void> {
    if (type !== 'request') return;
    const { port } = await openBridge('child');
    for (const listener of listeners) listener({ ports: [port] }, { type: 'port', nonce });
  },
};
