/** From what a port delivered to a message. The host checks everything; the client, which trusts it more, the frame. */
import { imageFormats } from './image-types.js';
import type {
  ClientMessage,
  CodecId,
  CodecKind,
  Generation,
  HostMessage,
  ImageId,
  PictureHandle,
  Request,
  RequestId,
  WireAudio,
  WireChunk,
  WireConfig,
  WireImageInit,
  WirePicture,
  WirePictureInfo,
  WirePlaneLayout,
  WireRect,
  WireTransform,
} from './messages.js';
import {
  boolean,
  both,
  bytes,
  integer,
  isRecord,
  list,
  literal,
  nullable,
  oneOf,
  type Reader,
  Refusal,
  record,
  variants,
} from './readers.js';
import { colorSpace, config, uint32, uint53 } from './validate-config.js';

/** A message, or why what came is none. */
export type Checked<T> = { ok: true; message: T } | { ok: false; refusal: Refusal };

/** Handles in one `release`. */
export const mostReleases = 65536;
const mostPlanes = 4;
const mostChannels = 65535;
const largestSampleRate = 2 ** 31 - 1;

/** Below 2 to the power of `bits`. */
function largestDoubleBelow(bits: number): number {
  return 2 ** bits - 2 ** (bits - 53);
}

const codecId = integer<CodecId>(0, Number.MAX_SAFE_INTEGER);
const imageId = integer<ImageId>(0, Number.MAX_SAFE_INTEGER);
const requestId = integer<RequestId>(0, Number.MAX_SAFE_INTEGER);
const handle = integer<PictureHandle>(0, Number.MAX_SAFE_INTEGER);
const generation = integer<Generation>(0, Number.MAX_SAFE_INTEGER);
// long long and unsigned long long: a frame made of another can have times beyond what [EnforceRange] takes.
const timestamp = integer(-(2 ** 63), largestDoubleBelow(63));
const duration = nullable(integer(0, largestDoubleBelow(64)));
const side = integer(1, 2 ** 31 - 1);
const rotation = oneOf<0 | 90 | 180 | 270>(0, 90, 180, 270);

const codecKind = oneOf<CodecKind>('video-encoder', 'video-decoder', 'audio-encoder', 'audio-decoder');

const pixelFormat = oneOf(
  ...['20', '22', '44'].flatMap((chroma) =>
    ['', 'A'].flatMap((alpha) => ['', 'P10', 'P12'].map((depth) => `I4${chroma}${alpha}${depth}`)),
  ),
  'NV12',
  'RGBA',
  'RGBX',
  'BGRA',
  'BGRX',
);

const sampleFormat = oneOf(...['u8', 's16', 's32', 'f32'].flatMap((format) => [format, `${format}-planar`]));

const rect = record<WireRect>({ x: uint32, y: uint32, width: uint32, height: uint32 });
const layout = nullable(list(record<WirePlaneLayout>({ offset: uint32, stride: uint32 }), mostPlanes));

const pictureInfo = record<WirePictureInfo>({
  format: pixelFormat,
  codedWidth: side,
  codedHeight: side,
  visibleRect: rect,
  displayWidth: side,
  displayHeight: side,
  rotation,
  flip: boolean,
  timestamp,
  duration,
  colorSpace,
});

type PictureFrom<S extends WirePicture['source']> = Extract<WirePicture, { source: S }>;

const picture = variants<WirePicture>('source', {
  bytes: record<PictureFrom<'bytes'>>({ source: literal('bytes'), info: pictureInfo, layout, data: bytes }),
  handle: record<PictureFrom<'handle'>>({ source: literal('handle'), info: pictureInfo, handle }),
});

/** AudioData's sample rate is a float; the engine's is whole. */
const sampleRate: Reader<number> = (value, field) => {
  if (typeof value !== 'number' || !(value >= 1 && value <= largestSampleRate)) {
    throw new Refusal(field, `a number from 1 to ${largestSampleRate}`, value);
  }
  return Math.round(value);
};

const audio = record<WireAudio>({
  format: sampleFormat,
  sampleRate,
  numberOfChannels: integer(1, mostChannels),
  numberOfFrames: integer(1, 2 ** 31 - 1),
  timestamp,
  data: bytes,
});

const chunk = record<WireChunk>({
  type: oneOf('key', 'delta'),
  timestamp,
  duration,
  data: bytes,
});

const transform = record<WireTransform>({
  crop: nullable(rect),
  rotation,
  flip: boolean,
  width: uint32,
  height: uint32,
  fit: oneOf('fill', 'contain', 'cover'),
  format: nullable(pixelFormat),
});

const imageInit = record<WireImageInit>({
  format: oneOf(...imageFormats),
  colorSpaceConversion: oneOf('default', 'none'),
  premultiply: boolean,
  desiredWidth: uint32,
  desiredHeight: uint32,
});

type Call<M extends Request['method']> = Extract<Request, { method: M }>;

const call = variants<Request>('method', {
  isConfigSupported: both<{ method: 'isConfigSupported' }, WireConfig>(
    record<{ method: 'isConfigSupported' }>({ method: literal('isConfigSupported') }),
    config,
  ),
  copyPicture: record<Call<'copyPicture'>>({
    method: literal('copyPicture'),
    handle,
    rect,
    format: nullable(pixelFormat),
    layout,
  }),
  transformPicture: record<Call<'transformPicture'>>({ method: literal('transformPicture'), picture, transform }),
  appendImage: record<Call<'appendImage'>>({
    method: literal('appendImage'),
    image: imageId,
    data: bytes,
    isLast: boolean,
  }),
  decodeImage: record<Call<'decodeImage'>>({
    method: literal('decodeImage'),
    image: imageId,
    track: uint32,
    frame: uint32,
  }),
  versions: record<Call<'versions'>>({ method: literal('versions') }),
  statistics: record<Call<'statistics'>>({ method: literal('statistics') }),
});

type Client<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>;
type ConfigureHead = Pick<Client<'configure'>, 'type' | 'codec' | 'generation'>;

const clientMessage = variants<ClientMessage>('type', {
  hello: record<Client<'hello'>>({ type: literal('hello'), version: uint32 }),
  open: record<Client<'open'>>({ type: literal('open'), codec: codecId, kind: codecKind }),
  configure: both<ConfigureHead, WireConfig>(
    record<ConfigureHead>({ type: literal('configure'), codec: codecId, generation }),
    config,
  ),
  encodeVideo: record<Client<'encodeVideo'>>({
    type: literal('encodeVideo'),
    codec: codecId,
    generation,
    picture,
    keyFrame: boolean,
    quantizer: nullable(integer(0, 65535)),
  }),
  encodeAudio: record<Client<'encodeAudio'>>({ type: literal('encodeAudio'), codec: codecId, generation, audio }),
  decode: record<Client<'decode'>>({
    type: literal('decode'),
    codec: codecId,
    generation,
    chunk,
    alphaSideData: nullable(bytes),
  }),
  flush: record<Client<'flush'>>({ type: literal('flush'), codec: codecId, generation, flush: uint53 }),
  reset: record<Client<'reset'>>({ type: literal('reset'), codec: codecId, generation }),
  close: record<Client<'close'>>({ type: literal('close'), codec: codecId }),
  outputTaken: record<Client<'outputTaken'>>({
    type: literal('outputTaken'),
    codec: codecId,
    count: uint32,
    bytes: uint53,
  }),
  openImage: record<Client<'openImage'>>({ type: literal('openImage'), image: imageId, init: imageInit }),
  resetImage: record<Client<'resetImage'>>({ type: literal('resetImage'), image: imageId }),
  closeImage: record<Client<'closeImage'>>({ type: literal('closeImage'), image: imageId }),
  answerTaken: record<Client<'answerTaken'>>({ type: literal('answerTaken'), count: uint32, bytes: uint53 }),
  release: record<Client<'release'>>({ type: literal('release'), handles: list(handle, mostReleases) }),
  request: record<Client<'request'>>({ type: literal('request'), request: requestId, call }),
});

function check<T>(reader: Reader<T>, value: unknown): Checked<T> {
  try {
    return { ok: true, message: reader(value, '') };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, refusal: error };
    throw error;
  }
}

/** For the host: the message that a client sent, rebuilt from what was checked, or what is wrong with it. */
export function readClientMessage(value: unknown): Checked<ClientMessage> {
  return check(clientMessage, value);
}

/** Which members lead a host's message to its receiver. */
const hostMessageKeys: Record<HostMessage['type'], readonly ('codec' | 'generation' | 'request')[]> = {
  hello: [],
  configured: ['codec', 'generation'],
  dequeued: ['codec', 'generation'],
  chunk: ['codec', 'generation'],
  picture: ['codec', 'generation'],
  audio: ['codec', 'generation'],
  flushed: ['codec', 'generation'],
  failed: ['codec', 'generation'],
  response: ['request'],
  refusal: ['request'],
  goodbye: [],
};

const hostMessage: Reader<HostMessage> = (value, field) => {
  if (!isRecord(value)) throw new Refusal('message', 'an object', value);
  const members = value as Record<string, unknown>;
  const type = members['type'];
  if (typeof type !== 'string' || !Object.hasOwn(hostMessageKeys, type)) {
    throw new Refusal('type', `one of ${Object.keys(hostMessageKeys).join(', ')}`, type);
  }
  const message = value as HostMessage;
  for (const key of hostMessageKeys[message.type]) uint53(members[key], `${field}${key}`);
  return message;
};

/** For the client: a message whose type and addressee are sound. Its content is the host's word. */
export function readHostMessage(value: unknown): Checked<HostMessage> {
  return check(hostMessage, value);
}
