import { VideoSample, type VideoSampleTransformationDescription } from 'mediabunny';
import type { VideoFrame, WebCodecs } from '../client/index.js';
import { currentEngine } from './engine.js';
import { FrameSampleResource, frameOf, frameResourceOf } from './frame-sample-resource.js';

interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/**
 * Mediabunny's order is: square pixels, rotate, flip, crop, fit. The host's is: crop, rotate, flip, fit, on the pixels
 * as they are stored. So the rectangle is carried back through flip, rotation and pixel shape.
 */
export function cropInSource(sample: VideoSample, description: VideoSampleTransformationDescription): Rect {
  const { rotation, flip } = description;
  const { left, top, width, height } = description.crop;
  const turned = rotation % 180 !== 0;
  const squareWidth = sample.squarePixelWidth;
  const squareHeight = sample.squarePixelHeight;
  const outerWidth = turned ? squareHeight : squareWidth;
  const unflippedLeft = flip ? outerWidth - left - width : left;

  const upright: Rect = { x: unflippedLeft, y: top, width, height };
  if (rotation === 90) {
    Object.assign(upright, { x: top, y: squareHeight - unflippedLeft - width, width: height, height: width });
  } else if (rotation === 180) {
    Object.assign(upright, { x: squareWidth - unflippedLeft - width, y: squareHeight - top - height });
  } else if (rotation === 270) {
    Object.assign(upright, { x: squareWidth - top - height, y: unflippedLeft, width: height, height: width });
  }

  const acrossScale = sample.codedWidth / squareWidth;
  const downScale = sample.codedHeight / squareHeight;
  const x = Math.round(upright.x * acrossScale);
  const y = Math.round(upright.y * downScale);
  return {
    x,
    y,
    width: Math.max(1, Math.min(Math.round(upright.width * acrossScale), sample.codedWidth - x)),
    height: Math.max(1, Math.min(Math.round(upright.height * downScale), sample.codedHeight - y)),
  };
}

/** Mediabunny's hook for resize, crop, rotate and flip. Returns null where Mediabunny should do it itself. */
export async function transformSample(
  sample: VideoSample,
  description: VideoSampleTransformationDescription,
): Promise<VideoSample | null> {
  const resource = frameResourceOf(sample);
  const webcodecs = resource?.webcodecs ?? currentEngine()?.webcodecs;
  if (!webcodecs || (!resource && typeof OffscreenCanvas !== 'undefined')) {
    return null;
  }
  const source = await frameOf(sample, webcodecs);
  try {
    const frame = await transformFrame(webcodecs, source, sample, description);
    return new VideoSample(new FrameSampleResource(frame, webcodecs), {
      timestamp: sample.timestamp,
      duration: sample.duration,
      rotation: 0,
      flip: false,
      encodeOptions: sample.encodeOptions,
    });
  } finally {
    source.close();
  }
}

async function transformFrame(
  { transformVideoFrame }: WebCodecs,
  source: VideoFrame,
  sample: VideoSample,
  description: VideoSampleTransformationDescription,
): Promise<VideoFrame> {
  const { width, height, fit, rotation, flip } = description;
  const visible = source.visibleRect;
  const inVisible = cropInSource(sample, description);
  const crop = { ...inVisible, x: inVisible.x + (visible?.x ?? 0), y: inVisible.y + (visible?.y ?? 0) };
  const { num, den } = sample.pixelAspectRatio;
  if (fit === 'fill' || num === den) {
    return transformVideoFrame(source, { crop, rotation, flip, width, height, fit });
  }
  // `contain` and `cover` go by the shape of the pixels, which have to be made square first.
  const square = await transformVideoFrame(source, {
    crop,
    rotation,
    flip,
    width: Math.round(description.crop.width),
    height: Math.round(description.crop.height),
    fit: 'fill',
  });
  try {
    return await transformVideoFrame(square, { width, height, fit });
  } finally {
    square.close();
  }
}
