/** Small random programs, run one access at a time in a random order: what each CPU observes, and the order that it is from. */
import type { Access, Trace } from '../../../lib/evidence/interleaving/trace.js';
import { draw } from '../../../lib/machine/random.js';

export interface ProgramShape {
  readonly cpus: number;
  /** Accesses of each CPU. */
  readonly length: number;
  readonly words: number;
  readonly values: number;
  /** Percent of loads; the rest are stores, exchanges, and compare-and-swaps. */
  readonly loads: number;
}

export interface ProgramRun {
  readonly trace: Trace;
  readonly order: readonly number[];
}

export function runProgram(shape: ProgramShape, seed: number): ProgramRun {
  let n = 0;
  const below = (limit: number): number => draw(seed, 1, n++) % limit;
  const memory = new Map<number, number>();
  const cpus: Access[][] = Array.from({ length: shape.cpus }, () => []);
  const order: number[] = [];
  while (order.length < shape.cpus * shape.length) {
    const cpu = below(shape.cpus);
    if (cpus[cpu].length === shape.length) continue;
    const address = below(shape.words);
    const before = memory.get(address) ?? 0;
    const value = below(shape.values);
    const isLoad = below(100) < shape.loads || (below(3) === 0 && before !== below(shape.values));
    const after = isLoad ? before : value;
    memory.set(address, after);
    cpus[cpu].push({ address, before, after });
    order.push(cpu);
  }
  return { trace: { cpus, initial: new Map(), edges: [] }, order };
}
