/** Each codec and profile: what the host does, beside what the browser engine alone does. */
import { Fragment } from 'preact';
import { type CodecRow, type Column, columnNames, columns } from './rows.js';
import { answersOf, type Cell, differs } from './support.js';

function Mark({ yes, who }: { yes: boolean; who: string }) {
  return (
    <span class={yes ? 'mark mark-yes' : 'mark mark-no'} role="img" aria-label={`${who}: ${yes ? 'yes' : 'no'}`}>
      {yes ? '✓' : '–'}
    </span>
  );
}

function cellClass(cell: Cell | null): string {
  if (!differs(cell)) return 'support-cell';
  return cell?.host ? 'support-cell support-gain' : 'support-cell support-loss';
}

function SupportCell({ cell, isQuestion }: { cell: Cell | null; isQuestion: boolean }) {
  if (!isQuestion) return <td class="support-cell" colSpan={2} />;
  if (!cell) {
    return (
      <td class="support-cell soft" colSpan={2}>
        …
      </td>
    );
  }
  const style = cellClass(cell);
  return (
    <>
      <td class={style} title={cell.reason ?? undefined}>
        <Mark yes={cell.host} who="this engine" />
      </td>
      <td class={`${style} support-browser`}>
        <Mark yes={cell.browser} who="browser engine alone" />
      </td>
    </>
  );
}

/** A reason that several columns share is told once. */
function reasonsOf(row: CodecRow): { columns: Column[]; reason: string }[] {
  const answers = answersOf(row);
  const found: { columns: Column[]; reason: string }[] = [];
  for (const column of columns) {
    const reason = answers[column]?.reason;
    if (!reason) continue;
    const same = found.find((other) => other.reason === reason);
    if (same) same.columns.push(column);
    else found.push({ columns: [column], reason });
  }
  return found;
}

function Row({ row }: { row: CodecRow }) {
  const answers = answersOf(row);
  return (
    <tr>
      <th scope="row">
        <span class="support-name">{row.codec}</span> <span class="soft">{row.profile}</span>
        {reasonsOf(row).map(({ columns: which, reason }) => (
          <small key={reason} class="support-reason">
            {which.every((column) => column === 'decode') ? 'Decode' : 'Encode'}: {reason}
          </small>
        ))}
      </th>
      <td class="support-string">
        <code>{row.string}</code>
      </td>
      {columns.map((column) => (
        <SupportCell key={column} cell={answers[column]} isQuestion={row.questions[column] !== null} />
      ))}
    </tr>
  );
}

export function SupportTable({ rows }: { rows: readonly CodecRow[] }) {
  const groups = [
    { title: 'Video', rows: rows.filter(({ kind }) => kind === 'video') },
    { title: 'Audio', rows: rows.filter(({ kind }) => kind === 'audio') },
  ].filter((group) => group.rows.length > 0);
  return (
    <table class="support">
      <thead>
        <tr>
          <th scope="col" rowSpan={2}>
            Codec
          </th>
          <th scope="col" rowSpan={2} class="support-string">
            String
          </th>
          {columns.map((column) => (
            <th key={column} scope="colgroup" colSpan={2}>
              {columnNames[column]}
            </th>
          ))}
        </tr>
        <tr>
          {columns.map((column) => (
            <Fragment key={column}>
              <th scope="col" title="This app's codec host">
                here
              </th>
              <th scope="col" title="The browser engine that this app runs in">
                alone
              </th>
            </Fragment>
          ))}
        </tr>
      </thead>
      {groups.map((group) => (
        <tbody key={group.title}>
          <tr class="support-group">
            <th scope="rowgroup" colSpan={8}>
              {group.title}
            </th>
          </tr>
          {group.rows.map((row) => (
            <Row key={row.string} row={row} />
          ))}
        </tbody>
      ))}
    </table>
  );
}
