/** Part `claims` of the bench. Called by bench.ts. */

import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { benchRun } from './benchRun.js';
import { figure, type BenchOptions, type Figure } from './figure.js';

const TRIALS = 10_000_000;
const FLUSHES = ['flush-set-pmd', 'flush-preempt-off'] as const;

/**
 * Tests the claim of lazy-mmu's mail: while the rules hold, a flush with preemption off does the same as the flush alone. It runs
 * ten million trials of each, with tasks that migrate as often as possible. Neither may fail.
 */
export async function measureClaims(options: BenchOptions): Promise<Figure[]> {
  const { race, url } = await loadRace(raceUrl('lazy-mmu')!);
  const figures: Figure[] = [];
  for (const variant of FLUSHES) {
    options.onPart(`lazy-mmu ${variant} while the rules hold, ${TRIALS} trials`);
    const outcome = await benchRun({ race, url, variant, knobs: { migrate: 'always' } }, { trials: TRIALS });
    const name = `lazy_mmu.rules_hold.${variant.replaceAll('-', '_')}`;
    figures.push(
      figure(`${name}.trials`, 'trials', [outcome.trials], `= ${TRIALS}`),
      figure(`${name}.failures`, 'failures', [outcome.failures], '= 0'),
    );
  }
  return figures;
}
