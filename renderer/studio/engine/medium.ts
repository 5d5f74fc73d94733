/** A file that is open: what it is, its pictures and its sound. */
import {
  ALL_FORMATS,
  BlobSource,
  Input,
  type InputAudioTrack,
  type Source,
  UnsupportedInputFormatError,
} from 'mediabunny';
import { imageHeadLength, imageTypeByHead } from '../../../app/export/index.js';
import { wordsOf } from '../../../app/protocol/errors.js';
import { describeAudio, describeVideo } from './describe.js';
import type { HostLink } from './host-link.js';
import { openImage } from './image.js';
import type { MediaInfo, MediaSource } from './messages.js';
import { outputSource } from './output-files.js';
import type { PageLink } from './page-link.js';
import { type Pictures, TrackPictures } from './pictures.js';

export interface Medium {
  readonly info: MediaInfo;
  readonly pictures: Pictures | null;
  readonly sound: InputAudioTrack | null;
  close(): void;
}

/** Every reader has an input of its own, so that none waits for the other. */
export function openInput(source: MediaSource, page: PageLink): Input {
  const bytes: Source =
    source.kind === 'file' ? new BlobSource(source.file) : outputSource(page, source.output, source.size);
  return new Input({ source: bytes, formats: ALL_FORMATS });
}

export function nameOf(source: MediaSource): string {
  return source.kind === 'file' ? source.file.name : source.name;
}

function sizeOf(source: MediaSource): number {
  return source.kind === 'file' ? source.file.size : source.size;
}

/** Says what is wrong with a file that can't be read. */
export function unreadable(name: string, size: number, error: unknown): Error {
  if (size === 0) return new Error(`${name} is empty.`);
  if (error instanceof UnsupportedInputFormatError) {
    return new Error(
      `${name} is not a media file that can be read. MP4, MOV, WebM, Matroska, MP3, FLAC, Ogg, WAV and images can.`,
    );
  }
  const why = wordsOf(error);
  return new Error(`${name} is damaged: its structure can't be read (${why.replace(/[.\s]+$/, '')}).`);
}

/** Rejects with an Error that says what is wrong with the file. */
export async function openMedium(source: MediaSource, page: PageLink, host: HostLink): Promise<Medium> {
  const name = nameOf(source);
  if (source.kind === 'file') {
    const head = new Uint8Array(await source.file.slice(0, imageHeadLength).arrayBuffer());
    const type = imageTypeByHead(head);
    if (type) return openImage(source.file, type, host);
  }
  const input = openInput(source, page);
  try {
    return await readMedium(input, name, sizeOf(source));
  } catch (error) {
    input.dispose();
    throw unreadable(name, sizeOf(source), error);
  }
}

async function readMedium(input: Input, name: string, size: number): Promise<Medium> {
  const format = await input.getFormat();
  const videoTrack = await input.getPrimaryVideoTrack();
  const audioTrack = await input.getPrimaryAudioTrack();
  const warnings: string[] = [];
  const decodable = async <Track extends { canDecode(): Promise<boolean>; readonly type: string }>(
    track: Track | null,
  ): Promise<Track | null> => {
    if (!track || (await track.canDecode())) return track;
    warnings.push(`Its ${track.type} track is in a format that can't be decoded.`);
    return null;
  };
  const video = await decodable(videoTrack);
  const sound = await decodable(audioTrack);
  if (!videoTrack && !audioTrack) warnings.push('It has neither video nor sound.');
  const videoInfo = videoTrack && (await describeVideo(videoTrack));
  const info: MediaInfo = {
    name,
    size,
    container: format.name,
    duration: await input.computeDuration(),
    video: videoInfo,
    audio: audioTrack && (await describeAudio(audioTrack)),
    isImage: false,
    warnings,
  };
  return {
    info,
    pictures: video && videoInfo ? new TrackPictures(video, videoInfo.firstTimestamp) : null,
    sound,
    close: () => input.dispose(),
  };
}
