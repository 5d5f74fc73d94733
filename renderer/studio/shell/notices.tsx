/** News in a corner of the window; what needs an answer stands where it belongs instead. */
import { signal } from '@preact/signals';
import { wordsOf } from '../../../app/protocol/errors.js';
import { Icon } from './icon.js';

export type NoticeKind = 'info' | 'success' | 'error';

interface Notice {
  id: number;
  kind: NoticeKind;
  text: string;
}

/** Milliseconds; errors stay until they are dismissed. */
const shownFor = 5000;
const mostShown = 4;

const notices = signal<readonly Notice[]>([]);
let nextId = 1;

export function dismissNotice(id: number): void {
  notices.value = notices.value.filter((notice) => notice.id !== id);
}

/** Tells something in one or two sentences. */
export function notify(kind: NoticeKind, text: string): void {
  const id = nextId;
  nextId += 1;
  const others = notices.value.filter((notice) => notice.text !== text);
  notices.value = [...others, { id, kind, text }].slice(-mostShown);
  if (kind !== 'error') setTimeout(() => dismissNotice(id), shownFor);
}

/** Tells an error in its own words; says nothing of what somebody stopped. */
export function notifyError(error: unknown, before = ''): void {
  if (error instanceof Error && error.name === 'AbortError') return;
  notify('error', `${before}${wordsOf(error)}`);
}

export function Notices() {
  return (
    <section class="notices" aria-label="Notices">
      {notices.value.map(({ id, kind, text }) => (
        <div key={id} class={`notice notice-${kind}`} role={kind === 'error' ? 'alert' : 'status'}>
          <Icon name={kind === 'error' ? 'warning' : kind === 'success' ? 'check' : 'info'} />
          <p>{text}</p>
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={() => dismissNotice(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </section>
  );
}
