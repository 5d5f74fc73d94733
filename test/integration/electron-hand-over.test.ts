import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { electron, noteDouble, withPages } from '../fixtures/electron-windows.js';
import { eventually, pause } from '../fixtures/event-loop.js';
import { threadsOf } from '../fixtures/processes.js';

const nonce = '0123456789abcdef0123456789abcdef';

test('what these tests ran on', (t) => noteDouble(t));

describe('a page gets a port', () => {
  test('by the preload script, and encodes in the utility process, with main off the path', () =>
    withPages({}, async ({ open, host, faults }) => {
      const { mainFrame } = await open();
      await mainFrame.call('connect');
      assert.equal(await mainFrame.call('encode', 30), 30);
      assert.equal((await host.statistics()).codecs, 0, 'the page’s codecs are not main’s');
      assert.deepEqual(faults, []);
    }));

  test('and main has the classes over a port of its own, also from before Electron is ready', async () => {
    await withPages({}, async ({ host }) => {
      const chunks: unknown[] = [];
      const { VideoEncoder, VideoFrame } = host.webcodecs;
      const encoder = new VideoEncoder({ output: (chunk) => chunks.push(chunk), error: assert.fail });
      encoder.configure({ codec: 'vp8', width: 64, height: 48 });
      const frame = new VideoFrame(new Uint8Array(64 * 48 * 1.5), {
        format: 'I420',
        codedWidth: 64,
        codedHeight: 48,
        timestamp: 0,
      });
      encoder.encode(frame);
      await encoder.flush();
      encoder.close();
      assert.equal(chunks.length, 1);
    });
  });

  test('beside the app’s own preload script, which stays', () =>
    withPages({}, async ({ open }) => {
      const folder = await mkdtemp(path.join(tmpdir(), 'preload-'));
      const own = path.join(folder, 'own.cjs');
      await writeFile(own, "require('electron').contextBridge.exposeInMainWorld('appsOwn', 1);");
      const { mainFrame } = await open(undefined, own);
      await rm(folder, { recursive: true });
      assert.equal(await mainFrame.call('seesGlobal', 'appsOwn'), true);
      await mainFrame.call('connect');
      assert.equal(await mainFrame.call('encode', 2), 2);
    }));

  test('in two windows at once, and one goes on when the other is closed in mid-encode', () =>
    withPages({}, async ({ open }) => {
      const [first, second] = [await open(), await open()];
      await Promise.all([first.mainFrame.call('connect'), second.mainFrame.call('connect')]);
      await first.mainFrame.call('beginWork');
      const encoding = second.mainFrame.call('encode', 120);
      await first.destroy();
      assert.equal(await encoding, 120);
    }));

  test('again after it gave the first back', () =>
    withPages({}, async ({ open, faults }) => {
      const { mainFrame } = await open();
      for (let again = 0; again < 3; again++) {
        await mainFrame.call('connect');
        assert.equal(await mainFrame.call('encode', 2), 2);
        await mainFrame.call('close');
      }
      assert.deepEqual(faults, []);
    }));

  test('in a frame inside, where main allowed that', () =>
    withPages({}, async ({ open, host }) => {
      host.allow('app://widget', { subframes: true });
      const contents = await open();
      const frame = await contents.addFrame('app://widget/');
      await frame.call('connect');
      assert.equal(await frame.call('encode', 2), 2);
    }));
});

describe('a page is refused a port', () => {
  const refused = (reason: RegExp) => (error: Error) => error.name === 'OperationError' && reason.test(error.message);

  for (const url of [
    'app://elsewhere/',
    'https://editor/',
    'app://editor.evil/',
    'file:///index.html',
    'about:blank',
  ]) {
    test(`of another origin: ${url}`, () =>
      withPages({}, async ({ open, faults }) => {
        const { mainFrame } = await open(url);
        // A page without an origin can't even be told.
        if (url !== 'about:blank')
          await assert.rejects(mainFrame.call('connect'), refused(/may not use the codec host/));
        else await assert.rejects(mainFrame.call('connect'));
        assert.equal(faults.length, url === 'about:blank' ? 0 : 1);
      }));
  }

  test('in a frame inside a page, though its origin is allowed', () =>
    withPages({}, async ({ open, faults }) => {
      const contents = await open();
      const frame = await contents.addFrame('app://editor/frame.html');
      await assert.rejects(frame.call('connect'), refused(/Only the main frame/));
      assert.equal(faults[0]?.origin, 'app://editor');
    }));

  test('in a frame that is being removed', () =>
    withPages({}, async ({ open, host }) => {
      host.allow('app://widget', { subframes: true });
      const frame = await (await open()).addFrame('app://widget/');
      frame.detach();
      await assert.rejects(frame.call('connect'), refused(/detached/));
    }));

  test('while it has one', () =>
    withPages({}, async ({ open }) => {
      const { mainFrame } = await open();
      await mainFrame.call('connect');
      await assert.rejects(mainFrame.call('takePort'), { name: 'NotAllowedError', message: /channel.* already/ });
      assert.equal(await mainFrame.call('encode', 2), 2, 'the first goes on');
    }));

  test('without a word, where what it says is no request', () =>
    withPages({}, async ({ open, host, faults }) => {
      const contents = await open();
      const { mainFrame } = contents;
      const requests = [
        { type: 'request', nonce: 'short' },
        { type: 'request', nonce: nonce.toUpperCase() },
        { type: 'request', nonce: 7 },
        { type: 'grant', nonce },
        'request',
        null,
      ];
      for (const request of requests) {
        const heard = await mainFrame.call<object[]>('askInWords', { 'electron-webcodecs': request }, 50);
        assert.equal(heard.length, 1, `only its own message comes back for ${JSON.stringify(request)}`);
      }
      // A renderer that was taken over says what it likes to main; one that went away says it from no frame.
      for (const request of requests) {
        electron.ipcMain.emit('electron-webcodecs:request', { senderFrame: mainFrame, sender: contents }, request);
      }
      electron.ipcMain.emit('electron-webcodecs:request', { senderFrame: null }, { type: 'request', nonce });
      assert.deepEqual(faults, []);
      await mainFrame.call('connect');
      await host.statistics();
    }));

  test('when another page’s answer is forged in its window', () =>
    withPages({}, async ({ open }) => {
      const { mainFrame } = await open();
      const forged = { 'electron-webcodecs': { type: 'refused', nonce, reason: 'forged' } };
      const connecting = mainFrame.call('connect');
      await mainFrame.call('askInWords', forged, 20);
      await connecting;
    }));

  test('by a preload script that is not there, which is said', () =>
    withPages({}, async ({ open }) => {
      electron.defaultSession.preloads.length = 0;
      const { mainFrame } = await open();
      await assert.rejects(mainFrame.call('takePort'), { name: 'NotSupportedError', message: /preload script/ });
    }));
});

describe('a channel ends with its page', () => {
  for (const [how, leave] of [
    ['reloads', (contents: Awaited<ReturnType<typeof electron.openWindow>>) => contents.navigate('app://editor/')],
    [
      'goes elsewhere',
      (contents: Awaited<ReturnType<typeof electron.openWindow>>) => contents.navigate('app://other/'),
    ],
    ['loses its process', (contents: Awaited<ReturnType<typeof electron.openWindow>>) => contents.crash()],
    ['is closed', (contents: Awaited<ReturnType<typeof electron.openWindow>>) => contents.destroy()],
  ] as const) {
    test(`that ${how} in mid-encode, though no port tells its end`, () =>
      withPages({ pageLimits: { codecs: 2 } }, async ({ open, host }) => {
        electron.behaviour.portsTellTheirEnd = false;
        const contents = await open();
        await contents.mainFrame.call('connect');
        await contents.mainFrame.call('beginWork');
        assert.ok(host.pid);
        const { pid } = host;
        const before = threadsOf(pid);
        await leave(contents);
        await eventually('the page’s codec threads to end', () => threadsOf(pid) < before);
        assert.equal(host.pid, pid, 'the host lives on');
      }));
  }

  test('and a reloaded page has a new one', () =>
    withPages({}, async ({ open }) => {
      const contents = await open();
      await contents.mainFrame.call('connect');
      await contents.mainFrame.call('beginWork');
      const next = await contents.navigate('app://editor/index.html');
      await next.call('connect');
      assert.equal(await next.call('encode', 3), 3);
      await pause(50);
      assert.equal(await next.call('encode', 3), 3, 'what is left of the old page ends without it');
    }));
});

test('host.allow() takes origins, and one host serves the pages of an app', () =>
  withPages({}, async ({ host }) => {
    for (const wrong of ['app://editor/', 'editor', '*', 'app://editor/index.html', 'https://a?b']) {
      assert.throws(() => host.allow(wrong), { name: 'TypeError', message: /origin must be an origin without a path/ });
    }
    const { createCodecHost } = await import('../../app/main/index.js');
    const second = createCodecHost();
    assert.throws(() => second.allow('app://editor'), { name: 'InvalidStateError', message: /Another codec host/ });
    await second.close();
    assert.throws(() => createCodecHost({ runIn: 'child' }), { name: 'TypeError', message: /runIn must be 'utility'/ });
    const inline = createCodecHost({ runIn: 'inline' });
    assert.throws(() => inline.allow('app://editor'), { name: 'InvalidStateError' });
    await inline.close();
  }));
