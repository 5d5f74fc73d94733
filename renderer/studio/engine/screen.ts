/** A canvas that shows samples: the host scales to its size, and only that small picture comes here. */
import type { VideoSample } from 'mediabunny';

/** Formats that every platform's VideoFrame takes; others come as RGBA. */
const platformFormats: ReadonlySet<string> = new Set(['I420', 'I420A', 'NV12', 'RGBA', 'RGBX', 'BGRA', 'BGRX']);

/** A size in the shape of the picture that fits into a box, no larger than the picture. */
export function fitInto(
  picture: { width: number; height: number },
  box: { width: number; height: number },
): { width: number; height: number } {
  const scale = Math.min(1, box.width / picture.width, box.height / picture.height);
  // Even sides: chroma then lies where it lay.
  const side = (length: number): number => Math.max(2, Math.round((length * scale) / 2) * 2);
  return { width: side(picture.width), height: side(picture.height) };
}

/** The sample's picture, upright and small, as the platform's. Both belong to the caller. */
export async function fetchPicture(sample: VideoSample, box: { width: number; height: number }): Promise<VideoFrame> {
  const size = fitInto({ width: sample.displayWidth, height: sample.displayHeight }, box);
  const small = await sample.transform({ ...size, fit: 'fill' });
  try {
    const { format } = small;
    const direct = format !== null && platformFormats.has(format);
    const options = direct ? {} : { format: 'RGBA' as const };
    const bytes = new Uint8Array(small.allocationSize(options));
    const layout = await small.copyTo(bytes, options);
    // TypeScript's declarations don't know `transfer` yet.
    const init: VideoFrameBufferInit & { transfer: ArrayBuffer[] } = {
      format: direct ? (format as VideoPixelFormat) : 'RGBA',
      codedWidth: size.width,
      codedHeight: size.height,
      layout,
      timestamp: Math.round(sample.timestamp * 1e6),
      ...(direct ? { colorSpace: small.colorSpace.toJSON() } : {}),
      transfer: [bytes.buffer],
    };
    return new VideoFrame(bytes, init);
  } finally {
    small.close();
  }
}

export class Screen {
  #canvas: OffscreenCanvas | null = null;
  #context: OffscreenCanvasRenderingContext2D | null = null;
  #box = { width: 640, height: 360 };

  setCanvas(canvas: OffscreenCanvas): void {
    this.#canvas = canvas;
    this.#context = canvas.getContext('2d');
  }

  /** In device pixels. */
  setBox(width: number, height: number): void {
    this.#box = { width: Math.max(2, width), height: Math.max(2, height) };
  }

  /** The sample stays the caller's. */
  fetch(sample: VideoSample): Promise<VideoFrame> {
    return fetchPicture(sample, this.#box);
  }

  /** Takes the frame over. */
  draw(frame: VideoFrame): void {
    const canvas = this.#canvas;
    if (canvas && this.#context) {
      const { displayWidth, displayHeight } = frame;
      if (canvas.width !== displayWidth || canvas.height !== displayHeight) {
        canvas.width = displayWidth;
        canvas.height = displayHeight;
      } else {
        this.#context.clearRect(0, 0, displayWidth, displayHeight);
      }
      this.#context.drawImage(frame, 0, 0);
    }
    frame.close();
  }

  clear(): void {
    if (this.#canvas) this.#context?.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
  }
}
