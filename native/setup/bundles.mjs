// Makes single files of what runs where nothing can be imported or found: preload scripts, and the Studio's pages.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { checkout } from './places.mjs';

const dist = path.join(checkout, 'dist');
const studio = path.join(checkout, 'renderer/studio');

/**
 * The bundles, from sources to files in dist.
 * @returns {import('esbuild').BuildOptions[]}
 */
function bundles() {
  return [
    {
      // A sandboxed preload script can't import: one CommonJS file, with nothing from outside but Electron.
      entryPoints: [
        { in: path.join(checkout, 'preload/index.ts'), out: 'bundle' },
        { in: path.join(checkout, 'preload/studio.ts'), out: 'studio' },
      ],
      outdir: path.join(dist, 'preload'),
      outExtension: { '.js': '.cjs' },
      format: 'cjs',
      external: ['electron'],
    },
    {
      // Not in dist/renderer, where the same modules lie one by one for tests.
      entryPoints: [
        { in: path.join(studio, 'app.tsx'), out: 'app' },
        { in: path.join(studio, 'app.css'), out: 'app' },
        { in: path.join(studio, 'engine/engine.ts'), out: 'engine' },
      ],
      outdir: path.join(dist, 'studio'),
      format: 'esm',
      sourcemap: true,
    },
  ];
}

/** Takes a fraction of a second. Needs what the compiler has made: bundles import the package by its name. */
export async function makeBundles() {
  // Set-up runs before the npm packages are there.
  const { build } = await import('esbuild');
  const common = /** @type {const} */ ({ bundle: true, platform: 'browser', target: 'es2022', logLevel: 'warning' });
  for (const options of bundles()) await build({ ...common, absWorkingDir: checkout, ...options });
  mkdirSync(path.join(dist, 'studio'), { recursive: true });
  copyFileSync(path.join(studio, 'index.html'), path.join(dist, 'studio/index.html'));
}
