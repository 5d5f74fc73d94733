/** Every codec there and back again, with the platform's media objects at both ends. */
import { assert } from 'chai';
import type { AudioEncoderConfig, PageCodecs, VideoEncoderConfig } from 'electron-webcodecs/renderer';
import {
  assertQuadrants,
  type Colour,
  contextOf,
  decodeChunks,
  encodeFrames,
  paint,
  paintedCanvas,
  quadrants,
} from './coding.js';
import { offer, type Situation } from './situations.js';

const frameCount = 12;
const frameDuration = 40_000;

/** The quadrants' colours, moved on by one with each frame. */
function coloursOf(index: number): Colour[] {
  return quadrants.map((_, place) => quadrants[(place + index) % quadrants.length] as Colour);
}

function* paintedFrames(count = frameCount): Generator<VideoFrame> {
  const canvas = new OffscreenCanvas(160, 128);
  for (let index = 0; index < count; index += 1) {
    paint(contextOf(canvas), coloursOf(index));
    yield new VideoFrame(canvas, { timestamp: index * frameDuration, duration: frameDuration });
  }
}

const base = { width: 160, height: 128, bitrate: 3_000_000, framerate: 25 };

function video(codec: string, more: Partial<VideoEncoderConfig> = {}): Situation {
  return async (env) => {
    const codecs = await env.connect();
    const encoded = await encodeFrames(codecs, { codec, ...base, ...more }, paintedFrames());
    assert.lengthOf(encoded.chunks, frameCount);
    const [first] = encoded.chunks;
    assert.instanceOf(first?.chunk, EncodedVideoChunk);
    assert.equal(first?.chunk.type, 'key');
    const frames = await decodeChunks(codecs, encoded);
    assert.deepEqual(
      frames.map(({ timestamp, duration }) => [timestamp, duration]),
      Array.from({ length: frameCount }, (_, index) => [index * frameDuration, frameDuration]),
    );
    for (const [index, frame] of frames.entries()) {
      assertQuadrants(frame, coloursOf(index), 14);
      frame.close();
    }
  };
}

interface Tone {
  config: AudioEncoderConfig;
  format: AudioSampleFormat;
  /** What the codec puts before the sound and may cut off behind, samples. */
  slack: number;
}

const seconds = 1;
const pitch = 440;

function* toneData({ config, format }: Tone): Generator<AudioData> {
  const { sampleRate, numberOfChannels } = config;
  const numberOfFrames = 1000;
  const isPlanar = format.endsWith('-planar');
  for (let first = 0; first < sampleRate * seconds; first += numberOfFrames) {
    const count = numberOfFrames * numberOfChannels;
    const values = Array.from({ length: count }, (_, at) => {
      const frame = isPlanar ? at % numberOfFrames : Math.floor(at / numberOfChannels);
      const channel = isPlanar ? Math.floor(at / numberOfFrames) : at % numberOfChannels;
      return Math.sin((2 * Math.PI * pitch * (first + frame)) / sampleRate) * amplitudeOf(channel);
    });
    const data = format.startsWith('f32')
      ? Float32Array.from(values)
      : Int16Array.from(values, (value) => Math.round(value * 32_767));
    const timestamp = Math.round((first / sampleRate) * 1e6);
    yield new AudioData({ format, sampleRate, numberOfChannels, numberOfFrames, timestamp, data });
  }
}

/** Each channel is half as loud as the one before. */
const amplitudeOf = (channel: number) => 0.5 / 2 ** channel;

function samplesOf(data: AudioData, planeIndex: number): Float32Array {
  const options = { planeIndex, format: 'f32-planar' } as const;
  const samples = new Float32Array(data.allocationSize(options) / 4);
  data.copyTo(samples, options);
  return samples;
}

async function decodeAudio(
  { AudioDecoder }: Pick<PageCodecs, 'AudioDecoder'>,
  config: AudioDecoderConfig,
  chunks: readonly EncodedAudioChunk[],
): Promise<AudioData[]> {
  const sounds: AudioData[] = [];
  const errors: DOMException[] = [];
  const decoder = new AudioDecoder({ output: (data) => sounds.push(data), error: (error) => errors.push(error) });
  decoder.configure(config);
  for (const chunk of chunks) decoder.decode(chunk);
  await decoder.flush().catch((error: unknown) => {
    throw errors[0] ?? error;
  });
  decoder.close();
  return sounds;
}

function audio(tone: Tone): Situation {
  return async (env) => {
    const codecs = await env.connect();
    const chunks: EncodedAudioChunk[] = [];
    let decoderConfig: AudioDecoderConfig | undefined;
    const encoder = new codecs.AudioEncoder({
      output: (chunk, metadata) => {
        decoderConfig ??= metadata?.decoderConfig as AudioDecoderConfig | undefined;
        chunks.push(chunk);
      },
      error: (error) => assert.fail(error.message),
    });
    encoder.configure(tone.config);
    for (const data of toneData(tone)) {
      encoder.encode(data);
      data.close();
    }
    await encoder.flush();
    encoder.close();
    assert.instanceOf(chunks[0], EncodedAudioChunk);
    const sounds = await decodeAudio(codecs, decoderConfig as AudioDecoderConfig, chunks);
    assert.instanceOf(sounds[0], AudioData);
    const { sampleRate, numberOfChannels } = tone.config;
    assert.equal(sounds[0]?.sampleRate, sampleRate);
    assert.equal(sounds[0]?.numberOfChannels, numberOfChannels);
    for (let channel = 0; channel < numberOfChannels; channel += 1) {
      const samples = sounds.flatMap((data) => [...samplesOf(data, channel)]);
      assert.closeTo(samples.length, sampleRate * seconds, tone.slack);
      // Well inside: a sine crosses zero upwards once in a period.
      const inner = samples.slice(sampleRate / 4, (sampleRate * 3) / 4);
      const crossings = inner.filter((value, at) => value >= 0 && (inner[at - 1] ?? 0) < 0).length;
      assert.closeTo(crossings, (pitch * inner.length) / sampleRate, 2);
      const power = inner.reduce((sum, value) => sum + value * value, 0) / inner.length;
      assert.closeTo(
        Math.sqrt(power),
        amplitudeOf(channel) / Math.SQRT2,
        0.05,
        `channel ${channel} is as loud as before`,
      );
    }
    for (const data of sounds) data.close();
  };
}

const stereo = { sampleRate: 48_000, numberOfChannels: 2 };
const mono = { sampleRate: 44_100, numberOfChannels: 1 };

offer({
  'H.264 comes back': video('avc1.42001f'),
  'H.264 as Annex B comes back': video('avc1.42001f', { avc: { format: 'annexb' } }),
  'HEVC comes back': video('hvc1.1.6.L60.B0'),
  'VP8 comes back': video('vp8'),
  'VP9 comes back': video('vp09.00.10.08'),
  'AV1 comes back': video('av01.0.04M.08'),
  'ProRes comes back': video('apch'),

  'ten bits come back as ten bits': async (env) => {
    const codecs = await env.connect();
    const encoded = await encodeFrames(codecs, { codec: 'vp09.02.10.10', ...base }, paintedFrames());
    const frames = await decodeChunks(codecs, encoded);
    assert.lengthOf(frames, frameCount);
    for (const [index, frame] of frames.entries()) {
      assert.equal(frame.format as string, 'I420P10');
      assertQuadrants(frame, coloursOf(index), 14);
      frame.close();
    }
  },

  'a format that the platform lacks comes as RGBA': async (env) => {
    const codecs = await env.connect();
    const config: VideoEncoderConfig = { codec: 'ap4x', ...base, width: 128, height: 96, alpha: 'keep' };
    const encoded = await encodeFrames(codecs, config, [new VideoFrame(paintedCanvas(), { timestamp: 0 })]);
    const [frame] = await decodeChunks(codecs, encoded);
    const remote = await env.connectRemote();
    const formats: (string | null)[] = [];
    const decoder = new remote.VideoDecoder({
      output: (own) => {
        formats.push(own.format);
        own.close();
      },
      error: (error) => assert.fail(error.message),
    });
    decoder.configure(encoded.config);
    const data = new Uint8Array(encoded.chunks[0]?.chunk.byteLength ?? 0);
    encoded.chunks[0]?.chunk.copyTo(data);
    decoder.decode(new remote.EncodedVideoChunk({ type: 'key', timestamp: 0, data }));
    await decoder.flush();
    decoder.close();
    const [format] = formats as [VideoPixelFormat];
    assert.throws(
      () => new VideoFrame(new Uint8Array(64), { format, codedWidth: 2, codedHeight: 2, timestamp: 0 }),
      TypeError,
    );
    assert.equal(frame?.format, 'RGBA');
    assertQuadrants(frame as VideoFrame, quadrants, 14);
    frame?.close();
  },

  'the platform decodes what the host encoded': async (env) => {
    const codecs = await env.connect();
    for (const codec of ['avc1.42001f', 'vp09.00.10.08']) {
      const encoded = await encodeFrames(codecs, { codec, ...base }, paintedFrames());
      const frames: VideoFrame[] = [];
      const decoder = new VideoDecoder({
        output: (frame) => frames.push(frame),
        error: (error) => assert.fail(error.message),
      });
      decoder.configure(encoded.config);
      for (const { chunk } of encoded.chunks) decoder.decode(chunk);
      await decoder.flush();
      decoder.close();
      assert.lengthOf(frames, frameCount, codec);
      for (const [index, frame] of frames.entries()) {
        assertQuadrants(frame, coloursOf(index), 14);
        frame.close();
      }
    }
  },

  'the host decodes what the platform encoded, and encodes what it decoded': async (env) => {
    const codecs = await env.connect();
    const made: EncodedVideoChunk[] = [];
    let config: VideoDecoderConfig | undefined;
    const encoder = new VideoEncoder({
      output: (chunk, metadata) => {
        config ??= metadata?.decoderConfig;
        made.push(chunk);
      },
      error: (error) => assert.fail(error.message),
    });
    encoder.configure({ codec: 'vp8', ...base });
    for (const frame of paintedFrames()) {
      encoder.encode(frame);
      frame.close();
    }
    await encoder.flush();
    const chunks = made.map((chunk) => ({ chunk, alphaSideData: undefined }));
    const decoded = await decodeChunks(codecs, { chunks, config: config as VideoDecoderConfig });
    const again = await encodeFrames(codecs, { codec: 'avc1.42001f', ...base }, decoded);
    const frames = await decodeChunks(codecs, again);
    assert.lengthOf(frames, frameCount);
    for (const [index, frame] of frames.entries()) {
      assertQuadrants(frame, coloursOf(index), 20);
      frame.close();
    }
  },

  'AAC comes back': audio({ config: { codec: 'mp4a.40.2', ...stereo }, format: 'f32-planar', slack: 3072 }),
  'Opus comes back': audio({ config: { codec: 'opus', ...stereo }, format: 'f32', slack: 1920 }),
  'MP3 comes back': audio({ config: { codec: 'mp3', ...mono }, format: 's16', slack: 3456 }),
  'FLAC comes back': audio({ config: { codec: 'flac', ...stereo }, format: 's16-planar', slack: 0 }),
  'Vorbis comes back': audio({ config: { codec: 'vorbis', ...stereo }, format: 'f32', slack: 2048 }),
  'PCM comes back': audio({ config: { codec: 'pcm-s16', ...mono }, format: 'f32-planar', slack: 1000 }),
  'µ-law comes back': audio({ config: { codec: 'ulaw', ...mono }, format: 's16', slack: 1000 }),
});
