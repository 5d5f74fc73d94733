/** What a host's process writes to stderr. */

/** What a reason quotes of it: a crash report's last lines, in characters. */
const quoted = 2000;

/** Passes on what the process writes to stderr, and keeps the end of it. */
export function keepOutput(stderr: NodeJS.ReadableStream | null): () => string {
  let tail = '';
  stderr?.setEncoding('utf8');
  stderr?.on('data', (text: string | Buffer) => {
    tail = `${tail}${text}`.slice(-quoted);
    process.stderr.write(text);
  });
  return () => tail.trim();
}
