/** Finds counts that contradict each other. Called on the host by spoilt.ts. */

import type { HostMachine, MachineCounts } from './machine.js';
import { trialsOf, type Plan } from '../plan.js';

/**
 * Returns why the counts of a run cannot be what its CPUs counted; null if they can. They lie in the memory that the
 * race can store to (`cpu.mem`), so they are compared with each other and with what was asked for. `isWhole`: the CPUs
 * have finished the run, so that each round is counted.
 */
export function wrongCounts(plan: Plan, machines: readonly HostMachine[], isWhole: boolean): string | null {
  const most = machines.map((machine) => Math.max(plan.round, machine.map.shape.instances));
  for (const [m, machine] of machines.entries()) {
    const wrong = contradiction(machine.counts(), trialsOf(plan, m), most[m], isWhole ? 0 : 1);
    if (wrong !== null)
      return `the counts of machine ${m} were stored over: ${wrong}; a store of the race outside of its instance, by cpu.mem`;
  }
  return null;
}

/**
 * Returns why these counts contradict each other or what was asked for; null if they do not. `open`: rounds that may be
 * partly counted, 0 or 1.
 * A failure of the trial that cuts a round of a standing workload short is counted without it.
 */
export function contradiction(counts: MachineCounts, asked: number, most: number, open: number): string | null {
  const { trials, rounds, failures, nearMisses, signatures } = counts;
  const least = Math.min(trials, rounds, failures, nearMisses, ...signatures);
  const sum = signatures.reduce((n, count) => n + count, 0);
  if (least < 0) return `a count of ${least}`;
  if (trials > asked) return `${trials} trials, where ${asked} were asked for`;
  if (trials > (rounds + open) * most) return `${trials} trials in ${rounds} rounds of at most ${most}`;
  // While the CPUs run, one more may fail between two looks.
  if (sum > failures || (open === 0 && sum !== failures)) return `${failures} failures, and ${sum} by signature`;
  if (failures > trials + rounds + open * most) return `${failures} failures in ${trials} trials`;
  return nearMisses > trials + open * most ? `${nearMisses} near misses in ${trials} trials` : null;
}
