/** How great a picture a level allows. Rates are left out: what a configuration says of them is an expectation. */
import type { ParsedVideoCodec } from '../protocol/codec-strings.js';

interface LevelLimits {
  /** Side of the square blocks that the standard counts in. */
  block: number;
  /** Blocks of the greatest picture, by level_idc. */
  pictures: ReadonlyMap<number, number>;
}

/** H.264, table A-1: MaxFS, macroblocks. */
const avc: LevelLimits = {
  block: 16,
  pictures: new Map([
    [9, 99],
    [10, 99],
    [11, 396],
    [12, 396],
    [13, 396],
    [20, 396],
    [21, 792],
    [22, 1620],
    [30, 1620],
    [31, 3600],
    [32, 5120],
    [40, 8192],
    [41, 8192],
    [42, 8704],
    [50, 22_080],
    [51, 36_864],
    [52, 36_864],
    [60, 139_264],
    [61, 139_264],
    [62, 139_264],
  ]),
};

/** H.265, table A.8: MaxLumaPs, samples. */
const hevc: LevelLimits = {
  block: 1,
  pictures: new Map([
    [30, 36_864],
    [60, 122_880],
    [63, 245_760],
    [90, 552_960],
    [93, 983_040],
    [120, 2_228_224],
    [123, 2_228_224],
    [150, 8_912_896],
    [153, 8_912_896],
    [156, 8_912_896],
    [180, 35_651_584],
    [183, 35_651_584],
    [186, 35_651_584],
    [189, 80_216_064],
  ]),
};

/** Both standards: no side is longer than √(8 × the greatest picture). */
const longestSideFactor = 8;

/**
 * Whether the codec string's level allows pictures of this size. VP9 and AV1 always do: VP9's stream says no level,
 * AV1's encoders write the one that the stream has, and programs name any level there, for browsers don't look at it.
 */
export function levelAllows({ codec, level }: ParsedVideoCodec, width: number, height: number): boolean {
  const limits = codec === 'h264' ? avc : codec === 'hevc' ? hevc : null;
  const greatest = level === null ? undefined : limits?.pictures.get(level);
  if (!limits || greatest === undefined) return true;
  const columns = Math.ceil(width / limits.block);
  const rows = Math.ceil(height / limits.block);
  const longest = Math.sqrt(longestSideFactor * greatest);
  return columns * rows <= greatest && columns <= longest && rows <= longest;
}
