/** How the views look at several sizes, enlarged, dark and light: nothing sticks out, nothing lies over anything else. */
import assert from 'node:assert/strict';
import path from 'node:path';
import type { Page } from 'playwright';
import { mediaMissing } from '../fixtures/export-command.js';
import { layoutFaults } from '../fixtures/layout.js';
import { noteLanes, studioTest } from '../fixtures/studio.js';
import { beginExport, choosePreset, exportTo, longClip, openFile } from '../fixtures/studio-export.js';

noteLanes();

/** CSS pixels; a window at 200 % has half of its own. */
const sizes = [
  { width: 1280, height: 800 },
  { width: 960, height: 600 },
  { width: 720, height: 520 },
  { width: 640, height: 400, note: '1280×800 at 200 %' },
  { width: 480, height: 300, note: '960×600 at 200 %' },
];
const limit = { timeout: 300_000 };

/** Faults of what is shown now, at every size. */
async function faultsOf(page: Page, what: string): Promise<string[]> {
  const faults: string[] = [];
  for (const { width, height, note } of sizes) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    for (const fault of await layoutFaults(page)) faults.push(`${what}, ${note ?? `${width}×${height}`}: ${fault}`);
  }
  return faults;
}

function show(page: Page, view: string): Promise<void> {
  return page.getByRole('navigation').getByRole('button', { name: view }).click();
}

studioTest(
  'each view fits, is legible and names its controls: at every size, dark and light',
  async ({ page }) => {
    const faults: string[] = [];
    const theme = () => page.evaluate(() => document.documentElement.dataset['theme'] ?? '');
    const themes: string[] = [];
    for (let turn = 0; turn < 2; turn++) {
      const inTheme = await theme();
      themes.push(inTheme);
      for (const view of ['Export', 'Record', 'Codecs']) {
        await show(page, view);
        if (view === 'Record') await page.locator('video.record-preview').waitFor();
        if (view === 'Codecs') await page.getByText('only here').waitFor({ timeout: 120_000 });
        faults.push(...(await faultsOf(page, `${view}, ${inTheme}`)));
      }
      await page.keyboard.press('?');
      faults.push(...(await faultsOf(page, `Shortcuts, ${inTheme}`)));
      await page.keyboard.press('Escape');
      await page.keyboard.press('t');
    }
    assert.deepEqual(themes.sort(), ['dark', 'light']);
    assert.equal(faults.join('\n'), '');
  },
  limit,
);

studioTest(
  'what goes on and what came of it fits, too',
  async (studio) => {
    const { page, folder } = studio;
    const faults: string[] = [];
    const name = 'a file whose name is far longer than any panel of the window is wide, as cameras’ and phones’ are';
    if (!mediaMissing) {
      await openFile(page, await longClip(folder));
      await choosePreset(page, 'MOV · ProRes 422 HQ + PCM');
      await beginExport(studio, path.join(folder, `${name}.mov`));
      await page.getByRole('button', { name: 'Stop export' }).waitFor();
      faults.push(...(await faultsOf(page, 'An export')));
      await page.getByRole('button', { name: 'Stop export' }).click();
      await page.getByRole('button', { name: 'Export…' }).waitFor();
      await openFile(page, 'sfx-pcm-s24.wav');
      await exportTo(studio, path.join(folder, `${name}.m4a`));
      await page.setInputFiles('#file-input', {
        name: `${name}.mp4`,
        mimeType: 'video/mp4',
        buffer: Buffer.from('no'),
      });
      await page.getByRole('alert').filter({ hasText: 'is not a media file' }).waitFor();
      faults.push(...(await faultsOf(page, 'A result and a problem')));
    }
    await show(page, 'Record');
    await page.locator('video.record-preview').waitFor();
    await page.locator('.record-button').click();
    await page.getByText('Recording', { exact: true }).waitFor();
    faults.push(...(await faultsOf(page, 'A recording')));
    await page.locator('.record-button').click();
    await page.getByRole('region', { name: 'Result', exact: true }).waitFor();
    faults.push(...(await faultsOf(page, 'A recording’s result')));
    await page.getByRole('radio', { name: 'Screen' }).check({ force: true });
    await page.getByText('What shall be recorded?').waitFor();
    faults.push(...(await faultsOf(page, 'Screens to choose from')));
    assert.equal(faults.join('\n'), '');
  },
  limit,
);
