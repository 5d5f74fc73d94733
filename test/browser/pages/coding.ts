/** Encoding, decoding and looking, for situations. */
import { assert } from 'chai';
import type { PageCodecs, VideoEncoderConfig } from 'electron-webcodecs/renderer';

export interface EncodedVideo {
  chunks: { chunk: EncodedVideoChunk; alphaSideData: ArrayBuffer | undefined }[];
  config: VideoDecoderConfig;
}

/** Encodes the frames, which it closes; the encoder gets no time in between. */
export async function encodeFrames(
  { VideoEncoder }: Pick<PageCodecs, 'VideoEncoder'>,
  config: VideoEncoderConfig,
  frames: Iterable<VideoFrame>,
): Promise<EncodedVideo> {
  const chunks: EncodedVideo['chunks'] = [];
  const errors: DOMException[] = [];
  let decoderConfig: VideoDecoderConfig | undefined;
  const encoder = new VideoEncoder({
    output: (chunk, metadata) => {
      decoderConfig ??= metadata?.decoderConfig as VideoDecoderConfig | undefined;
      chunks.push({ chunk, alphaSideData: metadata?.alphaSideData });
    },
    error: (error) => errors.push(error),
  });
  encoder.configure(config);
  for (const frame of frames) {
    encoder.encode(frame);
    frame.close();
  }
  await encoder.flush().catch((error: unknown) => {
    throw errors[0] ?? error;
  });
  encoder.close();
  assert.isDefined(decoderConfig, 'the first chunk says how to decode it');
  return { chunks, config: decoderConfig as VideoDecoderConfig };
}

/** The frames, which the caller closes. */
export async function decodeChunks(
  { VideoDecoder }: Pick<PageCodecs, 'VideoDecoder'>,
  { chunks, config }: EncodedVideo,
): Promise<VideoFrame[]> {
  const frames: VideoFrame[] = [];
  const errors: DOMException[] = [];
  const decoder = new VideoDecoder({
    output: (frame) => frames.push(frame),
    error: (error) => errors.push(error),
  });
  decoder.configure(config);
  for (const { chunk, alphaSideData } of chunks) {
    decoder.decode(chunk, alphaSideData && { alphaSideData });
  }
  await decoder.flush().catch((error: unknown) => {
    throw errors[0] ?? error;
  });
  decoder.close();
  return frames;
}

export type Colour = readonly [red: number, green: number, blue: number];

export const red: Colour = [220, 30, 30];
export const green: Colour = [30, 200, 40];
/** Not more saturated: Chromium draws the blue of BT.709 up to 9 too low. */
export const blue: Colour = [70, 80, 180];
export const grey: Colour = [180, 180, 180];
/** From the top left, row by row. */
export const quadrants: readonly Colour[] = [red, green, blue, grey];

/** Fills the quadrants of a canvas. */
export function paint(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  colours: readonly Colour[] = quadrants,
): void {
  const { width, height } = context.canvas;
  colours.forEach((colour, index) => {
    context.fillStyle = `rgb(${colour.join(' ')})`;
    context.fillRect(((index % 2) * width) / 2, Math.floor(index / 2) * (height / 2), width / 2, height / 2);
  });
}

export function paintedCanvas(width = 128, height = 96): OffscreenCanvas {
  const canvas = new OffscreenCanvas(width, height);
  paint(contextOf(canvas));
  return canvas;
}

export function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { willReadFrequently: true });
  assert.isNotNull(context);
  return context as OffscreenCanvasRenderingContext2D;
}

/** Draws the frame; the mean colours around the middle of each quadrant, row by row. */
export function drawnQuadrants(frame: VideoFrame): [...Colour, alpha: number][] {
  const { displayWidth: width, displayHeight: height } = frame;
  const context = contextOf(new OffscreenCanvas(width, height));
  context.drawImage(frame, 0, 0);
  return [0, 1, 2, 3].map((index) => {
    const x = Math.floor(((index % 2) * 2 + 1) * (width / 4));
    const y = Math.floor((Math.floor(index / 2) * 2 + 1) * (height / 4));
    const { data } = context.getImageData(x - 4, y - 4, 8, 8);
    const mean = (channel: number) => data.reduce((sum, value, at) => (at % 4 === channel ? sum + value : sum), 0) / 64;
    return [mean(0), mean(1), mean(2), mean(3)];
  });
}

/** Fails unless the frame, drawn, has these colours in its quadrants, within what lossy coding does to them. */
export function assertQuadrants(frame: VideoFrame, colours: readonly Colour[] = quadrants, tolerance = 8): void {
  const drawn = drawnQuadrants(frame);
  colours.forEach((colour, index) => {
    const got = drawn[index] ?? [];
    for (const [channel, value] of colour.entries()) {
      assert.closeTo(got[channel] ?? -1, value, tolerance, `quadrant ${index} is ${got}, not ${colour}`);
    }
  });
}
