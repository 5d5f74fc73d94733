/** What the Studio's main process lets its pages do, and what becomes of their files. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright';
import type { StudioBridge } from '../../app/protocol/studio.js';
import type { DesktopDouble } from '../fixtures/electron-desktop/desktop.js';
import { eventually } from '../fixtures/event-loop.js';
import { mediaMissing } from '../fixtures/export-command.js';
import { threadsOf } from '../fixtures/processes.js';
import { noteLanes, openStudio, type Studio, studioTest } from '../fixtures/studio.js';
import { beginExport as beginExportOf, longClip, openFile } from '../fixtures/studio-export.js';

declare global {
  interface Window {
    readonly studio: StudioBridge;
  }
}

noteLanes();

/** Resolves with the words of an error. */
function wordsOf(page: Page, run: () => Promise<unknown>): Promise<string> {
  return page.evaluate(async (text) => {
    const fails = new Function(`return (${text})();`) as () => Promise<unknown>;
    return fails().then(
      () => 'nothing was refused',
      (error: Error) => error.message,
    );
  }, run.toString());
}

async function toEnd({ exited }: Studio): Promise<void> {
  let hasEnded = false;
  void exited.then(() => {
    hasEnded = true;
  });
  await eventually('the app to end', () => hasEnded);
}

/** Begins an export to `film.mp4`; resolves with its number. */
async function beginExport({ page, answerSave, folder }: Studio): Promise<number> {
  await answerSave(path.join(folder, 'film.mp4'));
  return page.evaluate(async () => {
    const chosen = await window.studio.chooseOutput({ suggestedName: 'film', extension: 'mp4' });
    await window.studio.writeOutput(chosen?.output ?? 0, 0, new Uint8Array([1, 2, 3]));
    return chosen?.output ?? 0;
  });
}

/** Begins a recording of three bytes; resolves with its path. */
function beginRecording({ page }: Studio): Promise<string> {
  return page.evaluate(async () => {
    const { output, path: file } = await window.studio.createRecording({ extension: 'mp4' });
    await window.studio.writeOutput(output, 0, new Uint8Array([4, 5, 6]));
    return file;
  });
}

async function films({ folder }: Studio): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name.includes('film'));
}

/** What dialogues of messages answer: the number of a button. Resolves with what they asked so far. */
async function answerMessages({ main }: Studio, response: number): Promise<void> {
  await main(({ dialog }, button: number) => {
    const asked: string[] = [];
    Object.assign(globalThis, { asked });
    dialog.showMessageBox = (async (_window: unknown, { message }: { message: string }) => {
      asked.push(message);
      return { response: button, checkboxChecked: false };
    }) as unknown as typeof dialog.showMessageBox;
  }, response);
}

function askedMessages({ main }: Studio): Promise<string[]> {
  return main(() => (globalThis as unknown as { asked: string[] }).asked);
}

studioTest('an export is saved where the person says, and can be read, opened and shown', async (studio) => {
  const { page, folder, main } = studio;
  const output = await beginExport(studio);
  assert.deepEqual(await films(studio), ['.film.mp4.part']);
  const finished = await page.evaluate((number) => window.studio.finishOutput(number), output);
  assert.deepEqual(finished, { path: path.join(folder, 'film.mp4'), size: 3 });
  assert.deepEqual([...(await readFile(finished.path))], [1, 2, 3]);
  const read = await page.evaluate(async (number) => [...(await window.studio.readOutput(number, 1, 9))], output);
  assert.deepEqual(read, [2, 3]);
  await main(({ shell }) => {
    const shown: string[] = [];
    Object.assign(globalThis, { shown });
    shell.openPath = async (file) => {
      shown.push(file);
      return '';
    };
    shell.showItemInFolder = (file) => void shown.push(file);
  });
  await page.evaluate(async (number) => {
    await window.studio.openOutput(number);
    await window.studio.revealOutput(number);
  }, output);
  const shown = await main(() => (globalThis as unknown as { shown: string[] }).shown);
  assert.deepEqual(shown, [finished.path, finished.path]);
});

studioTest('no file is made where the person decides against it', async (studio) => {
  await studio.answerSave(null);
  const chosen = await studio.page.evaluate(() =>
    window.studio.chooseOutput({ suggestedName: 'film', extension: 'mp4' }),
  );
  assert.equal(chosen, null);
  assert.deepEqual(await films(studio), []);
});

studioTest('a name without its ending gets it, and a file in its place is asked about', async (studio) => {
  const { page, folder, answerSave } = studio;
  await mkdir(path.join(folder, 'clip.webm'));
  await answerSave(path.join(folder, 'clip'));
  await answerMessages(studio, 1);
  const choose = () =>
    page.evaluate(() => window.studio.chooseOutput({ suggestedName: '../..\\a:b*', extension: 'webm' }));
  assert.equal(await choose(), null);
  assert.deepEqual(await askedMessages(studio), ['clip.webm exists already. Replace it?']);
  await answerSave(path.join(folder, 'film2'));
  assert.equal((await choose())?.name, 'film2.webm');
});

for (const [how, leave] of [
  ['a reload', ({ page }) => page.reload()],
  [
    'a crash of the page',
    async ({ page }) => {
      const session = await page.context().newCDPSession(page);
      void session.send('Page.crash').catch(() => undefined);
    },
  ],
  ['the window’s end', ({ main }) => main(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.destroy())],
] as [string, (studio: Studio) => Promise<unknown>][]) {
  studioTest(`${how} leaves no half export, and the recording as it is`, async (studio) => {
    await answerMessages(studio, 0);
    // Another window keeps the app running.
    await studio.openWindow();
    await beginExport(studio);
    const recording = await beginRecording(studio);
    await leave(studio);
    await eventually('the partial file to be deleted', async () => (await films(studio)).length === 0);
    assert.deepEqual([...(await readFile(recording))], [4, 5, 6]);
  });
}

/** Resolves with what asks for the kinds of Electron's blockers of sleep that are started from then on and still are. */
async function watchSleep({ main }: Studio): Promise<() => Promise<string[]>> {
  await main(({ powerSaveBlocker }) => {
    const blockers = new Map<number, string>();
    Object.assign(globalThis, { blockers });
    const start = powerSaveBlocker.start.bind(powerSaveBlocker);
    powerSaveBlocker.start = (type) => {
      const blocker = start(type);
      blockers.set(blocker, type);
      return blocker;
    };
  });
  return () =>
    main(({ powerSaveBlocker }) => {
      const { blockers } = globalThis as unknown as { blockers: Map<number, string> };
      return [...blockers].filter(([blocker]) => powerSaveBlocker.isStarted(blocker)).map(([, type]) => type);
    });
}

studioTest('the computer stays awake while a file is written, whatever ends it', async (studio) => {
  const { page, main, folder, answerSave } = studio;
  const awake = await watchSleep(studio);
  await studio.openWindow();
  const forExport = ['prevent-app-suspension'];
  const forRecording = ['prevent-display-sleep'];
  const finished = await beginExport(studio);
  assert.deepEqual(await awake(), forExport);
  await page.evaluate((output) => window.studio.finishOutput(output), finished);
  assert.deepEqual(await awake(), [], 'finished');
  const discarded = await beginExport(studio);
  assert.deepEqual(await awake(), forExport);
  await page.evaluate((output) => window.studio.discardOutput(output), discarded);
  assert.deepEqual(await awake(), [], 'discarded');
  await answerSave(path.join(folder, 'none', 'film.mp4'));
  const words = await wordsOf(page, () => window.studio.chooseOutput({ suggestedName: 'film', extension: 'mp4' }));
  assert.equal(words, 'film.mp4 could not be written: its folder is gone.');
  assert.deepEqual(await awake(), [], 'never begun');
  await beginRecording(studio);
  assert.deepEqual(await awake(), forRecording);
  await page.reload();
  await eventually('the end of what a reload leaves', async () => (await awake()).length === 0);
  await beginExport(studio);
  await beginRecording(studio);
  assert.deepEqual(await awake(), [...forExport, ...forRecording]);
  await main(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.destroy());
  await eventually('the end of what a window leaves', async () => (await awake()).length === 0);
});

studioTest('a killed app leaves the recording under its name', async (studio) => {
  const recording = await beginRecording(studio);
  await studio.kill();
  assert.deepEqual([...(await readFile(recording))], [4, 5, 6]);
  assert.match(path.basename(recording), /^Recording \d{4}-\d\d-\d\d \d\d\.\d\d\.\d\d\.mp4$/);
});

studioTest('what a killed app leaves of an export is deleted by the next one, and nothing else', async (studio) => {
  const { page, folder } = studio;
  const kept = path.join(folder, '.film of another program.part');
  await writeFile(kept, '');
  const recording = await beginRecording(studio);
  const finished = await beginExport(studio);
  await page.evaluate((output) => window.studio.finishOutput(output), finished);
  const list = path.join(await studio.main(({ app }) => app.getPath('userData')), 'unfinished-exports.json');
  assert.equal(await readFile(list, 'utf8'), '[]');
  await beginExport(studio);
  await studio.kill();
  assert.deepEqual((await films(studio)).sort(), ['.film of another program.part', '.film.mp4.part', 'film.mp4']);
  const next = await openStudio(studio.lane, { folder });
  try {
    await eventually('the half export to be deleted', async () => (await films(next)).length === 2);
    assert.deepEqual((await films(next)).sort(), ['.film of another program.part', 'film.mp4']);
    assert.deepEqual([...(await readFile(recording))], [4, 5, 6]);
    // An export of the same name begins after that.
    await beginExport(next);
    assert.deepEqual((await films(next)).length, 3);
  } finally {
    await next.close();
  }
});

studioTest('closing the window asks while a file is being written', async (studio) => {
  const { main } = studio;
  await answerMessages(studio, 1);
  await beginExport(studio);
  await main(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
  await eventually('the question', async () => (await askedMessages(studio)).length === 1);
  assert.deepEqual(await askedMessages(studio), ['film.mp4 is still being written.']);
  await main(({ app }) => app.quit());
  await eventually('the question', async () => (await askedMessages(studio)).length === 2);
  assert.deepEqual(await films(studio), ['.film.mp4.part'], 'Keep Going keeps it');
  await answerMessages(studio, 0);
  await main(({ app }) => app.quit()).catch(() => undefined);
  await toEnd(studio);
  assert.deepEqual(await films(studio), []);
});

studioTest(
  'started from its sources the Studio shares no folder and no lock with other such apps',
  async ({ main, folder, lane }) => {
    // A packaged app has a name.
    if (lane === 'packaged') return;
    const userData = await main(({ app }) => app.getPath('userData'));
    assert.equal(userData, path.join(folder, 'WebCodecs Studio (not packaged)'));
    if (process.platform === 'linux') assert.ok((await readdir(userData)).includes('SingletonLock'));
  },
  { isToldItsFolder: false },
);

studioTest(
  'quitting goes on after Close Anyway where an app stays without windows, and not after Keep Going',
  async (studio) => {
    const { main } = studio;
    // As on macOS, whose windows may all close without the app's end.
    await main(() => void Object.defineProperty(process, 'platform', { value: 'darwin' }));
    await answerMessages(studio, 1);
    await beginExport(studio);
    await main(({ app }) => app.quit());
    await eventually('the question', async () => (await askedMessages(studio)).length === 1);
    await answerMessages(studio, 0);
    await main(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.close());
    await eventually('the window to close', () =>
      main(({ BrowserWindow }) => BrowserWindow.getAllWindows().length === 0),
    );
    const next = studio.nextWindow();
    await main(({ app }) => void app.emit('activate'));
    const page = await next;
    await beginExport({ ...studio, page });
    await main(({ app }) => app.quit()).catch(() => undefined);
    await toEnd(studio);
    assert.deepEqual(await films(studio), []);
  },
);

studioTest('what a page asks in other words is refused in words', async ({ page }) => {
  const cases: readonly (readonly [() => Promise<unknown>, RegExp])[] = [
    [() => window.studio.writeOutput(99, 0, new Uint8Array(1)), /^output must be a file of this page, but is 99\.$/],
    [() => window.studio.writeOutput('1' as never, 0, new Uint8Array(1)), /^output must be an integer from 1/],
    [() => window.studio.writeOutput(1, -1, new Uint8Array(1)), /^position must be an integer from 0/],
    [() => window.studio.writeOutput(1, 0, '/etc/passwd' as never), /^bytes must be a Uint8Array/],
    [
      () => window.studio.createRecording({ extension: 'sh' as never }),
      /^extension must be one of mp4, .* but is "sh"\.$/,
    ],
    [
      () => window.studio.chooseOutput({ suggestedName: {} as never, extension: 'mp4' }),
      /^suggestedName must be a string/,
    ],
    [() => window.studio.chooseCaptureSource('screen:9:9'), /^id must be that of a screen or window listed last/],
  ];
  for (const [run, words] of cases) assert.match(await wordsOf(page, run), words);
});

studioTest('main answers no other page, and no request that it does not know', async (studio) => {
  const { main, page } = studio;
  const answers = await main(async (electron) => {
    const { ipcMain } = electron as unknown as {
      ipcMain: { _invokeHandlers?: Map<string, (event: object, message: unknown) => Promise<object>> };
    };
    const double = (
      globalThis as unknown as { electronDouble?: { handlers: NonNullable<typeof ipcMain._invokeHandlers> } }
    ).electronDouble;
    const handle = (double?.handlers ?? ipcMain._invokeHandlers)?.get('studio:request');
    const [window] = electron.BrowserWindow.getAllWindows();
    const sender = window?.webContents;
    const frame = sender?.mainFrame;
    const ask = (senderFrame: unknown, message: unknown) => handle?.({ senderFrame, sender }, message);
    const frames = [
      null,
      { origin: 'https://evil.example', parent: null, detached: false },
      { origin: 'app://studio.evil', parent: null, detached: false },
      { origin: 'app://studio', parent: frame, detached: false },
      { origin: 'app://studio', parent: null, detached: true },
    ];
    return [
      ...(await Promise.all(frames.map((senderFrame) => ask(senderFrame, { type: 'capture-sources' })))),
      await ask(frame, { type: 'exec', command: 'id' }),
      await ask(frame, null),
    ];
  });
  assert.deepEqual(new Set(answers.map((answer) => (answer as { type: string }).type)), new Set(['failure']));
  assert.equal((await page.evaluate(() => window.studio.captureSources())).length > 0, true);
});

studioTest('the page stays the Studio’s: no other document, window, script or server', async ({ page }) => {
  const url = page.url();
  await page.evaluate(() => location.assign('https://example.org/'));
  await page.evaluate(() => window.open('https://example.org/'));
  const refused = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
      violations.push(effectiveDirective),
    );
    await fetch('https://example.org/').catch(() => undefined);
    const script = document.createElement('script');
    script.textContent = 'globalThis.injected = true';
    const image = new Image();
    image.src = 'https://example.org/pixel.png';
    const frame = document.createElement('iframe');
    frame.src = 'https://example.org/';
    document.body.append(script, image, frame);
    const kinds = 4;
    for (let tries = 0; tries < 100 && new Set(violations).size < kinds; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const added of [script, image, frame]) added.remove();
    return [...new Set(violations)].sort();
  });
  assert.deepEqual(refused, ['connect-src', 'frame-src', 'img-src', 'script-src-elem']);
  assert.equal(page.url(), url);
  assert.equal(await page.evaluate(() => 'injected' in globalThis), false);
  await eventually('a window that was opened to be closed', () => page.context().pages().length === 1);
});

studioTest('a screen is recorded only after it was chosen, and once', async ({ page }) => {
  const capture = () =>
    page.evaluate(() =>
      navigator.mediaDevices.getDisplayMedia({ video: true }).then(
        (stream) => {
          const { length } = stream.getVideoTracks();
          for (const track of stream.getTracks()) track.stop();
          return `${length}`;
        },
        (error: Error) => error.name,
      ),
    );
  assert.notEqual(await capture(), '1');
  const kinds = await page.evaluate(async () => {
    const sources = await window.studio.captureSources();
    await window.studio.chooseCaptureSource(sources[0]?.id ?? '');
    return sources.map(({ kind, thumbnail }) => [kind, thumbnail.startsWith('data:image/png')]);
  });
  assert.ok(kinds.some(([kind]) => kind === 'screen'));
  assert.equal(await capture(), '1');
  assert.notEqual(await capture(), '1');
});

studioTest('the microphone is there for the Studio’s page', async ({ page }) => {
  const tracks = await page.evaluate(async () => {
    const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    const { length } = stream.getAudioTracks();
    for (const track of stream.getTracks()) track.stop();
    return length;
  });
  assert.equal(tracks, 1);
});

studioTest('commands of the menu reach the page in front, by their keys too', async ({ page, menu, lane }) => {
  await page.evaluate(async () => {
    const heard: string[] = [];
    Object.assign(globalThis, { heard });
    // Over the double's bridge a call takes its time; Electron's is done at once.
    await (window.studio.onCommand((command) => heard.push(command)) as unknown);
  });
  const heard = () => page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
  await menu('show-record');
  await eventually('the command', async () => (await heard()).length === 1);
  // Playwright's keys don't reach the menu bar of a real window.
  if (lane === 'double') {
    await page.keyboard.press('Control+3');
    await eventually('the command', async () => (await heard()).length === 2);
    assert.deepEqual(await heard(), ['show-record', 'show-codecs']);
  }
});

studioTest('two windows have files of their own', async (studio) => {
  const second = await studio.openWindow();
  const output = await beginExport(studio);
  const words = await second.evaluate(
    (number) => window.studio.finishOutput(number).catch((error: Error) => error.message),
    output,
  );
  assert.match(String(words), /must be a file of this page/);
  await second.close();
  await studio.page.evaluate((number) => window.studio.finishOutput(number), output);
});

if (!mediaMissing) {
  studioTest('a reload in mid-export ends the host’s work for it, and the new page exports again', async (studio) => {
    const { page, folder, hostPid } = studio;
    const pid = await hostPid();
    await page.waitForTimeout(300);
    const idle = threadsOf(pid);
    const target = path.join(folder, 'film.mp4');
    const source = await longClip(folder);
    const begin = async () => {
      await openFile(page, source);
      await beginExportOf(studio, target);
      await eventually('the export to begin', async () => (await films(studio)).length === 1);
    };
    await begin();
    await eventually('codecs to have threads', () => threadsOf(pid) > idle);
    await page.reload();
    await eventually('the partial file to be deleted', async () => (await films(studio)).length === 0);
    await eventually('the codec threads to end', () => threadsOf(pid) <= idle);
    await begin();
    assert.equal(await hostPid(), pid, 'on the same host');
  });
}

studioTest('a window opens where the last one was closed', async ({ main, openWindow, nextWindow, menu }) => {
  const bounds = { x: 40, y: 30, width: 900, height: 600 };
  await openWindow();
  await main(({ BrowserWindow }, wanted) => {
    const [first] = BrowserWindow.getAllWindows();
    first?.setBounds(wanted);
    first?.close();
  }, bounds);
  const next = nextWindow();
  await menu('new-window');
  await next;
  const opened = await main(({ BrowserWindow }) => BrowserWindow.getAllWindows().at(-1)?.getBounds());
  assert.deepEqual([opened?.width, opened?.height], [bounds.width, bounds.height]);
});

studioTest('a maximized window is so again, and is shown when there is something to see', async (studio) => {
  const { main, openWindow, nextWindow } = studio;
  await openWindow();
  await main(({ BrowserWindow }) => {
    const [first] = BrowserWindow.getAllWindows();
    first?.maximize();
    first?.close();
  });
  const next = nextWindow();
  const isEarly = await main(({ BrowserWindow, Menu }) => {
    Menu.getApplicationMenu()?.getMenuItemById('new-window')?.click();
    return BrowserWindow.getAllWindows().at(-1)?.isVisible();
  });
  assert.equal(isEarly, false);
  await next;
  const opened = () =>
    main(({ BrowserWindow }) => {
      const window = BrowserWindow.getAllWindows().at(-1);
      return window?.isVisible() && window.isMaximized();
    });
  await eventually('the window to be shown', async () => (await opened()) === true);
});

studioTest('a window asks one question at a time', async (studio) => {
  const { main } = studio;
  await beginExport(studio);
  const asked = await main(async ({ BrowserWindow, dialog }) => {
    let questions = 0;
    let answer: (value: { response: number; checkboxChecked: boolean }) => void = () => undefined;
    dialog.showMessageBox = (() => {
      questions += 1;
      return new Promise((resolve) => {
        answer = resolve;
      });
    }) as typeof dialog.showMessageBox;
    const [window] = BrowserWindow.getAllWindows();
    window?.close();
    window?.close();
    const first = questions;
    answer({ response: 1, checkboxChecked: false });
    await new Promise((resolve) => setImmediate(resolve));
    window?.close();
    return [first, questions];
  });
  assert.deepEqual(asked, [1, 2]);
});

studioTest('the system is asked for nothing but media, and by the Studio’s own page only', async ({ main, lane }) => {
  // Real pages can't be made to ask in another's name.
  if (lane !== 'double') return;
  const granted = await main(async () => {
    const { session, windows } = (globalThis as unknown as { electronDouble: DesktopDouble }).electronDouble;
    const [window] = windows.values();
    if (!window) throw new Error('There is no window.');
    const { mainFrame } = window.webContents;
    const asks: [string, string, object | null][] = [
      ['media', 'app://studio/index.html', null],
      ['clipboard-sanitized-write', 'app://studio/index.html', null],
      ['clipboard-read', 'app://studio/index.html', null],
      ['geolocation', 'app://studio/index.html', null],
      ['media', 'app://studio/index.html', mainFrame],
      ['media', 'https://evil.example/', null],
      ['media', 'app://studio.evil/', null],
    ];
    const answers: boolean[] = [];
    for (const [permission, url, parent] of asks) {
      const frame = { url, origin: url.replace(/([^/:])\/.*$/, '$1'), parent } as unknown as typeof mainFrame;
      answers.push(await session.permits(window.webContents, frame, permission, ['audio']));
    }
    return answers;
  });
  assert.deepEqual(granted, [true, true, false, false, false, false, false]);
});

studioTest(
  'the sound of the system comes with the screen where Electron has it: on Windows, when asked for',
  async (studio) => {
    // What main answers is seen on the double only.
    if (studio.lane !== 'double') return;
    await studio.page.evaluate(() => window.studio.captureSources());
    const answers = await studio.main(async ({ ipcMain: _ }) => {
      const { session, windows, handlers } = (globalThis as unknown as { electronDouble: DesktopDouble })
        .electronDouble;
      const [window] = windows.values();
      if (!window) throw new Error('There is no window.');
      const { webContents: sender } = window;
      const answered: unknown[] = [];
      for (const [platform, isHeard] of [
        ['win32', true],
        ['win32', false],
        ['linux', true],
      ] as const) {
        Object.defineProperty(process, 'platform', { value: platform });
        const choice = { type: 'choose-capture-source', id: 'screen:0:0' };
        await handlers.get('studio:request')?.({ sender, senderFrame: sender.mainFrame }, choice);
        answered.push(await session.displayMedia(sender.mainFrame, true, isHeard));
      }
      return answered;
    });
    const video = { id: 'screen:0:0', name: 'Entire screen' };
    assert.deepEqual(answers, [{ video, audio: 'loopback' }, { video }, { video }]);
  },
);
