import { statSync } from 'node:fs';
import {
  ALL_FORMATS,
  AudioSampleSink,
  FilePathSource,
  Input,
  type InputVideoTrack,
  type VideoSample,
  VideoSampleSink,
} from 'mediabunny';
import type { ContactSheet } from './contact-sheet.js';
import { drawFrame, sampleClip } from './sample-clip.js';

/** What an exported sample clip holds once it is decoded again. */
export interface Verdict {
  frames: number;
  /** Seconds. */
  duration: number;
  bytes: number;
  /** Decibels, of luma, against the drawn frames. */
  psnr: number;
  /** Seconds of sound that came out of the decoder and are to be heard. */
  audioLength: number;
}

/** Decodes a file made from the sample clip, compares it with what was drawn and puts `tiles` frames on the sheet. */
export async function verifySample(file: string, sheet: ContactSheet, tiles: number): Promise<Verdict> {
  using input = new Input({ source: new FilePathSource(file), formats: ALL_FORMATS });
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  if (!video || !audio) {
    throw new Error(`${file} lacks ${video ? 'its sound' : 'its video'}.`);
  }
  const { frames, squaredError } = await compareFrames(video, sheet, tiles);
  const audioEnd = await audio.computeDuration();
  let audioLength = 0;
  for await (using sample of new AudioSampleSink(audio).samples()) {
    // What codecs put before the start and behind the end is there to be cut off.
    const end = Math.min(sample.timestamp + sample.duration, audioEnd);
    audioLength += Math.max(0, end - Math.max(0, sample.timestamp));
  }
  const meanSquare = squaredError / Math.max(1, frames * sampleClip.width * sampleClip.height);
  return {
    frames,
    duration: await input.computeDuration(),
    bytes: statSync(file).size,
    psnr: meanSquare === 0 ? Number.POSITIVE_INFINITY : 10 * Math.log10(255 ** 2 / meanSquare),
    audioLength,
  };
}

async function compareFrames(
  video: InputVideoTrack,
  sheet: ContactSheet,
  tiles: number,
): Promise<{ frames: number; squaredError: number }> {
  let frames = 0;
  let squaredError = 0;
  const everyNth = Math.floor(sampleClip.frames / tiles);
  for await (using sample of new VideoSampleSink(video).samples()) {
    const index = Math.round(sample.timestamp * sampleClip.frameRate);
    squaredError += await lumaError(sample, drawFrame(index));
    if (frames % everyNth === 0 && frames / everyNth < tiles) {
      await sheet.add(sample);
    }
    frames++;
  }
  return { frames, squaredError };
}

/** Sum of squared differences of the luma plane, which comes first in every format that the decoders use here. */
async function lumaError(sample: VideoSample, drawn: Uint8Array): Promise<number> {
  if (sample.codedWidth !== sampleClip.width || sample.codedHeight !== sampleClip.height) {
    throw new Error(`A frame came back as ${sample.codedWidth}x${sample.codedHeight}.`);
  }
  const decoded = new Uint8Array(sample.allocationSize());
  const [luma] = await sample.copyTo(decoded);
  const { offset, stride } = luma ?? { offset: 0, stride: sampleClip.width };
  let sum = 0;
  for (let y = 0; y < sampleClip.height; y++) {
    const decodedRow = offset + y * stride;
    const drawnRow = y * sampleClip.width;
    for (let x = 0; x < sampleClip.width; x++) {
      const difference = (decoded[decodedRow + x] ?? 0) - (drawn[drawnRow + x] ?? 0);
      sum += difference * difference;
    }
  }
  return sum;
}
