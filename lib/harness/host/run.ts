/**
 * Runs one variant of a race: makes its machines, starts and watches the threads, gathers the outcome. Called on the
 * host by lib/run, lib/soak, lib/tune and lib/bench.
 */

import { configOf, requireActors } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import { failureReport } from '../../race/failureReport.js';
import { RaceFault } from '../../race/raceFault.js';
import { judgeLocks, type Lockdep } from '../../race/possibleDeadlocks.js';
import { instanceAt } from '../../machine/cpu.js';
import { proofQuantileNs } from '../../machine/proofTime.js';
import type { Evidence } from '../../evidence/evidence.js';
import type { CpuReport } from '../cpu/cpuMain.js';
import { Crew } from './crew.js';
import { EvidenceKeeper } from './evidenceOf.js';
import { reportsOf, stuckLines } from './failureReports.js';
import { HostMachine } from './machine.js';
import { RaceCalls } from '../raceCall.js';
import type { Plan } from '../plan.js';
import { Supervision, sampleOf, type RunHooks } from '../watch/supervise.js';
import { spoiltBy } from './spoilt.js';
import { Beside, describeError, spoiltRun, type RunOutcome } from './runOutcome.js';
import { sumOfEach, totalsOf } from './totals.js';

export type { RunOutcome } from './runOutcome.js';
export type { RunHooks } from '../watch/supervise.js';
export type { Totals } from './totals.js';

/** Runs one variant of a race to its end. Never rejects for what a worker does: that is a harness error in the outcome. */
export async function runRace(race: Race, plan: Plan, hooks: RunHooks = {}): Promise<RunOutcome> {
  const calls = new RaceCalls(race.name);
  const { config, machines } = calls.make(() => machinesOf(race, plan));
  hooks.onMachines?.(machines);
  const crew = new Crew(plan, machines, hooks.threads);
  const evidence = new EvidenceKeeper(race, config, plan, machines);
  const collect = (): readonly Evidence[] => calls.make(() => evidence.collect());
  const supervision = new Supervision({ machines, crew, plan, hooks, collect: () => void collect() });
  let harnessError: string | null = null;
  let fault: RaceFault | null = null;
  let reports: CpuReport[] = [];
  try {
    reports = await Promise.race([crew.done, supervision.failed, supervision.givenUp.then((): CpuReport[] => [])]);
  } catch (error) {
    // What each CPU was doing is read from where the race may have stored over it.
    const stray = spoiltBy(plan, machines, false);
    if (stray !== null) fault = error instanceof RaceFault ? error : stray;
    else
      harnessError = describeError(error, () => calls.make(() => machines.flatMap((m) => stuckLines(race, config, m))));
  } finally {
    supervision.end();
  }
  const seconds = supervision.seconds();
  await crew.dismiss(supervision.isUrgent);
  await supervision.settled();
  const totals = totalsOf(machines);
  // Of a run that was cut short the last round is not counted yet.
  fault ??= spoiltBy(plan, machines, harnessError === null && reports.length > 0);
  if (fault !== null) return spoiltRun(fault, seconds);
  const beside = new Beside();
  const make = <T>(what: string, work: () => T, otherwise: T): T =>
    beside.make(what, () => calls.make(work), otherwise);
  const facts = make('the reports', () => reportsOf(race, config, plan, machines, supervision.stack), {});
  const figures = {
    reports: make('the reports', () => reportTexts(facts), {}),
    gaps: beside.make('the distances of failures', () => sumOfEach(machines.map((machine) => machine.gaps())), []),
    litmusCounts: beside.make('the outcomes', () => sumOfEach(machines.map((machine) => machine.litmusCounts())), []),
    proofNs: beside.make('the times of proofs', () => proofNs(machines), null),
    lockdep: make('the report of locks', () => lockdepOf(race, config, plan, machines), null),
    leftPerCpu: beside.make('the per-CPU words', () => [...new Set(machines.flatMap((m) => m.leftPerCpu()))], []),
    evidence: beside.make('the evidence', collect, []),
  };
  return {
    ...totals,
    ...figures,
    facts,
    seconds,
    harnessError: harnessError ?? beside.error,
    isSpoilt: false,
    interrupted: hooks.signal?.aborted ?? false,
    samples: seconds === 0 ? [] : supervision.samples.endingWith(sampleOf(totals, seconds)),
    watchdog: supervision.figures(),
    boundTo: supervision.boundTo,
    processorTime: supervision.processor.time(),
    graded: race.kind === 'actors' ? (race.own?.graded(machines.map(({ own }) => own)) ?? null) : null,
    parks: reports.reduce((n, r) => n + r.parks, 0),
    collections: reports.reduce((n, r) => n + (r.heap?.collections ?? 0), 0),
  };
}

function machinesOf(race: Race, plan: Plan): { readonly config: unknown; readonly machines: readonly HostMachine[] } {
  const config = configOf(race, plan.variant, plan.knobs);
  return { config, machines: Array.from({ length: plan.machines }, (_, m) => new HostMachine(race, config, plan, m)) };
}

function reportTexts(facts: RunOutcome['facts']): RunOutcome['reports'] {
  return Object.fromEntries(Object.entries(facts).map(([signature, f]) => [signature, failureReport(f)]));
}

function lockdepOf(race: Race, config: unknown, plan: Plan, machines: readonly HostMachine[]): Lockdep | null {
  // Of memory of a race's own the machine knows no locks.
  const isJudged = plan.lockdep && requireActors(race).own === null;
  return isJudged ? judgeLocks(requireActors(race), config, plan.variant, machines) : null;
}

function proofNs(machines: readonly HostMachine[]): RunOutcome['proofNs'] {
  const all = machines.map((machine) => machine.proofs());
  const sum = all[0].map((_, i) => all.reduce((n, proofs) => n + proofs[i], 0));
  if (sum.every((n) => n === 0)) return null;
  return { p50: proofQuantileNs(sum, 0.5), p99: proofQuantileNs(sum, 0.99) };
}

/** Returns the first instance, for a host that looks at a lockstep run. */
export function firstInstance(machine: HostMachine): number {
  return instanceAt(machine.map, 0);
}
