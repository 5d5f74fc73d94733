import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { WebContents } from '../fixtures/electron-double/window.js';
import { electron, noteDouble, type ServedPages, withPages } from '../fixtures/electron-windows.js';
import { eventually } from '../fixtures/event-loop.js';

interface Report {
  state: string;
  failures: { name: string; isDomException: boolean; message: string; at: number }[];
  chunks: number;
  pictureFormat: string | null;
}

/** What the specification of the product allows, times what a busy machine adds. */
const tellDeadline = 100 * 10;
const restartDeadline = 500 * 10;

function report({ mainFrame }: WebContents): Promise<Report> {
  return mainFrame.call<Report>('workReport');
}

async function openAtWork({ open }: ServedPages): Promise<WebContents> {
  const contents = await open();
  await contents.mainFrame.call('connect');
  await contents.mainFrame.call('beginWork');
  const { state, pictureFormat } = await report(contents);
  assert.equal(state, 'configured');
  assert.equal(pictureFormat, 'I420');
  return contents;
}

/** Kills the host; resolves with when that was. */
function kill({ host }: ServedPages, signal: NodeJS.Signals): number {
  assert.ok(host.pid);
  process.kill(host.pid, signal);
  return Date.now();
}

async function assertTold(contents: WebContents, killed: number): Promise<void> {
  assert.equal(await contents.mainFrame.call('flushOutcome'), 'OperationError', 'the pending flush is rejected');
  const { state, failures, pictureFormat } = await report(contents);
  assert.equal(state, 'closed');
  assert.equal(failures.length, 2, 'the encoder and the decoder are told once each');
  assert.equal(pictureFormat, null, 'the picture that lived in the host reads as closed');
  for (const { name, isDomException, message, at } of failures) {
    assert.deepEqual([name, isDomException], ['OperationError', true]);
    assert.match(message, /codec host is gone/);
    assert.ok(at - killed < tellDeadline, `told after ${at - killed} ms`);
  }
}

test('what these tests ran on', (t) => noteDouble(t));

describe('the host’s utility process dies in mid-encode', () => {
  for (const portsTellTheirEnd of [true, false]) {
    for (const accountFirst of [true, false]) {
      const ports = portsTellTheirEnd ? 'ports tell it' : 'no port tells it';
      const order = accountFirst ? 'before' : 'after';
      test(`every codec of two windows is told and closed; ${ports}, Electron’s account comes ${order} the exit`, () =>
        withPages({}, async (pages) => {
          Object.assign(electron.behaviour, { portsTellTheirEnd, accountFirst });
          const windows = [await openAtWork(pages), await openAtWork(pages)];
          const killed = kill(pages, 'SIGKILL');
          for (const contents of windows) await assertTold(contents, killed);
          const [exit] = pages.exits;
          assert.deepEqual([exit?.crashed, exit?.expected, pages.exits.length], [true, false, 1]);
          assert.match(exit?.reason ?? '', /killed/);
        }));
    }
  }

  // What abort() in native code and V8's own end at out of memory come to, and what a wild pointer does.
  for (const signal of ['SIGABRT', 'SIGSEGV'] as const) {
    test(`of ${signal}: its codecs are told and closed, and the next host serves`, () =>
      withPages({}, async (pages) => {
        const contents = await openAtWork(pages);
        const first = pages.host.pid;
        await assertTold(contents, kill(pages, signal));
        assert.deepEqual([pages.exits[0]?.crashed, pages.exits[0]?.expected], [true, false]);
        assert.equal(await contents.mainFrame.call('encode', 2), 2);
        assert.notEqual(pages.host.pid, first);
      }));
  }

  test('the same classes work on the next host, in the pages and in main, though no port tells the end', () =>
    withPages({}, async (pages) => {
      electron.behaviour.portsTellTheirEnd = false;
      const windows = [await openAtWork(pages), await openAtWork(pages)];
      const first = pages.host.pid;
      const killed = kill(pages, 'SIGKILL');
      for (const contents of windows) await assertTold(contents, killed);
      for (const { mainFrame } of windows) {
        const took = await mainFrame.call<number>('timeToFirstOutput');
        assert.ok(took < restartDeadline, `the first output of a new codec came after ${took} ms`);
        assert.equal(await mainFrame.call('encode', 20), 20);
      }
      const config = { codec: 'vp8', width: 64, height: 48 };
      assert.equal((await pages.host.webcodecs.VideoEncoder.isConfigSupported(config)).supported, true);
      assert.notEqual(pages.host.pid, first);
      assert.equal(pages.restarts(), 1);
      assert.deepEqual(pages.faults, []);
    }));

  test('main can configure a codec at the very news of the end', () =>
    withPages({}, async ({ host }) => {
      const { VideoEncoder } = host.webcodecs;
      const errors: DOMException[] = [];
      const flushed = new Promise<void>((resolve, reject) => {
        host.on('exit', ({ expected }) => {
          if (expected) return;
          const encoder = new VideoEncoder({ output: () => undefined, error: (error) => errors.push(error) });
          encoder.configure({ codec: 'vp8', width: 64, height: 48 });
          encoder.flush().then(resolve, reject);
        });
      });
      assert.ok(host.pid);
      process.kill(host.pid, 'SIGKILL');
      await flushed;
      assert.deepEqual(errors, []);
    }));

  test('a window that closes after the death of its host does not disturb another on the new one', () =>
    withPages({}, async (pages) => {
      const [leaving, staying] = [await openAtWork(pages), await openAtWork(pages)];
      kill(pages, 'SIGKILL');
      await staying.mainFrame.call('flushOutcome');
      const encoding = staying.mainFrame.call('encode', 200);
      await leaving.destroy();
      assert.equal(await encoding, 200);
    }));

  test('a SIGTERM from outside, which Electron reports as code 0, is told from a stop', () =>
    withPages({}, async (pages) => {
      const contents = await openAtWork(pages);
      const killed = kill(pages, 'SIGTERM');
      await assertTold(contents, killed);
      const [exit] = pages.exits;
      assert.deepEqual([exit?.code, exit?.crashed, exit?.expected], [0, true, false]);
      assert.equal(await contents.mainFrame.call('encode', 2), 2);
    }));

  test('and close() is an expected exit, after which pages are told too', () =>
    withPages({}, async (pages) => {
      electron.behaviour.portsTellTheirEnd = false;
      const contents = await openAtWork(pages);
      await pages.host.close();
      assert.equal(await contents.mainFrame.call('flushOutcome'), 'OperationError');
      assert.deepEqual([pages.exits[0]?.code, pages.exits[0]?.expected, pages.exits[0]?.crashed], [0, true, false]);
    }));
});

describe('the host keeps dying', () => {
  test('then no other is started, and pages that ask are refused with the reason', () =>
    withPages({ restart: { limit: 2, delayMs: 20 } }, async (pages) => {
      const contents = await pages.open();
      await contents.mainFrame.call('connect');
      let looped = '';
      pages.host.on('crash-loop', (reason) => {
        looped = reason;
      });
      kill(pages, 'SIGKILL');
      await eventually('the next host', () => pages.restarts() === 1 && pages.host.pid !== undefined);
      // It dies as one that works, after the page came back to it.
      assert.equal(await contents.mainFrame.call('encode', 1), 1);
      kill(pages, 'SIGKILL');
      await eventually('the end', () => looped !== '');
      assert.match(looped, /killed/);
      // The page hears of the end a moment after main does; until then it asks the host that is gone.
      await eventually('the reason', async () => {
        const reason = await contents.mainFrame.call('encode', 1).then(
          () => assert.fail('there is no host'),
          (error: Error) => `${error.name} ${error.message}`,
        );
        return /OperationError .*ended 2 times within 60 s/.test(reason);
      });
      assert.equal(pages.restarts(), 1);
      assert.equal(pages.host.pid, undefined);
    }));
});
