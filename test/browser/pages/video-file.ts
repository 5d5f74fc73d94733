/** Frames of a <video> that plays a file. */
import { assert } from 'chai';
import { contextOf, decodeChunks, encodeFrames } from './coding.js';
import { offer } from './situations.js';

async function play(name: string, type: string): Promise<HTMLVideoElement> {
  const bytes = await (await fetch(`/media/${name}`)).arrayBuffer();
  const video = document.createElement('video');
  video.muted = true;
  video.src = URL.createObjectURL(new Blob([bytes], { type }));
  await video.play();
  return video;
}

function drawn(frame: VideoFrame): Uint8ClampedArray {
  const context = contextOf(new OffscreenCanvas(160, 120));
  context.drawImage(frame, 0, 0, 160, 120);
  return context.getImageData(0, 0, 160, 120).data;
}

function meanDifference(first: Uint8ClampedArray, second: Uint8ClampedArray): number {
  return first.reduce((sum, value, at) => sum + Math.abs(value - (second[at] ?? 0)), 0) / first.length;
}

offer({
  'what a <video> shows is what comes through HEVC': async (env) => {
    const codecs = await env.connect();
    for (const [name, type] of [
      ['small-vp8.webm', 'video/webm'],
      ['bunny-1080p25-h264-aac.mp4', 'video/mp4'],
    ] as const) {
      const video = await play(name, type);
      const frames: VideoFrame[] = [];
      while (frames.length < 3) {
        await new Promise((resolve) => video.requestVideoFrameCallback(resolve));
        frames.push(new VideoFrame(video));
      }
      video.pause();
      const { displayWidth: width, displayHeight: height } = frames[0] as VideoFrame;
      const timestamps = frames.map(({ timestamp }) => timestamp);
      const expected = frames.map(drawn);
      const config = { codec: 'hvc1.1.6.L120.B0', width, height, bitrate: 4_000_000 };
      const decoded = await decodeChunks(codecs, await encodeFrames(codecs, config, frames));
      assert.deepEqual(
        decoded.map(({ timestamp }) => timestamp),
        timestamps,
      );
      for (const [index, frame] of decoded.entries()) {
        const before = expected[index] as Uint8ClampedArray;
        assert.isBelow(meanDifference(drawn(frame), before), 6, name);
        assert.isAbove(meanDifference(before, before.toReversed()), 10, 'so that the comparison says something');
        frame.close();
      }
    }
  },
});
