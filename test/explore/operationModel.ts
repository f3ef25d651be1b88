/**
 * All ends of a random program of operations, by an interpreter that shares nothing with lib/explore and lib/kernel. Each operation is a list of
 * accesses (operationAccesses.ts); a state is written out as text, with all that each task got. Used by operationActor.ts.
 *
 * It knows memory that is sequentially consistent or x86-TSO, and tasks that share CPUs. It knows no interrupts: nothing is said of a program
 * with an operation that is not in the tables.
 */
import type { Program } from '../fixtures/operations/operation.js';
import { SECTIONS, STEPS, afterTry, atEnd, atStart } from './operationAccesses.js';
import { At, put, type Access, type ModelState, type ModelTask } from './operationState.js';

/** What is modelled. */
export interface ModelOptions {
  readonly cpus: number;
  readonly tso: boolean;
}

/** What all orders together are. */
export interface ModelEnds {
  /** The words, what each task got, and zeros for per-CPU words. */
  readonly ends: ReadonlySet<string>;
  readonly hangs: boolean;
  readonly failures: ReadonlySet<string>;
}

/** Returns the accesses of a program; null if an operation of it is not known. */
export function accessesOf(program: Program, count: number, tso: boolean): Access[] | null {
  const given = { count, tso };
  const all: Access[] = [];
  for (const part of program)
    if (typeof part === 'string') {
      const made = STEPS[part];
      if (made === undefined) return null;
      all.push(...made(given));
    } else {
      const section = SECTIONS[part.section];
      const body = accessesOf(part.body, count, tso);
      if (section === undefined || body === null) return null;
      const inside = [...body, ...section.exit(given)];
      all.push(...section.enter(given), ...(section.tries === true ? afterTry(inside.length) : []), ...inside);
    }
  return all;
}

/** All orders of some programs. */
export class OperationModel {
  readonly #programs: readonly (readonly Access[])[];
  readonly #cpus: number;
  readonly #known = new Set<string>();
  readonly #ends = new Set<string>();
  readonly #failures = new Set<string>();
  #hangs = false;

  constructor(programs: readonly (readonly Access[])[], { cpus, tso }: ModelOptions) {
    const shares = programs.length > cpus;
    this.#programs = programs.map((program) => [...(shares ? atStart : []), ...program, ...atEnd(tso)]);
    this.#cpus = cpus;
  }

  /** Returns what all orders are; null if there are more states. */
  count(statesMax: number): ModelEnds | null {
    const tasks = this.#programs.map((_, cpu): ModelTask => {
      const has = cpu < this.#cpus;
      return {
        pc: 0,
        found: [],
        own: {},
        callbacks: [],
        got: 0,
        buffer: [],
        cpu: has ? cpu : -1,
        last: -1,
        ready: !has,
      };
    });
    const left: ModelState[] = [];
    const meet = (state: ModelState): void => {
      const key = JSON.stringify(state);
      if (this.#known.has(key)) return;
      this.#known.add(key);
      left.push(state);
    };
    meet(this.#settled({ words: { sem: 1 }, tasks, failed: '' }));
    for (let state = left.pop(); state !== undefined; state = left.pop()) {
      if (this.#known.size > statesMax) return null;
      for (const next of this.#look(state)) meet(next);
    }
    return { ends: this.#ends, hangs: this.#hangs, failures: this.#failures };
  }

  /** Returns the states behind one; notes it if there are none. */
  #look(state: ModelState): ModelState[] {
    if (state.failed !== '') {
      this.#failures.add(state.failed);
      return [];
    }
    const next = state.tasks.flatMap((task, t) => [...this.#moves(state, t, task), ...drains(state, t, task)]);
    if (next.length > 0) return next.map((one) => this.#settled(one));
    if (state.tasks.some((_, t) => !this.#hasEnded(state, t))) this.#hangs = true;
    else this.#ends.add(this.#endOf(state));
    return [];
  }

  #endOf({ words, tasks }: ModelState): string {
    const shown = ['count', 'seen', 'handled', 'first', 'second', 'flag'].map((word) => words[word] ?? 0);
    return [...shown, ...tasks.map(({ got }) => got), ...Array.from({ length: this.#cpus }, () => 0)].join(' ');
  }

  #hasEnded({ tasks }: ModelState, t: number): boolean {
    return tasks[t].pc >= this.#programs[t].length;
  }

  #moves(state: ModelState, t: number, task: ModelTask): ModelState[] {
    if (task.ready) return this.#takes(state, t, task);
    const access = this.#programs[t][task.pc];
    if (access === undefined) return [];
    const next = access.next(new At(state, t));
    // Who has left its CPU in its sleep waits for one when it is over.
    return task.cpu >= 0 ? next : next.map((one) => put(one, t, { ...one.tasks[t], ready: true }));
  }

  /** Gives a task that waits for a CPU each one that another leaves. */
  #takes(state: ModelState, t: number, task: ModelTask): ModelState[] {
    return state.tasks.flatMap((other, o) => {
      if (other.cpu < 0 || ((task.own['stays'] ?? 0) > 0 && other.cpu !== task.last)) return [];
      const access = this.#programs[o][other.pc];
      if (access !== undefined && access.leaves === undefined) return [];
      const left = { ...other, cpu: -1, last: other.cpu };
      const gone = access?.leaves === 'willing' ? { ...left, pc: other.pc + 1, ready: true } : left;
      return [put(put(state, o, gone), t, { ...task, cpu: other.cpu, ready: false })];
    });
  }

  /** Passes over what is no access. */
  #settled(state: ModelState): ModelState {
    let settled = state;
    for (let t = 0; t < state.tasks.length; t++)
      for (;;) {
        const task = settled.tasks[t];
        const access = this.#programs[t][task.pc];
        if (settled.failed !== '' || task.cpu < 0 || access?.isLocal !== true) break;
        [settled] = access.next(new At(settled, t));
      }
    return settled;
  }
}

/** The oldest store in a buffer becomes visible. */
function drains(state: ModelState, t: number, task: ModelTask): ModelState[] {
  if (task.buffer.length === 0) return [];
  const [[word, value], ...buffer] = task.buffer;
  return [put({ ...state, words: { ...state.words, [word]: value } }, t, { ...task, buffer })];
}
