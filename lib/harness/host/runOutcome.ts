/** The outcome of a run, also of one that broke. Made on the host by run.ts and lib/run/hammer.ts. */

import type { Evidence } from '../../evidence/evidence.js';
import { NO_COUNTS, type Counts } from '../../statistics/counts.js';
import type { ReportFacts } from '../../race/failureReport.js';
import type { GradedOutcome } from '../../race/ownMemory.js';
import type { Lockdep } from '../../race/possibleDeadlocks.js';
import { RaceFault } from '../../race/raceFault.js';
import type { Sample } from './samples.js';
import { Hang } from '../watch/supervise.js';
import type { ProcessorTime } from './threadTime.js';
import type { Totals } from './totals.js';
import type { WatchFigures } from '../watch/watchdog.js';

/** How a run ended, with everything it counted. Its seconds go from the first trial's gate to the last, as the host saw it. */
export interface RunOutcome extends Totals, Counts {
  /** Why the harness failed; null if it did not. The counts up to then are kept. */
  readonly harnessError: string | null;
  /** Whether the race has stored over what was counted: then there are no counts. */
  readonly isSpoilt: boolean;
  readonly interrupted: boolean;
  /** The counts as the host saw them on the way, the last one at the end. Empty if no CPU has begun. */
  readonly samples: readonly Sample[];
  /** Failures of all machines by the trials since the same machine's failure before, or since its start: see HostMachine.gaps(). */
  readonly gaps: readonly number[];
  /** Trials of a litmus test by their outcome (litmus.ts); empty for other races. */
  readonly litmusCounts: readonly number[];
  /** Report lines of the first failure of each signature, and the facts that they are made of. */
  readonly reports: Readonly<Record<string, readonly string[]>>;
  /** What could hang, by the orders in which locks were taken; null if the CPUs were not to look. */
  readonly lockdep: Lockdep | null;
  /** The race's per-CPU variables that its trials have left other than 0. */
  readonly leftPerCpu: readonly string[];
  readonly facts: Readonly<Record<string, ReportFacts>>;
  /** What the watchdog saw beside them; null without one. */
  readonly watchdog: WatchFigures | null;
  /** How soon deadlocks were proved, in nanoseconds; null if none was, or the plan does not measure it. */
  readonly proofNs: { readonly p50: number; readonly p99: number } | null;
  /** Cores that the threads were bound to; empty if they were not. */
  readonly boundTo: readonly number[];
  /** Failed trials that the plan says to keep, in the order in which they were found. */
  readonly evidence: readonly Evidence[];
  /** CPU time that its threads have had, and how long they waited for it; null where the host does not tell. */
  readonly processorTime: ProcessorTime | null;
  /** Trials by the outcomes that a race of its own memory grades; null if it grades none. */
  readonly graded: readonly GradedOutcome[] | null;
  readonly parks: number;
  readonly collections: number;
}

/** Returns the outcome of a run that broke before it counted anything. */
export function failedRun(error: unknown): RunOutcome {
  return {
    ...NO_COUNTS,
    rounds: 0,
    firstFailureMs: null,
    harnessError: describeError(error, () => []),
    isSpoilt: false,
    interrupted: false,
    samples: [],
    gaps: [],
    blocks: [],
    litmusCounts: [],
    reports: {},
    lockdep: null,
    leftPerCpu: [],
    facts: {},
    watchdog: null,
    proofNs: null,
    boundTo: [],
    evidence: [],
    processorTime: null,
    graded: null,
    parks: 0,
    collections: 0,
  };
}

/** Returns the outcome of a run whose race has stored over its machines: nothing that lies there is read any more. */
export function spoiltRun(fault: RaceFault, seconds: number): RunOutcome {
  return { ...failedRun(fault), seconds, isSpoilt: true };
}

/** Makes what stands beside the counts of a run. The counts are not lost with it: what cannot be made is the harness's error. */
export class Beside {
  /** The first error; null without one. */
  error: string | null = null;

  make<T>(what: string, make: () => T, otherwise: T): T {
    try {
      return make();
    } catch (error) {
      this.error ??= `${what} could not be made: ${describeError(error, () => [])}`;
      return otherwise;
    }
  }
}

/** Returns why a run failed; `stuck` says what each CPU was doing. */
export function describeError(error: unknown, stuck: () => string[]): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RaceFault) return error.message;
  return [error.message, ...detailsOf(error, stuck)].join('\n');
}

/** Returns the details of an error. The race may not even be able to name its words. */
function detailsOf(error: Error, stuck: () => string[]): string[] {
  if (!(error instanceof Hang)) return innermostFrames(error.cause);
  try {
    return stuck();
  } catch (fault) {
    return [describeError(fault, () => [])];
  }
}

/** Returns where a worker threw, for the author of the race. Empty for a worker that ended without throwing. */
function innermostFrames(cause: unknown): string[] {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const frames = stack
    .split('\n')
    .filter((line) => line.startsWith('    at ') && !/node:|[\\/]piscina[\\/]/.test(line));
  return frames.slice(0, 3);
}
