/**
 * What the Studio's pages may have of the system: microphone, camera, screen, and texts that they copy; no other page
 * may have anything.
 */
import type { Session } from 'electron/main';
import { studioOrigin } from '../../protocol/studio.js';
import type { CaptureSources } from './capture-sources.js';

const allowed: ReadonlySet<string> = new Set(['media', 'display-capture', 'clipboard-sanitized-write']);

function isStudio(url: string | undefined): boolean {
  return url === studioOrigin || url?.startsWith(`${studioOrigin}/`) === true;
}

export function setPermissions(session: Session, sources: CaptureSources): void {
  session.setPermissionRequestHandler((_contents, permission, answer, { isMainFrame, requestingUrl }) => {
    answer(isMainFrame && isStudio(requestingUrl) && allowed.has(permission));
  });
  session.setPermissionCheckHandler((_contents, permission, origin, { isMainFrame }) => {
    return isMainFrame && isStudio(origin) && allowed.has(permission);
  });
  session.setDevicePermissionHandler(() => false);
  session.setDisplayMediaRequestHandler((request, answer) => {
    const { frame } = request;
    const mayCapture = frame && !frame.detached && frame.parent === null && frame.origin === studioOrigin;
    const video = mayCapture ? sources.take(frame) : null;
    // Only Windows hands over what the computer plays.
    const isHeard = request.audioRequested && process.platform === 'win32';
    answer(video ? { video, ...(isHeard && { audio: 'loopback' }) } : null);
  });
}
