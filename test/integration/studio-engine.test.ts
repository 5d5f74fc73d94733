/** What the Studio's engine does with codec hosts, real ones in this process. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectCodecs, type RemoteCodecs } from 'electron-webcodecs/renderer';
import { StreamTarget } from 'mediabunny';
import { serve } from '../../app/host/serve.js';
import { portFromMessagePort } from '../../app/protocol/port-dom.js';
import { HostLink } from '../../renderer/studio/engine/host-link.js';
import { RecordingFile } from '../../renderer/studio/engine/recording/recording-file.js';
import { SoundLane } from '../../renderer/studio/engine/recording/sound-lane.js';
import { Timeline } from '../../renderer/studio/engine/recording/timeline.js';
import { VideoLane } from '../../renderer/studio/engine/recording/video-lane.js';
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
