/** Decoded pictures of which only a part is to be seen, and not the upper left one. */
import { assert } from 'chai';
import { decodeChunks } from './coding.js';
import { offer } from './situations.js';

const decoderConfig = { codec: 'avc1.64001f' };
const whole = { width: 160, height: 128 };
const visible = { x: 32, y: 16, width: 120, height: 108 };
const size = { width: visible.width, height: visible.height };

async function load(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetch(path)).arrayBuffer());
}

async function pixelsOf(frame: { allocationSize(): number; copyTo(data: Uint8Array): Promise<unknown> }) {
  const data = new Uint8Array(frame.allocationSize());
  await frame.copyTo(data);
  return data;
}

function meanDifference(first: Uint8Array, second: Uint8Array): number {
  assert.lengthOf(first, second.length);
  return first.reduce((sum, value, at) => sum + Math.abs(value - (second[at] ?? 0)), 0) / first.length;
}

offer({
  'frames of the platform are what is to be seen': async (env) => {
    const codecs = await env.connect();
    const chunk = new EncodedVideoChunk({ type: 'key', timestamp: 0, data: await load('/cropped.h264') });
    const encoded = { chunks: [{ chunk, alphaSideData: undefined }], config: decoderConfig };
    const [frame] = (await decodeChunks(codecs, encoded)) as [VideoFrame];
    assert.equal(frame.format, 'I420');
    assert.include(frame.visibleRect?.toJSON(), { x: 0, y: 0, ...size });
    assert.deepEqual([frame.codedWidth, frame.codedHeight], [size.width, size.height]);
    assert.deepEqual([frame.displayWidth, frame.displayHeight], [size.width, size.height]);
    assert.deepEqual(await pixelsOf(frame), await load('/cropped.i420'));
    frame.close();
  },

  'frames in the host have all of it, and say which part is to be seen': async (env) => {
    const { VideoDecoder, VideoEncoder, EncodedVideoChunk } = await env.connectRemote();
    const frames: Parameters<InstanceType<typeof VideoEncoder>['encode']>[0][] = [];
    const error = (reason: DOMException) => assert.fail(reason.message);
    const decoder = new VideoDecoder({ output: (frame) => frames.push(frame), error });
    decoder.configure(decoderConfig);
    decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: await load('/cropped.h264') }));
    await decoder.flush();
    decoder.close();
    const [frame] = frames as [(typeof frames)[0]];
    assert.include(frame.visibleRect?.toJSON(), visible);
    assert.include(frame.codedRect?.toJSON(), { x: 0, y: 0, ...whole });
    assert.deepEqual([frame.displayWidth, frame.displayHeight], [size.width, size.height]);
    const expected = await load('/cropped.i420');
    assert.deepEqual(await pixelsOf(frame), expected);

    const chunks: { type: 'key' | 'delta'; data: Uint8Array<ArrayBuffer> }[] = [];
    const encoder = new VideoEncoder({
      output: (chunk) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        chunks.push({ type: chunk.type, data });
      },
      error,
    });
    encoder.configure({ codec: 'vp8', ...size, bitrate: 4_000_000 });
    encoder.encode(frame);
    frame.close();
    await encoder.flush();
    encoder.close();
    assert.lengthOf(chunks, 1);
    const again = chunks.map(({ type, data }) => ({
      chunk: new globalThis.EncodedVideoChunk({ type, timestamp: 0, data }),
      alphaSideData: undefined,
    }));
    const [seen] = (await decodeChunks(await env.connect(), { chunks: again, config: { codec: 'vp8' } })) as [
      VideoFrame,
    ];
    assert.isBelow(meanDifference(await pixelsOf(seen), expected), 4, 'the encoder took what is to be seen');
    seen.close();
  },
});
