/**
 * In Node and over handles, configurations and chunks are those of TypeScript's own declarations of WebCodecs; frames
 * are not, for nothing of a platform could draw them. Nothing here runs: the compiler is the test.
 */
import type { createCodecHost } from 'electron-webcodecs';

declare const codecs: ReturnType<typeof createCodecHost>['webcodecs'];
declare function use(...values: unknown[]): void;

// Configurations and options, in.
declare const videoEncoderConfig: VideoEncoderConfig;
declare const videoDecoderConfig: VideoDecoderConfig;
declare const audioEncoderConfig: AudioEncoderConfig;
declare const audioDecoderConfig: AudioDecoderConfig;
declare const encodeOptions: VideoEncoderEncodeOptions;
declare const videoEncoder: InstanceType<typeof codecs.VideoEncoder>;
declare const videoDecoder: InstanceType<typeof codecs.VideoDecoder>;
declare const audioEncoder: InstanceType<typeof codecs.AudioEncoder>;
declare const audioDecoder: InstanceType<typeof codecs.AudioDecoder>;
declare const frame: InstanceType<typeof codecs.VideoFrame>;
videoEncoder.configure(videoEncoderConfig);
videoDecoder.configure(videoDecoderConfig);
audioEncoder.configure(audioEncoderConfig);
audioDecoder.configure(audioDecoderConfig);
videoEncoder.encode(frame, encodeOptions);

// What constructors take.
declare const chunkInit: EncodedVideoChunkInit;
declare const dataInit: AudioDataInit;
declare const frameInit: VideoFrameBufferInit;
use(new codecs.EncodedVideoChunk(chunkInit), new codecs.EncodedAudioChunk(chunkInit));
use(new codecs.AudioData(dataInit), new codecs.VideoFrame(new Uint8Array(6), frameInit));

// Chunks, sound and configurations, out: a muxer that is written for the platform's takes them.
const chunk: EncodedVideoChunk = new codecs.EncodedVideoChunk(chunkInit);
const audioChunk: EncodedAudioChunk = new codecs.EncodedAudioChunk(chunkInit);
const data: AudioData = new codecs.AudioData(dataInit);
const metadata = (output: EncodedAudioChunkMetadata) => use(output.decoderConfig?.sampleRate);
use(new codecs.AudioEncoder({ output: (_chunk, output) => output && metadata(output), error: () => undefined }));
const videoMetadata = (output: EncodedVideoChunkMetadata) => use(output.decoderConfig?.colorSpace);
use(new codecs.VideoEncoder({ output: (_chunk, output) => output && videoMetadata(output), error: () => undefined }));
const support: Promise<VideoDecoderSupport> = codecs.VideoDecoder.isConfigSupported(videoDecoderConfig);
use(chunk, audioChunk, data, support);

// @ts-expect-error: of formats that the platform's declarations don't know
const platformFrame: VideoFrame = frame;
declare const platformData: AudioData;
// @ts-expect-error: in Node there are no platform's samples
audioEncoder.encode(platformData);
use(platformFrame);
