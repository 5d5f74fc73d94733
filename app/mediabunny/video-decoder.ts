import { CustomVideoDecoder, type EncodedPacket, type VideoCodec, VideoSample } from 'mediabunny';
import type { VideoDecoder } from '../client/index.js';
import { Backpressure } from './backpressure.js';
import { canDecodeVideo } from './codec-support.js';
import { requireWebCodecs } from './engine.js';
import { FrameSampleResource } from './frame-sample-resource.js';
import { TimingLedger, toMicroseconds } from './timing-ledger.js';

/** Enough that the host always has the next chunk at hand, few enough that decoded frames don't pile up. */
const queueLimit = 4;

export class HostVideoDecoder extends CustomVideoDecoder {
  readonly #timings = new TimingLedger();
  #decoder: VideoDecoder | null = null;
  #backpressure: Backpressure | null = null;

  static override supports(codec: VideoCodec, config: VideoDecoderConfig): boolean {
    return canDecodeVideo(codec, config);
  }

  override init(): void {
    const { VideoDecoder } = requireWebCodecs();
    const decoder = new VideoDecoder({
      output: (frame) => {
        const timing = this.#timings.take(frame.timestamp, frame.duration);
        this.onSample(new VideoSample(new FrameSampleResource(frame), timing));
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
    const { EncodedVideoChunk } = requireWebCodecs();
    const timestamp = this.#timings.note(packet.timestamp, packet.duration);
    const alpha = packet.sideData.alpha;
    decoder.decode(
      new EncodedVideoChunk({
        type: packet.type,
        timestamp,
        duration: toMicroseconds(packet.duration),
        data: packet.data,
      }),
      alpha ? { alphaSideData: alpha } : {},
    );
    await this.#backpressure?.room();
  }

  override async flush(): Promise<void> {
    this.#backpressure?.check();
    await this.#opened().flush();
    this.#timings.clear();
  }

  override close(): void {
    if (this.#decoder && this.#decoder.state !== 'closed') {
      this.#decoder.close();
    }
    this.#backpressure?.wake();
  }

  #opened(): VideoDecoder {
    if (!this.#decoder) {
      throw new Error('The video decoder was used before init().');
    }
    return this.#decoder;
  }
}
