/**
 * The report of a possible deadlock. Called on the host by lib/race/possibleDeadlocks.ts.
 *
 * A possible deadlock in lockdep's layout. What lockdep has no words for, an IPI wait, has words of our own. A state is
 * shown by four characters as in the kernel (hard interrupts when held for writing, for reading, then softirqs, where a race
 * has any): `+` held with interrupts on, `-` taken in an interrupt, `?` both, `.` neither.
 */

import {
  CONTEXT_SHIFT,
  IN_NMI,
  MASKED,
  SERVING_SOFTIRQ,
  SOFTIRQ_DISABLE_OFFSET,
  inHandler,
  inHardirq,
  type InterruptState,
} from '../machine/irqMask.js';
import { IRQ, type EventHeld, type LockEvent, type Usage } from './lockdepEvents.js';
import { className, type DeadlockKind, type Link, type PossibleCycle } from './lockdepGraph.js';
import { unsafeScenario } from './lockdepScenario.js';
import type { LockClass } from './lockClass.js';
import { callTrace, pidOf } from './oops.js';

/** What the report names things by. */
export interface LockNaming {
  readonly steps: readonly string[];
  comm(task: number): string;
  /** Name of the word at an offset of an instance. */
  symbol(offset: number): string;
}

const RULE = '='.repeat(54);
const THIN_RULE = '-'.repeat(54);

const HEADS: Readonly<Record<Exclude<DeadlockKind, 'irq-order'>, string>> = {
  recursive: 'WARNING: possible recursive locking detected',
  inconsistent: 'WARNING: inconsistent lock state',
  circular: 'WARNING: possible circular locking dependency detected',
  'ipi-wait': 'WARNING: possible deadlock: an IPI wait against a lock taken with interrupts off',
  'ipi-wait-irqs-off': 'WARNING: possible deadlock: an IPI wait with interrupts off',
};

/** Returns the lines of one report. `events` is all that was learnt, `title` says which run it is of. */
export function lockReport(
  cycle: PossibleCycle,
  events: readonly LockEvent[],
  naming: LockNaming,
  title: string,
): string[] {
  const event = accusedIn(cycle, events);
  const body = cycle.kind === 'inconsistent' ? inconsistent(cycle, events, naming) : chain(cycle, events, naming);
  return [
    RULE,
    headOf(cycle),
    `${title}: seen in trial ${event.trial}; nothing need have hung`,
    THIN_RULE,
    ...body,
    '',
    'other info that might help us debug this:',
    ' Possible unsafe locking scenario:',
    '',
    ...unsafeScenario(cycle),
    '',
    ' *** DEADLOCK ***',
    '',
    ...heldLocks(event, events, naming),
    '',
    'stack backtrace:',
    `CPU: ${event.cpu} PID: ${pidOf(event)} Comm: ${naming.comm(event.task)}`,
    'Call Trace:',
    ...callTrace(event.frames, naming.steps),
    RULE,
  ];
}

function headOf({ kind, links }: PossibleCycle): string {
  if (kind !== 'irq-order') return HEADS[kind];
  const irq = links.find(({ interrupt }) => interrupt !== null)?.interrupt;
  return `WARNING: ${irq}-safe -> ${irq}-unsafe lock order detected`;
}

function stateOfCpu(state: number): InterruptState {
  return { irqOff: state & MASKED, context: state >>> CONTEXT_SHIFT };
}

/**
 * Returns what the report is about: what was seen last, which made the danger complete. All that is said of a task,
 * what it holds and its stack are of this event.
 */
function accusedIn({ kind, links: [link] }: PossibleCycle, events: readonly LockEvent[]): LockEvent {
  if (link.interrupt === 'NMI') return link.event;
  return kind === 'inconsistent' && events.indexOf(link.held) > events.indexOf(link.event) ? link.held : link.event;
}

/** Returns what the newest link does, and how what it waits for depends on what it holds. */
function chain({ kind, links }: PossibleCycle, events: readonly LockEvent[], naming: LockNaming): string[] {
  const [{ event, from, to }] = links;
  return [
    `${taskOf(event, naming)} ${to === IRQ ? 'is about to wait for the interrupts of other CPUs:' : 'is trying to acquire lock:'}`,
    ` ${stateOf(to, events)}, at: ${siteOf(event, naming)}`,
    '',
    ...holding(event, from, events, naming),
    '',
    ...(kind === 'recursive' || kind === 'ipi-wait-irqs-off'
      ? [
          kind === 'recursive'
            ? 'which is of the same class.'
            : 'so that two CPUs that do this at once wait for each other.',
        ]
      : [
          'which lock already depends on the new lock.',
          '',
          'the existing dependency chain (in reverse order) is:',
          ...links
            .map((link, i) => chainEntry(link, i, events, naming))
            .toReversed()
            .flat(),
        ]),
  ];
}

function holding(event: LockEvent, from: LockClass, events: readonly LockEvent[], naming: LockNaming): string[] {
  if (from === IRQ) {
    const why = inHandler(stateOfCpu(event.state)) ? 'interrupts off, in a handler' : 'interrupts off';
    return [`but its CPU has ${why}:`, ` ${stateOf(IRQ, events)}, of CPU ${event.cpu}`];
  }
  const held = event.held.findLast(({ lockClass }) => lockClass !== null && sameClass(lockClass, from));
  return [
    'but task is already holding lock:',
    ` ${held === undefined ? stateOf(from, events) : heldLine(held, events, naming)}`,
  ];
}

function chainEntry(link: Link, i: number, events: readonly LockEvent[], naming: LockNaming): string[] {
  const { event, from, to, interrupt } = link;
  const head = `-> #${i} ${stateOf(to, events)}`;
  const trace = (of: LockEvent): string[] => callTrace(of.frames, naming.steps).map((line) => `      ${line}`);
  if (interrupt === null) {
    const how = from === IRQ ? ', with interrupts off' : ` after (${className(from)})`;
    return ['', `${head}${how}, by ${taskOf(event, naming)} on CPU ${event.cpu}:`, ...trace(event)];
  }
  return [
    '',
    `${head}, in ${interrupt === 'SOFTIRQ' ? 'a softirq' : 'an interrupt'} on CPU ${event.cpu}:`,
    ...trace(event),
    `       and (${className(from)}) is held with ${interrupt === 'SOFTIRQ' ? 'softirqs' : 'interrupts'} on by ${taskOf(link.held, naming)} on CPU ${link.held.cpu}:`,
    ...trace(link.held),
  ];
}

/** Describes one class, held with interrupts on and taken in an interrupt: what was seen last, and what was seen before. */
function inconsistent(cycle: PossibleCycle, events: readonly LockEvent[], naming: LockNaming): string[] {
  const [link] = cycle.links;
  const irq = link.interrupt ?? 'HARDIRQ';
  const mode = ({ read }: LockClass): string => (irq === 'NMI' ? '' : read ? '-R' : '-W');
  const isOn = irq === 'NMI' ? 'INITIAL USE' : `${irq}-ON`;
  const on = { event: link.held, lock: link.from, state: `${isOn}${mode(link.from)}` };
  const inIrq = { event: link.event, lock: link.to, state: `IN-${irq}${mode(link.to)}` };
  const [first, last] = accusedIn(cycle, events) === on.event ? [inIrq, on] : [on, inIrq];
  const enables = irq === 'SOFTIRQ' && inIrq === first ? 'softirqs' : 'interrupts';
  const does = last.event.acquired === null ? `enables ${enables} with:` : 'takes:';
  return [
    `inconsistent {${first.state}} -> {${last.state}} usage.`,
    `${taskOf(last.event, naming)} ${contextOf(stateOfCpu(last.event.state))} ${does}`,
    ` ${stateOf(last.lock, events)}, at: ${siteOf(last.event, naming)}`,
    `{${first.state}} state was registered at:`,
    ...callTrace(first.event.frames, naming.steps).map((line) => ` ${line}`),
  ];
}

/** Returns the contexts and masks of a CPU, as the kernel prints them: hardirq, softirq, hardirqs and softirqs enabled. */
function contextOf(state: InterruptState): string {
  const hard = inHardirq(state) || (state.irqOff & IN_NMI) !== 0 ? 1 : 0;
  const soft = (state.context & SERVING_SOFTIRQ) === 0 ? 0 : 1;
  // The kernel's count has two for each time that softirqs are disabled.
  const count = soft + 2 * Math.floor(state.context / SOFTIRQ_DISABLE_OFFSET);
  return `[HC${hard}[${hard}]:SC${soft}[${count}]:HE${state.irqOff === 0 ? 1 : 0}:SE${count === 0 ? 1 : 0}]`;
}

function heldLocks(event: LockEvent, events: readonly LockEvent[], naming: LockNaming): string[] {
  const { held, heldCount } = event;
  return [
    `${heldCount === 0 ? 'no locks' : heldCount === 1 ? '1 lock' : `${heldCount} locks`} held by ${taskOf(event, naming)}${heldCount === 0 ? '.' : ':'}`,
    ...held.map((lock, i) => ` #${i}:  ${heldLine(lock, events, naming)}`),
    ...(heldCount > held.length ? [` and ${heldCount - held.length} more`] : []),
  ];
}

function heldLine(
  { lockClass, offset, step, state: taken }: EventHeld,
  events: readonly LockEvent[],
  naming: LockNaming,
): string {
  const state = lockClass === null ? '(no class)' : stateOf(lockClass, events);
  return `${state}, ${naming.symbol(offset)} taken at ${step} with interrupts ${(taken & MASKED) === 0 ? 'on' : 'off'}`;
}

function taskOf(event: LockEvent, naming: LockNaming): string {
  return `${naming.comm(event.task)}/${pidOf(event)}`;
}

/** Returns where the CPU stood: its innermost function. */
function siteOf(event: LockEvent, naming: LockNaming): string {
  const [site] = callTrace(event.frames.slice(0, 1), naming.steps);
  return site === undefined ? `step ${event.step}` : site.trim();
}

/** Returns a class with its state: `(mm.page_table_lock){+...}`. */
function stateOf(lockClass: LockClass, events: readonly LockEvent[]): string {
  if (lockClass === IRQ) return `(${IRQ.name})`;
  const has = (usage: Usage, read: boolean): boolean =>
    events.some((event) =>
      event.usage[usage].some((other) => className(other) === className(lockClass) && other.read === read),
    );
  const character = (on: Usage, taken: Usage, read: boolean): string => {
    if (has(taken, read)) return has(on, read) ? '?' : '-';
    return has(on, read) ? '+' : '.';
  };
  const both = (on: Usage, taken: Usage): string => character(on, taken, false) + character(on, taken, true);
  return `(${className(lockClass)}){${both('hardirqOn', 'inHardirq')}${both('softirqOn', 'inSoftirq')}}`;
}

function sameClass(a: LockClass, b: LockClass): boolean {
  return className(a) === className(b) && a.read === b.read;
}
