import type { Race } from '../race/defineRace.js';
import { RaceFault } from '../race/raceFault.js';
import { failureReport, type ReportFacts } from '../race/failureReport.js';
import { judgeLocks, type Lockdep } from '../race/possibleDeadlocks.js';
import { instanceAt } from '../machine/cpu.js';
import { proofQuantileNs } from '../machine/proofTime.js';
import type { CpuReport } from './cpuMain.js';
import type { Evidence } from '../evidence/evidence.js';
import { Crew } from './crew.js';
import { EvidenceKeeper } from './evidenceOf.js';
import { reportsOf, stuckLines } from './failureReports.js';
import { HostMachine } from './machine.js';
import type { Plan } from './plan.js';
import { Hang, Supervision, sampleOf, wrongProofWords, type RunHooks } from './supervise.js';
import type { Sample } from './samples.js';
import { totalsOf, type Totals } from './totals.js';
import type { WatchFigures } from './watchdog.js';

export type { RunHooks } from './supervise.js';
export type { Totals } from './totals.js';

/** How a run ended, with everything it counted. */
export interface RunOutcome extends Totals {
  /** Seconds from the first trial's gate to the last, as the host saw it. */
  readonly seconds: number;
  /** Why the harness failed; null if it did not. The counts up to then are kept. */
  readonly harnessError: string | null;
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
  readonly facts: Readonly<Record<string, ReportFacts>>;
  /** What the watchdog saw beside them; null without one. */
  readonly watchdog: WatchFigures | null;
  /** How soon deadlocks were proved, in nanoseconds; null if none was, or the plan does not measure it. */
  readonly proofNs: { readonly p50: number; readonly p99: number } | null;
  /** Cores that the threads were bound to; empty if they were not. */
  readonly boundTo: readonly number[];
  /** Failed trials that the plan says to keep, in the order in which they were found. */
  readonly evidence: readonly Evidence[];
  readonly parks: number;
  readonly collections: number;
}

/** Runs one variant of a race to its end. Never rejects for what a worker does: that is a harness error in the outcome. */
export async function runRace(race: Race, plan: Plan, hooks: RunHooks = {}): Promise<RunOutcome> {
  const config = race.configure(plan.variant, plan.knobs);
  const machines = Array.from({ length: plan.machines }, (_, m) => new HostMachine(race, config, plan, m));
  hooks.onMachines?.(machines);
  const crew = new Crew(plan, machines);
  const evidence = new EvidenceKeeper(race, config, plan, machines);
  const supervision = new Supervision({ machines, crew, plan, hooks, collect: () => void evidence.collect() });
  let harnessError: string | null = null;
  let reports: CpuReport[] = [];
  try {
    reports = await Promise.race([crew.done, supervision.failed, supervision.givenUp.then((): CpuReport[] => [])]);
    harnessError = machines.map((machine) => wrongProofWords(machine)).find((words) => words !== null) ?? null;
  } catch (error) {
    harnessError = describeError(error, () => machines.flatMap((m) => stuckLines(race, config, m)));
  } finally {
    supervision.end();
  }
  const seconds = supervision.seconds();
  await crew.dismiss();
  const facts = reportsOf(race, config, plan, machines, supervision.stack);
  const totals = totalsOf(machines);
  return {
    ...totals,
    seconds,
    harnessError,
    interrupted: hooks.signal?.aborted ?? false,
    samples: seconds === 0 ? [] : supervision.samples.endingWith(sampleOf(totals, seconds)),
    gaps: sumOf(machines.map((machine) => machine.gaps())),
    litmusCounts: sumOf(machines.map((machine) => machine.litmusCounts())),
    reports: Object.fromEntries(Object.entries(facts).map(([signature, f]) => [signature, failureReport(f)])),
    facts,
    watchdog: supervision.figures(),
    proofNs: proofNs(machines),
    lockdep: !plan.lockdep ? null : judgeLocks(race, config, plan.variant, machines),
    boundTo: supervision.boundTo,
    evidence: evidence.collect(),
    parks: reports.reduce((n, r) => n + r.parks, 0),
    collections: reports.reduce((n, r) => n + r.heap.collections, 0),
  };
}

function proofNs(machines: readonly HostMachine[]): RunOutcome['proofNs'] {
  const all = machines.map((machine) => machine.proofs());
  const sum = all[0].map((_, i) => all.reduce((n, proofs) => n + proofs[i], 0));
  if (sum.every((n) => n === 0)) return null;
  return { p50: proofQuantileNs(sum, 0.5), p99: proofQuantileNs(sum, 0.99) };
}

function describeError(error: unknown, stuck: () => string[]): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof RaceFault) return error.message;
  const details = error instanceof Hang ? stuck() : innermostFrames(error.cause);
  return [error.message, ...details].join('\n');
}

/** Where a worker threw: whoever writes a race wants to know. Empty for a worker that ended without throwing. */
function innermostFrames(cause: unknown): string[] {
  const stack = cause instanceof Error ? (cause.stack ?? '') : '';
  const frames = stack
    .split('\n')
    .filter((line) => line.startsWith('    at ') && !/node:|[\\/]piscina[\\/]/.test(line));
  return frames.slice(0, 3);
}

function sumOf(rows: readonly (readonly number[])[]): number[] {
  return rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0));
}

/** The first instance, for a host that looks at a lockstep run. */
export function firstInstance(machine: HostMachine): number {
  return instanceAt(machine.map, 0);
}
