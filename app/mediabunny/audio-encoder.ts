import { type AudioCodec, type AudioSample, CustomAudioEncoder, EncodedPacket } from 'mediabunny';
import type { AudioData, AudioEncoder } from '../client/index.js';
import { Backpressure } from './backpressure.js';
import { canEncodeAudio } from './codec-support.js';
import { currentEngine, requireWebCodecs } from './engine.js';
import { primingOf } from './priming.js';
import { toMicroseconds } from './timing-ledger.js';

const queueLimit = 16;

export class HostAudioEncoder extends CustomAudioEncoder {
  #encoder: AudioEncoder | null = null;
  #backpressure: Backpressure | null = null;
  /** Seconds by which packets are moved ahead; null until the encoder has described its stream. */
  #advance: number | null = null;

  static override supports(codec: AudioCodec, config: AudioEncoderConfig): boolean {
    return canEncodeAudio(codec, config);
  }

  override init(): void {
    const { AudioEncoder } = requireWebCodecs();
    const rate = this.config.sampleRate;
    const encoder = new AudioEncoder({
      output: (chunk, metadata) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        this.#advance ??= this.#primingBeforeStart(metadata?.decoderConfig?.description);
        const timestamp = snap(chunk.timestamp, rate) - this.#advance;
        this.onPacket(
          new EncodedPacket(data, chunk.type, timestamp, snap(chunk.duration ?? 0, rate)),
          metadata as EncodedAudioChunkMetadata | undefined,
        );
      },
      error: (error) => {
        this.#backpressure?.fail(error);
        this.onError(error);
      },
    });
    this.#encoder = encoder;
    this.#backpressure = new Backpressure(encoder, () => encoder.encodeQueueSize, queueLimit);
    encoder.configure(this.config);
  }

  override async encode(sample: AudioSample): Promise<void> {
    const encoder = this.#opened();
    this.#backpressure?.check();
    const audio = audioDataFrom(sample);
    try {
      encoder.encode(audio);
    } finally {
      audio.close();
    }
    await this.#backpressure?.room();
  }

  override async flush(): Promise<void> {
    this.#backpressure?.check();
    await this.#opened().flush();
  }

  override close(): void {
    if (this.#encoder && this.#encoder.state !== 'closed') {
      this.#encoder.close();
    }
    this.#backpressure?.wake();
  }

  #primingBeforeStart(description: AllowSharedBufferSource | undefined): number {
    if (currentEngine()?.options.priming !== 'before-start') {
      return 0;
    }
    return primingOf(this.codec, this.config.sampleRate, description ? viewBytes(description) : null);
  }

  #opened(): AudioEncoder {
    if (!this.#encoder) {
      throw new Error('The audio encoder was used before init().');
    }
    return this.#encoder;
  }
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

function audioDataFrom(sample: AudioSample): AudioData {
  const { AudioData } = requireWebCodecs();
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
