/** What a run of the matrix found out, and where it stands for README's table. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** dB at the worst picture, or over all samples; null stands for exact (JSON has no Infinity). */
export type Measured =
  | { works: true; ours: number; judged: number }
  /** isConfigSupported said no; `reason` is the error that configure() then told. */
  | { works: false; reason: string };

export type Row = Measured & {
  /** 'encode': our encoder and both decoders. 'decode': the system's encoder, our decoder against its own. */
  kind: 'encode' | 'decode';
  codec: string;
  profile: string;
  /** Of video: `8 bit 420`. */
  picture?: string;
  /** What is asked of the codec, or who made the stream. */
  mode: string;
};

export const variant = process.env['CODEC_VARIANT'] ?? 'lgpl';

const file = fileURLToPath(new URL(`../../../out/codec-matrix-${variant}.json`, import.meta.url));

export function writeResults(rows: readonly Row[]): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(rows, null, 1)}\n`);
}

export function readResults(): Row[] {
  return JSON.parse(readFileSync(file, 'utf8')) as Row[];
}

export function bytesOf(source: AllowSharedBufferSource | undefined): Uint8Array | null {
  if (source === undefined) return null;
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

interface Refusing<Config> {
  new (init: {
    output: () => void;
    error: (error: DOMException) => void;
  }): {
    configure(config: Config): void;
    flush(): Promise<void>;
  };
}

/** What isConfigSupported denies, configure() must deny as well: the words in which it does. */
export async function refusalOf<Config>(Codec: Refusing<Config>, config: Config): Promise<string> {
  const errors: DOMException[] = [];
  const codec = new Codec({ output: () => undefined, error: (error) => errors.push(error) });
  codec.configure(config);
  await codec.flush().catch(() => undefined);
  assert.deepEqual(
    errors.map((error) => error.name),
    ['NotSupportedError'],
    'configure() refuses what isConfigSupported() denied',
  );
  return errors[0]?.message ?? '';
}
