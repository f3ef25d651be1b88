/**
 * Notes in which order and context locks are taken. Called on a CPU's thread by spinlock.ts, rwlock.ts, smp.ts and
 * irqflags.ts.
 *
 * Nothing is judged here: each CPU notes what was never seen before (a class taken after another, a class held with
 * interrupts on or taken in an interrupt, a class held across an IPI wait) together with who did it and where;
 * lockdepGraph.ts finds what could hang, once the run is over. What is known already costs a few plain loads. An
 * acquisition is noted before the CPU spins, so that one that never ends is noted, too.
 *
 * The pseudo-lock `irq` makes an IPI wait a lock like others: a CPU that cannot take interrupts holds it, so whatever it
 * spins on comes after it, unless it polls in its waits; a CPU that waits for acknowledgements takes it, after all that it holds.
 *
 * In an NMI no order is noted, only that a class was acquired there, as the kernel does.
 *
 * Differs from the kernel's: a lock of the hypervisor and a lock that is one bit of a word have no class.
 */

import { classAt, heldClasses, interruptState } from '../machine/heldClasses.js';
import type { Cpu } from '../machine/cpu.js';
import {
  CONTEXT_SHIFT,
  IN_HARDIRQ,
  IN_NMI,
  MASKED,
  POLLS,
  SERVING_HARDIRQ,
  SERVING_SOFTIRQ,
} from '../machine/irqMask.js';
import { CPU, FRAME, HELD, MACHINE, STACK_MAX } from '../machine/layout.js';
import { lowestBit } from '../machine/lines.js';
import { holds } from '../machine/lock.js';
import {
  EVENTS_MAX,
  EVENT_FRAMES_MAX,
  EVENT_HELD,
  EVENT_HELD_MAX,
  IRQ_CLASS,
  LOCKDEP,
  LOCK_EVENT,
  NO_CLASS,
  USAGE,
  USAGES,
} from '../machine/lockdepLayout.js';
import { takesCalls } from '../machine/wait.js';
import { classOf, lockPlace, nestedClassOf } from './lockClass.js';

const IRQ_BIT = 1 << IRQ_CLASS;
const HARDIRQ = IN_HARDIRQ | (SERVING_HARDIRQ << CONTEXT_SHIFT);
const SOFTIRQ = SERVING_SOFTIRQ << CONTEXT_SHIFT;

/** Notes that the CPU is about to take a lock, and to spin as long as it must. Returns the lock's class. */
export function lockAcquire(cpu: Cpu, lock: number): number {
  const lockClass = classOf(cpu, lock);
  if (lockClass !== NO_CLASS) check(cpu, lockClass, heldClasses(cpu));
  return lockClass;
}

/** Notes the same of a lock that is nested in one of its class. */
export function lockAcquireNested(cpu: Cpu, lock: number, subclass: number): number {
  const lockClass = nestedClassOf(cpu, lock, subclass);
  if (lockClass !== NO_CLASS) check(cpu, lockClass, heldClasses(cpu));
  return lockClass;
}

/** Notes the same of a lock whose like may be held already if the CPU holds `nestLock`. */
export function lockAcquireUnder(cpu: Cpu, lock: number, nestLock: number): number {
  const isNested = holds(cpu, nestLock);
  const lockClass = classOf(cpu, lock);
  if (lockClass === NO_CLASS) return lockClass;
  const held = heldClasses(cpu);
  check(cpu, lockClass, isNested ? held & ~(1 << lockClass) : held);
  return lockClass;
}

/**
 * Notes that the CPU is about to take an rwlock as `lockClass`; `spinIrqOff` and `heldIrqOff` are `irqOff` while it
 * spins, and once it has it.
 */
export function rwlockAcquire(cpu: Cpu, lockClass: number, spinIrqOff: number, heldIrqOff: number): void {
  if (lockClass === NO_CLASS) return;
  const after = spinIrqOff === 0 ? heldClasses(cpu) : heldClasses(cpu) | IRQ_BIT;
  compare(cpu, lockClass, after, (interruptState(cpu) & ~MASKED) | heldIrqOff);
}

/** Notes that the CPU has got a lock that it would not have spun on: nothing can wait for that, but others for the lock. */
export function lockTried(cpu: Cpu, lockClass: number): void {
  if (lockClass === NO_CLASS) return;
  const state = interruptState(cpu);
  if ((state & IN_NMI) === 0) noteUsage(cpu, lockClass, 0, usesOf(cpu, state) & ~IN_USES, state);
}

/** Notes that the CPU is about to wait until others have taken an interrupt. */
export function ipiWait(cpu: Cpu): void {
  if (cpu.lockWords === 0) return;
  const held = heldClasses(cpu);
  const after = takesCalls(cpu) ? held : held | IRQ_BIT;
  const { mem, map } = cpu;
  if ((after & ~mem[map.lockdep + LOCKDEP.before + IRQ_CLASS]) !== 0)
    learn(cpu, IRQ_CLASS, after, { uses: 0, classes: 0, state: interruptState(cpu) });
}

/** Notes that the CPU takes interrupts again, or softirqs, with locks held. */
export function irqsOnWithLocks(cpu: Cpu): void {
  if (cpu.lockWords === 0) return;
  const state = interruptState(cpu);
  const held = heldClasses(cpu);
  const uses = usesOf(cpu, state) & (bitOf(USAGE.hardirqOn) | bitOf(USAGE.softirqOn));
  if (isNews(cpu, held, uses, state)) learn(cpu, NO_CLASS, 0, { uses, classes: held, state });
}

function check(cpu: Cpu, lockClass: number, held: number): void {
  const state = interruptState(cpu);
  compare(cpu, lockClass, takesCalls(cpu) ? held : held | IRQ_BIT, state);
}

/** Looks whether all of this is known already, and learns it otherwise. */
function compare(cpu: Cpu, lockClass: number, after: number, state: number): void {
  noteUsage(cpu, lockClass, (state & IN_NMI) === 0 ? after : 0, usesOf(cpu, state), state);
}

function noteUsage(cpu: Cpu, lockClass: number, after: number, uses: number, state: number): void {
  const classes = 1 << lockClass;
  const isKnown = (after & ~cpu.mem[cpu.map.lockdep + LOCKDEP.before + lockClass]) === 0;
  if (!isKnown || isNews(cpu, classes, uses, state)) learn(cpu, lockClass, after, { uses, classes, state });
}

function bitOf(usage: number): number {
  return 1 << usage;
}

/** Uses that only an acquisition makes, not one that tries. */
const IN_USES = bitOf(USAGE.inHardirq) | bitOf(USAGE.inSoftirq) | bitOf(USAGE.inNmi);

/** Returns the uses of a lock that is acquired in this state: a bit each. Those that nothing in the race can disturb are none. */
function usesOf({ lines, servesSoftirqs }: Cpu, state: number): number {
  if ((state & IN_NMI) !== 0) return bitOf(USAGE.inNmi);
  let uses = lines.nmis === 0 ? 0 : bitOf(USAGE.used);
  if ((state & HARDIRQ) !== 0) uses |= bitOf(USAGE.inHardirq);
  if ((state & SOFTIRQ) !== 0) uses |= bitOf(USAGE.inSoftirq);
  if ((state & MASKED) === 0) uses |= bitOf(USAGE.hardirqOn);
  const disturbed = lines.softirqs !== 0 || servesSoftirqs;
  return (state & ~(POLLS << CONTEXT_SHIFT)) === 0 && disturbed ? uses | bitOf(USAGE.softirqOn) : uses;
}

/** Whether one of the classes was not seen in one of the uses. */
function isNews({ mem, map }: Cpu, classes: number, uses: number, state: number): boolean {
  const at = map.lockdep;
  for (let left = uses; left !== 0; left &= left - 1)
    if ((classes & ~mem[at + LOCKDEP.usage + lowestBit(left)]) !== 0) return true;
  return state === 0 && (classes & ~mem[at + LOCKDEP.on]) !== 0;
}

/** What was seen: classes in uses (a bit each), and the state of the CPU's interrupts. */
interface Seen {
  readonly uses: number;
  readonly classes: number;
  readonly state: number;
}

/** Notes what is new, and where it was seen. Of two CPUs that see it at once, one notes it. */
function learn(cpu: Cpu, lockClass: number, after: number, { uses, classes, state }: Seen): void {
  const { mem, block } = cpu;
  const at = cpu.map.lockdep;
  const newAfter = after & ~Atomics.or(mem, at + LOCKDEP.before + lockClass, after);
  const newIn = Array.from({ length: USAGES }, (_, usage) =>
    (uses & bitOf(usage)) === 0 ? 0 : classes & ~Atomics.or(mem, at + LOCKDEP.usage + usage, classes),
  );
  if (state === 0) Atomics.or(mem, at + LOCKDEP.on, classes);
  if (newAfter === 0 && newIn.every((news) => news === 0)) return;
  const n = Atomics.add(mem, at + LOCKDEP.events, 1);
  if (n >= EVENTS_MAX) {
    mem[at + LOCKDEP.full] = 1;
    return;
  }
  const event = at + LOCKDEP.log + n * LOCK_EVENT.WORDS;
  mem[event + LOCK_EVENT.class] = lockClass;
  mem[event + LOCK_EVENT.after] = newAfter;
  for (const [usage, news] of newIn.entries()) mem[event + LOCK_EVENT.usage + usage] = news;
  mem[event + LOCK_EVENT.cpu] = cpu.id;
  mem[event + LOCK_EVENT.task] = cpu.home;
  mem[event + LOCK_EVENT.state] = state;
  mem[event + LOCK_EVENT.trial] = mem[block + CPU.trial];
  mem[event + LOCK_EVENT.trialHigh] = mem[cpu.map.machine + MACHINE.roundHigh];
  mem[event + LOCK_EVENT.step] = mem[cpu.step];
  noteHeld(cpu, event);
  noteFrames(cpu, event);
  Atomics.store(mem, event + LOCK_EVENT.ready, 1);
}

function noteHeld(cpu: Cpu, event: number): void {
  const { mem, block } = cpu;
  const count = mem[block + CPU.held];
  mem[event + LOCK_EVENT.heldCount] = count;
  for (let i = 0; i < count && i < EVENT_HELD_MAX; i++) {
    const from = block + CPU.locks + i * HELD.WORDS;
    const to = event + LOCK_EVENT.held + i * EVENT_HELD.WORDS;
    mem[to + EVENT_HELD.offset] = lockPlace(cpu.map, mem[from + HELD.lock]);
    mem[to + EVENT_HELD.class] = classAt(cpu, i + 1);
    mem[to + EVENT_HELD.step] = mem[from + HELD.step];
    mem[to + EVENT_HELD.state] = mem[from + HELD.irqOff];
  }
}

/** Notes the call stack. Each frame stands at the step that its callee found, the innermost one at the CPU's own. */
function noteFrames(cpu: Cpu, event: number): void {
  const { mem, block } = cpu;
  const depth = Math.min(mem[block + CPU.depth], STACK_MAX);
  let step = mem[cpu.step];
  let kept = 0;
  for (; kept < depth && kept < EVENT_FRAMES_MAX; kept++) {
    const frame = block + CPU.frames + (depth - 1 - kept) * FRAME.WORDS;
    mem[event + LOCK_EVENT.frames + 2 * kept] = mem[frame + FRAME.fn];
    mem[event + LOCK_EVENT.frames + 2 * kept + 1] = step;
    step = mem[frame + FRAME.callerStep];
  }
  mem[event + LOCK_EVENT.depth] = kept;
}
