import assert from 'node:assert/strict';
import { noteLanes, studioTest } from '../fixtures/studio.js';

noteLanes();

studioTest('the page gets its port, and its Worker the codecs', async ({ page, complaints }) => {
  await page.getByText('The codec host answers.').waitFor();
  assert.deepEqual(complaints, []);
});
