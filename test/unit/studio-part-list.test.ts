/** The list of exports that are under way, on the real file system. */
import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { PartList } from '../../app/main/studio/part-list.js';

describe('the list of unfinished exports', () => {
  let folder = '';
  const at = (name: string) => path.join(folder, name);
  const file = () => at('list.json');

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'part-list-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('has what is under way and no longer what has ended', async () => {
    const parts = new PartList(file());
    await parts.add(at('.a.mp4.part'));
    await parts.add(at('.b.mp4.part'));
    parts.delete(at('.a.mp4.part'));
    assert.deepEqual(JSON.parse(await readFile(file(), 'utf8')), [at('.b.mp4.part')]);
  });

  it('deletes what an earlier process has left before it takes anything new', async () => {
    await writeFile(at('.a.mp4.part'), 'half');
    await writeFile(file(), JSON.stringify([at('.a.mp4.part'), at('.gone.mp4.part')]));
    const parts = new PartList(file());
    await parts.add(at('.c.mp4.part'));
    assert.deepEqual(await readdir(folder), ['list.json']);
    assert.deepEqual(JSON.parse(await readFile(file(), 'utf8')), [at('.c.mp4.part')]);
  });

  for (const [what, content] of [
    ['names other files', (other: string) => JSON.stringify([other, 'a', '.part', path.relative('.', other)])],
    ['is no list', () => '{"length": 1}'],
    ['was cut off', (other: string) => JSON.stringify([other]).slice(0, -2)],
  ] as const) {
    it(`deletes nothing where it ${what}`, async () => {
      const other = at('Recording 2026-11-07 03.04.05.mp4');
      await writeFile(other, 'good');
      await writeFile(file(), content(other));
      const parts = new PartList(file());
      await parts.add(at('.c.mp4.part'));
      assert.equal(await readFile(other, 'utf8'), 'good');
    });
  }
});
