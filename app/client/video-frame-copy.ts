/** What allocationSize() and copyTo() of a VideoFrame do: https://w3c.github.io/webcodecs/#videoframe-algorithms */
import type { WirePlaneLayout, WireRect } from '../protocol/messages.js';
import { bytesOf } from './buffers.js';
import { toRect } from './dom-rect.js';
import { fetchPixels, type LocalPicture, type PictureInfo, type RemotePicture } from './picture.js';
import { findPixelFormat, pixelFormat } from './pixel-formats.js';
import { keepsColors, type PredefinedColorSpace, predefinedColorSpaces } from './rgb-color.js';
import { convertToRgb } from './rgb-conversion.js';
import type { AllowSharedBufferSource, PlaneLayout, VideoPixelFormat } from './types.js';
import { toPixelFormat } from './video-frame-init.js';
import {
  type CombinedBufferLayout,
  computeLayout,
  copyPlanes,
  destinationLayouts,
  parseVisibleRect,
  toLayout,
} from './video-frame-layout.js';
import { optional, toDictionary, toEnum } from './web-idl.js';

const context = 'VideoFrameCopyToOptions';

interface CopyToOptions {
  colorSpace: PredefinedColorSpace;
  format: VideoPixelFormat | undefined;
  layout: PlaneLayout[] | undefined;
  rect: WireRect | undefined;
}

/** What is copied and where it goes. */
export interface CopyPlan {
  rect: WireRect;
  /** null for the frame's own format, whose samples are not touched. */
  rgb: { format: VideoPixelFormat; colorSpace: PredefinedColorSpace } | null;
  layout: CombinedBufferLayout;
}

/** Converts a VideoFrameCopyToOptions. */
export function toCopyToOptions(value: unknown): CopyToOptions {
  const dictionary = toDictionary(value, context);
  const colorSpace =
    optional(dictionary, context, 'colorSpace', (item, field) => toEnum(item, field, predefinedColorSpaces)) ?? 'srgb';
  const format = optional(dictionary, context, 'format', toPixelFormat);
  const layout = optional(dictionary, context, 'layout', toLayout);
  const rect = optional(dictionary, context, 'rect', toRect);
  return { colorSpace, format, layout, rect };
}

/**
 * https://w3c.github.io/webcodecs/#videoframe-parse-videoframecopytooptions
 * Throws a TypeError for a rectangle or layout that doesn't fit, a NotSupportedError for a format that isn't RGB.
 */
export function planCopy(info: PictureInfo, options: CopyToOptions): CopyPlan {
  const { codedWidth, codedHeight, visibleRect } = info;
  const own = pixelFormat(info.format);
  const rect = parseVisibleRect(visibleRect, options.rect, codedWidth, codedHeight, own, `${context}.rect`);
  const { format, colorSpace } = options;
  if (format === undefined) {
    return { rect, rgb: null, layout: computeLayout(rect, own, options.layout) };
  }
  if (findPixelFormat(format)?.isRgb !== true) {
    throw new DOMException(`format: conversion to ${format} is not supported`, 'NotSupportedError');
  }
  return { rect, rgb: { format, colorSpace }, layout: computeLayout(rect, pixelFormat(format), options.layout) };
}

/** Samples that are here: those of a whole picture, or of the rectangle that was fetched. */
export interface PixelSource {
  data: Uint8Array;
  planes: readonly WirePlaneLayout[];
  /** Of the plan, as it lies in `data`. */
  rect: WireRect;
  /** What is left to be done with the colours. */
  rgb: CopyPlan['rgb'];
}

export function localPixels({ data, planes }: LocalPicture, { rect, rgb }: CopyPlan): PixelSource {
  return { data, planes, rect, rgb };
}

// What is made there has to be what is made here: libswscale knows nothing of primaries and transfer, shifts chroma at
// odd sizes, and leaves something in the fourth byte of what has no alpha.
function convertsInHost({ format, colorSpace }: PictureInfo, { rect, rgb }: CopyPlan): boolean {
  const own = pixelFormat(format);
  const isWhole = own.planes.every(
    (plane) => rect.width % plane.sampleWidth === 0 && rect.height % plane.sampleHeight === 0,
  );
  return (
    rgb !== null &&
    isWhole &&
    keepsColors(colorSpace, rgb.colorSpace) &&
    !own.isRgb &&
    colorSpace.matrix !== 'rgb' &&
    (pixelFormat(rgb.format).hasAlpha || !own.hasAlpha)
  );
}

/** The pixels, in the plan's format where the host can make it. Rejects when the host is gone. */
export async function remotePixels(picture: RemotePicture, info: PictureInfo, plan: CopyPlan): Promise<PixelSource> {
  const { width, height } = plan.rect;
  const isDone = convertsInHost(info, plan);
  const format = isDone && plan.rgb ? plan.rgb.format : info.format;
  const data = await fetchPixels(picture, plan.rect, format);
  const rect = { x: 0, y: 0, width, height };
  const planes = destinationLayouts(computeLayout(rect, pixelFormat(format), undefined));
  return { data, planes, rect, rgb: isDone ? null : plan.rgb };
}

/** Writes the pixels to where the plan's layout has them. */
export function writePixels(
  source: PixelSource,
  info: PictureInfo,
  plan: CopyPlan,
  destination: AllowSharedBufferSource,
): PlaneLayout[] {
  const target = bytesOf(destination);
  const { data, planes, rect, rgb } = source;
  const layout = destinationLayouts(plan.layout);
  if (rgb) {
    const format = pixelFormat(info.format);
    const [rows = { offset: 0, stride: 0 }] = layout;
    const { colorSpace } = info;
    convertToRgb({ data, planes, format, colorSpace }, rect, { ...rgb, data: target, ...rows });
  } else {
    const format = pixelFormat(plan.rgb?.format ?? info.format);
    copyPlanes(data, planes, target, computeLayout(rect, format, layout));
  }
  return layout;
}
