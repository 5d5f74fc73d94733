/** The menu bar, whose commands go to the page in front. */
import { type BrowserWindow, Menu, type MenuItemConstructorOptions } from 'electron/main';
import { type StudioCommand, studioChannels } from '../../protocol/studio.js';

export interface MenuActions {
  newWindow(): void;
  /** Whether to offer what developers need. */
  forDevelopers: boolean;
}

/** An item that the page in front is told of; also found by its id. */
function command(id: StudioCommand, label: string, accelerator: string): MenuItemConstructorOptions {
  return {
    id,
    label,
    accelerator,
    click: (_item, window) => (window as BrowserWindow | undefined)?.webContents.send(studioChannels.command, id),
  };
}

export function setMenu({ newWindow, forDevelopers }: MenuActions): void {
  const isMac = process.platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' } as const] : []),
    {
      label: '&File',
      submenu: [
        { id: 'new-window', label: 'New Window', accelerator: 'CmdOrCtrl+N', click: newWindow },
        command('open', 'Open Video…', 'CmdOrCtrl+O'),
        separator,
        command('export', 'Export…', 'CmdOrCtrl+E'),
        command('record', 'Start or Stop Recording', 'CmdOrCtrl+Shift+R'),
        separator,
        { role: isMac ? 'close' : 'quit' },
      ],
    },
    { role: 'editMenu' },
    {
      label: '&View',
      submenu: [
        command('show-export', 'Export', 'CmdOrCtrl+1'),
        command('show-record', 'Record', 'CmdOrCtrl+2'),
        command('show-codecs', 'Codecs', 'CmdOrCtrl+3'),
        separator,
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        ...(forDevelopers ? [separator, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
      ],
    },
    { role: 'windowMenu' },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
