import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { withFolder } from '../fixtures/debian-ffmpeg.js';
import { media, mediaMissing, probe, runExport } from '../fixtures/export-command.js';

/** Exactly one sentence, on one line. */
const oneSentence = /^[^\n]+\.\n$/;

function cutCopy(folder: string, name: string, share: number): string {
  const bytes = readFileSync(media(name));
  const target = path.join(folder, name);
  writeFileSync(target, bytes.subarray(0, Math.floor(bytes.length * share)));
  return target;
}

/** Names in the folder that the test did not put there. */
function leftOver(folder: string, ...own: string[]): string[] {
  return readdirSync(folder).filter((name) => !own.includes(name));
}

describe('an input that cannot be exported gives one sentence, an error code and no file', {
  skip: mediaMissing,
}, () => {
  const cuts: readonly (readonly [name: string, share: number])[] = [
    ['bunny-1080p25-h264-aac.mp4', 0.3],
    ['bunny-44k1-aac-frag.mp4', 0.6],
    ['small-av1.mp4', 0.6],
    ['small-vp8.webm', 0.8],
    ['alpha-720p60-vp9.webm', 0.05],
    ['music-24k-mp3.mp3', 0.1],
    ['music-44k1-flac.flac', 0.1],
    ['sfx-opus.ogg', 0.6],
    ['sfx-vorbis.ogg', 0.6],
    ['sfx-pcm-s24.wav', 0.6],
  ];
  for (const [name, share] of cuts) {
    it(`${name} cut off after ${share * 100} % is called cut off`, async () => {
      await withFolder(async (folder) => {
        const source = cutCopy(folder, name, share);
        const { code, stderr } = await runExport([source, path.join(folder, 'out.mkv')]);
        assert.equal(code, 1);
        assert.match(stderr, oneSentence);
        assert.match(stderr, /is cut off/);
        assert.deepEqual(leftOver(folder, name), []);
      });
    });
  }

  const texts: readonly (readonly [situation: string, content: string, sentence: RegExp])[] = [
    ['an empty file', '', /is empty/],
    ['a text file', 'Nothing to see here, move along.\n'.repeat(50), /not a media file/],
  ];
  for (const [situation, content, sentence] of texts) {
    it(situation, async () => {
      await withFolder(async (folder) => {
        const source = path.join(folder, 'input.mp4');
        writeFileSync(source, content);
        const { code, stderr } = await runExport([source, path.join(folder, 'out.mp4')]);
        assert.equal(code, 1);
        assert.match(stderr, oneSentence);
        assert.match(stderr, sentence);
        assert.deepEqual(leftOver(folder, 'input.mp4'), []);
      });
    });
  }

  it('a file that is not there', async () => {
    await withFolder(async (folder) => {
      const { code, stderr } = await runExport([path.join(folder, 'absent.mp4'), path.join(folder, 'out.mp4')]);
      assert.equal(code, 1);
      assert.match(stderr, /no such file/);
    });
  });

  it('a pipe, which would be waited for', async () => {
    await withFolder(async (folder) => {
      const pipe = path.join(folder, 'pipe.mp4');
      execFileSync('mkfifo', [pipe]);
      const { code, stderr } = await runExport([pipe, path.join(folder, 'out.mp4')]);
      assert.equal(code, 1);
      assert.match(stderr, /is not a file/);
    });
  });

  it('a stream whose pictures are garbage', async () => {
    await withFolder(async (folder) => {
      const bytes = readFileSync(media('small-vp8.webm'));
      bytes.fill(0xa5, 1200, 9000);
      const source = path.join(folder, 'garbage.webm');
      writeFileSync(source, bytes);
      const { code, stderr } = await runExport([source, path.join(folder, 'out.mp4')]);
      assert.equal(code, 1);
      assert.match(stderr, oneSentence);
      assert.deepEqual(leftOver(folder, 'garbage.webm'), []);
    });
  });
});

describe('an output that cannot be', { skip: mediaMissing }, () => {
  const refused = (situation: string, sentence: RegExp, output: string, ...args: string[]): void => {
    it(situation, async () => {
      await withFolder(async (folder) => {
        const source = path.join(folder, 'in.mp4');
        const bytes = readFileSync(media('small-av1.mp4'));
        writeFileSync(source, bytes);
        symlinkSync(source, path.join(folder, 'link.mp4'));
        mkdirSync(path.join(folder, 'folder.mp4'));
        const { code, stderr } = await runExport([source, path.join(folder, output), ...args]);
        assert.equal(code, 1);
        assert.match(stderr, oneSentence);
        assert.match(stderr, sentence);
        assert.deepEqual(readFileSync(source), bytes);
        assert.deepEqual(leftOver(folder, 'in.mp4', 'link.mp4', 'folder.mp4'), []);
      });
    });
  };
  refused('because it is the input, leaves that as it is', /is the input itself/, 'in.mp4');
  refused('because it is the input under another name, leaves that as it is', /is the input itself/, 'link.mp4');
  refused('because it is a folder', /folder\.mp4 is a folder/, 'folder.mp4');
  for (const name of ['in.mp4', 'picture.png']) {
    it(`because the disk is full is no success, from ${name}`, async () => {
      await withFolder(async (folder) => {
        const source = path.join(folder, name);
        writeFileSync(source, readFileSync(media(name === 'in.mp4' ? 'small-av1.mp4' : 'four-colors.png')));
        const { code, stderr } = await runExport([source, path.join(folder, 'out.mp4'), '--end', '1'], { room: 1 });
        assert.equal(code, 1);
        assert.match(stderr, /^out\.mp4 could not be written: EFBIG[^\n]+\.\n$/);
        assert.deepEqual(leftOver(folder, name), []);
      });
    });
  }
  refused('because a file is in the place of its folder', /in\.mp4 does not exist/, 'in.mp4/out.mp4');
  refused('because it is too large is not the input’s fault', /^out\.mp4 /, 'out.mp4', '--size', '99999x99999');
});

describe('--keep-partial', { skip: mediaMissing }, () => {
  it('keeps what a cut-off video still held, under another name, and still fails', async () => {
    await withFolder(async (folder) => {
      const name = 'bunny-1080p25-h264-aac.mp4';
      const source = cutCopy(folder, name, 0.3);
      const target = path.join(folder, 'out.mp4');
      const { code, stderr } = await runExport([source, target, '--keep-partial', '--size', '640x360']);
      assert.equal(code, 1);
      assert.match(stderr, /is cut off/);
      assert.match(stderr, /out\.partial\.mp4/);
      assert.equal(existsSync(target), false);
      assert.deepEqual(leftOver(folder, name), ['out.partial.mp4']);
      const { video, complaints } = await probe(path.join(folder, 'out.partial.mp4'));
      assert.equal(complaints, '');
      assert.ok(video && video.frames > 10 && video.frames < 125, `${video?.frames} frames`);
    });
  });

  it('keeps cut-off sound', async () => {
    await withFolder(async (folder) => {
      const name = 'music-44k1-flac.flac';
      const source = cutCopy(folder, name, 0.3);
      const { code } = await runExport([source, path.join(folder, 'out.ogg'), '--keep-partial']);
      assert.equal(code, 1);
      const { audio } = await probe(path.join(folder, 'out.partial.ogg'));
      assert.ok(audio && audio.end > 4 && audio.end < 12, `${audio?.end} s`);
    });
  });
});

describe('an interruption', { skip: mediaMissing }, () => {
  const source = media('clip-1080p30-hevc-aac.mp4');

  for (const codec of ['h264', 'av1', 'hevc']) {
    it(`stops an export to ${codec} within a second and leaves nothing behind`, async () => {
      await withFolder(async (folder) => {
        const target = path.join(folder, 'out.mp4');
        const { code, stderr, stopTime } = await runExport([source, target, '--video-codec', codec], {
          interruptWhen: (text) => /\d %/.test(text),
        });
        assert.equal(code, 130, stderr);
        assert.ok(stopTime < 1000, `took ${stopTime} ms`);
        assert.deepEqual(leftOver(folder), []);
      });
    });
  }

  it('leaves a file that was there before as it was', async () => {
    await withFolder(async (folder) => {
      const target = path.join(folder, 'out.mp4');
      writeFileSync(target, 'precious');
      const { code } = await runExport([source, target], { interruptWhen: (text) => /\d %/.test(text) });
      assert.equal(code, 130);
      assert.equal(readFileSync(target, 'utf8'), 'precious');
      assert.deepEqual(leftOver(folder, 'out.mp4'), []);
    });
  });
});
