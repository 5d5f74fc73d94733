import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import threads, { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { AudioData, EncodedVideoChunk, packMedia, unpackMedia, VideoFrame } from 'electron-webcodecs';
import { withHost } from '../fixtures/codec-host.js';

const named = (name: string) => (error: unknown) => error instanceof DOMException && error.name === name;

const pixels = Uint8Array.from({ length: 8 * 6 * 2.5 }, (_value, index) => index * 3);

function makeFrame(): VideoFrame {
  return new VideoFrame(pixels, {
    format: 'I420A',
    codedWidth: 8,
    codedHeight: 6,
    visibleRect: { x: 2, y: 2, width: 4, height: 3 },
    displayWidth: 40,
    displayHeight: 20,
    rotation: 270,
    flip: true,
    timestamp: -5,
    duration: 6,
    colorSpace: { primaries: 'bt2020', transfer: null, matrix: 'bt2020-ncl', fullRange: true },
    metadata: { rtpTimestamp: 7 },
  });
}

async function describeFrame(frame: VideoFrame): Promise<unknown> {
  const { format, codedWidth, codedHeight, displayWidth, displayHeight, rotation, flip, timestamp, duration } = frame;
  const rect = { x: 0, y: 0, width: codedWidth, height: codedHeight };
  const bytes = new Uint8Array(frame.allocationSize({ rect }));
  await frame.copyTo(bytes, { rect });
  const members = { format, codedWidth, codedHeight, displayWidth, displayHeight, rotation, flip, timestamp, duration };
  const visibleRect = frame.visibleRect?.toJSON();
  return { ...members, visibleRect, colorSpace: frame.colorSpace.toJSON(), metadata: frame.metadata(), bytes };
}

/** As a port of this process carries it. */
function post<Message>(message: Message, transfer: ArrayBuffer[] = []): Message {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(message, transfer);
  const received = receiveMessageOnPort(port2) as { message: Message };
  port1.close();
  return received.message;
}

describe('media objects as plain data', () => {
  it('a frame is the same on the other side of a port, and the original stays', async () => {
    const frame = makeFrame();
    const expected = await describeFrame(frame);
    const packed = await packMedia(frame);
    const copy = unpackMedia(post(packed, [packed.data])) as VideoFrame;
    assert.equal(packed.data.byteLength, 0);
    assert.deepEqual(await describeFrame(copy), expected);
    assert.deepEqual(await describeFrame(frame), expected);
    const again = unpackMedia(await packMedia(frame.clone(), { transfer: true })) as VideoFrame;
    assert.deepEqual(await describeFrame(again), expected);
    for (const each of [frame, copy, again]) each.close();
  });

  it('a frame whose pixels are in the host is fetched', () =>
    withHost('child', async (host) => {
      const local = new VideoFrame(pixels, { format: 'I420A', codedWidth: 8, codedHeight: 6, timestamp: 3 });
      const remote = await host.webcodecs.transformVideoFrame(local, {});
      const expected = await describeFrame(local);
      const packing = packMedia(remote, { transfer: true });
      assert.equal(remote.format, null);
      const copy = unpackMedia(await packing) as VideoFrame;
      assert.deepEqual(await describeFrame(copy), expected);
      local.close();
      copy.close();
    }));

  it('with transfer the source closes, and its bytes move where nobody else has them', async () => {
    const { buffer } = pixels.slice();
    const members = { format: 'I420A', codedWidth: 8, codedHeight: 6, timestamp: 0 } as const;
    const frame = new VideoFrame(buffer, { ...members, transfer: [buffer] });
    const clone = frame.clone();
    await packMedia(frame, { transfer: true });
    assert.equal(frame.format, null);
    assert.deepEqual(((await describeFrame(clone)) as { bytes: Uint8Array }).bytes, pixels);
    await assert.rejects(packMedia(frame), named('DataCloneError'));
    clone.close();
  });

  it('audio and chunks go the same way', async () => {
    const samples = Float32Array.from([0.5, -0.5, 0.25, 1]);
    const init = { format: 'f32', sampleRate: 8000, numberOfChannels: 2, numberOfFrames: 2, timestamp: 9 } as const;
    const audio = new AudioData({ ...init, data: samples });
    const copy = unpackMedia(post(await packMedia(audio, { transfer: true }))) as AudioData;
    assert.equal(audio.format, null);
    const out = new Float32Array(4);
    copy.copyTo(out, { planeIndex: 0 });
    assert.deepEqual([...out, copy.timestamp, copy.sampleRate], [0.5, -0.5, 0.25, 1, 9, 8000]);
    await assert.rejects(packMedia(audio), named('DataCloneError'));

    const chunk = new EncodedVideoChunk({ type: 'delta', timestamp: 4, duration: 2, data: new Uint8Array([1, 2]) });
    const other = unpackMedia(post(await packMedia(chunk))) as EncodedVideoChunk;
    assert.ok(other instanceof EncodedVideoChunk);
    const bytes = new Uint8Array(2);
    other.copyTo(bytes);
    assert.deepEqual([other.type, other.timestamp, other.duration, ...bytes], ['delta', 4, 2, 1, 2]);
    assert.equal(chunk.byteLength, 2);
  });

  it('another thread gets a frame and gives one back', async () => {
    const worker = new Worker(new URL('../fixtures/programs/turn-frame.js', import.meta.url), { execArgv: [] });
    const frame = makeFrame();
    const packed = await packMedia(frame);
    const answer = new Promise<Awaited<ReturnType<typeof packMedia>>>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    worker.postMessage(packed, [packed.data]);
    const back = unpackMedia(await answer) as VideoFrame;
    assert.deepEqual([back.rotation, back.timestamp], [180, -4]);
    const { bytes } = (await describeFrame(back)) as { bytes: Uint8Array };
    assert.deepEqual(bytes, pixels);
    frame.close();
    back.close();
    await worker.terminate();
  });

  const canMark = 'markAsUncloneable' in threads;
  it('a structured clone is a DataCloneError and no empty object', { skip: !canMark }, () => {
    const frame = makeFrame();
    const init = { format: 'u8', sampleRate: 8000, numberOfChannels: 1, numberOfFrames: 1, timestamp: 9 } as const;
    const audio = new AudioData({ ...init, data: new Uint8Array(1) });
    const chunk = new EncodedVideoChunk({ type: 'key', timestamp: 4, data: new Uint8Array([1, 2]) });
    for (const media of [frame, audio, chunk]) {
      assert.throws(() => structuredClone({ media }), named('DataCloneError'));
    }
    frame.close();
    audio.close();
  });

  it('anything else is refused', async () => {
    for (const media of [null, {}, pixels]) {
      await assert.rejects(packMedia(media as never), TypeError);
    }
    assert.throws(() => unpackMedia({ interface: 'Other', init: {}, data: new ArrayBuffer(0) } as never), TypeError);
  });
});
