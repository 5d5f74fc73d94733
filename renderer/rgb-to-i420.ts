/** RGB into I420: BT.709, limited range, as the host itself converts. */

/** Bytes of a tightly packed picture. */
export function i420ByteLength(width: number, height: number): number {
  return width * height + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

// ITU-R BT.709, 3.2–3.5, with 16 fractional bits: luma from 16 to 235, chroma from 16 to 240.
const one = 1 << 16;
const [kr, kg, kb] = [0.2126, 0.7152, 0.0722];
const lumaScale = (219 / 255) * one;
const chromaScale = (224 / 255) * one;
const yr = Math.round(kr * lumaScale);
const yg = Math.round(kg * lumaScale);
const yb = Math.round(kb * lumaScale);
const ur = Math.round((-kr / (2 * (1 - kb))) * chromaScale);
const ug = Math.round((-kg / (2 * (1 - kb))) * chromaScale);
const ub = -ur - ug;
const vg = Math.round((-kg / (2 * (1 - kr))) * chromaScale);
const vb = Math.round((-kb / (2 * (1 - kr))) * chromaScale);
const vr = -vg - vb;
const lumaOffset = 16 * one + one / 2;
// Chroma is of the sum of four pixels.
const chromaOffset = 4 * (128 * one + one / 2);

/** `pixels` are tightly packed RGBA, or BGRA where `isBgr`; their alpha is dropped. Chroma is the mean of 2×2 pixels. */
export function rgbToI420(
  pixels: Uint8Array<ArrayBuffer>,
  width: number,
  height: number,
  isBgr: boolean,
): Uint8Array<ArrayBuffer> {
  const data = new Uint8Array(i420ByteLength(width, height));
  // One read per pixel, of a little-endian word: all platforms of Chromium are. Red and blue change places for BGRA.
  const words = new Uint32Array(pixels.buffer, pixels.byteOffset, width * height);
  const [yLow, yHigh, uLow, uHigh, vLow, vHigh] = isBgr ? [yb, yr, ub, ur, vb, vr] : [yr, yb, ur, ub, vr, vb];
  const chromaWidth = Math.ceil(width / 2);
  let u = width * height;
  let v = u + chromaWidth * Math.ceil(height / 2);
  for (let top = 0; top < height; top += 2) {
    // At an odd edge pixels count twice, and are written twice.
    const nextRow = top + 1 < height ? width : 0;
    const end = (top + 1) * width;
    for (let at = top * width; at < end; at += 2) {
      const right = at + 1 < end ? at + 1 : at;
      const a = words[at] as number;
      const b = words[right] as number;
      const c = words[at + nextRow] as number;
      const d = words[right + nextRow] as number;
      const g1 = (a >> 8) & 255;
      const g2 = (b >> 8) & 255;
      const g3 = (c >> 8) & 255;
      const g4 = (d >> 8) & 255;
      data[at] = (yLow * (a & 255) + yg * g1 + yHigh * ((a >> 16) & 255) + lumaOffset) >> 16;
      data[right] = (yLow * (b & 255) + yg * g2 + yHigh * ((b >> 16) & 255) + lumaOffset) >> 16;
      data[at + nextRow] = (yLow * (c & 255) + yg * g3 + yHigh * ((c >> 16) & 255) + lumaOffset) >> 16;
      data[right + nextRow] = (yLow * (d & 255) + yg * g4 + yHigh * ((d >> 16) & 255) + lumaOffset) >> 16;
      const low = (a & 255) + (b & 255) + (c & 255) + (d & 255);
      const green = g1 + g2 + g3 + g4;
      const high = ((a >> 16) & 255) + ((b >> 16) & 255) + ((c >> 16) & 255) + ((d >> 16) & 255);
      data[u] = (uLow * low + ug * green + uHigh * high + chromaOffset) >> 18;
      data[v] = (vLow * low + vg * green + vHigh * high + chromaOffset) >> 18;
      u += 1;
      v += 1;
    }
  }
  return data;
}
