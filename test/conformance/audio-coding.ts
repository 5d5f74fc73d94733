/** Sound through AudioEncoder and AudioDecoder, for the clauses of the audio codecs. */
import { assert } from 'chai';
import type { AudioDecoderConfig, AudioEncoderConfig, WebCodecs } from '../../app/client/index.js';
import type { Env } from './harness.js';

type Sound = InstanceType<WebCodecs['AudioData']>;
type AudioChunk = InstanceType<WebCodecs['EncodedAudioChunk']>;

/** The registration of a codec, where a clause cites no fragment of it. */
export const registration = (codec: string): string => `https://www.w3.org/TR/webcodecs-${codec}-codec-registration/`;

export const stereo = { sampleRate: 48_000, numberOfChannels: 2 } as const;

export interface StoredAudio {
  timestamp: number;
  duration: number;
  data: Uint8Array<ArrayBuffer>;
}

export interface EncodedSound {
  chunks: StoredAudio[];
  /** One per chunk; undefined where it came with none. */
  configs: (AudioDecoderConfig | undefined)[];
}

export interface DecodedSound {
  timestamp: number;
  format: string;
  sampleRate: number;
  /** One per channel. */
  channels: Float32Array[];
}

/** The decoder's configuration that came with the first chunk. */
export function configOf({ configs }: EncodedSound): AudioDecoderConfig {
  assert.isDefined(configs[0], 'the first chunk tells the configuration');
  return configs[0] as AudioDecoderConfig;
}

export async function isEncodable(env: Env, config: AudioEncoderConfig): Promise<boolean> {
  return (await env.webcodecs.AudioEncoder.isConfigSupported(config)).supported;
}

/** Bytes of a description; none where there is no description. */
export function bytesOf(description: AudioDecoderConfig['description']): Uint8Array {
  if (description === undefined) return new Uint8Array(0);
  return ArrayBuffer.isView(description)
    ? new Uint8Array(description.buffer, description.byteOffset, description.byteLength)
    : new Uint8Array(description);
}

function store(chunk: AudioChunk): StoredAudio {
  const data = new Uint8Array(chunk.byteLength);
  chunk.copyTo(data);
  assert.equal(chunk.type, 'key', 'audio chunks are key chunks');
  return { timestamp: chunk.timestamp, duration: chunk.duration as number, data };
}

/** Encodes (and closes) the sounds; an error of the encoder's is one of the test's. */
export async function encodeSounds(env: Env, config: AudioEncoderConfig, sounds: Sound[]): Promise<EncodedSound> {
  const encoded: EncodedSound = { chunks: [], configs: [] };
  const errors: DOMException[] = [];
  const encoder = new env.webcodecs.AudioEncoder({
    output: (chunk, metadata) => {
      encoded.chunks.push(store(chunk));
      encoded.configs.push(metadata?.decoderConfig);
    },
    error: (error) => errors.push(error),
  });
  encoder.configure(config);
  for (const sound of sounds) {
    encoder.encode(sound);
    sound.close();
  }
  await encoder.flush().catch(() => undefined);
  assert.deepEqual(errors, []);
  encoder.close();
  return encoded;
}

/** Half a second of a tone in blocks of 20 ms, encoded. */
export function encodeTone(env: Env, config: AudioEncoderConfig, start = 0): Promise<EncodedSound> {
  const { sampleRate, numberOfChannels } = config;
  const sounds = Array.from({ length: 25 }, (_, index) =>
    env.audio({ sampleRate, numberOfChannels, timestamp: start + index * 20_000 }),
  );
  return encodeSounds(env, config, sounds);
}

/** Noise for a second, then silence for two. */
export function noiseAndSilence(env: Env, sampleRate: number, numberOfChannels: number): Sound[] {
  const { AudioData } = env.webcodecs;
  let state = 1;
  const noise = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state / 2 ** 32;
  };
  return [0, 1, 2].map((second) => {
    const data = Float32Array.from({ length: sampleRate * numberOfChannels }, () => (second === 0 ? noise() : 0));
    const shape = { format: 'f32', sampleRate, numberOfChannels, numberOfFrames: sampleRate } as const;
    return new AudioData({ ...shape, timestamp: second * 1e6, data });
  });
}

function read(sound: Sound): DecodedSound {
  const channels = Array.from({ length: sound.numberOfChannels }, (_, planeIndex) => {
    const samples = new Float32Array(sound.numberOfFrames);
    sound.copyTo(samples, { planeIndex, format: 'f32-planar' });
    return samples;
  });
  const { timestamp, sampleRate } = sound;
  return { timestamp, format: String(sound.format), sampleRate, channels };
}

/** Decodes the chunks; gives what came out and the errors. */
export async function decodeSounds(
  env: Env,
  config: AudioDecoderConfig,
  chunks: readonly Pick<StoredAudio, 'timestamp' | 'data'>[],
): Promise<{ outputs: DecodedSound[]; errors: DOMException[]; state: string }> {
  const outputs: DecodedSound[] = [];
  const errors: DOMException[] = [];
  const decoder = new env.webcodecs.AudioDecoder({
    output: (sound) => {
      outputs.push(read(sound));
      sound.close();
    },
    error: (error) => errors.push(error),
  });
  decoder.configure(config);
  for (const { timestamp, data } of chunks) {
    decoder.decode(new env.webcodecs.EncodedAudioChunk({ type: 'key', timestamp, data }));
  }
  await decoder.flush().catch(() => undefined);
  const { state } = decoder;
  if (state !== 'closed') decoder.close();
  return { outputs, errors, state };
}

/** One channel of all outputs in a row. */
export function joined(outputs: readonly DecodedSound[], channel = 0): number[] {
  return outputs.flatMap((output) => [...(output.channels[channel] as Float32Array)]);
}

/** Bytes of the chunks that start in a time, microseconds. */
export function bytesIn(chunks: readonly StoredAudio[], from = -1e9, to = 1e9): number {
  return chunks
    .filter(({ timestamp }) => timestamp >= from && timestamp < to)
    .reduce((sum, { data }) => sum + data.length, 0);
}
