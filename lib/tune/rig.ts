/** Measures points on machines that stay alive during a search. Made by rigs.ts, one for each shape of machine. */

import { setTimeout as sleep } from 'node:timers/promises';
import { askSettings, hold, settingsApplied } from '../harness/liveSettings.js';
import type { HostMachine } from '../harness/host/machine.js';
import type { Plan } from '../harness/plan.js';
import { runRace, type RunOutcome } from '../harness/host/run.js';
import { between, lookAtMachines, type MachineLook } from '../harness/host/machineTime.js';
import { countOf } from '../statistics/counts.js';
import type { ActorRace } from '../race/race.js';
import type { Point, Slice } from './point.js';

/** The harness failed, or the race cannot be measured in slices. */
export class RigFailure extends Error {}

/** How often the host polls whether the CPUs have applied new settings. */
const LOOK_MS = 1;

/** Longest time of a round. Even CPUs that far outnumber the cores need only seconds. */
const ROUND_MS_MAX = 10_000;

/** The share of a slice that the CPUs must really have run. Below it the slice is extended, to at most PASSES_MAX times its length. */
const RAN_SHARE = 0.5;
const PASSES_MAX = 4;

/**
 * Machines of one shape that run from the start of a search to its end, since creating threads and warming them up takes longer
 * than a slice. Their settings change between two rounds; while another rig is measured they stand still.
 */
export class Rig {
  readonly #race: ActorRace;
  readonly #plan: Plan;
  /** The signature that counts as a failure; null for one that should hold, where all do. */
  readonly #expected: string | null;
  readonly #stop = new AbortController();
  readonly #ended: Promise<RunOutcome>;
  #machines: readonly HostMachine[] = [];
  #outcome: RunOutcome | null = null;

  /** Creates the threads; they run the plan's own settings until they are measured. */
  constructor(race: ActorRace, plan: Plan, expected: string | null) {
    this.#race = race;
    this.#plan = { ...plan, live: true, trials: Infinity, stopOnFirst: false };
    this.#expected = expected;
    this.#ended = runRace(race, this.#plan, {
      signal: this.#stop.signal,
      onMachines: (machines) => (this.#machines = machines),
    }).then((outcome) => (this.#outcome = outcome));
  }

  /** Runs the settings of a point for about `ms`, longer if other processes take the cores, and counts. Throws RigFailure. */
  async measure(point: Point, ms: number): Promise<Slice> {
    const { sync, round, spin, phases, windows } = point;
    for (const machine of this.#machines)
      askSettings(this.#race, this.#plan, machine, { sync, round, spin, phases, windows });
    await this.#settle();
    const from = lookAtMachines(this.#machines);
    for (let pass = 1; ; pass++) {
      await this.#pass(ms);
      const slice = this.#slice(from);
      if (slice.ranSeconds * 1000 >= RAN_SHARE * ms || pass === PASSES_MAX) return slice;
    }
  }

  /** Lets the threads sleep until they are measured again. */
  hold(): void {
    for (const machine of this.#machines) hold(machine);
  }

  /** Ends the threads; returns the failures of any kind since the start. */
  async end(): Promise<number> {
    this.#stop.abort();
    return (await this.#ended).failures;
  }

  /** Waits until the machines run the requested settings. Creating threads may take any time; a round may not. */
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

  #slice(from: MachineLook): Slice {
    const { outcomes, ...counts } = between(from, lookAtMachines(this.#machines), this.#plan.cores);
    return this.#expected === null ? counts : { ...counts, failures: countOf(this.#expected, { outcomes }) };
  }
}
