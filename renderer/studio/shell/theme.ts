/** Dark and light: the system's choice until the person makes one, which this machine remembers. */
import { effect, signal } from '@preact/signals';

export type Theme = 'dark' | 'light';

const storageKey = 'studio.theme';
const system = matchMedia('(prefers-color-scheme: light)');

function remembered(): Theme | null {
  const value = localStorage.getItem(storageKey);
  return value === 'dark' || value === 'light' ? value : null;
}

const systemTheme = (): Theme => (system.matches ? 'light' : 'dark');

export const theme = signal<Theme>(remembered() ?? systemTheme());

system.addEventListener('change', () => {
  if (!remembered()) theme.value = systemTheme();
});

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});

export function toggleTheme(): void {
  theme.value = theme.value === 'dark' ? 'light' : 'dark';
  localStorage.setItem(storageKey, theme.value);
}
