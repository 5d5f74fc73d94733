/** The npm package as an integrator gets it: packed, installed into an empty project without a network, and used. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { namedBlocks } from '../fixtures/document-code.js';
import { makeDistribution } from '../fixtures/electron-distribution.js';

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
    execFileSync(program, args, { cwd: project, env: environment, encoding: 'utf8', stdio: 'pipe' });
  const manifest = () =>
    JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as {
      main: string;
      types: string;
      exports: Record<string, Record<string, string>>;
      typesVersions: Record<string, Record<string, string[]>>;
      private?: boolean;
      scripts: Record<string, string>;
      engines: { node: string };
      dependencies?: object;
      peerDependencies: Record<string, string>;
    };
  /** The output with what went wrong in it, where it does. */
  const typeCheck = (...args: string[]) => {
    const compiler = join(checkout, 'node_modules/typescript/bin/tsc');
    const strict = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--ignoreConfig'];
    try {
      return run(process.execPath, compiler, ...strict, ...args);
    } catch (error) {
      return (error as { stdout: string }).stdout;
    }
  };

  before(() => {
    // What an earlier one left doesn't count.
    rmSync(join(checkout, 'prebuilds', `${process.platform}-${process.arch}`), { recursive: true, force: true });
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
    const { dependencies, exports } = manifest();
    assert.equal(dependencies, undefined);
    for (const target of Object.values(exports).flatMap((entry) => Object.values(Object(entry)))) {
      if (typeof target === 'string' && target.startsWith('./')) assert.ok(statSync(join(installed, target)).isFile());
    }
    const folders = readdirSync(join(installed, 'dist')).concat(readdirSync(join(installed, 'dist/app')));
    const files = readdirSync(join(installed, 'dist'), { recursive: true, encoding: 'utf8' });
    assert.deepEqual(
      files.filter((file) => /studio|\bapp\.(js|d\.ts)/.test(file)),
      [],
      'the Studio is in it',
    );
    for (const own of ['test', 'cli']) assert.ok(!folders.includes(own), `${own} is in it`);
    assert.deepEqual(readdirSync(installed).sort(), [
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'package.json',
      'prebuilds',
    ]);
    const [, guide = ''] = /\]\((docs\/\w+\.md)\)/.exec(readFileSync(join(installed, 'README.md'), 'utf8')) ?? [];
    assert.ok(statSync(join(installed, guide)).isFile(), guide);
  });

  it('can be published, runs nothing when it is installed, and asks for the versions that it works with', () => {
    const { private: isPrivate, scripts, engines, peerDependencies } = manifest();
    assert.equal(isPrivate, undefined);
    const hooks = ['preinstall', 'install', 'postinstall'].filter((name) => name in scripts);
    assert.deepEqual(hooks, []);
    assert.deepEqual([engines.node, Object.keys(peerDependencies)], ['>=20.19', ['mediabunny']]);
  });

  it('carries the addons of other systems that lie beside this one’s', () => {
    const copy = join(project, 'packed');
    const other = 'prebuilds/win32-arm64';
    mkdirSync(join(copy, other), { recursive: true });
    copyFileSync(join(checkout, 'package.json'), join(copy, 'package.json'));
    const names = ['THIRD-PARTY-NOTICES', 'electron_webcodecs.lgpl.node'].map((name) => `${other}/${name}`);
    for (const name of [...names, `${other}/electron_webcodecs.gpl.node`]) writeFileSync(join(copy, name), '');
    const words = ['pack', '--dry-run', '--ignore-scripts', '--json', copy];
    const [{ files }] = JSON.parse(run('npm', ...words)) as [{ files: { path: string }[] }];
    assert.deepEqual(files.map((file) => file.path).sort(), ['package.json', ...names].sort());
  });

  for (const runIn of ['child', 'inline']) {
    it(`encodes with the addon that it carries, ${runIn}`, () => {
      const result: unknown = JSON.parse(run(process.execPath, 'encode.js', runIn));
      const addon = join(installed, `prebuilds/${process.platform}-${process.arch}/electron_webcodecs.lgpl.node`);
      const expected = { chunks: 10, failures: [], addons: [addon], inThisProcess: runIn === 'inline' };
      assert.deepEqual(result, expected);
    });
  }

  it('is loaded by CommonJS and by ESM, as the same module', () => {
    const names = ['electron-webcodecs', 'electron-webcodecs/mediabunny'];
    const lines = `
      const { createRequire } = require('node:module');
      for (const name of ${JSON.stringify(names)}) {
        const required = require(name);
        import(name).then((imported) => console.log(Object.keys(required).every((key) => required[key] === imported[key])));
        console.log(Object.keys(required).filter((key) => /^create|^register/.test(key)).join());
      }`;
    writeFileSync(join(project, 'loaded.cjs'), lines);
    const printed = run(process.execPath, 'loaded.cjs').trim().split('\n');
    assert.deepEqual(printed, ['createCodecHost', 'registerMediabunnyCodecs', 'true', 'true']);
  });

  it('has no entry but those that it means to have', () => {
    assert.deepEqual(Object.keys(manifest().exports), [
      '.',
      './mediabunny',
      './preload',
      './renderer',
      './package.json',
    ]);
    const lines = "require('electron-webcodecs/dist/app/host/session.js');";
    writeFileSync(join(project, 'inner.cjs'), lines);
    assert.throws(() => run(process.execPath, 'inner.cjs'), /ERR_PACKAGE_PATH_NOT_EXPORTED/);
  });

  it('says what is missing where the addon is not there', () => {
    const prebuilds = join(installed, 'prebuilds');
    renameSync(prebuilds, `${prebuilds}-away`);
    try {
      const lines = `
        import { createCodecHost } from 'electron-webcodecs';
        const reason = await createCodecHost({ runIn: 'inline' }).ready.catch((error) => error.message);
        console.log(reason.split('\\n')[0]);`;
      writeFileSync(join(project, 'missing.js'), lines);
      const file = join(prebuilds, `${process.platform}-${process.arch}/electron_webcodecs.lgpl.node`);
      const expected = `could not be loaded from ${file}; the package must carry it, outside any archive.`;
      const printed = run(process.execPath, 'missing.js');
      assert.ok(printed.includes(expected), printed);
    } finally {
      renameSync(`${prebuilds}-away`, prebuilds);
    }
  });

  it('is packaged with an app as the guide says: outside the archive, from where the host runs', async () => {
    const app = join(project, 'app');
    mkdirSync(join(app, 'out'), { recursive: true });
    for (const [name, text] of namedBlocks('docs/integration.md')) writeFileSync(join(app, name), text);
    writeFileSync(join(app, 'out/main.js'), "import 'electron-webcodecs';\n");
    cpSync(installed, join(app, 'node_modules/electron-webcodecs'), { recursive: true });
    makeDistribution(join(app, 'electron'));
    const { version } = createRequire(import.meta.url)('electron/package.json') as { version: string };
    const config = { electronDist: join(app, 'electron'), electronVersion: version };
    const options = JSON.stringify({ projectDir: app, dir: true, publish: 'never', config });
    run(
      process.execPath,
      '-e',
      `require(${JSON.stringify(join(checkout, 'node_modules/electron-builder'))}).build(${options})`,
    );
    const resources = join(app, 'dist/linux-unpacked/resources');
    assert.match(readFileSync(join(resources, 'THIRD-PARTY-NOTICES'), 'utf8'), /^THIRD-PARTY NOTICES/);
    const unpacked = join(resources, 'app.asar.unpacked/node_modules/electron-webcodecs');
    assert.ok(statSync(join(unpacked, 'dist/app/host/entry-utility.js')).isFile());
    const entry = JSON.stringify(pathToFileURL(join(unpacked, 'dist/app/main/index.js')).href);
    writeFileSync(
      join(project, 'packaged.js'),
      `
      const { createCodecHost } = await import(${entry});
      const host = createCodecHost();
      console.log((await host.versions()).variant);
      await host.close();`,
    );
    assert.equal(run(process.execPath, 'packaged.js').trim(), 'lgpl');
  });

  it('has types for a program in Node', () => {
    assert.equal(typeCheck('--module', 'nodenext', '--types', 'node', 'node.ts'), '');
  });

  it('has types for a program in Node that has no declarations of a page', () => {
    const lines = "export { createCodecHost, type VideoFrame, type VideoFrameMetadata } from 'electron-webcodecs';";
    writeFileSync(join(project, 'bare.ts'), `${lines}\n`);
    assert.equal(typeCheck('--module', 'nodenext', '--types', 'node', '--lib', 'es2023', 'bare.ts'), '');
  });

  it('has types for a page that knows nothing of Node', () => {
    assert.equal(typeCheck('--module', 'nodenext', '--types', '', '--lib', 'es2023,dom', 'page.ts'), '');
  });

  describe('has types for every way in which TypeScript finds modules', () => {
    const entries = ['', '/preload', '/renderer'].map((entry) => `electron-webcodecs${entry}`);
    const own = [
      "import { type CodecHost, createCodecHost } from 'electron-webcodecs';",
      "import 'electron-webcodecs/preload';",
      "import { connectCodecs, type PageCodecs } from 'electron-webcodecs/renderer';",
      "export const host: CodecHost = createCodecHost({ runIn: 'child' });",
      'export const codecs: Promise<PageCodecs> = connectCodecs();',
    ];
    const withMediabunny = [
      ...own,
      "import { registerMediabunnyCodecs } from 'electron-webcodecs/mediabunny';",
      'export const takeBack: () => void = registerMediabunnyCodecs(host.webcodecs);',
    ];
    const write = (name: string, lines: string[]) => writeFileSync(join(project, name), `${lines.join('\n')}\n`);
    before(() => {
      for (const extension of ['ts', 'mts', 'cts']) {
        write(`own.${extension}`, own);
        write(`bunny.${extension}`, withMediabunny);
      }
    });

    for (const [file, ...settings] of [
      ['mts', 'nodenext'],
      ['cts', 'nodenext'],
      ['mts', 'node20'],
      ['cts', 'node20'],
      ['mts', 'node16'],
      ['ts', 'esnext', '--moduleResolution', 'bundler'],
      ['ts', 'commonjs', '--moduleResolution', 'bundler'],
    ]) {
      it(`.${file} with module ${settings.join(' ')}`, () => {
        const words = ['--module', ...settings, '--types', 'node'];
        assert.equal(typeCheck(...words, `own.${file}`), '', 'with our declarations checked too');
        // Mediabunny brings declarations of WebCodecs that TypeScript's newer ones contradict.
        assert.equal(typeCheck('--skipLibCheck', ...words, `bunny.${file}`), '');
      });
    }

    it('.cts with module node16, which stands for a Node that could not require ESM: refused, as the guide says', () => {
      const said = typeCheck('--skipLibCheck', '--module', 'node16', '--types', 'node', 'own.cts');
      assert.equal(said.match(/error TS\d+/g)?.join(), entries.map(() => 'error TS1479').join());
    });

    it('where TypeScript 5 looks for files and knows no exports (moduleResolution node10)', () => {
      const { types, main, exports, typesVersions } = manifest();
      assert.equal(types, exports['.']?.['types']);
      assert.equal(main, exports['.']?.['default']);
      const inside = Object.keys(exports).filter((entry) => entry !== '.' && entry !== './package.json');
      const expected = inside.map((entry) => [entry.slice(2), [exports[entry]?.['types']]]);
      assert.deepEqual(typesVersions, { '*': Object.fromEntries(expected) });
    });
  });

  describe('is bundled', () => {
    const bundle = async (source: string, options: BuildOptions) => {
      const { outputFiles, warnings } = await build({
        stdin: { contents: source, resolveDir: project },
        absWorkingDir: project,
        bundle: true,
        write: false,
        logLevel: 'silent',
        ...options,
      });
      assert.deepEqual(warnings, []);
      return outputFiles?.[0]?.text ?? assert.fail('nothing came out');
    };

    for (const format of ['esm', 'iife'] as const) {
      it(`for pages and Workers, with nothing of Node, as ${format}`, async (test) => {
        const source = `
          import { connectCodecs, installWebCodecs } from 'electron-webcodecs/renderer';
          globalThis.started = [connectCodecs, installWebCodecs].map((each) => typeof each).join();`;
        const script = await bundle(source, { platform: 'browser', format, minify: true });
        test.diagnostic(`${(script.length / 1000).toFixed(0)} kB minified`);
        const file = format === 'esm' ? 'page.mjs' : 'page.cjs';
        writeFileSync(join(project, file), `${script}\nconsole.log(globalThis.started);`);
        assert.equal(run(process.execPath, file).trim(), 'function,function');
        const more = `${source} import 'electron-webcodecs/mediabunny';`;
        await bundle(more, { platform: 'browser', format, external: ['mediabunny'] });
      });
    }

    it('as a preload script that requires electron and nothing else', async () => {
      for (const source of ["import 'electron-webcodecs/preload';", "require('electron-webcodecs/preload');"]) {
        const script = await bundle(source, { platform: 'node', format: 'cjs', external: ['electron'] });
        const required: string[] = [];
        const listeners: string[] = [];
        const requireInSandbox = (name: string) => {
          required.push(name);
          return { ipcRenderer: { on: (channel: string) => listeners.push(channel) } };
        };
        const window = { addEventListener: (type: string) => listeners.push(type) };
        new Function('require', 'module', 'window', script)(requireInSandbox, { exports: {} }, window);
        assert.deepEqual([...new Set(required)], ['electron'], source);
        assert.deepEqual(listeners, ['message', 'electron-webcodecs:answer'], source);
      }
    });

    it('into a main process only as an external, and says so where it was not', async () => {
      const source = `
        import { createCodecHost } from 'electron-webcodecs';
        const host = createCodecHost();
        console.log(await host.ready.then(() => host.close()).then(() => 'ready', (error) => error.message));`;
      const options = { platform: 'node', format: 'esm' } as const;
      writeFileSync(join(project, 'external.js'), await bundle(source, { ...options, packages: 'external' }));
      assert.equal(run(process.execPath, 'external.js').trim(), 'ready');
      writeFileSync(join(project, 'inside.js'), await bundle(source, options));
      assert.match(run(process.execPath, 'inside.js'), /The codec host is gone: .*Cannot find module/s);
    });
  });
});
