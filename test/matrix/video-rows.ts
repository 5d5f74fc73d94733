/** Every video codec × profile × bit depth × chroma, and the modes in which each is asked to encode. */
import type { VideoCodec } from 'mediabunny';

/** What a mode adds to a configuration stands in video-round-trip.ts. */
export const videoModes = [
  'quality',
  'realtime',
  'constant',
  'quantizer',
  'annexb',
  'L1T2',
  'L1T3',
  'alpha',
  'hdr',
] as const;
export type VideoMode = (typeof videoModes)[number];

export type Chroma = '420' | '422' | '444';

export interface VideoProfile {
  /** As README's table calls it. */
  codec: string;
  profile: string;
  /** The codec string. */
  string: string;
  bits: 8 | 10 | 12;
  chroma: Chroma;
  modes: readonly VideoMode[];
  size: { width: number; height: number };
  /** dB of decoded against original at `bitrate`. */
  psnr: number;
  /** The same in modes that reach something else. */
  psnrIn?: Partial<Record<VideoMode, number>>;
  bitrate: number;
  /** How the judge gets the stream. */
  mediabunny: VideoCodec | null;
  container: 'mp4' | 'mkv' | 'mov';
  elementary: 'h264' | 'hevc' | 'ivf' | 'obu' | 'dnxhd' | null;
  /** decoderConfig.description, where the chunks are not annexb. */
  description: 'avcC' | 'hvcC' | 'none';
  intraOnly: boolean;
  /** Where decoders give more bits than went in. */
  depthOut?: 12;
}

type Family = Omit<VideoProfile, 'profile' | 'string' | 'bits' | 'chroma' | 'modes'> & { modes: readonly VideoMode[] };

/** `High 10 avc1.6e001e 10 420`: name, codec string, bits, chroma. */
function profiles(family: Family, rows: readonly string[], change: Partial<VideoProfile> = {}): VideoProfile[] {
  return rows.map((row) => {
    const [, profile = '', string = '', bits, chroma] = /^(.*) (\S+) (\d+) (\d+)$/.exec(row) ?? [];
    const depth = Number(bits) as 8 | 10 | 12;
    const modes = family.modes.filter((mode) => mode !== 'hdr' || depth > 8);
    return { ...family, profile, string, bits: depth, chroma: chroma as Chroma, modes, ...change };
  });
}

const size = { width: 320, height: 180 };
const interactive = ['quality', 'realtime', 'constant', 'quantizer', 'L1T2', 'L1T3', 'alpha', 'hdr'] as const;
const lossy = { size, psnr: 34, bitrate: 2_500_000, intraOnly: false };
const intra = { size, psnr: 38, bitrate: 2_000_000, intraOnly: true, description: 'none' } as const;

const h264: Family = {
  ...lossy,
  codec: 'H.264',
  modes: [...interactive, 'annexb'],
  mediabunny: 'avc',
  container: 'mp4',
  elementary: 'h264',
  description: 'avcC',
};
const hevc: Family = { ...h264, codec: 'HEVC', mediabunny: 'hevc', elementary: 'hevc', description: 'hvcC' };
const vp8: Family = {
  ...lossy,
  codec: 'VP8',
  // The specification gives VP8 no quantizer of its own.
  modes: interactive.filter((mode) => mode !== 'quantizer'),
  mediabunny: 'vp8',
  container: 'mkv',
  elementary: 'ivf',
  description: 'none',
};
/** About 3 dB below the worst profile, which has twelve bits and 4:4:4; the bitrate is little for those in realtime. */
const vp9: Family = {
  ...vp8,
  codec: 'VP9',
  psnr: 29,
  psnrIn: { quantizer: 38, realtime: 26, L1T2: 24, L1T3: 24 },
  modes: interactive,
  mediabunny: 'vp9',
};
const av1: Family = {
  ...vp9,
  codec: 'AV1',
  psnr: 33,
  psnrIn: { quantizer: 43, realtime: 24, L1T2: 28, L1T3: 27 },
  mediabunny: 'av1',
  elementary: 'obu',
};
const prores: Family = {
  ...intra,
  codec: 'ProRes',
  modes: ['quality'],
  mediabunny: 'prores',
  container: 'mov',
  elementary: null,
};
const dnx: Family = { ...prores, codec: 'DNxHD, DNxHR', mediabunny: null, elementary: 'dnxhd' };

export const videoProfiles: readonly VideoProfile[] = [
  ...profiles(h264, [
    'Constrained Baseline avc1.42e01f 8 420',
    'Main avc1.4d401f 8 420',
    'High avc1.64001f 8 420',
    'High, parameter sets in band avc3.64001f 8 420',
    'High 10 avc1.6e001f 10 420',
    'High 4:2:2 avc1.7a001f 10 422',
    'High 4:4:4 Predictive avc1.f4001f 8 444',
  ]),
  ...profiles(hevc, [
    'Main hvc1.1.6.L93.B0 8 420',
    'Main, parameter sets in band hev1.1.6.L93.B0 8 420',
    'Main 10 hvc1.2.4.L93.B0 10 420',
    'Main 12 hvc1.4.10.L93.99.88 12 420',
    'Main 4:2:2 10 hvc1.4.10.L93.9D.08 10 422',
    'Main 4:2:2 12 hvc1.4.10.L93.99.08 12 422',
    'Main 4:4:4 hvc1.4.10.L93.9E.08 8 444',
    'Main 4:4:4 10 hvc1.4.10.L93.9C.08 10 444',
    'Main 4:4:4 12 hvc1.4.10.L93.98.08 12 444',
  ]),
  ...profiles(vp8, ['– vp8 8 420']),
  ...profiles(vp9, [
    '0 vp09.00.20.08 8 420',
    '1 vp09.01.20.08.02.01.01.01.00 8 422',
    '1 vp09.01.20.08.03.01.01.01.00 8 444',
    '2 vp09.02.20.10 10 420',
    '2 vp09.02.20.12 12 420',
    '3 vp09.03.20.10.02.01.01.01.00 10 422',
    '3 vp09.03.20.10.03.01.01.01.00 10 444',
    '3 vp09.03.20.12.02.01.01.01.00 12 422',
    '3 vp09.03.20.12.03.01.01.01.00 12 444',
  ]),
  ...profiles(av1, [
    'Main av01.0.04M.08 8 420',
    'Main av01.0.04M.10 10 420',
    'High av01.1.04M.08 8 444',
    'High av01.1.04M.10 10 444',
    'Professional av01.2.04M.08.0.100.01.01.01.0 8 422',
    'Professional av01.2.04M.10.0.100.01.01.01.0 10 422',
    'Professional av01.2.04M.12.0.110.01.01.01.0 12 420',
    'Professional av01.2.04M.12.0.100.01.01.01.0 12 422',
    'Professional av01.2.04M.12.0.000.01.01.01.0 12 444',
  ]),
  ...profiles(prores, ['422 Proxy apco 10 422']),
  ...profiles({ ...prores, psnr: 50 }, ['422 LT apcs 10 422', '422 apcn 10 422', '422 HQ apch 10 422']),
  ...profiles({ ...prores, psnr: 60, modes: ['quality', 'alpha'] }, ['4444 ap4h 10 444', '4444 XQ ap4x 10 444'], {
    depthOut: 12,
  }),
  ...profiles(dnx, ['DNxHD dnxhd 8 422'], { size: { width: 1920, height: 1080 }, bitrate: 220_000_000 }),
  ...profiles(dnx, ['DNxHR LB dnxhr_lb 8 422']),
  ...profiles({ ...dnx, psnr: 50 }, [
    'DNxHR SQ dnxhr_sq 8 422',
    'DNxHR HQ dnxhr_hq 8 422',
    'DNxHR HQX dnxhr_hqx 10 422',
    'DNxHR 444 dnxhr_444 10 444',
  ]),
];

/** `I422P10`, with alpha `I422AP10`. */
export function pixelFormat({ bits, chroma }: Pick<VideoProfile, 'bits' | 'chroma'>, alpha = false): string {
  return `I${chroma}${alpha ? 'A' : ''}${bits === 8 ? '' : `P${bits}`}`;
}

/** The same in ffmpeg's words. */
export function judgeFormat(format: string): string {
  const [, chroma, alpha, bits] = /^I(\d+)(A?)(?:P(\d+))?$/.exec(format) ?? [];
  return `yuv${alpha ? 'a' : ''}${chroma}p${bits ? `${bits}le` : ''}`;
}
