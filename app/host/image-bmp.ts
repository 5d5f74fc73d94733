/** BMP: its size, from the headers. */
import { type LayoutReader, MalformedImage, stillLayout, viewOf } from './image-layout.js';

const headLength = 26;
/** Length of the oldest kind of info header, which has 16-bit sides. */
const coreHeader = 12;

export const readBmp: LayoutReader = (bytes, isComplete) => {
  if (bytes.length < headLength) return null;
  const view = viewOf(bytes);
  if (view.getUint16(0) !== 0x424d) throw new MalformedImage('A BMP image starts with BM.');
  const isCore = view.getUint32(14, true) === coreHeader;
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  // Negative where the rows go from top to bottom.
  const height = isCore ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
  if (width <= 0 || height === 0) throw new MalformedImage('The BMP image has no pixels.');
  const length = view.getUint32(2, true);
  const isWhole = length > headLength ? bytes.length >= length : isComplete;
  return stillLayout({ width, height }, { isWhole, code: () => ({ codec: 'bmp', data: bytes.slice(), alpha: null }) });
};
