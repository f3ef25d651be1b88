/**
 * What a CPU takes from one thread to the other when they exchange their CPUs: its block and its per-CPU area, as the thread that
 * leaves it knows them. Called by exchanges.ts.
 *
 * Both are the CPU's own, so no step of the search stores there; what is in them follows from the history of the thread that ran the
 * CPU. So the contents get a number, which the search hands to the thread that comes.
 */

import { blockOf, type Cpu } from '../../machine/cpu.js';
import { CPU } from '../../machine/layout.js';
import type { Boot } from './boot.js';
import { LINE_STATE_WORDS, type OwnLines } from './ownLines.js';
import { ExploreRefusal } from './refusal.js';

/** The CPUs that one thread has run. */
export class CpuAreas {
  readonly #boot: Boot;
  /** What was in the areas of each CPU when the thread left it; its first state for one that it never ran. */
  readonly #left = new Map<number, Int32Array>();
  readonly #lines: OwnLines;
  #usual: Int32Array | undefined;

  constructor(boot: Boot, lines: OwnLines) {
    this.#boot = boot;
    this.#lines = lines;
  }

  /** Begins a trial. */
  forget(): void {
    this.#left.clear();
  }

  /** Returns the number of what is in the areas of the thread's CPU. */
  leave(cpu: Cpu): number {
    // Compared with the first state of one CPU, whatever CPU it is: equal contents have one number.
    this.#usual ??= this.#areasOf(this.#boot.first, 0);
    return this.#boot.left.numberOf(this.#contentOf(cpu), this.#usual);
  }

  /** Notes that the thread has left its CPU, and fills the areas of the one that it takes. Nothing is compared in memory that was spoilt. */
  enter(cpu: Cpu, id: number, number: number, isSpoilt: boolean): void {
    const { mem } = cpu;
    this.#left.set(cpu.id, this.#contentOf(cpu));
    const known = this.#left.get(id) ?? this.#areasOf(this.#boot.first, id);
    if (!isSpoilt && this.#isChanged(mem, id, known))
      throw new ExploreRefusal(
        `race ${this.#boot.race.name}: the actor of CPU ${cpu.home} stored per-CPU words of CPU ${id} without an instruction while another thread ran that CPU`,
      );
    const content = this.#boot.left.contentOf(number);
    const { map } = this.#boot;
    mem.set(content.subarray(0, CPU.WORDS), blockOf(map, id));
    const behind = CPU.WORDS + map.percpuStride;
    mem.set(content.subarray(CPU.WORDS, behind), map.percpu + id * map.percpuStride);
    this.#lines.stateOf(id).set(content.subarray(behind));
  }

  /** Returns what is in the areas of the thread's CPU, and what it knows of its lines. */
  #contentOf(cpu: Cpu): Int32Array {
    const content = this.#areasOf(cpu.mem, cpu.id);
    content.set(this.#lines.stateOf(cpu.id), content.length - LINE_STATE_WORDS);
    return content;
  }

  #areasOf(mem: Int32Array, id: number): Int32Array {
    const { map } = this.#boot;
    const block = blockOf(map, id);
    const area = map.percpu + id * map.percpuStride;
    const content = new Int32Array(CPU.WORDS + map.percpuStride + LINE_STATE_WORDS);
    content.set(mem.subarray(block, block + CPU.WORDS));
    content.set(mem.subarray(area, area + map.percpuStride), CPU.WORDS);
    return content;
  }

  /** Whether a per-CPU word of the CPU has been stored since. Its block has words that others write: who raises a line, say. */
  #isChanged(mem: Int32Array, id: number, known: Int32Array): boolean {
    const { map } = this.#boot;
    const area = map.percpu + id * map.percpuStride;
    for (let i = 0; i < map.percpuStride; i++) if (mem[area + i] !== known[CPU.WORDS + i]) return true;
    return false;
  }
}
