/** JPEG: size, orientation and end, from the segments. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
import { readExifOrientation } from './image-exif.js';
import {
  type ImageLayout,
  LayoutReader,
  MalformedImage,
  type Orientation,
  type Range,
  stillFrame,
  stillLayout,
  upright,
  viewOf,
} from './image-layout.js';
import { readProfile } from './image-profile.js';

const marker = { start: 0xd8, end: 0xd9, scan: 0xda, app1: 0xe1, app2: 0xe2 } as const;
const exifHeader = 'Exif\0\0';
const profileHeader = 'ICC_PROFILE\0';

function startsWith(payload: Uint8Array, text: string): boolean {
  return Array.from(text).every((character, index) => payload[index] === character.charCodeAt(0));
}

/** Start-of-frame markers; C4, C8 and CC in their midst are others. */
function isFrameStart(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

/** Markers that stand alone: TEM and the restarts. */
function standsAlone(code: number): boolean {
  return code === 0x01 || (code >= 0xd0 && code <= 0xd7);
}

export class JpegReader extends LayoutReader {
  #offset = 0;
  #orientation: Orientation = upright;
  /** The parts of a profile that came, by their numbers. */
  readonly #profileParts = new Map<number, Range>();
  /** Later ones are passed over: each would be put together anew. */
  #hasProfile = false;
  /** Of the image; null before it is here. */
  #end: number | null = null;

  layout(): ImageLayout | null {
    const { last } = this.frames;
    if (last) last.isWhole = this.#end !== null;
    else if (this.#end !== null) throw new MalformedImage('The JPEG image ends before its frame header.');
    return stillLayout(this.frames, this.#orientation);
  }

  /** Goes on to the next 0xFF and reads what segment it begins, if it does. */
  protected step(file: Uint8Array): boolean {
    if (this.#end !== null || file.length < 2) return false;
    if (this.#offset === 0) {
      if (viewOf(file).getUint16(0) !== 0xff00 + marker.start) {
        throw new MalformedImage('A JPEG image starts with FF D8.');
      }
      this.#offset = 2;
    }
    const at = file.indexOf(0xff, this.#offset);
    this.#offset = at < 0 ? file.length : at;
    const code = file[this.#offset + 1];
    if (at < 0 || code === undefined) return false;
    // Stuffed bytes, fill bytes and restarts.
    if (code === 0 || code === 0xff || standsAlone(code)) {
      this.#offset += 1;
      return true;
    }
    return this.#readSegment(file, code);
  }

  #readSegment(file: Uint8Array, code: number): boolean {
    const start = this.#offset;
    if (code === marker.end) {
      this.#end = start + 2;
      return false;
    }
    if (start + 4 > file.length) return false;
    const view = viewOf(file);
    const next = start + 2 + view.getUint16(start + 2);
    if (next > file.length) return false;
    if (isFrameStart(code) && this.frames.length === 0) {
      if (next - start < 10) throw new MalformedImage('The frame header of the JPEG image is too short.');
      const size = { height: view.getUint16(start + 5), width: view.getUint16(start + 7) };
      if (size.width === 0 || size.height === 0) throw new MalformedImage('The JPEG image has no pixels.');
      const code = (data: Uint8Array) =>
        ({ codec: 'jpeg', data: data.subarray(0, this.#end ?? 0), alpha: null }) as const;
      this.frames.add(stillFrame(size, code));
    } else if (code === marker.app1) {
      const payload = file.subarray(start + 4, next);
      if (startsWith(payload, exifHeader)) this.#orientation = readExifOrientation(payload.subarray(exifHeader.length));
    } else if (code === marker.app2 && startsWith(file.subarray(start + 4, next), profileHeader)) {
      this.#takeProfile(file, start + 4 + profileHeader.length, next);
    } else if (code === marker.scan && this.frames.length === 0) {
      throw new MalformedImage('The JPEG image has a scan before its frame header.');
    }
    this.#offset = next;
    return true;
  }

  /** A profile comes in up to 255 parts: number, count and bytes. */
  #takeProfile(file: Uint8Array, start: number, end: number): void {
    if (this.#hasProfile) return;
    const [number = 0, count = 0] = file.subarray(start, end);
    this.#profileParts.set(number, { start: start + 2, end });
    const parts = Array.from({ length: count }, (_, index) => this.#profileParts.get(index + 1));
    if (parts.every((part) => part !== undefined)) {
      this.#hasProfile = true;
      this.profile = readProfile(Buffer.concat(parts.map((part) => file.subarray(part.start, part.end))));
    }
  }
}
