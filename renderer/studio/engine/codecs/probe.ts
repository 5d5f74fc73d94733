/** Asks the host what it can do, by opening it. */
import type { RemoteCodecs } from 'electron-webcodecs/renderer';
import type { CodecAnswer, CodecQuestion, EngineVersions } from './messages.js';

/** As `isConfigSupported()` and then, for a no, `configure()` have it. */
export async function answerQuestion(
  codecs: RemoteCodecs,
  index: number,
  question: CodecQuestion,
): Promise<CodecAnswer> {
  const description = 'description' in question ? await encodersDescription(codecs, question.config) : null;
  const asked = description ? { ...question, config: { ...question.config, description } } : question;
  try {
    const supported = await isSupported(codecs, asked as CodecQuestion);
    const reason = supported ? null : await refusalOf(codecs, asked as CodecQuestion);
    return { index, supported, reason, description };
  } catch (error) {
    // A string that is none of this engine's.
    if (!(error instanceof TypeError)) throw error;
    return { index, supported: false, reason: error.message, description };
  }
}

export async function engineVersions(codecs: RemoteCodecs): Promise<EngineVersions> {
  const { variant, avcodec, avcodecLicense, avcodecConfiguration } = await codecs.versions();
  const ffmpeg = /ffmpeg-(\d+(?:\.\d+)+)/.exec(avcodecConfiguration)?.[1] ?? null;
  return { variant, ffmpeg, avcodec, license: avcodecLicense };
}

async function isSupported(codecs: RemoteCodecs, { kind, config }: CodecQuestion): Promise<boolean> {
  switch (kind) {
    case 'video-encoder':
      return (await codecs.VideoEncoder.isConfigSupported(config)).supported;
    case 'video-decoder':
      return (await codecs.VideoDecoder.isConfigSupported(config as OwnVideoDecoderConfig)).supported;
    case 'audio-encoder':
      return (await codecs.AudioEncoder.isConfigSupported(config)).supported;
    case 'audio-decoder':
      return (await codecs.AudioDecoder.isConfigSupported(config)).supported;
    default:
      return kind satisfies never;
  }
}

type OwnVideoDecoderConfig = Parameters<RemoteCodecs['VideoDecoder']['isConfigSupported']>[0];

/** What the host says to a configuration that it refuses. */
function refusalOf(codecs: RemoteCodecs, { kind, config }: CodecQuestion): Promise<string> {
  return new Promise((resolve) => {
    const init = { output: () => undefined, error: (error: DOMException) => resolve(error.message) };
    switch (kind) {
      case 'video-encoder':
        new codecs.VideoEncoder(init).configure(config);
        break;
      case 'video-decoder':
        new codecs.VideoDecoder(init).configure(config as OwnVideoDecoderConfig);
        break;
      case 'audio-encoder':
        new codecs.AudioEncoder(init).configure(config);
        break;
      case 'audio-decoder':
        new codecs.AudioDecoder(init).configure(config);
        break;
      default:
        kind satisfies never;
    }
  });
}

/** Of a moment of silence. Null where there is no such encoder. */
async function encodersDescription(
  codecs: RemoteCodecs,
  { codec, sampleRate, numberOfChannels }: AudioDecoderConfig,
): Promise<Uint8Array<ArrayBuffer> | null> {
  let description: Uint8Array<ArrayBuffer> | null = null;
  const encoder = new codecs.AudioEncoder({
    output: (_chunk, metadata) => {
      const given = metadata?.decoderConfig?.description;
      if (given) description = copyOf(given);
    },
    error: () => undefined,
  });
  encoder.configure({ codec, sampleRate, numberOfChannels });
  const numberOfFrames = sampleRate / 5;
  const data = new Float32Array(numberOfFrames * numberOfChannels);
  const sound = { format: 'f32-planar', sampleRate, numberOfChannels, numberOfFrames, timestamp: 0, data } as const;
  const silence = new codecs.AudioData(sound);
  try {
    encoder.encode(silence);
    await encoder.flush();
    encoder.close();
  } catch {
    // There is no such encoder here.
  } finally {
    silence.close();
  }
  return description;
}

function copyOf(source: AllowSharedBufferSource): Uint8Array<ArrayBuffer> {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength).slice()
    : new Uint8Array(source).slice();
}
