/** The README's TypeScript compiles against the package's own types, and does what it shows. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { compile, load, makeFolder, readDocument } from '../fixtures/document-code.js';
import { media, mediaMissing } from '../fixtures/export-command.js';

function exampleUnder(heading: string): string {
  const section =
    readDocument('README.md').split(`\n### ${heading}\n`)[1] ?? assert.fail(`README.md has no heading "${heading}"`);
  return /```ts\n([\s\S]*?)```/.exec(section)?.[1] ?? assert.fail(`No TypeScript under "${heading}"`);
}

describe('the examples of the README', () => {
  // Where `electron-webcodecs` names this package.
  const folder = makeFolder('readme');
  before(() => {
    writeFileSync(join(folder, 'encode.ts'), `${exampleUnder('Encode')}\nexport { chunks };\n`);
    writeFileSync(
      join(folder, 'transcode.ts'),
      exampleUnder('Decode → encode, with no pixel crossing the process line'),
    );
    writeFileSync(join(folder, 'export-file.ts'), exampleUnder('Export files with Mediabunny'));
    writeFileSync(join(folder, 'images.ts'), exampleUnder('Images'));
    // These two run in Electron: test/integration/electron-*.test.ts and test/browser do what they show.
    writeFileSync(join(folder, 'main-process.ts'), exampleUnder("Electron's main process"));
    writeFileSync(join(folder, 'page.ts'), exampleUnder('In a page'));
    const files = ['encode', 'transcode', 'export-file', 'images', 'main-process', 'page'];
    compile(
      folder,
      files.map((name) => `${name}.ts`),
    );
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('encodes thirty frames, the first with a description', async () => {
    const { chunks } = (await load(folder, 'encode.js')) as { chunks: { config?: { description?: unknown } }[] };
    assert.equal(chunks.length, 30);
    assert.ok(chunks[0]?.config?.description);
  });

  it('turns H.264 into VP9', { skip: mediaMissing }, async () => {
    const bunny = media('bunny-1080p25-h264-aac.mp4');
    const { ALL_FORMATS, EncodedPacketSink, FilePathSource, Input } = await import('mediabunny');
    const input = new Input({ source: new FilePathSource(bunny), formats: ALL_FORMATS });
    const track = (await input.getPrimaryVideoTrack()) ?? assert.fail('no video track');
    const description = (await track.getDecoderConfig())?.description ?? assert.fail('no description');
    const packets = [];
    for await (const packet of new EncodedPacketSink(track).packets()) {
      packets.push({ key: packet.type === 'key', timestamp: packet.microsecondTimestamp, data: packet.data });
      if (packets.length === 10) break;
    }
    const { transcode } = (await load(folder, 'transcode.js')) as {
      transcode(description: unknown, packets: unknown): Promise<Uint8Array[]>;
    };
    const made = await transcode(description, packets);
    assert.equal(made.length, packets.length);
    assert.ok(made.every((data) => data.byteLength > 0));
  });

  it('tells how long the frames of an image are shown', { skip: mediaMissing }, async () => {
    const { durations } = (await load(folder, 'images.js')) as {
      durations(path: string, type: string): Promise<(number | null)[]>;
    };
    // One picture that is not an animation's.
    assert.deepEqual(await durations(media('four-colors.gif'), 'image/gif'), [null]);
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc2=rate=5:duration=1',
      join(folder, 'five.gif'),
    ]);
    assert.deepEqual(await durations(join(folder, 'five.gif'), 'image/gif'), Array(5).fill(200_000));
  });

  it('exports a file through Mediabunny', { skip: mediaMissing }, async () => {
    const small = media('small-av1.mp4');
    const { exportFile } = (await load(folder, 'export-file.js')) as {
      exportFile(from: string, to: string, onProgress: (part: number) => void): Promise<void>;
    };
    const made = join(folder, 'made.mp4');
    let progress = 0;
    await exportFile(small, made, (part) => {
      progress = part;
    });
    const words = ['-v', 'error', '-select_streams', 'v', '-show_entries', 'stream=codec_name,width', '-of', 'csv=p=0'];
    assert.equal(execFileSync('ffprobe', [...words, made], { encoding: 'utf8' }).trim(), 'hevc,640');
    assert.equal(progress, 1);
  });
});
