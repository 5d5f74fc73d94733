/** The orientation in Exif metadata: a TIFF structure, of which only the first directory matters here. */
import { type Orientation, upright, viewOf } from './image-layout.js';

const orientationTag = 0x0112;
const entrySize = 12;

/** By the tag's value: https://www.cipa.jp/std/documents/e/DC-008-2012_E.pdf, 4.6.4 A, Orientation. */
const orientations: readonly Orientation[] = [
  upright,
  upright,
  { rotation: 0, flip: true },
  { rotation: 180, flip: false },
  { rotation: 180, flip: true },
  { rotation: 90, flip: true },
  { rotation: 90, flip: false },
  { rotation: 270, flip: true },
  { rotation: 270, flip: false },
];

/** Upright where there is none, or nothing that can be understood: metadata never spoils an image. */
export function readExifOrientation(tiff: Uint8Array): Orientation {
  const view = viewOf(tiff);
  if (tiff.length < 8) return upright;
  const order = view.getUint16(0);
  const littleEndian = order === 0x4949;
  if (!littleEndian && order !== 0x4d4d) return upright;
  const directory = view.getUint32(4, littleEndian);
  if (directory + 2 > tiff.length) return upright;
  const entries = view.getUint16(directory, littleEndian);
  for (let index = 0; index < entries; index++) {
    const entry = directory + 2 + index * entrySize;
    if (entry + entrySize > tiff.length) return upright;
    if (view.getUint16(entry, littleEndian) === orientationTag) {
      return orientations[view.getUint16(entry + 8, littleEndian)] ?? upright;
    }
  }
  return upright;
}
