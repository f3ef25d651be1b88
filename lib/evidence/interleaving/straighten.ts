/** Removes context switches from an interleaving that anyOrder.ts has found. Called by reconstruct.ts. */

import type { Problem } from './problem.js';

/**
 * Returns an interleaving of the same accesses with the same values and fewer switches: the order of the accesses to each
 * word stays, and each CPU runs as far as it can.
 */
export function straighten(problem: Problem, pred: Int32Array, order: readonly number[]): number[] {
  const { cpus, starts, lengths } = problem;
  const needs = needsOf(problem, pred, order);
  const positions = new Int32Array(cpus);
  const canRun = (cpu: number, at: number): boolean => {
    if (at === lengths[cpu]) return false;
    const a = starts[cpu] + at;
    for (let c = 0; c < cpus; c++) if (c !== cpu && needs[a * cpus + c] > positions[c]) return false;
    return true;
  };
  const reach = (cpu: number): number => {
    let at = positions[cpu];
    while (canRun(cpu, at)) at++;
    return at;
  };
  const straight: number[] = [];
  while (straight.length < order.length) {
    let best = -1;
    let score = 0;
    for (let cpu = 0; cpu < cpus; cpu++) {
      const end = reach(cpu);
      const ran = end - positions[cpu];
      // A CPU that reaches its end need not be switched to again.
      const worth = ran === 0 ? 0 : ran + (end === lengths[cpu] ? order.length : 0);
      if (worth > score) [best, score] = [cpu, worth];
    }
    for (const end = reach(best); positions[best] < end; positions[best]++) straight.push(best);
  }
  return straight;
}

/** Returns for each access and CPU how many accesses of that CPU must precede it, by the records and by the order on each word. */
function needsOf(problem: Problem, pred: Int32Array, order: readonly number[]): Int32Array {
  const { cpus, starts, word, before, after } = problem;
  const needs = pred.slice();
  const positions = new Int32Array(cpus);
  const lastStore = new Int32Array(problem.words).fill(-1);
  const loads: number[][] = Array.from({ length: problem.words }, () => []);
  const put = (a: number, b: number): void => {
    const at = b * cpus + problem.cpuOf[a];
    needs[at] = Math.max(needs[at], a - starts[problem.cpuOf[a]] + 1);
  };
  for (const cpu of order) {
    const a = starts[cpu] + positions[cpu]++;
    const w = word[a];
    if (lastStore[w] >= 0 && problem.cpuOf[lastStore[w]] !== cpu) put(lastStore[w], a);
    if (before[a] === after[a]) {
      loads[w].push(a);
      continue;
    }
    for (const load of loads[w]) if (problem.cpuOf[load] !== cpu) put(load, a);
    loads[w] = [];
    lastStore[w] = a;
  }
  return needs;
}
