/** The npm package as an integrator gets it: packed, installed into an empty project without a network, and used. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const skip = process.env['CODEC_VARIANT'] === 'gpl' && 'the npm package carries the lgpl variant';

/** Megabytes: the addon was stripped, and nothing came along that isn't needed. */
const largestTarball = 20;

/** An integrator's environment: nothing that points at this checkout. */
const environment = { ...process.env };
for (const name of Object.keys(environment)) {
  if (/^(npm_|CODEC_|ELECTRON_WEBCODECS_|NODE_OPTIONS)/i.test(name)) delete environment[name];
}

describe('the npm package', { skip }, () => {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'electron-webcodecs-consumer-')));
  const installed = join(project, 'node_modules/electron-webcodecs');
  let tarball = '';

  const run = (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: project, env: environment, encoding: 'utf8' });
  /** The output with what went wrong in it, where it does. */
  const typeCheck = (...args: string[]) => {
    const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--ignoreConfig'];
    try {
      return run(process.execPath, compiler, ...strict, '--module', 'nodenext', ...args);
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };

  before(() => {
    execFileSync('npm', ['pack', '--pack-destination', project], { cwd: checkout, stdio: 'pipe' });
    tarball = join(project, readdirSync(project).find((name) => name.endsWith('.tgz')) ?? assert.fail('no tarball'));
    writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }');
    run('npm', 'install', '--offline', '--no-audit', '--no-fund', tarball);
    for (const name of ['mediabunny', '@types']) {
      symlinkSync(join(checkout, 'node_modules', name), join(project, 'node_modules', name));
    }
    copyFileSync(join(checkout, 'dist/test/fixtures/programs/installed-encode.js'), join(project, 'encode.js'));
    for (const name of ['node', 'page']) {
      copyFileSync(join(checkout, `test/types/${name}.ts`), join(project, `${name}.ts`));
    }
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  it('has the addon, its notices and every entry, and is no larger than it must be', (test) => {
    const megabytes = statSync(tarball).size / 1e6;
    test.diagnostic(`tarball: ${megabytes.toFixed(1)} MB`);
    assert.ok(megabytes < largestTarball, `${megabytes} MB`);
    const prebuilt = join(installed, 'prebuilds', `${process.platform}-${process.arch}`);
    assert.deepEqual(readdirSync(prebuilt).sort(), ['THIRD-PARTY-NOTICES', 'electron_webcodecs.lgpl.node']);
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      exports: Record<string, string | Record<string, string>>;
      dependencies?: object;
    };
    assert.equal(manifest.dependencies, undefined);
    for (const target of Object.values(manifest.exports).flatMap((entry) => Object.values(Object(entry)))) {
      if (typeof target === 'string' && target.startsWith('./')) assert.ok(statSync(join(installed, target)).isFile());
    }
    const folders = readdirSync(join(installed, 'dist')).concat(readdirSync(join(installed, 'dist/app')));
    for (const own of ['test', 'cli']) assert.ok(!folders.includes(own), `${own} is in it`);
  });

  for (const runIn of ['child', 'inline']) {
    it(`encodes with the addon that it carries, ${runIn}`, () => {
      const result: unknown = JSON.parse(run(process.execPath, 'encode.js', runIn));
      const addon = join(installed, `prebuilds/${process.platform}-${process.arch}/electron_webcodecs.lgpl.node`);
      const expected = { chunks: 10, failures: [], addons: [addon], inThisProcess: runIn === 'inline' };
      assert.deepEqual(result, expected);
    });
  }

  it('can be required by CommonJS', () => {
    const lines = `
      const { createCodecHost } = require('electron-webcodecs');
      const { registerMediabunnyCodecs } = require('electron-webcodecs/mediabunny');
      console.log(typeof createCodecHost, typeof registerMediabunnyCodecs);`;
    writeFileSync(join(project, 'required.cjs'), lines);
    assert.equal(run(process.execPath, 'required.cjs').trim(), 'function function');
  });

  it('has types for a program in Node', () => {
    assert.equal(typeCheck('--types', 'node', 'node.ts'), '');
  });

  it('has types for a page that knows nothing of Node', () => {
    assert.equal(typeCheck('--types', '', '--lib', 'es2023,dom', 'page.ts'), '');
  });

  // Mediabunny brings declarations of WebCodecs that TypeScript's newer ones contradict.
  it('has types for a program in CommonJS that uses Mediabunny', () => {
    const lines = `
      import { createCodecHost } from 'electron-webcodecs';
      import { registerMediabunnyCodecs } from 'electron-webcodecs/mediabunny';
      const host = createCodecHost();
      const takeBack: () => void = registerMediabunnyCodecs(host.webcodecs);
      takeBack();`;
    writeFileSync(join(project, 'required.cts'), lines);
    assert.equal(typeCheck('--skipLibCheck', '--types', 'node', 'required.cts'), '');
  });
});
