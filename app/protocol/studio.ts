/**
 * What the Studio's pages may ask of its main process, and how. A page asks through `window.studio`, which the preload
 * script makes of the requests here; main answers what the readers let through and trusts nothing else. Types, names and
 * readers only.
 */
import { bytes, integer, literal, oneOf, type Reader, record, text, variants } from './readers.js';

/** Where the Studio's pages live. */
export const studioOrigin = 'app://studio';

/** Channels between the preload script and main. */
export const studioChannels = {
  /** Invoked: a StudioRequest, answered by a StudioAnswer. */
  request: 'studio:request',
  /** Main → preload: a StudioCommand. */
  command: 'studio:command',
} as const;

/** What a page may write at a time, and read at a time, in bytes. */
export const largestTransfer = 64 * 2 ** 20;

/** What the menu tells the page to do. */
export type StudioCommand = 'open' | 'export' | 'record' | 'show-export' | 'show-record' | 'show-codecs';

/** Kinds of files that the Studio writes, by the end of their names. */
const outputExtensions = ['mp4', 'mov', 'webm', 'mkv', 'm4a', 'mp3', 'ogg', 'wav', 'flac', 'aac'] as const;
export type OutputExtension = (typeof outputExtensions)[number];

/** A file that main writes for a page. */
export interface StudioOutput {
  /** Names it in what the page asks. */
  output: number;
  /** Of the file, without its folder. */
  name: string;
  /** To be shown. */
  path: string;
}

/** A finished file. */
export interface FinishedOutput {
  path: string;
  /** In bytes. */
  size: number;
}

/** A screen or a window that can be recorded. */
export interface CaptureSource {
  id: string;
  name: string;
  kind: 'screen' | 'window';
  /** A picture of it as a data URL; empty where the system gives none. */
  thumbnail: string;
}

/**
 * `window.studio`. Whatever is asked for too much, in the wrong order or in the wrong words is an Error that says so; so
 * is what the file system refuses.
 */
export interface StudioBridge {
  /** As Node has it: `linux`, `darwin`, `win32`. */
  readonly platform: string;
  readonly versions: { readonly electron: string; readonly chrome: string; readonly node: string };
  /**
   * Asks the person where to save. Until it is finished the file has another name, hidden beside its place; it is deleted
   * when the page discards it, reloads or goes away. Null where the person decides against it.
   */
  chooseOutput(options: { suggestedName: string; extension: OutputExtension }): Promise<StudioOutput | null>;
  /**
   * A new file with a dated name in the system's folder for videos. It has its name at once, is on the disk to the last
   * second at any time, and stays as it is when the page reloads or goes away.
   */
  createRecording(options: { extension: OutputExtension }): Promise<StudioOutput>;
  /** Writes at a position in bytes from the file's start; at most `largestTransfer` bytes at a time. */
  writeOutput(output: number, position: number, bytes: Uint8Array): Promise<void>;
  /** Everything is on the disk, under the final name. */
  finishOutput(output: number): Promise<FinishedOutput>;
  /** Deletes the file, which can't be a finished one. */
  discardOutput(output: number): Promise<void>;
  /** Bytes of a finished file from `start` to before `end`, fewer at its end; at most `largestTransfer` at a time. */
  readOutput(output: number, start: number, end: number): Promise<Uint8Array>;
  /** Opens a finished file in the program that the system has for it. */
  openOutput(output: number): Promise<void>;
  /** Shows a finished file in the system's file manager. */
  revealOutput(output: number): Promise<void>;
  captureSources(): Promise<CaptureSource[]>;
  /** What the next `getDisplayMedia()` of this page gets: one of `captureSources()`. */
  chooseCaptureSource(id: string): Promise<void>;
  /** Calls the listener for each command of the menu. */
  onCommand(listener: (command: StudioCommand) => void): void;
}

/** A call of one of them. */
export type StudioRequest =
  | { type: 'choose-output'; suggestedName: string; extension: OutputExtension }
  | { type: 'create-recording'; extension: OutputExtension }
  | { type: 'write-output'; output: number; position: number; bytes: Uint8Array }
  | { type: 'finish-output'; output: number }
  | { type: 'discard-output'; output: number }
  | { type: 'read-output'; output: number; start: number; end: number }
  | { type: 'open-output'; output: number }
  | { type: 'reveal-output'; output: number }
  | { type: 'capture-sources' }
  | { type: 'choose-capture-source'; id: string };

/** What main answers each with. */
export interface StudioResults {
  'choose-output': StudioOutput | null;
  'create-recording': StudioOutput;
  'write-output': null;
  'finish-output': FinishedOutput;
  'discard-output': null;
  'read-output': Uint8Array;
  'open-output': null;
  'reveal-output': null;
  'capture-sources': CaptureSource[];
  'choose-capture-source': null;
}

export type StudioAnswer<Type extends StudioRequest['type'] = StudioRequest['type']> =
  | { type: 'result'; value: StudioResults[Type] }
  /** Why not, in words for the person. An error would lose its name on the way, and gain a preface. */
  | { type: 'failure'; message: string };

const output = integer(1, Number.MAX_SAFE_INTEGER);
const position = integer(0, Number.MAX_SAFE_INTEGER);
const extension = oneOf(...outputExtensions);

type Readers = { [Type in StudioRequest['type']]: Reader<Extract<StudioRequest, { type: Type }>> };

const readers: Readers = {
  'choose-output': record({ type: literal('choose-output'), suggestedName: text(200), extension }),
  'create-recording': record({ type: literal('create-recording'), extension }),
  'write-output': record({ type: literal('write-output'), output, position, bytes }),
  'finish-output': record({ type: literal('finish-output'), output }),
  'discard-output': record({ type: literal('discard-output'), output }),
  'read-output': record({ type: literal('read-output'), output, start: position, end: position }),
  'open-output': record({ type: literal('open-output'), output }),
  'reveal-output': record({ type: literal('reveal-output'), output }),
  'capture-sources': record({ type: literal('capture-sources') }),
  'choose-capture-source': record({ type: literal('choose-capture-source'), id: text(200) }),
};

/** What a page asks. Throws a Refusal for what is no request. */
export function readStudioRequest(value: unknown): StudioRequest {
  return variants<StudioRequest>('type', readers)(value, '');
}
