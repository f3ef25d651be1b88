/** The state that a task takes along when it changes its CPU. Used on the CPU's thread by migration.ts. */

import { CPU, FRAME, HELD, HELD_CLASSES, HELD_MAX, STACK_MAX } from './layout.js';

/**
 * What a task takes along when it continues on another CPU: where it is, its shadow call stack, whether it runs, the locks that
 * it holds: those that sleep, since who holds another one is not preempted. Made
 * once for each thread.
 */
export class TaskState {
  readonly #frames = new Array<number>(STACK_MAX * FRAME.WORDS).fill(0);
  readonly #locks = new Array<number>(HELD_MAX * HELD.WORDS).fill(0);
  readonly #classes = new Array<number>((HELD_MAX + 1) * HELD_CLASSES.WORDS).fill(0);
  #held = 0;
  #depth = 0;
  #step = 0;
  #activity = 0;
  #exitedWith = 0;

  /** Copies the state of the task that runs on the CPU with this block. */
  save(mem: Int32Array, block: number): void {
    this.#step = mem[block + CPU.step];
    this.#activity = mem[block + CPU.activity];
    this.#exitedWith = mem[block + CPU.exitedWith];
    this.#depth = mem[block + CPU.depth];
    const used = Math.min(this.#depth, STACK_MAX) * FRAME.WORDS;
    for (let i = 0; i < used; i++) this.#frames[i] = mem[block + CPU.frames + i];
    this.#held = mem[block + CPU.held];
    if (this.#held === 0) return;
    for (let i = 0; i < this.#held * HELD.WORDS; i++) this.#locks[i] = mem[block + CPU.locks + i];
    for (let i = 0; i < (this.#held + 1) * HELD_CLASSES.WORDS; i++) this.#classes[i] = mem[block + CPU.classes + i];
  }

  /** Puts the saved state onto the CPU with this block. */
  restore(mem: Int32Array, block: number): void {
    mem[block + CPU.step] = this.#step;
    mem[block + CPU.activity] = this.#activity;
    mem[block + CPU.exitedWith] = this.#exitedWith;
    mem[block + CPU.depth] = this.#depth;
    const used = Math.min(this.#depth, STACK_MAX) * FRAME.WORDS;
    for (let i = 0; i < used; i++) mem[block + CPU.frames + i] = this.#frames[i];
    mem[block + CPU.held] = this.#held;
    if (this.#held === 0) return;
    for (let i = 0; i < this.#held * HELD.WORDS; i++) mem[block + CPU.locks + i] = this.#locks[i];
    for (let i = 0; i < (this.#held + 1) * HELD_CLASSES.WORDS; i++) mem[block + CPU.classes + i] = this.#classes[i];
  }
}
