/**
 * Interrupts of a CPU's own lines: raised by any CPU or by a timer, delivered at an instruction boundary. Called on the CPU's
 * thread by irq.ts, meeting.ts, timers.ts and lib/kernel/interrupts.ts; lockstep.ts and script.ts have them delivered in turns.
 *
 * A line that is raised while it is pending already is one interrupt, as with hardware. What is pending when the trial ends is lost.
 */

import { wake } from '../sharedarraybuffer-utils/index.js';
import { enter, kernelFunction, leave } from './callStack.js';
import { blockOf, partyOf, type Cpu, type InterruptHandler } from './cpu.js';
import { runHandler } from './handler.js';
import { IN_NMI, IRQS_DISABLED, POLLS, SERVING_HARDIRQ, SERVING_SOFTIRQ } from './irqMask.js';
import { CPU, LINES_MAX } from './layout.js';
import type { LineKind } from './lineTable.js';
import { compareExchangeWord, maskWord, readWord } from './machineWords.js';
import { pollsNow } from './poll.js';
import { OP, record } from './recorder.js';
import { drainBuffer, drainInTurns } from './storeBuffer.js';
import { beginTasklet, endTasklet, runsTasklet } from './tasklet.js';
import { WAIT, publishWait, waitKind, waitObject } from './wait.js';

/** Bits of `CPU.irr`: a line may be pending, and a timer counts instruction boundaries. */
export const IRR_LINES = 8;
export const IRR_TIMER = 16;

/*
 * The word of raised lines carries its trial, since a CPU may be a trial ahead of the one that it interrupts:
 *   trial tag:15 | lines:16
 * Lines of an earlier trial are none. Tags of a round differ, and each round begins with the word cleared.
 */
const TAG_MASK = 0x7fff;
export const LINE_BITS = (1 << LINES_MAX) - 1;
const EARLIER = 0x4000;

/** Returns the lines in a word that belong to the trial with this tag. */
export function linesOf(word: number, tag: number): number {
  return ((word >>> LINES_MAX) ^ tag) & TAG_MASK ? 0 : word & LINE_BITS;
}

/** Whether a word has lines of a trial behind the one with this tag. */
function hasLater(word: number, tag: number): boolean {
  return (word & LINE_BITS) !== 0 && isOfLater(word, tag);
}

/** Whether a word was stored in a trial behind the one with this tag. A word that was cleared is of no trial. */
function isOfLater(word: number, tag: number): boolean {
  const ahead = ((word >>> LINES_MAX) - tag) & TAG_MASK;
  return word !== 0 && ahead !== 0 && ahead < EARLIER;
}

/** How an interrupt is taken, as its record says. */
export const TAKEN = Object.freeze({
  /** At an instruction boundary, whenever it comes. */
  AT_BOUNDARY: 0,
  /** By an operation of the CPU that has found it pending. */
  BY_CPU: 1,
} as const);

/** Raises a line on a CPU, for the trial that both are in. */
export function raiseLine(cpu: Cpu, line: number, target: number): void {
  const block = blockOf(cpu.map, target);
  const at = block + CPU.lines;
  const tag = (cpu.trialTag & TAG_MASK) << LINES_MAX;
  drainInTurns(cpu);
  for (;;) {
    const before = readWord(cpu, at);
    // The other CPU is in the next trial, and this one still idles behind its own.
    if (isOfLater(before, cpu.trialTag)) return;
    const after = tag | linesOf(before, cpu.trialTag) | (1 << line);
    if (before === after || compareExchangeWord(cpu, at, before, after) === before) break;
  }
  if (cpu.explored !== null) {
    cpu.explored.lines.raised(line, target);
    return;
  }
  Atomics.or(cpu.mem, block + CPU.irr, IRR_LINES);
  wake(cpu.mem, partyOf(cpu.map, target));
}

/**
 * Returns the line whose interrupt the CPU takes next: NMIs, then hardirqs by priority, then softirqs by number; -1 for none.
 * `taken` are those that it has taken at this boundary: each comes once, so that the instruction behind it is made.
 */
export function nextLine(cpu: Cpu, taken: number): number {
  const { mem, block, lines } = cpu;
  const raised = linesOf(Atomics.load(mem, block + CPU.lines), cpu.trialTag) | mem[block + CPU.fired];
  const pending = raised & ~taken & ~mem[block + CPU.masked];
  if (pending === 0) return -1;
  const irqOff = mem[cpu.irqOff];
  const nmis = pending & lines.nmis;
  if (nmis !== 0 && (irqOff & IN_NMI) === 0) return lowestBit(nmis);
  // The line of a poll is taken as if interrupts were on.
  const open = irqOff === 0 ? pending : pollsNow(cpu) ? pending & lines.polled : 0;
  if (open === 0) return -1;
  const level = mem[block + CPU.level];
  if ((open & lines.hardirqs) !== 0)
    for (const line of lines.byPriority)
      if ((open & (1 << line)) !== 0 && lines.all[line].priority > level) return line;
  const softirqs = level === 0 && takesSoftirqs(cpu) ? open & lines.softirqs : 0;
  for (let left = softirqs; left !== 0; left &= left - 1) if (mayRun(cpu, lowestBit(left))) return lowestBit(left);
  return -1;
}

/** Returns the lines whose interrupts the CPU takes now if they are pending, in the order in which it does; `polls`: it polls. */
export function openLines(cpu: Cpu, polls: boolean): number[] {
  const { mem, block, lines } = cpu;
  const irqOff = mem[cpu.irqOff];
  const unmasked = ~mem[block + CPU.masked];
  const found = (irqOff & IN_NMI) === 0 ? bitsOf(unmasked & lines.nmis) : [];
  const open = irqOff === 0 ? unmasked : polls ? unmasked & lines.polled : 0;
  const level = mem[block + CPU.level];
  found.push(...lines.byPriority.filter((line) => (open & (1 << line)) !== 0 && lines.all[line].priority > level));
  if (level === 0 && takesSoftirqs(cpu)) found.push(...bitsOf(open & lines.softirqs));
  return found;
}

function bitsOf(mask: number): number[] {
  const bits: number[] = [];
  for (let left = mask; left !== 0; left &= left - 1) bits.push(lowestBit(left));
  return bits;
}

/** Whether a softirq is worth a try: not a tasklet that another CPU runs, which would be tried at each boundary. */
function mayRun(cpu: Cpu, line: number): boolean {
  return cpu.lines.all[line].kind !== 'tasklet' || !runsTasklet(cpu, line);
}

/** Whether no handler runs, and softirqs are not disabled. */
function takesSoftirqs({ mem, block }: Cpu): boolean {
  return (mem[block + CPU.context] & ~POLLS) === 0;
}

/** Withdraws the request of the lines if nothing is pending, now or for the trial to come. */
export function settleLines(cpu: Cpu): void {
  const { mem, block } = cpu;
  Atomics.and(mem, cpu.irr, ~IRR_LINES);
  const word = Atomics.load(mem, block + CPU.lines);
  const waits = linesOf(word, cpu.trialTag) !== 0 || hasLater(word, cpu.trialTag) || mem[block + CPU.fired] !== 0;
  if (waits) Atomics.or(mem, cpu.irr, IRR_LINES);
}

/** What a call trace shows between a handler and what it has interrupted. */
const F_ENTRY: Readonly<Record<LineKind, ReturnType<typeof kernelFunction>>> = {
  hardirq: kernelFunction('handle_irq_event'),
  softirq: kernelFunction('__do_softirq'),
  tasklet: kernelFunction('tasklet_action'),
  nmi: kernelFunction('nmi_handle'),
};

/**
 * Runs the handler of a line. As for a call, the CPU waits for nothing meanwhile, and what it has interrupted stands at its own
 * step. Nothing interrupts the entry: the record of the entry, which says where a replay delivers, stands in front of
 * the first access of the same interrupt.
 */
export function deliverLine(cpu: Cpu, number: number, how: number): void {
  const { mem, block } = cpu;
  const line = cpu.lines.all[number];
  drainBuffer(cpu);
  const outer = mem[cpu.wait];
  cpu.interrupted.push(outer, cpu.waitBegan);
  const irqOff = mem[cpu.irqOff];
  const context = mem[block + CPU.context];
  const level = mem[block + CPU.level];
  if (waitKind(outer) !== WAIT.RUN) publishWait(cpu, WAIT.RUN, 0);
  mem[cpu.irqOff] = irqOff | IRQS_DISABLED | IN_NMI;
  record(cpu, OP.IRQ_ENTER, number + 1, 0, how);
  enter(cpu, F_ENTRY[line.kind]);
  mem[cpu.step] = 0;
  cpu.isa.enter(cpu.base, line.fn);
  mem[block + CPU.fired] &= ~(1 << number);
  maskWord(cpu, block + CPU.lines, ~(1 << number));
  cpu.explored?.lines.took(number);
  mem[cpu.irqOff] = irqOffIn(line.kind, irqOff);
  if (line.kind === 'hardirq') {
    mem[block + CPU.context] = (context & ~POLLS) | SERVING_HARDIRQ;
    mem[block + CPU.level] = line.priority;
  } else mem[block + CPU.context] = (context & ~POLLS) | (line.kind === 'nmi' ? 0 : SERVING_SOFTIRQ);
  if (line.kind === 'tasklet') runTasklet(cpu, number);
  else runHandler(cpu, line.handler as InterruptHandler, cpu.instance);
  drainInTurns(cpu);
  record(cpu, OP.IRQ_EXIT, 0, 0, 0);
  leave(cpu);
  leave(cpu);
  mem[cpu.irqOff] = irqOff;
  mem[block + CPU.context] = context;
  mem[block + CPU.level] = level;
  cpu.waitBegan = cpu.interrupted.pop();
  if (waitKind(outer) !== WAIT.RUN && waitKind(outer) !== WAIT.WORD)
    publishWait(cpu, waitKind(outer), waitObject(outer));
}

/** Runs a tasklet; if another CPU runs it, it comes again. */
function runTasklet(cpu: Cpu, number: number): void {
  if (!beginTasklet(cpu, number)) {
    raiseLine(cpu, number, cpu.id);
    return;
  }
  runHandler(cpu, cpu.lines.all[number].handler as InterruptHandler, cpu.instance);
  endTasklet(cpu, number);
}

/**
 * Runs the softirqs that the CPU has raised, if it takes them, each once. Which are pending follows from what the CPU has done, so
 * a replay runs them here, too. What a timer raises comes at a boundary.
 */
export function runSoftirqs(cpu: Cpu): void {
  const { mem, block, lines } = cpu;
  if (mem[cpu.irqOff] !== 0 || !takesSoftirqs(cpu) || mem[block + CPU.level] !== 0) return;
  const raised = cpu.explored?.lines.own ?? linesOf(Atomics.load(mem, block + CPU.lines), cpu.trialTag);
  for (let left = raised & lines.softirqs & ~mem[block + CPU.masked]; left !== 0; left &= left - 1)
    deliverLine(cpu, lowestBit(left), TAKEN.BY_CPU);
}

/** Returns the mask that a handler begins with. */
function irqOffIn(kind: LineKind, before: number): number {
  if (kind === 'nmi') return before | IRQS_DISABLED | IN_NMI;
  return kind === 'hardirq' ? before | IRQS_DISABLED : before;
}

/** Forgets what is pending. Between rounds, and behind a trial that has failed, while nobody can raise a line. */
export function clearLines(cpu: Cpu): void {
  const { mem, block, lines } = cpu;
  if (lines.all.length === 0) return;
  mem[block + CPU.lines] = 0;
  for (let line = 0; line < LINES_MAX; line++) mem[block + CPU.tasklets + line] = 0;
  mem[block + CPU.fired] = 0;
  mem[block + CPU.armed] = 0;
  Atomics.and(mem, cpu.irr, ~(IRR_LINES | IRR_TIMER));
}

/** Returns the number of the lowest bit of a mask that is not 0. */
export function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
