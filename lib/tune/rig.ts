import { setTimeout as sleep } from 'node:timers/promises';
import { askSettings, hold, settingsApplied } from '../harness/liveSettings.js';
import type { HostMachine } from '../harness/host/machine.js';
import type { Plan } from '../harness/plan.js';
import { runRace, type RunOutcome } from '../harness/host/run.js';
import { threadRanMs } from '../harness/host/threadTime.js';
import { totalsOf, type Totals } from '../harness/host/totals.js';
import type { Race } from '../race/race.js';
import type { Point, Slice } from './point.js';

/** The harness failed, or the race cannot be measured in slices. */
export class RigFailure extends Error {}

/** How often the host looks whether the CPUs have taken over what it asked for. */
const LOOK_MS = 1;

/** CPUs that outnumber cores far and have short slices take seconds for a round at most. */
const ROUND_MS_MAX = 10_000;

/** What of a slice the machine must have run, or it goes on; and how many times as long it may get. */
const RAN_SHARE = 0.5;
const PASSES_MAX = 4;

/** What the host has seen at one instant. */
interface Look {
  readonly totals: Totals;
  readonly ms: number;
  /** Processor time of each thread; null where the host does not tell. */
  readonly ranMs: readonly (number | null)[];
}

/**
 * Machines of one shape that run from the start of a search to its end: making threads and warming them up takes longer than
 * what is measured. Their settings change between two rounds; when another rig is measured they stand still.
 */
export class Rig {
  readonly #race: Race;
  readonly #plan: Plan;
  /** The signature that counts as a failure; null for one that should hold, where all do. */
  readonly #expected: string | null;
  readonly #stop = new AbortController();
  readonly #ended: Promise<RunOutcome>;
  #machines: readonly HostMachine[] = [];
  #outcome: RunOutcome | null = null;

  /** Makes the threads; they run the plan's own settings until they are measured. */
  constructor(race: Race, plan: Plan, expected: string | null) {
    this.#race = race;
    this.#plan = { ...plan, live: true, trials: Infinity, stopOnFirst: false };
    this.#expected = expected;
    this.#ended = runRace(race, this.#plan, {
      signal: this.#stop.signal,
      onMachines: (machines) => (this.#machines = machines),
    }).then((outcome) => (this.#outcome = outcome));
  }

  /** Runs the settings of the point for about so long, longer while others have the processors, and counts. Throws RigFailure. */
  async measure(point: Point, ms: number): Promise<Slice> {
    const { sync, round, spin, phases, windows } = point;
    for (const machine of this.#machines)
      askSettings(this.#race, this.#plan, machine, { sync, round, spin, phases, windows });
    await this.#settle();
    const from = this.#look();
    for (let pass = 1; ; pass++) {
      await this.#pass(ms);
      const slice = this.#between(from, this.#look());
      if (slice.ranSeconds * 1000 >= RAN_SHARE * ms || pass === PASSES_MAX) return slice;
    }
  }

  /** Has the threads sleep until they are measured again. */
  hold(): void {
    for (const machine of this.#machines) hold(machine);
  }

  /** Ends the threads. Failures of any kind that were counted from the start on. */
  async end(): Promise<number> {
    this.#stop.abort();
    return (await this.#ended).failures;
  }

  /** Until the machines run by what they were asked for. Making threads takes as long as it takes; a round must not. */
  async #settle(): Promise<void> {
    let begunMs = Infinity;
    while (!this.#machines.every((machine) => settingsApplied(machine))) {
      if (this.#machines.every((machine) => machine.hasBegun())) begunMs = Math.min(begunMs, performance.now());
      if (performance.now() - begunMs > ROUND_MS_MAX)
        throw new RigFailure(`a round takes longer than ${ROUND_MS_MAX / 1000} s: trials that slow cannot be tuned`);
      await this.#pass(LOOK_MS);
    }
  }

  async #pass(ms: number): Promise<void> {
    await sleep(ms);
    if (this.#outcome !== null)
      throw new RigFailure(`HARNESS ERROR: ${this.#outcome.harnessError ?? 'the run has ended by itself'}`);
  }

  #look(): Look {
    const tids = this.#machines.flatMap((machine) => machine.tids());
    return { totals: totalsOf(this.#machines), ms: performance.now(), ranMs: tids.map(threadRanMs) };
  }

  #between(from: Look, to: Look): Slice {
    const seconds = (to.ms - from.ms) / 1000;
    const failuresOf = ({ totals }: Look): number =>
      this.#expected === null
        ? totals.failures
        : (totals.outcomes.find(({ signature }) => signature === this.#expected)?.count ?? 0);
    const ran = to.ranMs.map((ms, i) => {
      const before = from.ranMs[i];
      return ms === null || before === null ? null : (ms - before) / 1000;
    });
    return {
      failures: failuresOf(to) - failuresOf(from),
      nearMisses: to.totals.nearMisses - from.totals.nearMisses,
      trials: to.totals.trials - from.totals.trials,
      seconds,
      ranSeconds: machineSeconds(ran, seconds, this.#plan.cores),
    };
  }
}

/**
 * Seconds in which the machines really ran. Where every CPU has a core that is what the CPU had that had least: while another
 * process is on its core the others wait for it. Where they share cores it is what they had of these. The clock's `seconds`
 * where the host does not tell.
 */
export function machineSeconds(ran: readonly (number | null)[], seconds: number, cores: number): number {
  const known = ran.filter((s) => s !== null);
  if (known.length < ran.length || known.length === 0) return seconds;
  if (known.length <= cores) return Math.min(seconds, ...known);
  return Math.min(seconds, known.reduce((sum, s) => sum + s, 0) / cores);
}
