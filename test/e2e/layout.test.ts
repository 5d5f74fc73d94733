/** How the views look at several sizes, enlarged, dark and light: nothing sticks out, nothing lies over anything else. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import { mediaMissing } from '../fixtures/export-command.js';
import { layoutFaults } from '../fixtures/layout.js';
import { noteLanes, studioTest } from '../fixtures/studio.js';
import { openFile } from '../fixtures/studio-export.js';

noteLanes();

/** CSS pixels; a window at 200 % has half of its own. */
const sizes = [
  { width: 1280, height: 800 },
  { width: 960, height: 600 },
  { width: 720, height: 520 },
  { width: 640, height: 400, note: '1280×800 at 200 %' },
];
const views = ['Export', 'Record', 'Codecs'] as const;

async function settle(page: Page): Promise<void> {
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
}

studioTest(
  'each view fits, is legible and names its controls: at every size, dark and light',
  async ({ page }) => {
    const faults: string[] = [];
    const look = async (what: string): Promise<void> => {
      for (const { width, height, note } of sizes) {
        await page.setViewportSize({ width, height });
        await settle(page);
        for (const fault of await layoutFaults(page)) faults.push(`${what}, ${note ?? `${width}×${height}`}: ${fault}`);
      }
    };
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme']);
    const themes = [await theme()];
    for (let turn = 0; turn < 2; turn++) {
      for (const view of views) {
        await page.getByRole('navigation').getByRole('button', { name: view }).click();
        if (view === 'Record') await page.locator('video.record-preview').waitFor();
        if (view === 'Codecs') await page.getByText('only here').waitFor({ timeout: 120_000 });
        await look(`${view}, ${themes.at(-1)}`);
      }
      await page.keyboard.press('?');
      await look(`Shortcuts, ${themes.at(-1)}`);
      await page.keyboard.press('Escape');
      await page.keyboard.press('1');
      if (!mediaMissing) {
        await openFile(page, 'bunny-1080p25-h264-aac.mp4');
        await look(`Export of a file, ${themes.at(-1)}`);
      }
      await page.keyboard.press('t');
      themes.push(await theme());
    }
    assert.deepEqual(new Set(themes), new Set(['light', 'dark']));
    assert.equal(faults.join('\n'), '');
  },
  { timeout: 300_000 },
);
