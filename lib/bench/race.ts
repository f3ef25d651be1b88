/** Part `xen-pin` of the bench. Called by bench.ts. */

import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { SYNC_MODES } from '../harness/plan.js';
import { benchRun } from './benchRun.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const MODE_MS = 1500;
/** The long run of the merged fix. */
const LONG_TRIALS = 10_000_000;

/** Measures xen-pin's buggy form in each mode, alternating, then the merged fix for ten million trials. */
export async function measureXenPin(options: BenchOptions): Promise<Figure[]> {
  const { race, url } = await loadRace(raceUrl('xen-pin')!);
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    for (const sync of SYNC_MODES) {
      options.onPart(`xen-pin buggy, ${sync}, round ${round + 1} of ${options.rounds}`);
      const knobs = sync === 'free' ? { path: 'fork-exit' } : {};
      const outcome = await benchRun({ race, url, variant: 'buggy', knobs, sync }, { ms: MODE_MS });
      samples.add(`${sync}.trials`, outcome.trials / outcome.seconds);
      samples.add(`${sync}.failures`, outcome.failures / outcome.seconds);
    }
  }
  options.onPart(`xen-pin merged fix, ${LONG_TRIALS} trials`);
  const merged = { race, url, variant: race.merged, countsCollections: true };
  const long = await benchRun(merged, { trials: LONG_TRIALS });
  return [
    ...SYNC_MODES.flatMap((sync) => [
      figure(
        `xen_pin.${sync}.trials_per_s`,
        '/s',
        samples.of(`${sync}.trials`),
        sync === 'rendezvous' ? '>= 500000' : undefined,
      ),
      figure(
        `xen_pin.${sync}.failures_per_s`,
        '/s',
        samples.of(`${sync}.failures`),
        sync === 'rendezvous' ? '>= 25000' : undefined,
      ),
    ]),
    figure(
      'xen_pin.rendezvous_over_stride_failures',
      'ratio',
      samples.ratio('rendezvous.failures', 'stride.failures'),
      '>= 30',
    ),
    figure('xen_pin.merged_fix.trials', 'trials', [long.trials]),
    figure('xen_pin.merged_fix.failures', 'failures', [long.failures], '= 0'),
    figure('xen_pin.merged_fix.near_misses', 'trials', [long.nearMisses]),
    figure('gc.collections_in_trial_loop', 'collections', [long.collections], '= 0'),
  ];
}
