/**
 * The packaged app. No Electron distribution is needed: one that has the shape of Electron's folder, and the bytes in
 * its program where fuses stand, shows what electron-builder makes of the configuration.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { fuseMark, fuseNames, makeDistribution } from '../fixtures/electron-distribution.js';

const require = createRequire(import.meta.url);
const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const main = 'dist/app/main/app.js';
const system = `${process.platform}-${process.arch}`;
const skip =
  (process.env['CODEC_VARIANT'] === 'gpl' && 'the app carries the lgpl variant') ||
  (process.platform !== 'linux' && 'the stand-in has the shape of a Linux distribution');

interface Ran {
  code: unknown;
  stdout: string;
  stderr: string;
}

function run(program: string, words: string[], env: NodeJS.ProcessEnv = process.env): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(program, words, { cwd: checkout, env }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    );
  });
}

/** Without the set-up before it. */
function packageApp(args: string[], electron: string): Promise<Ran> {
  const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electron };
  return run(process.execPath, ['native/setup/package.mjs', '--dir', ...args], env);
}

describe('the packaged app', { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'electron-webcodecs-app-'));
  const electron = join(folder, 'electron');
  const app = join(folder, 'out/linux-unpacked');
  const unpacked = join(app, 'resources/app.asar.unpacked');
  let archived: string[] = [];

  before(async () => {
    makeDistribution(electron);
    // What an earlier one left doesn't count.
    rmSync(join(checkout, 'prebuilds', system), { recursive: true, force: true });
    const nobody = 'http://127.0.0.1:9'; // what is asked of a network gets no answer
    const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: electron, HTTPS_PROXY: nobody, HTTP_PROXY: nobody };
    const { code, stderr } = await run('npm', ['run', 'package', '--', '--dir', '--output', join(folder, 'out')], env);
    assert.equal(code, 0, stderr);
    const asar = require('@electron/asar') as { listPackage(file: string, options: object): string[] };
    archived = asar.listPackage(join(app, 'resources/app.asar'), { isPack: false });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('has the addon, the host and the notices outside the archive', () => {
    for (const file of [
      'package.json',
      'dist/app/host/entry.js',
      'dist/app/host/entry-utility.js',
      'dist/app/protocol/messages.js',
      'dist/native/index.js',
      `prebuilds/${system}/electron_webcodecs.lgpl.node`,
    ]) {
      assert.ok(existsSync(join(unpacked, file)), file);
      assert.ok(archived.includes(`/${file}`), `${file} is not in the archive's list, so it would not be found there`);
    }
    const notices = readFileSync(join(app, 'resources/THIRD-PARTY-NOTICES'), 'utf8');
    assert.match(notices, /^THIRD-PARTY NOTICES/);
    assert.match(readFileSync(join(app, 'resources/LICENSE'), 'utf8'), /MIT License/);
    assert.ok(existsSync(join(app, 'LICENSES.chromium.html')));
  });

  it('has its entry and the Studio’s pages in the archive, and nothing of the build', () => {
    for (const file of [
      main,
      'dist/app/client/index.js',
      'dist/app/main/studio/studio.js',
      'dist/preload/studio.cjs',
      'dist/studio/app.css',
      'dist/studio/app.js',
      'dist/studio/engine.js',
      'dist/studio/index.html',
    ]) {
      assert.ok(archived.includes(`/${file}`), file);
    }
    for (const folder of ['client', 'main']) assert.ok(!existsSync(join(unpacked, 'dist/app', folder)));
    const foreign = archived.filter((file) =>
      /\/(node_modules|test|cli|src|build|setup)\/|\.(d\.ts|map|ts)$/.test(file),
    );
    assert.deepEqual(foreign, []);
    const manifest = JSON.parse(readFileSync(join(unpacked, 'package.json'), 'utf8')) as Record<string, unknown>;
    assert.equal(manifest['main'], main);
    assert.equal(manifest['type'], 'module');
  });

  it('has a host that loads from outside the archive, with the addon there', async () => {
    const native = pathToFileURL(join(unpacked, 'dist/native/index.js')).href;
    const lines = `const { addonPath, loadNative } = await import(${JSON.stringify(native)});
      await import(${JSON.stringify(pathToFileURL(join(unpacked, 'dist/app/host/serve.js')).href)});
      console.log(addonPath(), loadNative().versions().variant);`;
    const { CODEC_VARIANT: _, ELECTRON_WEBCODECS_ADDON: __, ...env } = process.env;
    const stdout = await new Promise<string>((resolve, reject) =>
      execFile(process.execPath, ['--input-type=module', '-e', lines], { env }, (error, text) =>
        error ? reject(error) : resolve(text),
      ),
    );
    assert.equal(stdout.trim(), `${join(unpacked, `prebuilds/${system}/electron_webcodecs.lgpl.node`)} lgpl`);
  });

  it('has the fuses as the configuration sets them', async () => {
    const program = readFileSync(join(app, 'electron-webcodecs'), 'latin1');
    const wire = program.slice(program.indexOf(fuseMark) + fuseMark.length + 2);
    const set = Object.fromEntries(fuseNames.map((name, index) => [name, wire[index] === '1']));
    assert.deepEqual(set, {
      runAsNode: false,
      enableCookieEncryption: true,
      enableNodeOptionsEnvironmentVariable: false,
      enableNodeCliInspectArguments: true,
      enableEmbeddedAsarIntegrityValidation: true,
      onlyLoadAppFromAsar: true,
      loadBrowserProcessSpecificV8Snapshot: false,
      grantFileProtocolExtraPrivileges: false,
    });
  });

  it('becomes an AppImage and a deb, as far as that goes without the tools that electron-builder fetches', async () => {
    const lines = `
      const computed = [];
      const effectiveOptionComputed = async (options) => computed.push(options) > 0;
      await require('electron-builder').build({
        projectDir: ${JSON.stringify(checkout)},
        linux: [],
        prepackaged: ${JSON.stringify(app)},
        publish: 'never',
        config: { directories: { output: ${JSON.stringify(join(folder, 'installers'))} } },
        effectiveOptionComputed,
      });
      console.log('computed ' + JSON.stringify(computed));`;
    const { code, stdout, stderr } = await run(process.execPath, ['-e', `(async () => {${lines}})()`]);
    assert.equal(code, 0, stderr);
    const computed = JSON.parse(/^computed (.*)$/m.exec(stdout)?.[1] ?? '[]') as object[];
    assert.equal(computed.length, 2);
    const text = JSON.stringify(computed);
    for (const part of [
      'Name=WebCodecs Studio',
      'Categories=AudioVideo;',
      '.deb"',
      '"--maintainer"',
      '"--url","https:',
    ]) {
      assert.ok(text.includes(part), part);
    }
  });
});

describe('packaging the app', { skip }, () => {
  it('ends with one sentence where there is no Electron distribution', async () => {
    const { code, stderr } = await packageApp(['--main', main], checkout);
    assert.equal(code, 1);
    assert.equal(stderr, `ELECTRON_OVERRIDE_DIST_PATH names ${checkout}, which holds no Electron distribution.\n`);
  });

  it('ends with one sentence where the entry is no file of the build', async () => {
    const { code, stderr } = await packageApp(['--main', 'dist/none.js'], checkout);
    assert.equal(code, 1);
    assert.match(stderr, /^extraMetadata\.main in electron-builder\.yml: expected .* received: dist\/none\.js\.\n$/);
  });

  it('has a configuration that electron-builder takes, with all that an installer needs for each system', async () => {
    const module = (await import(new URL('native/setup/package.mjs', pathToFileURL(checkout)).href)) as {
      readConfiguration(): Promise<Record<string, unknown>>;
    };
    const config = await module.readConfiguration();
    const targets = ['linux', 'mac', 'win'].flatMap((key) => (config[key] as { target: string | string[] }).target);
    assert.deepEqual(targets, ['AppImage', 'deb', 'dmg', 'nsis']);
    assert.equal(config['npmRebuild'], false);
    const { extendInfo } = config['mac'] as { extendInfo: Record<string, string> };
    // Without these sentences macOS ends the app when it asks for the device.
    for (const device of ['Camera', 'Microphone']) assert.match(extendInfo[`NS${device}UsageDescription`] ?? '', /\w/);
    // Turned fuses break the signature that Apple's chips ask for.
    const { resetAdHocDarwinSignature } = config['electronFuses'] as Record<string, boolean>;
    assert.equal(resetAdHocDarwinSignature, true);
  });
});
