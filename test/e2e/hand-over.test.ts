import assert from 'node:assert/strict';
import { noteLanes, studioTest } from '../fixtures/studio.js';

noteLanes();

studioTest('the page gets its port, and its Worker the codecs', async ({ page, complaints }) => {
  await page.getByRole('img', { name: 'Codec host: running' }).waitFor();
  assert.deepEqual(complaints, []);
});
