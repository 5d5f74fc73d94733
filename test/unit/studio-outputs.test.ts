/** The files that the Studio's pages write, on the real file system. */
import assert from 'node:assert/strict';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { Outputs, type Owner } from '../../app/main/studio/outputs.js';
import { largestTransfer } from '../../app/protocol/studio.js';

/** A user without rights of its own. */
const nobody = 65_534;
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('files that pages write', () => {
  let folder = '';
  let outputs: Outputs;
  let owner: Owner;
  const target = () => path.join(folder, 'film.mp4');

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'outputs-'));
    outputs = new Outputs();
    owner = outputs.addOwner();
  });
  afterEach(async () => {
    await outputs.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('an export is hidden beside its place until it is whole, then has its name', async () => {
    const { output, name, path: shown } = await outputs.createExport(owner, target());
    assert.deepEqual([name, shown], ['film.mp4', target()]);
    // Out of order, as muxers write.
    await Promise.all([
      outputs.write(owner, output, 4, bytes(5, 6)),
      outputs.write(owner, output, 0, bytes(1, 2, 3, 4)),
    ]);
    await outputs.write(owner, output, 1, bytes(9));
    assert.deepEqual(await readdir(folder), ['.film.mp4.part']);
    assert.deepEqual(await outputs.finish(owner, output), { path: target(), size: 6 });
    assert.deepEqual(await readdir(folder), ['film.mp4']);
    assert.deepEqual([...(await readFile(target()))], [1, 9, 3, 4, 5, 6]);
  });

  it('an export has all that was written before it was finished', async () => {
    const { output } = await outputs.createExport(owner, target());
    const writing = outputs.write(owner, output, 0, new Uint8Array(30_000_000));
    assert.equal((await outputs.finish(owner, output)).size, 30_000_000);
    await writing;
  });

  it('an export that replaces a file leaves that alone until it is whole', async () => {
    await writeFile(target(), 'old');
    const discarded = await outputs.createExport(owner, target());
    await outputs.write(owner, discarded.output, 0, bytes(1));
    await outputs.discard(owner, discarded.output);
    assert.equal(await readFile(target(), 'utf8'), 'old');
    const { output } = await outputs.createExport(owner, target());
    await outputs.write(owner, output, 0, bytes(1));
    assert.equal(await readFile(target(), 'utf8'), 'old');
    await outputs.finish(owner, output);
    assert.deepEqual([...(await readFile(target()))], [1]);
  });

  it('a finished file is read by ranges, and can be neither written nor deleted', async () => {
    const { output } = await outputs.createExport(owner, target());
    await assert.rejects(outputs.read(owner, output, 0, 1), /film\.mp4 is not finished/);
    await outputs.write(owner, output, 0, bytes(1, 2, 3));
    await outputs.finish(owner, output);
    assert.deepEqual([...(await outputs.read(owner, output, 1, 3))], [2, 3]);
    assert.deepEqual([...(await outputs.read(owner, output, 2, 100))], [3]);
    assert.deepEqual([...(await outputs.read(owner, output, 50, 100))], []);
    for (const late of [
      outputs.write(owner, output, 0, bytes(1)),
      outputs.finish(owner, output),
      outputs.discard(owner, output),
    ]) {
      await assert.rejects(late, /film\.mp4 is no longer open/);
    }
  });

  it('what a document leaves behind: no half export, each recording as it is', async () => {
    const videos = path.join(folder, 'videos');
    const { output } = await outputs.createExport(owner, target());
    const recording = await outputs.createRecording(owner, videos, 'mp4');
    const writing = outputs.write(owner, output, 0, new Uint8Array(8_000_000));
    await outputs.write(owner, recording.output, 0, bytes(1, 2, 3));
    await outputs.release(owner);
    await writing;
    assert.deepEqual(await readdir(folder), ['videos']);
    assert.deepEqual([...(await readFile(recording.path))], [1, 2, 3]);
    await assert.rejects(outputs.write(owner, output, 0, bytes(1)), /must be a file of this page/);
    await assert.rejects(outputs.createExport(owner, target()), /The page is gone/);
    assert.deepEqual(await readdir(folder), ['videos']);
  });

  it('a file is unfinished until its end is done, which the end of all waits for', async () => {
    const { output } = await outputs.createExport(owner, target());
    await outputs.write(owner, output, 0, new Uint8Array(30_000_000));
    const finishing = outputs.finish(owner, output);
    assert.deepEqual(outputs.unfinished(owner), ['film.mp4']);
    const other = outputs.addOwner();
    await assert.rejects(outputs.createExport(other, target()), /film\.mp4 is being written already/);
    void outputs.release(owner);
    await assert.rejects(outputs.createExport(other, target()), /film\.mp4 is being written already/);
    await outputs.close();
    assert.deepEqual(await readdir(folder), ['film.mp4']);
    assert.deepEqual(await finishing, { path: target(), size: 30_000_000 });
  });

  it('the end of all waits for files that are being made', async () => {
    let isMade = false;
    const making = assert.rejects(outputs.createExport(owner, target()), /The page is gone/).then(() => {
      isMade = true;
    });
    await outputs.close();
    await setImmediate();
    assert.equal(isMade, true);
    await making;
    assert.deepEqual(await readdir(folder), []);
  });

  it('an export is free again once it is finished', async () => {
    const { output } = await outputs.createExport(owner, target());
    await outputs.finish(owner, output);
    assert.deepEqual(outputs.unfinished(owner), []);
    await outputs.createExport(owner, target());
  });

  it('a recording has a dated name from its first byte, and never takes a name that is there', async () => {
    const now = new Date(2026, 10, 7, 3, 4, 5);
    const first = await outputs.createRecording(owner, folder, 'webm', now);
    const second = await outputs.createRecording(owner, folder, 'webm', now);
    assert.deepEqual(
      [first.name, second.name],
      ['Recording 2026-11-07 03.04.05.webm', 'Recording 2026-11-07 03.04.05 (2).webm'],
    );
    await outputs.write(owner, first.output, 0, bytes(7));
    assert.deepEqual([...(await readFile(first.path))], [7]);
  });

  it('what a page writes is no other page’s', async () => {
    const other = outputs.addOwner();
    const { output } = await outputs.createExport(owner, target());
    for (const intrusion of [
      outputs.write(other, output, 0, bytes(1)),
      outputs.finish(other, output),
      outputs.discard(other, output),
      outputs.read(other, output, 0, 1),
    ]) {
      await assert.rejects(intrusion, /output must be a file of this page, but is 1\./);
    }
    await assert.rejects(outputs.createExport(other, target()), /film\.mp4 is being written already/);
    await outputs.release(other);
    await outputs.finish(owner, output);
  });

  it('a page writes eight files at a time, and so many bytes', async () => {
    const many = Array.from({ length: 9 }, (_, index) =>
      outputs.createExport(owner, path.join(folder, `${index}.mp4`)),
    );
    const settled = await Promise.allSettled(many);
    assert.deepEqual(
      settled.map(({ status }) => status),
      [...Array.from({ length: 8 }, () => 'fulfilled'), 'rejected'],
    );
    assert.match(String((settled[8] as PromiseRejectedResult).reason), /may write 8 files at a time/);
    assert.equal((await readdir(folder)).length, 8);
    await outputs.discard(owner, 1);
    const { output } = await outputs.createExport(owner, target());
    await assert.rejects(outputs.write(owner, output, 0, new Uint8Array(largestTransfer + 1)), /bytes must be at most/);
    await assert.rejects(outputs.read(owner, output, 0, largestTransfer + 1), /end must be from start/);
    await assert.rejects(outputs.read(owner, output, 2, 1), /end must be from start/);
  });

  it('what the file system refuses is said in words', async () => {
    await assert.rejects(outputs.createExport(owner, path.join(folder, 'none', 'a.mp4')), {
      message: 'a.mp4 could not be written: its folder is gone.',
    });
    await mkdir(target());
    await assert.rejects(outputs.createExport(owner, target()), {
      message: 'film.mp4 could not be written: there is a folder of that name.',
    });
    assert.deepEqual(await readdir(folder), ['film.mp4']);
  });

  it('a file in the place of a recording’s folder, or of one above it, is named', async () => {
    const note = path.join(folder, 'note');
    await writeFile(note, 'kept');
    const link = path.join(folder, 'link');
    await symlink(path.join(folder, 'none'), link);
    for (const [place, obstacle] of [
      [note, note],
      [path.join(note, 'a', 'videos'), note],
      [link, link],
    ] as const) {
      await assert.rejects(outputs.createRecording(owner, place, 'mp4', new Date(2026, 10, 7, 3, 4, 5)), {
        message: `Recording 2026-11-07 03.04.05.mp4 could not be written: its folder can't be made, for ${obstacle} is a file.`,
      });
    }
    assert.equal(await readFile(note, 'utf8'), 'kept');
  });

  it('a whole export that can’t have its name is kept under another one', async () => {
    const { output } = await outputs.createExport(owner, target());
    await outputs.write(owner, output, 0, bytes(1, 2, 3));
    await mkdir(target());
    await assert.rejects(
      outputs.finish(owner, output),
      /^Error: film\.mp4 could not be given its name: .+\. The file is whole, and is called \d+ film\.mp4\.$/,
    );
    const [kept = '', ...others] = (await readdir(folder)).sort();
    assert.match(kept, /^\d+ film\.mp4$/);
    assert.deepEqual(others, ['film.mp4']);
    assert.deepEqual([...(await readFile(path.join(folder, kept)))], [1, 2, 3]);
    // As a page does when finishing fails.
    await outputs.discard(owner, output);
    assert.equal((await readdir(folder)).length, 2);
  });

  // Windows keeps a folder that has an open file.
  const keepsFolders = process.platform === 'win32';
  it('what could not be finished is discarded without a word', { skip: keepsFolders }, async () => {
    const away = path.join(folder, 'away');
    await mkdir(away);
    const { output } = await outputs.createExport(owner, path.join(away, 'film.mp4'));
    await rm(away, { recursive: true });
    const finishing = outputs.finish(owner, output);
    const discarding = outputs.discard(owner, output);
    await assert.rejects(finishing, { message: 'film.mp4 could not be written: its folder is gone.' });
    await discarding;
    assert.deepEqual(outputs.unfinished(owner), []);
  });

  it('a folder that may not be written is said to be one', { skip: keepsFolders }, async () => {
    await chmod(folder, 0o500);
    await asPerson(() => assert.rejects(outputs.createExport(owner, target()), /you may not write there/));
    await chmod(folder, 0o700);
  });

  it('an export is finished in a folder that may be written and not read', { skip: keepsFolders }, async () => {
    await chmod(folder, 0o300);
    await asPerson(async () => {
      const { output } = await outputs.createExport(owner, target());
      await outputs.write(owner, output, 0, bytes(1));
      assert.deepEqual(await outputs.finish(owner, output), { path: target(), size: 1 });
    });
    await chmod(folder, 0o700);
  });

  /** Rights bind everybody but the superuser: as another user, where this is that one. */
  async function asPerson(run: () => Promise<void>): Promise<void> {
    const { seteuid } = process;
    if (process.geteuid?.() !== 0 || !seteuid) return run();
    await chown(folder, nobody, nobody);
    seteuid(nobody);
    try {
      await run();
    } finally {
      seteuid(0);
    }
  }
});
