/** Files from the person: through the system's dialogue, or dropped on the window. */
import { signal } from '@preact/signals';
import { view } from '../studio.js';
import { openSource } from './session.js';

/** Whether a file is held over the window. */
export const isDropping = signal(false);

const input = document.createElement('input');
input.type = 'file';
input.id = 'file-input';
input.hidden = true;
input.accept = 'video/*,audio/*,image/gif,image/png,image/jpeg,image/webp,image/avif,image/bmp,.mkv,.mov,.flac,.opus';
input.addEventListener('change', () => {
  const [file] = input.files ?? [];
  input.value = '';
  if (file) void openSource({ kind: 'file', file });
});
document.body.append(input);

export function chooseFile(): void {
  view.value = 'export';
  input.click();
}

const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

addEventListener('dragover', (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  isDropping.value = true;
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) isDropping.value = false;
});
addEventListener('drop', (event) => {
  // A file that the page doesn't take would replace it.
  event.preventDefault();
  isDropping.value = false;
  const [file] = event.dataTransfer?.files ?? [];
  if (!file) return;
  view.value = 'export';
  void openSource({ kind: 'file', file });
});
