/** Requests of a session: each is answered once, and only a few are worked on at a time. */
import { createHash } from 'node:crypto';
import type { NativeBinding, NativeConfig, NativePicture } from '../../native/index.js';
import { CreditAccount } from '../protocol/credit.js';
import { argumentError, toWireError } from '../protocol/errors.js';
import type { Request, RequestId, Responses, SessionLimits, Statistics, WireError } from '../protocol/messages.js';
import type { FrameStore, Pin } from './frame-store.js';
import type { ImageStore } from './image-store.js';
import { openPicture, toWirePictureInfo } from './media.js';
import { descriptionBytes, toNativeConfig } from './native-config.js';

type Answer = Responses[keyof Responses];

/** The session, as its requests see it. */
export interface RequestSurroundings {
  readonly binding: NativeBinding;
  readonly limits: SessionLimits;
  readonly frames: FrameStore;
  readonly images: ImageStore;
  statistics(): Statistics;
  /** A request let go of a picture: its bytes may count no more. */
  unpinned(): void;
  respond(request: RequestId, result: Answer, data: Uint8Array<ArrayBuffer> | null): void;
  refuse(request: RequestId, error: WireError): void;
}

/** A message of more than about 2 GiB can't be posted; half of that is 16384 × 16384 RGBA. */
const largestCopy = 2 ** 30;
/** Requests at work at once. */
const widest = 8;
/** Requests that may wait; the pictures that they hold count as if they were open. */
const longestQueue = 4096;

/** What was probed, per addon: the answer of a machine does not change while the process lives. */
const probes = new WeakMap<NativeBinding, Map<string, Promise<Responses['isConfigSupported']>>>();
const mostProbes = 512;

/** The same for equal configurations, whatever the order of their members; short, for it is kept. */
function canonical(value: unknown): unknown {
  if (value instanceof Uint8Array) return createHash('sha256').update(value).digest('base64');
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => [key, canonical(member)]);
}

/** Whether a codec opens with this configuration, tried once per configuration. */
function probe(binding: NativeBinding, config: NativeConfig): Promise<Responses['isConfigSupported']> {
  const probed = probes.get(binding) ?? new Map<string, Promise<Responses['isConfigSupported']>>();
  probes.set(binding, probed);
  const key = JSON.stringify(canonical(config));
  const known = probed.get(key);
  if (known) return known;
  const answer = binding
    .probe(config)
    .then((error) => ({ supported: error === null, reason: error === null ? null : error.message }));
  probed.set(key, answer);
  // What could not be tried may be tried again.
  answer.catch(() => probed.delete(key));
  const [oldest] = probed.keys();
  if (probed.size > mostProbes && oldest !== undefined) probed.delete(oldest);
  return answer;
}

/** The deepest format's: four planes of two bytes. */
const mostBytesPerPixel = 8;

/** What a request does. */
interface Work {
  /** About how many bytes that makes, asked when its turn comes. */
  bytes(): number;
  /** Media bytes that the answer carries over the port; null where it takes no credit. */
  answerBytes: number | null;
  run(): Promise<Answer>;
}

const nothing = () => 0;

/** Work whose answer is small. */
function light(run: () => Promise<Answer>, bytes = nothing): Work {
  return { bytes, answerBytes: null, run };
}

export class RequestDesk {
  readonly #surroundings: RequestSurroundings;
  /** Pixels that were asked for, from the moment that memory is taken for them until the client has them. */
  readonly #answers: CreditAccount;
  #waiting: { request: RequestId; work: Work }[] = [];
  readonly #pictures = new Set<NativePicture>();
  /** Bytes that came with requests: native ones of pictures that are in no store, and descriptions. */
  #ownBytes = 0;
  #running = 0;
  /** Of the requests at work. */
  #bytesInMaking = 0;
  #closed = false;

  constructor(surroundings: RequestSurroundings) {
    this.#surroundings = surroundings;
    this.#answers = new CreditAccount(surroundings.limits.answerCredit);
  }

  receive(request: RequestId, call: Request): void {
    try {
      if (this.#waiting.length >= longestQueue || this.#ownBytes > this.#surroundings.limits.pictureBytes) {
        throw new DOMException('Too many requests wait for the codec host.', 'QuotaExceededError');
      }
      // Pictures are taken now: the client may release them right after.
      this.#waiting.push({ request, work: this.#prepare(call) });
    } catch (error) {
      this.#surroundings.refuse(request, toWireError(error));
    }
    this.#next();
  }

  /** False where more comes back than is under way. */
  answersTaken(count: number, bytes: number): boolean {
    const isRight = this.#answers.giveBack(count, bytes);
    if (isRight) this.#next();
    return isRight;
  }

  /** What waits is dropped; what is at work ends unheard. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    for (const picture of this.#pictures) picture.close();
    this.#pictures.clear();
  }

  #next(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const { request, work } = next;
      const bytes = work.bytes();
      if (!this.#mayRun(bytes, work)) return;
      this.#waiting.shift();
      this.#running += 1;
      this.#bytesInMaking += bytes;
      if (work.answerBytes !== null) this.#answers.spend(work.answerBytes);
      void this.#answer(request, work).finally(() => {
        this.#running -= 1;
        this.#bytesInMaking -= bytes;
        this.#next();
      });
    }
  }

  /** Large pictures are made one after the other: a small file may hold one, and no limit counts it yet. */
  #mayRun(bytes: number, { answerBytes }: Work): boolean {
    if (answerBytes !== null && !this.#answers.available) return false;
    const { pictureBytes } = this.#surroundings.limits;
    return this.#running === 0 || (this.#running < widest && this.#bytesInMaking + bytes <= pictureBytes);
  }

  async #answer(request: RequestId, { run, answerBytes }: Work): Promise<void> {
    try {
      const result = await run();
      if (this.#closed) return;
      const data = 'data' in result ? (result.data as Uint8Array<ArrayBuffer>) : null;
      this.#surroundings.respond(request, result, data);
    } catch (error) {
      if (answerBytes !== null) this.#answers.giveBack(1, answerBytes);
      if (!this.#closed) this.#surroundings.refuse(request, toWireError(error));
    }
  }

  #prepare(call: Request): Work {
    const { binding, frames, images, limits, statistics } = this.#surroundings;
    switch (call.method) {
      case 'isConfigSupported':
        return light(this.#counting(descriptionBytes(call), () => this.#isSupported(call)));
      case 'copyPicture': {
        const { handle, rect, format, layout } = call;
        // Not the picture's size: a layout may set its planes far apart.
        const bytes = frames.get(handle).allocationSize({ rect, format, layout });
        if (bytes > largestCopy) {
          const message = `copyTo: expected at most ${largestCopy} bytes, received ${bytes}.`;
          throw new DOMException(message, 'QuotaExceededError');
        }
        const pin = frames.pin(handle);
        const run = this.#pinning(pin, () => this.#copy(pin.picture, call, bytes));
        return { bytes: () => bytes, answerBytes: bytes, run };
      }
      case 'transformPicture': {
        const { codedWidth, codedHeight } = call.picture.info;
        const width = Math.max(codedWidth, call.transform.width);
        const height = Math.max(codedHeight, call.transform.height);
        const longest = Math.max(width, height);
        if (longest > limits.dimension) {
          throw argumentError('transform: the longest side', `at most ${limits.dimension} (limits.dimension)`, longest);
        }
        const picture = openPicture(call.picture, { borrow: false, binding, frames });
        const transform = () => this.#keep(() => picture.transform(call.transform));
        const run =
          call.picture.source === 'bytes'
            ? this.#holding(picture, picture.byteLength, transform)
            : this.#pinning(frames.pin(call.picture.handle), this.#holding(picture, 0, transform));
        return light(run, () => width * height * mostBytesPerPixel);
      }
      case 'appendImage': {
        const read = images.append(call.image, call.data, call.isLast);
        return light(async () => ({ tracks: await read() }));
      }
      case 'decodeImage': {
        const { decode, pixels } = images.decoderOf(call);
        return light(
          () => this.#keep(decode),
          () => pixels() * mostBytesPerPixel,
        );
      }
      case 'versions':
        return light(async () => binding.versions());
      case 'statistics':
        return light(async () => statistics());
      default:
        return call satisfies never;
    }
  }

  /** The work, which closes the picture when it is done. */
  #holding<T>(picture: NativePicture, ownBytes: number, use: () => Promise<T>): () => Promise<T> {
    this.#pictures.add(picture);
    return this.#counting(ownBytes, async () => {
      try {
        return await use();
      } finally {
        this.#pictures.delete(picture);
        picture.close();
      }
    });
  }

  /** The work, for which a picture of the store's is kept until it is done. */
  #pinning<T>(pin: Pin, use: () => Promise<T>): () => Promise<T> {
    return () =>
      use().finally(() => {
        pin.release();
        this.#surroundings.unpinned();
      });
  }

  /** The work, for which these bytes are kept until it is done. */
  #counting<T>(ownBytes: number, use: () => Promise<T>): () => Promise<T> {
    this.#ownBytes += ownBytes;
    return () =>
      use().finally(() => {
        this.#ownBytes -= ownBytes;
      });
  }

  async #isSupported(call: Extract<Request, { method: 'isConfigSupported' }>): Promise<Answer> {
    let config: NativeConfig;
    try {
      config = toNativeConfig(call, this.#surroundings.limits);
    } catch (error) {
      return { supported: false, reason: toWireError(error).message };
    }
    return probe(this.#surroundings.binding, config);
  }

  async #copy(
    picture: NativePicture,
    { rect, format, layout }: Extract<Request, { method: 'copyPicture' }>,
    size: number,
  ): Promise<Answer> {
    const data = new Uint8Array(size);
    await picture.copyTo(data, { rect, format, layout });
    return { data };
  }

  /** A new picture of the session's. */
  async #keep(make: () => Promise<NativePicture>): Promise<Answer> {
    const { frames, images, limits } = this.#surroundings;
    const bytes = frames.bytes + images.bytes;
    // A decoder waits at the limit; who transforms what it gave needs room above.
    if (bytes > 2 * limits.pictureBytes) {
      throw new DOMException(
        `limits.pictureBytes: open pictures and images take ${bytes} bytes of ${2 * limits.pictureBytes}; close some.`,
        'QuotaExceededError',
      );
    }
    if (frames.count > 2 * limits.pictures) {
      throw new DOMException(
        `limits.pictures: ${frames.count} pictures are open, of ${2 * limits.pictures}; close some.`,
        'QuotaExceededError',
      );
    }
    const result = await make();
    if (this.#closed) {
      result.close();
      throw new DOMException('The session has ended.', 'AbortError');
    }
    const info = toWirePictureInfo(result.info);
    return { handle: frames.add(result, info), info };
  }
}
