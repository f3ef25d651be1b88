/** Part `shootdowns` of the bench. Called by bench.ts. */

import { perSecond } from './crowd.js';
import type { WorkName } from './crowdWork.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const TARGET = '>= 1000000';
const MEASURE_MS = 300;
/** What the other CPU does. */
const WORKS = ['shoot-running', 'shoot-idle', 'shoot-each-other', 'echo'] as const satisfies readonly WorkName[];

/**
 * Measures TLB shootdowns per second at 2 CPUs, each by an IPI whose handler flushes, and each waited for: while the other CPU runs
 * memory instructions, while it idles, and while it sends as many of its own. A bare round trip between the two threads is measured
 * for the ratio.
 */
export async function measureShootdowns(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`TLB shootdowns, round ${round + 1} of ${options.rounds}`);
    for (const work of WORKS) {
      const reports = await perSecond({ work, cpus: 2, measureMs: MEASURE_MS });
      samples.add(
        work,
        reports.reduce((sum, { done }) => sum + done, 0),
      );
    }
  }
  return [
    figure('shootdowns.running.per_s.2', '/s', samples.of('shoot-running'), TARGET),
    figure('shootdowns.idle.per_s.2', '/s', samples.of('shoot-idle'), TARGET),
    figure('shootdowns.each_other.per_s.2', '/s', samples.of('shoot-each-other')),
    figure('shootdowns.running.over_bare_echo', 'ratio', samples.ratio('shoot-running', 'echo'), undefined, 'higher'),
    figure('shootdowns.idle.over_bare_echo', 'ratio', samples.ratio('shoot-idle', 'echo'), undefined, 'higher'),
  ];
}
