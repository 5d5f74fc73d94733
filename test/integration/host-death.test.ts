import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { createCodecHost } from 'electron-webcodecs';
import type { CodecHost } from '../fixtures/codec-host.js';
import { encodeVideo, numberedInputs, type VideoFrameOf } from '../fixtures/coders.js';
import { eventually } from '../fixtures/event-loop.js';
import { type AnyCodec, type CodecMaker, ending, fourCodecs, videoConfig } from '../fixtures/four-codecs.js';
import { childrenOf, isRunning } from '../fixtures/processes.js';

let makers: readonly CodecMaker[] = [];
before(async () => {
  makers = await fourCodecs();
});

const prlimitMissing = spawnSync('prlimit', ['--version']).status === 0 ? false : 'prlimit is not installed';

/** Bytes of addresses that a process has taken. */
function memoryOf(pid: number): number {
  return 1024 * Number(/VmSize:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** A host in a child process that is up, and its process id. */
async function startHost(): Promise<{ host: CodecHost; pid: number }> {
  const others = childrenOf(process.pid);
  const host = createCodecHost({ runIn: 'child' });
  await host.ready;
  const [pid, ...more] = childrenOf(process.pid).filter((child) => !others.includes(child));
  assert.ok(pid !== undefined && more.length === 0, 'the host is one child process');
  return { host, pid };
}

describe('the host’s process is killed', () => {
  // The system's out of memory kills; native code and V8 abort at theirs.
  for (const signal of ['SIGKILL', 'SIGABRT'] as const) {
    it(`by ${signal}, with work under way in all four codecs: each gets one error and is closed, every flush is rejected`, async () => {
      const { host, pid } = await startHost();
      const errors = new Map<string, DOMException[]>();
      const flushes: Promise<string>[] = [];
      const codecs = makers.map((maker) => {
        const list: DOMException[] = [];
        errors.set(maker.kind, list);
        const codec: AnyCodec = maker.make(host.webcodecs, { error: (error) => list.push(error) });
        codec.configure();
        for (let count = 0; count < 50; count++) codec.work();
        flushes.push(ending(codec.flush()));
        return codec;
      });
      process.kill(pid, signal);
      const endings = await Promise.all(flushes);
      for (const [kind, list] of errors) {
        assert.equal(list.length, 1, `${kind} is told once`);
        assert.match(list[0]?.message ?? '', /host is gone/, `${kind} is told why`);
      }
      assert.ok(
        endings.every((name) => name !== 'resolved' && !name.startsWith('not')),
        endings.join(' '),
      );
      for (const codec of codecs) {
        assert.equal(codec.codec.state, 'closed');
        assert.equal(codec.queueSize(), 0);
      }
      await host.close();
    });
  }

  // Too little for a thread, for what the encoder opens with (of which SVT-AV1 dies), for pictures.
  for (const left of [0, 20, 300]) {
    it(`or it has ${left} MiB of memory left: its codec says so or ends with it, and the next codec works`, {
      skip: prlimitMissing,
    }, async () => {
      const { host, pid } = await startHost();
      const { VideoEncoder, VideoFrame } = host.webcodecs;
      // Soft: what the process has now and a little is all that it gets, until the limit is lifted.
      const limitMemory = (bytes: string) => execFileSync('prlimit', ['--pid', String(pid), `--as=${bytes}:`]);
      limitMemory(String(memoryOf(pid) + left * 2 ** 20));
      const errors: DOMException[] = [];
      const encoder = new VideoEncoder({ output: () => undefined, error: (error) => errors.push(error) });
      const [width, height] = [2048, 2048];
      encoder.configure({ codec: 'av01.0.08M.08', width, height });
      for (let index = 0; index < 16; index++) {
        const init = { format: 'I420', codedWidth: width, codedHeight: height, timestamp: index } as const;
        const frame = new VideoFrame(new Uint8Array(width * height * 1.5), init);
        encoder.encode(frame);
        frame.close();
      }
      assert.notEqual(await ending(encoder.flush()), 'resolved');
      assert.equal(encoder.state, 'closed');
      assert.equal(errors.length, 1, errors.map(String).join(' '));
      if (isRunning(pid)) limitMemory('unlimited');
      await eventually('a codec that works', async () => {
        const inputs = numberedInputs(host.webcodecs, 3, videoConfig.width, videoConfig.height);
        return (await encodeVideo(host.webcodecs, videoConfig, inputs)).chunks.length === 3;
      });
      await host.close();
    });
  }

  it('frames that lived in it are closed, pending reads and questions are rejected', async () => {
    const { host, pid } = await startHost();
    const { webcodecs } = host;
    const encoded = await encodeVideo(
      webcodecs,
      videoConfig,
      numberedInputs(webcodecs, 6, videoConfig.width, videoConfig.height),
    );
    const frames: VideoFrameOf[] = [];
    const decoder = new webcodecs.VideoDecoder({ output: (frame) => frames.push(frame), error: () => undefined });
    assert.ok(encoded.decoderConfig);
    decoder.configure(encoded.decoderConfig);
    for (const chunk of encoded.chunks) decoder.decode(chunk);
    await decoder.flush();
    const [frame] = frames;
    assert.ok(frame && frames.length === 6);
    const copy = frame.clone();
    process.kill(pid, 'SIGSTOP');
    const read = ending(frame.copyTo(new Uint8Array(frame.allocationSize())));
    const question = webcodecs.VideoEncoder.isConfigSupported(videoConfig).then(
      () => 'resolved',
      () => 'rejected',
    );
    process.kill(pid, 'SIGKILL');
    assert.notEqual(await read, 'resolved');
    // A question may also be asked again of the host's successor; what it may not do is stay open.
    assert.match(await question, /resolved|rejected/);
    await eventually('the decoder to close', () => decoder.state === 'closed');
    for (const held of [...frames, copy]) {
      assert.equal(held.format, null, 'the frame is closed');
      assert.equal(held.codedWidth, 0);
      held.close();
    }
    await host.close();
  });

  it('a new host serves the next codec', async () => {
    const { host, pid } = await startHost();
    process.kill(pid, 'SIGKILL');
    await eventually('the process to be gone', () => !isRunning(pid));
    for (const maker of makers) {
      await eventually(`a working ${maker.kind}`, async () => {
        let outputs = 0;
        let failed = false;
        const codec = maker.make(host.webcodecs, { output: () => outputs++, error: () => (failed = true) });
        codec.configure();
        codec.work();
        const name = await ending(codec.flush());
        if (!failed) codec.close();
        return name === 'resolved' && outputs > 0;
      });
    }
    await host.close();
    await eventually('no process to be left', () => childrenOf(process.pid).length === 0);
  });

  it('what is asked of the host after its restart is answered by the new one', async () => {
    const { host, pid } = await startHost();
    let restarts = 0;
    host.on('restart', () => restarts++);
    process.kill(pid, 'SIGKILL');
    await eventually('the next host', () => restarts === 1);
    await host.ready;
    assert.equal((await host.statistics()).codecs, 0);
    assert.ok((await host.versions()).avcodec);
    await host.close();
  });

  it('closing the host ends its process and every codec in it', async () => {
    const { host, pid } = await startHost();
    const flushes: Promise<string>[] = [];
    const codecs = makers.map((maker) => {
      const codec = maker.make(host.webcodecs, { error: () => undefined });
      codec.configure();
      for (let count = 0; count < 20; count++) codec.work();
      flushes.push(ending(codec.flush()));
      return codec;
    });
    await host.close();
    for (const name of await Promise.all(flushes)) assert.notEqual(name.slice(0, 3), 'not', name);
    for (const codec of codecs) assert.equal(codec.codec.state, 'closed');
    await eventually('the process to be gone', () => !isRunning(pid));
  });
});
