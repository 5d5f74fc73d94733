import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bothWays } from '../fixtures/codec-host.js';
import { eventually } from '../fixtures/event-loop.js';
import { type Ended, isRunning, runProgram } from '../fixtures/processes.js';

/** The hosts that a program named on its way are gone, too. */
async function assertNoOrphan({ stdout }: Ended): Promise<void> {
  const named = /^hosts (.*)$/m.exec(stdout);
  assert.ok(named, 'the program told its hosts');
  for (const pid of (named[1] ?? '').split(' ').filter(Boolean).map(Number)) {
    await eventually(`host ${pid} to follow its parent`, () => !isRunning(pid));
  }
}

function assertNoCrash({ signal, stderr }: Ended): void {
  assert.equal(signal, null, stderr);
  assert.doesNotMatch(stderr, /FATAL|terminate called|Assertion|SIG[A-Z]+|double free|corrupt/, stderr);
}

describe('a process that leaves in the middle of work', () => {
  for (const runIn of bothWays) {
    it(`ends cleanly with process.exit(), host ${runIn}`, async () => {
      for (let again = 0; again < 3; again++) {
        const ended = await runProgram('exit-mid-encode', { args: [runIn, 'exit'] });
        assertNoCrash(ended);
        assert.equal(ended.code, 0, ended.stderr);
        assert.match(ended.stdout, /leaving/);
        await assertNoOrphan(ended);
      }
    });

    it(`ends with its own exception and no crash, host ${runIn}`, async () => {
      const ended = await runProgram('exit-mid-encode', { args: [runIn, 'throw'] });
      assertNoCrash(ended);
      assert.equal(ended.code, 1, ended.stderr);
      assert.match(ended.stderr, /planned/);
      await assertNoOrphan(ended);
    });
  }
});

describe('a host in a child process and its parent’s life', () => {
  it('an idle parent ends by itself, its codecs closed', async () => {
    const ended = await runProgram('idle-parent', { args: ['closed'], limit: 20_000 });
    assert.equal(ended.signal, null, 'the parent hung');
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /idle/);
    await assertNoOrphan(ended);
  });

  it('an idle parent ends by itself with codecs left open', async () => {
    const ended = await runProgram('idle-parent', { args: ['open'], limit: 20_000 });
    assert.equal(ended.signal, null, 'the parent hung');
    assert.equal(ended.code, 0, ended.stderr);
    await assertNoOrphan(ended);
  });

  for (const runIn of bothWays) {
    it(`a pending flush keeps the process alive until it is answered, host ${runIn}`, async () => {
      const ended = await runProgram('pending-flush', { args: [runIn], limit: 20_000 });
      assert.equal(ended.signal, null, 'the process did not end after its flushes');
      assert.equal(ended.code, 0, ended.stderr);
      for (const kind of ['VideoEncoder', 'VideoDecoder', 'AudioEncoder', 'AudioDecoder']) {
        assert.match(ended.stdout, new RegExp(`${kind} flushed`));
      }
    });
  }
});
