import type { Access, Edge, Place, Trace } from './trace.js';

/**
 * The part of a trace that decides: accesses to words that several CPUs touch and somebody changes, with runs of equal
 * loads taken for one. The rest goes along with the access before it and costs no switch.
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
  /** For each access of each CPU, the kept one that it is or goes along with; -1 for those in front of the first. */
  readonly keptAt: readonly Int32Array[];
}

/** An access that counts for its place in an order alone. No address is negative. */
const PLACE_ALONE: Access = Object.freeze({ address: -1, before: 0, after: 0 });

/** Reduces a trace to what decides. Undefined if what does not decide contradicts itself already. */
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

/** Words that more than one CPU touches and somebody changes. */
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

/** Whether the words that do not decide hold what their only CPU stored there, or what they always held. */
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

/** A load directly after an equal one can always come at once. */
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

/** The order of the whole trace, from one of its kept accesses. A CPU without any comes last. */
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
