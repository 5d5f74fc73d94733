// What of FFmpeg is built in. Everything not named here is left out.

const audioPcm = ['pcm_u8', 'pcm_mulaw', 'pcm_alaw'].concat(
  ['s16', 's24', 's32', 'f32'].flatMap((format) => [`pcm_${format}le`, `pcm_${format}be`]),
);

const encoders = {
  video: ['libopenh264', 'libkvazaar', 'libvpx_vp8', 'libvpx_vp9', 'libsvtav1', 'libaom_av1'],
  editorVideo: ['prores_ks', 'dnxhd', 'ffv1', 'mjpeg', 'png'],
  audio: ['aac', 'libopus', 'libmp3lame', 'libvorbis', 'flac', 'alac', ...audioPcm],
  nvidia: ['h264_nvenc', 'hevc_nvenc', 'av1_nvenc'],
  apple: ['h264_videotoolbox', 'hevc_videotoolbox', 'prores_videotoolbox', 'aac_at'],
  gpl: ['libx264', 'libx265'],
};

const decoders = {
  video: ['h264', 'hevc', 'vp8', 'vp9', 'libvpx_vp8', 'libvpx_vp9', 'libdav1d', 'av1'],
  editorVideo: ['prores', 'dnxhd', 'cfhd', 'ffv1', 'mjpeg'],
  image: ['png', 'webp', 'gif', 'bmp'],
  audio: ['aac', 'opus', 'libopus', 'mp3float', 'flac', 'vorbis', 'alac', 'ac3', 'eac3', ...audioPcm],
  nvidia: ['h264_cuvid', 'hevc_cuvid', 'vp8_cuvid', 'vp9_cuvid', 'av1_cuvid'],
};

const parsers = [
  ...['h264', 'hevc', 'vp8', 'vp9', 'av1', 'mjpeg', 'png', 'webp', 'gif'],
  ...['aac', 'opus', 'mpegaudio', 'flac', 'vorbis', 'ac3'],
];

const bitstreamFilters = [
  ...['h264_mp4toannexb', 'hevc_mp4toannexb', 'extract_extradata', 'dump_extradata', 'null'],
  ...['h264_metadata', 'hevc_metadata', 'av1_metadata', 'aac_adtstoasc'],
  ...['vp9_superframe', 'vp9_superframe_split', 'av1_frame_merge', 'av1_frame_split'],
];

const hardwareAccelerators = {
  nvidia: ['h264', 'hevc', 'vp8', 'vp9', 'av1'].map((codec) => `${codec}_nvdec`),
  apple: ['h264', 'hevc', 'vp9', 'av1', 'prores'].map((codec) => `${codec}_videotoolbox`),
};

const libraries = ['libopenh264', 'libkvazaar', 'libvpx', 'libsvtav1', 'libaom', 'libdav1d', 'libopus'].concat([
  'libmp3lame',
  'libvorbis',
]);

/**
 * The `configure` switches that choose FFmpeg's parts.
 * @param {'lgpl' | 'gpl'} variant
 * @param {NodeJS.Platform} platform
 * @returns {string[]}
 */
export function featureSwitches(variant, platform) {
  const apple = platform === 'darwin';
  const hardware = apple ? 'apple' : 'nvidia';
  const hardwareLibraries = apple ? ['videotoolbox', 'audiotoolbox'] : ['ffnvcodec', 'nvenc', 'nvdec', 'cuvid'];
  const gpl = variant === 'gpl';
  const enabledEncoders = [
    ...encoders.video,
    ...encoders.editorVideo,
    ...encoders.audio,
    ...encoders[hardware],
    ...(gpl ? encoders.gpl : []),
  ];
  const enabledDecoders = [
    ...decoders.video,
    ...decoders.editorVideo,
    ...decoders.image,
    ...decoders.audio,
    ...(apple ? [] : decoders.nvidia),
  ];
  return [
    '--disable-autodetect',
    '--disable-everything',
    '--disable-programs',
    '--disable-doc',
    '--disable-debug',
    '--disable-network',
    '--disable-avdevice',
    '--disable-avfilter',
    '--disable-avformat',
    '--enable-zlib',
    ...(gpl ? ['--enable-gpl', '--enable-libx264', '--enable-libx265'] : []),
    ...libraries.map((name) => `--enable-${name}`),
    ...hardwareLibraries.map((name) => `--enable-${name}`),
    `--enable-encoder=${enabledEncoders.join(',')}`,
    `--enable-decoder=${enabledDecoders.join(',')}`,
    `--enable-hwaccel=${hardwareAccelerators[hardware].join(',')}`,
    `--enable-parser=${parsers.join(',')}`,
    `--enable-bsf=${bitstreamFilters.join(',')}`,
  ];
}
