/** JPEG: size, orientation and end, from the segments. https://www.w3.org/Graphics/JPEG/itu-t81.pdf, annex B */
import { readExifOrientation } from './image-exif.js';
import { type LayoutReader, MalformedImage, type Orientation, stillLayout, upright, viewOf } from './image-layout.js';

const marker = { start: 0xd8, end: 0xd9, scan: 0xda, app1: 0xe1 } as const;
const exifHeader = 'Exif\0\0';

/** Start-of-frame markers; C4, C8 and CC in their midst are others. */
function isFrameStart(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc;
}

/** Markers that stand alone: TEM and the restarts. */
function standsAlone(code: number): boolean {
  return code === 0x01 || (code >= 0xd0 && code <= 0xd7);
}

/** The next marker's 0xFF at or after `offset`, past stuffed bytes and restarts; -1 where there is none yet. */
function nextMarker(bytes: Uint8Array, offset: number): number {
  let at = bytes.indexOf(0xff, offset);
  while (at >= 0 && at + 1 < bytes.length) {
    const code = bytes[at + 1] ?? 0;
    if (code !== 0 && code !== 0xff && !standsAlone(code)) return at;
    at = bytes.indexOf(0xff, at + 1);
  }
  return -1;
}

export const readJpeg: LayoutReader = (bytes) => {
  if (bytes.length < 2) return null;
  const view = viewOf(bytes);
  if (view.getUint16(0) !== 0xff00 + marker.start) throw new MalformedImage('A JPEG image starts with FF D8.');
  let size: { width: number; height: number } | null = null;
  let orientation: Orientation = upright;
  let end: number | null = null;
  let offset = 2;
  while (end === null) {
    const at = nextMarker(bytes, offset);
    if (at < 0) break;
    const code = bytes[at + 1];
    if (code === undefined) break;
    if (code === marker.end) {
      end = at + 2;
      break;
    }
    if (at + 4 > bytes.length) break;
    const next = at + 2 + view.getUint16(at + 2);
    if (next > bytes.length) break;
    if (isFrameStart(code) && size === null) {
      if (next - at < 10) throw new MalformedImage('The frame header of the JPEG image is too short.');
      size = { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
      if (size.width === 0 || size.height === 0) throw new MalformedImage('The JPEG image has no pixels.');
    } else if (code === marker.app1) {
      const payload = bytes.subarray(at + 4, next);
      const isExif = Array.from(exifHeader).every((character, index) => payload[index] === character.charCodeAt(0));
      if (isExif) orientation = readExifOrientation(payload.subarray(exifHeader.length));
    } else if (code === marker.scan && size === null) {
      throw new MalformedImage('The JPEG image has a scan before its frame header.');
    }
    offset = next;
  }
  if (size === null) {
    if (end !== null) throw new MalformedImage('The JPEG image ends before its frame header.');
    return null;
  }
  const data = bytes.subarray(0, end ?? bytes.length);
  return stillLayout(
    size,
    { isWhole: end !== null, code: () => ({ codec: 'jpeg', data: data.slice(), alpha: null }) },
    orientation,
  );
};
