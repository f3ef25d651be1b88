/**
 * The report of a possible deadlock. Called on the host by lib/race/possibleDeadlocks.ts.
 *
 * A possible deadlock in lockdep's layout. What lockdep has no words for, an IPI wait, has words of our own. A state is
 * shown by four characters as in the kernel (hard interrupts when held for writing, for reading, then softirqs, which are
 * not modelled): `+` held with interrupts on, `-` taken in an interrupt, `?` both, `.` neither.
 */

import { IN_HARDIRQ } from '../machine/irq.js';
import { IRQ, type EventHeld, type LockEvent } from './lockdepEvents.js';
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

const HEADS: Readonly<Record<DeadlockKind, string>> = {
  recursive: 'WARNING: possible recursive locking detected',
  inconsistent: 'WARNING: inconsistent lock state',
  circular: 'WARNING: possible circular locking dependency detected',
  'irq-order': 'WARNING: HARDIRQ-safe -> HARDIRQ-unsafe lock order detected',
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
    HEADS[cycle.kind],
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

/**
 * Returns what the report is about: what was seen last, which made the danger complete. All that is said of a task,
 * what it holds and its stack are of this event.
 */
function accusedIn({ kind, links: [link] }: PossibleCycle, events: readonly LockEvent[]): LockEvent {
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
    const why = (event.irqOff & IN_HARDIRQ) === 0 ? 'interrupts off' : 'interrupts off, in a handler';
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
  if (!interrupt) {
    const how = from === IRQ ? ', with interrupts off' : ` after (${className(from)})`;
    return ['', `${head}${how}, by ${taskOf(event, naming)} on CPU ${event.cpu}:`, ...trace(event)];
  }
  return [
    '',
    `${head}, in an interrupt on CPU ${event.cpu}:`,
    ...trace(event),
    `       and (${className(from)}) is held with interrupts on by ${taskOf(link.held, naming)} on CPU ${link.held.cpu}:`,
    ...trace(link.held),
  ];
}

/** Describes one class, held with interrupts on and taken in an interrupt: what was seen last, and what was seen before. */
function inconsistent(cycle: PossibleCycle, events: readonly LockEvent[], naming: LockNaming): string[] {
  const [link] = cycle.links;
  const on = { event: link.held, lock: link.from, state: `HARDIRQ-ON-${link.from.read ? 'R' : 'W'}` };
  const inIrq = { event: link.event, lock: link.to, state: `IN-HARDIRQ-${link.to.read ? 'R' : 'W'}` };
  const [first, last] = accusedIn(cycle, events) === on.event ? [inIrq, on] : [on, inIrq];
  const context = (last.event.irqOff & IN_HARDIRQ) === 0 ? 0 : 1;
  const enabled = last.event.irqOff === 0 ? 1 : 0;
  const does = last.event.acquired === null ? 'enables interrupts with:' : 'takes:';
  return [
    `inconsistent {${first.state}} -> {${last.state}} usage.`,
    `${taskOf(last.event, naming)} [HC${context}[${context}]:SC0[0]:HE${enabled}:SE1] ${does}`,
    ` ${stateOf(last.lock, events)}, at: ${siteOf(last.event, naming)}`,
    `{${first.state}} state was registered at:`,
    ...callTrace(first.event.frames, naming.steps).map((line) => ` ${line}`),
  ];
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
  { lockClass, offset, step, irqOff }: EventHeld,
  events: readonly LockEvent[],
  naming: LockNaming,
): string {
  const state = lockClass === null ? '(no class)' : stateOf(lockClass, events);
  return `${state}, ${naming.symbol(offset)} taken at ${step} with interrupts ${irqOff === 0 ? 'on' : 'off'}`;
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
  const has = (which: 'on' | 'in', read: boolean): boolean =>
    events.some((event) =>
      event[which].some((other) => className(other) === className(lockClass) && other.read === read),
    );
  const character = (read: boolean): string => {
    if (has('in', read)) return has('on', read) ? '?' : '-';
    return has('on', read) ? '+' : '.';
  };
  return `(${className(lockClass)}){${character(false)}${character(true)}..}`;
}

function sameClass(a: LockClass, b: LockClass): boolean {
  return className(a) === className(b) && a.read === b.read;
}
