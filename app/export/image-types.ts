/** Bytes of a file's head that tell whether it is an image. */
export const imageHeadLength = 16;

const images: readonly (readonly [type: string, looksLike: (head: string) => boolean])[] = [
  ['image/gif', (head) => head.startsWith('GIF8')],
  ['image/png', (head) => head.startsWith('PNG', 1)],
  ['image/jpeg', (head) => head.startsWith('\xff\xd8')],
  ['image/webp', (head) => head.startsWith('RIFF') && head.startsWith('WEBP', 8)],
  ['image/bmp', (head) => head.startsWith('BM') && head.startsWith('\0\0\0\0', 6)],
  ['image/avif', (head) => /^.{4}ftypavi[fs]/s.test(head)],
];

/** The MIME type of an image file by its first bytes; null for any other. */
export function imageTypeByHead(head: Uint8Array): string | null {
  const text = String.fromCharCode(...head.subarray(0, imageHeadLength));
  return images.find(([, looksLike]) => looksLike(text))?.[0] ?? null;
}
