import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { createCodecHost } from 'electron-webcodecs';
import { assertNothingLeft, type CodecHost, withHost } from '../fixtures/codec-host.js';
import { audioCases, videoCases } from '../fixtures/codec-matrix.js';
import {
  type AudioDecoderConfigOf,
  chunkBytes,
  encodeAudio,
  encodeVideo,
  numberedInputs,
  type VideoDecoderConfigOf,
} from '../fixtures/coders.js';
import { cutElementaryStream, makeMedia } from '../fixtures/debian-ffmpeg.js';
import { foreignAudioRows } from '../fixtures/foreign-rows.js';
import { chooseSeed, type Random, seededRandom } from '../fixtures/random.js';
import { spoil } from '../fixtures/spoil.js';
import { audioBlocks, syntheticSound } from '../fixtures/synthetic-audio.js';

const streamsPerDecoder = 200;
/** A stream that takes longer hangs: a promise without an ending. */
const streamLimit = 20_000;

interface Chunk {
  type: 'key' | 'delta';
  timestamp: number;
  data: Uint8Array<ArrayBuffer>;
}

type Stream = { name: string; chunks: Chunk[] } & (
  | { kind: 'video'; config: VideoDecoderConfigOf }
  | { kind: 'audio'; config: AudioDecoderConfigOf }
);

async function ourStreams(): Promise<Stream[]> {
  return withHost('inline', async ({ webcodecs }) => {
    const streams: Stream[] = [];
    for (const { name, config, input, size } of videoCases) {
      const { width, height } = name.startsWith('DNx') ? size : { width: 128, height: 96 };
      const frames = name.startsWith('DNx') || name.startsWith('ProRes') ? 2 : 8;
      const encoded = await encodeVideo(
        webcodecs,
        { ...config, width, height, bitrate: 200_000, latencyMode: 'realtime' },
        numberedInputs(webcodecs, frames, width, height, { format: input }),
      );
      assert.deepEqual(encoded.errors, [], name);
      assert.ok(encoded.decoderConfig);
      const chunks = encoded.chunks.map((chunk) => ({
        type: chunk.type,
        timestamp: chunk.timestamp,
        data: chunkBytes(chunk),
      }));
      streams.push({ kind: 'video', name, config: encoded.decoderConfig, chunks });
    }
    for (const { name, config, input } of audioCases) {
      const sound = syntheticSound(0.2, config.sampleRate, config.numberOfChannels);
      const encoded = await encodeAudio(webcodecs, config, audioBlocks(sound, input, 960));
      assert.deepEqual(encoded.errors, [], name);
      assert.ok(encoded.decoderConfig);
      const chunks = encoded.chunks.map((chunk) => ({
        type: chunk.type,
        timestamp: chunk.timestamp,
        data: chunkBytes(chunk),
      }));
      streams.push({ kind: 'audio', name, config: encoded.decoderConfig, chunks });
    }
    return streams;
  });
}

const decodeOnlyRows = foreignAudioRows.filter((row) => row.elementary && row.channels === 2);

/** Decoders without an encoder of ours get their streams from the system's ffmpeg. */
async function foreignStreams(): Promise<Stream[]> {
  const streams: Stream[] = [];
  for (const { codec: name, encoder, make, extension, elementary } of decodeOnlyRows) {
    if (!elementary) continue;
    const file = await makeMedia(
      ['-f', 'lavfi', '-i', 'sine=frequency=500:sample_rate=48000:duration=0.4', '-ac', '2'],
      ['-c:a', encoder, ...make],
      extension,
    );
    const packets = await cutElementaryStream(file, elementary.format);
    const chunks = packets.map(({ data, timestamp }) => ({
      type: 'key' as const,
      timestamp,
      data: Uint8Array.from(data),
    }));
    streams.push({ kind: 'audio', name, config: elementary.config, chunks });
  }
  return streams;
}

function spoilStream(
  stream: Stream,
  random: Random,
): { chunks: Chunk[]; description: Uint8Array<ArrayBuffer> | undefined } {
  const chunks = stream.chunks.map((chunk) =>
    random.below(3) === 0 ? { ...chunk, data: spoil(chunk.data, random) } : chunk,
  );
  const spoiledAt = random.below(chunks.length);
  const chosen = chunks[spoiledAt] as Chunk;
  chunks[spoiledAt] = { ...chosen, data: spoil(chosen.data, random) };
  if (random.below(8) === 0) chunks.splice(1 + random.below(chunks.length), 1);
  const { description } = stream.config;
  if (description === undefined) return { chunks, description: undefined };
  const bytes = Uint8Array.from(
    ArrayBuffer.isView(description)
      ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
      : new Uint8Array(description),
  );
  return { chunks, description: random.below(10) === 0 ? spoil(bytes, random) : bytes };
}

/** `frames`, `error`, or both; anything else fails. */
async function decodeSpoiled({ webcodecs }: CodecHost, stream: Stream, random: Random): Promise<'frames' | 'error'> {
  const { chunks, description } = spoilStream(stream, random);
  const changed = description === undefined ? {} : { description };
  const errors: unknown[] = [];
  const error = (reason: unknown): void => void errors.push(reason);
  const output = (data: { close(): void }): void => data.close();
  const decoder =
    stream.kind === 'video'
      ? new webcodecs.VideoDecoder({ output, error })
      : new webcodecs.AudioDecoder({ output, error });
  const Chunk = stream.kind === 'video' ? webcodecs.EncodedVideoChunk : webcodecs.EncodedAudioChunk;
  try {
    if (stream.kind === 'video')
      (decoder as InstanceType<typeof webcodecs.VideoDecoder>).configure({ ...stream.config, ...changed });
    else (decoder as InstanceType<typeof webcodecs.AudioDecoder>).configure({ ...stream.config, ...changed });
  } catch (reason) {
    // An empty description is refused where a configuration is checked.
    assert.ok(reason instanceof TypeError || reason instanceof DOMException);
    decoder.close();
    return 'error';
  }
  for (const chunk of chunks) {
    if (decoder.state !== 'configured') break;
    try {
      decoder.decode(new Chunk(chunk));
    } catch (reason) {
      // A key chunk whose first bytes are those of another one.
      assert.ok(reason instanceof DOMException && reason.name === 'DataError', String(reason));
      decoder.close();
      return 'error';
    }
  }
  if (decoder.state === 'configured') {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`a stream took more than ${streamLimit} ms`)), streamLimit);
    });
    const flushed = decoder.flush().catch((reason: unknown) => {
      assert.ok(reason instanceof DOMException, `flush was rejected with ${String(reason)}`);
    });
    await Promise.race([flushed, limit]);
    clearTimeout(timer);
  }
  const state: string = decoder.state;
  if (errors.length > 0) {
    assert.equal(state, 'closed');
    assert.equal(errors.length, 1, 'an error is told once');
    const [reason] = errors;
    assert.ok(reason instanceof DOMException);
    assert.match(reason.name, /^(EncodingError|DataError|NotSupportedError|OperationError)$/, reason.message);
    return 'error';
  }
  assert.equal(state, 'configured');
  decoder.close();
  return 'frames';
}

const seed = chooseSeed();
const streams: Stream[] = [];
before(async () => {
  console.log(`corrupted streams: TEST_SEED=${seed}`);
  streams.push(...(await ourStreams()), ...(await foreignStreams()));
});

const names = [...[...videoCases, ...audioCases].map((test) => test.name), ...decodeOnlyRows.map((row) => row.codec)];

describe(`${streamsPerDecoder} corrupted streams end in frames or a clean error, and the process lives`, () => {
  for (const name of names) {
    it(name, async (context) => {
      const stream = streams.find((candidate) => candidate.name === name);
      assert.ok(stream, `no stream was made for ${name}`);
      const host = createCodecHost({ runIn: 'child' });
      const deaths: string[] = [];
      host.on('exit', ({ reason, expected }) => {
        if (!expected) deaths.push(reason);
      });
      try {
        await host.ready;
        let failed = 0;
        for (let number = 0; number < streamsPerDecoder; number++) {
          const own = (seed + number * 7_919) >>> 0;
          const ended = await decodeSpoiled(host, stream, seededRandom(own)).catch((error: unknown) => {
            throw new Error(`stream ${number} of ${name}, TEST_SEED=${seed}`, { cause: error });
          });
          if (ended === 'error') failed++;
        }
        assert.deepEqual(deaths, [], `the host’s process died, TEST_SEED=${seed}`);
        await assertNothingLeft(host);
        context.diagnostic(`${failed} of ${streamsPerDecoder} ended in an error`);
        // PCM has no structure that could be wrong; everything else notices at least some of it.
        if (!/PCM|law/.test(name)) assert.ok(failed > 0, 'not one of the corruptions was noticed');
      } finally {
        await host.close();
      }
    });
  }
});
