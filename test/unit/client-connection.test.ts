import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  type Connection,
  createWebCodecs,
  EncodedVideoChunk,
  VideoFrame,
  type WebCodecs,
} from '../../app/client/index.js';
import type { WirePictureInfo } from '../../app/protocol/messages.js';
import { connectedHost, HostFake, pictureInfo, settle } from '../fixtures/client-host-fake.js';

const named = (name: string) => (error: unknown) => error instanceof DOMException && error.name === name;

interface Decoding {
  decoder: InstanceType<WebCodecs['VideoDecoder']>;
  frames: VideoFrame[];
  errors: DOMException[];
}

async function decoding(host: HostFake, source: Connection | (() => Connection) = host.connection): Promise<Decoding> {
  const frames: VideoFrame[] = [];
  const errors: DOMException[] = [];
  const { VideoDecoder } = createWebCodecs(source);
  const decoder = new VideoDecoder({
    output: (frame) => void frames.push(frame),
    error: (error) => void errors.push(error),
  });
  decoder.configure({ codec: 'vp8' });
  await host.configured();
  return { decoder, frames, errors };
}

async function remoteFrame(host: HostFake, handle: number, info: Partial<WirePictureInfo> = {}): Promise<VideoFrame> {
  const { frames } = await decoding(host);
  host.picture(handle, info);
  await settle();
  assert.ok(frames[0]);
  return frames[0];
}

function key(): EncodedVideoChunk {
  return new EncodedVideoChunk({ type: 'key', timestamp: 0, data: new Uint8Array(1) });
}

test('the port is referenced while something is pending, and not when idle', async () => {
  const host = new HostFake();
  assert.ok(host.clientPort.isReferenced, 'waiting for the hello');
  await host.hello();
  assert.ok(!host.clientPort.isReferenced, 'idle');
  const { decoder } = await decoding(host);
  assert.ok(!host.clientPort.isReferenced, 'configured');
  decoder.decode(key());
  assert.ok(host.clientPort.isReferenced, 'work queued');
  await settle();
  await host.dequeue(1);
  assert.ok(!host.clientPort.isReferenced, 'work done');
  const flushed = decoder.flush();
  assert.ok(host.clientPort.isReferenced, 'flush pending');
  await host.flushed();
  await flushed;
  assert.ok(!host.clientPort.isReferenced, 'flushed');
  void decoder.flush();
  decoder.close();
  assert.ok(!host.clientPort.isReferenced, 'closed');
  const asked = host.connection.versions();
  assert.ok(host.clientPort.isReferenced, 'request pending');
  await settle();
  host.send({ type: 'refusal', request: host.last('request').request, error: { name: 'TypeError', message: 'no' } });
  await assert.rejects(asked, TypeError);
  assert.ok(!host.clientPort.isReferenced, 'answered');
});

test('ready rejects where the host ends or speaks another protocol', async () => {
  const dead = new HostFake();
  dead.clientPort.die('exit code 3');
  await assert.rejects(dead.connection.ready, /exit code 3/);
  const foreign = new HostFake();
  await settle();
  foreign.send({ ...({ type: 'hello', version: 999 } as const), limits: {} as never });
  await assert.rejects(foreign.connection.ready, named('NotSupportedError'));
  assert.ok(foreign.connection.isClosed);
});

test('a dead port errors configured codecs, rejects every promise and closes remote frames', async () => {
  const host = await connectedHost();
  const { decoder, frames, errors } = await decoding(host);
  host.picture(1);
  await settle();
  const [frame] = frames;
  assert.ok(frame);
  decoder.decode(key());
  const promises = [decoder.flush(), host.connection.statistics(), frame.copyTo(new Uint8Array(12))];
  const endings = Promise.allSettled(promises);
  host.clientPort.die('signal SIGKILL');
  for (const ending of await endings) {
    assert.ok(ending.status === 'rejected' && named('OperationError')(ending.reason), ending.status);
    assert.match(String(ending.reason), /SIGKILL/);
  }
  assert.deepEqual(
    [decoder.state, errors.length, frame.format, frame.codedWidth, frame.timestamp],
    ['closed', 1, null, 0, 7],
  );
  assert.throws(() => frame.clone(), named('InvalidStateError'));
  await assert.rejects(frame.copyTo(new Uint8Array(12)), named('InvalidStateError'));
  await assert.rejects(host.connection.versions(), named('OperationError'));
  frame.close();
});

test('the reason of a goodbye is what everything ends with', async () => {
  const host = await connectedHost();
  const { errors } = await decoding(host);
  host.send({ type: 'goodbye', error: { name: 'DataError', message: 'too much work' } });
  host.port.close();
  await settle();
  assert.match(String(errors[0]), /too much work/);
});

test('a goodbye ends everything also where nobody tells that the port closes', async () => {
  const host = await connectedHost();
  const { decoder, errors } = await decoding(host);
  host.send({ type: 'goodbye', error: { name: 'DataError', message: 'too much work' } });
  await settle();
  assert.match(String(errors[0]), /too much work/);
  assert.equal(decoder.state, 'closed');
});

test('close ends codecs without an error callback', async () => {
  const host = await connectedHost();
  const { decoder, errors } = await decoding(host);
  const flushed = decoder.flush();
  host.connection.close();
  host.connection.close();
  await assert.rejects(flushed, named('AbortError'));
  assert.deepEqual([decoder.state, errors.length], ['closed', 0]);
});

test('a codec that is not configured outlives its host and finds the next one', async () => {
  const first = await connectedHost();
  const second = await connectedHost();
  let current = first.connection;
  const { decoder, errors } = await decoding(first, () => current);
  decoder.reset();
  first.clientPort.die('gone');
  await settle();
  assert.equal(decoder.state, 'unconfigured');
  current = second.connection;
  decoder.configure({ codec: 'vp8' });
  decoder.decode(key());
  await second.configured();
  assert.equal(second.all('decode').length, 1);
  assert.equal(errors.length, 0);
});

test('configuring without a host is an error through the callback', async () => {
  const host = await connectedHost();
  host.connection.close();
  const errors: DOMException[] = [];
  const { VideoDecoder } = createWebCodecs(host.connection);
  const decoder = new VideoDecoder({ output() {}, error: (error) => void errors.push(error) });
  decoder.configure({ codec: 'vp8' });
  assert.equal(decoder.state, 'configured');
  const flushed = decoder.flush();
  await assert.rejects(flushed, named('OperationError'));
  assert.deepEqual([decoder.state, errors.length], ['closed', 1]);
});

test('a host that sends nonsense is gone', async () => {
  const host = await connectedHost();
  host.port.postMessage({ type: 'surprise' });
  await settle();
  assert.ok(host.connection.isClosed);
});

test('a remote frame has all members, and its handle goes back when the last reference goes', async () => {
  const host = await connectedHost();
  const frame = await remoteFrame(host, 5, { rotation: 90, displayWidth: 2, displayHeight: 4, duration: 11 });
  assert.deepEqual(
    [frame.format, frame.codedWidth, frame.rotation, frame.displayWidth, frame.timestamp, frame.duration],
    ['I420', 4, 90, 2, 7, 11],
  );
  assert.equal(frame.allocationSize(), 12);
  const clone = frame.clone();
  const other = new VideoFrame(clone, { timestamp: 99 });
  frame.close();
  clone.close();
  clone.close();
  await settle();
  assert.equal(host.all('release').length, 0);
  other.close();
  await settle();
  assert.deepEqual(
    host.all('release').map(({ handles }) => handles),
    [[5]],
  );
});

test('what is released at once goes in messages that the host takes', async () => {
  const host = await connectedHost();
  for (let handle = 0; handle < 65_537; handle++) {
    host.connection.release(handle as never);
  }
  await settle();
  assert.deepEqual(
    host.all('release').map(({ handles }) => handles.length),
    [65_536, 1],
  );
});

test('frames closed together are released together', async () => {
  const host = await connectedHost();
  const { frames } = await decoding(host);
  for (const handle of [1, 2, 3]) {
    host.picture(handle);
  }
  await settle();
  for (const frame of frames) {
    frame.close();
  }
  await settle();
  assert.deepEqual(
    host.all('release').map(({ handles }) => handles),
    [[1, 2, 3]],
  );
});

test('copyTo of a remote frame fetches the rectangle and lays it out', async () => {
  const host = await connectedHost();
  const frame = await remoteFrame(host, 6);
  const out = new Uint8Array(20);
  const copied = frame.copyTo(out, {
    rect: { x: 0, y: 0, width: 2, height: 2 },
    layout: [
      { offset: 4, stride: 4 },
      { offset: 0, stride: 1 },
      { offset: 1, stride: 1 },
    ],
  });
  frame.close();
  await settle();
  const { request, call } = host.last('request');
  assert.deepEqual(call, {
    method: 'copyPicture',
    handle: 6,
    rect: { x: 0, y: 0, width: 2, height: 2 },
    format: 'I420',
    layout: null,
  });
  assert.equal(host.all('release').length, 0);
  host.send({ type: 'response', request, result: { data: new Uint8Array([1, 2, 3, 4, 5, 6]) } });
  await copied;
  await settle();
  assert.deepEqual(host.all('answerTaken'), [{ type: 'answerTaken', count: 1, bytes: 6 }]);
  assert.deepEqual([...out.subarray(0, 10)], [5, 6, 0, 0, 1, 2, 0, 0, 3, 4]);
  await settle();
  assert.deepEqual(host.last('release').handles, [6]);
});

test('encoding a remote frame sends its handle and moves no pixels, before the handle goes back', async () => {
  const host = await connectedHost();
  const frame = await remoteFrame(host, 8);
  const { VideoEncoder } = createWebCodecs(host.connection);
  const encoder = new VideoEncoder({ output() {}, error() {} });
  encoder.configure({ codec: 'vp8', width: 4, height: 2 });
  await host.configured();
  const retimed = new VideoFrame(frame, { timestamp: 1234 });
  frame.close();
  encoder.encode(retimed);
  retimed.close();
  await settle();
  const { picture } = host.last('encodeVideo');
  assert.ok(picture.source === 'handle' && picture.handle === (8 as never) && picture.info.timestamp === 1234);
  const types = host.received.map(({ type }) => type);
  assert.ok(types.lastIndexOf('encodeVideo') < types.lastIndexOf('release'));
});

test('a frame of another host is fetched from there, and order is kept', async () => {
  const home = await connectedHost();
  const other = await connectedHost();
  const foreign = await remoteFrame(other, 3, { timestamp: 1 });
  const { VideoEncoder } = createWebCodecs(home.connection);
  const encoder = new VideoEncoder({ output() {}, error() {} });
  encoder.configure({ codec: 'vp8', width: 4, height: 2 });
  await home.configured();
  const local = new VideoFrame(new Uint8Array(12), { format: 'I420', codedWidth: 4, codedHeight: 2, timestamp: 2 });
  encoder.encode(foreign);
  encoder.encode(local);
  foreign.close();
  await settle();
  assert.equal(home.all('encodeVideo').length, 0);
  other.send({ type: 'response', request: other.last('request').request, result: { data: new Uint8Array(12) } });
  await settle();
  assert.deepEqual(
    home.all('encodeVideo').map(({ picture }) => [picture.source, picture.info.timestamp]),
    [
      ['bytes', 1],
      ['bytes', 2],
    ],
  );
  assert.deepEqual(other.last('release').handles, [3]);
});

test('frames of another host count in the credit as the bytes that they become', async () => {
  const home = await connectedHost({ limits: { workCredit: { count: 9, bytes: 12 } } });
  const other = await connectedHost();
  const foreign = await remoteFrame(other, 3);
  const { VideoEncoder } = createWebCodecs(home.connection);
  const encoder = new VideoEncoder({ output() {}, error() {} });
  encoder.configure({ codec: 'vp8', width: 4, height: 2 });
  await home.configured();
  encoder.encode(foreign);
  encoder.encode(foreign);
  await settle();
  other.send({ type: 'response', request: other.last('request').request, result: { data: new Uint8Array(12) } });
  await settle();
  assert.equal(home.all('encodeVideo').length, 1);
  assert.equal(other.all('request').length, 1);
});

test('transformVideoFrame makes a frame in the host, of local and remote ones', async () => {
  const host = await connectedHost();
  const { transformVideoFrame } = createWebCodecs(host.connection);
  const local = new VideoFrame(new Uint8Array(12), { format: 'I420', codedWidth: 4, codedHeight: 2, timestamp: 2 });
  const made = transformVideoFrame(local, { width: 2, rotation: 90, crop: { width: 2, height: 2 } });
  await settle();
  const { request, call } = host.last('request');
  assert.ok(call.method === 'transformPicture' && call.picture.source === 'bytes');
  assert.deepEqual(call.transform, {
    crop: { x: 0, y: 0, width: 2, height: 2 },
    rotation: 90,
    flip: false,
    width: 2,
    height: 0,
    fit: 'fill',
    format: null,
  });
  host.send({ type: 'response', request, result: { handle: 21 as never, info: { ...pictureInfo, timestamp: 2 } } });
  const frame = await made;
  assert.equal(frame.timestamp, 2);
  frame.close();
  await settle();
  assert.deepEqual(host.last('release').handles, [21]);
  await assert.rejects(transformVideoFrame(local, { rotation: 45 }), TypeError);
  await assert.rejects(transformVideoFrame(local, { crop: { x: 1, width: 4, height: 2 } }), TypeError);
  local.close();
  await assert.rejects(transformVideoFrame(local, {}), TypeError);
});

test('a frame that nobody closed is released when it is collected, with one warning', async (context) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const host = await connectedHost();
  const warn = context.mock.method(console, 'warn', () => undefined);
  const { frames } = await decoding(host);
  host.picture(31);
  host.picture(32);
  await settle();
  frames.length = 0;
  for (
    let attempt = 0;
    attempt < 20 && host.all('release').flatMap(({ handles }) => handles).length < 2;
    attempt += 1
  ) {
    collect();
    await settle();
  }
  assert.deepEqual(
    host
      .all('release')
      .flatMap(({ handles }) => handles)
      .sort(),
    [31, 32],
  );
  assert.equal(warn.mock.callCount(), 1);
});
