/**
 * Goal: a machine with store buffers does what x86-TSO allows and nothing else, whatever the order of its steps; and one without
 * does what sequential consistency allows.
 * Method: every order of the steps of each litmus test is run on the machine: an instruction of a CPU, or the oldest store of a
 * buffer becoming visible. States that were met before are left out.
 */
import test from 'ava';
import { READ_ONCE, WRITE_ONCE, smp_mb } from '../../../lib/machine/access.js';
import { CPU } from '../../../lib/machine/layout.js';
import type { MemoryModel } from '../../../lib/machine/memoryModel.js';
import { boot, type Machine } from '../boot.js';
import { LITMUS, outcomeOf, type Litmus } from './litmus.js';

const WORDS = 2;

/** All that the rest of an order depends on, as words. */
interface State {
  readonly positions: readonly number[];
  readonly registers: readonly (readonly number[])[];
  readonly memory: readonly Int32Array[];
}

class Explorer {
  readonly outcomes = new Set<string>();
  readonly #test: Litmus;
  readonly #machine: Machine;
  readonly #seen = new Set<string>();

  constructor(litmus: Litmus, memory: MemoryModel) {
    this.#test = litmus;
    this.#machine = boot({ cpus: litmus.cpus.length, words: WORDS, memory, recording: false });
  }

  explore(positions: readonly number[], registers: readonly (readonly number[])[]): void {
    const state = { positions, registers, memory: this.#parts().map((part) => part.slice()) };
    const key = JSON.stringify([positions, registers, state.memory.map((part) => [...part])]);
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    let isEnd = true;
    for (const [c, cpu] of this.#machine.cpus.entries()) {
      if (cpu.mem[cpu.block + CPU.buffered] !== 0) {
        isEnd = false;
        cpu.isa.drainOne(cpu.base);
        this.explore(positions, registers);
        this.#restore(state);
      }
      if (positions[c] < this.#test.cpus[c].length) {
        isEnd = false;
        const value = this.#run(c, positions[c]);
        const read = value === undefined ? registers : registers.with(c, [...registers[c], value]);
        this.explore(positions.with(c, positions[c] + 1), read);
        this.#restore(state);
      }
    }
    const { mem, at } = this.#machine;
    if (isEnd)
      this.outcomes.add(
        outcomeOf(
          registers,
          this.#test.finals.map((word) => mem[at + word]),
        ),
      );
  }

  #run(c: number, position: number): number | undefined {
    const cpu = this.#machine.cpus[c];
    const { at } = this.#machine;
    const [kind, word = 0, value = 0] = this.#test.cpus[c][position];
    if (kind === 'R') return READ_ONCE(cpu, at + word);
    if (kind === 'W') WRITE_ONCE(cpu, at + word, value);
    else smp_mb(cpu);
    return undefined;
  }

  /** The words of the instance, and what there is of each store buffer. */
  #parts(): Int32Array[] {
    const { mem, at, cpus } = this.#machine;
    const buffers = cpus.map(({ block }) => mem.subarray(block + CPU.buffered, block + CPU.WORDS));
    return [mem.subarray(at, at + WORDS), ...buffers];
  }

  #restore({ memory }: State): void {
    for (const [i, part] of this.#parts().entries()) part.set(memory[i]);
  }
}

function outcomesOf(litmus: Litmus, memory: MemoryModel): string[] {
  const explorer = new Explorer(litmus, memory);
  explorer.explore(
    litmus.cpus.map(() => 0),
    litmus.cpus.map(() => []),
  );
  return [...explorer.outcomes].toSorted();
}

for (const [name, litmus] of Object.entries(LITMUS)) {
  test(`${name}: all orders of the steps of a machine with store buffers have the outcomes of x86-TSO`, (t) => {
    t.deepEqual(outcomesOf(litmus, 'tso'), [...litmus.sc, ...litmus.relaxed].toSorted());
  });

  test(`${name}: all orders of the steps of a machine without have the outcomes of sequential consistency`, (t) => {
    t.deepEqual(outcomesOf(litmus, 'sc'), litmus.sc.toSorted());
  });
}
