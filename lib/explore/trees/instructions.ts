/** The memory instructions of a CPU that is explored: each is a step. Bound to a CPU by steps.ts. */

import type { Cpu } from '../../machine/cpu.js';
import type { Instructions } from '../../machine/instructions.js';
import { CPU, FRAME, STACK_MAX } from '../../machine/layout.js';
import { checkAddress } from '../../machine/reach.js';
import { OP } from '../../machine/recorder.js';
import type { KnownWords } from './knownWords.js';
import { STEP } from './step.js';

/** What makes the steps. */
export interface StepMaker {
  /** Makes a step, and returns its value. */
  next(step: number, address: number, a: number, b: number): number;
  /** What it knows of words. */
  readonly words: KnownWords;
  /** Returns what it knows. */
  view(address: number): number;
  /** Releases a lock if it is the newest one held; returns whether it was. */
  release(lock: number): boolean;
}

/** Returns the memory instructions of a CPU whose steps these are. */
export function instructionsOf(cpu: Cpu, steps: StepMaker): Partial<Instructions> {
  const { mem } = cpu;
  const checked = (op: number, address: number): number => {
    checkAddress(cpu, op, address);
    return address;
  };
  const read = (_: number, address: number): number => {
    const value = steps.next(STEP.READ, address, 0, 0);
    steps.words.see(address, value, false);
    return value;
  };
  const write = (_: number, address: number, value: number): void => {
    steps.next(STEP.WRITE, address, value | 0, 0);
    steps.words.see(address, value, true);
  };
  const change = (step: number, address: number, a: number, b: number, after: (before: number) => number): number => {
    const before = steps.next(step, address, a | 0, b | 0);
    steps.words.see(address, after(before), true);
    return before;
  };
  const compareExchange = (address: number, expected: number, value: number): number =>
    change(STEP.CMPXCHG, address, expected, value, (before) => (before === (expected | 0) ? value : before));
  const fetchAnd = (address: number, mask: number): number =>
    change(STEP.FETCH_AND, address, mask, 0, (before) => before & mask);
  return {
    readWord: (_, address) => steps.next(STEP.READ, address, 0, 0),
    // A word of the machine is never in a store buffer, and a call is not posted before the stores in front of it are visible.
    writeWord: (_, address, value) => void steps.next(STEP.XCHG, address, value | 0, 0),
    compareExchangeWord: (_, address, expected, value) => steps.next(STEP.CMPXCHG, address, expected | 0, value | 0),
    maskWord: (_, address, mask) => steps.next(STEP.FETCH_AND, address, mask | 0, 0),
    read: (_, address) => read(_, checked(OP.READ, address)),
    readNow: (_, address) => read(_, address),
    write: (_, address, value) => write(_, checked(OP.WRITE, address), value),
    compareExchange: (_, address, expected, value) => compareExchange(checked(OP.CMPXCHG, address), expected, value),
    exchange: (_, address, value) => change(STEP.XCHG, checked(OP.XCHG, address), value, 0, () => value),
    fetchOr: (_, address, bits) =>
      change(STEP.FETCH_OR, checked(OP.FETCH_OR, address), bits, 0, (before) => before | bits),
    fetchAnd: (_, address, mask) => fetchAnd(checked(OP.FETCH_AND, address), mask),
    fetchAdd: (_, address, delta) =>
      change(STEP.FETCH_ADD, checked(OP.FETCH_ADD, address), delta, 0, (before) => (before + delta) | 0),
    // Both ways of taking a lock go on to the hooks of lock.ts.
    acquire: () => 0,
    acquireInOrder: () => 0,
    tryAcquire: () => 0,
    release: (_, lock) => (steps.release(lock) ? 1 : 0),
    fence: () => void steps.next(STEP.FENCE, 0, 0, 0),
    view: (_, address) => steps.view(address),
    drainAll: () => void steps.next(STEP.DRAINED, 0, 0, 0),
    record: () => undefined,
    enter: (_, fn) => {
      const depth = mem[cpu.block + CPU.depth]++;
      if (depth >= STACK_MAX) return;
      const at = cpu.block + CPU.frames + depth * FRAME.WORDS;
      mem[at + FRAME.fn] = fn;
      mem[at + FRAME.callerStep] = mem[cpu.step];
    },
    leave: () => {
      const depth = mem[cpu.block + CPU.depth] - 1;
      if (depth < 0) return 0;
      mem[cpu.block + CPU.depth] = depth;
      if (depth < STACK_MAX) mem[cpu.step] = mem[cpu.block + CPU.frames + depth * FRAME.WORDS + FRAME.callerStep];
      return 1;
    },
  };
}
