/** What the set-up says when it can't go on, and the rules that the linter keeps. Nothing is installed here. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { withFolder } from '../fixtures/debian-ffmpeg.js';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));

interface Ran {
  code: number;
  output: string;
}

function runNode(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return new Promise((resolve) => {
    const settings = { cwd: checkout, env: { ...process.env, ...env } };
    execFile(process.execPath, args, settings, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output: stdout + stderr });
    });
  });
}

/** Runs a few lines with the set-up's modules in reach as `load(path)`. */
function runLines(lines: string, env?: NodeJS.ProcessEnv): Promise<Ran> {
  const load = `const load = (file) => import(${JSON.stringify(pathToFileURL(checkout).href)} + file);`;
  return runNode(['--input-type=module', '-e', `${load}\n${lines}`], env);
}

const tell = 'catch (error) { console.log(error.constructor.name, error.message, error.advice); }';

describe('the set-up', () => {
  it('of a user who may not install names every missing package and what to do, and stops', async () => {
    const { output } = await runLines(
      `process.getuid = () => 1000;
       const { ensureSystemPackages } = await load('native/setup/system-packages.mjs');
       const step = { report: (what) => console.log('DID', what) };
       try { await ensureSystemPackages({ tests: true }, step); } ${tell}`,
      { PATH: '' },
    );
    assert.match(output, /^SetupError Missing from this system: g\+\+ make cmake ninja-build meson nasm .*ffmpeg.*\./);
    assert.match(
      output,
      /Install (them: sudo apt-get install -y g\+\+ make|what corresponds to these Debian packages)/,
    );
    assert.doesNotMatch(output, /DID/);
  });

  it('refuses a source archive that is not the pinned one, naming both checksums', async () => {
    await withFolder(async (folder) => {
      const { output } = await runLines(
        `const { writeFileSync } = await import('node:fs');
         const { findSource, pins } = await load('native/ffmpeg/sources.mjs');
         const pin = pins.find(({ name }) => name === 'ffmpeg');
         writeFileSync(process.env.CODEC_SOURCES + '/' + pin.file, 'something else');
         const folder = process.env.CODEC_SOURCES;
         try { console.log('TOOK', await findSource(pin, { checkout: folder, cache: folder, log: folder + '/log' })); }
         ${tell}`,
        { CODEC_SOURCES: folder },
      );
      assert.match(
        output,
        /^SetupError ffmpeg_\S+ from .* is not the pinned file: expected SHA-256 \w{64}, received \w{64}\./,
      );
    });
  });

  it('builds with a variant that there is, and names both where it is another', async () => {
    const { code, output } = await runNode(['native/setup/index.mjs', '--variant', 'nonfree']);
    assert.equal(code, 1);
    assert.match(output, /The variant is lgpl or gpl, received: nonfree\./);
  });
});

describe('the rules of imports', () => {
  it('are kept by the checkout', async () => {
    assert.deepEqual(await runNode(['test/lint/layers.mjs']), { code: 0, output: '' });
  });

  it('are told of where they are broken', async () => {
    await withFolder(async (folder) => {
      const files: Record<string, string> = {
        'app/protocol/low.ts': "import { high } from '../client/high.js';\n",
        'app/client/high.ts': "import fs from 'node:fs';\nexport const high = fs;\n",
        'app/cli/odd.ts': "const odd = await import('left-pad');\n",
        'native/src/core/core.cc': '#include <napi.h>\n',
      };
      for (const [name, text] of Object.entries(files)) {
        mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
        writeFileSync(path.join(folder, name), text);
      }
      const { code, output } = await runNode(['test/lint/layers.mjs', folder]);
      assert.equal(code, 1);
      for (const name of Object.keys(files)) assert.match(output, new RegExp(`^${name}: `, 'm'));
      assert.equal(output.trimEnd().split('\n').length, Object.keys(files).length);
    });
  });
});
