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
  file: string;
  sha256: string;
  homepage: string;
  url?: string;
  debianSource: string;
  gpl?: { licenceFiles: string[] };
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

/** npm packages whose code is in the Studio's pages, by what the bundles' maps say. */
function bundledIn(): string[] {
  const sources = ['app', 'engine'].flatMap((name) => {
    const map = readFileSync(`${checkout}dist/studio/${name}.js.map`, 'utf8');
    return (JSON.parse(map) as { sources: string[] }).sources;
  });
  return [...new Set(sources.flatMap((source) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(source)?.[1] ?? []))];
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

  /** The one under this heading. */
  const sectionOf = (name: string): string => {
    const line = '='.repeat(100);
    const heading = `${line}\n${name}`;
    const from = notices.indexOf(heading);
    assert.ok(from >= 0, `no section for ${name}`);
    const to = notices.indexOf(line, from + heading.length);
    return notices.slice(from, to < 0 ? undefined : to);
  };

  before(async () => {
    module = await load<NoticesModule>('native/setup/notices.mjs');
    const codecSet = await load<{ describeCodecSet(variant: string): Library[] }>('native/setup/codec-set.mjs');
    libraries = codecSet.describeCodecSet(variant);
    notices = await module.thirdPartyNotices(variant);
  });

  it('has a section with a licence text for each library in the addon, and each package in the Studio’s pages', () => {
    const linked = linkedIn();
    assert.ok(linked.length >= 12, `the link line was read as ${linked.join(', ')}`);
    const bundled = bundledIn();
    assert.ok(bundled.includes('mediabunny'), `the bundles' maps were read as ${bundled.join(', ')}`);
    for (const name of [...linked, 'libstdc++ and libgcc', 'node-addon-api', 'node-api-headers', ...bundled]) {
      const section = sectionOf(name);
      assert.match(section, /^=+\n.* \d+\.\d\S*\nLicence: \S.*\n/, name);
      assert.match(section, /\nHome: \S.*\n/, name);
      assert.match(section, /\nSource: \S.*\n/, name);
      assert.match(section, /\n----- \S+ -----\n.*(permission|permitted|licen[cs]e).{200}/is, name);
    }
  });

  it('tells how each library of the codec set was built, and which patches change it', () => {
    for (const { pin, commands } of libraries) {
      const section = sectionOf(`${pin.name} ${pin.version}\n`);
      const from = pin.url ?? `${pin.file}, as in Debian's source package ${pin.debianSource}`;
      assert.ok(section.includes(`\nSource: ${from}\nSHA-256 of ${pin.file}: ${pin.sha256}\n`), pin.name);
      const [, ways = ''] = /\nCompiler flags: .*-O\d.*\nBuilt with:\n((?: {2}\S.*\n)+)/.exec(section) ?? [];
      assert.equal(ways.trimEnd().split('\n').length, commands.length, pin.name);
      const texts = [...section.matchAll(/^----- (\S+) -----$/gm)].map((match) => match[1]);
      assert.deepEqual(texts, (variant === 'gpl' && pin.gpl?.licenceFiles) || pin.licenceFiles, pin.name);
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
