/** Every string and picture format that README's codec table promises and that the longer round trips leave out. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { withHost } from '../fixtures/codec-host.js';
import { decodeVideo, encodeVideo, numberedInputs } from '../fixtures/coders.js';
import { psnr } from '../fixtures/quality.js';
import { readFrameNumber, syntheticPicture } from '../fixtures/synthetic-video.js';

interface Row {
  codec: string;
  /** Of the pictures that go in and, unless `output` says otherwise, come out. */
  format: string;
  output?: string;
  size?: readonly [width: number, height: number];
  bitrate?: number;
}

const fullHd = [1_920, 1_080] as const;

const rows: readonly Row[] = [
  { codec: 'avc3.64001f', format: 'I420' },
  { codec: 'vp09.01.10.08.02', format: 'I422' },
  { codec: 'vp09.01.10.08.03', format: 'I444' },
  { codec: 'vp09.03.10.10.02', format: 'I422P10' },
  { codec: 'vp09.03.10.10.03', format: 'I444P10' },
  { codec: 'vp09.02.10.12', format: 'I420P12' },
  { codec: 'vp09.03.10.12.02', format: 'I422P12' },
  { codec: 'vp09.03.10.12.03', format: 'I444P12' },
  { codec: 'av01.1.04M.08', format: 'I444' },
  { codec: 'av01.1.04M.10', format: 'I444P10' },
  { codec: 'av01.2.04M.08.0.100', format: 'I422' },
  { codec: 'av01.2.04M.10.0.100', format: 'I422P10' },
  { codec: 'av01.2.04M.12.0.110', format: 'I420P12' },
  { codec: 'av01.2.04M.12.0.100', format: 'I422P12' },
  { codec: 'av01.2.04M.12.0.000', format: 'I444P12' },
  { codec: 'apco', format: 'I422P10' },
  { codec: 'apcs', format: 'I422P10' },
  { codec: 'apcn', format: 'I422P10' },
  { codec: 'ap4x', format: 'I444P10', output: 'I444P12' },
  { codec: 'dnxhd', format: 'I422', size: fullHd, bitrate: 220_000_000 },
  { codec: 'dnxhr_lb', format: 'I422' },
  { codec: 'dnxhr_sq', format: 'I422' },
  { codec: 'dnxhr_hqx', format: 'I422P10' },
  { codec: 'dnxhr_444', format: 'I444P10' },
];

describe('what the codec table promises goes through encoder and decoder', () => {
  for (const { codec, format, output = format, size: [width, height] = [320, 240], bitrate = 2_000_000 } of rows) {
    it(`${codec}, ${format}`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const config = { codec, width, height, bitrate, framerate: 30 };
        assert.equal((await webcodecs.VideoEncoder.isConfigSupported(config)).supported, true);
        const encoded = await encodeVideo(webcodecs, config, numberedInputs(webcodecs, 3, width, height, { format }));
        assert.deepEqual(encoded.errors, []);
        assert.ok(encoded.decoderConfig);
        const decoded = await decodeVideo(webcodecs, encoded.decoderConfig, encoded.chunks);
        assert.deepEqual(decoded.errors, []);
        assert.equal(decoded.outputs.length, 3);
        decoded.outputs.forEach(({ picture }, number) => {
          assert.equal(picture.format, output);
          assert.equal(readFrameNumber(picture), number);
          if (output !== format) return;
          const quality = psnr(syntheticPicture(number, width, height, { format }), picture);
          assert.ok(quality > 30, `frame ${number} has ${quality.toFixed(1)} dB`);
        });
      }));
  }
});
