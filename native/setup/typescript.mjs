// Compiles the TypeScript sources into dist, and makes one file of the preload script.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { checkout, logFile } from './places.mjs';
import { run } from './process.mjs';

const dist = path.join(checkout, 'dist');

/** Removes the output of sources that are gone, so that no deleted test runs on. */
function removeStaleOutput() {
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, encoding: 'utf8' })) {
    const source = entry.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (source !== entry && !existsSync(path.join(checkout, source))) rmSync(path.join(dist, entry));
  }
}

/** A sandboxed preload script can't import: one CommonJS file, with nothing from outside but Electron. */
async function bundlePreload() {
  // Set-up runs before the npm packages are there.
  const { build } = await import('esbuild');
  await build({
    entryPoints: [path.join(checkout, 'preload/index.ts')],
    outfile: path.join(dist, 'preload/bundle.cjs'),
    bundle: true,
    format: 'cjs',
    platform: 'browser',
    target: 'es2022',
    external: ['electron'],
    logLevel: 'warning',
  });
}

/** Incremental: takes a fraction of a second when nothing changed. */
export async function compileTypeScript() {
  removeStaleOutput();
  const log = logFile('typescript');
  rmSync(log, { force: true });
  const compiler = path.join(checkout, 'node_modules/typescript/bin/tsc');
  await run([process.execPath, compiler, '--project', checkout], { log, cwd: checkout });
  await bundlePreload();
}
