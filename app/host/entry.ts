/**
 * The host as a child process: one session, on the IPC channel to the parent. It lives as long as the parent is
 * connected: whether the parent closes the channel, exits or is killed, the channel ends and the process with it.
 */
import { portFromParentProcess } from '../protocol/port-node.js';
import { type HostOptions, serve } from './serve.js';

const port = portFromParentProcess(process);
const session = serve(port, JSON.parse(process.argv[2] ?? '{}') as HostOptions);
if (session) {
  port.ref();
  // Threads of the addon end before the process does; then nothing is left to keep it.
  void session.ended.then(() => process.exit(0));
} else {
  process.exitCode = 1;
}
