/** Counts of a run between its samples. Called by overTime.ts and trace.ts. */

import { minus, plus, type Counts } from '../../statistics/counts.js';
import { median } from '../../statistics/statistics.js';
import type { RunDocument } from './document.js';

/** Counts of one interval of time; `seconds` of it were spent running trials. */
export interface Bin extends Pick<Counts, 'trials' | 'failures' | 'seconds'> {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Returns the intervals between samples. A last one that is much shorter than the others is joined to the one before. */
export function binsOf({ samples }: RunDocument): Bin[] {
  const bins: Bin[] = [];
  let last = { ms: 0, trials: 0, failures: 0 };
  for (const sample of samples) {
    if (!(sample.ms > last.ms)) continue;
    const { trials, failures } = minus(sample, last);
    bins.push({
      fromMs: last.ms,
      toMs: sample.ms,
      seconds: (sample.ms - last.ms) / 1000,
      trials: Math.max(0, trials),
      failures: Math.max(0, failures),
    });
    last = sample;
  }
  if (bins.length < 2) return bins;
  const usual = median(bins.map(({ fromMs, toMs }) => toMs - fromMs));
  const end = bins.at(-1)!;
  if (end.toMs - end.fromMs > usual / 2) return bins;
  const before = bins.at(-2)!;
  return [...bins.slice(0, -2), { fromMs: before.fromMs, toMs: end.toMs, ...plus(before, end) }];
}
