/** THIRD-PARTY-NOTICES against what the linker was really given. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const checkout = fileURLToPath(new URL('../../../', import.meta.url));
const variant = process.env['CODEC_VARIANT'] ?? 'lgpl';

interface Pin {
  name: string;
  version: string;
  licence: string;
  licenceFiles?: string[];
}

interface Library {
  pin: Pin;
  commands: unknown[];
}

interface NoticesModule {
  thirdPartyNotices(variant: string): Promise<string>;
  noticeOfLibrary(library: Library, variant: string): Promise<{ texts: { file: string; text: string }[] }>;
}

/** The set-up's modules have no declarations. */
async function load<T>(file: string): Promise<T> {
  return (await import(new URL(file, pathToFileURL(checkout)).href)) as T;
}

/** What the link of the addon names: `dav1d 1.5.4` for a library of the codec set, else the file. */
function linkedIn(): string[] {
  const ninja = readFileSync(`${checkout}native/build/${variant}/build.ninja`, 'utf8');
  const link =
    /^build electron_webcodecs\.node:.*?LINK_LIBRARIES = ([^\n]*)/ms.exec(ninja)?.[1] ?? assert.fail('no link');
  const folders = [...link.matchAll(/-L\S+\/libraries\/(\S+?)-(\d[^-/\s]*)-[0-9a-f]{16}\/lib/g)];
  const files = [...link.matchAll(/-l:lib(\w+)\.a/g)].map((match) => match[1] ?? '');
  return [...new Set([...folders.map((match) => `${match[1]} ${match[2]}`), ...files])];
}

describe('THIRD-PARTY-NOTICES', () => {
  let notices = '';
  let module: NoticesModule;
  let libraries: Library[];

  before(async () => {
    module = await load<NoticesModule>('native/setup/notices.mjs');
    const codecSet = await load<{ describeCodecSet(variant: string): Library[] }>('native/setup/codec-set.mjs');
    libraries = codecSet.describeCodecSet(variant);
    notices = await module.thirdPartyNotices(variant);
  });

  it('has a section with a licence text for each library that is linked into the addon', () => {
    const linked = linkedIn();
    assert.ok(linked.length >= 12, `the link line was read as ${linked.join(', ')}`);
    for (const name of [...linked, 'libstdc++ and libgcc', 'node-addon-api']) {
      const heading = `${'='.repeat(100)}\n${name}`;
      const from = notices.indexOf(heading);
      assert.ok(from >= 0, `no section for ${name}`);
      const to = notices.indexOf('='.repeat(100), from + heading.length);
      const section = notices.slice(from, to < 0 ? undefined : to);
      assert.match(section, /\nLicence: \S.*\n/, name);
      assert.match(section, /\nSource: \S.*\n/, name);
      assert.match(section, /\n----- \S+ -----\n.*(permission|permitted|licen[cs]e).{200}/is, name);
    }
  });

  it('tells how each library of the codec set was built, and which patches change it', () => {
    for (const { pin } of libraries) {
      const section = notices.slice(notices.indexOf(`\n${pin.name} ${pin.version}\n`));
      assert.match(section, /^\n.*\n(.*\n){1,6}Built with:\n {2}\S/, pin.name);
    }
    assert.match(notices, /patch -p1 < native\/ffmpeg\/patches\/\S+\.patch\n/);
    assert.match(notices, /--disable-everything .*--enable-libopenh264/);
  });

  it('says what each variant asks of whoever passes it on', async () => {
    if (variant === 'gpl') {
      assert.match(notices, /x264 and x265 \(GPL-2\.0-or-later\)/);
      assert.match(notices, /\n {2}ffmpeg \S+: GPL-2\.0-or-later\n/);
    } else {
      assert.match(notices, /link anew \(LGPL-2\.1, section 6\)/);
      assert.match(notices, /\n {2}ffmpeg \S+: LGPL-2\.1-or-later\n/);
      assert.doesNotMatch(notices, /\n {2}x26[45] /);
    }
  });

  it('is not made where a library has no licence entry', async () => {
    const [library] = libraries;
    assert.ok(library);
    const { licenceFiles: _, ...pin } = library.pin;
    await assert.rejects(module.noticeOfLibrary({ ...library, pin: { ...pin, name: 'new-codec' } }, variant), {
      message: 'pins.json gives no licence and licenceFiles for new-codec.',
    });
  });

  it('is not made where a licence file is not in the pinned source', async () => {
    const [library] = libraries;
    assert.ok(library);
    await assert.rejects(
      module.noticeOfLibrary({ ...library, pin: { ...library.pin, licenceFiles: ['LICENCE.missing'] } }, variant),
      /holds no LICENCE\.missing, which pins\.json names as a licence file of/,
    );
  });
});
