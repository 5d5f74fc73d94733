/** Answers requests for `app://studio/…`: the files of one folder, and nothing else. */
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { studioOrigin } from '../../protocol/studio.js';

/** What pages may load and do: their own scripts, styles and workers, and media that they make themselves. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "font-src 'self'",
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

function refuse(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}

/**
 * A handler for Electron's `protocol.handle()`. The folder's files are listed once: a path is looked up in the list and
 * never put together, so nothing outside can be named.
 */
export function serveFolder(folder: string): (request: Request) => Promise<Response> {
  const files = new Map(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && path.extname(entry.name) in mediaTypes)
      .map((entry) => {
        const file = path.join(entry.parentPath, entry.name);
        return [`/${path.relative(folder, file).split(path.sep).join('/')}`, file];
      }),
  );
  return async ({ url, method }) => {
    if (method !== 'GET') return refuse(405, 'Only GET is answered.');
    const { protocol, host, pathname } = new URL(url);
    const file =
      `${protocol}//${host}` === studioOrigin ? files.get(pathname === '/' ? '/index.html' : pathname) : null;
    if (!file) return refuse(404, 'There is no such file.');
    return new Response(await readFile(file), {
      headers: {
        'content-type': mediaTypes[path.extname(file)] ?? '',
        'content-security-policy': contentSecurityPolicy,
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-cache',
      },
    });
  };
}
