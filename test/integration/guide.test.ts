/** docs/integration.md: its code is compiled and does what it shows, its defaults and its error messages are the product's. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { defaultLimits } from '../../app/host/session.js';
import { type CodecHost, type CodecHostOptions, createCodecHost } from '../../app/main/index.js';
import { connectCodecs, requestCodecPort } from '../../renderer/index.js';
import { buildGuideApp, checkout, load, readDocument } from '../fixtures/document-code.js';
import { electron } from '../fixtures/electron-windows.js';
import { type GuideMain, runGuideMain } from '../fixtures/guide-main.js';

const require = createRequire(import.meta.url);
const execute = promisify(execFile);
const pageProgram = join(checkout, 'dist/test/fixtures/programs/electron-page.js');
const size = { codedWidth: 64, codedHeight: 48 };

function encode(host: CodecHost, frames: number, sizeOfFrames = size): Promise<unknown> {
  const { VideoEncoder, VideoFrame } = host.webcodecs;
  return new Promise((resolve, reject) => {
    const encoder = new VideoEncoder({ output: () => undefined, error: reject });
    encoder.configure({ codec: 'vp8', width: 64, height: 48 });
    for (let index = 0; index < frames; index++) {
      const { codedWidth, codedHeight } = sizeOfFrames;
      const pixels = new Uint8Array((codedWidth * codedHeight * 3) / 2);
      const frame = new VideoFrame(pixels, { format: 'I420', ...sizeOfFrames, timestamp: index });
      try {
        encoder.encode(frame);
      } catch (error) {
        reject(error);
      }
      frame.close();
    }
    encoder.flush().then(() => {
      encoder.close();
      resolve(undefined);
    }, reject);
  });
}

async function messageOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing went wrong';
}

async function withHost<T>(options: CodecHostOptions, body: (host: CodecHost) => Promise<T>): Promise<T> {
  const host = createCodecHost(options);
  try {
    return await body(host);
  } finally {
    await host.close();
  }
}

const endOf = (host: CodecHost): Promise<unknown> => new Promise((resolve) => host.on('exit', resolve));

describe('the integration guide', () => {
  let folder = '';
  let blocks = new Map<string, string>();
  let main: GuideMain;
  // An idle host keeps no event loop alive; Electron's stays.
  const alive = setInterval(() => undefined, 60_000);

  before(async () => {
    ({ folder, blocks } = buildGuideApp());
    main = await runGuideMain(folder, (url) => electron.openWindow(url, pageProgram));
  });
  after(async () => {
    clearInterval(alive);
    await electron.closeWindows();
    await main.host.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('has no block that nothing runs', () => {
    const here = ['package.json', 'main.ts', 'preload.ts', 'recovery.ts', 'limits.ts', 'beyond.ts'];
    const packaging = ['electron-builder.yml', 'forge.config.mjs'];
    const inChromium = ['index.html', 'page.ts', 'worker-page.ts', 'export-worker.ts', 'preload.ts'];
    assert.deepEqual([...blocks.keys()].sort(), [...new Set([...here, ...packaging, ...inChromium])].sort());
  });

  it('has a main process that serves its files with a policy, and gives its window a port', async () => {
    const { serve, windows } = main;
    const answer = await serve({ url: 'app://editor/index.html' });
    assert.equal(await answer.text(), blocks.get('index.html'));
    assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'none'; script-src 'self'/);
    for (const url of [
      'app://other/index.html',
      'app://editor/../main.js',
      'app://editor/%2e%2e/main.js',
      'app://editor/',
    ]) {
      assert.equal((await serve({ url })).status, 404, url);
    }
    const [contents] = windows;
    await contents?.mainFrame.call('connect');
    assert.equal(await contents?.mainFrame.call('encode', 3), 3);
  });

  it('has a preload script that hands over the port in the place of registerPreload()', async () => {
    const registered = electron.defaultSession.preloads.splice(0);
    try {
      const script = readFileSync(join(folder, 'out/preload.cjs'), 'utf8');
      assert.deepEqual([...new Set(script.match(/require\("[^"]+"\)/g))], ['require("electron")']);
      const contents = await electron.openWindow('app://editor/', pageProgram, [join(folder, 'out/preload.cjs')]);
      await contents.mainFrame.call('connect');
      assert.equal(await contents.mainFrame.call('encode', 3), 3);
    } finally {
      electron.defaultSession.preloads.push(...registered);
    }
  });

  it('has a second try that outlives the host', async () => {
    const { withSecondTry } = (await load(folder, 'compiled/recovery.js')) as {
      withSecondTry<T>(job: () => Promise<T>): Promise<T>;
    };
    await withHost({}, async (host) => {
      let tries = 0;
      await withSecondTry(async () => {
        tries += 1;
        const job = encode(host, 300);
        if (tries === 1) await host.ready.then(() => process.kill(host.pid ?? 0, 'SIGKILL'));
        await job;
      });
      assert.equal(tries, 2);
    });
    let tries = 0;
    const failing = withSecondTry(async () => {
      tries += 1;
      throw new DOMException('no such codec', 'NotSupportedError');
    });
    await assert.rejects(failing, { name: 'NotSupportedError' });
    assert.equal(tries, 1, 'only the host’s end is worth a second try');
  });

  it('has the defaults of every limit', async () => {
    const { options } = (await load(folder, 'compiled/limits.js')) as { options: CodecHostOptions };
    const { queueSize, queueBytes, ...ofSession } = options.limits ?? {};
    assert.deepEqual(ofSession, defaultLimits);
    const source = (file: string) => readFileSync(join(checkout, file), 'utf8');
    // Of modules that keep these to themselves.
    assert.ok(source('app/client/decoder.ts').includes(`defaultQueueSize: ${queueSize},`));
    assert.match(source('app/client/encoder-traits.ts'), /defaultQueueSize: 1024,/);
    assert.equal(queueBytes, 2 ** 30);
    assert.match(source('app/client/codec.ts'), /defaultQueueBytes = 2 \*\* 30;/);
    assert.match(source('app/main/codec-host.ts'), /pageMessageRate = 20_000;/);
    assert.equal(options.pageLimits?.messagesPerSecond, 20_000);
    assert.match(source('app/main/supervisor.ts'), /\{ limit: 5, withinMs: 60_000, delayMs: 100 \}/);
    assert.deepEqual(options.restart, { limit: 5, withinMs: 60_000, delayMs: 100 });
    await withHost({ ...options, runIn: 'inline' }, (host) => encode(host, 3));
  });

  it('has the additions to the specification, which work', async () => {
    const { seen } = (await load(folder, 'compiled/beyond.js')) as {
      seen: [object, object, { codedWidth: number; codedHeight: number }];
    };
    const [statistics, versions, back] = seen;
    assert.deepEqual([back.codedWidth, back.codedHeight], [24, 24]);
    const listed = readDocument('docs/integration.md').split('## Beyond the specification')[1] ?? '';
    for (const key of [...Object.keys(statistics), ...Object.keys(versions)]) {
      assert.ok(listed.includes(`\`${key}\``), `${key} is described`);
    }
  });

  it('has a configuration that electron-builder takes', async () => {
    const module = (await import(pathToFileURL(join(checkout, 'native/setup/package.mjs')).href)) as {
      readConfiguration(project: string): Promise<{ asarUnpack: string[]; extraResources: { from: string }[] }>;
    };
    const { asarUnpack, extraResources } = await module.readConfiguration(folder);
    assert.deepEqual(asarUnpack, ['node_modules/electron-webcodecs/**']);
    assert.equal(extraResources.length, 1);
  });

  it('has a pattern for Forge that unpacks what the host loads, which then runs from outside the archive', async () => {
    const { default: config } = (await load(folder, 'forge.config.mjs')) as {
      default: { packagerConfig: { asar: { unpack: string }; extraResource: string[] } };
    };
    const app = join(folder, 'packaged');
    const inside = join(app, 'from/node_modules/electron-webcodecs');
    for (const part of ['app/client', 'app/host', 'app/main', 'app/protocol', 'native', 'preload']) {
      cpSync(join(checkout, 'dist', part), join(inside, 'dist', part), { recursive: true });
    }
    cpSync(join(checkout, 'package.json'), join(inside, 'package.json'));
    cpSync(join(folder, 'out'), join(app, 'from/out'), { recursive: true });
    // In a process that doesn't pass for Electron's, where asar would look for Electron's own fs.
    const pack = `const asar = require(${JSON.stringify(require.resolve('@electron/asar'))});
      asar.createPackageWithOptions('from', 'app.asar', ${JSON.stringify(config.packagerConfig.asar)});`;
    await execute(process.execPath, ['--input-type=commonjs', '-e', pack], { cwd: app });
    const unpacked = join(app, 'app.asar.unpacked/node_modules/electron-webcodecs');
    assert.ok(!existsSync(join(app, 'app.asar.unpacked/out')), 'the app itself stays inside');
    const lines = `const { loadNative } = await import(${JSON.stringify(pathToFileURL(join(unpacked, 'dist/native/index.js')).href)});
      await import(${JSON.stringify(pathToFileURL(join(unpacked, 'dist/app/host/serve.js')).href)});
      console.log(loadNative().versions().variant);`;
    const { addonPath } = (await import('../../native/index.js')) as { addonPath(): string };
    const env = { ...process.env, ELECTRON_WEBCODECS_ADDON: addonPath() };
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', lines], { env });
    assert.match(stdout, /^l?gpl\n$/);
    assert.equal(config.packagerConfig.extraResource.length, 1);
  });

  describe('names messages as they are', () => {
    const open = (url = 'app://editor/') => electron.openWindow(url, pageProgram);
    const inNode = async (lines: string, ...switches: string[]): Promise<string> => {
      const { stdout, stderr } = await execute(process.execPath, [...switches, '--input-type=module', '-e', lines], {
        cwd: folder,
      });
      return stdout + stderr;
    };
    const tell = 'console.log(error.message)';

    const provocations: Record<string, () => Promise<string>> = {
      'No preload script of electron-webcodecs answers in this page.': async () => {
        const registered = electron.defaultSession.preloads.splice(0);
        const { mainFrame } = await open();
        electron.defaultSession.preloads.push(...registered);
        return messageOf(mainFrame.call('takePort'));
      },
      'Only a page can ask for a port to the codec host; a Worker is given one by its page.': () =>
        messageOf(requestCodecPort()),
      'Pages of … may not use the codec host.': async () =>
        messageOf((await open('app://elsewhere/')).mainFrame.call('takePort')),
      'Only the main frame may use the codec host.': async () =>
        messageOf((await (await open()).addFrame('app://editor/')).call('takePort')),
      'This frame has its channel to the codec host already.': async () => {
        const { mainFrame } = await open();
        await mainFrame.call('connect');
        return messageOf(mainFrame.call('takePort'));
      },
      "This platform has no media objects of WebCodecs (a page that isn't a secure context?); { frames: 'remote' } needs none.":
        () => messageOf(connectCodecs()),
      "Pages are served by an open host with runIn: 'utility'": () =>
        withHost({ runIn: 'inline' }, (host) => messageOf((async () => host.allow('app://editor'))())),
      'Another codec host serves the pages of this app already': () =>
        withHost({}, (host) => messageOf((async () => host.allow('app://editor'))())),
      "runIn: 'utility' needs Electron's main process; elsewhere 'child' is the way.": () =>
        inNode(`import { createCodecHost } from 'electron-webcodecs';
          try { createCodecHost({ runIn: 'utility' }); } catch (error) { ${tell}; }`),
      'The codec host is gone: …': () =>
        withHost({}, async (host) => {
          await host.ready;
          const job = messageOf(encode(host, 300));
          process.kill(host.pid ?? 0, 'SIGKILL');
          return job;
        }),
      'The codec host ended 5 times within 60 s: …': () =>
        withHost({ restart: { delayMs: 1 } }, async (host) => {
          for (let count = 0; count < 5; count++) {
            await encode(host, 1);
            const ended = endOf(host);
            process.kill(host.pid ?? 0, 'SIGKILL');
            await ended;
          }
          return messageOf(encode(host, 1));
        }),
      'The codec addon could not be loaded from …; the package must carry it, outside any archive.': async () => {
        const bare = join(folder, 'bare');
        for (const part of ['app/client', 'app/host', 'app/main', 'app/protocol', 'native']) {
          cpSync(join(checkout, 'dist', part), join(bare, 'dist', part), { recursive: true });
        }
        cpSync(join(checkout, 'package.json'), join(bare, 'package.json'));
        const entry = JSON.stringify(pathToFileURL(join(bare, 'dist/app/main/index.js')).href);
        return inNode(`const { createCodecHost } = await import(${entry});
          await createCodecHost({ runIn: 'inline' }).ready.catch((error) => ${tell});`);
      },
      'limits.queueSize: … calls are waiting, … may': () =>
        withHost({ runIn: 'inline', limits: { queueSize: 2 } }, (host) => messageOf(encode(host, 9))),
      'limits.queueBytes: … bytes would be waiting, … may': () =>
        withHost({ runIn: 'inline', limits: { queueBytes: 5000 } }, (host) => messageOf(encode(host, 9))),
      'All … codecs of this session are open.': () =>
        withHost({ runIn: 'inline', limits: { codecs: 1 } }, (host) =>
          messageOf(Promise.all([encode(host, 30), encode(host, 30)])),
        ),
      'More than … messages a second (limits.messagesPerSecond).': () =>
        withHost({ runIn: 'inline', limits: { messagesPerSecond: 10 } }, (host) => messageOf(encode(host, 60))),
      'The frame is …, the encoder was configured for …': () =>
        withHost({ runIn: 'inline' }, (host) => messageOf(encode(host, 1, { codedWidth: 32, codedHeight: 32 }))),
      'chunk: a key chunk is required after configure() and flush()': () =>
        withHost({ runIn: 'inline' }, async ({ webcodecs: { VideoDecoder, EncodedVideoChunk } }) => {
          const decoder = new VideoDecoder({ output: () => undefined, error: () => undefined });
          decoder.configure({ codec: 'vp8' });
          const chunk = new EncodedVideoChunk({ type: 'delta', timestamp: 0, data: new Uint8Array(1) });
          return messageOf((async () => decoder.decode(chunk))());
        }),
      'A VideoFrame was garbage collected without being closed. Call close() on frames when done with them.':
        async () => {
          const program = join(checkout, 'dist/test/fixtures/programs/forgotten-frames.js');
          return (await execute(process.execPath, ['--expose-gc', program, 'inline'])).stderr;
        },
    };

    it('each of the table, and no others', () => {
      const section = readDocument('docs/integration.md').split('\n## Troubleshooting\n')[1] ?? '';
      const messages = [...section.matchAll(/^\| `(.+?)` \| /gm)].map(([, message]) => message);
      assert.deepEqual(messages, Object.keys(provocations));
    });

    for (const [message, provoke] of Object.entries(provocations)) {
      it(message, async () => {
        const parts = message.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
        assert.match(await provoke(), new RegExp(parts.join('.+'), 's'));
      });
    }
  });
});
