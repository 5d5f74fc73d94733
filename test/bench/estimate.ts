/** A mean and how sure it is. */
export interface Estimate {
  mean: number;
  /** Standard error of the mean. */
  error: number;
}

/** Part of the values at each end that is left out: what else a machine does now and then shows there. */
const outlying = 0.1;

/**
 * The trimmed geometric mean of speeds or of their ratios: as fast and half as fast are then as far apart as as fast and
 * twice as fast. Its standard error is that of the winsorised logarithms (Tukey and McLaughlin, 1963).
 */
export function estimate(values: readonly number[]): Estimate {
  const sorted = values.map(Math.log).sort((a, b) => a - b);
  const cut = Math.floor(outlying * sorted.length);
  const kept = sorted.slice(cut, sorted.length - cut);
  const least = kept[0] ?? Number.NaN;
  const most = kept.at(-1) ?? Number.NaN;
  const drawnIn = sorted.map((value) => Math.min(Math.max(value, least), most));
  const center = average(drawnIn);
  const variance = drawnIn.reduce((sum, value) => sum + (value - center) ** 2, 0) / (sorted.length - 1);
  const mean = Math.exp(average(kept));
  return { mean, error: (mean * Math.sqrt(variance / sorted.length)) / (kept.length / sorted.length) };
}

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
