import {
  type VideoDataPlane,
  VideoSample,
  VideoSampleColorSpace,
  type VideoSampleInit,
  type VideoSamplePixelFormat,
  VideoSampleResource,
} from 'mediabunny';
import type { VideoFrame, WebCodecs } from '../client/index.js';
import { currentEngine, requireEngine } from './engine.js';
import { toMicroseconds } from './timing-ledger.js';

/** Set by the resource that was asked last: see `frameResourceOf`. */
let lastAsked: FrameSampleResource | null = null;

/**
 * A Mediabunny sample's pixels, kept as a `VideoFrame` of this engine. Where the frame lives in the codec host, the
 * sample is a handle: it can be decoded, transformed, cloned and encoded without its pixels coming here. They are
 * fetched when somebody asks for them (`copyTo`).
 *
 * The resource owns the frame and closes it with the last sample that uses it.
 */
export class FrameSampleResource extends VideoSampleResource {
  readonly #frame: VideoFrame;
  readonly #webcodecs: WebCodecs | null;
  readonly #visible: { width: number; height: number };

  /** `webcodecs`: that the frame belongs to; those that are registered where absent. Throws a TypeError for a closed frame. */
  constructor(frame: VideoFrame, webcodecs: WebCodecs | null = currentEngine()?.webcodecs ?? null) {
    super();
    const visible = frame.visibleRect;
    if (!visible) {
      throw new TypeError('FrameSampleResource: expected an open VideoFrame, received a closed one');
    }
    this.#frame = frame;
    this.#webcodecs = webcodecs;
    this.#visible = { width: visible.width, height: visible.height };
  }

  /** The frame behind the sample. Still owned by the resource: clone it to keep it. */
  get frame(): VideoFrame {
    return this.#frame;
  }

  /** The classes that the frame belongs to. */
  get webcodecs(): WebCodecs {
    return this.#webcodecs ?? requireEngine().webcodecs;
  }

  override getFormat(): VideoSamplePixelFormat | null {
    lastAsked = this;
    return this.#frame.format as VideoSamplePixelFormat | null;
  }

  override getCodedWidth(): number {
    return this.#visible.width;
  }

  override getCodedHeight(): number {
    return this.#visible.height;
  }

  override getSquarePixelWidth(): number {
    return this.#frame.displayWidth;
  }

  override getSquarePixelHeight(): number {
    return this.#frame.displayHeight;
  }

  override getColorSpace(): VideoSampleColorSpace {
    return new VideoSampleColorSpace(this.#frame.colorSpace.toJSON() as VideoColorSpaceInit);
  }

  override close(): void {
    this.#frame.close();
  }

  override async getDataPlanes(): Promise<VideoDataPlane[]> {
    const bytes = new Uint8Array(this.#frame.allocationSize());
    const layout = await this.#frame.copyTo(bytes);
    return layout.map(({ offset, stride }, plane) => ({
      data: bytes.subarray(offset, layout[plane + 1]?.offset ?? bytes.byteLength),
      stride,
    }));
  }

  override async toRgbSample(init: VideoSampleInit & { timestamp: number }): Promise<VideoSample> {
    const { webcodecs } = this;
    const rgb = await webcodecs.transformVideoFrame(this.#frame, { format: 'RGBA' });
    return new VideoSample(new FrameSampleResource(rgb, webcodecs), init);
  }
}

/**
 * The resource behind a sample, or null where the sample is backed by something else. Mediabunny has no public way to
 * ask for it, but it builds a clone around the very same resource and reads that one's format while it does.
 */
export function frameResourceOf(sample: VideoSample): FrameSampleResource | null {
  lastAsked = null;
  sample.clone().close();
  const found = lastAsked;
  lastAsked = null;
  return found;
}

/**
 * A frame of this engine for a sample, with the sample's own times; the caller closes it. Costs no pixels where the
 * sample is one of ours, and one copy of them where it is not.
 */
export async function frameOf(sample: VideoSample, { VideoFrame }: WebCodecs): Promise<VideoFrame> {
  const times = { timestamp: toMicroseconds(sample.timestamp), duration: toMicroseconds(sample.duration) };
  const resource = frameResourceOf(sample);
  if (resource) {
    return new VideoFrame(resource.frame, times);
  }
  const format = sample.format ?? 'RGBA';
  const options = sample.format ? {} : { format: 'RGBA' as const };
  const bytes = new Uint8Array(sample.allocationSize(options));
  const layout = await sample.copyTo(bytes, options);
  return new VideoFrame(bytes, {
    ...times,
    format,
    layout,
    codedWidth: sample.codedWidth,
    codedHeight: sample.codedHeight,
    displayWidth: sample.squarePixelWidth,
    displayHeight: sample.squarePixelHeight,
    colorSpace: sample.colorSpace.toJSON(),
    transfer: [bytes.buffer],
  });
}
