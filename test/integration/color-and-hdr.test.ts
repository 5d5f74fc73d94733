import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { promisify } from 'node:util';
import type { VideoCodec } from 'mediabunny';
import { traceChunks } from '../fixtures/bitstream.js';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import {
  type Encoded,
  encodeVideo,
  type VideoChunk,
  type VideoDecoderConfigOf,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';
import { demuxVideo, muxVideo } from '../fixtures/container.js';
import { makeMedia, withFolder } from '../fixtures/debian-ffmpeg.js';
import { syntheticPicture } from '../fixtures/synthetic-video.js';

const execute = promisify(execFile);
const width = 320;
const height = 240;

type ColorSpace = NonNullable<VideoDecoderConfigOf['colorSpace']>;

interface CodecColor {
  config: Pick<VideoEncoderConfigOf, 'codec' | 'avc' | 'hevc'>;
  judge: VideoCodec;
  input: string;
  /** Syntax elements for primaries, transfer, matrix and range, where the codec has them. */
  syntax: readonly [string | null, string | null, string, string];
  /** Matrix code points that are not H.273's. */
  matrices?: Readonly<Record<number, number>>;
}

const av1Syntax = ['color_primaries', 'transfer_characteristics', 'matrix_coefficients', 'color_range'] as const;
const nalSyntax = [
  'colour_primaries',
  'transfer_characteristics',
  'matrix_coefficients',
  'video_full_range_flag',
] as const;

const codecs: readonly CodecColor[] = [
  { config: { codec: 'avc1.64001f', avc: { format: 'annexb' } }, judge: 'avc', input: 'I420', syntax: nalSyntax },
  { config: { codec: 'hev1.1.6.L93.B0', hevc: { format: 'annexb' } }, judge: 'hevc', input: 'I420', syntax: nalSyntax },
  {
    config: { codec: 'vp09.02.10.10' },
    judge: 'vp9',
    input: 'I420P10',
    syntax: [null, null, 'color_space', 'color_range'],
    matrices: { 1: 2, 6: 3, 9: 5 },
  },
  { config: { codec: 'av01.0.04M.10' }, judge: 'av1', input: 'I420P10', syntax: av1Syntax },
  { config: { codec: 'av01.1.04M.10' }, judge: 'av1', input: 'I444P10', syntax: av1Syntax },
];

/** VideoColorSpace names and H.273 code points of what they stand for. */
const spaces: readonly { name: string; space: ColorSpace; codes: readonly [number, number, number, number] }[] = [
  {
    name: 'BT.2020 PQ',
    space: { primaries: 'bt2020', transfer: 'pq', matrix: 'bt2020-ncl', fullRange: false },
    codes: [9, 16, 9, 0],
  },
  {
    name: 'BT.2020 HLG, full range',
    space: { primaries: 'bt2020', transfer: 'hlg', matrix: 'bt2020-ncl', fullRange: true },
    codes: [9, 18, 9, 1],
  },
  {
    name: 'BT.601',
    space: { primaries: 'smpte170m', transfer: 'smpte170m', matrix: 'smpte170m', fullRange: false },
    codes: [6, 6, 6, 0],
  },
];

async function encodeIn(
  webcodecs: WebCodecs,
  { config, input }: CodecColor,
  colorSpace: ColorSpace,
): Promise<Encoded<VideoChunk, VideoDecoderConfigOf>> {
  const { data } = syntheticPicture(0, width, height, { format: input });
  const frame = new webcodecs.VideoFrame(data, {
    format: input as VideoPixelFormat,
    codedWidth: width,
    codedHeight: height,
    timestamp: 0,
    colorSpace,
  });
  const encoded = await encodeVideo(webcodecs, { ...config, width, height, bitrate: 500_000 }, [{ frame }]);
  assert.deepEqual(encoded.errors, []);
  return encoded;
}

async function decodedSpace(
  webcodecs: WebCodecs,
  config: VideoDecoderConfigOf,
  chunks: readonly VideoChunk[],
): Promise<unknown> {
  let seen: unknown;
  const decoder = new webcodecs.VideoDecoder({
    output: (frame) => {
      seen ??= frame.colorSpace.toJSON();
      frame.close();
    },
    error: (error) => assert.fail(error.message),
  });
  decoder.configure(config);
  for (const chunk of chunks) decoder.decode(chunk);
  await decoder.flush();
  decoder.close();
  return seen;
}

describe('the colour space of the frames', () => {
  for (const codec of codecs) {
    for (const { name, space, codes } of spaces) {
      it(`${codec.config.codec}, ${name}: stands in the bitstream, in decoderConfig and on decoded frames`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const encoded = await encodeIn(webcodecs, codec, space);
          assert.deepEqual({ ...encoded.decoderConfig?.colorSpace }, space);
          const { packets } = await traceChunks(codec.judge, encoded);
          codec.syntax.forEach((element, index) => {
            if (element === null) return;
            const code = codes[index] as number;
            const expected = index === 2 ? (codec.matrices?.[code] ?? code) : code;
            assert.equal(packets[0]?.get(element)?.at(-1), expected, element);
          });
          assert.ok(encoded.decoderConfig);
          const { colorSpace: _, ...bare } = encoded.decoderConfig;
          const inBand = codec.syntax[0] === null ? { ...space, primaries: null, transfer: null } : space;
          assert.deepEqual(await decodedSpace(webcodecs, bare, encoded.chunks), inBand);
        }));
    }
  }

  it('a decoder configuration goes before what the stream says, member by member', () =>
    withHost('inline', async ({ webcodecs }) => {
      const [codec] = codecs as [CodecColor];
      const [pq] = spaces as [(typeof spaces)[number]];
      const { chunks, decoderConfig } = await encodeIn(webcodecs, codec, pq.space);
      assert.ok(decoderConfig);
      const colorSpace = { transfer: 'bt709', fullRange: true } as const;
      assert.deepEqual(await decodedSpace(webcodecs, { ...decoderConfig, colorSpace }, chunks), {
        ...pq.space,
        ...colorSpace,
      });
    }));
});

interface ProbedSideData extends Partial<Record<keyof typeof mastering, string>> {
  side_data_type: string;
  max_content?: number;
  max_average?: number;
}

/** Side data of the first frame, as the system's ffprobe decodes it. */
async function probeFirstFrame(file: Uint8Array): Promise<ProbedSideData[]> {
  return withFolder(async (folder) => {
    const path = join(folder, 'input');
    await writeFile(path, file);
    const { stdout } = await execute('ffprobe', [
      ...['-v', 'error', '-read_intervals', '%+#1', '-select_streams', 'v:0'],
      ...['-show_frames', '-of', 'json', path],
    ]);
    const { frames } = JSON.parse(stdout) as { frames: { side_data_list?: ProbedSideData[] }[] };
    return frames[0]?.side_data_list ?? [];
  });
}

function ratio(text: string | undefined): number {
  const [above = Number.NaN, below = Number.NaN] = (text ?? '').split('/').map(Number);
  return above / below;
}

type Frame = InstanceType<WebCodecs['VideoFrame']>;

async function decodeAll(
  webcodecs: WebCodecs,
  { config, chunks }: Pick<Awaited<ReturnType<typeof demuxVideo>>, 'config' | 'chunks'>,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  const decoder = new webcodecs.VideoDecoder({
    output: (frame) => frames.push(frame),
    error: (error) => assert.fail(error.message),
  });
  decoder.configure(config);
  for (const chunk of chunks) decoder.decode(chunk);
  await decoder.flush();
  decoder.close();
  return frames;
}

function assertIsMastered(sides: readonly ProbedSideData[]): void {
  const display = sides.find((side) => side.side_data_type.startsWith('Mastering'));
  const light = sides.find((side) => side.side_data_type.startsWith('Content light'));
  for (const [name, expected] of Object.entries(mastering)) {
    const found = ratio(display?.[name as keyof typeof mastering]);
    assert.ok(Math.abs(found - expected) < expected / 1000 + 0.0001, `${name} is ${found}, not ${expected}`);
  }
  assert.deepEqual([light?.max_content, light?.max_average], [1000, 400]);
}

const mastering = {
  red_x: 0.68,
  red_y: 0.32,
  green_x: 0.265,
  green_y: 0.69,
  blue_x: 0.15,
  blue_y: 0.06,
  white_point_x: 0.3127,
  white_point_y: 0.329,
  min_luminance: 0.005,
  max_luminance: 1000,
} as const;

describe('HDR', () => {
  const master = 'G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50)';
  const params = `log-level=none:hdr10=1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=${master}:max-cll=1000,400`;
  const makeSource = () =>
    makeMedia(
      ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25:duration=0.2`],
      ['-c:v', 'libx265', '-pix_fmt', 'yuv420p10le', '-tag:v', 'hvc1', '-x265-params', params],
      'mp4',
    );

  // SVT-AV1 makes the Main profile, libaom all others, and x265 HEVC where it is built in.
  const ways = [
    { codec: 'av01.0.04M.10', judge: 'av1', variant: null },
    { codec: 'av01.1.04M.10', judge: 'av1', variant: null },
    { codec: 'hvc1.2.4.L93.B0', judge: 'hevc', variant: 'gpl' },
  ] as const;
  for (const { codec, judge, variant } of ways) {
    it(`${codec}: mastering display and light levels come over from decoded HEVC, and from its own frames again`, (context) =>
      withHost('child', async (host) => {
        if (variant !== null && (await host.versions()).variant !== variant) {
          context.skip(`no encoder of the LGPL variant writes them`);
          return;
        }
        const { webcodecs } = host;
        let frames = await decodeAll(webcodecs, await demuxVideo(webcodecs, await makeSource()));
        for (let generation = 0; generation < 2; generation++) {
          const encoded = await encodeVideo(
            webcodecs,
            { codec, width, height, bitrate: 500_000 },
            frames.map((frame) => ({ frame })),
          );
          assert.deepEqual(encoded.errors, []);
          assertIsMastered(await probeFirstFrame(await muxVideo(judge, 'mkv', encoded)));
          assert.ok(encoded.decoderConfig);
          frames = await decodeAll(webcodecs, { config: encoded.decoderConfig, chunks: encoded.chunks });
        }
        for (const frame of frames) frame.close();
      }));
  }
});
