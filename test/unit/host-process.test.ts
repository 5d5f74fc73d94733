import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createCodecHost, type HostExit } from '../../app/main/index.js';

const program = fileURLToPath(new URL('../fixtures/lifetime-parent.js', import.meta.url));
const fakeAddon = fileURLToPath(new URL('../fixtures/fake-addon.js', import.meta.url));

// Only processes are looked at here: the host gets an addon that every machine has.
process.env['ELECTRON_WEBCODECS_ADDON'] = fakeAddon;

function isRunning(pid: number): boolean {
  try {
    // An orphan that nobody waits for stays behind as a zombie (Z), which has ended.
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

async function waitForEnd(pid: number): Promise<void> {
  const deadline = Date.now() + 5000;
  while (isRunning(pid)) {
    assert.ok(Date.now() < deadline, `process ${pid} still runs`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function startParent(mode: string): Promise<{ parent: ChildProcess; host: number; output: () => string }> {
  const parent = spawn(process.execPath, [program, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  await new Promise<void>((resolve, reject) => {
    parent.stdout?.on('data', (text: Buffer) => {
      output += text;
      if (output.includes('\n')) resolve();
    });
    parent.once('exit', () => reject(new Error('the parent ended before its host was up')));
  });
  return { parent, host: Number.parseInt(output, 10), output: () => output };
}

async function exitOf(parent: ChildProcess): Promise<unknown> {
  if (parent.exitCode !== null || parent.signalCode !== null) return parent.exitCode ?? parent.signalCode;
  const [code, signal] = (await once(parent, 'exit')) as [number | null, string | null];
  return code ?? signal;
}

describe('a host in a child process', () => {
  test('does not keep an idle parent alive, and ends with it', async () => {
    const { parent, host } = await startParent('idle');
    assert.equal(await exitOf(parent), 0);
    await waitForEnd(host);
  });

  test('ends when its parent exits at once', async () => {
    const { parent, host } = await startParent('exit');
    assert.equal(await exitOf(parent), 3);
    await waitForEnd(host);
  });

  test('ends when its parent is killed', async () => {
    const { parent, host } = await startParent('busy');
    assert.ok(isRunning(host));
    parent.kill('SIGKILL');
    assert.equal(await exitOf(parent), 'SIGKILL');
    await waitForEnd(host);
  });

  test('leaves Ctrl-C to its parent', async () => {
    const { parent, host } = await startParent('busy');
    process.kill(host, 'SIGINT');
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.ok(isRunning(host));
    parent.kill('SIGKILL');
    await waitForEnd(host);
  });

  test('has ended when close() resolves', async () => {
    const { parent, host, output } = await startParent('close');
    assert.equal(await exitOf(parent), 0);
    assert.match(output(), /closed/);
    assert.ok(!isRunning(host));
  });
});

describe('createCodecHost', () => {
  for (const runIn of ['child', 'inline'] as const) {
    test(`${runIn}: is ready, answers, and tells of its expected end`, async () => {
      const host = createCodecHost({ runIn });
      const exits: HostExit[] = [];
      host.on('exit', (exit) => exits.push(exit));
      await host.ready;
      assert.equal(runIn === 'child', host.pid !== undefined);
      assert.equal((await host.statistics()).codecs, 0);
      assert.equal((await host.versions()).variant, 'lgpl');
      await host.close();
      await host.close();
      assert.equal(exits.length, 1);
      assert.equal(exits[0]?.expected, true);
      assert.equal(host.pid, undefined);
      await assert.rejects(host.statistics(), { name: 'AbortError' });
    });
  }

  test('passes limits on to the host', async () => {
    const host = createCodecHost({ limits: { dimension: 64 } });
    const { supported } = await host.webcodecs.VideoEncoder.isConfigSupported({
      codec: 'vp8',
      width: 65,
      height: 64,
    });
    assert.equal(supported, false);
    await host.close();
  });

  test('tells what signal ended the host, rejects what was asked, and starts a new one for the next codec', async () => {
    const host = createCodecHost();
    await host.ready;
    const first = host.pid;
    assert.ok(first);
    let restarts = 0;
    host.on('restart', () => {
      restarts += 1;
    });
    const exit = new Promise<HostExit>((resolve) => host.on('exit', resolve));
    process.kill(first, 'SIGSTOP');
    const pending = host.statistics();
    process.kill(first, 'SIGKILL');
    await assert.rejects(pending, (error) => {
      return error instanceof DOMException && /ended by SIGKILL/.test(error.message);
    });
    const { signal, code, expected } = await exit;
    assert.deepEqual({ signal, code, expected }, { signal: 'SIGKILL', code: null, expected: false });
    const config = { codec: 'vp8', width: 16, height: 16 };
    assert.equal((await host.webcodecs.VideoEncoder.isConfigSupported(config)).supported, true);
    assert.notEqual(host.pid, first);
    assert.equal(restarts, 1);
    await host.close();
  });

  test('that can not load the addon rejects ready with the path and what to do, and does not start again', async () => {
    process.env['ELECTRON_WEBCODECS_ADDON'] = '/nowhere/addon.node';
    try {
      const begun = performance.now();
      const host = createCodecHost();
      await assert.rejects(host.ready, (error) => {
        return error instanceof DOMException && /\/nowhere\/addon\.node.*npm run build/s.test(error.message);
      });
      assert.ok(performance.now() - begun < 4000, 'the reason comes when it is known');
      const config = { codec: 'vp8', width: 16, height: 16 };
      await assert.rejects(host.webcodecs.VideoEncoder.isConfigSupported(config));
      await host.close();
    } finally {
      process.env['ELECTRON_WEBCODECS_ADDON'] = fakeAddon;
    }
  });

  test('refuses options that are none', () => {
    assert.throws(() => createCodecHost({ runIn: 'utility' }), /needs Electron's main process/);
    for (const [options, message] of [
      ['cloud', /^options must be an object, but is "cloud"/],
      [{ runIn: 'cloud' }, /^options\.runIn must be one of utility, child, inline, but is "cloud"/],
      [{ frameSizeMismatch: 1 }, /^options\.frameSizeMismatch must be one of error, scale, but is 1/],
      [{ limit: { codecs: 2 } }, /^options\.limit must be absent: there are runIn, .*limits/],
      [{ limits: 5 }, /^options\.limits must be an object, but is 5/],
      [{ limits: { codecs: 'x' } }, /^options\.limits\.codecs must be a finite number, 1 or more, but is "x"/],
      [{ limits: { queueSize: -1 } }, /^options\.limits\.queueSize must be .*-1/],
      [{ limits: { workCredit: { count: 4, byte: 9 } } }, /^options\.limits\.workCredit\.byte must be absent/],
      [{ limits: { pictureBytes: Number.POSITIVE_INFINITY } }, /pictureBytes must be a finite number/],
      [{ pageLimits: { queueSize: 3 } }, /^options\.pageLimits\.queueSize must be absent/],
      [{ restart: { limit: 0 } }, /^options\.restart\.limit must be a finite number, 1 or more, but is 0/],
    ] as const) {
      assert.throws(() => createCodecHost(options as never), { name: 'TypeError', message });
    }
  });
});

describe('a host that ends by itself', () => {
  // An idle host keeps no event loop alive, and what is waited for here is its end.
  let alive: NodeJS.Timeout;
  before(() => {
    alive = setInterval(() => undefined, 60_000);
  });
  after(() => clearInterval(alive));

  test('starts again by itself, later each time, until the host has ended too often', async () => {
    const host = createCodecHost({ restart: { limit: 3, withinMs: 60_000, delayMs: 100 } });
    const told: string[] = [];
    const ends: HostExit[] = [];
    let looped = '';
    host.on('exit', (exit) => {
      told.push('exit');
      ends.push(exit);
    });
    host.on('restart', () => told.push('restart'));
    host.on('crash-loop', (reason) => {
      told.push('crash-loop');
      looped = reason;
    });
    await host.ready;
    const waits: number[] = [];
    for (let crash = 1; crash <= 3; crash++) {
      const before = told.length;
      const ended = new Promise((resolve) => host.on('exit', resolve));
      assert.ok(host.pid);
      process.kill(host.pid, 'SIGKILL');
      await ended;
      const begun = performance.now();
      while (crash < 3 && told.length < before + 2) await new Promise((resolve) => setTimeout(resolve, 2));
      waits.push(performance.now() - begun);
    }
    assert.deepEqual(told, ['exit', 'restart', 'exit', 'restart', 'exit', 'crash-loop']);
    assert.ok(ends.every(({ crashed, expected }) => crashed && !expected));
    assert.ok((waits[1] ?? 0) > 90, `the second restart waits, but came after ${waits[1]} ms`);
    assert.match(looped, /SIGKILL/);
    const config = { codec: 'vp8', width: 16, height: 16 };
    await assert.rejects(
      host.webcodecs.VideoEncoder.isConfigSupported(config),
      (error) => error instanceof DOMException && /ended 3 times within 60 s/.test(error.message),
    );
    await host.close();
    assert.equal(told.length, 6, 'a closed host that had ended already tells of no other end');
  });

  test('works with a codec that is configured while the next host is on its way', async () => {
    const host = createCodecHost({ restart: { delayMs: 300 } });
    await host.ready;
    const { VideoEncoder } = host.webcodecs;
    for (let crash = 0; crash < 2; crash++) {
      const errors: DOMException[] = [];
      // At once: the end of the old host's port may be told later than that of its process.
      const flushed = new Promise<void>((resolve, reject) => {
        const configure = (): void => {
          host.off('exit', configure);
          const encoder = new VideoEncoder({ output: () => undefined, error: (error) => errors.push(error) });
          encoder.configure({ codec: 'vp8', width: 16, height: 16 });
          encoder.flush().then(resolve, reject);
        };
        host.on('exit', configure);
      });
      assert.ok(host.pid);
      process.kill(host.pid, 'SIGKILL');
      await flushed;
      assert.deepEqual(errors, []);
    }
    await host.close();
  });

  test('tells a crash from the end that was asked for', async () => {
    const host = createCodecHost();
    await host.ready;
    const exit = new Promise<HostExit>((resolve) => host.on('exit', resolve));
    assert.ok(host.pid);
    process.kill(host.pid, 'SIGSEGV');
    const { crashed, expected, signal } = await exit;
    assert.deepEqual({ crashed, expected, signal }, { crashed: true, expected: false, signal: 'SIGSEGV' });
    const closing = new Promise<HostExit>((resolve) => host.on('exit', resolve));
    await host.webcodecs.VideoEncoder.isConfigSupported({ codec: 'vp8', width: 16, height: 16 });
    await host.close();
    assert.deepEqual(((last) => [last.crashed, last.expected])(await closing), [false, true]);
  });
});
