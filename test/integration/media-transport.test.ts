import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import threads, { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import {
  AudioData,
  EncodedAudioChunk,
  EncodedVideoChunk,
  type MediaObject,
  packMedia,
  unpackMedia,
  VideoColorSpace,
  VideoFrame,
} from 'electron-webcodecs';
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

function describeSound(sound: AudioData): unknown {
  const { format, sampleRate, numberOfFrames, numberOfChannels, timestamp, duration } = sound;
  const planes = format?.endsWith('planar') ? numberOfChannels : 1;
  const bytes = Array.from({ length: planes }, (_, planeIndex) => {
    const plane = new Uint8Array(sound.allocationSize({ planeIndex }));
    sound.copyTo(plane, { planeIndex });
    return plane;
  });
  return { format, sampleRate, numberOfFrames, numberOfChannels, timestamp, duration, bytes };
}

function describeChunk(chunk: EncodedVideoChunk): unknown {
  const { type, timestamp, duration, byteLength } = chunk;
  const bytes = new Uint8Array(byteLength);
  chunk.copyTo(bytes);
  return { type, timestamp, duration, bytes };
}

async function describeMedia(media: MediaObject): Promise<unknown> {
  if (media instanceof VideoFrame) return describeFrame(media);
  return media instanceof AudioData ? describeSound(media) : describeChunk(media);
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

  it("what is packed shares nothing with the frame: a program's changes to it stay its own", async () => {
    const frame = makeFrame();
    const expected = await describeFrame(frame);
    const packed = await packMedia(frame);
    assert.ok(packed.interface === 'VideoFrame' && packed.init.visibleRect && packed.init.layout);
    packed.init.visibleRect.width = 2;
    Object.assign(packed.init.colorSpace ?? {}, { matrix: 'bt709' });
    Object.assign(packed.init.layout[0] ?? {}, { offset: 3 });
    new Uint8Array(packed.data).fill(1);
    assert.deepEqual(await describeFrame(frame), expected);
    const again = unpackMedia(await packMedia(frame, { transfer: true })) as VideoFrame;
    assert.deepEqual(await describeFrame(again), expected);
    again.close();
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

  const soundFormats = ['u8', 's16', 's32', 'f32'].flatMap((name) => [name, `${name}-planar`]);
  const chunkInits = [
    { type: 'key', timestamp: 2 ** 53 - 1, duration: 2 ** 53 - 1 },
    { type: 'delta', timestamp: 1 - 2 ** 53 },
  ] as const;
  const kinds: Record<string, () => MediaObject> = {
    VideoFrame: makeFrame,
    'VideoFrame of which little is known': () =>
      new VideoFrame(pixels, { format: 'NV12', codedWidth: 4, codedHeight: 4, timestamp: 2 ** 53 - 1 }),
    'VideoFrame whose rows lie apart': () =>
      new VideoFrame(pixels, {
        format: 'NV12',
        codedWidth: 4,
        codedHeight: 4,
        timestamp: 0,
        layout: [
          { offset: 60, stride: 10 },
          { offset: 8, stride: 12 },
        ],
      }),
    ...Object.fromEntries(
      soundFormats.map((format) => [
        `AudioData, ${format}`,
        () =>
          new AudioData({
            format: format as 'u8',
            sampleRate: 22_050.5,
            numberOfChannels: 3,
            numberOfFrames: 5,
            timestamp: 1 - 2 ** 53,
            data: pixels,
          }),
      ]),
    ),
    ...Object.fromEntries(
      chunkInits.flatMap((init) => [
        [`EncodedVideoChunk, ${init.type}`, () => new EncodedVideoChunk({ ...init, data: pixels })],
        [`EncodedAudioChunk, ${init.type}`, () => new EncodedAudioChunk({ ...init, data: pixels })],
      ]),
    ),
  };
  for (const [kind, make] of Object.entries(kinds)) {
    it(`keeps all that there is to know about it: ${kind}`, async () => {
      const media = make();
      const expected = await describeMedia(media);
      const copy = unpackMedia(post(await packMedia(media)));
      assert.equal(copy.constructor, media.constructor);
      assert.deepEqual(await describeMedia(copy), expected);
      for (const each of [media, copy]) if ('close' in each) each.close();
    });
  }

  // A VideoFrameInit has no [EnforceRange]: https://w3c.github.io/webcodecs/#dictdef-videoframeinit
  const farTimes = [
    { timestamp: 2 ** 53, duration: 2 ** 53 },
    { timestamp: -(2 ** 63), duration: 2 ** 64 - 2 ** 11 },
    { timestamp: 2 ** 63 - 2 ** 10, duration: 3 },
    { timestamp: -3, duration: 2 ** 60 },
  ];
  for (const times of farTimes) {
    it(`keeps times that no number has exactly: ${times.timestamp} and ${times.duration} µs`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const near = makeFrame();
        const frame = new VideoFrame(near, times);
        assert.deepEqual([frame.timestamp, frame.duration], [times.timestamp, times.duration]);
        const chunks: EncodedVideoChunk[] = [];
        const encoder = new webcodecs.VideoEncoder({
          output: (chunk) => chunks.push(chunk),
          error: (error) => assert.fail(error),
        });
        encoder.configure({ codec: 'vp8', width: 4, height: 3 });
        encoder.encode(frame);
        await encoder.flush();
        encoder.close();
        assert.equal(chunks.length, 1);
        for (const media of [frame, ...chunks]) {
          const copy = unpackMedia(post(await packMedia(media)));
          assert.deepEqual([copy.timestamp, copy.duration], [times.timestamp, times.duration]);
          assert.deepEqual(await describeMedia(copy), await describeMedia(media));
          if (copy instanceof VideoFrame) copy.close();
        }
        near.close();
        frame.close();
      }));
  }

  it('keeps such times of sound that a decoder made', () =>
    withHost('inline', async ({ webcodecs }) => {
      const sounds: AudioData[] = [];
      const decoder = new webcodecs.AudioDecoder({
        output: (sound) => sounds.push(sound),
        error: (error) => assert.fail(error),
      });
      const chunk = new EncodedAudioChunk({ type: 'key', timestamp: 4, data: new Uint8Array(8) });
      const far = unpackMedia({ ...(await packMedia(chunk)), init: { type: 'key', timestamp: 2 ** 62 } } as never);
      decoder.configure({ codec: 'pcm-u8', sampleRate: 8000, numberOfChannels: 2 });
      decoder.decode(far as EncodedAudioChunk);
      await decoder.flush();
      decoder.close();
      const [sound] = sounds as [AudioData];
      const copy = unpackMedia(post(await packMedia(sound))) as AudioData;
      assert.equal(copy.timestamp, 2 ** 62);
      assert.deepEqual(describeSound(copy), describeSound(sound));
      sound.close();
      copy.close();
    }));

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
    for (const media of [frame, audio, chunk, new VideoColorSpace()]) {
      assert.throws(() => structuredClone({ media }), named('DataCloneError'));
    }
    frame.close();
    audio.close();
  });

  it('a codec has none either', { skip: !canMark }, () =>
    withHost('inline', async ({ webcodecs }) => {
      const callbacks = { output: () => undefined, error: () => undefined };
      const { VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder, ImageDecoder } = webcodecs;
      const image = new ImageDecoder({ type: 'image/png', data: new Uint8Array(1) });
      const codecs = [VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder].map((Codec) => new Codec(callbacks));
      for (const one of [image, ...codecs]) {
        assert.throws(() => structuredClone(one), named('DataCloneError'));
        one.close();
      }
    }),
  );

  it('anything else is refused', async () => {
    for (const media of [null, {}, pixels]) {
      await assert.rejects(packMedia(media as never), TypeError);
    }
  });

  const damages: Record<string, (packed: Record<string, unknown>) => unknown> = {
    nothing: () => null,
    'a string': () => 'VideoFrame',
    'another interface': (packed) => ({ ...packed, interface: 'Other' }),
    'an inherited name for an interface': (packed) => ({ ...packed, interface: 'constructor' }),
    'no interface': ({ init, data }) => ({ init, data }),
    'no init': ({ interface: name, data }) => ({ interface: name, data }),
    'an init that is none': (packed) => ({ ...packed, init: 7 }),
    'no data': ({ interface: name, init }) => ({ interface: name, init }),
    'data that is no buffer': (packed) => ({ ...packed, data: [1, 2] }),
    'no timestamp': (packed) => withTime(packed, { timestamp: undefined }),
    'a timestamp that is none': (packed) => withTime(packed, { timestamp: Number.NaN }),
    'an endless timestamp': (packed) => withTime(packed, { timestamp: Number.POSITIVE_INFINITY }),
    'a timestamp beyond long long': (packed) => withTime(packed, { timestamp: 2 ** 63 }),
    'a bigint for a timestamp': (packed) => withTime(packed, { timestamp: 2n ** 60n }),
  };
  const withTime = (packed: Record<string, unknown>, times: object) => ({
    ...packed,
    init: { ...(packed['init'] as object), ...times },
  });
  for (const [kind, make] of Object.entries(kinds)) {
    if (kind.includes(',') && !kind.endsWith('f32') && !kind.endsWith('key')) continue;
    it(`refuses damaged ones, and leaves their data alone: ${kind}`, async () => {
      const media = make();
      for (const [what, damage] of Object.entries(damages)) {
        const packed = await packMedia(media);
        assert.throws(() => unpackMedia(damage({ ...packed }) as never), TypeError, what);
        assert.notEqual(packed.data.byteLength, 0, what);
      }
      if ('close' in media) {
        const packed = await packMedia(media);
        assert.throws(() => unpackMedia({ ...packed, data: packed.data.slice(1) }), TypeError, 'too little data');
        media.close();
      }
      const used = await packMedia(make());
      const first = unpackMedia(used);
      assert.throws(() => unpackMedia(used), /at least|detached/, 'data that another took over');
      if ('close' in first) first.close();
    });
  }

  it('refuses a duration beyond unsigned long long, and a negative one', async () => {
    for (const kind of ['VideoFrame', 'EncodedVideoChunk, key']) {
      const packed = await packMedia((kinds[kind] as () => MediaObject)());
      for (const duration of [2 ** 64, -1, -(2 ** 60), Number.NaN]) {
        assert.throws(() => unpackMedia(withTime({ ...packed }, { duration }) as never), TypeError, `${duration}`);
      }
    }
  });
});
