/** https://w3c.github.io/webcodecs/#resource-reclamation, from one end to the other. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withHost } from '../fixtures/codec-host.js';

test('an inactive codec makes room for one that is configured, and closes with a QuotaExceededError', async (context) => {
  // The host is in this process, and so is its clock.
  const now = performance.now.bind(performance);
  let passed = 0;
  context.mock.method(performance, 'now', () => now() + passed);
  await withHost({ runIn: 'inline', limits: { codecs: 1 } }, async ({ webcodecs }) => {
    const errors: [string, string][] = [];
    const make = (name: string) =>
      new webcodecs.AudioDecoder({ output: (data) => data.close(), error: (error) => errors.push([name, error.name]) });
    const config = { codec: 'pcm-u8', sampleRate: 8000, numberOfChannels: 1 };
    const first = make('first');
    first.configure(config);
    await first.flush();

    const second = make('second');
    second.configure(config);
    await assert.rejects(second.flush(), { name: 'QuotaExceededError' });
    assert.deepEqual(errors, [['second', 'QuotaExceededError']]);
    assert.equal(first.state, 'configured');

    passed = 10_001;
    const third = make('third');
    third.configure(config);
    await third.flush();
    assert.equal(first.state, 'closed');
    assert.deepEqual(errors.slice(1), [['first', 'QuotaExceededError']]);
    third.close();
  });
});
