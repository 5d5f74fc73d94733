/** Stills and animations, through this engine's ImageDecoder: frames that stay in the host as a video's do. */
import { FrameSampleResource } from 'electron-webcodecs/mediabunny';
import type { RemoteCodecs } from 'electron-webcodecs/renderer';
import { VideoSample } from 'mediabunny';
import { type FrameTime, frameTimes, phraseOf } from '../../../app/export/index.js';
import type { HostLife, HostLink } from './host-link.js';
import type { Medium } from './medium.js';
import type { MediaInfo, VideoInfo } from './messages.js';
import { PictureStream, type Pictures } from './pictures.js';

type Decoder = InstanceType<RemoteCodecs['ImageDecoder']>;

/** Times of neighbours are sums. */
const rounding = 1e-6;

/** An image file with a decoder in the host that there is, which may be another one later. */
class ImageFile {
  readonly #file: File;
  readonly #type: string;
  readonly #host: HostLink;
  #open: { life: HostLife; decoder: Decoder } | null = null;

  constructor(file: File, type: string, host: HostLink) {
    this.#file = file;
    this.#type = type;
    this.#host = host;
  }

  async decoder(): Promise<Decoder> {
    const life = await this.#host.current();
    if (this.#open?.life !== life) {
      const data = await this.#file.arrayBuffer();
      const decoder = new life.codecs.ImageDecoder({ type: this.#type, data, premultiplyAlpha: 'none' });
      this.#open = { life, decoder };
      await decoder.tracks.ready;
    }
    return this.#open.decoder;
  }

  /** A frame with its times; the caller closes it. */
  async sample(frameIndex: number, { start, end }: FrameTime): Promise<VideoSample> {
    const { image } = await (await this.decoder()).decode({ frameIndex });
    const { rotation, flip } = image;
    return new VideoSample(new FrameSampleResource(image), {
      timestamp: start,
      duration: end - start,
      rotation: rotation as 0 | 90 | 180 | 270,
      flip,
    });
  }

  close(): void {
    this.#open?.decoder.close();
  }
}

class ImagePictures implements Pictures {
  readonly #file: ImageFile;
  readonly #times: readonly FrameTime[];

  constructor(file: ImageFile, times: readonly FrameTime[]) {
    this.#file = file;
    this.#times = times;
  }

  from(time: number): PictureStream {
    let index = this.#indexAt(time);
    const read = async (): Promise<VideoSample | null> => {
      const frame = this.#times[index];
      if (!frame) return null;
      index += 1;
      return this.#file.sample(index - 1, frame);
    };
    return new PictureStream(time, read, () => undefined);
  }

  async startFor(time: number): Promise<number> {
    return time;
  }

  async timeBefore(time: number): Promise<number | null> {
    return this.#times.findLast(({ start }) => start < time - rounding)?.start ?? null;
  }

  async *some(times: readonly number[]): AsyncGenerator<VideoSample | null, void, unknown> {
    for (const time of times) {
      const index = this.#indexAt(time);
      const frame = this.#times[index];
      yield frame ? await this.#file.sample(index, frame) : null;
    }
  }

  #indexAt(time: number): number {
    const found = this.#times.findIndex(({ end }) => end > time + rounding);
    return found < 0 ? this.#times.length - 1 : found;
  }
}

/** Rejects with an Error that says what is wrong with the file. */
export async function openImage(file: File, type: string, host: HostLink): Promise<Medium> {
  const image = new ImageFile(file, type, host);
  try {
    const decoder = await image.decoder();
    await decoder.completed;
    const count = decoder.tracks.selectedTrack?.frameCount ?? 0;
    const durations: (number | null)[] = [];
    let video: VideoInfo | null = null;
    for (let frameIndex = 0; frameIndex < count; frameIndex++) {
      const frame = (await decoder.decode({ frameIndex })).image;
      durations.push(frame.duration);
      video ??= describeFrame(frame, type);
      frame.close();
    }
    const times = frameTimes(durations);
    const info: MediaInfo = {
      name: file.name,
      size: file.size,
      container: count > 1 ? 'Animation' : 'Picture',
      duration: times.at(-1)?.end ?? 0,
      video: video && { ...video, frameDuration: (times[0]?.end ?? 0) - (times[0]?.start ?? 0) },
      audio: null,
      isImage: true,
      warnings: [],
    };
    return { info, pictures: new ImagePictures(image, times), sound: null, close: () => image.close() };
  } catch (error) {
    image.close();
    throw new Error(`${file.name} is damaged: ${phraseOf(error)}.`);
  }
}

function describeFrame(frame: InstanceType<RemoteCodecs['VideoFrame']>, type: string): VideoInfo {
  const { codedWidth, codedHeight, rotation, displayWidth, displayHeight, format } = frame;
  const isTurned = rotation % 180 !== 0;
  return {
    codec: type.replace('image/', '').toUpperCase(),
    codecString: null,
    width: isTurned ? displayHeight : displayWidth,
    height: isTurned ? displayWidth : displayHeight,
    codedWidth,
    codedHeight,
    rotation,
    fps: null,
    frameDuration: 0.1,
    firstTimestamp: 0,
    color: 'sRGB',
    highDynamicRange: false,
    mayBeTransparent: format?.includes('A') ?? false,
  };
}
