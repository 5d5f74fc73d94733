/**
 * README's tables of codecs × features, made of what a run of the matrix measured. `node dist/test/matrix/table.js`
 * prints them; with `--write` they replace what stands in README.md.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { foreignAudioRows, foreignVideoRows } from '../fixtures/foreign-rows.js';
import { audioRows, audioShapes } from './audio-rows.js';
import { type Row, readResults, variant } from './results.js';
import { videoProfiles } from './video-rows.js';

const readme = fileURLToPath(new URL('../../../README.md', import.meta.url));
const begin = '<!-- codec table: begin (npm test -- matrix && node dist/test/matrix/table.js --write) -->';
const end = '<!-- codec table: end -->';

const yes = '✓';
const no = '–';
/** Not asked: the codec has no such thing. */
const none = '';

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map(line).join('\n');

const unique = <T>(values: Iterable<T>): T[] => [...new Set(values)];

type Key = Pick<Row, 'kind' | 'codec' | 'picture' | 'profile'>;

interface VideoKey {
  codec: string;
  profile: string;
  picture: string;
}

/** The codec's name is part of DNxHR's profile names, VP8 has no profiles. */
const nameOf = ({ codec, profile }: Pick<Row, 'codec' | 'profile'>): string =>
  profile.startsWith('DNx') ? profile : profile === '–' ? codec : `${codec} ${profile}`;

/** What was measured, by what was asked. */
class Results {
  readonly #rows: readonly Row[];
  constructor(rows: readonly Row[]) {
    this.#rows = rows;
  }

  /** Rows of the same thing, one for each mode or encoder. */
  of(key: Partial<Key>): Row[] {
    return this.#rows.filter((row) => Object.entries(key).every(([name, value]) => row[name as keyof Key] === value));
  }

  mark(key: Partial<Key>, mode: string): string {
    const rows = this.of(key).filter((row) => row.mode === mode);
    return rows.length === 0 ? none : rows.every((row) => row.works) ? yes : no;
  }

  /** The system's encoders whose streams our decoder decodes; those that it does not stand with a dash. */
  makers(key: Partial<Key>): string {
    const makers = unique(this.of({ ...key, kind: 'decode' }).map((row) => row.mode));
    return makers
      .map((maker) => (this.mark({ ...key, kind: 'decode' }, maker) === yes ? maker : `${no} ${maker}`))
      .join(', ');
  }
}

function videoTable(results: Results): string {
  const keys = unique(
    [...videoProfiles, ...foreignVideoRows].map(({ codec, profile, bits, chroma }) =>
      JSON.stringify({ codec, profile, picture: `${bits} bit ${chroma}` }),
    ),
  ).map((text) => JSON.parse(text) as VideoKey);
  // A profile that is decoded only stands with its codec.
  const ordered = unique(keys.map((key) => key.codec)).flatMap((codec) => keys.filter((key) => key.codec === codec));
  const modes = ['quality', 'realtime', 'constant', 'quantizer', 'annexb'];
  const rows = ordered.map((key) => {
    const string = videoProfiles.find(
      ({ codec, profile, bits, chroma }) =>
        codec === key.codec && profile === key.profile && key.picture === `${bits} bit ${chroma}`,
    )?.string;
    const encode = { ...key, kind: 'encode' } as const;
    const mark = (mode: string): string => results.mark(encode, mode);
    const layers = mark('L1T2') === yes && mark('L1T3') === yes ? yes : mark('L1T2') && no;
    return [
      ...[nameOf(key), key.picture.replace(' bit', ''), string ? `\`${string}\`` : none],
      ...modes.map(mark),
      ...[layers, mark('alpha'), mark('hdr'), results.makers(key)],
    ];
  });
  const head = ['codec, profile', 'bits, chroma', 'string', ...modes, 'L1T2, L1T3', 'alpha', 'PQ, BT.2020'];
  return markdown([...head, 'decodes what these made'], rows);
}

function audioTable(results: Results): string {
  const codecs = unique([...audioRows, ...foreignAudioRows].map((row) => row.codec));
  const rows = codecs.map((codec) => {
    const modes = results.of({ kind: 'encode', codec }).filter((row) => row.mode !== 'variable');
    const known = audioRows.find((row) => row.codec === codec);
    const string = known?.string ?? foreignAudioRows.find((row) => row.codec === codec)?.elementary?.config.codec;
    return [
      ...[codec, `\`${string}\``],
      ...audioShapes.map((shape) => results.mark({ kind: 'encode', codec, profile: shape }, 'variable')),
      modes.map(({ mode, works }) => (works ? mode : `${no} ${mode}`)).join(', '),
      known ? (known.snr > 100 ? 'exact' : 'with losses') : none,
      results.makers({ codec }),
    ];
  });
  const shapes = audioShapes.map((shape) => {
    const [channels, rate] = shape.split('@');
    return `${channels} ch. ${Number(rate) / 1000} kHz`;
  });
  return markdown(['codec', 'string', ...shapes, 'also', 'samples', 'decodes what these made'], rows);
}

/** Why: the words of configure(), each once, with what they were said of; a codec alone where it was all of it. */
function gaps(results: Results): string {
  const refused = new Map<string, Row[]>();
  for (const row of results.of({})) {
    if (row.works) continue;
    const reason = row.reason
      .replace(/, \d+×\d+/, '')
      .replace(/"[^"]*" has/, 'The codec has')
      .replace(/^No encoder here makes [^.]*\. /, '')
      .replace(/^There is no such coded picture: .*$/, 'There is no such coded picture.');
    refused.set(reason, [...(refused.get(reason) ?? []), row]);
  }
  const things = (rows: readonly Row[]): string[] => unique(rows.map((row) => `${row.profile} ${row.picture ?? ''}`));
  const told = [...refused].map(([reason, rows]) => {
    const codecs = unique(rows.map((row) => row.codec)).map((codec) => {
      const some = things(rows.filter((row) => row.codec === codec)).map((thing) => thing.trim());
      const all = things(results.of({ kind: 'encode', codec }));
      return some.length === all.length ? codec : `${codec} ${some.join(', ')}`;
    });
    return `- ${reason} (${unique(rows.map((row) => row.mode)).join(', ')}): ${codecs.join('; ')}`;
  });
  return told.join('\n');
}

export function makeTable(rows: readonly Row[]): string {
  const results = new Results(rows);
  return [
    '<details><summary>Every codec, profile and mode, as the suite measured it (default variant)</summary>',
    '',
    '**Video.** ✓: encoded at 320×180, decoded by us and by Debian’s ffmpeg 5.1, each frame there, in order, with its time',
    'and its picture. –: refused, by `isConfigSupported()` as by `configure()`. Empty: not a thing of that codec.',
    '',
    videoTable(results),
    '',
    '**Audio.** The same with a second of sound in each channel.',
    '',
    audioTable(results),
    '',
    '**Why not.**',
    '',
    gaps(results),
    '',
    '</details>',
  ].join('\n');
}

/** README.md in three parts, the middle one being the tables. */
function readmeParts(): [before: string, tables: string, after: string] {
  const text = readFileSync(readme, 'utf8');
  const [from, to] = [text.indexOf(begin) + begin.length, text.indexOf(end)];
  if (from < begin.length || to < from) throw new Error(`Expected README.md to have "${begin}" and then "${end}".`);
  return [text.slice(0, from), text.slice(from, to).trim(), text.slice(to)];
}

/** What README.md says now. */
export function writtenTable(): string {
  return readmeParts()[1];
}

function writeTable(table: string): void {
  const [before, , after] = readmeParts();
  writeFileSync(readme, `${before}\n${table}\n${after}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const table = makeTable(readResults());
  if (!process.argv.includes('--write')) console.log(table);
  else if (variant === 'lgpl') writeTable(table);
  else throw new Error(`README shows the lgpl variant; these results are of the ${variant} one.`);
}
