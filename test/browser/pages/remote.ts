/** Handles in a page: decode → encode moves no pixels; and what stays of them when the host goes. */
import { assert } from 'chai';
import type { RemoteCodecs } from 'electron-webcodecs/renderer';
import { encodeFrames, paintedCanvas } from './coding.js';
import { offer, type PageEnv } from './situations.js';

const size = { width: 640, height: 360 };
const frameCount = 10;

type RemoteFrame = InstanceType<RemoteCodecs['VideoFrame']>;

/** Chunks of frames of the size, as data. */
async function someChunks(env: PageEnv): Promise<{ config: VideoDecoderConfig; chunks: EncodedVideoChunkInit[] }> {
  const codecs = await env.connect();
  const canvas = paintedCanvas(size.width, size.height);
  const frames = Array.from({ length: frameCount }, (_, index) => new VideoFrame(canvas, { timestamp: index * 1000 }));
  const { chunks, config } = await encodeFrames(codecs, { codec: 'vp09.00.21.08', ...size, bitrate: 500_000 }, frames);
  return {
    config,
    chunks: chunks.map(({ chunk }) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      return { type: chunk.type, timestamp: chunk.timestamp, data };
    }),
  };
}

offer({
  'decode → encode moves no pixels': async (env) => {
    const source = await someChunks(env);
    const { bridge, ...codecs } = await env.connectRemote();
    assert.notEqual(codecs.VideoFrame as unknown, VideoFrame);
    const { sent, received } = { ...bridge.crossed };
    const timestamps: number[] = [];
    let chunkBytes = 0;
    const error = (reason: DOMException) => assert.fail(reason.message);
    const encoder = new codecs.VideoEncoder({
      output: (chunk) => {
        timestamps.push(chunk.timestamp);
        chunkBytes += chunk.byteLength;
      },
      error,
    });
    encoder.configure({ codec: 'avc1.42001e', ...size, bitrate: 500_000 });
    const decoder = new codecs.VideoDecoder({
      output: (frame) => {
        assert.instanceOf(frame, codecs.VideoFrame);
        encoder.encode(frame);
        frame.close();
      },
      error,
    });
    decoder.configure(source.config);
    for (const chunk of source.chunks) decoder.decode(new codecs.EncodedVideoChunk(chunk));
    await decoder.flush();
    await encoder.flush();
    decoder.close();
    encoder.close();
    assert.lengthOf(timestamps, frameCount);
    const sourceBytes = source.chunks.reduce((sum, { data }) => sum + data.byteLength, 0);
    const statistics = await codecs.statistics();
    assert.deepInclude(statistics, { bytesReceived: sourceBytes, bytesSent: chunkBytes });
    // What else crossed are messages of some hundred bytes, of which a frame has a handful.
    const crossed = bridge.crossed.sent - sent + bridge.crossed.received - received;
    assert.isBelow(crossed, sourceBytes + chunkBytes + frameCount * 4000);
    assert.isBelow(crossed, size.width * size.height, 'less than one frame’s luma');
  },

  'a frame in the host is fetched when it is asked for': async (env) => {
    const source = await someChunks(env);
    const codecs = await env.connectRemote();
    const frames: RemoteFrame[] = [];
    const decoder = new codecs.VideoDecoder({
      output: (frame) => frames.push(frame),
      error: (reason) => assert.fail(reason.message),
    });
    decoder.configure(source.config);
    const [first] = source.chunks as [EncodedVideoChunkInit];
    decoder.decode(new codecs.EncodedVideoChunk(first));
    await decoder.flush();
    decoder.close();
    const [frame] = frames;
    const pixels = new Uint8Array(frame?.allocationSize({ format: 'RGBA' }) ?? 0);
    await frame?.copyTo(pixels, { format: 'RGBA' });
    const at = 4 * (90 * size.width + 160);
    assert.closeTo(pixels[at] ?? 0, 220, 8);
    assert.closeTo(pixels[at + 1] ?? 0, 30, 8);
    frame?.close();
  },
});
