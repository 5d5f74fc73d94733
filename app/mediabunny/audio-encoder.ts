import { type AudioCodec, type AudioSample, CustomAudioEncoder, EncodedPacket } from 'mediabunny';
import type { AudioData, AudioEncoder, WebCodecs } from '../client/index.js';
import { canEncodeAudio } from './codec-support.js';
import { CoderCore } from './coder-core.js';
import { type MediabunnyOptions, requireEngine } from './engine.js';
import { primingOf } from './priming.js';
import { toMicroseconds } from './timing-ledger.js';

const queueLimit = 16;

/** Mediabunny's audio encoder. */
export class HostAudioEncoder extends CustomAudioEncoder {
  #core: CoderCore<AudioEncoder> | null = null;
  /** Seconds by which packets are moved ahead; null until the encoder has described its stream. */
  #advance: number | null = null;

  static override supports(codec: AudioCodec, config: AudioEncoderConfig): boolean {
    return canEncodeAudio(codec, config);
  }

  override async init(): Promise<void> {
    const { webcodecs, options } = requireEngine();
    const rate = this.config.sampleRate;
    const encoder = new webcodecs.AudioEncoder({
      output: (chunk, metadata) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        this.#advance ??= this.#primingBeforeStart(options, metadata?.decoderConfig?.description);
        const timestamp = snap(chunk.timestamp, rate) - this.#advance;
        this.onPacket(
          new EncodedPacket(data, chunk.type, timestamp, snap(chunk.duration ?? 0, rate)),
          metadata as EncodedAudioChunkMetadata | undefined,
        );
      },
      error: (error) => this.#core?.fail(error),
    });
    this.#core = new CoderCore(
      encoder,
      webcodecs,
      () => encoder.encodeQueueSize,
      queueLimit,
      (error) => this.onError(error),
    );
    await this.#core.attempt(() => encoder.configure(encoderConfig(this.codec, this.config)));
  }

  override async encode(sample: AudioSample): Promise<void> {
    await this.#core?.work((encoder, webcodecs) => {
      const audio = audioDataFrom(sample, webcodecs);
      try {
        encoder.encode(audio);
      } finally {
        audio.close();
      }
    });
  }

  override async flush(): Promise<void> {
    await this.#core?.attempt(async (encoder) => {
      await encoder.flush();
    });
  }

  override close(): void {
    this.#core?.close();
  }

  #primingBeforeStart({ priming }: MediabunnyOptions, description: AllowSharedBufferSource | undefined): number {
    if (priming !== 'before-start') {
      return 0;
    }
    return primingOf(this.codec, this.config.sampleRate, description ? viewBytes(description) : null);
  }
}

/** What Mediabunny asks for, in the words of this engine. */
function encoderConfig(codec: AudioCodec, config: AudioEncoderConfig): AudioEncoderConfig {
  // At low sample rates Mediabunny asks for HE-AAC, of which LC is the part that every encoder and decoder has.
  return codec === 'aac' ? { ...config, codec: 'mp4a.40.2' } : config;
}

/** Audio times are whole samples; microseconds only approximate them. */
function snap(microseconds: number, sampleRate: number): number {
  return Math.round((microseconds * sampleRate) / 1e6) / sampleRate;
}

function viewBytes(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

function audioDataFrom(sample: AudioSample, { AudioData }: WebCodecs): AudioData {
  const planes = sample.format.endsWith('-planar') ? sample.numberOfChannels : 1;
  const planeSize = sample.allocationSize({ planeIndex: 0 });
  const data = new Uint8Array(planeSize * planes);
  for (let planeIndex = 0; planeIndex < planes; planeIndex++) {
    sample.copyTo(data.subarray(planeIndex * planeSize, (planeIndex + 1) * planeSize), { planeIndex });
  }
  return new AudioData({
    format: sample.format,
    sampleRate: sample.sampleRate,
    numberOfChannels: sample.numberOfChannels,
    numberOfFrames: sample.numberOfFrames,
    timestamp: toMicroseconds(sample.timestamp),
    data,
    transfer: [data.buffer],
  });
}
