/**
 * Reduces a trace to the accesses that decide its interleaving, and expands the answer to the whole trace again. Called
 * by reconstruct.ts; the searches work on the reduced problem.
 */

import type { Access, Edge, Place, Trace } from './trace.js';

/**
 * The part of a trace that decides: accesses to words that several CPUs touch and at least one changes. A run of equal loads
 * counts as one. All other accesses follow the one before them and cost no switch.
 */
export interface Problem {
  readonly cpus: number;
  /** Accesses of each CPU that are kept. */
  readonly lengths: readonly number[];
  /** Index of a CPU's first kept access in the arrays below; the others follow. */
  readonly starts: readonly number[];
  readonly count: number;
  readonly cpuOf: Int32Array;
  /** Words are numbered from 0, and so are the values of each word. */
  readonly word: Int32Array;
  readonly before: Int32Array;
  readonly after: Int32Array;
  readonly words: number;
  /** Value number of each word at the beginning. */
  readonly initial: Int32Array;
  /** Values are numbered through all words: `valueBase[w] + v`. */
  readonly valueBase: Int32Array;
  readonly values: number;
  readonly edges: readonly { readonly from: number; readonly to: number }[];
  /** For each access of each CPU, the kept access that it is or follows; -1 for those before the first. */
  readonly keptAt: readonly Int32Array[];
}

/** An access of which only the place in the order counts. No real address is negative. */
const PLACE_ALONE: Access = Object.freeze({ address: -1, before: 0, after: 0 });

/** Reduces a trace to the accesses that decide. Returns undefined if the others already contradict each other. */
export function reduce(trace: Trace): Problem | undefined {
  const shared = sharedWords(trace);
  if (!isPlainElsewhere(trace, shared)) return undefined;
  const pinned = pinnedPlaces(trace.edges, trace.cpus.length);
  const keptAt: Int32Array[] = [];
  const kept: Access[][] = trace.cpus.map((accesses, cpu) => {
    const list: Access[] = [];
    const at = new Int32Array(accesses.length);
    for (const [i, access] of accesses.entries()) {
      if (shared.has(access.address)) {
        if (pinned[cpu].has(i) || !repeats(list.at(-1), access)) list.push(access);
      } else if (pinned[cpu].has(i)) list.push(PLACE_ALONE);
      at[i] = list.length - 1;
    }
    keptAt.push(at);
    return list;
  });
  return build(trace, kept, keptAt);
}

/** Returns the words that more than one CPU touches and at least one changes. */
function sharedWords(trace: Trace): Set<number> {
  const owner = new Map<number, number>();
  const changed = new Set<number>();
  for (const [cpu, accesses] of trace.cpus.entries()) {
    for (const { address, before, after } of accesses) {
      const first = owner.get(address);
      if (first === undefined) owner.set(address, cpu);
      else if (first !== cpu) owner.set(address, -1);
      if (before !== after) changed.add(address);
    }
  }
  return new Set([...changed].filter((address) => owner.get(address) === -1));
}

/** Whether the words that do not decide always hold what their only CPU stored there, or their first value. */
function isPlainElsewhere(trace: Trace, shared: ReadonlySet<number>): boolean {
  const memory = new Map(trace.initial);
  return trace.cpus.every((accesses) =>
    accesses.every(({ address, before, after }) => {
      if (shared.has(address)) return true;
      const holds = memory.get(address) ?? 0;
      if (before !== after) memory.set(address, after);
      return holds === before;
    }),
  );
}

function pinnedPlaces(edges: readonly Edge[], cpus: number): Set<number>[] {
  const pinned = Array.from({ length: cpus }, () => new Set<number>());
  for (const { from, to } of edges) for (const { cpu, index } of [from, to]) pinned[cpu].add(index);
  return pinned;
}

/** Whether the access is a load directly after an equal one, which can always run at once. */
function repeats(last: Access | undefined, access: Access): boolean {
  return (
    last !== undefined &&
    access.before === access.after &&
    last.before === last.after &&
    last.address === access.address &&
    last.after === access.after
  );
}

function build(trace: Trace, kept: readonly Access[][], keptAt: readonly Int32Array[]): Problem {
  const numbers = new Map<number, number>();
  const valueNumbers: Map<number, number>[] = [];
  const numberOf = (address: number): number => {
    let w = numbers.get(address);
    if (w === undefined) {
      w = numbers.size;
      numbers.set(address, w);
      valueNumbers.push(new Map([[trace.initial.get(address) ?? 0, 0]]));
    }
    return w;
  };
  const valueOf = (w: number, value: number): number => {
    const known = valueNumbers[w];
    const v = known.get(value) ?? known.size;
    known.set(value, v);
    return v;
  };
  const all = kept.flat();
  const count = all.length;
  const word = Int32Array.from(all, ({ address }) => numberOf(address));
  const before = Int32Array.from(all, (access, i) => valueOf(word[i], access.before));
  const after = Int32Array.from(all, (access, i) => valueOf(word[i], access.after));
  const lengths = kept.map((list) => list.length);
  const starts = lengths.map((_, c) => lengths.slice(0, c).reduce((n, length) => n + length, 0));
  const valueBase = new Int32Array(numbers.size);
  let values = 0;
  for (const [w, known] of valueNumbers.entries()) {
    valueBase[w] = values;
    values += known.size;
  }
  const idOf = ({ cpu, index }: Place): number => starts[cpu] + keptAt[cpu][index];
  return {
    cpus: kept.length,
    lengths,
    starts,
    count,
    cpuOf: Int32Array.from(kept.flatMap((list, cpu) => list.map(() => cpu))),
    word,
    before,
    after,
    words: numbers.size,
    initial: new Int32Array(numbers.size),
    valueBase,
    values,
    edges: trace.edges.map(({ from, to }) => ({ from: idOf(from), to: idOf(to) })),
    keptAt,
  };
}

/** Returns the interleaving of the whole trace, given one of its kept accesses. CPUs without a kept access run last. */
export function expand(problem: Problem, order: readonly number[]): number[] {
  const whole: number[] = [];
  const next = problem.keptAt.map(() => 0);
  const run = (cpu: number, upTo: number): void => {
    const at = problem.keptAt[cpu];
    for (; next[cpu] < at.length && at[next[cpu]] <= upTo; next[cpu]++) whole.push(cpu);
  };
  const done = problem.keptAt.map(() => 0);
  for (const cpu of order) run(cpu, done[cpu]++);
  for (let cpu = 0; cpu < problem.cpus; cpu++) run(cpu, Infinity);
  return whole;
}
