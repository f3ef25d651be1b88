/** Part `locks` of the bench. Called by bench.ts. */

import { perSecond } from './crowd.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';

const MEASURE_MS = 300;

/**
 * Measures acquisitions per second of one spinlock by 2 CPUs that do nothing else, each with owner, site and record: as in a run, and
 * without lockdep. A handover gives the lock to the other CPU. The lock is unfair, so one CPU often takes it again while the other
 * spins.
 */
export async function measureLocks(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  for (let round = 0; round < options.rounds; round++) {
    options.onPart(`a contended lock, round ${round + 1} of ${options.rounds}`);
    for (const lockdep of [true, false]) {
      const reports = await perSecond({ work: 'lock', cpus: 2, measureMs: MEASURE_MS, lockdep });
      const sum = (of: 'done' | 'handovers'): number => reports.reduce((n, report) => n + report[of], 0);
      samples.add(`taken ${lockdep}`, sum('done'));
      samples.add(`handed over ${lockdep}`, sum('handovers'));
    }
    const [echo] = await perSecond({ work: 'echo', cpus: 2, measureMs: MEASURE_MS });
    samples.add('echo', echo.done);
  }
  return [
    figure('locks.contended.per_s.2', '/s', samples.of('taken true'), '>= 4000000'),
    figure('locks.contended.handovers_per_s.2', '/s', samples.of('handed over true')),
    figure('locks.contended.without_lockdep.per_s.2', '/s', samples.of('taken false')),
    figure('locks.contended.over_bare_echo', 'ratio', samples.ratio('taken true', 'echo'), undefined, 'higher'),
  ];
}
