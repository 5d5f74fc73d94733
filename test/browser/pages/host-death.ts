/** The host goes while codecs are at work. */
import { assert } from 'chai';
import { connectCodecs } from 'electron-webcodecs/renderer';
import { openBridge } from './bridge.js';
import { encodeFrames, paintedCanvas } from './coding.js';
import { offer, type PageEnv } from './situations.js';

declare function killHosts(): Promise<void>;

const config = { codec: 'vp8', width: 128, height: 96, bitrate: 500_000 };

interface Ending {
  errors: DOMException[];
  /** What became of a flush that had much to wait for. */
  flushed: string;
}

function ended(codec: { readonly state: string }): Promise<void> {
  const deadline = Date.now() + 20_000;
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (codec.state !== 'closed' && Date.now() < deadline) return;
      clearInterval(timer);
      if (codec.state === 'closed') resolve();
      else reject(new Error(`the codec is still ${codec.state}`));
    }, 5);
  });
}

/** Four codecs, of which one has work for seconds; what `end` brings about, and how they end. */
async function endingOf(
  { VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder }: Awaited<ReturnType<PageEnv['connect']>>,
  end: () => unknown,
): Promise<Ending> {
  const errors: DOMException[] = [];
  const callbacks = { output: () => undefined, error: (error: DOMException) => errors.push(error) };
  const encoder = new VideoEncoder(callbacks);
  encoder.configure({ codec: 'av01.0.08M.08', width: 1280, height: 720 });
  const decoder = new VideoDecoder({ ...callbacks, output: (output) => output.close() });
  decoder.configure({ codec: 'vp8' });
  const sound = { codec: 'opus', sampleRate: 48_000, numberOfChannels: 1 };
  const audioEncoder = new AudioEncoder(callbacks);
  audioEncoder.configure(sound);
  const audioDecoder = new AudioDecoder(callbacks);
  audioDecoder.configure(sound);
  const codecs = [encoder, decoder, audioEncoder, audioDecoder];
  await Promise.all(codecs.map((codec) => codec.flush()));
  const canvas = paintedCanvas(1280, 720);
  for (let timestamp = 0; timestamp < 60; timestamp += 1) {
    const frame = new VideoFrame(canvas, { timestamp });
    encoder.encode(frame);
    frame.close();
  }
  const flushed = encoder.flush().then(
    () => 'resolved',
    (error: DOMException) => error.name,
  );
  await end();
  await Promise.all(codecs.map(ended));
  return { flushed: await flushed, errors };
}

function assertEnded({ flushed, errors }: Ending): void {
  assert.deepEqual(
    errors.map(({ name }) => name),
    Array(4).fill('OperationError'),
  );
  assert.equal(flushed, 'OperationError');
}

offer({
  'every codec closes with an error when the host’s process is killed': async (env) => {
    const codecs = await env.connect();
    const ending = await endingOf(codecs, killHosts);
    assertEnded(ending);
    assert.match(ending.errors[0]?.message ?? '', /SIGKILL/);
    const reason = await codecs.statistics().catch((error: DOMException) => error.name);
    assert.equal(reason, 'OperationError');
    const errors: DOMException[] = [];
    const late = new codecs.VideoEncoder({ output: () => undefined, error: (error) => errors.push(error) });
    late.configure(config);
    await ended(late);
    assert.deepEqual(
      errors.map(({ name }) => name),
      ['OperationError'],
      'a port of one’s own ends with its host',
    );
  },

  'frames in the host are closed with it, frames of the platform stay': async (env) => {
    const [codecs, remote] = [await env.connect(), await env.connectRemote()];
    const canvas = new VideoFrame(paintedCanvas(), { timestamp: 0 });
    const encoded = await encodeFrames(codecs, config, [canvas]);
    const chunk = encoded.chunks[0]?.chunk as EncodedVideoChunk;
    const data = new Uint8Array(chunk.byteLength);
    chunk.copyTo(data);
    const frames: { readonly format: string | null; close(): void }[] = [];
    const callbacks = { output: (frame: (typeof frames)[0]) => frames.push(frame), error: () => undefined };
    const own = new remote.VideoDecoder(callbacks);
    own.configure(encoded.config);
    own.decode(new remote.EncodedVideoChunk({ type: 'key', timestamp: 0, data }));
    await own.flush();
    const platform = new codecs.VideoDecoder(callbacks);
    platform.configure(encoded.config);
    platform.decode(chunk);
    await platform.flush();
    await killHosts();
    await ended(own);
    assert.deepEqual(
      frames.map(({ format }) => format),
      [null, 'I420'],
    );
    for (const frame of frames) frame.close();
  },

  'where the platform tells that a port is closed, that is enough': async (env) => {
    const tellsPort = await new Promise<boolean>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener('close', () => resolve(true));
      port1.start();
      port2.close();
      setTimeout(() => resolve(false), 1000);
    });
    assert.isTrue(tellsPort, 'this browser was started with the event');
    const bridge = await openBridge(env.runIn, { tellsEnd: false });
    const codecs = await connectCodecs(bridge.port);
    let asked: Promise<unknown> = Promise.resolve();
    const cut = () => {
      bridge.cut();
      // Nobody is there to answer it.
      asked = codecs.statistics().catch((error: DOMException) => error.name);
    };
    assertEnded(await endingOf({ ...codecs, bridge }, cut));
    const tooLate = new Promise((resolve) => setTimeout(resolve, 5000, 'no answer'));
    assert.equal(await Promise.race([asked, tooLate]), 'OperationError');
  },
});
