/** One profile in one mode: encoded, decoded by us, and decoded by the system's ffmpeg. */
import assert from 'node:assert/strict';
import type { WebCodecs } from '../fixtures/codec-host.js';
import {
  type ColorSpaceOf,
  chunkBytes,
  decodeVideo,
  type Encoded,
  encodeVideo,
  type NumberedOptions,
  numberedInputs,
  type VideoChunk,
  type VideoDecoderConfigOf,
  type VideoEncodeOptions,
  type VideoEncoderConfigOf,
} from '../fixtures/coders.js';
import { elementaryStream, ivfFile, muxVideo } from '../fixtures/container.js';
import { decodePictures, probeStream } from '../fixtures/debian-ffmpeg.js';
import { assertSamePlaces, psnr } from '../fixtures/quality.js';
import { type RawPicture, readFrameNumber, syntheticPicture } from '../fixtures/synthetic-video.js';
import { bytesOf, type Measured, refusalOf } from './results.js';
import { judgeFormat, pixelFormat, type VideoMode, type VideoProfile } from './video-rows.js';

const frames = 16;
/** The second key frame, where the mode leaves that to the caller. */
const askedKey = 6;
const framerate = 30;

const hdrColor = { primaries: 'bt2020', transfer: 'pq', matrix: 'bt2020-ncl', fullRange: false } as ColorSpaceOf;

/** The temporal layers of chunk after chunk. */
const layerPatterns: Partial<Record<VideoMode, readonly number[]>> = { L1T2: [0, 1], L1T3: [0, 2, 1, 2] };

type Coded = Encoded<VideoChunk, VideoDecoderConfigOf>;

function configOf(profile: VideoProfile, mode: VideoMode): VideoEncoderConfigOf {
  const { string: codec, size, bitrate } = profile;
  const common = { codec, ...size, framerate };
  switch (mode) {
    case 'quality':
      return { ...common, bitrate, latencyMode: 'quality' };
    case 'hdr':
      return { ...common, bitrate, codec: codec.replace(/01\.01\.01(\.0+)$/, '09.16.09$1') };
    case 'realtime':
      return { ...common, bitrate, latencyMode: 'realtime' };
    case 'constant':
      return { ...common, bitrate, bitrateMode: 'constant' };
    case 'quantizer':
      return { ...common, bitrateMode: 'quantizer' };
    case 'annexb':
      return { ...common, bitrate, avc: { format: 'annexb' }, hevc: { format: 'annexb' } };
    case 'L1T2':
    case 'L1T3':
      return { ...common, bitrate, latencyMode: 'realtime', scalabilityMode: mode };
    case 'alpha':
      return { ...common, bitrate, alpha: 'keep' };
  }
}

function picturesOf(profile: VideoProfile, mode: VideoMode): NumberedOptions {
  const format = pixelFormat(profile, mode === 'alpha');
  return { format, framerate, ...(mode === 'hdr' ? { colorSpace: hdrColor } : {}) };
}

/** Fine and coarse, on the scale of the codec. */
function quantizerOf({ mediabunny }: VideoProfile, coarse: boolean): VideoEncodeOptions {
  if (mediabunny === 'vp9') return { vp9: { quantizer: coarse ? 200 : 60 } };
  if (mediabunny === 'av1') return { av1: { quantizer: coarse ? 200 : 60 } };
  const quantizer = coarse ? 44 : 20;
  return { avc: { quantizer }, hevc: { quantizer } };
}

function encode(webcodecs: WebCodecs, profile: VideoProfile, mode: VideoMode, coarse = false): Promise<Coded> {
  const { width, height } = profile.size;
  return encodeVideo(
    webcodecs,
    configOf(profile, mode),
    numberedInputs(webcodecs, frames, width, height, picturesOf(profile, mode), (number) => ({
      keyFrame: number === askedKey && !layerPatterns[mode],
      ...(mode === 'quantizer' ? quantizerOf(profile, coarse) : {}),
    })),
  );
}

const timeOf = (number: number): number => Math.round((number * 1e6) / framerate);

function assertChunks(
  profile: VideoProfile,
  mode: VideoMode,
  { chunks, configsAt, decoderConfig, errors }: Coded,
): void {
  assert.deepEqual(errors, []);
  const inOrder = [...chunks].sort((left, right) => left.timestamp - right.timestamp);
  assert.deepEqual(
    inOrder.map(({ timestamp, duration }) => [timestamp, duration]),
    Array.from({ length: frames }, (_, number) => [timeOf(number), timeOf(number + 1) - timeOf(number)]),
    'one chunk for each frame, with its time and duration',
  );
  const types = inOrder.map((chunk) => chunk.type);
  if (profile.intraOnly) assert.ok(types.every((type) => type === 'key'));
  else assert.ok(types.includes('delta'), 'there are delta chunks');
  assert.equal(types[0], 'key');
  if (!layerPatterns[mode]) assert.equal(types[askedKey], 'key', `frame ${askedKey} was asked to be a key frame`);
  assert.equal(configsAt[0], 0, 'the first chunk tells the decoder configuration');
  const { width, height } = profile.size;
  assert.deepEqual([decoderConfig?.codedWidth, decoderConfig?.codedHeight], [width, height]);
  const description = bytesOf(decoderConfig?.description);
  if (mode === 'annexb' || profile.description === 'none') assert.equal(description, null);
  else assert.equal(description?.[0], 1, `${profile.description} starts with its version`);
  if (description || mode === 'annexb') for (const chunk of chunks) assertFraming(chunk, description !== null);
}

/** Length-prefixed beside a description, with start codes without one. */
function assertFraming(chunk: VideoChunk, prefixed: boolean): void {
  const bytes = Buffer.from(chunkBytes(chunk));
  if (!prefixed) {
    assert.ok(bytes.readUInt32BE(0) === 1 || bytes.readUIntBE(0, 3) === 1, 'a chunk starts with a start code');
    return;
  }
  let at = 0;
  while (at < bytes.length) at += 4 + bytes.readUInt32BE(at);
  assert.equal(at, bytes.length, 'the NAL lengths add up to the chunk');
}

/** Colour's planes, and alpha's, which counts as much. */
const planesOf = ({ format }: RawPicture): number[][] => (format.includes('A') ? [[0, 1, 2], [3]] : [[0, 1, 2]]);

/** The least PSNR over all pictures. */
function qualityOf(originals: readonly RawPicture[], pictures: readonly RawPicture[], who: string): number {
  let least = Infinity;
  for (const [number, original] of originals.entries()) {
    const picture = pictures[number];
    assert.ok(picture, `${who}: picture ${number} is missing`);
    for (const some of planesOf(original)) least = Math.min(least, psnr(original, picture, some));
  }
  return least;
}

/** The pictures that went in. */
function originalsOf(profile: VideoProfile, mode: VideoMode): RawPicture[] {
  const { width, height } = profile.size;
  const options = picturesOf(profile, mode);
  return Array.from({ length: frames }, (_, number) => syntheticPicture(number, width, height, options));
}

async function decode(
  webcodecs: WebCodecs,
  profile: VideoProfile,
  mode: VideoMode,
  coded: Coded,
): Promise<RawPicture[]> {
  assert.ok(coded.decoderConfig);
  const { outputs, errors } = await decodeVideo(webcodecs, coded.decoderConfig, coded.chunks, coded.metadata);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    outputs.map(({ timestamp, duration }) => [timestamp, duration]),
    Array.from({ length: frames }, (_, number) => [timeOf(number), timeOf(number + 1) - timeOf(number)]),
    'one picture for each chunk, in order, with its time and duration',
  );
  const format = pixelFormat({ ...profile, bits: profile.depthOut ?? profile.bits }, mode === 'alpha');
  for (const [number, { picture, colorSpace }] of outputs.entries()) {
    assert.equal(picture.format, format);
    assert.equal(readFrameNumber(picture), number, 'the picture is the one its time says');
    if (mode === 'hdr') assert.deepEqual({ ...colorSpace }, { ...hdrColor });
  }
  return outputs.map(({ picture }) => picture);
}

/** The stream as a file for ffmpeg, in a container or bare. */
async function fileOf(
  profile: VideoProfile,
  mode: VideoMode,
  coded: Coded,
): Promise<[file: Uint8Array, format?: string]> {
  const { elementary, mediabunny, container } = profile;
  const bare =
    mediabunny === null || mode === 'annexb' || (coded.decoderConfig?.description === undefined && mode === 'realtime');
  if (bare && elementary === 'ivf') {
    return [ivfFile(mediabunny === 'vp8' ? 'VP80' : 'VP90', profile.size, coded.chunks), 'ivf'];
  }
  if (bare && elementary === 'obu') return [withTemporalDelimiters(coded.chunks), elementary];
  if (bare && elementary) return [elementaryStream(coded.chunks), elementary];
  assert.ok(mediabunny, `${profile.codec} has neither a container nor a bare form`);
  return [await muxVideo(mediabunny, container, coded)];
}

/** A bare AV1 stream says where each picture begins; chunks go without, as the codec's registration asks. */
function withTemporalDelimiters(chunks: readonly VideoChunk[]): Uint8Array {
  const delimiter = Uint8Array.of(0x12, 0);
  return Buffer.concat(chunks.flatMap((chunk) => [delimiter, chunkBytes(chunk)]));
}

/** The system's ffmpeg decodes it without a warning, to as many pictures as went in. */
async function judge(profile: VideoProfile, mode: VideoMode, coded: Coded): Promise<RawPicture[]> {
  const [file, inputFormat] = await fileOf(profile, mode, coded);
  const { width, height } = profile.size;
  const format = pixelFormat(profile, mode === 'alpha');
  const alphaDecoder = { vp8: 'libvpx', vp9: 'libvpx-vp9' }[profile.mediabunny as string];
  const raw = await decodePictures(file, judgeFormat(format), {
    ...(inputFormat ? { inputFormat } : {}),
    ...(mode === 'alpha' && alphaDecoder ? { decoder: alphaDecoder } : {}),
  });
  const originals = originalsOf(profile, mode);
  const length = originals[0]?.data.length ?? Number.NaN;
  assert.equal(raw.length / length, frames, 'the judge found every frame and none besides');
  if (mode === 'hdr') {
    const { color_primaries, color_transfer, color_range } = await probeStream(file);
    assert.deepEqual([color_primaries, color_transfer, color_range], ['bt2020', 'smpte2084', 'tv']);
    // Mediabunny's Matroska writer overwrites VP9's own matrix, so that is read from the bare chunks.
    const { color_space } = await probeStream(
      profile.mediabunny === 'vp9' ? ivfFile('VP90', profile.size, coded.chunks) : file,
    );
    assert.equal(color_space, 'bt2020nc');
  }
  return originals.map((_, number) => ({
    ...{ format, width, height },
    data: new Uint8Array(raw.subarray(number * length, (number + 1) * length)),
  }));
}

/** Decoding is exactly defined; but for the inverse transforms of codecs that know no other pictures. */
function assertSamePictures(profile: VideoProfile, ours: readonly RawPicture[], judged: readonly RawPicture[]): void {
  const least = profile.intraOnly ? 60 : Infinity;
  for (const [number, picture] of ours.entries()) {
    for (const planes of planesOf(picture)) {
      const quality = psnr(judged[number] as RawPicture, picture, planes);
      assert.ok(quality >= least, `picture ${number}, planes ${planes}: ${quality.toFixed(1)} dB against the judge's`);
    }
  }
}

/** Every chunk says its layer, and without the upper layers the rest still decodes. */
async function assertLayers(webcodecs: WebCodecs, pattern: readonly number[], coded: Coded): Promise<void> {
  const layers = coded.metadata.map((metadata) => metadata.svc?.temporalLayerId);
  assert.deepEqual(
    layers,
    layers.map((_, index) => pattern[index % pattern.length]),
  );
  const base = coded.chunks.filter((_, index) => layers[index] === 0);
  assert.ok(coded.decoderConfig);
  const alone = await decodeVideo(webcodecs, coded.decoderConfig, base);
  assert.deepEqual(alone.errors, []);
  assert.deepEqual(
    alone.outputs.map((output) => output.timestamp),
    base.map((chunk) => chunk.timestamp),
    'the base layer decodes alone',
  );
  const whole = await decodeVideo(webcodecs, coded.decoderConfig, coded.chunks);
  for (const { timestamp, picture } of alone.outputs) {
    const same = whole.outputs.find((output) => output.timestamp === timestamp);
    assert.ok(
      same && Buffer.from(same.picture.data).equals(picture.data),
      `base frame at ${timestamp} µs leans on what is gone`,
    );
  }
}

const totalBytes = ({ chunks }: Coded): number => chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);

/** Throws where what isConfigSupported says is not true, or the stream is not what it should be. */
export async function measureVideo(webcodecs: WebCodecs, profile: VideoProfile, mode: VideoMode): Promise<Measured> {
  const config = configOf(profile, mode);
  if (!(await webcodecs.VideoEncoder.isConfigSupported(config)).supported) {
    return { works: false, reason: await refusalOf(webcodecs.VideoEncoder, config) };
  }
  const coded = await encode(webcodecs, profile, mode);
  assertChunks(profile, mode, coded);
  const pattern = layerPatterns[mode];
  if (pattern) await assertLayers(webcodecs, pattern, coded);
  if (mode === 'quantizer') {
    const coarse = await encode(webcodecs, profile, mode, true);
    assert.ok(totalBytes(coarse) * 1.5 < totalBytes(coded), 'a coarser quantizer makes a smaller stream');
  }
  const pictures = await decode(webcodecs, profile, mode, coded);
  const judgedPictures = await judge(profile, mode, coded);
  assertSamePictures(profile, pictures, judgedPictures);
  const originals = originalsOf(profile, mode);
  for (const [number, picture] of pictures.entries()) {
    assertSamePlaces(originals[number] as RawPicture, picture, `picture ${number}`);
  }
  const ours = qualityOf(originals, pictures, 'our decoder');
  const judged = qualityOf(originals, judgedPictures, 'the judge');
  const wanted = profile.psnrIn?.[mode] ?? profile.psnr;
  assert.ok(ours >= wanted, `our decoder: ${ours.toFixed(1)} dB, ${wanted} wanted`);
  assert.ok(judged >= wanted, `the judge: ${judged.toFixed(1)} dB, ${wanted} wanted`);
  return { works: true, ours, judged };
}
