/** The table as text, for a bug report or a chat. */
import type { EngineVersions } from '../engine/codecs/messages.js';
import type { CodecRow } from './rows.js';
import { columnNames, columns } from './rows.js';
import type { Cell, RowAnswers } from './support.js';

export function engineText({ ffmpeg, avcodec, license, variant }: EngineVersions): string {
  const name = ffmpeg ? `FFmpeg ${ffmpeg}` : `FFmpeg’s libavcodec ${avcodec}`;
  return `${name}, ${variant === 'gpl' ? 'GPL variant, ' : ''}${license}`;
}

/** `150`, of a user agent. */
export function browserText(): string {
  return `Chromium ${/Chrome\/(\d+)/.exec(navigator.userAgent)?.[1] ?? ''}`.trim();
}

function cellText(cell: Cell | null): string {
  if (!cell) return '';
  return `${cell.host ? 'yes' : 'no'} / ${cell.browser ? 'yes' : 'no'}`;
}

export function tableText(
  rows: readonly CodecRow[],
  answersOf: (row: CodecRow) => RowAnswers,
  versions: EngineVersions | null,
): string {
  const head = ['codec', 'string', ...columns.map((column) => columnNames[column].toLowerCase())];
  const body = rows.map((row) => {
    const answers = answersOf(row);
    return [
      [row.codec, row.profile].filter(Boolean).join(' '),
      row.string,
      ...columns.map((column) => cellText(answers[column])),
    ];
  });
  const lines = [head, ...body];
  const widths = head.map((_, index) => Math.max(...lines.map((line) => line[index]?.length ?? 0)));
  const table = lines.map((line) =>
    line
      .map((text, index) => text.padEnd(widths[index] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const reasons = rows.flatMap((row) =>
    columns.flatMap((column) => {
      const reason = answersOf(row)[column]?.reason;
      return reason ? [`${row.string}, ${columnNames[column].toLowerCase()}: ${reason}`] : [];
    }),
  );
  return [
    `${versions ? engineText(versions) : 'This engine'} / ${browserText()} alone`,
    'Asked at 1920×1080 and 30 frames a second, 48 kHz stereo.',
    '',
    ...table,
    ...(reasons.length > 0 ? ['', 'Why not:', ...reasons] : []),
    '',
  ].join('\n');
}
