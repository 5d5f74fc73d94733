/** What of VideoFrames crosses the wire. What they are to scripts, the conformance suite says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VideoFrame, type VideoFrameCopyToOptions } from '../../app/client/index.js';
import { bytesToSend, fromWireInfo, PictureReference, pictureToSend, RemotePicture } from '../../app/client/picture.js';
import { makeVideoFrame, pictureOf } from '../../app/client/video-frame.js';
import type { PictureHandle, WirePictureInfo } from '../../app/protocol/messages.js';
import { HostFake, pictureInfo, settle } from '../fixtures/client-host-fake.js';

async function connected(): Promise<HostFake> {
  const host = new HostFake();
  await host.hello();
  return host;
}

function remoteFrame(host: HostFake, info: Partial<WirePictureInfo> = {}): VideoFrame {
  const picture = new RemotePicture(host.connection, 3 as PictureHandle);
  return makeVideoFrame(new PictureReference(picture, fromWireInfo({ ...pictureInfo, ...info })));
}

/** The format that copyTo() of a frame in the host asks for; its answer has zeros. */
async function askedFor(info: Partial<WirePictureInfo>, options: VideoFrameCopyToOptions): Promise<string | null> {
  const host = await connected();
  const frame = remoteFrame(host, info);
  const copied = frame.copyTo(new Uint8Array(frame.allocationSize(options)), options);
  await settle();
  const { request, call } = host.last('request');
  assert.ok(call.method === 'copyPicture');
  host.send({ type: 'response', request, result: { data: new Uint8Array(256) } });
  await copied;
  frame.close();
  return call.format;
}

test('a frame in the host becomes RGB there where that is no matter of colour spaces', async () => {
  assert.equal(await askedFor({}, { format: 'BGRA' }), 'BGRA');
  assert.equal(await askedFor({ format: 'I422AP10' }, { format: 'RGBA' }), 'RGBA');
  assert.equal(await askedFor({}, {}), 'I420');
});

test('what the host would make otherwise than the client is fetched as it is', async () => {
  const { colorSpace } = pictureInfo;
  const cases: [Partial<WirePictureInfo>, VideoFrameCopyToOptions][] = [
    [{}, { format: 'RGBA', colorSpace: 'display-p3' }],
    [{}, { format: 'RGBA', colorSpace: 'srgb-linear' }],
    [{ colorSpace: { ...colorSpace, primaries: 'bt2020' } }, { format: 'RGBA' }],
    [{ colorSpace: { ...colorSpace, transfer: 'pq' } }, { format: 'RGBA' }],
    [{ colorSpace: { ...colorSpace, matrix: 'rgb' } }, { format: 'RGBA' }],
    [{}, { format: 'RGBA', rect: { x: 0, y: 0, width: 3, height: 2 } }],
  ];
  for (const [info, options] of cases) {
    assert.equal(await askedFor(info, options), 'I420', JSON.stringify([info, options]));
  }
  assert.equal(await askedFor({ format: 'I420A' }, { format: 'RGBX' }), 'I420A');
  assert.equal(await askedFor({ format: 'RGBX' }, { format: 'RGBA' }), 'RGBX');
});

test('the one format that FFmpeg has not is sent as 4:2:2 with every row of chroma twice, and counted so', async () => {
  const host = await connected();
  // 2×3 pixels: luma 1…6, U 7 and 8, V 9 and 10, alpha 11…16.
  const samples = Uint16Array.from({ length: 16 }, (_value, index) => index + 1);
  const frame = new VideoFrame(samples, { format: 'I420AP12', codedWidth: 2, codedHeight: 3, timestamp: 0 });
  const reference = pictureOf(frame);
  assert.ok(reference);
  const { picture, transfer } = await pictureToSend(reference, host.connection);
  assert.ok(picture.source === 'bytes');
  assert.deepEqual([picture.info.format, picture.layout, transfer], ['I422AP12', null, []]);
  const sent = [...new Uint16Array(picture.data.slice().buffer)];
  assert.deepEqual(sent, [1, 2, 3, 4, 5, 6, 7, 7, 8, 9, 9, 10, 11, 12, 13, 14, 15, 16]);
  assert.equal(bytesToSend(reference, host.connection), picture.data.byteLength);
  frame.close();
});
