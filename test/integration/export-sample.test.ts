import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { decode } from 'fast-png';
import { withFolder } from '../fixtures/debian-ffmpeg.js';
import { monoSound, probe, runExport } from '../fixtures/export-command.js';

const seconds = 5;
const frames = 150;

/** When each beep begins, in seconds: where it first reaches a tenth of its height after a silence. */
function beepStarts(sound: Float32Array): number[] {
  const starts: number[] = [];
  let quietSince = -48000;
  for (let index = 0; index < sound.length; index++) {
    if (Math.abs(sound[index] ?? 0) > 0.05) {
      if (index - quietSince > 4800) {
        starts.push(index / 48000);
      }
      quietSince = index;
    }
  }
  return starts;
}

describe('the export command without arguments', () => {
  it('makes a sample clip in two containers, with sound and picture in step, a table and a contact sheet', async () => {
    await withFolder(async (folder) => {
      const { code, stdout, stderr } = await runExport([], { cwd: folder });
      assert.equal(code, 0, stderr);
      assert.match(stdout, /frames\s+duration\s+size\s+fps\s+PSNR/);
      for (const name of ['sample.mp4', 'sample.webm']) {
        const row = stdout.split('\n').find((line) => line.startsWith(name)) ?? '';
        const psnr = Number(/([\d.]+) dB/.exec(row)?.[1]);
        assert.ok(psnr > 36, `${name}: ${psnr} dB in: ${row}`);
        assert.match(row, new RegExp(`\\b${frames}\\b`));

        const file = path.join(folder, 'out', name);
        const { video, audio, complaints } = await probe(file);
        assert.equal(complaints, '');
        assert.equal(video?.frames, frames);
        assert.ok(Math.abs(video.end - seconds) < 0.034, `the video ends at ${video.end}`);
        assert.ok(audio && Math.abs(audio.end - video.end) <= 0.02, `the sound ends at ${audio?.end}`);
        const starts = beepStarts(await monoSound(file));
        assert.equal(starts.length, seconds, `beeps at ${starts.join(', ')}`);
        for (const [second, start] of starts.entries()) {
          assert.ok(Math.abs(start - second) <= 0.02, `beep ${second} starts at ${start}`);
        }
      }
      const sheet = decode(readFileSync(path.join(folder, 'out', 'contact-sheet.png')));
      assert.ok(sheet.width > 1900 && sheet.height > 700);
      assert.ok(new Set(sheet.data).size > 100, 'the contact sheet is nearly blank');
    });
  });
});
