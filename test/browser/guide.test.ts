/** The pages of docs/integration.md in Chromium: its own preload script, policy and bundles. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { build } from 'esbuild';
import { chromiumMissing, Surroundings } from '../fixtures/chromium.js';
import { buildGuideApp, checkout } from '../fixtures/document-code.js';
import type { WebContents } from '../fixtures/electron-double/window.js';
import { mediaMissing } from '../fixtures/export-command.js';
import { runGuideMain } from '../fixtures/guide-main.js';

describe('the pages of the integration guide', { skip: chromiumMissing }, () => {
  let surroundings: Surroundings;
  let folder = '';
  let preload = '';
  const alive = setInterval(() => undefined, 60_000);
  let closeHost = async (): Promise<void> => undefined;

  before(async () => {
    ({ folder } = buildGuideApp());
    const { host, serve } = await runGuideMain(folder, async () => ({}) as WebContents);
    closeHost = () => host.close();
    surroundings = await Surroundings.open();
    for (const path of ['/index.html', '/page.js', '/worker-page.js', '/export-worker.js']) {
      const answer = await serve({ url: `app://editor${path}` });
      surroundings.server.files.set(path, {
        type: answer.headers.get('content-type') ?? '',
        policy: answer.headers.get('content-security-policy') ?? '',
        body: new Uint8Array(await answer.arrayBuffer()),
      });
    }
    const { outputFiles } = await build({
      entryPoints: [join(folder, 'out/preload.cjs')],
      alias: { electron: join(checkout, 'dist/test/browser/pages/ipc-over-bridge.js') },
      bundle: true,
      write: false,
      format: 'iife',
      platform: 'browser',
    });
    preload = outputFiles[0]?.text ?? '';
  });
  after(async () => {
    clearInterval(alive);
    await surroundings?.close();
    await closeHost();
    rmSync(folder, { recursive: true, force: true });
  });

  const openPage = async () => {
    const page = await surroundings.browser.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('favicon')) complaints.push(message.text());
    });
    await page.addInitScript(preload);
    await page.goto(`${surroundings.server.origin}/index.html`);
    return { page, complaints };
  };

  it('encode a canvas', async () => {
    const { page, complaints } = await openPage();
    await page.waitForFunction(() => document.title !== 'Editor', undefined, { timeout: 20_000 });
    assert.equal(await page.title(), '30 chunks, 2 of them key');
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('export a file in a Worker, again too', { skip: mediaMissing }, async () => {
    const { page, complaints } = await openPage();
    const { bytes, parts } = await page.evaluate(async () => {
      const path = '/worker-page.js';
      const { exportFile } = (await import(path)) as {
        exportFile(file: Blob, onProgress: (part: number) => void): Promise<ArrayBuffer>;
      };
      const file = await (await fetch('/media/small-av1.mp4')).blob();
      const parts: number[] = [];
      await exportFile(file, () => undefined);
      const buffer = await exportFile(file, (part) => parts.push(part));
      return { bytes: [...new Uint8Array(buffer)], parts };
    });
    const made = join(folder, 'made.mp4');
    writeFileSync(made, new Uint8Array(bytes));
    const words = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0'];
    assert.equal(execFileSync('ffprobe', [...words, made], { encoding: 'utf8' }).trim(), 'hevc,320');
    assert.equal(parts.at(-1), 1);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('try an export again whose host died', { skip: mediaMissing }, async () => {
    const body = readFileSync(join(folder, 'compiled/recovery.js'));
    surroundings.server.files.set('/recovery.js', { type: 'text/javascript', body });
    const { page, complaints } = await openPage();
    await page.waitForFunction(() => document.title !== 'Editor', undefined, { timeout: 20_000 });
    await page.exposeFunction('killHosts', () => surroundings.server.killHosts());
    const { bytes, names } = await page.evaluate(async () => {
      const paths = ['/worker-page.js', '/recovery.js'] as const;
      const { exportFile } = (await import(paths[0])) as {
        exportFile(file: Blob, onProgress: () => void): Promise<ArrayBuffer>;
      };
      const { withSecondTry } = (await import(paths[1])) as { withSecondTry<T>(job: () => Promise<T>): Promise<T> };
      const { killHosts } = globalThis as unknown as { killHosts(): Promise<void> };
      const file = await (await fetch('/media/bunny-1080p25-h264-aac.mp4')).blob();
      let isFirst = true;
      const names: string[] = [];
      const hung = new Promise<never>((_, reject) => {
        setTimeout(() => reject(new Error(`still exporting; so far ended with: ${names}`)), 60_000);
      });
      const again = withSecondTry(() =>
        exportFile(file, () => {
          if (isFirst) void killHosts();
          isFirst = false;
        }).catch((error: DOMException) => {
          names.push(error.name);
          throw error;
        }),
      );
      return { bytes: [...new Uint8Array(await Promise.race([again, hung]))], names };
    });
    assert.deepEqual(names, ['OperationError']);
    const made = join(folder, 'second-try.mp4');
    writeFileSync(made, new Uint8Array(bytes));
    const words = ['-v', 'error', '-count_packets', '-select_streams', 'v', '-of', 'csv=p=0'];
    const entries = ['-show_entries', 'stream=codec_name,nb_read_packets'];
    assert.equal(execFileSync('ffprobe', [...words, ...entries, made], { encoding: 'utf8' }).trim(), 'hevc,125');
    // The page’s own encoder, whose host was killed as well, tells its end; nobody else has anything to say.
    assert.deepEqual(
      complaints.map((complaint) => complaint.replace(/^(OperationError) .*SIGKILL.*$/s, '$1: killed')),
      ['OperationError: killed'],
    );
    await page.close();
  });

  it('say in words why a file could not be exported', async () => {
    const { page } = await openPage();
    const message = await page.evaluate(async () => {
      const path = '/worker-page.js';
      const { exportFile } = (await import(path)) as {
        exportFile(file: Blob, onProgress: () => void): Promise<ArrayBuffer>;
      };
      return exportFile(new Blob(['no video'.repeat(100)]), () => undefined).catch((error: Error) => error.message);
    });
    assert.match(String(message), /format/i);
    await page.close();
  });
});
