import type { WebCodecs } from '../client/index.js';

type CodecClass = 'VideoEncoder' | 'VideoDecoder' | 'AudioEncoder' | 'AudioDecoder';
type Step = CodecClass | 'transformVideoFrame';

/** What the codecs of one export have done so far. */
export interface Observation {
  framesEncoded: number;
  /** The first step that failed: whether the input or the wish was at fault. */
  failure: { step: Step; error: Error } | null;
}

/** The same classes, counting and remembering: Mediabunny tells neither how many frames went in nor who failed. */
export function observe(webcodecs: WebCodecs): { engine: WebCodecs; observation: Observation } {
  const observation: Observation = { framesEncoded: 0, failure: null };

  function remember<Init extends { error: (error: DOMException) => void }>(codec: CodecClass, init: Init): Init {
    return {
      ...init,
      error: (error: DOMException) => {
        observation.failure ??= { step: codec, error };
        init.error(error);
      },
    };
  }

  class VideoEncoder extends webcodecs.VideoEncoder {
    constructor(init: ConstructorParameters<typeof webcodecs.VideoEncoder>[0]) {
      super(remember('VideoEncoder', init));
    }

    override encode(...parameters: Parameters<InstanceType<typeof webcodecs.VideoEncoder>['encode']>): void {
      super.encode(...parameters);
      observation.framesEncoded++;
    }
  }

  class VideoDecoder extends webcodecs.VideoDecoder {
    constructor(init: ConstructorParameters<typeof webcodecs.VideoDecoder>[0]) {
      super(remember('VideoDecoder', init));
    }
  }

  class AudioEncoder extends webcodecs.AudioEncoder {
    constructor(init: ConstructorParameters<typeof webcodecs.AudioEncoder>[0]) {
      super(remember('AudioEncoder', init));
    }
  }

  class AudioDecoder extends webcodecs.AudioDecoder {
    constructor(init: ConstructorParameters<typeof webcodecs.AudioDecoder>[0]) {
      super(remember('AudioDecoder', init));
    }
  }

  const transformVideoFrame: WebCodecs['transformVideoFrame'] = async (frame, options) => {
    try {
      return await webcodecs.transformVideoFrame(frame, options);
    } catch (error) {
      observation.failure ??= { step: 'transformVideoFrame', error: error as Error };
      throw error;
    }
  };

  const classes = { VideoEncoder, VideoDecoder, AudioEncoder, AudioDecoder };
  return { engine: { ...webcodecs, ...classes, transformVideoFrame }, observation };
}
