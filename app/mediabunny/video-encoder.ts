import { CustomVideoEncoder, EncodedPacket, type VideoCodec, type VideoSample } from 'mediabunny';
import type { VideoEncoder, VideoFrame, WebCodecs } from '../client/index.js';
import { canEncodeVideo } from './codec-support.js';
import { CoderCore } from './coder-core.js';
import { requireEngine } from './engine.js';
import { frameOf } from './frame-sample-resource.js';
import { TimingLedger } from './timing-ledger.js';

/** Frames that may wait at the encoder: enough to keep it busy across the process line. */
const queueLimit = 4;

/** Mediabunny counts VP9's quantizer from 0 to 63, the codec's registration counts its quantizer index, 0 to 255. */
function inRegisteredScale(options: VideoEncoderEncodeOptions): VideoEncoderEncodeOptions {
  const quantizer = options.vp9?.quantizer;
  return typeof quantizer === 'number' ? { ...options, vp9: { quantizer: quantizer * 4 } } : options;
}

function isDeepHdr({ format, colorSpace }: VideoFrame): boolean {
  return /P1[02]$/.test(format ?? '') && ['pq', 'hlg'].includes(colorSpace.transfer ?? '');
}

/** Mediabunny's own strings ask for 8 bits, in which high dynamic range shows bands. H.264 and HEVC have no others here. */
function inTenBits(codec: string): string {
  return codec.replace(/^vp09\.00\.(\d\d)\.08/, 'vp09.02.$1.10').replace(/^(av01\.0\.\w+)\.08/, '$1.10');
}

/** Mediabunny's video encoder: frames that live in the host are encoded there, no pixels move. */
export class HostVideoEncoder extends CustomVideoEncoder {
  readonly #timings = new TimingLedger();
  #core: CoderCore<VideoEncoder> | null = null;

  static override supports(codec: VideoCodec, config: VideoEncoderConfig): boolean {
    return canEncodeVideo(codec, config);
  }

  override init(): void {
    const { webcodecs } = requireEngine();
    const encoder = new webcodecs.VideoEncoder({
      output: (chunk, metadata) => {
        const data = new Uint8Array(chunk.byteLength);
        chunk.copyTo(data);
        const { timestamp, duration } = this.#timings.take(chunk.timestamp, chunk.duration);
        const alpha = metadata?.alphaSideData;
        const sideData = alpha ? { alpha: new Uint8Array(alpha) } : {};
        this.onPacket(
          new EncodedPacket(data, chunk.type, timestamp, duration, undefined, undefined, sideData),
          metadata,
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
  }

  override async encode(sample: VideoSample, options: VideoEncoderEncodeOptions): Promise<void> {
    await this.#core?.work(async (encoder, webcodecs) => {
      const frame = await this.#fitted(await frameOf(sample, webcodecs), webcodecs);
      try {
        if (encoder.state === 'unconfigured') {
          encoder.configure(this.#completeConfig(sample, frame));
        }
        this.#timings.note(sample.timestamp, sample.duration);
        encoder.encode(frame, inRegisteredScale(options));
      } finally {
        frame.close();
      }
    });
  }

  override async flush(): Promise<void> {
    await this.#core?.attempt(async (encoder) => {
      if (encoder.state === 'configured') {
        await encoder.flush();
      }
    });
    this.#timings.clear();
  }

  override close(): void {
    this.#core?.close();
  }

  /** Mediabunny rarely knows the frame rate, without which a bitrate says little; a frame's duration tells it. */
  #completeConfig(sample: VideoSample, frame: VideoFrame): VideoEncoderConfig {
    const framerate = this.config.framerate ?? (sample.duration > 0 ? 1 / sample.duration : undefined);
    const codec = isDeepHdr(frame) ? inTenBits(this.config.codec) : this.config.codec;
    return { ...this.config, codec, ...(framerate ? { framerate } : {}) };
  }

  /** Frames may change size in mid-stream ("passThrough"); the encoder's size then stays. Takes the frame over. */
  async #fitted(frame: VideoFrame, { transformVideoFrame }: WebCodecs): Promise<VideoFrame> {
    const { width, height } = this.config;
    const visible = frame.visibleRect;
    if (visible?.width === width && visible.height === height) {
      return frame;
    }
    try {
      return await transformVideoFrame(frame, { width, height, fit: 'contain' });
    } finally {
      frame.close();
    }
  }
}
