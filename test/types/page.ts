/**
 * In a page, the classes and TypeScript's own declarations of WebCodecs stand in for each other. Nothing here runs:
 * the compiler is the test.
 */
import {
  type ConnectOptions,
  connectCodecs,
  installWebCodecs,
  type PageCodecs,
  type RemoteCodecs,
} from 'electron-webcodecs/renderer';

declare const page: PageCodecs;
declare const remote: RemoteCodecs;
declare const port: MessagePort;
declare function use(...values: unknown[]): void;

// The classes, where the platform's are asked for: also as new values of the globals.
const videoEncoderClass: typeof VideoEncoder = page.VideoEncoder;
const videoDecoderClass: typeof VideoDecoder = page.VideoDecoder;
const audioEncoderClass: typeof AudioEncoder = page.AudioEncoder;
const audioDecoderClass: typeof AudioDecoder = page.AudioDecoder;
const videoFrameClass: typeof VideoFrame = page.VideoFrame;
globalThis.VideoEncoder = page.VideoEncoder;
globalThis.VideoDecoder = page.VideoDecoder;
globalThis.AudioEncoder = page.AudioEncoder;
globalThis.AudioDecoder = page.AudioDecoder;
use(videoEncoderClass, videoDecoderClass, audioEncoderClass, audioDecoderClass, videoFrameClass);

// Instances, either way.
declare const frame: VideoFrame;
declare const data: AudioData;
declare const chunk: EncodedVideoChunk;
declare const audioChunk: EncodedAudioChunk;
declare const ourVideoEncoder: InstanceType<PageCodecs['VideoEncoder']>;
declare const ourVideoDecoder: InstanceType<PageCodecs['VideoDecoder']>;
declare const ourAudioEncoder: InstanceType<PageCodecs['AudioEncoder']>;
declare const ourAudioDecoder: InstanceType<PageCodecs['AudioDecoder']>;
const domVideoEncoder: VideoEncoder = ourVideoEncoder;
const domVideoDecoder: VideoDecoder = ourVideoDecoder;
const domAudioEncoder: AudioEncoder = ourAudioEncoder;
const domAudioDecoder: AudioDecoder = ourAudioDecoder;
use(domVideoEncoder, domVideoDecoder, domAudioEncoder, domAudioDecoder);
ourVideoEncoder.encode(frame, { keyFrame: true });
ourVideoDecoder.decode(chunk);
ourAudioEncoder.encode(data);
ourAudioDecoder.decode(audioChunk);

// What the platform's declarations call configurations, inits, options and results.
declare const domVideoEncoderInit: VideoEncoderInit;
declare const domVideoDecoderInit: VideoDecoderInit;
declare const domAudioEncoderInit: AudioEncoderInit;
declare const domAudioDecoderInit: AudioDecoderInit;
declare const domVideoEncoderConfig: VideoEncoderConfig;
declare const domVideoDecoderConfig: VideoDecoderConfig;
declare const domAudioEncoderConfig: AudioEncoderConfig;
declare const domAudioDecoderConfig: AudioDecoderConfig;
declare const domEncodeOptions: VideoEncoderEncodeOptions;
new page.VideoEncoder(domVideoEncoderInit).configure(domVideoEncoderConfig);
new page.VideoDecoder(domVideoDecoderInit).configure(domVideoDecoderConfig);
new page.AudioEncoder(domAudioEncoderInit).configure(domAudioEncoderConfig);
new page.AudioDecoder(domAudioDecoderInit).configure(domAudioDecoderConfig);
ourVideoEncoder.encode(frame, domEncodeOptions);
const support: Promise<VideoEncoderSupport> = page.VideoEncoder.isConfigSupported(domVideoEncoderConfig);
const audioSupport: Promise<AudioDecoderSupport> = page.AudioDecoder.isConfigSupported(domAudioDecoderConfig);
use(support, audioSupport);

// Callbacks written for the platform's objects take ours, and what ours say goes to the platform's.
const encoder = new page.VideoEncoder({
  output: (output: EncodedVideoChunk, metadata?: EncodedVideoChunkMetadata) => {
    if (metadata?.decoderConfig) domVideoDecoder.configure(metadata.decoderConfig);
    domVideoDecoder.decode(output);
  },
  error: (error: DOMException) => use(error.name),
});
encoder.addEventListener('dequeue', (event: Event) => use(event.type));
encoder.ondequeue = (event) => use(event.timeStamp);

// Beyond the platform's declarations.
encoder.configure({ codec: 'hvc1.1.6.L93.B0', width: 1280, height: 720, gopSize: 30, hevc: { format: 'annexb' } });
encoder.encode(frame, { vp9: { quantizer: 30 } });

// What must not pass.
// @ts-expect-error: an encoder of video takes no audio
ourVideoEncoder.encode(data);
// @ts-expect-error: nor chunks
ourVideoEncoder.encode(chunk);
// @ts-expect-error: a configuration has a codec
ourVideoDecoder.configure({ codedWidth: 640, codedHeight: 360 });
// @ts-expect-error: a misspelt member
encoder.configure({ codec: 'vp8', width: 64, height: 64, bitRate: 1000 });
// @ts-expect-error: both callbacks are needed
new page.AudioDecoder({ output: (output: AudioData) => output.close() });
// @ts-expect-error: a callback for frames gets no sound
new page.AudioDecoder({ output: (output: VideoFrame) => output.close(), error: () => undefined });

// Handles are not the platform's frames, and the platform's frames are no handles.
declare const handle: InstanceType<RemoteCodecs['VideoFrame']>;
declare const context: CanvasRenderingContext2D;
declare const remoteEncoder: InstanceType<RemoteCodecs['VideoEncoder']>;
remoteEncoder.encode(handle);
// @ts-expect-error: its pixels are in the host
context.drawImage(handle, 0, 0);
// @ts-expect-error: its pixels are in the page
remoteEncoder.encode(frame);

async function connects(options: ConnectOptions): Promise<void> {
  const either: PageCodecs | RemoteCodecs = await connectCodecs(port, options);
  installWebCodecs(globalThis, either);
  const platformFrames: PageCodecs = await connectCodecs(port);
  const withOptions: PageCodecs = await connectCodecs(port, { frameSizeMismatch: 'scale', limits: { queueSize: 8 } });
  const handles: RemoteCodecs = await connectCodecs(port, { frames: 'remote' });
  const uninstall: () => void = installWebCodecs(globalThis, platformFrames);
  installWebCodecs(globalThis, handles);
  installWebCodecs(globalThis, { VideoEncoder: withOptions.VideoEncoder });
  uninstall();
  const handedOver: PageCodecs = await connectCodecs();
  const handedHandles: RemoteCodecs = await connectCodecs({ frames: 'remote' });
  use(handedOver, handedHandles);
  // @ts-expect-error: one of two
  await connectCodecs(port, { frames: 'local' });
  // @ts-expect-error: these have frames of their own
  const wrong: PageCodecs = await connectCodecs(port, { frames: 'remote' });
  use(wrong, remote);
}
use(connects);
