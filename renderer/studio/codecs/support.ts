/** What the host and the browser engine alone said to each row's questions. */
import { signal } from '@preact/signals';
import { wordsOf } from '../../../app/protocol/errors.js';
import type { CodecAnswer, CodecQuestion, EngineVersions } from '../engine/codecs/messages.js';
import { engine, hostProblem } from '../studio.js';
import { type CodecRow, type Column, columns, rows } from './rows.js';

export interface Cell {
  host: boolean;
  /** Why the host can't, in its words. */
  reason: string | null;
  browser: boolean;
}

/** Null: not asked yet, or not a question. */
export type RowAnswers = Readonly<Record<Column, Cell | null>>;

const unanswered: RowAnswers = { encode: null, realtime: null, decode: null };

export const answers = signal<ReadonlyMap<string, RowAnswers>>(new Map());
export const versions = signal<EngineVersions | null>(null);
/** 0 to 1 while it is being asked; null: done, or not begun. */
export const asking = signal<number | null>(null);
export const askProblem = signal<string | null>(null);

export function answersOf({ string }: CodecRow): RowAnswers {
  return answers.value.get(string) ?? unanswered;
}

export function differs(cell: Cell | null): boolean {
  return cell !== null && cell.host !== cell.browser;
}

const all: readonly { row: CodecRow; column: Column; question: CodecQuestion }[] = rows.flatMap((row) =>
  columns.flatMap((column) => {
    const question = row.questions[column];
    return question ? [{ row, column, question }] : [];
  }),
);

/** The page's own classes, which nothing has replaced. */
async function askBrowser(question: CodecQuestion, description: Uint8Array<ArrayBuffer> | null): Promise<boolean> {
  try {
    switch (question.kind) {
      case 'video-encoder':
        return (await VideoEncoder.isConfigSupported(question.config)).supported === true;
      case 'video-decoder':
        return (await VideoDecoder.isConfigSupported(question.config)).supported === true;
      case 'audio-encoder':
        return (await AudioEncoder.isConfigSupported(question.config)).supported === true;
      case 'audio-decoder': {
        const config = description ? { ...question.config, description } : question.config;
        return (await AudioDecoder.isConfigSupported(config)).supported === true;
      }
      default:
        return question satisfies never;
    }
  } catch {
    // A string of which it has never heard.
    return false;
  }
}

async function take({ index, supported, reason, description }: CodecAnswer): Promise<void> {
  const asked = all[index];
  if (!asked) return;
  const browser = await askBrowser(asked.question, description);
  const next = new Map(answers.value);
  const before = next.get(asked.row.string) ?? unanswered;
  next.set(asked.row.string, { ...before, [asked.column]: { host: supported, reason, browser } });
  answers.value = next;
  if (asking.value !== null) asking.value = Math.max(asking.value, (index + 1) / all.length);
}

/** Asks everything; rows fill as answers come. */
export async function askAll(): Promise<void> {
  if (asking.value !== null) return;
  asking.value = 0;
  askProblem.value = null;
  answers.value = new Map();
  const taken: Promise<void>[] = [];
  try {
    versions.value = await engine.call({ method: 'versions' });
    await engine.call(
      { method: 'probe', questions: all.map(({ question }) => question) },
      { progress: (answer) => taken.push(take(answer)) },
    );
    await Promise.all(taken);
  } catch (error) {
    askProblem.value = wordsOf(error);
  } finally {
    asking.value = null;
  }
}

/** Whether it is time to ask by itself: nothing is known, and there is somebody to ask. */
export function shouldAsk(): boolean {
  return asking.value === null && answers.value.size === 0 && hostProblem.value === null && askProblem.value === null;
}
