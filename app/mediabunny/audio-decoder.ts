import { type AudioCodec, AudioSample, CustomAudioDecoder, type EncodedPacket } from 'mediabunny';
import type { AudioData, AudioDecoder } from '../client/index.js';
import { canDecodeAudio } from './codec-support.js';
import { CoderCore } from './coder-core.js';
import { requireEngine } from './engine.js';
import { toMicroseconds } from './timing-ledger.js';

/** Audio packets are short: a handful would leave the host idle between two messages. */
const queueLimit = 16;

/** Mediabunny's audio decoder. */
export class HostAudioDecoder extends CustomAudioDecoder {
  #core: CoderCore<AudioDecoder> | null = null;

  static override supports(codec: AudioCodec, config: AudioDecoderConfig): boolean {
    return canDecodeAudio(codec, config);
  }

  override async init(): Promise<void> {
    const { webcodecs } = requireEngine();
    const decoder = new webcodecs.AudioDecoder({
      output: (audio) => {
        const sample = sampleFrom(audio);
        audio.close();
        this.onSample(sample);
      },
      error: (error) => this.#core?.fail(error),
    });
    this.#core = new CoderCore(
      decoder,
      webcodecs,
      () => decoder.decodeQueueSize,
      queueLimit,
      (error) => this.onError(error),
    );
    await this.#core.attempt(() => decoder.configure(this.config));
  }

  override async decode(packet: EncodedPacket): Promise<void> {
    await this.#core?.work((decoder, { EncodedAudioChunk }) => {
      decoder.decode(
        new EncodedAudioChunk({
          type: packet.type,
          timestamp: toMicroseconds(packet.timestamp),
          duration: toMicroseconds(packet.duration),
          data: packet.data,
        }),
      );
    });
  }

  override async flush(): Promise<void> {
    await this.#core?.attempt(async (decoder) => {
      await decoder.flush();
    });
  }

  override close(): void {
    this.#core?.close();
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
