// Compiles the TypeScript sources into dist, and makes bundles of those that need it.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makeBundles } from './bundles.mjs';
import { checkout, logFile } from './places.mjs';
import { run } from './process.mjs';

const dist = path.join(checkout, 'dist');

/** Removes the output of sources that are gone, so that no deleted test runs on. */
function removeStaleOutput() {
  if (!existsSync(dist)) return;
  // With types, for otherwise links would be followed out of here.
  for (const file of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const entry = path.relative(dist, path.join(file.parentPath, file.name));
    const source = entry.replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts');
    if (!file.isFile() || source === entry || entry.startsWith(`studio${path.sep}`)) continue; // no output of the compiler's
    if (![source, `${source}x`].some((name) => existsSync(path.join(checkout, name)))) rmSync(path.join(dist, entry));
  }
}

/** Incremental: takes a fraction of a second when nothing changed. */
export async function compileTypeScript() {
  removeStaleOutput();
  const log = logFile('typescript');
  rmSync(log, { force: true });
  const compiler = path.join(checkout, 'node_modules/typescript/bin/tsc');
  await run([process.execPath, compiler, '--project', checkout], { log, cwd: checkout });
  await makeBundles();
}
