/** The Worker that owns the page's one port: all decoding, export and recording happen here, on handles. */

import { codecHandlers } from './codecs/handlers.js';
import { runExport } from './exporter.js';
import { HostLink } from './host-link.js';
import { type Medium, openMedium } from './medium.js';
import type { PageMessage, SurfaceName } from './messages.js';
import { type Handlers, PageLink } from './page-link.js';
import { Player } from './player.js';
import { recordingHandlers } from './recording/handlers.js';
import { Screen } from './screen.js';
import { feedSound } from './sound.js';
import { Strips } from './strips.js';
import { presetSupport } from './support.js';
import { abortError } from './words.js';

const page = new PageLink();
const screen = new Screen();
const player = new Player(screen, (frame) => page.tell({ type: 'shown', frame }));
const strips = new Strips(() => player.isBusy);
const host = new HostLink((reason) => {
  if (reason === null) {
    page.tell({ type: 'host', state: 'up' });
  } else {
    player.lose(new Error(reason));
    page.tell({ type: 'host', state: 'down', reason });
  }
});
let medium: Medium | null = null;

function requireMedium(): Medium {
  if (!medium) throw new Error('No file is open.');
  return medium;
}

let opens = 0;

function replaceMedium(next: Medium): void {
  player.load(next);
  medium?.close();
  medium = next;
}

const handlers: Handlers = {
  async open({ source }) {
    opens += 1;
    const mine = opens;
    await host.current();
    // What is open stays open until the other one is there.
    const next = await openMedium(source, page, host);
    // The newest wish counts, not the file that takes longest.
    if (mine !== opens) {
      next.close();
      throw abortError('Another file was opened.');
    }
    replaceMedium(next);
    return next.info;
  },
  async seek({ time }) {
    await host.current();
    return player.seek(time);
  },
  async step({ frames }) {
    await host.current();
    return player.step(frames);
  },
  async play({ from, to, rate, sound }, { id }) {
    await host.current();
    const { sound: track } = requireMedium();
    await player.play({ from, to, rate }, async (signal) => {
      let primed = false;
      const prime = (): void => {
        if (!primed) page.tell({ type: 'primed', id });
        primed = true;
      };
      try {
        if (track && sound) {
          await feedSound(track, {
            ...{ from, to, signal },
            now: () => player.now(),
            send: ({ planes, ...piece }) => {
              const transfer = planes.map(({ buffer }) => buffer);
              page.tell({ type: 'sound', id, planes, ...piece }, transfer);
              prime();
            },
          });
        }
      } finally {
        // Pictures don't wait for sound that is damaged.
        if (!signal.aborted) prime();
      }
    });
    return null;
  },
  pause() {
    return player.pause();
  },
  async strips(call, { signal }) {
    await host.current();
    await strips.draw(requireMedium(), call, signal);
    return null;
  },
  async support({ size, fps }) {
    const { codecs } = await host.current();
    const { info } = requireMedium();
    const { video } = info;
    const picture = video && { ...(size ?? even(video)), framerate: fps ?? Math.round(1 / video.frameDuration) };
    return presetSupport(codecs, info, picture);
  },
  async export({ source, settings, output }, { signal, progress }) {
    return runExport(page, await host.current(), { source, settings, output, signal, progress });
  },
  ...recordingHandlers(page, host),
  ...codecHandlers(host),
};

function even({ width, height }: { width: number; height: number }): { width: number; height: number } {
  return { width: Math.ceil(width / 2) * 2, height: Math.ceil(height / 2) * 2 };
}

function setSurface(name: SurfaceName, canvas: OffscreenCanvas): void {
  switch (name) {
    case 'picture':
      screen.setCanvas(canvas);
      break;
    case 'thumbnails':
    case 'waveform':
      strips.setCanvas(name, canvas);
      break;
    default:
      name satisfies never;
  }
}

addEventListener('message', ({ data }: MessageEvent<PageMessage>) => {
  switch (data.type) {
    case 'port':
      void host.attach(data.port);
      break;
    case 'lost':
      host.lose(data.reason);
      break;
    case 'surface':
      setSurface(data.name, data.canvas);
      break;
    case 'viewport':
      screen.setBox(data.width, data.height);
      break;
    case 'clock':
      player.setClock(data.mediaTime, data.at);
      break;
    case 'call':
      void page.run(handlers, data);
      break;
    case 'cancel':
      page.cancel(data.id);
      break;
    case 'answer':
      page.answered(data);
      break;
    case 'refusal':
      page.refused(data);
      break;
    default:
      data satisfies never;
  }
});
