/**
 * Lockdep of a race: names its locks before a run, and judges afterwards in which order they were taken. Called on the
 * host by lib/harness/host and lib/harness/replay.
 */

import { declareLockClasses, lockName } from '../kernel/lockClass.js';
import { readLockFacts, type LearntLocks } from '../kernel/lockdepEvents.js';
import { classesOf, possibleCycles, type DeadlockKind } from '../kernel/lockdepGraph.js';
import { lockReport } from '../kernel/lockdepReport.js';
import type { MachineMap } from '../machine/map.js';
import type { ActorRace } from './race.js';

/** Something that could hang, by the orders in which locks were taken in a run. It need not have hung. */
export interface PossibleDeadlock {
  readonly kind: DeadlockKind;
  /** Classes of the locks in it, each waited for by the CPU that holds the one before; `irq[cpu]` is a CPU's interrupts. */
  readonly locks: readonly string[];
  /** The trial in which the last of it was seen. */
  readonly trial: number;
  /** The report in lockdep's layout. */
  readonly report: readonly string[];
}

/** What a run has learnt of its locks. */
export interface Lockdep {
  /** Whether all that was learnt found a place: if not, a possible deadlock may be missing. */
  readonly complete: boolean;
  /** One for each set of classes. */
  readonly possibleDeadlocks: readonly PossibleDeadlock[];
}

/** Returns the class names of a machine's locks, as they are written into it before it begins. */
export function declareLocks<C>(race: ActorRace<C>, config: C, mem: Int32Array, map: MachineMap): string[] {
  return declareLockClasses(mem, map, (offset) => race.symbol(offset, config));
}

/** A machine's memory, and the names that `declareLocks` returned for it. */
export interface LearntMachine {
  readonly mem: Int32Array;
  readonly map: MachineMap;
  readonly lockNames: readonly string[];
}

/** Judges what the machines of a run have learnt, all together: a lock's class is the same in each. */
export function judgeLocks<C>(
  race: ActorRace<C>,
  config: C,
  variant: string,
  machines: readonly LearntMachine[],
): Lockdep {
  const facts: LearntLocks[] = machines.map(({ mem, map, lockNames }) =>
    readLockFacts(mem, map, lockNames, race.steps),
  );
  const events = facts.flatMap((of) => of.events);
  const cpus = machines[0]?.map.shape.cpus ?? 1;
  const naming = {
    steps: race.steps,
    comm: (task: number) => race.role(task, cpus, config).comm,
    symbol: (place: number) => lockName(machines[0].map, place, (offset) => race.symbol(offset, config)),
  };
  return {
    complete: facts.every((of) => of.complete),
    possibleDeadlocks: possibleCycles(events).map((cycle) => ({
      kind: cycle.kind,
      locks: classesOf(cycle),
      trial: cycle.links[0].event.trial,
      report: lockReport(cycle, events, naming, `race ${race.name}, variant ${variant}`),
    })),
  };
}
