/**
 * Random programs with loops, and what they can do: every state by an interpreter that shares nothing with lib/explore. Used by
 * loopPrograms.slow.test.ts and by test/torture/loops.ts.
 *
 * A program waits in loops of reads, trylocks or atomic operations, which may give up after some tries, store between two reads, or
 * never end. What has to be equal is which checks can fail, and whether the trial can go on for ever.
 */
import { draw } from '../../lib/machine/random.js';

export const WORDS = 3;
export const CPUS_MAX = 3;
/** How many tries a loop makes that gives up: fewer and more than a search takes for one that may not. */
const TRIES = [1, 2, 3, 5, 17, 35, 40];
/** Words that grow beyond this make too many states. */
const VALUE_MAX = 6;
const STATES_MAX = 200_000;

/** An instruction. Those of the second kind make no access: the actor does them before its next access. */
export type Instruction =
  | { readonly op: 'read'; readonly word: number }
  | { readonly op: 'write' | 'xchg' | 'add' | 'or' | 'await'; readonly word: number; readonly value: number }
  | { readonly op: 'cmpxchg'; readonly word: number; readonly value: number; readonly stores: number }
  | { readonly op: 'trylock' | 'unlock' }
  | { readonly op: 'fail'; readonly as: string }
  | { readonly op: 'begin' | 'count' }
  | { readonly op: 'jump'; to: number }
  /** Jumps if what was read last is, or is not, the value; or if the loop has made so many tries. */
  | { readonly op: 'ifIs' | 'ifNot' | 'ifTried'; readonly value: number; to: number };

export type Program = readonly Instruction[];

/** Where an actor is: its next instruction, what it has read last, and the tries of its loop. */
export interface Position {
  readonly pc: number;
  readonly last: number;
  readonly tries: number;
}

/** What programs can do. */
export interface Possible {
  readonly failures: ReadonlySet<string>;
  readonly hangs: boolean;
}

const FIRST: Position = { pc: 0, last: 0, tries: 0 };

/** Names of what CPU `cpu` may fail as: it has given up, or has read what it must not. */
export function failuresOf(cpu: number): readonly [gaveUp: string, sawWrong: string] {
  return [`gave-up-${cpu}`, `saw-wrong-${cpu}`];
}

/** Makes the program of a CPU: one loop or two, and accesses around them. */
export function randomLoops(seed: number, cpu: number): Program {
  return new ProgramMaker(seed, cpu).make();
}

class ProgramMaker {
  readonly #seed: number;
  readonly #cpu: number;
  readonly #program: Instruction[] = [];
  #drawn = 0;

  constructor(seed: number, cpu: number) {
    this.#seed = seed;
    this.#cpu = cpu;
  }

  make(): Program {
    for (let loops = 1 + this.#number(2); loops > 0; loops--) {
      for (let i = this.#number(3); i > 0; i--) this.#access();
      this.#loop();
    }
    return this.#program;
  }

  #number(below: number): number {
    return draw(this.#seed, this.#cpu, this.#drawn++) % below;
  }

  #access(): void {
    const [word, value] = [this.#number(WORDS), this.#number(3)];
    const made: readonly Instruction[] = [
      { op: 'write', word, value },
      { op: 'write', word, value },
      { op: 'read', word },
      { op: 'xchg', word, value },
      { op: 'add', word, value: 1 },
    ];
    this.#program.push(made[this.#number(made.length)]);
  }

  /** A loop that ends when it has read a value, and what comes behind it; one that has a limit does something else there. */
  #loop(): void {
    const program = this.#program;
    const exits: { to: number }[] = [];
    const leaves = (value: number): void => {
      const exit: Instruction = { op: 'ifIs', value, to: 0 };
      program.push(exit);
      exits.push(exit);
    };
    program.push({ op: 'begin' });
    const top = program.length;
    const hasLock = this.#body(leaves);
    const limit = this.#number(3) === 0 ? TRIES[this.#number(TRIES.length)] : null;
    if (limit === null) program.push({ op: 'jump', to: top });
    else this.#giveUp(limit, top);
    const over: Instruction = { op: 'jump', to: 0 };
    if (limit !== null) program.push(over);
    for (const exit of exits) exit.to = program.length;
    this.#access();
    if (hasLock) program.push({ op: 'unlock' });
    if (this.#number(3) === 0) this.#check();
    over.to = program.length;
  }

  /** One iteration; returns whether it takes the lock when it leaves the loop. */
  #body(leaves: (value: number) => void): boolean {
    const program = this.#program;
    const [word, other] = [this.#number(WORDS), this.#number(WORDS)];
    const [value, more] = [this.#number(2), 1 + this.#number(2)];
    const reads = (): void => {
      program.push({ op: 'read', word });
      leaves(value);
    };
    switch (this.#number(9)) {
      case 0:
        program.push({ op: 'cmpxchg', word, value, stores: more });
        leaves(value);
        return false;
      case 1:
        program.push({ op: 'xchg', word, value: 1 });
        leaves(0);
        return false;
      case 2:
        program.push({ op: 'trylock' });
        leaves(1);
        return true;
      case 3:
        reads();
        program.push({ op: 'read', word: other });
        leaves(more);
        return false;
      case 4:
        program.push({ op: 'write', word: other, value: more });
        reads();
        return false;
      case 5:
        reads();
        program.push({ op: 'or', word: other, value: more - 1 });
        return false;
      case 6:
        program.push({ op: 'await', word, value });
        leaves(value);
        return false;
      default:
        reads();
        return false;
    }
  }

  #giveUp(limit: number, top: number): void {
    const [gaveUp] = failuresOf(this.#cpu);
    const at = this.#program.length;
    this.#program.push({ op: 'count' }, { op: 'ifTried', value: limit, to: at + 3 }, { op: 'jump', to: top });
    if (this.#number(2) === 0) this.#program.push({ op: 'fail', as: gaveUp });
    else this.#access();
  }

  #check(): void {
    const [, sawWrong] = failuresOf(this.#cpu);
    const at = this.#program.length;
    this.#program.push({ op: 'read', word: this.#number(WORDS) }, { op: 'ifNot', value: this.#number(3), to: at + 3 });
    this.#program.push({ op: 'fail', as: sawWrong });
  }
}

/** Does what comes before the next access; returns where that is, behind the last instruction if there is none. */
export function nextAccess(program: Program, from: Position = FIRST): Position {
  let { pc, tries } = from;
  const { last } = from;
  for (;;) {
    const i = program[pc];
    switch (i?.op) {
      case 'begin':
        tries = 0;
        pc++;
        break;
      case 'count':
        tries++;
        pc++;
        break;
      case 'jump':
        pc = i.to;
        break;
      case 'ifIs':
        pc = last === i.value ? i.to : pc + 1;
        break;
      case 'ifNot':
        pc = last === i.value ? pc + 1 : i.to;
        break;
      case 'ifTried':
        pc = tries >= i.value ? i.to : pc + 1;
        break;
      default:
        return { pc, last, tries };
    }
  }
}

interface State {
  readonly at: readonly Position[];
  readonly words: readonly number[];
  /** The CPU that has the lock plus 1, or 0. */
  readonly lock: number;
}

/** Where the CPUs that can go on get from a state, by CPU; no state where one fails, which ends the trial. */
type Moves = readonly { readonly cpu: number; readonly to: number | null }[];

/** Returns what the programs can do; null for those with too many states. */
export function possibleOf(programs: readonly Program[]): Possible | null {
  const failures = new Set<string>();
  const numbers = new Map<string, number>();
  const states: State[] = [];
  const moves: Moves[] = [];
  const numberOf = (state: State): number => {
    const key = JSON.stringify(state);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, states.length);
    return states.push(state) - 1;
  };
  numberOf({ at: programs.map((program) => nextAccess(program)), words: Array<number>(WORDS).fill(0), lock: 0 });
  let isStuck = false;
  for (let s = 0; s < states.length; s++) {
    const state = states[s];
    if (states.length > STATES_MAX || state.words.some((word) => word > VALUE_MAX)) return null;
    const here: { cpu: number; to: number | null }[] = [];
    for (const [cpu, program] of programs.entries()) {
      const i = program[state.at[cpu].pc];
      if (i?.op === 'fail') failures.add(i.as);
      const next = i === undefined || i.op === 'fail' ? null : behind(state, cpu, program, i);
      if (next !== null || i?.op === 'fail') here.push({ cpu, to: next === null ? null : numberOf(next) });
    }
    moves.push(here);
    if (here.length === 0 && state.at.some(({ pc }, cpu) => programs[cpu][pc] !== undefined)) isStuck = true;
  }
  return { failures, hangs: isStuck || hasFairCycle(moves) };
}

/** Returns the state behind the access of a CPU; null if it waits. */
function behind({ at, words, lock }: State, cpu: number, program: Program, i: Instruction): State | null {
  const word = 'word' in i ? i.word : 0;
  const before = words[word];
  let [after, last, locked] = [before, before, lock];
  if (i.op === 'write' || i.op === 'xchg') after = i.value;
  else if (i.op === 'add') after = before + i.value;
  else if (i.op === 'or') after = before | i.value;
  else if (i.op === 'cmpxchg') after = before === i.value ? i.stores : before;
  else if (i.op === 'await' && before !== i.value) return null;
  else if (i.op === 'unlock') locked = 0;
  if (i.op === 'trylock' && lock === 0) locked = cpu + 1;
  if (i.op === 'trylock') last = lock === 0 ? 1 : 0;
  if (i.op === 'write' || i.op === 'unlock') last = at[cpu].last;
  const moved = nextAccess(program, { ...at[cpu], pc: at[cpu].pc + 1, last });
  return { at: at.with(cpu, moved), words: words.with(word, after), lock: locked };
}

/**
 * Whether the trial can go on for ever though no CPU that can go on is left out. Takes states away until what is left is closed: in
 * each state every CPU that can go on does so, some time, without leaving its part.
 */
function hasFairCycle(moves: readonly Moves[]): boolean {
  const parts = partsOf(moves, [...moves.keys()]);
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const inside = new Set(part);
    const stays = new Set<number>();
    for (const s of part) for (const { cpu, to } of moves[s]) if (to !== null && inside.has(to)) stays.add(cpu);
    const left = part.filter((s) => moves[s].every(({ cpu }) => stays.has(cpu)));
    if (left.length === part.length) return true;
    if (left.length > 0) parts.push(...partsOf(moves, left));
  }
  return false;
}

/** Returns the sets of states of which each can be reached from each other, and that have a cycle: forwards and backwards from one. */
function partsOf(moves: readonly Moves[], among: readonly number[]): number[][] {
  const next = new Map<number, number[]>(among.map((s) => [s, []]));
  const before = new Map<number, number[]>(among.map((s) => [s, []]));
  for (const s of among)
    for (const { to } of moves[s])
      if (to !== null && next.has(to)) {
        next.get(s)?.push(to);
        before.get(to)?.push(s);
      }
  // By Kosaraju: the last that is left behind in one direction is the first to begin with in the other one.
  const order: number[] = [];
  const seen = new Set<number>();
  for (const s of among) leaveBehind(s, next, seen, order);
  const parts: number[][] = [];
  const taken = new Set<number>();
  for (const s of order.toReversed()) {
    const part: number[] = [];
    leaveBehind(s, before, taken, part);
    if (part.length > 1 || next.get(s)?.includes(s) === true) parts.push(part);
  }
  return parts;
}

/** Adds to `order` all that is reached from a state and was not seen, each behind what is reached from it. */
function leaveBehind(from: number, next: ReadonlyMap<number, number[]>, seen: Set<number>, order: number[]): void {
  if (seen.has(from)) return;
  seen.add(from);
  const path: [state: number, edge: number][] = [[from, 0]];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const to = next.get(top[0])?.[top[1]++];
    if (to === undefined) order.push(path.pop()![0]);
    else if (!seen.has(to)) {
      seen.add(to);
      path.push([to, 0]);
    }
  }
}
