import { type FileHandle, open, stat } from 'node:fs/promises';
import path from 'node:path';
import { ExportError, imageHeadLength, imageTypeByHead } from '../export/index.js';

/** The MIME type of an image file by its first bytes; null for any other. Throws an ExportError as checkSource does. */
export function imageTypeOf(file: string): Promise<string | null> {
  return inspect(file, async (_handle, head) => imageTypeByHead(head));
}

/**
 * Throws an ExportError for what can be told from outside: no file, a folder, nothing in it.
 * Returns how a file that was cut off shows it, or null.
 */
export function checkSource(file: string): Promise<string | null> {
  return inspect(file, findCut);
}

async function inspect(
  file: string,
  look: (handle: FileHandle, head: Buffer, size: number) => Promise<string | null>,
): Promise<string | null> {
  const name = path.basename(file);
  const { handle, size } = await openFile(file);
  try {
    if (size < imageHeadLength) {
      throw new ExportError(size === 0 ? `${name} is empty.` : `${name} is too short to be a media file.`);
    }
    const head = await readAt(handle, 0, imageHeadLength);
    return await look(handle, head, size);
  } finally {
    await handle.close();
  }
}

/** Asks what it is before it is opened: opening a pipe waits for who writes into it. */
async function openFile(file: string): Promise<{ handle: FileHandle; size: number }> {
  try {
    const found = await stat(file);
    if (!found.isFile()) {
      throw new ExportError(`${file} is not a file.`);
    }
    return { handle: await open(file, 'r'), size: found.size };
  } catch (cause) {
    if (cause instanceof ExportError) {
      throw cause;
    }
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? 'unknown error'})`;
    throw new ExportError(`Cannot open ${file}: ${why}.`, { cause });
  }
}

async function findCut(handle: FileHandle, head: Buffer, size: number): Promise<string | null> {
  const signature = head.toString('latin1', 0, 4);
  if (signature === 'RIFF' || signature === 'RF64') {
    const declared = head.readUInt32LE(4) + 8;
    const unknownLength = signature === 'RF64' || head.readUInt32LE(4) >= 0xfffffff0 || declared === 8;
    return !unknownLength && declared > size ? missing(declared - size) : null;
  }
  if (signature === 'OggS') {
    return findOggCut(handle, size);
  }
  return head.toString('latin1', 4, 8) === 'ftyp' ? findBoxCut(handle, size) : null;
}

/** ISO base media: every top-level box says how long it is. */
async function findBoxCut(handle: FileHandle, size: number): Promise<string | null> {
  let position = 0;
  while (position + 8 <= size) {
    const header = await readAt(handle, position, 16);
    const short = header.readUInt32BE(0);
    if (short === 0) {
      return null;
    }
    const length = short === 1 && header.length === 16 ? Number(header.readBigUInt64BE(8)) : short;
    if (length < 8) {
      return 'its structure is broken';
    }
    position += length;
  }
  return position > size ? missing(position - size) : null;
}

/** Ogg: the last page of a whole file carries the end-of-stream flag. */
async function findOggCut(handle: FileHandle, size: number): Promise<string | null> {
  const longestPage = 65_307;
  const tail = await readAt(handle, Math.max(0, size - longestPage), longestPage);
  const page = tail.lastIndexOf('OggS');
  const segments = page < 0 ? 0 : (tail[page + 26] ?? 0);
  let end = page + 27 + segments;
  for (const length of tail.subarray(page + 27, page + 27 + segments)) {
    end += length;
  }
  const lastPageIsWhole = page >= 0 && end <= tail.length;
  const endOfStream = lastPageIsWhole && ((tail[page + 5] ?? 0) & 4) !== 0;
  return endOfStream ? null : 'its end is missing';
}

async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

function missing(bytes: number): string {
  return `its last ${bytes.toLocaleString('en')} bytes are missing`;
}
