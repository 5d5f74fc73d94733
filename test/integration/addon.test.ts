import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import { addonPath } from '../../native/index.js';
import { bothWays, withHost } from '../fixtures/codec-host.js';
import { withFolder } from '../fixtures/debian-ffmpeg.js';
import { runProgram } from '../fixtures/processes.js';

const execute = promisify(execFile);

const avSymbol = /^_?(av|avcodec|avformat|avutil|swr?s?|swscale|swresample|ff)_/;

async function dynamicSymbols(which: '--defined-only' | '--undefined-only'): Promise<string[]> {
  const { stdout } = await execute('nm', ['-D', '--format=posix', which, addonPath()], { maxBuffer: 2 ** 26 });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => (line.split(' ')[0] as string).replace(/@.*$/, ''));
}

/** Aborts in every function that an addon bound to a shared libav would call first. */
const fakeLibrary = [
  ...['avcodec_open2', 'avcodec_send_frame', 'avcodec_receive_packet', 'avcodec_send_packet', 'avcodec_receive_frame'],
  ...['avcodec_find_encoder', 'avcodec_find_encoder_by_name', 'avcodec_find_decoder', 'avcodec_find_decoder_by_name'],
  ...['avcodec_alloc_context3', 'avcodec_free_context', 'avcodec_license', 'avcodec_version', 'avcodec_flush_buffers'],
  ...[
    'av_frame_alloc',
    'av_frame_free',
    'av_packet_alloc',
    'av_packet_free',
    'av_malloc',
    'av_strerror',
    'av_log_set_level',
  ],
  ...['sws_getContext', 'sws_scale', 'sws_scale_frame', 'swr_alloc', 'swr_convert', 'swr_init'],
]
  .map((name) => `void ${name}(void) { fprintf(stderr, "the fake ${name} was called\\n"); abort(); }`)
  .join('\n');

async function withFakeLibrary(body: (path: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const source = join(folder, 'fake.c');
    const path = join(folder, 'libffmpeg.so');
    await writeFile(source, `#include <stdio.h>\n#include <stdlib.h>\n${fakeLibrary}\n`);
    await execute('gcc', ['-shared', '-fPIC', '-o', path, source]);
    await body(path);
  });
}

describe('the addon keeps its FFmpeg to itself', () => {
  it('it exports the two Node-API symbols and nothing else', async () => {
    const names = await dynamicSymbols('--defined-only');
    assert.deepEqual(names.sort(), ['napi_register_module_v1', 'node_api_module_get_api_version_v1']);
  });

  it('it asks for no libav symbol of the process', async () => {
    const names = await dynamicSymbols('--undefined-only');
    assert.ok(
      names.some((name) => name.startsWith('napi_')),
      'the list is that of the addon',
    );
    assert.deepEqual(
      names.filter((name) => avSymbol.test(name)),
      [],
    );
    const { stdout } = await execute('readelf', ['-d', addonPath()]);
    assert.doesNotMatch(stdout, /lib(av|sw)\w+\.so|libstdc\+\+|libgcc_s/);
  });

  it('the fake library is one that a program bound to libav dies of', async () => {
    await withFakeLibrary(async (fake) => {
      const failure = await execute('ffmpeg', ['-f', 'lavfi', '-i', 'testsrc2=duration=0.1', '-f', 'null', '-'], {
        env: { ...process.env, LD_PRELOAD: fake },
      }).then(
        () => undefined,
        (error: { stderr: string }) => error,
      );
      assert.match(failure?.stderr ?? '', /the fake \w+ was called/);
    });
  });

  for (const runIn of bothWays) {
    it(`every codec goes round with a fake libffmpeg.so preloaded, host ${runIn}`, async () => {
      await withFakeLibrary(async (fake) => {
        const ended = await runProgram('core-suite', { args: [runIn, fake], env: { LD_PRELOAD: fake } });
        assert.equal(ended.code, 0, ended.stderr);
        assert.match(ended.stdout, /all codecs went round/);
      });
    });
  }
});

describe('the codec set says what it is', () => {
  it('the default variant is LGPL 2.1 or later; nothing GPL, version 3 or non-free is configured in', () =>
    withHost('inline', async (host) => {
      const versions = await host.versions();
      const wanted = process.env['CODEC_VARIANT'] ?? 'lgpl';
      assert.equal(versions.variant, wanted);
      const licence = wanted === 'gpl' ? 'GPL version 2 or later' : 'LGPL version 2.1 or later';
      assert.equal(versions.avcodecLicense, licence);
      assert.doesNotMatch(versions.avcodecConfiguration, /--enable-(version3|nonfree|libfdk)/);
      if (wanted === 'lgpl') assert.doesNotMatch(versions.avcodecConfiguration, /--enable-(gpl|libx264|libx265)/);
    }));
});
