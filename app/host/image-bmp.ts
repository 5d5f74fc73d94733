/** BMP: its size, from the headers. */
import { type ImageLayout, LayoutReader, MalformedImage, stillFrame, stillLayout, viewOf } from './image-layout.js';

const headLength = 26;
/** Length of the oldest kind of info header, which has 16-bit sides. */
const coreHeader = 12;

export class BmpReader extends LayoutReader {
  /** Of the file, as it says itself. */
  #length = 0;

  layout(file: Uint8Array, isComplete: boolean): ImageLayout | null {
    const { last } = this.frames;
    if (last) last.isWhole ||= this.#length > headLength ? file.length >= this.#length : isComplete;
    return stillLayout(this.frames);
  }

  protected step(file: Uint8Array): boolean {
    if (this.frames.length > 0 || file.length < headLength) return false;
    const view = viewOf(file);
    if (view.getUint16(0) !== 0x424d) throw new MalformedImage('A BMP image starts with BM.');
    const isCore = view.getUint32(14, true) === coreHeader;
    const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
    // Negative where the rows go from top to bottom.
    const height = isCore ? view.getUint16(20, true) : Math.abs(view.getInt32(22, true));
    if (width <= 0 || height === 0) throw new MalformedImage('The BMP image has no pixels.');
    this.#length = view.getUint32(2, true);
    this.frames.add(stillFrame({ width, height }, (data) => ({ codec: 'bmp', data, alpha: null })));
    return false;
  }
}
