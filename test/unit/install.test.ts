import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCodecHost } from 'electron-webcodecs';
import { installWebCodecs } from '../../renderer/install.js';

test('every class goes in as a platform has it, and back', async () => {
  const host = createCodecHost({ runIn: 'inline' });
  const { transformVideoFrame: _, ...classes } = host.webcodecs;
  const own = class {};
  const target: Record<string, unknown> = { ImageDecoder: own };
  const uninstall = installWebCodecs(target, host.webcodecs);
  for (const [name, value] of Object.entries(classes)) {
    const expected = { value, writable: true, enumerable: false, configurable: true };
    assert.deepEqual(Object.getOwnPropertyDescriptor(target, name), expected, name);
  }
  uninstall();
  assert.deepEqual(target, { ImageDecoder: own });
  assert.deepEqual(Reflect.ownKeys(target), ['ImageDecoder']);
  await host.close();
});
