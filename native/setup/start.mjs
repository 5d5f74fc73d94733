// Starts the Studio on Electron; arguments are Electron's.
import { spawn } from 'node:child_process';
import path from 'node:path';
import { electronProgram } from './electron.mjs';
import { checkout } from './places.mjs';
import { SetupError } from './process.mjs';

try {
  const entry = path.join(checkout, 'dist/app/main/app.js');
  const child = spawn(electronProgram(), [entry, ...process.argv.slice(2)], { stdio: 'inherit' });
  child.on('error', (error) => {
    console.error(`Electron could not be started: ${error.message}`);
    process.exitCode = 1;
  });
  child.on('close', (code) => {
    process.exitCode = code ?? 1;
  });
} catch (error) {
  console.error(error instanceof SetupError ? error.message : error);
  process.exitCode = 1;
}
