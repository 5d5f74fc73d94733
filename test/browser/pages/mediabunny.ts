/** Mediabunny, which knows nothing of us, on our globals. */
import { assert } from 'chai';
import { installWebCodecs } from 'electron-webcodecs/renderer';
import {
  ALL_FORMATS,
  BlobSource,
  BufferSource,
  BufferTarget,
  Conversion,
  type ConversionOptions,
  Input,
  Mp4OutputFormat,
  Output,
  type OutputFormat,
  VideoSampleSink,
  WebMOutputFormat,
} from 'mediabunny';
import { contextOf } from './coding.js';
import { offer, type PageEnv } from './situations.js';

async function openMedium(name: string): Promise<Input> {
  const answer = await fetch(`/media/${name}`);
  assert.isTrue(answer.ok, name);
  return new Input({ source: new BlobSource(await answer.blob()), formats: ALL_FORMATS });
}

async function convert(
  input: Input,
  format: OutputFormat,
  options: Pick<ConversionOptions, 'video' | 'audio' | 'trim'>,
): Promise<Input> {
  const target = new BufferTarget();
  const conversion = await Conversion.init({ input, output: new Output({ format, target }), ...options });
  assert.isEmpty(conversion.discardedTracks);
  await conversion.execute();
  assert.isNotNull(target.buffer);
  return new Input({ source: new BufferSource(target.buffer as ArrayBuffer), formats: ALL_FORMATS });
}

/** The picture at a time, drawn in a size. */
async function pictureAt(input: Input, seconds: number, width: number, height: number): Promise<Uint8ClampedArray> {
  const track = await input.getPrimaryVideoTrack();
  assert.isNotNull(track);
  const sample = await new VideoSampleSink(track as NonNullable<typeof track>).getSample(seconds);
  assert.isNotNull(sample);
  const context = contextOf(new OffscreenCanvas(width, height));
  sample?.draw(context, 0, 0, width, height);
  sample?.close();
  return context.getImageData(0, 0, width, height).data;
}

function meanDifference(first: Uint8ClampedArray, second: Uint8ClampedArray): number {
  return first.reduce((sum, value, at) => sum + Math.abs(value - (second[at] ?? 0)), 0) / first.length;
}

async function withGlobals(env: PageEnv, run: () => Promise<void>): Promise<void> {
  const uninstall = installWebCodecs(globalThis, await env.connect());
  try {
    await run();
  } finally {
    uninstall();
  }
}

offer({
  'an H.264 and AAC file becomes HEVC and AAC, which this browser encodes neither of': (env) =>
    withGlobals(env, async () => {
      const input = await openMedium('bunny-1080p25-h264-aac.mp4');
      const output = await convert(input, new Mp4OutputFormat(), {
        trim: { start: 0, end: 0.6 },
        video: { codec: 'hevc', width: 320, height: 180, fit: 'fill', bitrate: 600_000, forceTranscode: true },
        audio: { codec: 'aac', bitrate: 96_000, forceTranscode: true },
      });
      const video = await output.getPrimaryVideoTrack();
      const audio = await output.getPrimaryAudioTrack();
      assert.deepEqual([video?.codec, audio?.codec], ['hevc', 'aac']);
      assert.deepEqual([video?.displayWidth, video?.displayHeight], [320, 180]);
      assert.closeTo(await output.computeDuration(), 0.6, 0.08);
      assert.equal((await video?.computePacketStats())?.packetCount, 15);
      const expected = await pictureAt(input, 0.3, 320, 180);
      assert.isBelow(meanDifference(await pictureAt(output, 0.3, 320, 180), expected), 6);
      assert.isAbove(meanDifference(expected, expected.toReversed()), 20, 'so that the comparison says something');
    }),

  'a VP8 file becomes AV1, rotated': (env) =>
    withGlobals(env, async () => {
      const input = await openMedium('small-vp8.webm');
      const output = await convert(input, new WebMOutputFormat(), {
        video: { codec: 'av1', rotate: 90, bitrate: 500_000 },
      });
      const video = await output.getPrimaryVideoTrack();
      assert.equal(video?.codec, 'av1');
      assert.deepEqual([video?.displayWidth, video?.displayHeight], [240, 320]);
      assert.equal((await video?.computePacketStats())?.packetCount, 10);
    }),

  'an Opus file becomes MP3 in an MP4': (env) =>
    withGlobals(env, async () => {
      const input = await openMedium('sfx-opus.ogg');
      const output = await convert(input, new Mp4OutputFormat(), { audio: { codec: 'mp3', bitrate: 128_000 } });
      const audio = await output.getPrimaryAudioTrack();
      assert.equal(audio?.codec, 'mp3');
      assert.closeTo(await output.computeDuration(), await input.computeDuration(), 0.08);
    }),
});
