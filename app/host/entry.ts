/**
 * The host as a child process: one session, on the IPC channel to the parent. It lives as long as the parent is
 * connected: whether the parent closes the channel, exits or is killed, the channel ends and the process with it.
 */
import { portFromParentProcess } from '../protocol/port-node.js';
import { type HostOptions, serve } from './serve.js';

/** Milliseconds that threads get to end once the parent is gone; one that hangs must not leave a process behind. */
const endDeadline = 10_000;

// A terminal's Ctrl-C reaches the whole process group: what it ends is the parent's to decide.
process.on('SIGINT', () => undefined);

const port = portFromParentProcess(process);
const session = serve(port, JSON.parse(process.argv[2] ?? '{}') as HostOptions);
if (session) {
  port.ref();
  process.once('disconnect', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), endDeadline));
  void session.ended.then(() => process.exit(0));
} else {
  process.exitCode = 1;
}
