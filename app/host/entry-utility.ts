/** The host as a utility process of Electron: any number of sessions, each on a port that the main process sends in. */
import { type MessagePortMainLike, portFromMessagePortMain } from '../protocol/port-electron.js';
import { serve } from './serve.js';
import type { Session } from './session.js';
import type { SessionEnd, SessionNumber, UtilityCommand } from './utility-messages.js';

/** The part of Electron's process.parentPort that is used. */
interface ParentPort {
  on(event: 'message', listener: (event: { data: UtilityCommand; ports: MessagePortMainLike[] }) => void): unknown;
  postMessage(message: SessionEnd): void;
}

const { parentPort } = process as unknown as { parentPort: ParentPort };
const sessions = new Map<SessionNumber, Session>();

// A terminal's Ctrl-C reaches the whole process group: what it ends is the main process's to decide.
process.on('SIGINT', () => undefined);

function startSession(
  { session: number, options }: Extract<UtilityCommand, { type: 'serve' }>,
  port: MessagePortMainLike,
): void {
  const session = serve(portFromMessagePortMain(port), options);
  if (!session) {
    parentPort.postMessage({ type: 'ended', session: number, fault: null });
    return;
  }
  sessions.set(number, session);
  void session.ended.then(() => {
    sessions.delete(number);
    parentPort.postMessage({ type: 'ended', session: number, fault: session.fault });
  });
}

async function stop(): Promise<void> {
  const ending = [...sessions.values()];
  for (const session of ending) session.close();
  await Promise.all(ending.map((session) => session.ended));
  process.exit(0);
}

parentPort.on('message', ({ data: command, ports: [port] }) => {
  switch (command.type) {
    case 'serve':
      if (port) startSession(command, port);
      break;
    case 'end':
      sessions.get(command.session)?.close();
      break;
    case 'stop':
      void stop();
      break;
    default:
      command satisfies never;
  }
});
