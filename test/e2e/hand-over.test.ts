/** Ports in real pages. The rules of the hand-over one by one: test/integration/electron-hand-over.test.ts. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import type { DesktopDouble } from '../fixtures/electron-desktop/desktop.js';
import { noteLanes } from '../fixtures/electron-lanes.js';
import { eventually } from '../fixtures/event-loop.js';
import { call, type ProbeApp, probeTest } from '../fixtures/probe.js';
import { threadsOf } from '../fixtures/processes.js';

noteLanes();

const marker = 'electron-webcodecs';
const nonce = '0123456789abcdef0123456789abcdef';
const refused = (reason: RegExp) => (error: Error) => reason.test(error.message);

probeTest(
  'a page encodes over the port that its preload script hands over',
  {},
  async ({ page, faults, complaints }) => {
    await call(page, 'connect');
    assert.equal(await call(page, 'encode', 30), 30);
    assert.deepEqual([await faults(), complaints], [[], []]);
  },
);

probeTest('a page has nothing of Electron’s but what the preload script exposes', {}, async ({ page }) => {
  const seen = await page.evaluate(() =>
    ['require', 'module', 'process', 'ipcRenderer', 'electron', 'electronDoubleConfig'].filter(
      (name) => name in globalThis,
    ),
  );
  assert.deepEqual(seen, []);
});

probeTest('a page of another origin is refused', {}, async ({ open, faults }) => {
  const page = await open('app://elsewhere/index.html');
  await assert.rejects(call(page, 'connect'), refused(/Pages of app:\/\/elsewhere may not use the codec host/));
  assert.equal((await faults())[0]?.origin, 'app://elsewhere');
});

probeTest('a second port is refused while the first goes on', {}, async ({ page }) => {
  await call(page, 'connect');
  await assert.rejects(call(page, 'takePort'), refused(/channel to the codec host already/));
  assert.equal(await call(page, 'encode', 2), 2);
});

probeTest('a frame in a page gets nothing, neither for itself nor through its parent', {}, async ({ page, faults }) => {
  const heard = await page.evaluate(
    async ([key, digits]) => {
      const frame = document.createElement('iframe');
      frame.src = '/frame.html';
      const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
      document.body.append(frame);
      await loaded;
      const messages: unknown[] = [];
      const listen = ({ source, data }: MessageEvent): void => {
        if (source === window) messages.push(data);
      };
      window.addEventListener('message', listen);
      const inside = frame.contentWindow as unknown as typeof globalThis & { eval(text: string): void };
      const request = JSON.stringify({ [key]: { type: 'request', nonce: digits } });
      inside.eval(`parent.postMessage(${request}, '*'); postMessage(${request}, '*');`);
      inside.addEventListener('message', ({ data }) => messages.push(['inside', data]));
      await new Promise((resolve) => setTimeout(resolve, 300));
      window.removeEventListener('message', listen);
      return messages;
    },
    [marker, nonce] as const,
  );
  assert.deepEqual(heard, [['inside', { [marker]: { type: 'request', nonce } }]], 'its own words only');
  assert.deepEqual(await faults(), [], 'main was never asked');
  await call(page, 'connect');
  assert.equal(await call(page, 'encode', 2), 2);
});

probeTest('a port that a frame forges is not taken for the host’s', {}, async ({ page }) => {
  await page.evaluate(async (key) => {
    const frame = document.createElement('iframe');
    frame.src = '/frame.html';
    const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
    document.body.append(frame);
    await loaded;
    const inside = frame.contentDocument;
    const script = inside?.createElement('script');
    if (!inside || !script) throw new Error('There is no frame.');
    script.textContent =
      "addEventListener('message', ({ data }) => parent.postMessage(data, '*', [new MessageChannel().port1]))";
    inside.head.append(script);
    // Answers every request that it sees, faster than main.
    window.addEventListener('message', ({ data }) => {
      const { type, nonce: asked } = data?.[key] ?? {};
      if (type === 'request') frame.contentWindow?.postMessage({ [key]: { type: 'port', nonce: asked } }, '*');
    });
  }, marker);
  await call(page, 'connect');
  assert.equal(await call(page, 'encode', 2), 2);
});

probeTest('what is no request reaches nobody', {}, async ({ page, faults }) => {
  for (const request of [{ type: 'request', nonce: 'short' }, { type: 'grant', nonce }, 'request', null]) {
    const heard = await call(page, 'askInWords', { [marker]: request }, 50);
    assert.equal(heard.length, 1, `only its own message comes back for ${JSON.stringify(request)}`);
  }
  assert.deepEqual(await faults(), []);
});

probeTest('a buffer in a port’s transfer list is lost, which ends that port', {}, async ({ page, faults }) => {
  await call(page, 'takePort');
  const [type, message, bytesLeft] = await call(page, 'transferBuffer');
  assert.deepEqual([type, bytesLeft], ['goodbye', '0']);
  assert.match(message ?? '', /null/);
  await eventually('the log', async () => (await faults()).length === 1);
});

/** Electron's ports don't always tell their end: the double's need not. */
function portsTellNothing(): void {
  const { electronDouble } = globalThis as unknown as { electronDouble: DesktopDouble };
  electronDouble.double.behaviour.portsTellTheirEnd = false;
}

/** Ways for a page to go. */
const leavings: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  reloads: (page) => page.reload(),
  'goes elsewhere': (page) => page.evaluate(() => location.assign('/other.html')),
  'is closed': (page) => page.close(),
  crashes: async (page) => {
    const session = await page.context().newCDPSession(page);
    // Nobody is left to answer.
    void session.send('Page.crash').catch(() => undefined);
  },
};

for (const [how, leave] of Object.entries(leavings)) {
  probeTest(
    `a page that ${how} in mid-encode frees what it had; another goes on`,
    {},
    async ({ page, open, hostPid, exits, main, lane }) => {
      if (lane === 'double') await main(portsTellNothing);
      const other = await open();
      await Promise.all([call(page, 'connect'), call(other, 'connect')]);
      const pid = await hostPid();
      const before = threadsOf(pid);
      await call(page, 'beginWork');
      assert.ok(threadsOf(pid) > before, 'its codecs have threads');
      const encoding = call(other, 'encode', 60);
      await leave(page);
      assert.equal(await encoding, 60);
      await eventually('the page’s codec threads to end', () => threadsOf(pid) <= before);
      assert.equal(await hostPid(), pid);
      assert.deepEqual(await exits(), []);
    },
  );
}

probeTest(
  'a page over its limits gets errors, and another window notices nothing',
  { pageLimits: { codecs: 3 } },
  async ({ page, open }) => {
    const other = await open();
    await Promise.all([call(page, 'connect'), call(other, 'connect')]);
    const encoding = call(other, 'encode', 100);
    assert.deepEqual(await call(page, 'openCodecs', 5), ['QuotaExceededError', 'QuotaExceededError']);
    assert.equal(await encoding, 100);
    assert.equal(await call(page, 'encode', 2), 2, 'within its limits it works on');
  },
);

/** Milliseconds until the last codec of the pages was told of its host's death, and until one had a new one's output. */
async function killHost({ hostPid }: ProbeApp, pages: Page[]): Promise<{ told: number; again: number }> {
  for (const page of pages) {
    await call(page, 'connect');
    await call(page, 'beginWork');
  }
  const pid = await hostPid();
  const killed = Date.now();
  process.kill(pid, 'SIGKILL');
  let told = 0;
  for (const page of pages) {
    assert.equal(await call(page, 'flushOutcome'), 'OperationError');
    const { state, failures, pictureFormat } = await call(page, 'workReport');
    assert.deepEqual([state, pictureFormat, failures.length], ['closed', null, 2]);
    for (const { name, isDomException, at } of failures) {
      assert.deepEqual([name, isDomException], ['OperationError', true]);
      told = Math.max(told, at - killed);
    }
  }
  const times = [];
  for (const page of pages) {
    times.push(await call(page, 'timeToFirstOutput'));
    await call(page, 'close');
  }
  return { told, again: Math.min(...times) };
}

probeTest('the host is killed: every page is told, and has codecs again within half a second', {}, async (app) => {
  const pages = [app.page, await app.open()];
  const best = { told: Number.POSITIVE_INFINITY, again: Number.POSITIVE_INFINITY };
  // A machine that others use is late at times.
  for (let tries = 0; tries < 4 && (best.told >= 100 || best.again >= 500); tries++) {
    const { told, again } = await killHost(app, pages);
    best.told = Math.min(best.told, told);
    best.again = Math.min(best.again, again);
  }
  assert.ok(best.told < 100, `told after ${best.told} ms`);
  assert.ok(best.again < 500, `the first output of a new codec came after ${best.again} ms`);
  const [exit] = await app.exits();
  assert.deepEqual([exit?.crashed, exit?.expected], [true, false]);
});
