/** Digits as 3 × 5 bits, a row per number, the most significant bit on the left. */
const glyphs: readonly (readonly number[])[] = [
  [7, 5, 5, 5, 7],
  [2, 6, 2, 2, 7],
  [7, 1, 7, 4, 7],
  [7, 1, 3, 1, 7],
  [5, 5, 7, 1, 1],
  [7, 4, 7, 1, 7],
  [7, 4, 7, 5, 7],
  [7, 1, 2, 2, 2],
  [7, 5, 7, 5, 7],
  [7, 5, 7, 1, 7],
];

const glyphWidth = 3;
const glyphHeight = 5;

/** Paints a number in blocks of `scale` pixels on a plane of bytes. What falls outside the plane is an error of the caller. */
export function paintNumber(
  plane: Uint8Array,
  stride: number,
  options: { value: number; digits: number; x: number; y: number; scale: number; ink: number; paper: number },
): void {
  const { x, y, scale, ink, paper } = options;
  const text = String(options.value).padStart(options.digits, '0');
  const boxWidth = (text.length * (glyphWidth + 1) + 1) * scale;
  const boxHeight = (glyphHeight + 2) * scale;
  for (let row = 0; row < boxHeight; row++) {
    const start = (y + row) * stride + x;
    plane.fill(paper, start, start + boxWidth);
    const glyphRow = Math.floor(row / scale) - 1;
    for (let place = 0; place < text.length; place++) {
      const bits = glyphs[Number(text[place])]?.[glyphRow] ?? 0;
      for (let column = 0; column < glyphWidth; column++) {
        if (bits & (1 << (glyphWidth - 1 - column))) {
          const from = start + (place * (glyphWidth + 1) + 1 + column) * scale;
          plane.fill(ink, from, from + scale);
        }
      }
    }
  }
}
