/** Reads what lockdep has noted in a machine. Called on the host by lib/race/possibleDeadlocks.ts. */

import { functionName } from '../machine/callStack.js';
import {
  EVENTS_MAX,
  EVENT_FRAMES_MAX,
  EVENT_HELD,
  EVENT_HELD_MAX,
  IRQ_CLASS,
  LOCKDEP,
  LOCK_EVENT,
  NO_CLASS,
  RCU_CLASS,
  USAGE,
} from '../machine/lockdepLayout.js';
import type { MachineMap } from '../machine/map.js';
import { trialNumber } from '../machine/trialNumber.js';
import { stepLabel, type Frame } from '../machine/snapshotView.js';
import { lockClassAt, type LockClass } from './lockClass.js';

/** The pseudo-lock that a CPU holds while it cannot take interrupts. No lock's class has brackets in its name. */
export const IRQ: LockClass = Object.freeze({ name: 'irq[cpu]', subclass: 0, read: false, recursive: false });

/** What a reader of RCU holds (rcu.ts). */
const RCU_READ_LOCK: LockClass = Object.freeze({ name: 'rcu_read_lock', subclass: 0, read: true, recursive: true });

/** A lock that was held in an event; `lockClass` is null for one of the hypervisor. */
export interface EventHeld {
  readonly lockClass: LockClass | null;
  /** Word offset in the instance. */
  readonly offset: number;
  readonly step: string;
  /** The interrupts of its CPU then, as irqMask.ts has them. */
  readonly state: number;
}

/** A use of a class that decides what can hang. */
export type Usage = keyof typeof USAGE;

/** Something about locks that a CPU saw for the first time. */
export interface LockEvent {
  /** What it was about to take: IRQ for an IPI wait; null where interrupts were enabled with locks held. */
  readonly acquired: LockClass | null;
  /** Held while it did so, in this order for the first time. */
  readonly after: readonly LockClass[];
  /** Classes that were seen in such a use for the first time. */
  readonly usage: Readonly<Record<Usage, readonly LockClass[]>>;
  readonly cpu: number;
  /** The task, by the CPU it started on. */
  readonly task: number;
  /** Its interrupts, as irqMask.ts has them. */
  readonly state: number;
  readonly trial: number;
  readonly step: string;
  /** The oldest eight of `heldCount`. */
  readonly held: readonly EventHeld[];
  readonly heldCount: number;
  /** Innermost first, at most twelve. */
  readonly frames: readonly Frame[];
}

/** What a machine has learnt, in the order in which it did. */
export interface LearntLocks {
  readonly events: readonly LockEvent[];
  /** Whether all found a place: if not, an order may be missing. */
  readonly complete: boolean;
}

/** Reads what a machine has learnt; it may still be running. `names` is what `declareLockClasses` returned. */
export function readLockFacts(
  mem: Int32Array,
  map: MachineMap,
  names: readonly string[],
  steps: readonly string[],
): LearntLocks {
  const at = map.lockdep;
  const count = Math.min(Atomics.load(mem, at + LOCKDEP.events), EVENTS_MAX);
  const events: LockEvent[] = [];
  for (let i = 0; i < count; i++) {
    const event = at + LOCKDEP.log + i * LOCK_EVENT.WORDS;
    if (Atomics.load(mem, event + LOCK_EVENT.ready) !== 0) events.push(readEvent(mem, map, event, names, steps));
  }
  return { events, complete: mem[at + LOCKDEP.full] === 0 };
}

function readEvent(
  mem: Int32Array,
  map: MachineMap,
  at: number,
  names: readonly string[],
  steps: readonly string[],
): LockEvent {
  const named = (number: number): LockClass | null => {
    if (number === NO_CLASS) return null;
    if (number === RCU_CLASS) return RCU_READ_LOCK;
    return number === IRQ_CLASS ? IRQ : lockClassAt(mem, map, number, names);
  };
  const set = (bits: number): LockClass[] => {
    const found: LockClass[] = [];
    for (let number = 1; number <= IRQ_CLASS; number++)
      if ((bits & (1 << number)) !== 0) found.push(named(number) ?? IRQ);
    return found;
  };
  const heldCount = mem[at + LOCK_EVENT.heldCount];
  return {
    acquired: named(mem[at + LOCK_EVENT.class]),
    after: set(mem[at + LOCK_EVENT.after]),
    usage: Object.fromEntries(
      Object.entries(USAGE).map(([usage, i]) => [usage, set(mem[at + LOCK_EVENT.usage + i])]),
    ) as unknown as LockEvent['usage'],
    cpu: mem[at + LOCK_EVENT.cpu],
    task: mem[at + LOCK_EVENT.task],
    state: mem[at + LOCK_EVENT.state],
    trial: trialNumber(mem[at + LOCK_EVENT.trialHigh], mem[at + LOCK_EVENT.trial]),
    step: stepLabel(steps, mem[at + LOCK_EVENT.step]),
    heldCount,
    held: Array.from({ length: Math.min(Math.max(0, heldCount), EVENT_HELD_MAX) }, (_, i) => {
      const held = at + LOCK_EVENT.held + i * EVENT_HELD.WORDS;
      return {
        lockClass: named(mem[held + EVENT_HELD.class]),
        offset: mem[held + EVENT_HELD.offset],
        step: stepLabel(steps, mem[held + EVENT_HELD.step]),
        state: mem[held + EVENT_HELD.state],
      };
    }),
    frames: Array.from({ length: Math.min(Math.max(0, mem[at + LOCK_EVENT.depth]), EVENT_FRAMES_MAX) }, (_, i) => ({
      fn: functionName(mem[at + LOCK_EVENT.frames + 2 * i]),
      step: stepLabel(steps, mem[at + LOCK_EVENT.frames + 2 * i + 1]),
    })),
  };
}
