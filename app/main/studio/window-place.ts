/** Where the window was when it was closed: it opens there again, if that is still on a screen. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { app, type BrowserWindow, type Rectangle, screen } from 'electron/main';
import { boolean, integer, type Reader, record } from '../../protocol/readers.js';

interface Place {
  bounds: Rectangle;
  maximized: boolean;
}

const smallest = { width: 720, height: 520 };
const initial = { width: 1180, height: 760 };

const coordinate = integer(-100_000, 100_000);
const readPlace: Reader<Place> = record({
  bounds: record<Rectangle>({
    x: coordinate,
    y: coordinate,
    width: integer(smallest.width, 100_000),
    height: integer(smallest.height, 100_000),
  }),
  maximized: boolean,
});

function placeFile(): string {
  return path.join(app.getPath('userData'), 'window.json');
}

function lastPlace(): Place | null {
  try {
    return readPlace(JSON.parse(readFileSync(placeFile(), 'utf8')), '');
  } catch {
    // The first start, or a file that somebody else has written.
    return null;
  }
}

/** Whether enough of it lies on a screen to be taken by the mouse. */
function isReachable({ x, y, width }: Rectangle): boolean {
  return screen
    .getAllDisplays()
    .some(
      ({ workArea }) =>
        y >= workArea.y &&
        y < workArea.y + workArea.height - 40 &&
        x + width > workArea.x + 80 &&
        x < workArea.x + workArea.width - 80,
    );
}

/** Options for a new window, and whether it was maximized. */
export function openingPlace(): {
  minWidth: number;
  minHeight: number;
  width: number;
  height: number;
  x?: number;
  y?: number;
  maximized: boolean;
} {
  const place = lastPlace();
  const bounds = place && isReachable(place.bounds) ? place.bounds : initial;
  return { minWidth: smallest.width, minHeight: smallest.height, ...bounds, maximized: place?.maximized ?? false };
}

/** Remembers a window's place. */
export function keepPlace(window: BrowserWindow): void {
  const place: Place = { bounds: window.getNormalBounds(), maximized: window.isMaximized() };
  try {
    mkdirSync(path.dirname(placeFile()), { recursive: true });
    writeFileSync(placeFile(), JSON.stringify(place));
  } catch (error) {
    console.warn(`The window's place could not be kept: ${(error as Error).message}`);
  }
}
