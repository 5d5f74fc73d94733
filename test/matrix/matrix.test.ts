/** Every row of the matrix. What comes out is README's table; see table.ts. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { type WebCodecs, withHost } from '../fixtures/codec-host.js';
import { foreignAudioRows, foreignVideoRows } from '../fixtures/foreign-rows.js';
import { measureAudio } from './audio-round-trip.js';
import { audioRows } from './audio-rows.js';
import { measureForeignAudio, measureForeignVideo } from './foreign-decode.js';
import { type Measured, type Row, variant, writeResults } from './results.js';
import { makeTable, writtenTable } from './table.js';
import { measureVideo } from './video-round-trip.js';
import { videoProfiles } from './video-rows.js';

const rows: Row[] = [];
let asked = 0;

// A run of some rows only, or one in which some failed, makes no table.
after(() => {
  if (rows.length === asked) writeResults(rows);
});

type Key = Pick<Row, 'kind' | 'codec' | 'profile' | 'picture' | 'mode'>;

function test(name: string, key: Key, measure: (webcodecs: WebCodecs) => Promise<Measured>): void {
  asked++;
  it(name, () =>
    withHost('inline', async ({ webcodecs }) => {
      rows.push({ ...key, ...(await measure(webcodecs)) });
    }),
  );
}

describe('video that isConfigSupported says yes to goes through encoder and decoder, and through the system’s ffmpeg', () => {
  for (const row of videoProfiles) {
    const { codec, profile, string } = row;
    const key = { kind: 'encode', codec, profile, picture: `${row.bits} bit ${row.chroma}` } as const;
    for (const mode of row.modes) {
      test(`${codec} ${string}, ${mode}`, { ...key, mode }, (webcodecs) => measureVideo(webcodecs, row, mode));
    }
  }
});

describe('audio that isConfigSupported says yes to goes through encoder and decoder, and through the system’s ffmpeg', () => {
  for (const row of audioRows) {
    const { codec } = row;
    for (const shape of row.shapes) {
      const key = { kind: 'encode', codec, profile: shape, mode: 'variable' } as const;
      test(`${codec}, ${shape}`, key, (webcodecs) => measureAudio(webcodecs, row, shape, null));
    }
    for (const mode of row.modes) {
      const key = { kind: 'encode', codec, profile: '2@48000', mode: mode.name } as const;
      test(`${codec}, ${mode.name}`, key, (webcodecs) => measureAudio(webcodecs, row, '2@48000', mode));
    }
  }
});

describe('video that the system’s ffmpeg made decodes to the pictures that it sees itself', () => {
  for (const row of foreignVideoRows) {
    const { codec, profile, encoder } = row;
    const picture = `${row.bits} bit ${row.chroma}`;
    const key = { kind: 'decode', codec, profile, picture, mode: encoder } as const;
    test(`${codec} ${profile}, ${picture}, ${encoder}`, key, (webcodecs) => measureForeignVideo(webcodecs, row));
  }
});

describe('audio that the system’s ffmpeg made decodes to the samples that it hears itself', () => {
  for (const row of foreignAudioRows) {
    const { codec, channels, sampleRate, encoder } = row;
    const key = { kind: 'decode', codec, profile: `${channels}@${sampleRate}`, mode: encoder } as const;
    const name = `${codec}, ${channels} channels of ${sampleRate} Hz, ${[...row.make, row.extension].join(' ')}`;
    test(name, key, (webcodecs) => measureForeignAudio(webcodecs, row));
  }
});

describe('README’s codec table', () => {
  const skip = variant !== 'lgpl' && `it shows the lgpl variant, this is ${variant}`;
  it('is what was measured', { skip }, () => {
    assert.equal(writtenTable(), makeTable(rows), 'node dist/test/matrix/table.js --write brings README up to date');
  });
});
