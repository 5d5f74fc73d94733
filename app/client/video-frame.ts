/** VideoFrame: https://w3c.github.io/webcodecs/#videoframe-interface */
import { argumentError } from '../protocol/errors.js';
import { bufferOf, isBufferSource, isDetached, toBufferSource } from './buffers.js';
import { VideoColorSpace } from './color-space.js';
import { makeRect } from './dom-rect.js';
import { codedRect, type PictureInfo, type PictureReference } from './picture.js';
import type {
  AllowSharedBufferSource,
  PlaneLayout,
  RectReadOnly,
  VideoFrameBufferInit,
  VideoFrameCopyToOptions,
  VideoFrameInit,
  VideoFrameMetadata,
  VideoPixelFormat,
} from './types.js';
import { markAsUncloneable } from './uncloneable.js';
import { localPixels, planCopy, remotePixels, toCopyToOptions, writePixels } from './video-frame-copy.js';
import { frameFromBuffer, frameFromFrame } from './video-frame-init.js';
import { copyMetadata } from './video-frame-metadata.js';
import { exposeInterface, requireArguments } from './web-idl.js';

let hasWarned = false;

// Pixels in the host outlive a frame that nobody closed until it is collected; those here are collected with it.
const unclosedFrames = new FinalizationRegistry<PictureReference>((reference) => {
  if (!reference.isReleased) {
    reference.release();
    if (!hasWarned) {
      hasWarned = true;
      console.warn(
        'A VideoFrame was garbage collected without being closed. Call close() on frames when done with them.',
      );
    }
  }
});

/** Passed in place of constructor arguments to make a frame of a picture; scripts can't make one. */
class FrameSource {
  readonly reference: PictureReference;
  readonly metadata: VideoFrameMetadata;

  constructor(reference: PictureReference, metadata: VideoFrameMetadata) {
    this.reference = reference;
    this.metadata = metadata;
  }
}

let referenceOf: (frame: VideoFrame) => PictureReference | null;

/**
 * A picture with its times and geometry. Its pixels are in this process or in the codec host; both kinds have all
 * members. A frame keeps its pixels until `close()`; clones share them. When its host goes, a frame reads as closed.
 */
export class VideoFrame {
  #reference: PictureReference;
  #metadata: VideoFrameMetadata;
  #colorSpace: VideoColorSpace | null = null;

  /**
   * A frame of the same pixels as another's.
   * @throws {DOMException} InvalidStateError where `image` is closed.
   * @throws {TypeError} for members that are invalid.
   */
  constructor(image: VideoFrame, init?: VideoFrameInit);
  /**
   * A frame of bytes, which are copied or, with `transfer`, taken.
   * @throws {TypeError} for members that are invalid or too little data.
   * @throws {DOMException} DataCloneError for a bad `transfer`.
   */
  constructor(data: AllowSharedBufferSource, init: VideoFrameBufferInit);
  constructor(source: unknown, init: unknown = undefined) {
    requireArguments('VideoFrame', 1, arguments.length);
    if (source instanceof FrameSource) {
      this.#reference = source.reference;
      this.#metadata = source.metadata;
    } else if (source instanceof VideoFrame) {
      ({ reference: this.#reference, metadata: this.#metadata } = frameFromFrame(source.#reference, init));
    } else if (isBufferSource(source)) {
      requireArguments('VideoFrame', 2, arguments.length);
      ({ reference: this.#reference, metadata: this.#metadata } = frameFromBuffer(
        toBufferSource(source, 'data'),
        init,
      ));
    } else {
      throw argumentError('image', 'a VideoFrame, a buffer or a view', source);
    }
    markAsUncloneable(this);
    if (this.#reference.resource.kind === 'remote') {
      unclosedFrames.register(this, this.#reference, this.#reference);
    }
  }

  static {
    referenceOf = (frame) => (frame.#isDetached ? null : frame.#reference);
  }

  get #isDetached(): boolean {
    return this.#reference.isGone;
  }

  // Attributes of a closed frame read as 0 or null: https://w3c.github.io/webcodecs/#close-videoframe
  get #openInfo(): PictureInfo | null {
    return this.#isDetached ? null : this.#reference.info;
  }

  get format(): VideoPixelFormat | null {
    return this.#openInfo?.format ?? null;
  }

  get codedWidth(): number {
    return this.#openInfo?.codedWidth ?? 0;
  }

  get codedHeight(): number {
    return this.#openInfo?.codedHeight ?? 0;
  }

  get codedRect(): RectReadOnly | null {
    const info = this.#openInfo;
    return info && makeRect(codedRect(info));
  }

  get visibleRect(): RectReadOnly | null {
    const info = this.#openInfo;
    return info && makeRect(info.visibleRect);
  }

  /** Degrees clockwise, before the flip: 0, 90, 180 or 270. */
  get rotation(): number {
    return this.#openInfo?.rotation ?? 0;
  }

  get flip(): boolean {
    return this.#openInfo?.flip ?? false;
  }

  get displayWidth(): number {
    return this.#openInfo?.displayWidth ?? 0;
  }

  get displayHeight(): number {
    return this.#openInfo?.displayHeight ?? 0;
  }

  /** Microseconds; null where it isn't known. */
  get duration(): number | null {
    return this.#reference.info.duration;
  }

  /** Microseconds. */
  get timestamp(): number {
    return this.#reference.info.timestamp;
  }

  get colorSpace(): VideoColorSpace {
    this.#colorSpace ??= new VideoColorSpace(this.#reference.info.colorSpace);
    return this.#colorSpace;
  }

  /** A copy of the frame's metadata. @throws {DOMException} InvalidStateError where the frame is closed. */
  metadata(): VideoFrameMetadata {
    this.#requireOpen();
    return copyMetadata(this.#metadata);
  }

  /**
   * Bytes that `copyTo` needs with the same options.
   * @throws {DOMException} InvalidStateError where the frame is closed, NotSupportedError for a format that isn't RGB.
   * @throws {TypeError} for a rectangle or a layout that doesn't fit.
   */
  allocationSize(options: VideoFrameCopyToOptions = {}): number {
    const wanted = toCopyToOptions(options);
    return planCopy(this.#requireOpen(), wanted).layout.allocationSize;
  }

  /**
   * Copies pixels; resolves with where the planes lie in `destination`. Rejects as `allocationSize` throws, with a
   * TypeError where `destination` is too small, and with an error where the host goes meanwhile.
   */
  async copyTo(destination: AllowSharedBufferSource, options: VideoFrameCopyToOptions = {}): Promise<PlaneLayout[]> {
    requireArguments('copyTo', 1, arguments.length);
    const target = toBufferSource(destination, 'destination');
    const wanted = toCopyToOptions(options);
    const info = this.#requireOpen();
    const plan = planCopy(info, wanted);
    const { allocationSize } = plan.layout;
    if (target.byteLength < allocationSize) {
      throw argumentError('destination', `at least ${allocationSize} bytes`, target.byteLength);
    }
    const { resource } = this.#reference;
    if (resource.kind === 'local') {
      return writePixels(localPixels(resource, plan), info, plan, target);
    }
    const pixels = await remotePixels(resource, info, plan);
    if (isDetached(bufferOf(target))) {
      throw argumentError('destination', 'a buffer that stays attached until the copy is done', target);
    }
    return writePixels(pixels, info, plan, target);
  }

  /** A frame that shares the pixels. @throws {DOMException} InvalidStateError where the frame is closed. */
  clone(): VideoFrame {
    this.#requireOpen();
    return makeVideoFrame(this.#reference.duplicate(), this.#metadata);
  }

  /** Lets go of the pixels. Final, idempotent. */
  close(): void {
    unclosedFrames.unregister(this.#reference);
    this.#reference.release();
    this.#metadata = {};
  }

  #requireOpen(): PictureInfo {
    const info = this.#openInfo;
    if (!info) {
      throw new DOMException('The VideoFrame is closed', 'InvalidStateError');
    }
    return info;
  }
}

/** A frame of a picture; the frame owns the reference. */
export function makeVideoFrame(reference: PictureReference, metadata: VideoFrameMetadata = {}): VideoFrame {
  return new VideoFrame(new FrameSource(reference, metadata) as unknown as VideoFrame);
}

/** The frame's reference to its picture, which stays the frame's; null where it is closed. */
export function pictureOf(frame: VideoFrame): PictureReference | null {
  return referenceOf(frame);
}

exposeInterface(VideoFrame, 'VideoFrame', [
  'format',
  'codedWidth',
  'codedHeight',
  'codedRect',
  'visibleRect',
  'rotation',
  'flip',
  'displayWidth',
  'displayHeight',
  'duration',
  'timestamp',
  'colorSpace',
  'metadata',
  'allocationSize',
  'copyTo',
  'clone',
  'close',
]);
