import { setTimeout } from 'node:timers/promises';
import { Logging, LogLevel } from 'mediabunny';
import { ExportError, Interrupted, observe, wordsOf } from '../export/index.js';
import { createCodecHost } from '../main/index.js';
import { parseArguments } from './arguments.js';
import { exportImage } from './image-export.js';
import { exportSample } from './sample-export.js';
import { imageTypeOf } from './source-check.js';
import { transcode } from './transcode.js';

const interruptedExitCode = 130;
/** Milliseconds for the host to end by itself before this process does, which ends it too. */
const closingDeadline = 200;

async function main(): Promise<number> {
  // npm changes to the package's folder; names on the command line are meant from where the user stands.
  const { files, options, folder } = parseArguments(process.argv.slice(2), process.env['INIT_CWD'] ?? process.cwd());
  Logging.level = LogLevel.Silent;

  const interruption = new AbortController();
  const stop = (): void => {
    if (interruption.signal.aborted) {
      process.exit(interruptedExitCode);
    }
    interruption.abort(new Interrupted());
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);

  const host = createCodecHost({ runIn: options.runIn });
  const { engine, observation } = observe(host.webcodecs);
  try {
    await host.ready;
    if (files) {
      const imageType = await imageTypeOf(files.input);
      const job = { ...files, options, engine, observation, signal: interruption.signal };
      await (imageType ? exportImage({ ...job, imageType }) : transcode(job));
    } else {
      await exportSample({ folder, engine, signal: interruption.signal });
    }
    return 0;
  } catch (error) {
    if (error instanceof Interrupted || interruption.signal.aborted) {
      process.stderr.write('Stopped; nothing was written under the final name.\n');
      return interruptedExitCode;
    }
    if (error instanceof ExportError) {
      process.stderr.write(`${error.message}\n`);
      return 1;
    }
    process.stderr.write(`The export failed: ${wordsOf(error)}\n`);
    return 1;
  } finally {
    const closed = host.close().then(() => true);
    const inTime = await Promise.race([closed, setTimeout(closingDeadline, false)]);
    // A codec in the midst of its work would keep the host, and the terminal's pipes with it, for seconds.
    if (!inTime && host.pid !== undefined) {
      process.kill(host.pid, 'SIGKILL');
    }
  }
}

// Leaves codecs that are still busy behind: their host ends with this process.
process.exit(await main());
