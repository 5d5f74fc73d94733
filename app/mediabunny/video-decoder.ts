import { CustomVideoDecoder, type EncodedPacket, type VideoCodec, VideoSample } from 'mediabunny';
import type { VideoDecoder } from '../client/index.js';
import { canDecodeVideo } from './codec-support.js';
import { CoderCore } from './coder-core.js';
import { requireEngine } from './engine.js';
import { FrameSampleResource } from './frame-sample-resource.js';
import { TimingLedger, toMicroseconds } from './timing-ledger.js';

/** Enough that the host always has the next chunk at hand, few enough that decoded frames don't pile up. */
const queueLimit = 4;

/** Mediabunny's video decoder: frames stay in the host, samples are handles. */
export class HostVideoDecoder extends CustomVideoDecoder {
  readonly #timings = new TimingLedger();
  #core: CoderCore<VideoDecoder> | null = null;

  static override supports(codec: VideoCodec, config: VideoDecoderConfig): boolean {
    return canDecodeVideo(codec, config);
  }

  override async init(): Promise<void> {
    const { webcodecs } = requireEngine();
    const decoder = new webcodecs.VideoDecoder({
      output: (frame) => {
        const timing = this.#timings.take(frame.timestamp, frame.duration);
        this.onSample(new VideoSample(new FrameSampleResource(frame, webcodecs), timing));
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
    await this.#core?.work((decoder, { EncodedVideoChunk }) => {
      const chunk = new EncodedVideoChunk({
        type: packet.type,
        timestamp: this.#timings.note(packet.timestamp, packet.duration),
        duration: toMicroseconds(packet.duration),
        data: packet.data,
      });
      const alpha = packet.sideData.alpha;
      decoder.decode(chunk, alpha ? { alphaSideData: alpha } : {});
    });
  }

  override async flush(): Promise<void> {
    await this.#core?.attempt(async (decoder) => {
      await decoder.flush();
    });
    this.#timings.clear();
  }

  override close(): void {
    this.#core?.close();
  }
}
