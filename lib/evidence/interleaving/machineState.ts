/**
 * The memory and the positions of all CPUs at one point of an interleaving. Used by the searches of this folder, which
 * run and undo accesses on it.
 */

import type { Problem } from './problem.js';

/**
 * The position of every CPU and the value of every word. The values follow from the positions, since every store is known
 * with the value that it overwrites: all ways to the same positions end in the same memory.
 */
export class MachineState {
  readonly positions: Int32Array;
  readonly memory: Int32Array;
  /** Accesses still to come. */
  left: number;
  /** Loads still to come, and stores still to come, by value of a word. */
  readonly #readers: Int32Array;
  readonly #writers: Int32Array;
  /** For each CPU and word, the index behind the CPU's last access of it. */
  readonly #lastTouch: Int32Array;
  readonly #p: Problem;
  readonly #pred: Int32Array;

  constructor(problem: Problem, pred: Int32Array) {
    const { cpus, count, word, before, after, valueBase } = problem;
    this.#p = problem;
    this.#pred = pred;
    this.positions = new Int32Array(cpus);
    this.memory = problem.initial.slice();
    this.left = count;
    this.#readers = new Int32Array(problem.values);
    this.#writers = new Int32Array(problem.values);
    this.#lastTouch = new Int32Array(cpus * problem.words);
    for (let a = 0; a < count; a++) {
      const base = valueBase[word[a]];
      if (before[a] === after[a]) this.#readers[base + after[a]]++;
      else this.#writers[base + after[a]]++;
      const cpu = problem.cpuOf[a];
      this.#lastTouch[cpu * problem.words + word[a]] = a - problem.starts[cpu] + 1;
    }
  }

  /** Returns the CPU's next access, or -1. */
  next(cpu: number): number {
    const { starts, lengths } = this.#p;
    const at = this.positions[cpu];
    return at === lengths[cpu] ? -1 : starts[cpu] + at;
  }

  /** Whether the CPU's next access would read the recorded value, and all that must precede it has run. */
  canRun(cpu: number): boolean {
    const a = this.next(cpu);
    const { cpus, word, before } = this.#p;
    if (a < 0 || this.memory[word[a]] !== before[a]) return false;
    for (let c = 0; c < cpus; c++) if (c !== cpu && this.#pred[a * cpus + c] > this.positions[c]) return false;
    return true;
  }

  isLoad(a: number): boolean {
    return this.#p.before[a] === this.#p.after[a];
  }

  /** Whether no other CPU touches the word of an access any more. */
  isPrivate(a: number, cpu: number): boolean {
    const { cpus, word, words } = this.#p;
    for (let c = 0; c < cpus; c++)
      if (c !== cpu && this.#lastTouch[c * words + word[a]] > this.positions[c]) return false;
    return true;
  }

  /** Whether the store overwrites a value that some CPU still has to load and none will store again. */
  losesValue(a: number): boolean {
    const { word, before, valueBase } = this.#p;
    const v = valueBase[word[a]] + before[a];
    return this.#writers[v] === 0 && this.#readers[v] > 0;
  }

  run(cpu: number): void {
    const a = this.next(cpu);
    this.positions[cpu]++;
    this.left--;
    this.#account(a, -1);
    this.memory[this.#p.word[a]] = this.#p.after[a];
  }

  /** Undoes the CPU's last access. */
  undo(cpu: number): void {
    this.positions[cpu]--;
    this.left++;
    const a = this.next(cpu);
    this.#account(a, 1);
    this.memory[this.#p.word[a]] = this.#p.before[a];
  }

  #account(a: number, n: number): void {
    const { word, before, after, valueBase } = this.#p;
    const v = valueBase[word[a]] + after[a];
    if (before[a] === after[a]) this.#readers[v] += n;
    else this.#writers[v] += n;
  }

  /** Sets other positions and the memory that belongs to them. */
  moveTo(positions: Int32Array, at: number, memory: Int32Array, memoryAt: number): void {
    const { cpus, starts } = this.#p;
    for (let c = 0; c < cpus; c++) {
      const target = positions[at + c];
      for (let i = this.positions[c]; i < target; i++) this.#account(starts[c] + i, -1);
      for (let i = this.positions[c] - 1; i >= target; i--) this.#account(starts[c] + i, 1);
      this.left -= target - this.positions[c];
      this.positions[c] = target;
    }
    for (let w = 0; w < this.memory.length; w++) this.memory[w] = memory[memoryAt + w];
  }
}
