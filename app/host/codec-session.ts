/**
 * One codec of a session: what its client may send and when, what goes on to the native codec, what comes back.
 *
 * Commands wait here, in order, while the client has not taken the outputs of before (output credit), while a decoder's
 * session holds too many pictures, or while the machine has too many codecs winding down. Events wait here, in order,
 * from the first output on that is beyond the credit.
 */
import type {
  NativeAudio,
  NativeBinding,
  NativeChunk,
  NativeCodec,
  NativeConfig,
  NativeEvent,
  NativePicture,
} from '../../native/index.js';
import { CreditAccount, outputBytes, WorkAccount, type WorkMessage, workBytes } from '../protocol/credit.js';
import { messageOf, toWireError } from '../protocol/errors.js';
import type {
  ClientMessage,
  CodecId,
  CodecKind,
  Generation,
  HostMessage,
  SessionLimits,
  WireConfig,
  WireError,
  WirePicture,
} from '../protocol/messages.js';
import { isOutput, toHostMessage, transferOf } from './events.js';
import { type FrameStore, type Pin, UnknownHandle } from './frame-store.js';
import { isSeenAlike, openPicture } from './media.js';
import { descriptionBytes, toNativeConfig, toNativeQuantizer } from './native-config.js';

/** What no client of ours sends: the session ends over it. */
export class ProtocolViolation extends Error {}

/** Messages of one codec, after it was opened and before it is closed. */
export type CodecMessage = Extract<
  ClientMessage,
  { type: 'configure' | 'encodeVideo' | 'encodeAudio' | 'decode' | 'flush' | 'reset' | 'outputTaken' }
>;

/** The session, as its codecs see it. */
export interface CodecSurroundings {
  readonly binding: NativeBinding;
  readonly limits: SessionLimits;
  readonly frames: FrameStore;
  /**
   * Whether there is room for one more native codec: now, when one that is closing has ended, or not at all. Where all
   * are taken, one that may be reclaimed is.
   */
  makeRoom(): 'now' | 'later' | 'none';
  /** A native codec was made. */
  entered(): void;
  /** It was told to close. */
  leaving(): void;
  /** Its thread has ended. */
  left(): void;
  /** Pictures are not counted any more that were kept for work. To be told from anywhere. */
  unpinned(): void;
  send(message: HostMessage, transfer: ArrayBuffer[], mediaBytes: number): void;
}

/** A picture to be encoded: this codec's own, or the store's, which then is pinned. */
interface EncoderInput {
  picture: NativePicture;
  isOwn: boolean;
}

type Command =
  | { type: 'configure'; wire: WireConfig; config: NativeConfig | WireError }
  | { type: 'encodeVideo'; input: EncoderInput; keyFrame: boolean; quantizer: number | null }
  | { type: 'encodeAudio'; audio: NativeAudio }
  | { type: 'decode'; chunk: NativeChunk; alphaSideData: Uint8Array | null }
  | { type: 'flush'; flush: number };

/** Commands that may wait here, of which configurations and flushes spend no credit. */
const mostWaiting = 4096;

/** Chunks in a video decoder's own queue at most: what it has not begun can still wait for pictures to be closed. */
const decoderDepth = 8;

const workOf: Record<CodecKind, WorkMessage['type']> = {
  'video-encoder': 'encodeVideo',
  'video-decoder': 'decode',
  'audio-encoder': 'encodeAudio',
  'audio-decoder': 'decode',
};

/** A TypeError is for who made the call; what comes later has a name that says what went wrong. */
function failureOf(error: unknown, otherwise: string): WireError {
  const failure = toWireError(error, otherwise);
  return failure.name === 'TypeError' ? { ...failure, name: otherwise } : failure;
}

function letGo({ picture, isOwn }: EncoderInput): void {
  if (isOwn) picture.close();
}

function isNative(config: NativeConfig | WireError): config is NativeConfig {
  return 'kind' in config;
}

export class CodecSession {
  readonly #id: CodecId;
  readonly #kind: CodecKind;
  readonly #surroundings: CodecSurroundings;
  readonly #work: WorkAccount;
  readonly #outputs: CreditAccount;
  #native: NativeCodec | undefined;
  #generation = 0 as Generation;
  #commands: Command[] = [];
  #events: HostMessage[] = [];
  /** Of pictures to be encoded, oldest first: one by handle is counted until the codec has taken it up. */
  #pins: (Pin | null)[] = [];
  /** Work that the native codec has and did not begin. */
  #depth = 0;
  /** Between a failure and the reset or close that answers it, whatever comes is dropped. */
  #failed = false;
  /** Whether the native codec has a configuration that it did not answer. */
  #configuring = false;
  /** Whether this generation has a configuration, under way or in force. */
  #configured = false;
  #closed = false;
  #codecString = '';
  /** When the native codec was made or last told of something, by the monotonic clock. */
  #progressedAt = 0;

  constructor(id: CodecId, kind: CodecKind, surroundings: CodecSurroundings) {
    this.#id = id;
    this.#kind = kind;
    this.#surroundings = surroundings;
    this.#work = new WorkAccount(surroundings.limits.workCredit);
    this.#outputs = new CreditAccount(surroundings.limits.outputCredit);
  }

  /** Throws a ProtocolViolation for what no client of ours would send. */
  receive(message: CodecMessage): void {
    switch (message.type) {
      case 'outputTaken':
        if (!this.#outputs.giveBack(message.count, message.bytes)) {
          throw new ProtocolViolation(`More outputs of codec ${this.#id} were taken than are under way.`);
        }
        this.#sendEvents();
        break;
      case 'reset':
        if (message.generation <= this.#generation) {
          throw new ProtocolViolation(`A reset of codec ${this.#id} did not raise its generation.`);
        }
        this.#reset(message.generation);
        break;
      case 'configure':
        if (message.kind !== this.#kind) {
          throw new ProtocolViolation(`Codec ${this.#id} is a ${this.#kind}, not a ${message.kind}.`);
        }
        if (message.generation > this.#generation) this.#reset(message.generation);
        if (this.#accepts(message.generation)) {
          this.#configured = true;
          this.#queue({ type: 'configure', wire: message, config: this.#toNative(message) });
        }
        break;
      case 'flush':
        if (this.#accepts(message.generation)) {
          this.#requireConfiguration();
          this.#queue({ type: 'flush', flush: message.flush });
        }
        break;
      case 'encodeVideo':
      case 'encodeAudio':
      case 'decode':
        this.#receiveWork(message);
        break;
      default:
        message satisfies never;
    }
    this.pump();
  }

  /** Sends on what may go now. To be called whenever pictures were released or a codec left. */
  pump(): void {
    for (let next = this.#commands[0]; next && this.#mayRun(next); next = this.#commands[0]) {
      this.#commands.shift();
      this.#run(next);
    }
  }

  /**
   * Since when this codec has made no progress on its codec work queue, by the monotonic clock: for ever where it keeps
   * a native codec that has no configuration to lose. null where there is nothing to reclaim.
   */
  get idleSince(): number | null {
    if (!this.#native) return null;
    return this.#configured && !this.#failed ? this.#progressedAt : Number.NEGATIVE_INFINITY;
  }

  /** Whether it has commands that wait until other codecs have ended. */
  get waitsForRoom(): boolean {
    return !this.#native && this.#commands.length > 0;
  }

  /** https://w3c.github.io/webcodecs/#reclaim-a-codec */
  reclaim(): void {
    if (this.#configured && !this.#failed) {
      this.#fail({
        name: 'QuotaExceededError',
        message: `The codec did nothing for 10 seconds and made room for another: ${this.#surroundings.limits.codecs} may be open (limits.codecs).`,
      });
    } else {
      this.#closeNative();
    }
  }

  /** Idempotent. Nothing is sent any more. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#drop();
    this.#closeNative();
  }

  /** Whether a message of this generation is for now; older ones, and all after a failure, are dropped. */
  #accepts(generation: Generation): boolean {
    if (generation > this.#generation) {
      throw new ProtocolViolation(`Codec ${this.#id} was not reset to generation ${generation}.`);
    }
    return generation === this.#generation && !this.#failed;
  }

  #requireConfiguration(): void {
    if (!this.#configured) throw new ProtocolViolation(`Codec ${this.#id} was not configured.`);
  }

  /** For what spends no credit: a client that sends it faster than it can be done fails. */
  #queue(command: Extract<Command, { type: 'configure' | 'flush' }>): void {
    let bytes = 0;
    if (command.type === 'configure') {
      for (const waiting of this.#commands) if (waiting.type === 'configure') bytes += descriptionBytes(waiting.wire);
    }
    if (this.#commands.length >= mostWaiting || bytes >= this.#surroundings.limits.workCredit.bytes) {
      this.#fail({ name: 'QuotaExceededError', message: 'Too many configurations and flushes wait for the codec.' });
      return;
    }
    this.#commands.push(command);
  }

  #receiveWork(message: WorkMessage): void {
    if (message.type !== workOf[this.#kind]) {
      throw new ProtocolViolation(`Codec ${this.#id} is a ${this.#kind}, which has no ${message.type}.`);
    }
    if (!this.#accepts(message.generation)) return;
    this.#requireConfiguration();
    if (!this.#work.available) {
      throw new ProtocolViolation(`Codec ${this.#id} got more work than its credit.`);
    }
    this.#work.spend(workBytes(message));
    switch (message.type) {
      case 'encodeVideo': {
        const input = this.#take(message.picture);
        const { keyFrame, quantizer } = message;
        if (!input) break;
        const { source } = message.picture;
        this.#pins.push(source === 'handle' ? this.#surroundings.frames.pin(message.picture.handle) : null);
        this.#commands.push({ type: 'encodeVideo', input, keyFrame, quantizer });
        break;
      }
      case 'encodeAudio':
        this.#commands.push({ type: 'encodeAudio', audio: message.audio });
        break;
      case 'decode':
        this.#commands.push({ type: 'decode', chunk: message.chunk, alphaSideData: message.alphaSideData });
        break;
      default:
        message satisfies never;
    }
  }

  /** At once, not when its turn comes: the client may release the handle right after this message. */
  #take(picture: WirePicture): EncoderInput | undefined {
    const { codedWidth, codedHeight } = picture.info;
    const { dimension } = this.#surroundings.limits;
    if (Math.max(codedWidth, codedHeight) > dimension) {
      const size = `${codedWidth}×${codedHeight}`;
      this.#fail({
        name: 'EncodingError',
        message: `The frame is ${size}; its sides can be up to ${dimension} here.`,
      });
      return undefined;
    }
    try {
      const { binding, frames } = this.#surroundings;
      if (picture.source === 'handle' && isSeenAlike(frames.infoOf(picture.handle), picture.info)) {
        return { picture: frames.get(picture.handle), isOwn: false };
      }
      return { picture: openPicture(picture, { borrow: true, binding, frames }), isOwn: true };
    } catch (error) {
      if (error instanceof UnknownHandle) throw new ProtocolViolation(error.message);
      this.#fail({ name: 'EncodingError', message: messageOf(error) });
      return undefined;
    }
  }

  #mayRun(command: Command): boolean {
    if (this.#events.length > 0) return false;
    if (command.type === 'configure') {
      if (this.#native) return !this.#configuring;
      // No other codec makes room for a configuration that is refused.
      return !isNative(command.config) || this.#surroundings.makeRoom() !== 'later';
    }
    if (command.type !== 'decode' || this.#kind !== 'video-decoder') return true;
    const { frames, limits } = this.#surroundings;
    return frames.bytes <= limits.pictureBytes && frames.count <= limits.pictures && this.#depth < decoderDepth;
  }

  #toNative(wire: WireConfig): NativeConfig | WireError {
    try {
      return toNativeConfig(wire, this.#surroundings.limits);
    } catch (error) {
      return failureOf(error, 'NotSupportedError');
    }
  }

  #run(command: Command): void {
    // What was just given work is not inactive.
    this.#progressedAt = performance.now();
    if (command.type === 'configure') {
      this.#configure(command);
      return;
    }
    try {
      this.#give(command);
    } catch (error) {
      this.#fail(failureOf(error, 'EncodingError'));
    }
  }

  #give(command: Exclude<Command, { type: 'configure' }>): void {
    const native = this.#native;
    switch (command.type) {
      case 'encodeVideo': {
        const { input, keyFrame } = command;
        const quantizer = toNativeQuantizer(this.#codecString, command.quantizer);
        this.#depth += 1;
        try {
          native?.encodeVideo(this.#generation, input.picture, keyFrame, quantizer);
        } finally {
          letGo(input);
        }
        break;
      }
      case 'encodeAudio':
        this.#depth += 1;
        native?.encodeAudio(this.#generation, command.audio);
        break;
      case 'decode': {
        const { type, timestamp, duration, data } = command.chunk;
        this.#depth += 1;
        native?.decode(this.#generation, type === 'key', timestamp, duration, data, command.alphaSideData);
        break;
      }
      case 'flush':
        native?.flush(this.#generation, command.flush);
        break;
      default:
        command satisfies never;
    }
  }

  #configure({ wire, config }: Extract<Command, { type: 'configure' }>): void {
    if (!isNative(config)) {
      this.#fail(config);
      return;
    }
    try {
      const native = this.#native ?? this.#start();
      this.#codecString = wire.config.codec;
      native.configure(this.#generation, config);
      this.#configuring = true;
    } catch (error) {
      this.#fail(failureOf(error, 'NotSupportedError'));
    }
  }

  #start(): NativeCodec {
    const { binding, limits } = this.#surroundings;
    if (this.#surroundings.makeRoom() !== 'now') {
      throw new DOMException(`All ${limits.codecs} codecs of this session are open.`, 'QuotaExceededError');
    }
    const native = binding.createCodec(this.#kind, (event) => this.#onEvent(native, event));
    this.#native = native;
    this.#progressedAt = performance.now();
    this.#surroundings.entered();
    return native;
  }

  #closeNative(): void {
    const native = this.#native;
    if (!native) return;
    this.#native = undefined;
    this.#configuring = false;
    this.#surroundings.leaving();
    native.close();
  }

  #onEvent(native: NativeCodec, event: NativeEvent): void {
    if (event.type === 'closed') {
      this.#surroundings.left();
      return;
    }
    if (native !== this.#native || event.generation < this.#generation) {
      if (event.type === 'picture') event.picture.close();
      return;
    }
    this.#progressedAt = performance.now();
    if (event.type === 'dequeued') {
      this.#depth -= event.count;
      this.#work.giveBack(event.count);
      this.#unpin(event.count);
    }
    if (event.type === 'configured') this.#configuring = false;
    if (event.type === 'failed') {
      this.#failed = true;
      this.#dropCommands();
    }
    this.#events.push(toHostMessage(event, this.#id, this.#generation, this.#codecString, this.#surroundings.frames));
    this.#sendEvents();
    this.pump();
  }

  #sendEvents(): void {
    for (let next = this.#events[0]; next; next = this.#events[0]) {
      if (!isOutput(next)) {
        this.#events.shift();
        this.#surroundings.send(next, [], 0);
      } else if (this.#outputs.available) {
        this.#events.shift();
        const size = outputBytes(next);
        this.#outputs.spend(size);
        this.#surroundings.send(next, transferOf(next), size);
      } else {
        return;
      }
    }
  }

  /** As a native failure: in order after what came before it, and the native codec ends. */
  #fail(error: WireError): void {
    this.#failed = true;
    this.#dropCommands();
    this.#closeNative();
    this.#events.push({ type: 'failed', codec: this.#id, generation: this.#generation, error });
    this.#sendEvents();
  }

  /** Outputs under way stay under way: the client counts those as taken that the reset overtook. */
  #reset(generation: Generation): void {
    this.#generation = generation;
    this.#failed = false;
    this.#configured = false;
    this.#drop();
    this.#native?.reset(generation);
  }

  #drop(): void {
    this.#dropCommands();
    for (const event of this.#events.splice(0)) {
      if (event.type === 'picture') this.#surroundings.frames.release(event.handle);
    }
    this.#work.clear();
    this.#depth = 0;
    this.#configuring = false;
  }

  #unpin(count: number): void {
    const pins = this.#pins.splice(0, count).filter((pin) => pin !== null);
    for (const pin of pins) pin.release();
    if (pins.length > 0) this.#surroundings.unpinned();
  }

  #dropCommands(): void {
    this.#unpin(this.#pins.length);
    for (const command of this.#commands.splice(0)) {
      if (command.type === 'encodeVideo') letGo(command.input);
    }
  }
}
