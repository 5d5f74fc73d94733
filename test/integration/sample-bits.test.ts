/** Samples of more than eight bits keep all of them, in their planes: shown where coding loses nothing. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { describeBothWays, type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { decodeVideo, encodeVideo, frameOf, type VideoEncodeOptions } from '../fixtures/coders.js';
import { planeSamples, planeSizes, type RawPicture } from '../fixtures/synthetic-video.js';

interface Lossless {
  codec: string;
  format: string;
  bits: number;
  options: VideoEncodeOptions;
  /** What SVT-AV1's finest quantizer still loses of a sample. */
  loss?: number;
}

const vp9 = { vp9: { quantizer: 0 } };
const av1 = { av1: { quantizer: 0 } };
const all: readonly Lossless[] = [
  { codec: 'vp09.02.20.10', format: 'I420P10', bits: 10, options: vp9 },
  { codec: 'vp09.02.20.12', format: 'I420P12', bits: 12, options: vp9 },
  { codec: 'vp09.03.20.12.02.01.01.01.00', format: 'I422P12', bits: 12, options: vp9 },
  { codec: 'vp09.03.20.12.03.01.01.01.00', format: 'I444P12', bits: 12, options: vp9 },
  { codec: 'av01.0.04M.10', format: 'I420P10', bits: 10, options: av1, loss: 2 },
  { codec: 'av01.1.04M.10', format: 'I444P10', bits: 10, options: av1 },
  { codec: 'av01.2.04M.12.0.110.01.01.01.0', format: 'I420P12', bits: 12, options: av1 },
  { codec: 'av01.2.04M.12.0.100.01.01.01.0', format: 'I422P12', bits: 12, options: av1 },
  { codec: 'av01.2.04M.12.0.000.01.01.01.0', format: 'I444P12', bits: 12, options: av1 },
];

const size = { width: 64, height: 64 };

/** A slope in each plane, each of another height, with every value of the lowest bits in it. */
function slopes(format: string, bits: number): RawPicture {
  const samples = planeSizes(format, size.width, size.height).flatMap(({ width, height }, plane) =>
    Array.from({ length: width * height }, (_, at) => {
      const [x, y] = [at % width, Math.floor(at / width)];
      return 2 ** (bits - 3) * (plane + 1) + 5 * x + 3 * y;
    }),
  );
  return { format, ...size, data: new Uint8Array(Uint16Array.from(samples).buffer) };
}

async function through(webcodecs: WebCodecs, { codec, options }: Lossless, picture: RawPicture): Promise<RawPicture> {
  const frame = frameOf(webcodecs, picture, 0);
  const inputs = [{ frame, options: { ...options, keyFrame: true } }];
  const { decoderConfig, chunks, errors } = await encodeVideo(
    webcodecs,
    { codec, ...size, bitrateMode: 'quantizer' },
    inputs,
  );
  assert.deepEqual(errors, []);
  assert.ok(decoderConfig);
  const decoded = await decodeVideo(webcodecs, decoderConfig, chunks);
  assert.deepEqual(decoded.errors, []);
  assert.equal(decoded.outputs.length, 1);
  return (decoded.outputs[0] as { picture: RawPicture }).picture;
}

describeBothWays('samples of more than eight bits keep all of them', (runIn) => {
  for (const way of all) {
    const { codec, format, bits, loss = 0 } = way;
    it(`${format}, ${codec}`, () =>
      withHost(runIn, async ({ webcodecs }) => {
        const picture = slopes(format, bits);
        const seen = await through(webcodecs, way, picture);
        assert.equal(seen.format, format);
        for (const plane of [0, 1, 2]) {
          const [before, after] = [planeSamples(picture, plane), planeSamples(seen, plane)];
          assert.equal(after.length, before.length);
          const most = Math.max(...Array.from(before, (value, at) => Math.abs(value - (after[at] ?? 0))));
          assert.ok(most <= loss, `plane ${plane} is off by up to ${most} of ${2 ** bits - 1}`);
        }
      }));
  }
});
