/** The conformance suite in a page: codecs over the platform's media objects, and everything over handles. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { idlFiles } from '../conformance/idl-model.js';
import { testSituations } from '../fixtures/chromium.js';

/** About media objects, and about the IDL of everything: the platform's own are its browser's affair. */
const mediaSuites = /^(audio-data|encoded-|idl|image-decoder|video-color-space|video-frame)/;
/** Not of a page, which keeps the browser's. */
const nodeSuites = /^image-decoder/;

const allSuites = readdirSync(path.join(import.meta.dirname, '../conformance'))
  .filter((file) => file.endsWith('.suite.js'))
  .map((file) => file.replace('.suite.js', ''))
  .sort();

/** A module that offers the clauses of these suites. */
function moduleOf(suites: readonly string[], frames: 'platform' | 'remote'): string {
  const imports = suites.map((name, at) => `import { suite as s${at} } from './test/conformance/${name}.suite.ts';`);
  return [
    ...imports,
    "import { offerClauses } from './test/browser/pages/conformance.ts';",
    `offerClauses([${suites.map((_, at) => `s${at}`).join(', ')}], '${frames}');`,
  ].join('\n');
}

const idl = Object.fromEntries(
  idlFiles.map((name) => [name, readFileSync(fileURLToPath(import.meta.resolve(`@webref/idl/${name}.idl`)), 'utf8')]),
);
const define = { bundledIdl: JSON.stringify(idl) };

const platform = allSuites.filter((name) => !mediaSuites.test(name));
const remote = allSuites.filter((name) => !nodeSuites.test(name));
testSituations('Conformance in a page, platform frames', { source: moduleOf(platform, 'platform'), define }, 'inline');
testSituations('Conformance in a page, remote frames', { source: moduleOf(remote, 'remote'), define }, 'inline');
