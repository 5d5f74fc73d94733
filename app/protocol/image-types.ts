/** Image formats and their MIME types. */

export type ImageFormat = 'jpeg' | 'png' | 'gif' | 'webp' | 'avif' | 'bmp';

export const imageFormats = ['jpeg', 'png', 'gif', 'webp', 'avif', 'bmp'] as const satisfies readonly ImageFormat[];

const formats: ReadonlyMap<string, ImageFormat> = new Map([
  ['image/jpeg', 'jpeg'],
  ['image/jpg', 'jpeg'],
  ['image/pjpeg', 'jpeg'],
  ['image/png', 'png'],
  ['image/x-png', 'png'],
  ['image/apng', 'png'],
  ['image/gif', 'gif'],
  ['image/webp', 'webp'],
  ['image/avif', 'avif'],
  ['image/bmp', 'bmp'],
]);

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"';
const imageMimeType = new RegExp(`^(image/${token})(?:[\\t ]*;[\\t ]*${token}=(?:${token}|${quoted}))*$`, 'i');

/** https://w3c.github.io/webcodecs/#valid-image-mime-type */
export function isImageMimeType(type: string): boolean {
  return imageMimeType.test(type);
}

/** The format that a valid image MIME type names; null where it isn't decoded here. Parameters say nothing. */
export function imageFormatOf(type: string): ImageFormat | null {
  const essence = imageMimeType.exec(type)?.[1];
  return (essence && formats.get(essence.toLowerCase())) || null;
}
