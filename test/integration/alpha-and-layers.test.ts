import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { frameOf, numberedFrame, readPicture, type VideoChunk } from '../fixtures/coders.js';
import { psnr } from '../fixtures/quality.js';
import { planeSamples, type RawPicture, readFrameNumber, syntheticPicture } from '../fixtures/synthetic-video.js';

const width = 320;
const height = 240;

type Output = ConstructorParameters<WebCodecs['VideoEncoder']>[0]['output'];
type Metadata = NonNullable<Parameters<Output>[1]>;

interface Coded {
  chunk: VideoChunk;
  metadata: Metadata;
}

type EncoderConfig = Parameters<InstanceType<WebCodecs['VideoEncoder']>['configure']>[0];

async function encode(webcodecs: WebCodecs, config: EncoderConfig, count: number, format: string): Promise<Coded[]> {
  const coded: Coded[] = [];
  const encoder = new webcodecs.VideoEncoder({
    output: (chunk, metadata) => coded.push({ chunk, metadata: metadata ?? {} }),
    error: (error) => assert.fail(error.message),
  });
  encoder.configure(config);
  for (let number = 0; number < count; number++) {
    const frame = numberedFrame(webcodecs, number, width, height, { format });
    encoder.encode(frame);
    frame.close();
  }
  await encoder.flush();
  encoder.close();
  return coded;
}

async function decode(webcodecs: WebCodecs, coded: readonly Coded[], withAlpha: boolean): Promise<RawPicture[]> {
  const reads: Promise<RawPicture>[] = [];
  const decoder = new webcodecs.VideoDecoder({
    output: (frame) => reads.push(readPicture(frame).finally(() => frame.close())),
    error: (error) => assert.fail(error.message),
  });
  const config = coded[0]?.metadata.decoderConfig;
  assert.ok(config);
  decoder.configure(config);
  for (const { chunk, metadata } of coded) {
    const { alphaSideData } = metadata;
    if (withAlpha && alphaSideData) decoder.decode(chunk, { alphaSideData });
    else decoder.decode(chunk);
  }
  await decoder.flush();
  decoder.close();
  return Promise.all(reads);
}

describe('alpha', () => {
  for (const codec of ['vp8', 'vp09.00.10.08']) {
    const config = { codec, width, height, bitrate: 1_000_000, framerate: 30 };

    it(`${codec}: 'keep' codes it beside the colour, and a decoder puts both together`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const coded = await encode(webcodecs, { ...config, alpha: 'keep' }, 8, 'I420A');
        assert.equal(coded.length, 8);
        for (const { metadata } of coded) assert.ok((metadata.alphaSideData?.byteLength ?? 0) > 0);
        const pictures = await decode(webcodecs, coded, true);
        assert.deepEqual(
          pictures.map((picture) => picture.format),
          Array.from({ length: 8 }, () => 'I420A'),
        );
        pictures.forEach((picture, number) => {
          const original = syntheticPicture(number, width, height, { format: 'I420A' });
          assert.equal(readFrameNumber(picture), number);
          assert.ok(psnr(original, picture) > 30);
          const [wanted, got] = [planeSamples(original, 3), planeSamples(picture, 3)];
          let error = 0;
          for (let at = 0; at < wanted.length; at++) error += Math.abs((wanted[at] as number) - (got[at] as number));
          assert.ok(error / wanted.length < 4, `alpha is off by ${(error / wanted.length).toFixed(1)} on average`);
        });
      }));

    it(`${codec}: 'discard', the default, codes colour alone`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const coded = await encode(webcodecs, config, 3, 'I420A');
        assert.deepEqual(
          coded.map(({ metadata }) => metadata.alphaSideData),
          [undefined, undefined, undefined],
        );
        const pictures = await decode(webcodecs, coded, true);
        assert.ok(pictures.every((picture) => picture.format === 'I420'));
      }));
  }
});

describe('alpha of pictures that never show', () => {
  it('does not pile up in the decoder', () =>
    withHost('inline', async ({ webcodecs }) => {
      const size = { width: 1280, height: 720 };
      const coded: Coded[] = [];
      const error = (reason: Error) => assert.fail(reason.message);
      const output: Output = (chunk, metadata) => coded.push({ chunk, metadata: metadata ?? {} });
      const encoder = new webcodecs.VideoEncoder({ output, error });
      encoder.configure({ codec: 'vp8', ...size, alpha: 'keep' });
      const frame = numberedFrame(webcodecs, 0, size.width, size.height, { format: 'I420A' });
      encoder.encode(frame);
      frame.close();
      await encoder.flush();
      encoder.close();
      const first = coded[0];
      assert.ok(first?.metadata.alphaSideData);
      const { alphaSideData } = first.metadata;
      const data = new Uint8Array(first.chunk.byteLength);
      first.chunk.copyTo(data);
      // VP8's show_frame.
      data[0] = (data[0] as number) & ~0x10;

      const decoder = new webcodecs.VideoDecoder({ output: () => assert.fail('a hidden picture came out'), error });
      decoder.configure({ codec: 'vp8' });
      const before = process.memoryUsage.rss();
      for (let number = 0; number < 300; number++) {
        const chunk = new webcodecs.EncodedVideoChunk({ type: 'key', timestamp: number, data });
        decoder.decode(chunk, { alphaSideData });
        if (number % 20 === 19) {
          while (decoder.decodeQueueSize > 0) await new Promise((resolve) => setTimeout(resolve, 1));
        }
      }
      const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
      decoder.close();
      assert.ok(grown < 200, `${grown.toFixed(0)} MiB more after 300 hidden pictures of 1.3 MiB`);
    }));
});

type DecoderConfig = Parameters<InstanceType<WebCodecs['VideoDecoder']>['configure']>[0];

async function decodedColorSpace(webcodecs: WebCodecs, config: DecoderConfig, chunk: VideoChunk): Promise<unknown> {
  const seen: unknown[] = [];
  const decoder = new webcodecs.VideoDecoder({
    output: (frame) => {
      seen.push(frame.colorSpace.toJSON());
      frame.close();
    },
    error: (error) => assert.fail(error.message),
  });
  decoder.configure(config);
  decoder.decode(chunk);
  await decoder.flush();
  decoder.close();
  assert.equal(seen.length, 1);
  return seen[0];
}

describe('what a stream says about its pictures', () => {
  const colorSpace = { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: true } as const;
  for (const codec of ['avc1.64001f', 'hvc1.1.6.L93.B0', 'vp09.00.10.08', 'av01.0.04M.08']) {
    it(`${codec}: the colour space of the frames reaches decoderConfig and decoded frames`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const coded: Coded[] = [];
        const encoder = new webcodecs.VideoEncoder({
          output: (chunk, metadata) => coded.push({ chunk, metadata: metadata ?? {} }),
          error: (error) => assert.fail(error.message),
        });
        encoder.configure({ codec, width, height, bitrate: 500_000, framerate: 30 });
        const { data } = syntheticPicture(0, width, height);
        const frame = new webcodecs.VideoFrame(data, {
          format: 'I420',
          codedWidth: width,
          codedHeight: height,
          timestamp: 0,
          colorSpace,
        });
        encoder.encode(frame);
        frame.close();
        await encoder.flush();
        encoder.close();
        const config = coded[0]?.metadata.decoderConfig;
        assert.ok(config && coded[0]);
        assert.deepEqual({ ...config.colorSpace }, { ...colorSpace });
        const { chunk } = coded[0];
        // VP9's own header knows matrix and range only; the rest is the configuration's word.
        const own = codec.startsWith('vp09') ? { ...colorSpace, primaries: null, transfer: null } : colorSpace;
        const { colorSpace: _, ...bare } = config;
        assert.deepEqual(await decodedColorSpace(webcodecs, bare, chunk), own);
        assert.deepEqual(await decodedColorSpace(webcodecs, config, chunk), colorSpace);
      }));
  }

  it('a visible rectangle is what gets encoded, and odd sizes keep their last row and column', () =>
    withHost('inline', async ({ webcodecs }) => {
      const picture = syntheticPicture(21, width, height);
      const whole = frameOf(webcodecs, picture, 0);
      const part = new webcodecs.VideoFrame(whole, {
        visibleRect: { x: 0, y: 0, width: 318, height: 200 },
        displayWidth: 318,
        displayHeight: 200,
      });
      whole.close();
      const coded: Coded[] = [];
      const encoder = new webcodecs.VideoEncoder({
        output: (chunk, metadata) => coded.push({ chunk, metadata: metadata ?? {} }),
        error: (error) => assert.fail(error.message),
      });
      encoder.configure({ codec: 'vp8', width: 318, height: 200, bitrate: 1_000_000 });
      encoder.encode(part);
      part.close();
      await encoder.flush();
      encoder.close();
      const [decoded] = await decode(webcodecs, coded, false);
      assert.deepEqual([decoded?.width, decoded?.height], [318, 200]);
      const luma = planeSamples(picture, 0);
      const got = planeSamples(decoded as RawPicture, 0);
      let error = 0;
      for (let y = 0; y < 200; y++) {
        for (let x = 0; x < 318; x++) error += Math.abs((luma[y * width + x] as number) - (got[y * 318 + x] as number));
      }
      assert.ok(error / got.length < 6, `off by ${(error / got.length).toFixed(1)} on average`);
    }));
});
