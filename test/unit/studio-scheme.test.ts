/** What `app://studio/…` answers, from a real folder. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { serveFolder } from '../../app/main/studio/scheme.js';

describe('the Studio’s scheme', () => {
  let folder = '';
  let answer: (url: string, method?: string) => Promise<Response>;

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'scheme-'));
    const root = path.join(folder, 'studio');
    await mkdir(path.join(root, 'deep'), { recursive: true });
    await writeFile(path.join(root, 'index.html'), '<!doctype html>');
    await writeFile(path.join(root, 'app.js'), 'export {};');
    await writeFile(path.join(root, 'app.js.map'), '{}');
    await writeFile(path.join(root, 'deep/style.css'), '');
    await writeFile(path.join(folder, 'secret.html'), 'secret');
    await symlink(path.join(folder, 'secret.html'), path.join(root, 'link.html'));
    const handle = serveFolder(root);
    answer = (url, method = 'GET') => handle(new Request(url, { method }));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('gives its files with their types and a policy that lets in nothing from elsewhere', async () => {
    for (const [url, type] of [
      ['app://studio/', 'text/html'],
      ['app://studio/index.html?theme=dark', 'text/html'],
      ['app://studio/app.js', 'text/javascript'],
      ['app://studio/deep/style.css', 'text/css'],
    ] as const) {
      const { status, headers } = await answer(url);
      assert.equal(status, 200, url);
      assert.ok(headers.get('content-type')?.startsWith(type), url);
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
      const policy = headers.get('content-security-policy') ?? '';
      assert.match(policy, /^default-src 'none'; script-src 'self';/);
      assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    }
  });

  for (const url of [
    'app://studio/../secret.html',
    'app://studio/%2e%2e/secret.html',
    'app://studio/..%2fsecret.html',
    'app://studio/deep/..%5c..%5c..%5csecret.html',
    'app://studio/deep/../../secret.html',
    'app://studio//etc/passwd',
    'app://studio/link.html',
    'app://studio/app.js.map',
    'app://studio/deep',
    'app://studio/app.js%00.html',
    'app://elsewhere/index.html',
    'file:///etc/passwd',
  ]) {
    it(`has nothing at ${url}`, async () => {
      const response = await answer(url);
      assert.equal(response.status, 404);
      assert.equal(await response.text(), 'There is no such file.');
    });
  }

  it('answers nothing but GET', async () => {
    assert.equal((await answer('app://studio/', 'POST')).status, 405);
  });
});
