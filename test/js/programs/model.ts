/**
 * What drawn programs may do, by all interleavings of their steps and after the text of the language alone: it shares nothing with lib/.
 * Used by comparison.ts and test/fixtures/atomicsPrograms.ts.
 */
import { CELLS, CELL_BYTES, KIND_BYTES, type Kind, type Program, type Step } from './drawn.js';

/** What interleavings of a program end in. */
export interface Possible {
  /** Results and memory of those in which all threads return, sorted. */
  readonly ends: readonly string[];
  /** Names of the others: `deadlock` where all sleep, and not all on one word, `livelock` where some loop, otherwise `lost-wake-up`. */
  readonly hangs: readonly string[];
}

interface Thread {
  /** The next step, and how far it is done. */
  readonly at: number;
  readonly part: 'begins' | 'looked' | 'asleep' | 'woken';
  /** What the first part of the step has loaded. */
  readonly held: bigint;
  /** What is awaited at the next `await`; null for nothing. */
  readonly pending: 'asleep' | 'timed' | 'woken' | null;
  readonly found: string;
}

interface State {
  readonly cells: readonly bigint[];
  readonly threads: readonly Thread[];
  /** Threads asleep at each cell, in the order in which they began to. */
  readonly lists: readonly (readonly number[])[];
}

/** Returns what all interleavings end in, and `livelock` where some go on without an end. */
export function possible(program: Program): Possible {
  const [ends, hangs] = [new Set<string>(), new Set<string>()];
  /** States by their keys, each with those in front of it; and the keys of states behind which nothing comes. */
  const before = new Map<string, string[]>();
  const last: string[] = [];
  const first: Thread = { at: 0, part: 'begins', held: 0n, pending: null, found: '' };
  const left: State[] = [
    {
      cells: Array.from({ length: CELLS }, () => 0n),
      threads: program.map(() => first),
      lists: Array.from({ length: CELLS }, () => []),
    },
  ];
  before.set(keyOf(left[0]), []);
  for (let state; (state = left.pop()) !== undefined;) {
    const key = keyOf(state);
    const now = state;
    const next = program.flatMap((steps, t) => nextOf(now, t, steps));
    for (const one of next) {
      const known = before.get(keyOf(one));
      if (known === undefined) left.push(one);
      before.set(keyOf(one), [...(known ?? []), key]);
    }
    if (next.length > 0) continue;
    last.push(key);
    const returned = state.threads.filter(({ at }, t) => at >= program[t].length).length;
    if (returned === program.length)
      ends.add(
        endOf(
          state.threads.map(({ found }) => found),
          state.cells,
        ),
      );
    else hangs.add(returned === 0 && sleptAt(state) > 1 ? 'deadlock' : 'lost-wake-up');
  }
  if (leadingTo(last, before) < before.size) hangs.add('livelock');
  return { ends: [...ends].toSorted(), hangs: [...hangs].toSorted() };
}

/** Returns how many states lead to one of these, themselves included. */
function leadingTo(last: readonly string[], before: ReadonlyMap<string, readonly string[]>): number {
  const seen = new Set(last);
  for (const left = [...last]; left.length > 0;)
    for (const key of before.get(left.pop() ?? '') ?? []) {
      if (seen.has(key)) continue;
      seen.add(key);
      left.push(key);
    }
  return seen.size;
}

/** Returns at how many cells anybody sleeps. */
function sleptAt({ lists }: State): number {
  return lists.filter((list) => list.length > 0).length;
}

/** Returns the name of an end: what each thread has found, and the cells. */
export function endOf(found: readonly string[], cells: readonly bigint[]): string {
  return `${found.join('|')} = ${cells.join()}`;
}

function keyOf({ cells, threads, lists }: State): string {
  const one = ({ at, part, held, pending, found }: Thread): string => `${at} ${part} ${held} ${pending} ${found}`;
  return `${cells.join()};${threads.map(one).join()};${lists.map((list) => list.join(' ')).join()}`;
}

/** Returns an element of a cell as its kind has it. */
function elementOf(kind: Kind, cell: bigint): bigint {
  const bits = 8 * KIND_BYTES[kind];
  return kind === 'u8' ? BigInt.asUintN(bits, cell) : BigInt.asIntN(bits, cell);
}

/** Returns a cell whose first element of a kind is a value. */
function withElement(kind: Kind, cell: bigint, value: bigint): bigint {
  const bits = BigInt(8 * KIND_BYTES[kind]);
  const all = BigInt(8 * CELL_BYTES);
  return BigInt.asUintN(Number(all), ((cell >> bits) << bits) | BigInt.asUintN(Number(bits), value));
}

const with_ = <T>(list: readonly T[], at: number, value: T): T[] => list.map((one, i) => (i === at ? value : one));

/** Returns the states behind the next part of a step of a thread; none where it is over, or asleep. */
function nextOf(state: State, t: number, steps: readonly Step[]): State[] {
  const thread = state.threads[t];
  if (thread.at >= steps.length) return [];
  const step = steps[thread.at];
  return new Move(state, t, step).next();
}

/** One part of a step of a thread in a state. */
class Move {
  readonly #state: State;
  readonly #t: number;
  readonly #step: Step;
  readonly #thread: Thread;
  /** The element, and `a` as its kind has it. */
  readonly #value: bigint;
  readonly #a: bigint;

  constructor(state: State, t: number, step: Step) {
    this.#state = state;
    this.#t = t;
    this.#step = step;
    this.#thread = state.threads[t];
    this.#value = elementOf(step.kind, state.cells[step.cell]);
    this.#a = elementOf(step.kind, BigInt(step.a));
  }

  next(): State[] {
    const { does, a } = this.#step;
    const [value, thread] = [this.#value, this.#thread];
    switch (does) {
      case 'load':
      case 'plainLoad':
        return [this.#done(value)];
      case 'store':
      case 'plainStore':
      case 'plainFill':
      case 'plainSet':
        return [this.#done(null, BigInt(a))];
      case 'cas':
        return [this.#done(value, value === this.#a ? BigInt(this.#step.b) : value)];
      case 'plainAdd':
      case 'plainStep':
        return thread.part === 'begins'
          ? [this.#on({ part: 'looked', held: value })]
          : [this.#done(null, thread.held + (does === 'plainStep' ? 1n : BigInt(a)))];
      case 'unless':
        return [this.#on({ at: thread.at + (value === this.#a ? 2 : 1) })];
      case 'spin':
        return [value === this.#a ? this.#state : this.#done(null)];
      case 'until':
        return this.#until();
      case 'wait':
        return this.#wait();
      case 'async':
        return [this.#begunToAwait()];
      case 'await':
        return this.#await();
      case 'notify':
        return [this.#notified()];
      default:
        return [this.#done(value, updated(does, value, BigInt(a)))];
    }
  }

  #until(): State[] {
    switch (this.#thread.part) {
      case 'begins':
        return [this.#value === this.#a ? this.#on({ part: 'looked' }) : this.#done(null)];
      case 'looked':
        return [this.#value === this.#a ? this.#asleep({ part: 'asleep' }) : this.#on({ part: 'begins' })];
      case 'woken':
        return [this.#on({ part: 'begins' })];
      default:
        return this.#step.ms === null ? [] : [this.#away(this.#on({ part: 'begins' }))];
    }
  }

  #wait(): State[] {
    switch (this.#thread.part) {
      case 'begins':
        return [this.#value === this.#a ? this.#asleep({ part: 'asleep' }) : this.#done('.n')];
      case 'woken':
        return [this.#done('.o')];
      default:
        return this.#step.ms === null ? [] : [this.#away(this.#done('.t'))];
    }
  }

  #begunToAwait(): State {
    const { at } = this.#thread;
    const { ms } = this.#step;
    if (this.#value !== this.#a) return this.#done('.n');
    if (ms === 0) return this.#done('.t');
    return this.#asleep({ at: at + 1, pending: ms === null ? 'asleep' : 'timed' });
  }

  #await(): State[] {
    const { pending } = this.#thread;
    if (pending === null) return [this.#done(null)];
    if (pending === 'woken') return [this.#done('.o', this.#value, { pending: null })];
    return pending === 'asleep' ? [] : [this.#away(this.#done('.t', this.#value, { pending: null }))];
  }

  #notified(): State {
    const { cell, most } = this.#step;
    const list = this.#state.lists[cell];
    const woken = list.slice(0, most ?? list.length);
    const done = this.#done(BigInt(woken.length));
    const threads = done.threads.map((one, i): Thread => {
      if (!woken.includes(i)) return one;
      return one.part === 'asleep' ? { ...one, part: 'woken' } : { ...one, pending: 'woken' };
    });
    return { ...done, threads, lists: with_(done.lists, cell, list.slice(woken.length)) };
  }

  /** Returns the state with the thread changed. */
  #on(changed: Partial<Thread>): State {
    return { ...this.#state, threads: with_(this.#state.threads, this.#t, { ...this.#thread, ...changed }) };
  }

  /** Returns the state behind the step, which has returned something and stored a value. */
  #done(found: bigint | string | null, stored = this.#value, changed: Partial<Thread> = {}): State {
    const { kind, cell } = this.#step;
    const { at, found: before } = this.#thread;
    const text = found === null ? before : `${before}${before === '' ? '' : ' '}${found.toString(36)}`;
    const on = this.#on({ at: at + 1, part: 'begins', held: 0n, found: text, ...changed });
    return { ...on, cells: with_(on.cells, cell, withElement(kind, on.cells[cell], stored)) };
  }

  #asleep(changed: Partial<Thread>): State {
    const { cell } = this.#step;
    const on = this.#on(changed);
    return { ...on, lists: with_(on.lists, cell, [...on.lists[cell], this.#t]) };
  }

  /** Takes the thread off the list. */
  #away(state: State): State {
    const { cell } = this.#step;
    return {
      ...state,
      lists: with_(
        state.lists,
        cell,
        state.lists[cell].filter((one) => one !== this.#t),
      ),
    };
  }
}

function updated(does: Step['does'], value: bigint, by: bigint): bigint {
  switch (does) {
    case 'add':
      return value + by;
    case 'sub':
      return value - by;
    case 'and':
      return value & by;
    case 'or':
      return value | by;
    case 'xor':
      return value ^ by;
    default:
      return by;
  }
}
