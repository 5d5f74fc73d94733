// How each library is built: commands as data, so that a cache key can be taken from them.
import { readFileSync } from 'node:fs';
import { featureSwitches } from './features.mjs';

/**
 * @typedef {object} BuildContext
 * @property {string} source the unpacked source folder; commands run in it
 * @property {string} prefix where to install
 * @property {string} jobs how many compilers may run at once
 * @property {NodeJS.Platform} platform
 * @property {NodeJS.Architecture} arch
 * @property {'lgpl' | 'gpl'} variant
 * @property {boolean} threadSanitizer build FFmpeg for the thread sanitizer, which must see its atomics
 * @property {(library: string) => string} prefixOf where another library was installed
 *
 * @typedef {{ run: string[], input?: string, writes?: string }} Command
 *   `input` goes to standard input; with `writes`, the input is written to that file instead of running anything.
 *
 * @typedef {object} Recipe
 * @property {string[]} [needs] libraries that must be built before
 * @property {'gpl'} [variant] built for this variant only
 * @property {NodeJS.Platform[]} [platforms] built on these systems only
 * @property {(context: BuildContext) => Command[]} commands
 */

/** Every object file must be position-independent, and none of its symbols may leave the addon. */
export const compilerFlags = '-O2 -fPIC -fvisibility=hidden';

/**
 * Changes the unpacked source by a file of `patches`.
 * @param {string} name
 * @returns {Command}
 */
function patched(name) {
  return { run: ['patch', '-p1'], input: readFileSync(new URL(`patches/${name}`, import.meta.url), 'utf8') };
}

/**
 * @param {BuildContext} context
 * @param {string[]} switches
 * @param {string} [source]
 * @param {string} [build]
 * @returns {Command[]}
 */
function cmake(context, switches, source = '.', build = 'build-static') {
  return [
    {
      run: [
        ...['cmake', '-S', source, '-B', build, '-G', 'Ninja', '-DCMAKE_BUILD_TYPE=Release'],
        ...[`-DCMAKE_INSTALL_PREFIX=${context.prefix}`, '-DCMAKE_INSTALL_LIBDIR=lib'],
        ...['-DBUILD_SHARED_LIBS=OFF', '-DCMAKE_POSITION_INDEPENDENT_CODE=ON', ...switches],
      ],
    },
    { run: ['ninja', '-C', build, '-j', context.jobs] },
    { run: ['ninja', '-C', build, 'install'] },
  ];
}

/**
 * @param {BuildContext} context
 * @param {string[]} switches
 * @returns {Command[]}
 */
function autotools(context, switches) {
  return [
    { run: ['./configure', `--prefix=${context.prefix}`, ...switches] },
    { run: ['make', '-j', context.jobs] },
    { run: ['make', 'install'] },
  ];
}

/**
 * x265 has its bit depth fixed at compile time; its 8-bit build can carry the 10-bit one in its archive.
 * @param {BuildContext} context
 * @returns {Command[]}
 */
function x265Commands(context) {
  const common = ['-DENABLE_SHARED=OFF', '-DENABLE_CLI=OFF', '-DCMAKE_POLICY_VERSION_MINIMUM=3.5'];
  const deep = [...common, '-DHIGH_BIT_DEPTH=ON', '-DEXPORT_C_API=OFF'];
  const main = [...common, '-DLINKED_10BIT=ON'];
  const merged = `${context.prefix}/lib/libx265.a`;
  const parts = ['build-8/libx265.a', 'build-10/libx265.a'];
  const merge =
    context.platform === 'darwin'
      ? { run: ['libtool', '-static', '-o', merged, ...parts] }
      : {
          run: ['ar', '-M'],
          input: `${['CREATE merged.a', ...parts.map((part) => `ADDLIB ${part}`), 'SAVE', 'END'].join('\n')}\n`,
        };
  return [
    ...cmake(context, deep, 'source', 'build-10').slice(0, 2), // not installed
    ...cmake(context, main, 'source', 'build-8'),
    merge,
    ...(context.platform === 'darwin' ? [] : [{ run: ['cp', 'merged.a', merged] }]),
  ];
}

/**
 * LAME installs no pkg-config file; with one, the addon finds it like every other library.
 * @param {BuildContext} context
 * @returns {Command}
 */
function lamePkgConfig(context) {
  return {
    run: [],
    writes: `${context.prefix}/lib/pkgconfig/lame.pc`,
    input: [
      `prefix=${context.prefix}`,
      'Name: lame',
      'Description: MP3 encoder',
      'Version: 3.100',
      `Libs: -L${context.prefix}/lib -lmp3lame -lm`,
      `Cflags: -I${context.prefix}/include`,
      '',
    ].join('\n'),
  };
}

/** @type {Record<string, Recipe>} In the order of building. */
export const recipes = {
  'nv-codec-headers': {
    platforms: ['linux', 'win32'],
    commands: (context) => [{ run: ['make', `PREFIX=${context.prefix}`, 'install'] }],
  },
  dav1d: {
    commands: (context) => [
      {
        run: [
          ...['meson', 'setup', 'build-static', `--prefix=${context.prefix}`, '--libdir=lib'],
          ...['--buildtype=release', '--default-library=static', '-Db_staticpic=true'],
          ...['-Denable_tools=false', '-Denable_tests=false'],
        ],
      },
      { run: ['ninja', '-C', 'build-static', '-j', context.jobs, 'install'] },
    ],
  },
  'svt-av1': {
    commands: (context) => [
      // Under root it makes its threads, and the calling one, real-time threads of the highest priority: on two cores
      // nothing else then runs for tenths of a second. Every user gets what other users get.
      {
        run: [
          ...['perl', '-pi', '-e', 's/!geteuid\\(\\)/0/; s/geteuid\\(\\) != 0/1/'],
          ...['Source/Lib/Globals/enc_handle.c', 'Source/Lib/Codec/svt_threads.c'],
        ],
      },
      ...cmake(context, ['-DBUILD_APPS=OFF', '-DBUILD_DEC=OFF', '-DBUILD_TESTING=OFF', '-DSVT_AV1_LTO=OFF']),
    ],
  },
  libaom: {
    commands: (context) =>
      cmake(context, [
        ...['-DENABLE_TESTS=OFF', '-DENABLE_EXAMPLES=OFF', '-DENABLE_TOOLS=OFF', '-DENABLE_DOCS=OFF'],
        '-DCONFIG_AV1_DECODER=0', // dav1d decodes
      ]),
  },
  libvpx: {
    commands: (context) =>
      autotools(context, [
        ...['--disable-shared', '--enable-static', '--enable-pic', '--disable-examples', '--disable-tools'],
        ...['--disable-docs', '--disable-unit-tests', '--enable-vp9-highbitdepth'],
        ...['--enable-runtime-cpu-detect', '--enable-better-hw-compatibility'],
      ]),
  },
  opus: { commands: (context) => cmake(context, []) },
  lame: {
    commands: (context) => [
      ...autotools(context, [
        ...['--disable-shared', '--enable-static', '--with-pic', '--disable-frontend', '--disable-decoder'],
        ...(context.arch === 'x64' ? ['--enable-nasm'] : []),
      ]),
      lamePkgConfig(context),
    ],
  },
  libogg: { commands: (context) => cmake(context, ['-DBUILD_TESTING=OFF', '-DINSTALL_DOCS=OFF']) },
  libvorbis: {
    needs: ['libogg'],
    commands: (context) =>
      cmake(context, ['-DCMAKE_POLICY_VERSION_MINIMUM=3.5', `-DCMAKE_PREFIX_PATH=${context.prefixOf('libogg')}`]),
  },
  openh264: {
    commands: (context) => {
      const system = context.platform === 'darwin' ? 'darwin' : 'linux';
      const arch = context.arch === 'arm64' ? 'arm64' : 'x86_64';
      const settings = [`PREFIX=${context.prefix}`, 'BUILDTYPE=Release', `OS=${system}`, `ARCH=${arch}`];
      return [{ run: ['make', '-j', context.jobs, ...settings, 'install-static'] }];
    },
  },
  kvazaar: { commands: (context) => cmake(context, ['-DBUILD_TESTS=OFF']) }, // 8 bits per sample, its default
  x264: {
    variant: 'gpl',
    commands: (context) => autotools(context, ['--enable-static', '--enable-pic', '--disable-cli', '--disable-opencl']),
  },
  x265: { variant: 'gpl', commands: x265Commands },
  ffmpeg: {
    needs: [
      ...['nv-codec-headers', 'dav1d', 'svt-av1', 'libaom', 'libvpx', 'opus', 'lame', 'libogg'],
      ...['libvorbis', 'openh264', 'kvazaar', 'x264', 'x265'],
    ],
    commands: (context) => {
      const lame = context.prefixOf('lame');
      const sanitizer = context.threadSanitizer ? ['-fsanitize=thread', '-g', '-fno-omit-frame-pointer'] : [];
      const build = autotools(context, [
        ...['--enable-static', '--disable-shared', '--enable-pic', '--pkg-config-flags=--static'],
        `--extra-cflags=${['-fvisibility=hidden', `-I${lame}/include`, ...sanitizer].join(' ')}`,
        `--extra-ldflags=${[`-L${lame}/lib`, ...sanitizer].join(' ')}`,
        `--extra-libs=-lpthread -lm ${context.platform === 'darwin' ? '-lc++' : '-lstdc++'}`,
        ...featureSwitches(context.variant, context.platform),
      ]);
      return [patched('per-picture-controls.patch'), ...build];
    },
  },
};
