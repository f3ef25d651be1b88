import { availableParallelism } from 'node:os';
import type { Race } from '../race/defineRace.js';
import { failureReport, cpuBlock } from '../race/failureReport.js';
import { judgeLocks, type Lockdep } from '../race/possibleDeadlocks.js';
import { instanceAt } from '../machine/cpu.js';
import type { CpuSnapshot } from '../machine/snapshotView.js';
import type { CpuReport } from './cpuMain.js';
import type { Evidence } from '../evidence/evidence.js';
import { EvidenceKeeper } from './evidenceOf.js';
import { loadInstructions } from './loadInstructions.js';
import { HostMachine, type MachineCounts } from './machine.js';
import { ProgressWatch } from './progressWatch.js';
import type { Plan } from './plan.js';
import { CpuPool } from './pool.js';
import { Samples, type Sample } from './samples.js';
import { symbolsFor } from './symbols.js';

/** Counts of all machines together. */
export interface Totals {
  readonly trials: number;
  readonly rounds: number;
  readonly nearMisses: number;
  readonly failures: number;
  readonly outcomes: readonly { readonly signature: string; readonly count: number }[];
  /** Milliseconds from the start of the process to the first failure; null if there was none. */
  readonly firstFailureMs: number | null;
}

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
  /** Report lines of the first failure of each signature. */
  readonly reports: Readonly<Record<string, readonly string[]>>;
  /** What could hang, by the orders in which locks were taken; null if the CPUs were not to look. */
  readonly lockdep: Lockdep | null;
  /** Failed trials that the plan says to keep, in the order in which they were found. */
  readonly evidence: readonly Evidence[];
  readonly parks: number;
  readonly collections: number;
}

/** What the caller can see and do while a run goes on. */
export interface RunHooks {
  /** Called about ten times a second. */
  onProgress?(totals: Totals, seconds: number): void;
  /** Ends the run early, as an interrupt does. */
  readonly signal?: AbortSignal;
  /** Ends the run after this time; without it the plan's trials do. */
  readonly durationMs?: number;
  /** How long no CPU may get anywhere before the run is ended as a harness error. */
  readonly noProgressMs?: number;
  /** How long the CPUs may go on after they have been told to end, before that is a harness error. */
  readonly endingMs?: number;
}

export const NO_PROGRESS_MS = 5000;
/** Many CPUs on few cores need seconds for the round that they are in. */
const ENDING_MS = 15_000;
const TICK_MS = 100;
/** How exactly the clock starts with the first trial: threads take longer to start than some runs last. */
const START_TICK_MS = 2;

/** Runs one variant of a race to its end. Never rejects for what a worker does: that is a harness error in the outcome. */
export async function runRace(race: Race, plan: Plan, hooks: RunHooks = {}): Promise<RunOutcome> {
  const config = race.configure(plan.variant, plan.knobs);
  const machines = Array.from({ length: plan.machines }, (_, m) => new HostMachine(race, config, plan, m));
  const instructions = loadInstructions();
  const pool = new CpuPool(plan.machines * plan.cpus);
  const watch = new ProgressWatch(machines, hooks.noProgressMs ?? NO_PROGRESS_MS, TICK_MS);
  const tasks = machines.flatMap((machine) =>
    Array.from({ length: plan.cpus }, (_, cpu) =>
      pool.run({ plan, instructions, memory: machine.memory, words: machine.map.words, machine: machine.index, cpu }),
    ),
  );
  const stop = (): void => machines.forEach((machine) => machine.stop());
  const evidence = new EvidenceKeeper(race, config, plan, machines);
  const supervision = supervise({
    machines,
    watch,
    hooks,
    stop,
    collect: () => evidence.collect(),
    stopOnFirst: plan.stopOnFirst,
    signatures: Object.keys(race.signatures),
  });
  let harnessError: string | null = null;
  let reports: CpuReport[] = [];
  try {
    reports = await Promise.race([Promise.all(tasks), supervision.stuck]);
  } catch (error) {
    harnessError = describeError(error, () => machines.flatMap((m) => stuckLines(race, config, m)));
  } finally {
    supervision.end();
  }
  const seconds = supervision.seconds();
  await Promise.all([pool.destroy(), Promise.allSettled(tasks)]);
  const interrupted = hooks.signal?.aborted ?? false;
  const totals = totalsOf(machines, Object.keys(race.signatures));
  return {
    ...totals,
    seconds,
    harnessError,
    interrupted,
    samples: seconds === 0 ? [] : supervision.samples.endingWith(sampleOf(totals, seconds)),
    gaps: sumOf(machines.map((machine) => machine.gaps())),
    reports: reportsOf(race, config, plan, machines),
    lockdep: plan.lockdep === false ? null : judgeLocks(race, config, plan.variant, machines),
    evidence: evidence.collect(),
    parks: reports.reduce((n, r) => n + r.parks, 0),
    collections: reports.reduce((n, r) => n + r.heap.collections, 0),
  };
}

interface Supervised {
  readonly machines: readonly HostMachine[];
  readonly watch: ProgressWatch;
  readonly hooks: RunHooks;
  readonly stop: () => void;
  readonly collect: () => void;
  readonly stopOnFirst: boolean;
  readonly signatures: readonly string[];
}

interface Supervision {
  /** Never resolves; rejects when a machine does not get anywhere. */
  readonly stuck: Promise<never>;
  /** Seconds since the CPUs of all machines have begun; 0 before that. */
  seconds(): number;
  readonly samples: Samples;
  end(): void;
}

/** The host's side of a running run: the clock, the display, the interrupt, and the watch over progress. */
function supervise(s: Supervised): Supervision {
  let reject: (reason: Error) => void = () => {};
  const stuck = new Promise<never>((_, r) => {
    reject = r;
  });
  // Nobody may be left to listen when the run has ended first.
  stuck.catch(() => {});
  let begunMs = Infinity;
  const haveBegun = (): boolean => s.machines.every((machine) => machine.hasBegun());
  const start = setInterval(() => {
    if (!haveBegun()) return;
    begunMs = performance.now();
    clearInterval(start);
  }, START_TICK_MS);
  // A run may be over before the clock has noticed that it began.
  const seconds = (): number => (haveBegun() ? Math.max(START_TICK_MS, performance.now() - begunMs) / 1000 : 0);
  // In ticks, as the watch counts them: a process that was stopped has not hung.
  let endingMs = -Infinity;
  const stop = (): void => {
    endingMs = Math.max(endingMs, 0);
    s.stop();
  };
  const samples = new Samples();
  const tick = setInterval(() => {
    if (seconds() * 1000 >= (s.hooks.durationMs ?? Infinity)) stop();
    const totals = totalsOf(s.machines, s.signatures);
    // A machine ends by itself after its first failure; the others do not hear of it.
    if (s.stopOnFirst && totals.failures > 0) stop();
    if (haveBegun()) samples.take(sampleOf(totals, seconds()));
    s.collect();
    s.hooks.onProgress?.(totals, seconds());
    const stuckMs = s.watch.stuckMs();
    if (stuckMs > 0) reject(new Hang(`no CPU of a machine got anywhere for ${stuckMs / 1000} s`));
    endingMs += TICK_MS;
    if (endingMs > (s.hooks.endingMs ?? ENDING_MS)) {
      reject(new Hang(`CPUs were told to end and went on for ${endingMs / 1000} s: they move, but no trial ends`));
    }
  }, TICK_MS);
  s.hooks.signal?.addEventListener('abort', stop, { once: true });
  return {
    stuck,
    seconds,
    samples,
    end() {
      clearInterval(start);
      clearInterval(tick);
      s.hooks.signal?.removeEventListener('abort', stop);
    },
  };
}

/** The CPUs do not come to the end of their trial: what each was doing then belongs to the message. */
class Hang extends Error {}

function describeError(error: unknown, stuck: () => string[]): string {
  if (!(error instanceof Error)) return String(error);
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

/** What each CPU was doing when the run was given up. */
function stuckLines(race: Race, config: unknown, machine: HostMachine): string[] {
  const cpus = machine.cpusNow();
  const instance = cpus[0] === undefined ? 0 : machine.instanceOf(0);
  const symbols = symbolsFor(race, config, machine, instance);
  const word = (address: number): number => machine.mem[address];
  return cpus.flatMap((cpu: CpuSnapshot) =>
    cpuBlock(cpu, { word, cpus }, symbols).map((line) => `machine ${machine.index} ${line}`),
  );
}

/** Adds up what all machines have counted. */
export function totalsOf(machines: readonly HostMachine[], signatures: readonly string[]): Totals {
  const all: MachineCounts[] = machines.map((machine) => machine.counts());
  const sum = (pick: (c: MachineCounts) => number): number => all.reduce((n, c) => n + pick(c), 0);
  const first = all.map((c) => c.firstFailureUs).filter((us) => us > 0);
  return {
    trials: sum((c) => c.trials),
    rounds: sum((c) => c.rounds),
    nearMisses: sum((c) => c.nearMisses),
    failures: sum((c) => c.failures),
    outcomes: [...signatures, 'unexpected']
      .map((signature, i) => ({ signature, count: sum((c) => c.signatures[i]) }))
      .filter((o) => o.count > 0),
    firstFailureMs: first.length === 0 ? null : Math.min(...first) / 1000,
  };
}

function sampleOf({ trials, failures }: Totals, seconds: number): Sample {
  return { ms: Math.round(seconds * 1000), trials, failures };
}

function sumOf(rows: readonly (readonly number[])[]): number[] {
  return rows[0].map((_, i) => rows.reduce((sum, row) => sum + row[i], 0));
}

function reportsOf(
  race: Race,
  config: unknown,
  plan: Plan,
  machines: readonly HostMachine[],
): Record<string, string[]> {
  const reports: Record<string, string[]> = {};
  for (let i = 0; i <= Object.keys(race.signatures).length; i++) {
    for (const machine of machines) {
      const snapshot = machine.snapshot(i);
      if (snapshot === undefined || reports[snapshot.signature] !== undefined) continue;
      const symbols = symbolsFor(race, config, machine, snapshot.instance);
      const title = `${snapshot.signature}: race ${plan.race}, variant ${plan.variant}, trial ${snapshot.trial} on machine ${machine.index}`;
      reports[snapshot.signature] = failureReport(snapshot, race.report(snapshot, config), symbols, title);
    }
  }
  return reports;
}

/** Threads that this host runs at the same time. */
export function cores(): number {
  return availableParallelism();
}

/** The first instance, for a host that looks at a lockstep run. */
export function firstInstance(machine: HostMachine): number {
  return instanceAt(machine.map, 0);
}
