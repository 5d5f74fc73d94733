/** What the Studio's engine does with codec hosts, real ones in this process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectCodecs, type RemoteCodecs } from 'electron-webcodecs/renderer';
import { EncodedPacket, StreamTarget, type StreamTargetChunk } from 'mediabunny';
import { serve } from '../../app/host/serve.js';
import { portFromMessagePort } from '../../app/protocol/port-dom.js';
import { HostLink } from '../../renderer/studio/engine/host-link.js';
import { RecordingFile } from '../../renderer/studio/engine/recording/recording-file.js';
import { SoundLane } from '../../renderer/studio/engine/recording/sound-lane.js';
import { Timeline } from '../../renderer/studio/engine/recording/timeline.js';
import { TrackReader } from '../../renderer/studio/engine/recording/track-reader.js';
import { VideoLane } from '../../renderer/studio/engine/recording/video-lane.js';
import { decodeSamples } from '../fixtures/debian-ffmpeg.js';
import { eventually } from '../fixtures/event-loop.js';

const fail = (error: unknown): void => assert.fail(String(error));

/** A port to a host of its own. */
function hostPort(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  serve(portFromMessagePort(port2, { transfer: false }));
  return port1;
}

test('a port whose host is lost before it answers is no host; the next one is', async () => {
  const told: (string | null)[] = [];
  const link = new HostLink((reason) => told.push(reason));
  const first = new MessageChannel();
  const attached = link.attach(first.port1);
  link.lose('The codec host died.');
  serve(portFromMessagePort(first.port2, { transfer: false }));
  await attached;
  assert.deepEqual(told, []);
  await link.attach(hostPort());
  assert.deepEqual(told, [null]);
  const { gone } = await link.current();
  link.lose('It died, too.');
  assert.equal((gone.reason as Error).message, 'It died, too.');
  assert.deepEqual(told, [null, 'It died, too.']);
});

const settings = {
  format: 'vp9-webm',
  width: 320,
  height: 180,
  fps: 30,
  videoBitrate: 100_000,
  audioBitrate: 64_000,
} as const;

for (const [what, begin] of [
  [
    'picture',
    (codecs, timeline, file) => {
      const lane = new VideoLane(settings, timeline, file, { encoderFailed: fail, changed: assert.fail });
      lane.useCodecs(codecs);
      return lane;
    },
  ],
  [
    'sound',
    (codecs, timeline, file) => {
      const lane = new SoundLane(settings, timeline, file, fail);
      lane.useCodecs(codecs);
      lane.fillSilence(performance.now());
      return lane;
    },
  ],
] as [string, (codecs: RemoteCodecs, timeline: Timeline, file: RecordingFile) => VideoLane | SoundLane][]) {
  // Its host may live on, where a codec failed alone.
  test(`a recording’s ${what} that goes over to another host leaves no encoder behind`, async () => {
    const codecs = await connectCodecs(hostPort(), { frames: 'remote' });
    const timeline = new Timeline();
    timeline.start(performance.now() - 5000);
    const file = new RecordingFile(settings.format, true, new StreamTarget(new WritableStream()), fail);
    const lane = begin(codecs, timeline, file);
    const hasCodecs = (count: number) => async () => (await codecs.statistics()).codecs === count;
    await eventually('the encoder', hasCodecs(1));
    lane.loseCodecs();
    await eventually('its end', hasCodecs(0));
    codecs.close();
  });
}

/** One, without which a recording's file is none. */
async function addPicture({ VideoEncoder, VideoFrame }: RemoteCodecs, file: RecordingFile): Promise<void> {
  const { width, height } = settings;
  const encoder = new VideoEncoder({
    output: (chunk, metadata) => {
      const data = new Uint8Array(chunk.byteLength);
      chunk.copyTo(data);
      file.addVideo(new EncodedPacket(data, 'key', 0, 2), metadata as EncodedVideoChunkMetadata | undefined);
    },
    error: fail,
  });
  encoder.configure({ codec: 'vp09.00.20.08', width, height });
  const init = { format: 'I420', codedWidth: width, codedHeight: height, timestamp: 0 } as const;
  const frame = new VideoFrame(new Uint8Array(width * height * 1.5), init);
  encoder.encode(frame);
  frame.close();
  await encoder.flush();
  encoder.close();
}

/** Seconds of each part of the sound below, and hertz of its tone. */
const partLength = 0.6;
const tone = 500;

/** Blocks of 10 ms as a microphone gives them, at their time: a tone in the last channel of those that the part has. */
function changingMicrophone(
  { AudioData }: RemoteCodecs,
  parts: readonly { sampleRate: number; numberOfChannels: number }[],
): ReadableStream<AudioData> {
  const begun = performance.now();
  let count = 0;
  return new ReadableStream({
    async pull(controller) {
      const part = parts[Math.floor(count / (partLength * 100))];
      if (!part) return controller.close();
      const numberOfFrames = part.sampleRate / 100;
      const data = new Float32Array(numberOfFrames * part.numberOfChannels);
      const silent = data.length - numberOfFrames;
      for (let index = 0; index < numberOfFrames; index++) {
        data[silent + index] = 0.5 * Math.sin(2 * Math.PI * tone * (count / 100 + index / part.sampleRate));
      }
      const timestamp = count * 10_000;
      count += 1;
      await sleep(Math.max(0, begun + count * 10 - performance.now()));
      controller.enqueue(
        new AudioData({ ...part, format: 'f32-planar', numberOfFrames, timestamp, data }) as AudioData,
      );
    },
  });
}

for (const [what, parts, channels] of [
  [
    'more channels, then a lower rate',
    [
      { sampleRate: 48_000, numberOfChannels: 1 },
      { sampleRate: 48_000, numberOfChannels: 2 },
      { sampleRate: 16_000, numberOfChannels: 2 },
    ],
    1,
  ],
  [
    'a higher rate, then fewer channels',
    [
      { sampleRate: 24_000, numberOfChannels: 2 },
      { sampleRate: 48_000, numberOfChannels: 2 },
      { sampleRate: 48_000, numberOfChannels: 1 },
    ],
    2,
  ],
] as const) {
  test(`a microphone that has ${what} in mid-recording stays audible, at its pitch, as the file began`, async () => {
    const codecs = await connectCodecs(hostPort(), { frames: 'remote' });
    const timeline = new Timeline();
    const bytes = Buffer.alloc(1e6);
    let end = 0;
    const target = new StreamTarget(
      new WritableStream<StreamTargetChunk>({
        write: ({ data, position }) => {
          bytes.set(data, position);
          end = Math.max(end, position + data.length);
        },
      }),
    );
    const file = new RecordingFile(settings.format, true, target, fail);
    await addPicture(codecs, file);
    const lane = new SoundLane(settings, timeline, file, fail);
    lane.useCodecs(codecs);
    timeline.start(performance.now());
    await lane.read(new TrackReader(changingMicrophone(codecs, parts)));
    await lane.end();
    await file.finish();
    codecs.close();

    const samples = await decodeSamples(bytes.subarray(0, end));
    const sound = samples.filter((_, index) => index % channels === channels - 1);
    for (const index of parts.keys()) {
      // The part's middle half.
      const from = Math.round((index + 0.25) * partLength * 48_000);
      const part = sound.subarray(from, from + (partLength / 2) * 48_000);
      const turns = part.filter((sample, at) => sample >= 0 && (part[at - 1] ?? 0) < 0).length;
      assert.ok(Math.abs(turns - (tone * partLength) / 2) <= 3, `part ${index} has ${turns} waves`);
      const loudness = Math.hypot(...part) / Math.sqrt(part.length);
      assert.ok(loudness > 0.1, `part ${index} is ${loudness} loud`);
    }
  });
}
