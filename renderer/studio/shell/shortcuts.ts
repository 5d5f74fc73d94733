/** The keyboard: one table, which the help sheet shows. */
import { signal } from '@preact/signals';

export interface Shortcut {
  /** As `KeyboardEvent.key` says, with `Mod+` for Ctrl or ⌘ and `Shift+`. The first is the one that is shown. */
  keys: readonly [string, ...string[]];
  label: string;
  group: string;
  /** Whether it applies now; always where absent. */
  when?: () => boolean;
  run: () => void;
}

export const helpIsOpen = signal(false);

const table: Shortcut[] = [];

export function addShortcuts(shortcuts: readonly Shortcut[]): void {
  table.push(...shortcuts);
}

/** By group, in the order of their adding. */
export function shortcutGroups(): Map<string, Shortcut[]> {
  const groups = new Map<string, Shortcut[]>();
  for (const shortcut of table) groups.set(shortcut.group, [...(groups.get(shortcut.group) ?? []), shortcut]);
  return groups;
}

const isMac = navigator.userAgent.includes('Mac');

function nameOf(event: KeyboardEvent): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const modifier = isMac ? event.metaKey : event.ctrlKey;
  // Shift is part of a character; only for keys without one, and letters, is it told.
  const shift = event.shiftKey && (event.key.length > 1 || /^[A-Z]$/.test(key));
  return `${modifier ? 'Mod+' : ''}${shift ? 'Shift+' : ''}${key === ' ' ? 'Space' : key}`;
}

const symbols: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  Shift: '⇧',
  Mod: isMac ? '⌘' : 'Ctrl',
};

/** As keys are printed, one after the other. */
export function keyCaps(keys: string): string[] {
  return keys.split('+').map((key) => symbols[key] ?? key);
}

/** Whether the key belongs to what has the focus: text, a choice, a slider; and the space bar to a button. */
function isTaken(event: KeyboardEvent): boolean {
  const { target, key } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest('input:not([type=range]):not([type=checkbox]), select, textarea')) return true;
  if (target.closest('[role=slider]') && /^(Arrow|Home|End|Page)/.test(key)) return true;
  return target.closest('button, summary, a, input, [role=radio]') !== null && (key === ' ' || key === 'Enter');
}

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || isTaken(event)) return;
  if (document.querySelector('dialog[open]')) return;
  const name = nameOf(event);
  const found = table.find(({ keys, when }) => keys.includes(name) && (when?.() ?? true));
  if (!found) return;
  event.preventDefault();
  // A key that is held steps on and on, but switches once.
  if (!event.repeat || event.key.startsWith('Arrow')) found.run();
});
