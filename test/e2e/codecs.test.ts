/** The codec page: what the host says, what the browser engine says, and how fast it is. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright';
import { noteLanes, type Studio, studioTest } from '../fixtures/studio.js';

noteLanes();

const limit = { timeout: 300_000 };

async function openCodecs({ page }: Studio): Promise<void> {
  await page.getByRole('navigation').getByRole('button', { name: 'Codecs' }).click();
}

/** What a row's cells say, here and alone in turn. */
async function marksOf(page: Page, string: string): Promise<string[]> {
  const row = page.getByRole('row').filter({ has: page.getByText(string, { exact: true }) });
  return row.getByRole('img').evaluateAll((marks) => marks.map((mark) => mark.getAttribute('aria-label') ?? ''));
}

studioTest(
  'each codec is asked of the host and of the browser, a no has its reason, and what differs is counted',
  async (studio) => {
    const { page } = studio;
    await openCodecs(studio);
    await page.getByText('only here').waitFor({ timeout: 120_000 });
    const versions = /FFmpeg \d+\.\d+.*LGPL version 2\.1 or later/;
    await page.locator('.codecs-head').filter({ hasText: versions }).waitFor();
    const yes = (who: string) => `${who}: yes`;
    const no = (who: string) => `${who}: no`;
    const [here, alone] = ['this engine', 'browser engine alone'];
    const threeTimes = (marks: string[]): string[] => [...marks, ...marks, ...marks];
    assert.deepEqual(await marksOf(page, 'hvc1.1.6.L120.B0'), threeTimes([yes(here), no(alone)]));
    assert.deepEqual(await marksOf(page, 'vp8'), threeTimes([yes(here), yes(alone)]));
    assert.deepEqual(await marksOf(page, 'flac'), [yes(here), no(alone), yes(here), yes(alone)]);
    assert.deepEqual(await marksOf(page, 'mp4a.40.5'), [no(here), no(alone), yes(here), yes(alone)]);
    await page.getByText('AAC is encoded as LC (mp4a.40.2), not as mp4a.40.5.').waitFor();
    const rows = page.locator('.support tbody tr:not(.support-group)');
    const all = await rows.count();
    await page.getByLabel('Filter', { exact: true }).fill('hevc 10 bit');
    assert.ok((await rows.count()) > 0 && (await rows.count()) < 5);
    await page.getByLabel('Filter', { exact: true }).fill('');
    await page.getByLabel('Only differences').check();
    const different = await rows.count();
    assert.ok(different > 0 && different < all);
    assert.deepEqual(await marksOf(page, 'vp8'), []);
    await page.getByRole('button', { name: 'Copy as text' }).click();
    await page.getByText('The table was copied as text.').waitFor();
    assert.deepEqual(studio.complaints, []);
  },
  limit,
);

studioTest(
  'speed is tried codec after codec, until it is stopped',
  async (studio) => {
    const { page } = studio;
    await openCodecs(studio);
    await page.getByText('only here').waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: 'Try it' }).click();
    const first = page.locator('.speed-codec').first();
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('.speed-codec:first-child .number')].every(
          ({ textContent }) => Number(textContent) > 0,
        ),
      null,
      { timeout: 120_000 },
    );
    assert.match(await first.innerText(), /H\.264/);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByRole('button', { name: 'Try it' }).waitFor({ timeout: 60_000 });
    assert.equal(await page.locator('.speed-codec').last().locator('.number').last().innerText(), '–');
    assert.deepEqual(studio.complaints, []);
  },
  limit,
);
