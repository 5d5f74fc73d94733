/** What the addon reports, as messages, and which of their buffers can be given away. */
import type { NativeEvent } from '../../native/index.js';
import { exactBytes } from '../protocol/bytes.js';
import type { OutputMessage } from '../protocol/credit.js';
import type { CodecId, Generation, HostMessage } from '../protocol/messages.js';
import type { FrameStore } from './frame-store.js';
import { buffersOf, toWireAudio, toWireChunk, toWireDecoderConfig, toWirePictureInfo } from './media.js';

export function isOutput(message: HostMessage): message is OutputMessage {
  return message.type === 'chunk' || message.type === 'picture' || message.type === 'audio';
}

/** A picture moves into the store. `codecString` is what the codec was configured with. */
export function toHostMessage(
  event: Exclude<NativeEvent, { type: 'closed' }>,
  codec: CodecId,
  generation: Generation,
  codecString: string,
  frames: FrameStore,
): HostMessage {
  switch (event.type) {
    case 'configured':
      return { type: 'configured', codec, generation };
    case 'dequeued':
      return { type: 'dequeued', codec, generation, count: event.count };
    case 'flushed':
      return { type: 'flushed', codec, generation, flush: event.flush };
    case 'failed':
      return { type: 'failed', codec, generation, error: event.error };
    case 'chunk': {
      const { decoderConfig, temporalLayerId, alphaSideData } = event;
      return {
        type: 'chunk',
        codec,
        generation,
        chunk: toWireChunk(event.chunk),
        decoderConfig: decoderConfig && toWireDecoderConfig(decoderConfig, codecString),
        temporalLayerId,
        alphaSideData: alphaSideData && exactBytes(alphaSideData),
      };
    }
    case 'picture': {
      const info = toWirePictureInfo(event.info);
      return { type: 'picture', codec, generation, handle: frames.add(event.picture, info), info };
    }
    case 'audio':
      return { type: 'audio', codec, generation, audio: toWireAudio(event.audio) };
    default:
      return event satisfies never;
  }
}

/** The buffers that leave with an output. */
export function transferOf(output: OutputMessage): ArrayBuffer[] {
  switch (output.type) {
    case 'chunk':
      return buffersOf(output.chunk.data, output.alphaSideData, output.decoderConfig?.description ?? null);
    case 'audio':
      return buffersOf(output.audio.data);
    case 'picture':
      return [];
    default:
      return output satisfies never;
  }
}
