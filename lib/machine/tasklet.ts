/**
 * Tasklets: softirqs that are scheduled on one CPU at a time, and run on one. Called on the CPU's thread by lines.ts and
 * lib/kernel/softirq.ts.
 */

import { blockOf, type Cpu } from './cpu.js';
import { CPU } from './layout.js';
import { compareExchangeWord, readWord } from './machineWords.js';
import type { MachineMap } from './map.js';
import { isLaterTrial } from './outcomeWord.js';

/*
 * A word for each tasklet, of the machine as a whole. As the word of raised lines it carries its trial:
 *   trial tag:20 | runs:1 | is scheduled:1
 */
const SCHEDULED = 1;
const RUNS = 2;
const STATE_BITS = 2;
const STATE = (1 << STATE_BITS) - 1;

/** Marks a tasklet as scheduled; returns false if it was, on whatever CPU. */
export function scheduleTasklet(cpu: Cpu, line: number): boolean {
  return set(cpu, line, SCHEDULED);
}

/** Takes a scheduled tasklet to run it; returns false while another CPU runs it. */
export function beginTasklet(cpu: Cpu, line: number): boolean {
  if (!set(cpu, line, RUNS)) return false;
  clear(cpu, line, SCHEDULED);
  return true;
}

export function endTasklet(cpu: Cpu, line: number): void {
  clear(cpu, line, RUNS);
}

/** Whether a CPU runs the tasklet now. Leaves no record: it decides no more than when it is tried again. */
export function runsTasklet(cpu: Cpu, line: number): boolean {
  return isRunning(Atomics.load(cpu.mem, taskletAt(cpu.map, line)), cpu.trialTag);
}

/** Whether a word says that a CPU runs the tasklet in the trial with this tag. */
export function isRunning(word: number, tag: number): boolean {
  return word >>> STATE_BITS === tag && (word & RUNS) !== 0;
}

/** Sets a bit of the state; returns false if it is set, or the word is of a later trial. */
function set(cpu: Cpu, line: number, bit: number): boolean {
  for (;;) {
    const before = readWord(cpu, taskletAt(cpu.map, line));
    // The CPU still idles behind its trial, and another one is in the next: that one's state is not to be stored over.
    if (isOfLater(cpu, before)) return false;
    const state = stateOf(cpu, before);
    if ((state & bit) !== 0) return false;
    if (store(cpu, line, before, state | bit)) return true;
  }
}

function clear(cpu: Cpu, line: number, bit: number): void {
  for (;;) {
    const before = readWord(cpu, taskletAt(cpu.map, line));
    if (isOfLater(cpu, before)) return;
    if (store(cpu, line, before, stateOf(cpu, before) & ~bit)) return;
  }
}

function store(cpu: Cpu, line: number, before: number, state: number): boolean {
  return compareExchangeWord(cpu, taskletAt(cpu.map, line), before, (cpu.trialTag << STATE_BITS) | state) === before;
}

/** Whether a word was stored in a later trial. A word that was cleared is of no trial. */
function isOfLater(cpu: Cpu, word: number): boolean {
  return word !== 0 && isLaterTrial(word >>> STATE_BITS, cpu.trialTag);
}

/** Returns the state in a word: none, if it is of an earlier trial. */
function stateOf(cpu: Cpu, word: number): number {
  return word >>> STATE_BITS === cpu.trialTag ? word & STATE : 0;
}

/** Returns the word index of a tasklet's state. */
export function taskletAt(map: MachineMap, line: number): number {
  return blockOf(map, 0) + CPU.tasklets + line;
}
