import type { HostMachine, MachineCounts } from './machine.js';
import { trialsOf, type Plan } from './plan.js';

/**
 * Why the counts of a run that has come to its end cannot be what its CPUs counted; null if they can. They lie in the memory
 * that the race can store to (`cpu.mem`), so they are compared with each other and with what was asked for.
 */
export function wrongCounts(plan: Plan, machines: readonly HostMachine[]): string | null {
  const most = machines.map((machine) => Math.max(plan.round, machine.map.shape.instances));
  for (const [m, machine] of machines.entries()) {
    const wrong = contradiction(machine.counts(), trialsOf(plan, m), most[m]);
    if (wrong !== null)
      return `the counts of machine ${m} were stored over: ${wrong}; a store of the race outside of its instance, by cpu.mem`;
  }
  return null;
}

/** A failure of the trial that cuts a round of a standing workload short is counted without it. */
export function contradiction(counts: MachineCounts, asked: number, most: number): string | null {
  const { trials, rounds, failures, nearMisses, signatures } = counts;
  const sum = signatures.reduce((n, count) => n + count, 0);
  if (trials > asked) return `${trials} trials, where ${asked} were asked for`;
  if (trials > rounds * most) return `${trials} trials in ${rounds} rounds of at most ${most}`;
  if (sum !== failures) return `${failures} failures, and ${sum} by signature`;
  if (failures > trials + rounds) return `${failures} failures in ${trials} trials`;
  return nearMisses > trials ? `${nearMisses} near misses in ${trials} trials` : null;
}
