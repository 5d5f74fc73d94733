/** The Studio's tie to the codec host, to real hosts in this process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serve } from '../../app/host/serve.js';
import { portFromMessagePort } from '../../app/protocol/port-dom.js';
import { HostLink } from '../../renderer/studio/engine/host-link.js';

test('a port whose host is lost before it answers is no host; the next one is', async () => {
  const told: (string | null)[] = [];
  const link = new HostLink((reason) => told.push(reason));
  const first = new MessageChannel();
  const attached = link.attach(first.port1);
  link.lose('The codec host died.');
  serve(portFromMessagePort(first.port2, { transfer: false }));
  await attached;
  assert.deepEqual(told, []);
  const second = new MessageChannel();
  serve(portFromMessagePort(second.port2, { transfer: false }));
  await link.attach(second.port1);
  assert.deepEqual(told, [null]);
  const { gone } = await link.current();
  link.lose('It died, too.');
  assert.equal((gone.reason as Error).message, 'It died, too.');
  assert.deepEqual(told, [null, 'It died, too.']);
});
