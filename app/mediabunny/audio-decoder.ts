import { type AudioCodec, AudioSample, CustomAudioDecoder, type EncodedPacket } from 'mediabunny';
import type { AudioData, AudioDecoder } from '../client/index.js';
import { Backpressure } from './backpressure.js';
import { canDecodeAudio } from './codec-support.js';
import { requireWebCodecs } from './engine.js';
import { toMicroseconds } from './timing-ledger.js';

/** Audio packets are short: a handful would leave the host idle between two messages. */
const queueLimit = 16;

export class HostAudioDecoder extends CustomAudioDecoder {
  #decoder: AudioDecoder | null = null;
  #backpressure: Backpressure | null = null;

  static override supports(codec: AudioCodec, config: AudioDecoderConfig): boolean {
    return canDecodeAudio(codec, config);
  }

  override init(): void {
    const { AudioDecoder } = requireWebCodecs();
    const decoder = new AudioDecoder({
      output: (audio) => {
        const sample = sampleFrom(audio);
        audio.close();
        this.onSample(sample);
      },
      error: (error) => {
        this.#backpressure?.fail(error);
        this.onError(error);
      },
    });
    this.#decoder = decoder;
    this.#backpressure = new Backpressure(decoder, () => decoder.decodeQueueSize, queueLimit);
    decoder.configure(this.config);
  }

  override async decode(packet: EncodedPacket): Promise<void> {
    const decoder = this.#opened();
    this.#backpressure?.check();
    const { EncodedAudioChunk } = requireWebCodecs();
    decoder.decode(
      new EncodedAudioChunk({
        type: packet.type,
        timestamp: toMicroseconds(packet.timestamp),
        duration: toMicroseconds(packet.duration),
        data: packet.data,
      }),
    );
    await this.#backpressure?.room();
  }

  override async flush(): Promise<void> {
    this.#backpressure?.check();
    await this.#opened().flush();
  }

  override close(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') {
      this.#decoder.close();
    }
    this.#backpressure?.wake();
  }

  #opened(): AudioDecoder {
    if (!this.#decoder) {
      throw new Error('The audio decoder was used before init().');
    }
    return this.#decoder;
  }
}

function sampleFrom(audio: AudioData): AudioSample {
  const format = audio.format as AudioSampleFormat;
  const planes = format.endsWith('-planar') ? audio.numberOfChannels : 1;
  const planeSize = audio.allocationSize({ planeIndex: 0 });
  const data = new Uint8Array(planeSize * planes);
  for (let planeIndex = 0; planeIndex < planes; planeIndex++) {
    audio.copyTo(data.subarray(planeIndex * planeSize), { planeIndex });
  }
  return new AudioSample({
    data,
    format,
    numberOfChannels: audio.numberOfChannels,
    sampleRate: audio.sampleRate,
    timestamp: audio.timestamp / 1e6,
  });
}
