import assert from 'node:assert/strict';
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { makeMedia, withFolder } from '../fixtures/debian-ffmpeg.js';
import {
  comparePictures,
  compareTransparency,
  media,
  mediaMissing,
  monoSound,
  type Probed,
  packetDigests,
  probe,
  runExport,
} from '../fixtures/export-command.js';
import { bestLag } from '../fixtures/quality.js';

const syncTolerance = 0.02;
/** Seconds of 1024 samples of AAC at 44.1 kHz; Opus takes 0.02. */
const longestBlock = 0.024;

async function exportTo(folder: string, source: string, name: string, ...args: string[]): Promise<Probed> {
  const target = path.join(folder, name);
  const { code, stderr } = await runExport([source, target, ...args]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    readdirSync(folder).filter((entry) => entry.startsWith('.')),
    [],
    'a temporary file is left',
  );
  const probed = await probe(target);
  assert.equal(probed.complaints, '');
  return probed;
}

/** Both tracks are as long as in the source, where they are not cut by `--end`. */
function assertSameLength(exported: Probed, source: Probed, end = Number.POSITIVE_INFINITY): void {
  if (source.video && exported.video) {
    const frame = source.video.frames > 1 ? (source.video.end - source.video.start) / source.video.frames : 0.04;
    const expected = source.video.timestamps.filter((timestamp) => timestamp < end - 1e-4).length;
    assert.ok(
      Math.abs(exported.video.frames - expected) <= 1,
      `${exported.video.frames} frames instead of ${expected}`,
    );
    const videoEnd = Math.min(source.video.end, end);
    assert.ok(
      Math.abs(exported.video.end - videoEnd) <= frame + 1e-3,
      `the video ends at ${exported.video.end} instead of ${videoEnd}`,
    );
  }
  if (source.audio && exported.audio) {
    const audioEnd = Math.min(source.audio.end, end);
    const late = exported.audio.end - audioEnd;
    // ffprobe shows the last block whole, silence behind the end included.
    assert.ok(
      late >= -syncTolerance && late <= syncTolerance + longestBlock,
      `the sound ends at ${exported.audio.end} instead of ${audioEnd}`,
    );
    assert.ok(Math.abs(exported.audio.start - Math.max(0, source.audio.start)) <= syncTolerance);
  }
}

interface VideoCase {
  source: string;
  target: string;
  args?: string[];
  end?: number;
  codec: string;
  audio?: string;
  /** dB. */
  psnr: number;
}

const videoCases: readonly VideoCase[] = [
  { source: 'bunny-1080p25-h264-aac.mp4', target: 'bunny.mp4', codec: 'h264', audio: 'aac', psnr: 34 },
  {
    source: 'bunny-1080p25-h264-aac.mp4',
    target: 'bunny.webm',
    args: ['--size', '640x360'],
    end: 1,
    codec: 'vp9',
    audio: 'opus',
    psnr: 30,
  },
  { source: 'clip-1080p30-hevc-aac.mp4', target: 'clip.mov', end: 1, codec: 'h264', audio: 'aac', psnr: 30 },
  {
    source: 'clip-1080p30-hevc-aac.mp4',
    target: 'clip.mkv',
    args: ['--video-codec', 'hevc', '--audio-codec', 'opus'],
    end: 1,
    codec: 'hevc',
    audio: 'opus',
    psnr: 30,
  },
  { source: 'alpha-720p60-vp9.webm', target: 'alpha.mp4', end: 1, codec: 'h264', psnr: 32 },
  { source: 'alpha-720p60-vp9.webm', target: 'alpha.webm', end: 0.5, codec: 'vp9', psnr: 32 },
  { source: 'small-av1.mp4', target: 'small.webm', args: ['--video-codec', 'av1'], codec: 'av1', psnr: 32 },
  { source: 'small-av1.mp4', target: 'small.mov', args: ['--video-codec', 'prores'], codec: 'prores', psnr: 40 },
  { source: 'small-vp8.webm', target: 'small.mkv', args: ['--video-codec', 'vp8'], codec: 'vp8', psnr: 32 },
];

describe('a real video file is exported', { skip: mediaMissing }, () => {
  for (const { source, target, args = [], end, codec, audio, psnr } of videoCases) {
    const cut = end === undefined ? [] : ['--end', String(end)];
    it([source, 'to', target, ...args, ...cut].join(' '), async () => {
      await withFolder(async (folder) => {
        const exported = await exportTo(folder, media(source), target, ...args, ...cut);
        assert.equal(exported.video?.codec, codec);
        assert.equal(exported.audio?.codec, audio);
        assertSameLength(exported, await probe(media(source)), end);
        const { width, height } = exported.video;
        const reached = await comparePictures(path.join(folder, target), media(source), `scale=${width}:${height}`);
        assert.ok(reached >= psnr, `${reached} dB`);
      });
    });
  }
});

describe('transparency', { skip: mediaMissing }, () => {
  const source = media('alpha-720p60-vp9.webm');

  for (const args of [[], ['--size', '640x360'], ['--copy']]) {
    it(['is kept in VP9', ...args].join(' '), async () => {
      await withFolder(async (folder) => {
        const target = path.join(folder, 'alpha.webm');
        await exportTo(folder, source, 'alpha.webm', '--end', '0.25', ...args);
        const { width, height } = (await probe(target)).video ?? {};
        const reached = await compareTransparency(target, source, `scale=${width}:${height}`);
        assert.ok(reached > 34, `${reached} dB`);
      });
    });
  }
});

describe('a picture of 10 bits', () => {
  const hdr = ['-color_primaries', 'bt2020', '-color_trc', 'smpte2084', '-colorspace', 'bt2020nc'];
  for (const [name, colors, target, args, expected] of [
    ['keeps them in AV1 where it is of high dynamic range', hdr, 'out.mp4', ['--video-codec', 'av1'], 'yuv420p10le'],
    ['keeps them in VP9, resized', hdr, 'out.webm', ['--video-codec', 'vp9', '--size', '160x90'], 'yuv420p10le'],
    ['has 8 in VP9 where it is not', [], 'out.webm', ['--video-codec', 'vp9'], 'yuv420p'],
    ['has 8 in HEVC, which has no more here', hdr, 'out.mp4', ['--video-codec', 'hevc'], 'yuv420p'],
  ] as const) {
    it(name, async () => {
      await withFolder(async (folder) => {
        const source = path.join(folder, 'source.webm');
        const input = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=10:duration=1,format=yuv420p10le'];
        writeFileSync(source, await makeMedia(input, ['-c:v', 'libvpx-vp9', '-b:v', '1M', ...colors], 'webm'));
        const { video } = await exportTo(folder, source, target, ...args);
        assert.equal(video?.pixelFormat, expected);
        assert.equal(video.frames, 10);
        const scale = `scale=${video.width}:${video.height},format=yuv420p10le`;
        const reached = await comparePictures(path.join(folder, target), source, scale);
        assert.ok(reached > 30, `${reached} dB`);
      });
    });
  }
});

describe('a picture of odd size', () => {
  for (const [args, expected] of [
    [[], [322, 182]],
    [
      ['--rotate', '90'],
      [182, 322],
    ],
  ] as const) {
    it(['is rounded up where the codec needs it', ...args].join(' '), async () => {
      await withFolder(async (folder) => {
        const source = path.join(folder, 'odd.webm');
        const picture = ['-f', 'lavfi', '-i', 'testsrc=size=321x181:rate=25:duration=0.4'];
        writeFileSync(
          source,
          await makeMedia(picture, ['-c:v', 'libvpx-vp9', '-pix_fmt', 'yuv420p', '-b:v', '1M'], 'webm'),
        );
        const { video } = await exportTo(folder, source, 'even.mp4', ...args);
        assert.deepEqual([video?.frames, video?.width, video?.height], [10, ...expected]);
        const { video: odd } = await exportTo(folder, source, 'odd-again.webm', ...args);
        assert.deepEqual([odd?.frames, odd?.width], [10, args.length > 0 ? 182 : 321]);
      });
    });
  }
});

describe('sound', () => {
  const samplesPerSecond = 48_000;
  const picture = ['-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=4'];
  // Never the same again, so that there is one place only where it fits.
  const chirp = ['-f', 'lavfi', '-i', 'aevalsrc=0.4*sin(500*t*(1+t))|0.4*sin(500*t*(1+t)):s=48000:d=4'];
  const cases: readonly (readonly [target: string, audioCodec: string, toleratedLag: number])[] = [
    ['full.mp4', 'aac', 0.001],
    ['full.mov', 'aac', 0.001],
    ['full.mkv', 'aac', 0.001],
    // Matroska cannot say how much of Opus is to be skipped so that browsers and ffmpeg both understand it.
    ['full.webm', 'opus', 0.007],
  ];
  for (const [target, audioCodec, toleratedLag] of cases) {
    it(`in ${target} (${audioCodec}) is where it was in the source, up to the end`, async () => {
      await withFolder(async (folder) => {
        const source = path.join(folder, 'source.mp4');
        writeFileSync(source, await makeMedia([...picture, ...chirp], ['-c:a', 'aac', '-b:a', '192k'], 'mp4'));
        await exportTo(folder, source, target, '--audio-codec', audioCodec);
        const expected = await monoSound(source);
        const actual = await monoSound(path.join(folder, target));
        const reach = Math.round(0.05 * samplesPerSecond);
        const end = Math.min(expected.length, actual.length) - reach;
        const from = end - samplesPerSecond;
        const lag = bestLag(expected.subarray(from, end), actual.subarray(from, end), reach) / samplesPerSecond;
        assert.ok(Math.abs(lag) <= toleratedLag, `${lag} s late at the end`);
      });
    });
  }
});

interface AudioCase {
  source: string;
  target: string;
  args?: string[];
  end?: number;
  codec: string;
  sampleRate: number;
}

const audioCases: readonly AudioCase[] = [
  { source: 'music-24k-mp3.mp3', target: 'music.m4a', codec: 'aac', sampleRate: 24000 },
  { source: 'music-24k-mp3.mp3', target: 'music.ogg', end: 3, codec: 'opus', sampleRate: 48000 },
  { source: 'music-44k1-flac.flac', target: 'music.mp3', end: 4, codec: 'mp3', sampleRate: 44100 },
  { source: 'music-44k1-flac.flac', target: 'music.webm', end: 4, codec: 'opus', sampleRate: 48000 },
  { source: 'music-44k1-flac.flac', target: 'music.flac', end: 2, codec: 'flac', sampleRate: 44100 },
  { source: 'bunny-44k1-aac-frag.mp4', target: 'bunny.aac', end: 5, codec: 'aac', sampleRate: 44100 },
  {
    source: 'bunny-44k1-aac-frag.mp4',
    target: 'bunny.mkv',
    args: ['--audio-codec', 'vorbis'],
    end: 5,
    codec: 'vorbis',
    sampleRate: 44100,
  },
  { source: 'sfx-opus.ogg', target: 'sfx.wav', codec: 'pcm_s16le', sampleRate: 48000 },
  { source: 'sfx-vorbis.ogg', target: 'sfx.m4a', codec: 'aac', sampleRate: 48000 },
  { source: 'sfx-pcm-s24.wav', target: 'sfx.flac', codec: 'flac', sampleRate: 48000 },
  { source: 'bunny-1080p25-h264-aac.mp4', target: 'sound.mp3', end: 2, codec: 'mp3', sampleRate: 48000 },
];

describe('real sound is exported', { skip: mediaMissing }, () => {
  for (const { source, target, args = [], end, codec, sampleRate } of audioCases) {
    const cut = end === undefined ? [] : ['--end', String(end)];
    it([source, 'to', target, ...args, ...cut].join(' '), async () => {
      await withFolder(async (folder) => {
        const exported = await exportTo(folder, media(source), target, ...args, ...cut);
        assert.equal(exported.video, null);
        assert.equal(exported.audio?.codec, codec);
        assert.equal(exported.audio.sampleRate, sampleRate);
        const original = await probe(media(source));
        const expected = Math.min(
          end ?? Number.POSITIVE_INFINITY,
          (original.audio?.samples ?? 0) / (original.audio?.sampleRate ?? 1),
        );
        const length = exported.audio.samples / exported.audio.sampleRate;
        // Codecs with fixed blocks fill the last one up where the container can't say where it ends, and ffprobe cuts
        // off what LAME notes in an MP3, which Mediabunny does not read.
        assert.ok(Math.abs(length - expected) <= 0.08, `${length} s instead of ${expected} s`);
      });
    });
  }
});

describe('the options of the export command', { skip: mediaMissing }, () => {
  const bunny = media('bunny-1080p25-h264-aac.mp4');

  it('--size changes the picture and keeps its shape', async () => {
    await withFolder(async (folder) => {
      const { video } = await exportTo(folder, bunny, 'small.mp4', '--size', '400x400', '--end', '0.4');
      assert.deepEqual([video?.width, video?.height], [400, 400]);
      const target = path.join(folder, 'small.mp4');
      assert.ok((await comparePictures(target, bunny, 'scale=400:225,pad=400:400:0:(oh-ih)/2')) > 28);
    });
  });

  it('--rotate turns the pixels', async () => {
    await withFolder(async (folder) => {
      const { video } = await exportTo(folder, bunny, 'turned.mp4', '--rotate', '90', '--end', '0.4');
      assert.deepEqual([video?.width, video?.height], [1080, 1920]);
      assert.ok((await comparePictures(path.join(folder, 'turned.mp4'), bunny, 'transpose=clock')) > 32);
    });
  });

  it('--fps makes the frame rate constant', async () => {
    await withFolder(async (folder) => {
      const { video } = await exportTo(folder, bunny, 'slow.mp4', '--fps', '10', '--size', '320x180', '--end', '2');
      assert.equal(video?.frames, 20);
      for (const [index, timestamp] of video.timestamps.entries()) {
        assert.ok(Math.abs(timestamp - index / 10) < 1e-3, `frame ${index} at ${timestamp} s`);
      }
    });
  });

  it('--bitrate and --audio-bitrate are met', async () => {
    await withFolder(async (folder) => {
      const length = 3;
      const bitsPerSecond = async (bitrate: string): Promise<number> => {
        const name = `rate-${bitrate}.mkv`;
        const args = ['--bitrate', bitrate, '--audio-bitrate', '96k', '--size', '960x540', '--end', String(length)];
        await exportTo(folder, bunny, name, ...args);
        return (statSync(path.join(folder, name)).size * 8) / length;
      };
      const [low, high] = [await bitsPerSecond('500k'), await bitsPerSecond('1500k')];
      // Of a beginning that is this easy x264 does not spend all that it may.
      assert.ok(low > 0.65 * 596e3 && low < 1.25 * 596e3, `${low} b/s instead of 500k + 96k`);
      assert.ok(high > 0.65 * 1596e3 && high < 1.25 * 1596e3, `${high} b/s instead of 1500k + 96k`);
      assert.ok(high > 2 * low, `${low} and ${high} b/s instead of 500k + 96k and 1500k + 96k`);
    });
  });

  it('--start and --end cut to the frame', async () => {
    await withFolder(async (folder) => {
      const { video, audio } = await exportTo(
        folder,
        bunny,
        'cut.mp4',
        '--start',
        '1.2',
        '--end',
        '2.4',
        '--size',
        '640x360',
      );
      assert.equal(video?.frames, 30);
      assert.ok(video && Math.abs(video.start) < 1e-3);
      assert.ok(audio && Math.abs(audio.end - 1.2) <= syncTolerance && Math.abs(audio.start) <= syncTolerance);
      const target = path.join(folder, 'cut.mp4');
      const trimmed = 'trim=start_frame=30:end_frame=60,scale=640:360';
      assert.ok((await comparePictures(target, bunny, trimmed)) > 32);
    });
  });

  it('--start and --end count from where a recording begins, whatever its clock says', async () => {
    await withFolder(async (folder) => {
      const input = ['-f', 'lavfi', '-i', 'testsrc=size=160x120:rate=25:duration=2'];
      const source = path.join(folder, 'camera.ts');
      writeFileSync(source, await makeMedia(input, ['-c:v', 'libx264', '-bf', '0', '-output_ts_offset', '100'], 'ts'));
      const { video } = await exportTo(folder, source, 'cut.mp4', '--start', '0.4', '--end', '1.2');
      assert.equal(video?.frames, 20);
      assert.ok((await comparePictures(path.join(folder, 'cut.mp4'), source, 'trim=start_frame=10:end_frame=30')) > 30);
    });
  });

  it('the length that is told is that of the longer track', async () => {
    await withFolder(async (folder) => {
      const inputs = ['testsrc=size=160x120:rate=25:duration=2', 'sine=duration=0.5'];
      const source = path.join(folder, 'short-sound.mkv');
      const lavfi = inputs.flatMap((input) => ['-f', 'lavfi', '-i', input]);
      writeFileSync(source, await makeMedia(lavfi, ['-c:v', 'libx264', '-c:a', 'aac'], 'mkv'));
      const { stdout } = await runExport([source, path.join(folder, 'out.mp4')]);
      assert.match(stdout, /: 50 frames, 2\.0\d\d s, /);
    });
  });

  it('--copy passes every packet through unchanged', async () => {
    await withFolder(async (folder) => {
      const target = path.join(folder, 'copy.mkv');
      await exportTo(folder, bunny, 'copy.mkv', '--copy');
      assert.deepEqual(await packetDigests(target, 'v'), await packetDigests(bunny, 'v'));
      assert.deepEqual(await packetDigests(target, 'a'), await packetDigests(bunny, 'a'));
    });
  });

  it('--copy encodes only what the container cannot hold', async () => {
    await withFolder(async (folder) => {
      const source = media('small-vp8.webm');
      const { video } = await exportTo(folder, source, 'small.webm', '--copy');
      assert.equal(video?.codec, 'vp8');
      assert.deepEqual(await packetDigests(path.join(folder, 'small.webm'), 'v'), await packetDigests(source, 'v'));
      const mixed = await exportTo(folder, bunny, 'mixed.mov', '--copy', '--audio-codec', 'pcm', '--end', '1');
      assert.equal(mixed.audio?.codec, 'pcm_s16le');
      const head = (await packetDigests(bunny, 'v')).slice(0, 10);
      assert.deepEqual((await packetDigests(path.join(folder, 'mixed.mov'), 'v')).slice(0, 10), head);
    });
  });

  it('--run-in inline gives the same picture', async () => {
    await withFolder(async (folder) => {
      const args = ['--end', '0.4', '--size', '320x180'];
      const child = await exportTo(folder, bunny, 'child.mp4', ...args);
      const inline = await exportTo(folder, bunny, 'inline.mp4', ...args, '--run-in', 'inline');
      assert.equal(inline.video?.frames, child.video?.frames);
      assert.ok((await comparePictures(path.join(folder, 'inline.mp4'), path.join(folder, 'child.mp4'))) > 45);
    });
  });

  it('a codec that the container cannot hold is refused in a sentence', async () => {
    await withFolder(async (folder) => {
      const target = path.join(folder, 'wrong.webm');
      const { code, stderr } = await runExport([bunny, target, '--video-codec', 'h264']);
      assert.equal(code, 1);
      assert.match(stderr, /^A \.webm file cannot hold avc; it holds .*vp9.*\.\n$/);
      assert.equal(existsSync(target), false);
    });
  });
});
