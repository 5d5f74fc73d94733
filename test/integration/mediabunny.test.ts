import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { registerMediabunnyCodecs } from 'electron-webcodecs/mediabunny';
import {
  ALL_FORMATS,
  BufferSource,
  BufferTarget,
  Conversion,
  type ConversionVideoOptions,
  Input,
  Mp4OutputFormat,
  Output,
  Quality,
  VideoSample,
  VideoSampleSink,
  VideoSampleSource,
  WebMOutputFormat,
} from 'mediabunny';
import { type CodecHost, withHost } from '../fixtures/codec-host.js';
import { decodePictures, makeMedia, withFolder } from '../fixtures/debian-ffmpeg.js';
import { comparePictures, probe } from '../fixtures/export-command.js';

const width = 640;
const height = 360;
const frames = 50;

function makeSource(): Promise<Buffer> {
  const picture = ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25:duration=${frames / 25}`];
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100:duration=2'];
  return makeMedia([...picture, ...sound], ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-c:a', 'aac'], 'mp4');
}

function openSource(bytes: Uint8Array): Input {
  return new Input({ source: new BufferSource(bytes), formats: ALL_FORMATS });
}

async function register<T>(host: CodecHost, body: () => Promise<T>): Promise<T> {
  const unregister = registerMediabunnyCodecs(host.webcodecs, { priming: 'before-start' });
  try {
    return await body();
  } finally {
    unregister();
  }
}

interface ConvertCase {
  situation: string;
  video: ConversionVideoOptions;
  /** The same for ffmpeg. */
  filter: string;
}

const cases: readonly ConvertCase[] = [
  { situation: 'as it is', video: {}, filter: 'null' },
  { situation: 'resized', video: { width: 320, height: 180, fit: 'fill' }, filter: 'scale=320:180' },
  {
    situation: 'cropped, turned, mirrored and resized',
    video: {
      rotate: 90,
      flip: true,
      crop: { left: 20, top: 40, width: 200, height: 400 },
      width: 100,
      height: 200,
      fit: 'fill',
      allowTransformationMetadata: false,
    },
    filter: 'transpose=clock,hflip,crop=200:400:20:40,scale=100:200',
  },
];

describe('a Mediabunny conversion over a codec host', () => {
  for (const { situation, video, filter } of cases) {
    it(`moves no pixels between the processes, with the picture ${situation}`, async () => {
      await withFolder(async (folder) => {
        const source = await makeSource();
        const sourceFile = path.join(folder, 'source.mp4');
        const resultFile = path.join(folder, 'result.mp4');
        writeFileSync(sourceFile, source);
        await withHost('child', (host) =>
          register(host, async () => {
            using input = openSource(source);
            const output = new Output({ format: new Mp4OutputFormat(), target: new BufferTarget() });
            const quality = new Quality({ bitrate: 2_000_000 });
            const conversion = await Conversion.init({
              input,
              output,
              video: { ...video, codec: 'avc', quality, forceTranscode: true },
              audio: { discard: true },
            });
            await conversion.execute();
            assert.ok(output.target.buffer);
            writeFileSync(resultFile, new Uint8Array(output.target.buffer));
            const { bytesReceived, bytesSent } = await host.statistics();
            const limit = source.byteLength + output.target.buffer.byteLength + 100_000;
            assert.ok(bytesReceived + bytesSent < limit, `${bytesReceived} + ${bytesSent} bytes crossed`);
          }),
        );
        const { video: result, complaints } = await probe(resultFile);
        assert.equal(complaints, '');
        assert.equal(result?.frames, frames);
        const quality = await comparePictures(resultFile, sourceFile, filter);
        assert.ok(quality > 30, `${quality} dB`);
      });
    });
  }

  it('keeps its host when another one is registered and taken back meanwhile', async () => {
    const source = await makeSource();
    await withHost('child', (host) =>
      register(host, async () => {
        using input = openSource(source);
        const output = new Output({ format: new Mp4OutputFormat(), target: new BufferTarget() });
        const video = { width: 320, height: 180, fit: 'fill' } as const;
        const conversion = await Conversion.init({ input, output, video, copy: false });
        let other = Promise.resolve();
        conversion.onProgress = (progress) => {
          if (progress === 0) return;
          // Both tracks have moved on, so that all coders are made.
          conversion.onProgress = () => undefined;
          other = withHost('child', (late) => register(late, () => late.ready));
        };
        await conversion.execute();
        await other;
        assert.equal(conversion.state, 'done');
      }),
    );
  });

  it('that is cancelled leaves nothing in the host', async () => {
    const source = await makeSource();
    await withHost('child', (host) =>
      register(host, async () => {
        using input = openSource(source);
        const output = new Output({ format: new WebMOutputFormat(), target: new BufferTarget() });
        const conversion = await Conversion.init({ input, output });
        conversion.onProgress = (progress) => {
          if (progress > 0.2 && conversion.state === 'executing') {
            void conversion.cancel();
          }
        };
        await assert.rejects(conversion.execute(), /cancel/);
      }),
    );
  });

  it('whose input is broken fails with the codec’s reason and leaves nothing in the host', async () => {
    const source = await makeSource();
    // The index of the file comes last and stays whole.
    source.fill(0xa5, 5000, source.length / 2);
    await withHost('child', (host) =>
      register(host, async () => {
        using input = openSource(source);
        const output = new Output({ format: new Mp4OutputFormat(), target: new BufferTarget() });
        await assert.rejects(async () => {
          const conversion = await Conversion.init({ input, output, copy: false, showWarnings: false });
          await conversion.execute();
        });
        await output.cancel();
      }),
    );
  });
});

describe('a Mediabunny sample over a codec host', () => {
  it('gives the decoder’s very pixels when it is asked for them', async () => {
    const source = await makeSource();
    const reference = await decodePictures(source, 'yuv420p');
    await withHost('child', (host) =>
      register(host, async () => {
        using input = openSource(source);
        const track = await input.getPrimaryVideoTrack();
        assert.ok(track);
        let index = 0;
        for await (using sample of new VideoSampleSink(track).samples(0, 0.2)) {
          assert.equal(sample.format, 'I420');
          assert.ok(Math.abs(sample.timestamp - index / 25) < 1e-9);
          const pixels = new Uint8Array(sample.allocationSize());
          await sample.copyTo(pixels);
          const expected = reference.subarray(index * pixels.length, (index + 1) * pixels.length);
          assert.ok(Buffer.from(pixels).equals(expected), `frame ${index} differs`);
          index++;
        }
        assert.equal(index, 5);
      }),
    );
  });

  it('of bytes from here is encoded too', async () => {
    await withFolder(async (folder) => {
      const file = path.join(folder, 'gray.webm');
      await withHost('child', (host) =>
        register(host, async () => {
          const output = new Output({ format: new WebMOutputFormat(), target: new BufferTarget() });
          const source = new VideoSampleSource({ codec: 'vp8', quality: new Quality({ bitrate: 500_000 }) });
          output.addVideoTrack(source);
          await output.start();
          for (let index = 0; index < 10; index++) {
            const pixels = new Uint8Array(64 * 48 * 4).fill(128);
            const init = {
              format: 'RGBA',
              codedWidth: 64,
              codedHeight: 48,
              timestamp: index / 10,
              duration: 0.1,
            } as const;
            using sample = new VideoSample(pixels, init);
            await source.add(sample);
          }
          await output.finalize();
          assert.ok(output.target.buffer);
          writeFileSync(file, new Uint8Array(output.target.buffer));
        }),
      );
      const { video, complaints } = await probe(file);
      assert.equal(complaints, '');
      assert.deepEqual([video?.frames, video?.width, video?.height], [10, 64, 48]);
    });
  });
});
