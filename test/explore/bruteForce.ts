/**
 * Small random programs, and all their orders one by one: an interpreter that shares nothing with lib/explore, keeps no states and
 * merges none. What it counts is what a search must find.
 */
import { draw } from '../../lib/machine/random.js';

export const WORDS = 3;
export const LOCKS = 2;

/** An instruction of a program. `skip` is how many instructions a condition that does not hold leaves out. */
export type Instruction =
  | { readonly op: 'read' | 'lock' | 'unlock' | 'fence'; readonly word: number }
  | { readonly op: 'write' | 'xchg' | 'add' | 'or' | 'and'; readonly word: number; readonly value: number }
  | { readonly op: 'cmpxchg'; readonly word: number; readonly expected: number; readonly value: number }
  | { readonly op: 'try'; readonly word: number; readonly skip: number }
  | { readonly op: 'if'; readonly skip: number }
  | { readonly op: 'await'; readonly word: number; readonly value: number }
  | { readonly op: 'draw'; readonly below: number };

export type Program = readonly Instruction[];

/** Makes a program of about `steps` steps. */
export function randomProgram(seed: number, cpu: number, steps: number): Program {
  let next = 0;
  const number = (below: number): number => draw(seed, cpu, next++) % below;
  const access = (): Instruction => {
    const word = number(WORDS);
    const value = number(3);
    switch (number(9)) {
      case 0:
      case 1:
        return { op: 'write', word, value };
      case 2:
        return { op: 'xchg', word, value };
      case 3:
        return { op: 'cmpxchg', word, expected: number(2), value };
      case 4:
        return number(2) === 0 ? { op: 'add', word, value } : { op: number(2) === 0 ? 'or' : 'and', word, value };
      case 5:
        return number(3) === 0 ? { op: 'fence', word: 0 } : { op: 'read', word };
      default:
        return { op: 'read', word };
    }
  };
  const program: Instruction[] = [];
  while (program.length < steps) {
    const lock = number(LOCKS);
    switch (number(8)) {
      case 0:
        program.push({ op: 'lock', word: lock }, access(), { op: 'unlock', word: lock });
        break;
      case 1: {
        const inner = 1 - lock;
        program.push({ op: 'lock', word: lock }, { op: 'lock', word: inner });
        program.push({ op: 'unlock', word: inner }, { op: 'unlock', word: lock });
        break;
      }
      case 2:
        program.push({ op: 'try', word: lock, skip: 2 }, access(), { op: 'unlock', word: lock });
        break;
      case 3:
        program.push({ op: 'if', skip: 1 }, access());
        break;
      case 4:
        program.push(number(3) === 0 ? { op: 'await', word: number(WORDS), value: 0 } : { op: 'draw', below: 2 });
        break;
      default:
        program.push(access());
    }
  }
  return program;
}

/** One CPU on its way. */
interface Running {
  readonly pc: number;
  /** What its last read has given. */
  readonly last: number;
  readonly read: readonly number[];
  /** The same without what was drawn. */
  readonly values: readonly number[];
  readonly buffer: readonly (readonly [word: number, value: number])[];
  /** Whether it has stored since its buffer was last known to be empty. */
  readonly dirty: boolean;
}

interface State {
  readonly words: readonly number[];
  readonly cpus: readonly Running[];
}

/** What all orders together are. */
export interface Counted {
  orders: number;
  /** States at the end of an order: the words, and what each CPU has read. */
  readonly ends: Set<string>;
  readonly stuck: Set<string>;
  /** Of those that end: what each CPU has read, and the words that are no locks. */
  readonly classes: Set<string>;
}

const LOCK_AT = WORDS;

/** Goes through all orders. */
export function countOrders(programs: readonly Program[], tso: boolean): Counted {
  const counted: Counted = { orders: 0, ends: new Set(), stuck: new Set(), classes: new Set() };
  const cpus = programs.map(() => ({ pc: 0, last: 0, read: [], values: [], buffer: [], dirty: false }));
  const go = (state: State): void => {
    const next = programs.flatMap((program, c) => nextOf(state, c, program, tso));
    if (next.length > 0) {
      for (const one of next) go(one);
      return;
    }
    counted.orders++;
    const over = state.cpus.every((cpu, c) => pcOf(cpu, programs[c]) >= programs[c].length && !cpu.dirty);
    const key = JSON.stringify([state.words, state.cpus.map(({ pc, read }) => [pc, read])]);
    (over ? counted.ends : counted.stuck).add(key);
    if (over)
      counted.classes.add(JSON.stringify([state.words.slice(0, WORDS), state.cpus.map(({ values }) => values)]));
  };
  go({ words: new Array<number>(WORDS + LOCKS).fill(0), cpus });
  return counted;
}

/** Returns the states behind what a CPU may do next. */
function nextOf(state: State, c: number, program: Program, tso: boolean): State[] {
  const cpu = state.cpus[c];
  const with_ = (changed: Partial<Running>, words = state.words): State => ({
    words,
    cpus: state.cpus.map((other, i) => (i === c ? { ...other, ...changed } : other)),
  });
  const drained: State[] = [];
  if (cpu.buffer.length > 0) {
    const [[word, value], ...rest] = cpu.buffer;
    drained.push(with_({ buffer: rest }, state.words.with(word, value)));
  }
  return [...drained, ...stepsOf(state, cpu, c, program, tso, with_)];
}

function stepsOf(
  state: State,
  cpu: Running,
  c: number,
  program: Program,
  tso: boolean,
  to: (changed: Partial<Running>, words?: readonly number[]) => State,
): State[] {
  const pc = pcOf(cpu, program);
  const instruction = program[pc];
  const isEmpty = cpu.buffer.length === 0;
  // Behind its last instruction its stores become visible.
  if (instruction === undefined) return cpu.dirty && isEmpty ? [to({ dirty: false })] : [];
  const seen = (word: number): number => cpu.buffer.findLast(([at]) => at === word)?.[1] ?? state.words[word];
  const read = (value: number, more: Partial<Running> = {}, words?: readonly number[]): State =>
    to({ pc: pc + 1, last: value, read: [...cpu.read, value], values: [...cpu.values, value], ...more }, words);
  const store = (word: number, value: number): State =>
    tso
      ? to({ pc: pc + 1, buffer: [...cpu.buffer, [word, value]], dirty: true })
      : to({ pc: pc + 1 }, state.words.with(word, value));
  const update = (word: number, value: number): State[] =>
    isEmpty ? [read(state.words[word], { dirty: false }, state.words.with(word, value))] : [];
  switch (instruction.op) {
    case 'read':
      return [read(seen(instruction.word))];
    case 'await': {
      const value = seen(instruction.word);
      return value === instruction.value ? [read(value)] : [];
    }
    case 'draw':
      return Array.from({ length: instruction.below }, (_, n) => read(n, { values: cpu.values }));
    case 'write':
      return [store(instruction.word, instruction.value)];
    case 'unlock':
      return [store(LOCK_AT + instruction.word, 0)];
    case 'fence':
      return isEmpty ? [to({ pc: pc + 1, dirty: false })] : [];
    case 'xchg':
      return update(instruction.word, instruction.value);
    case 'add':
      return update(instruction.word, state.words[instruction.word] + instruction.value);
    case 'or':
      return update(instruction.word, state.words[instruction.word] | instruction.value);
    case 'and':
      return update(instruction.word, state.words[instruction.word] & instruction.value);
    case 'cmpxchg': {
      const word = state.words[instruction.word];
      return update(instruction.word, word === instruction.expected ? instruction.value : word);
    }
    case 'lock': {
      const at = LOCK_AT + instruction.word;
      return isEmpty && state.words[at] === 0 ? [to({ pc: pc + 1, dirty: false }, state.words.with(at, c + 1))] : [];
    }
    case 'try': {
      const at = LOCK_AT + instruction.word;
      if (!isEmpty) return [];
      if (state.words[at] === 0) return [read(1, { dirty: false, last: cpu.last }, state.words.with(at, c + 1))];
      return [read(0, { dirty: false, last: cpu.last, pc: pc + 1 + instruction.skip })];
    }
    default:
      throw new Error(`no step: ${JSON.stringify(instruction)}`);
  }
}

/** Passes over conditions: they are no steps. */
function pcOf({ pc, last }: Running, program: Program): number {
  let at = pc;
  for (let instruction = program[at]; instruction?.op === 'if'; instruction = program[at])
    at += last === 0 ? 1 + instruction.skip : 1;
  return at;
}
