/**
 * Small random programs of tasks that share CPUs, and all their orders: an interpreter that shares nothing with lib/explore. It writes out
 * the whole of a state as text, with all that each task has met, and counts the orders behind equal ones once.
 */
import { draw } from '../../lib/machine/random.js';

export const WORDS = 2;

/** An instruction of a task: an access, a mutex, a sleep until a word is not 0, or the chance to give way to another task. */
export type Instruction =
  | { readonly op: 'read' | 'add' | 'sleep'; readonly word: number }
  | { readonly op: 'lock' | 'unlock' | 'give' };

export type Program = readonly Instruction[];

/** Makes the program of a task, with so many instructions or pairs of lock and unlock. */
export function randomTask(seed: number, task: number, steps: number): Program {
  let next = 0;
  const number = (below: number): number => draw(seed, task, next++) % below;
  const program: Instruction[] = [];
  for (let i = 0; i < steps; i++) {
    const access: Instruction = { op: number(2) === 0 ? 'read' : 'add', word: number(WORDS) };
    const kind = number(6);
    if (kind === 0) program.push({ op: 'sleep', word: number(WORDS) });
    else if (kind === 1) program.push({ op: 'give' });
    else if (kind === 2) program.push({ op: 'lock' }, access, { op: 'unlock' });
    else program.push(access);
  }
  return program;
}

/** What a task does beside its program, as a list of steps. */
type Doing =
  | { readonly do: 'draw' | 'offer' | 'await' | 'clear' }
  | { readonly do: 'look'; readonly next: number }
  | { readonly do: 'take'; readonly next: number; readonly thread: number; readonly number: number };

interface Task {
  readonly pc: number;
  /** How far it is in a sleep or a lock; the owner that it waits for. */
  readonly part: number;
  readonly owner: number;
  readonly place: number;
  readonly offers: number;
  readonly doing: readonly Doing[];
  /** What it has read. */
  readonly read: readonly number[];
  /** All that it has met, in order. */
  readonly log: readonly string[];
}

/** A place that is offered: the how manieth offer of its task it is, and the CPU that was given for it, -1 for none. */
interface Offer {
  readonly number: number;
  readonly place: number;
  readonly given: number;
}

interface State {
  readonly words: readonly number[];
  readonly owner: number;
  readonly offers: readonly (Offer | null)[];
  readonly tasks: readonly Task[];
}

/** What all orders together are. */
export interface CountedTasks {
  readonly orders: number;
  /** What tasks may have read, with the words, where all end. */
  readonly ends: number;
  readonly hangs: boolean;
}

const WAITS_FOR_CPU: readonly Doing[] = [{ do: 'offer' }, { do: 'await' }, { do: 'clear' }];

/** All orders of some tasks. */
export class TaskOrders {
  readonly #programs: readonly Program[];
  readonly #cpus: number;
  readonly #known = new Map<string, number>();
  readonly #ends = new Set<string>();
  #hangs = false;

  constructor(programs: readonly Program[], cpus: number) {
    this.#programs = programs;
    this.#cpus = cpus;
  }

  count(): CountedTasks {
    const tasks = this.#programs.map((_, place): Task => {
      const doing: readonly Doing[] = place < this.#cpus ? [{ do: 'draw' }] : WAITS_FOR_CPU;
      return { pc: 0, part: 0, owner: 0, place, offers: 0, doing, read: [], log: [] };
    });
    const words = new Array<number>(WORDS).fill(0);
    const orders = this.#count({ words, owner: 0, offers: tasks.map(() => null), tasks });
    return { orders, ends: this.#ends.size, hangs: this.#hangs };
  }

  #count(state: State): number {
    const key = JSON.stringify(state);
    const before = this.#known.get(key);
    if (before !== undefined) return before;
    const next = state.tasks.flatMap((_, t) => this.#nextOf(state, t));
    const { words, owner, tasks } = state;
    if (next.length === 0 && tasks.every(({ pc }, t) => pc === this.#programs[t].length))
      this.#ends.add(JSON.stringify([words, owner, tasks.map(({ read }) => read)]));
    else if (next.length === 0) this.#hangs = true;
    const orders = next.length === 0 ? 1 : next.reduce((sum, one) => sum + this.#count(one), 0);
    this.#known.set(key, orders);
    return orders;
  }

  /** Returns the states behind what a task may do next. */
  #nextOf(state: State, t: number): State[] {
    const task = state.tasks[t];
    if (task.doing.length > 0) return this.#doingOf(state, t, task, task.doing[0]);
    const instruction = this.#programs[t][task.pc];
    if (instruction === undefined) return this.#given(state, t, task);
    return this.#stepOf(state, t, task, instruction);
  }

  #doingOf(state: State, t: number, task: Task, doing: Doing): State[] {
    const rest = task.doing.slice(1);
    const on = (more: readonly Doing[], met: string, changed: Partial<Task> = {}, all: Partial<State> = {}): State =>
      put(state, t, { ...task, ...changed, doing: [...more, ...rest] }, met, all);
    const offer = state.offers[t];
    switch (doing.do) {
      case 'draw':
        return [on([{ do: 'look', next: 1 }], 'gives'), on([], 'keeps')];
      case 'offer': {
        const made = { number: task.offers + 1, place: task.place, given: -1 };
        return [on([], '', { offers: made.number }, { offers: state.offers.with(t, made) })];
      }
      case 'await':
        return offer === null || offer.given < 0 ? [] : [on([], String(offer.given), { place: offer.given })];
      case 'clear':
        return [on([], '', {}, { offers: state.offers.with(t, null) })];
      case 'look': {
        const thread = (t + doing.next) % this.#programs.length;
        const found = state.offers[thread];
        const isReady = found !== null && found.given < 0;
        const next = doing.next + 1;
        const behind: readonly Doing[] = next < this.#programs.length ? [{ do: 'look', next }] : [];
        if (!isReady) return [on(behind, 'none')];
        return [on([{ do: 'take', next, thread, number: found.number }], JSON.stringify(found))];
      }
      default: {
        const { next, thread, number } = doing;
        const found = state.offers[thread];
        if (found?.number !== number || found.given >= 0)
          return [on(next < this.#programs.length ? [{ do: 'look', next }] : [], 'gone')];
        const offers = state.offers.with(thread, { ...found, given: task.place });
        return [on(WAITS_FOR_CPU, 'took', { place: found.place }, { offers })];
      }
    }
  }

  #stepOf(state: State, t: number, task: Task, instruction: Instruction): State[] {
    const on = { ...task, pc: task.pc + 1, part: 0 };
    const read = (value: number, changed: Task, all: Partial<State> = {}): State =>
      put(state, t, { ...changed, read: [...task.read, value] }, String(value), all);
    switch (instruction.op) {
      case 'read':
        return [read(state.words[instruction.word], on)];
      case 'add': {
        const before = state.words[instruction.word];
        return [read(before, on, { words: state.words.with(instruction.word, before + 1) })];
      }
      case 'give':
        return [put(state, t, { ...on, doing: [{ do: 'look', next: 1 }] }, 'gives'), put(state, t, on, 'keeps')];
      case 'unlock':
        return [read(state.owner, on, { owner: 0 })];
      case 'sleep': {
        const word = state.words[instruction.word];
        return this.#sleep(state, t, task, { word, isOver: word !== 0, isLooking: task.part === 0, on, again: 0 });
      }
      default: {
        if (task.part > 0) {
          const isOver = state.owner !== task.owner;
          const wait = { word: state.owner, isOver, isLooking: task.part === 1, on: { ...task, part: 0 }, again: 1 };
          return this.#sleep(state, t, task, wait);
        }
        if (state.owner === 0) return [read(0, on, { owner: t + 1 })];
        return [read(state.owner, { ...task, part: 1, owner: state.owner })];
      }
    }
  }

  /** Looks, in a part of its own; then waits, and leaves its CPU to anybody. Behind the wait it needs a CPU again. */
  #sleep(
    state: State,
    t: number,
    task: Task,
    wait: {
      readonly word: number;
      readonly isOver: boolean;
      readonly isLooking: boolean;
      readonly on: Task;
      readonly again: number;
    },
  ): State[] {
    const over = (): State => {
      const doing = task.place < this.#cpus ? [] : WAITS_FOR_CPU;
      return put(state, t, { ...wait.on, doing, read: [...task.read, wait.word] }, String(wait.word));
    };
    if (wait.isLooking) {
      if (wait.isOver) return [over()];
      return [put(state, t, { ...task, part: task.part + 1, read: [...task.read, wait.word] }, String(wait.word))];
    }
    return [...(wait.isOver ? [over()] : []), ...this.#given(state, t, { ...task, part: wait.again })];
  }

  /** Returns the states in which the task has left its CPU to another one. */
  #given(state: State, t: number, task: Task): State[] {
    if (task.place >= this.#cpus) return [];
    return state.offers.flatMap((offer, thread) => {
      if (offer === null || offer.given >= 0) return [];
      const offers = state.offers.with(thread, { ...offer, given: task.place });
      return [put(state, t, { ...task, place: offer.place }, `to ${thread} ${offer.place}`, { offers })];
    });
  }
}

function put(state: State, t: number, task: Task, met: string, changed: Partial<State> = {}): State {
  return { ...state, ...changed, tasks: state.tasks.with(t, { ...task, log: [...task.log, met] }) };
}
