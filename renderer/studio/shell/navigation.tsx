/** The rail on the left: the three views, the theme, help. */
import { hostProblem, type ViewName, view } from '../studio.js';
import { Icon, type IconName } from './icon.js';
import { helpIsOpen } from './shortcuts.js';
import { theme, toggleTheme } from './theme.js';

const entries: readonly { name: ViewName; label: string; icon: IconName }[] = [
  { name: 'export', label: 'Export', icon: 'export' },
  { name: 'record', label: 'Record', icon: 'record' },
  { name: 'codecs', label: 'Codecs', icon: 'codecs' },
];

export function Navigation() {
  const otherTheme = theme.value === 'dark' ? 'light' : 'dark';
  return (
    <nav class="rail" aria-label="Views">
      {entries.map(({ name, label, icon }, index) => (
        <button
          key={name}
          type="button"
          class="rail-button"
          aria-current={view.value === name ? 'page' : undefined}
          title={`${label} (${index + 1})`}
          onClick={() => {
            view.value = name;
          }}
        >
          <Icon name={icon} />
          <span>{label}</span>
        </button>
      ))}
      <span class="rail-space" />
      <span
        class={hostProblem.value ? 'host-lamp host-lamp-down' : 'host-lamp'}
        role="img"
        aria-label={hostProblem.value ? 'Codec host: not running' : 'Codec host: running'}
        title={hostProblem.value ?? 'The codec host is running.'}
      />
      <button
        type="button"
        class="icon-button"
        aria-label={`Use the ${otherTheme} theme`}
        title={`Use the ${otherTheme} theme`}
        onClick={toggleTheme}
      >
        <Icon name={otherTheme === 'light' ? 'sun' : 'moon'} />
      </button>
      <button
        type="button"
        class="icon-button"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts (?)"
        onClick={() => {
          helpIsOpen.value = true;
        }}
      >
        <Icon name="help" />
      </button>
    </nav>
  );
}
