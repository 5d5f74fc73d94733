/**
 * Whether bytes can be the key chunk that a program calls them: decode() is to look into them, says
 * https://w3c.github.io/webcodecs/#dom-videodecoder-decode. Only what is certain counts against a chunk; what can't be
 * read is left to the decoder.
 */
import { parseCodecString } from '../protocol/codec-strings.js';

/** A NAL unit's kind, as far as key chunks are concerned. */
type NalVerdict = 'key' | 'not key' | 'says nothing';

const startCodeLength = 3;

/** The NAL units of a chunk: after start codes, or, with a description, after lengths of so many bytes. */
function* nalUnits(data: Uint8Array, lengthSize: number | null): Generator<Uint8Array> {
  if (lengthSize === null) {
    let begin = -1;
    for (let at = 0; at + startCodeLength <= data.length; at += 1) {
      if (data[at] === 0 && data[at + 1] === 0 && data[at + 2] === 1) {
        if (begin >= 0) yield data.subarray(begin, at);
        begin = at + startCodeLength;
        at = begin - 1;
      }
    }
    if (begin >= 0) yield data.subarray(begin);
    return;
  }
  for (let at = 0; at + lengthSize <= data.length; ) {
    let length = 0;
    for (let index = 0; index < lengthSize; index += 1) length = length * 256 + (data[at + index] ?? 0);
    at += lengthSize;
    if (length === 0 || at + length > data.length) return;
    yield data.subarray(at, at + length);
    at += length;
  }
}

/** Reads bits from the first one on; zeros beyond the end. */
class Bits {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  read(count: number): number {
    let value = 0;
    for (let index = 0; index < count; index += 1, this.#at += 1) {
      value = value * 2 + (((this.#data[this.#at >> 3] ?? 0) >> (7 - (this.#at & 7))) & 1);
    }
    return value;
  }

  /** ue(v): H.264, 9.1. */
  readExpGolomb(): number {
    let zeros = 0;
    while (zeros < 31 && this.read(1) === 0) zeros += 1;
    return 2 ** zeros - 1 + this.read(zeros);
  }
}

const recoveryPointSei = 6;

/** H.264, 7.3: IDR pictures; pictures from which decoding can begin as well, for demuxers call them key frames too. */
function judgeAvc(unit: Uint8Array): NalVerdict {
  switch ((unit[0] ?? 0) & 0x1f) {
    case 5:
      return 'key';
    case 6:
      return unit[1] === recoveryPointSei ? 'key' : 'says nothing';
    case 1:
    case 2: {
      const header = new Bits(unit.subarray(1));
      header.readExpGolomb();
      const sliceType = header.readExpGolomb() % 5;
      return sliceType === 2 || sliceType === 4 ? 'key' : 'not key';
    }
    default:
      return 'says nothing';
  }
}

/** H.265, table 7-1: BLA, IDR and CRA pictures are 16 to 23, all pictures below 32, SEI before a picture 39. */
function judgeHevc(unit: Uint8Array): NalVerdict {
  const type = ((unit[0] ?? 0) >> 1) & 0x3f;
  if (type === 39) return unit[2] === recoveryPointSei ? 'key' : 'says nothing';
  if (type >= 32) return 'says nothing';
  return type >= 16 && type <= 23 ? 'key' : 'not key';
}

function nalChunkIsNoKey(
  data: Uint8Array,
  lengthSize: number | null,
  judge: (unit: Uint8Array) => NalVerdict,
): boolean {
  for (const unit of nalUnits(data, lengthSize)) {
    const verdict = judge(unit);
    if (verdict !== 'says nothing') return verdict === 'not key';
  }
  return false;
}

/** VP9 bitstream, 6.2. */
function vp9IsNoKey(data: Uint8Array): boolean {
  const header = new Bits(data);
  if (data.length === 0 || header.read(2) !== 2) return false;
  if (header.read(2) === 3) header.read(1);
  const showsExistingFrame = header.read(1) === 1;
  return showsExistingFrame || header.read(1) === 1;
}

const av1SequenceHeader = 1;
const av1FrameHeader = 3;
const av1Frame = 6;

/** AV1 bitstream, 5.3 to 5.9: the first frame of the temporal unit; a sequence header may come before it, alone. */
function av1IsNoKey(data: Uint8Array): boolean {
  let saysNothing = data.length > 0;
  let isStill = false;
  for (let at = 0; at < data.length; ) {
    const header = data[at] ?? 0;
    const type = (header >> 3) & 0x0f;
    at += (header & 0x04) !== 0 ? 2 : 1;
    let size = data.length - at;
    if ((header & 0x02) !== 0) {
      size = 0;
      for (let shift = 0, more = true; more && shift < 56; shift += 7, at += 1) {
        const byte = data[at] ?? 0;
        size += (byte & 0x7f) * 2 ** shift;
        more = byte > 0x7f;
      }
    }
    const payload = new Bits(data.subarray(at, at + size));
    if (type === av1SequenceHeader) {
      // seq_profile, still_picture, reduced_still_picture_header
      saysNothing = false;
      payload.read(4);
      isStill = payload.read(1) === 1;
    } else if (type === av1FrameHeader || type === av1Frame) {
      if (isStill || size === 0) return false;
      const showsExistingFrame = payload.read(1) === 1;
      return !showsExistingFrame && payload.read(2) !== 0;
    }
    at += size;
  }
  return saysNothing;
}

/** True where these bytes are certainly no key chunk of this codec. */
export function isCertainlyNoKeyChunk(codec: string, description: Uint8Array | null, data: Uint8Array): boolean {
  const lengthSizeAt = (index: number) => (description?.[0] === 1 ? ((description[index] ?? 0) & 3) + 1 : null);
  switch (parseCodecString(codec)?.codec) {
    case 'vp8':
      return ((data[0] ?? 0) & 1) === 1;
    case 'vp9':
      return vp9IsNoKey(data);
    case 'av1':
      return av1IsNoKey(data);
    case 'h264':
      return nalChunkIsNoKey(data, lengthSizeAt(4), judgeAvc);
    case 'hevc':
      return nalChunkIsNoKey(data, lengthSizeAt(21), judgeHevc);
    default:
      return false;
  }
}
