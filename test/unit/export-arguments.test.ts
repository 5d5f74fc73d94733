import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { WebMOutputFormat } from 'mediabunny';
import { parseArguments, parseBitrate, parseSize, parseTime } from '../../app/cli/arguments.js';
import { containerFor } from '../../app/cli/containers.js';
import { OutputFile } from '../../app/cli/output-file.js';
import { Progress } from '../../app/cli/progress.js';
import { checkSource, imageTypeOf } from '../../app/cli/source-check.js';
import { formatTable } from '../../app/cli/table.js';
import { ExportError } from '../../app/export/index.js';
import { withFolder } from '../fixtures/debian-ffmpeg.js';

describe('arguments of the export command', () => {
  it('are read with their units', () => {
    assert.equal(parseBitrate('2.5M'), 2_500_000);
    assert.equal(parseBitrate('96k'), 96_000);
    assert.deepEqual(parseSize('640x360'), { width: 640, height: 360 });
    assert.equal(parseTime('1:02:03.5'), 3723.5);
    assert.equal(parseTime('90:00'), 5400);
    assert.equal(parseTime('0:5'), 5);
    assert.equal(parseTime('100'), 100);
  });

  it('that make no sense are refused', () => {
    for (const value of ['', 'fast', '0', '-1', '4 M', '4G']) {
      assert.throws(() => parseBitrate(value), /bits per second/);
    }
    for (const value of ['640', '0x0', 'x', '640x360x1']) {
      assert.throws(() => parseSize(value), /width and a height/);
    }
    for (const value of ['', ':', '1:2:3:4', '-3', 'soon', '1:99', '1:60:00']) {
      assert.throws(() => parseTime(value), /expected a time/);
    }
  });

  it('name files from where the user stands', () => {
    const { files, options } = parseArguments(['in.mp4', '../out.webm', '--video-codec', 'H264'], '/home/me');
    assert.deepEqual(files, { input: path.resolve('/home/me/in.mp4'), output: path.resolve('/home/out.webm') });
    assert.equal(options.videoCodec, 'avc');
    assert.equal(options.runIn, 'child');
    assert.equal(parseArguments([], '/home/me').files, null);
  });
});

describe('the ending of the output file', () => {
  it('chooses container and codecs', () => {
    const { format, video, audio } = containerFor('a/b.WEBM', {});
    assert.ok(format instanceof WebMOutputFormat);
    assert.deepEqual([video, audio], ['vp9', 'opus']);
    assert.equal(containerFor('a.m4a', {}).video, null);
  });

  it('is refused with the ones that are known', () => {
    assert.throws(() => containerFor('a.avi', {}), /a\.avi has no known ending; use one of \.mp4 /);
  });

  it('says which codecs it allows', () => {
    assert.throws(
      () => containerFor('a.mp3', { videoCodec: 'avc' }),
      /A \.mp3 file cannot hold avc; it holds sound only/,
    );
    assert.throws(() => containerFor('a.webm', { audioCodec: 'aac' }), /A \.webm file cannot hold aac; it holds opus/);
  });
});

describe('an output file', () => {
  it('has its final name only once it is committed', async () => {
    await withFolder(async (folder) => {
      const file = new OutputFile(path.join(folder, 'clip.mp4'));
      writeFileSync(file.temporaryPath, 'whole');
      assert.equal(existsSync(file.finalPath), false);
      file.commit();
      assert.equal(readFileSync(file.finalPath, 'utf8'), 'whole');
      assert.equal(existsSync(file.temporaryPath), false);
    });
  });

  it('that is partial is kept under a name that says so', async () => {
    await withFolder(async (folder) => {
      const file = new OutputFile(path.join(folder, 'clip.mp4'));
      writeFileSync(file.temporaryPath, 'half');
      assert.equal(file.keepPartial(), path.join(folder, 'clip.partial.mp4'));
      file.discard();
      assert.equal(existsSync(file.finalPath), false);
    });
  });

  it('in a folder that is not there is refused', () => {
    assert.throws(() => new OutputFile('/nowhere/at/all/clip.mp4'), ExportError);
  });
});

describe('a look at the input from outside', () => {
  function inFile(
    content: Uint8Array | string,
    look: (file: string) => Promise<string | null>,
  ): Promise<string | null> {
    return withFolder(async (folder) => {
      const file = path.join(folder, 'input');
      writeFileSync(file, content);
      return look(file);
    });
  }

  const check = (content: Uint8Array | string) => inFile(content, checkSource);

  function box(type: string, size: number, present = size): Buffer {
    const bytes = Buffer.alloc(present);
    bytes.writeUInt32BE(size, 0);
    bytes.write(type, 4, 'latin1');
    return bytes;
  }

  it('finds boxes that reach beyond the end', async () => {
    assert.equal(await check(Buffer.concat([box('ftyp', 24), box('moov', 100), box('mdat', 1000)])), null);
    assert.match(
      (await check(Buffer.concat([box('ftyp', 24), box('mdat', 5000, 1000)]))) ?? '',
      /4,000 bytes are missing/,
    );
    assert.match((await check(Buffer.concat([box('ftyp', 24), box('mdat', 3, 40)]))) ?? '', /broken/);
  });

  it('finds RIFF chunks that reach beyond the end', async () => {
    const wave = Buffer.alloc(100);
    wave.write('RIFF', 0, 'latin1');
    wave.write('WAVE', 8, 'latin1');
    wave.writeUInt32LE(92, 4);
    assert.equal(await check(wave), null);
    wave.writeUInt32LE(192, 4);
    assert.match((await check(wave)) ?? '', /100 bytes are missing/);
  });

  it('finds Ogg streams without an end', async () => {
    const page = Buffer.alloc(28 + 10);
    page.write('OggS', 0, 'latin1');
    page[26] = 1;
    page[27] = 10;
    assert.match((await check(page)) ?? '', /end is missing/);
    page[5] = 4;
    assert.equal(await check(page), null);
    assert.match((await check(page.subarray(0, 30))) ?? '', /end is missing/);
  });

  it('tells images by their first bytes', async () => {
    assert.equal(await inFile('GIF89a and some more', imageTypeOf), 'image/gif');
    assert.equal(await inFile('RIFF....WEBP and some more', imageTypeOf), 'image/webp');
    assert.equal(await inFile('RIFF....WAVE and some more', imageTypeOf), null);
    await assert.rejects(inFile('short', imageTypeOf), /too short/);
    await assert.rejects(check('short'), /too short/);
  });
});

describe('a table', () => {
  it('lines its columns up', () => {
    const table = formatTable([
      ['file', 'size'],
      ['long-name', '1'],
    ]);
    assert.equal(table, ['file       size', '─────────  ────', 'long-name     1'].join('\n'));
  });
});

describe('the progress of an export', () => {
  it('tells its share, frames per second and the time left', (context) => {
    let now = 0;
    context.mock.method(performance, 'now', () => now);
    const terminal = process.stderr.isTTY;
    process.stderr.isTTY = false;
    const written: string[] = [];
    const { mock } = context.mock.method(process.stderr, 'write', (text: string) => written.push(text) > 0);
    try {
      const progress = new Progress('film.mp4', 100);
      now = 1_000;
      progress.update({ seconds: 10, frames: 250 });
      now = 4_000;
      progress.update({ seconds: 40, frames: 1_000 });
    } finally {
      mock.restore();
      process.stderr.isTTY = terminal;
    }
    assert.deepEqual(written, ['film.mp4: 40 %, 250 fps, 10.0× realtime, 6 s left\n']);
  });
});
