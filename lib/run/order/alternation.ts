/** Changes the delays of machines that run from those of an order to the run's own and back, and counts each side. Made by hammer.ts, beside a run that is live. */

import type { HostMachine } from '../../harness/host/machine.js';
import { between, lookAtMachines, type MachineLook } from '../../harness/host/machineTime.js';
import { every, type Timer } from '../../harness/host/timers.js';
import { askSettings, settingsApplied } from '../../harness/liveSettings.js';
import type { Plan, Sync } from '../../harness/plan.js';
import { requireActors } from '../../race/kinds.js';
import type { Race } from '../../race/race.js';
import type { OrderFigures } from '../../report/run/document.js';
import { countOf } from '../../statistics/counts.js';
import type { OrderOfFile } from './order.js';
import { OrderSides } from './orderSides.js';

const TICK_MS = 5;
/** CPU time of a slice in seconds. On a busy host a slice ends with less, after so much wall-clock time. */
const SLICE_S = 0.05;
const SLICE_S_MAX = 0.25;

/** Alternating delays. */
export class Alternation {
  readonly #race: Race;
  readonly #plan: Plan;
  readonly #signature: string;
  readonly #sides: OrderSides;
  #machines: readonly HostMachine[] = [];
  #timer: Timer | null = null;
  #fault: { readonly error: unknown } | null = null;
  /** Where the counts stood when the delays of this slice were in force; null until then. */
  #began: MachineLook | null = null;

  /** `plan`: with the run's own delays. */
  constructor(race: Race, plan: Plan, from: OrderOfFile) {
    this.#race = race;
    this.#plan = plan;
    this.#signature = from.order.signature;
    this.#sides = new OrderSides(from);
  }

  /** Begins with the machines of the run. */
  begin(machines: readonly HostMachine[]): void {
    this.#machines = machines;
    this.#ask();
    this.#timer = every(
      TICK_MS,
      () => this.#look(),
      (error) => (this.#fault = { error }),
    );
    this.#timer.release();
  }

  /** Ends it; returns what was counted. Throws what has ended it before. */
  end(): OrderFigures {
    this.#timer?.end();
    if (this.#fault !== null) throw this.#fault.error;
    return this.#sides.figures();
  }

  #ask(): void {
    const race = requireActors(this.#race);
    const { round, spin, phases, windows } = this.#plan;
    const delays = this.#sides.current?.delays;
    const settings = {
      sync: this.#plan.sync as Sync,
      round,
      spin,
      phases: { ...phases, ...delays?.phases },
      windows: { ...windows, ...delays?.windows },
    };
    for (const machine of this.#machines) askSettings(race, this.#plan, machine, settings);
    this.#began = null;
  }

  #look(): void {
    if (!this.#machines.every((machine) => machine.hasBegun() && settingsApplied(machine))) return;
    if (this.#began === null) {
      this.#began = lookAtMachines(this.#machines);
      return;
    }
    const counted = between(this.#began, lookAtMachines(this.#machines), this.#plan.cores);
    const { ranSeconds, trials, seconds, outcomes } = counted;
    if (ranSeconds < SLICE_S && seconds < SLICE_S_MAX) return;
    this.#sides.add({ trials, failures: countOf(this.#signature, { outcomes }), seconds: ranSeconds });
    this.#ask();
  }
}
