/** Every row of the matrix. What comes out is README's table; see table.ts. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { withHost } from '../fixtures/codec-host.js';
import { foreignAudioRows, foreignVideoRows } from '../fixtures/foreign-rows.js';
import { measureAudio } from './audio-round-trip.js';
import { audioRows } from './audio-rows.js';
import { measureForeignAudio, measureForeignVideo } from './foreign-decode.js';
import { type Row, variant, writeResults } from './results.js';
import { makeTable, writtenTable } from './table.js';
import { measureVideo } from './video-round-trip.js';
import { videoProfiles } from './video-rows.js';

const rows: Row[] = [];

after(() => writeResults(rows));

describe('video that isConfigSupported says yes to goes through encoder and decoder, and through the system’s ffmpeg', () => {
  for (const row of videoProfiles) {
    for (const mode of row.modes) {
      const { codec, profile, bits, chroma } = row;
      it(`${row.codec} ${row.string}, ${mode}`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const measured = await measureVideo(webcodecs, row, mode);
          rows.push({ kind: 'encode', codec, profile, picture: `${bits} bit ${chroma}`, mode, ...measured });
        }));
    }
  }
});

describe('audio that isConfigSupported says yes to goes through encoder and decoder, and through the system’s ffmpeg', () => {
  for (const row of audioRows) {
    const cases = [
      ...row.shapes.map((shape) => ({ shape, mode: null })),
      ...row.modes.map((mode) => ({ shape: '2@48000' as const, mode })),
    ];
    for (const { shape, mode } of cases) {
      it(`${row.codec}, ${shape}${mode ? `, ${mode.name}` : ''}`, () =>
        withHost('inline', async ({ webcodecs }) => {
          const { codec } = row;
          const measured = await measureAudio(webcodecs, row, shape, mode);
          rows.push({ kind: 'encode', codec, profile: shape, mode: mode?.name ?? 'variable', ...measured });
        }));
    }
  }
});

describe('video that the system’s ffmpeg made decodes to the pictures that it sees itself', () => {
  for (const row of foreignVideoRows) {
    const { codec, profile, encoder } = row;
    const picture = `${row.bits} bit ${row.chroma}`;
    it(`${codec} ${profile}, ${picture}, ${encoder}`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const measured = await measureForeignVideo(webcodecs, row);
        rows.push({ kind: 'decode', codec, profile, picture, mode: encoder, ...measured });
      }));
  }
});

describe('audio that the system’s ffmpeg made decodes to the samples that it hears itself', () => {
  for (const row of foreignAudioRows) {
    const { codec, channels, sampleRate, encoder } = row;
    it(`${codec}, ${channels} channels of ${sampleRate} Hz, ${[...row.make, row.extension].join(' ')}`, () =>
      withHost('inline', async ({ webcodecs }) => {
        const profile = `${channels}@${sampleRate}`;
        rows.push({ kind: 'decode', codec, profile, mode: encoder, ...(await measureForeignAudio(webcodecs, row)) });
      }));
  }
});

describe('README’s codec table', () => {
  const skip = variant !== 'lgpl' && `it shows the lgpl variant, this is ${variant}`;
  it('is what was measured', { skip }, () => {
    assert.equal(writtenTable(), makeTable(rows), 'node dist/test/matrix/table.js --write brings README up to date');
  });
});
