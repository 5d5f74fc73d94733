/**
 * The bytes as a view that covers its whole buffer: structured clone drags a view's buffer along, and only a whole
 * buffer can be transferred. Copies only where it must.
 */
export function exactBytes(view: ArrayBufferView<ArrayBufferLike>): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset, byteLength } = view;
  if (buffer instanceof ArrayBuffer && byteLength === buffer.byteLength) return new Uint8Array(buffer);
  const copy = new Uint8Array(byteLength);
  copy.set(new Uint8Array(buffer, byteOffset, byteLength));
  return copy;
}
