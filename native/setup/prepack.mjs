// Puts this system's addon, stripped, and its notices under `prebuilds`, from where packages take them: before
// `npm pack`, and before an app is packaged. Those of other systems, made there, may lie beside it.
import { copyFileSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseVariant } from './codec-set.mjs';
import { writeNotices } from './notices.mjs';
import { buildFolder, checkout, logFile } from './places.mjs';
import { run } from './process.mjs';

/** Switches that leave what is needed for loading. @type {Partial<Record<NodeJS.Platform, string>>} */
const stripSwitch = { linux: '--strip-unneeded', darwin: '-x' };

/** @param {import('./codec-set.mjs').Variant} variant */
export async function fillPrebuilds(variant) {
  const folder = path.join(checkout, 'prebuilds', `${process.platform}-${process.arch}`);
  const addon = path.join(folder, `electron_webcodecs.${variant}.node`);
  mkdirSync(folder, { recursive: true });
  copyFileSync(path.join(buildFolder(variant), 'electron_webcodecs.node'), addon);
  const strip = stripSwitch[process.platform];
  if (strip) await run(['strip', strip, addon], { log: logFile('prepack') });
  await writeNotices(variant, path.join(folder, 'THIRD-PARTY-NOTICES'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await fillPrebuilds(parseVariant(process.env['CODEC_VARIANT']));
}
