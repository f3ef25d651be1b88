import type { HostMachine } from './machine.js';
import { MachineWatch, type Finding } from './machineWatch.js';
import type { Plan } from './plan.js';
import { hostPressure, type HostPressure } from './threadTime.js';

/** How long a trial may have the processor without an end before it counts as hung. */
export const WATCHDOG_MS = 250;

/** What the watchdog has seen, beside the outcomes that are counted by signature. */
export interface WatchFigures {
  /** Times at which the run stood still because the host gave it no processor, and for how long in all: no failure. */
  readonly hostStalls: number;
  readonly hostStallMs: number;
  /** What the host says of its processors over the run; null where it says nothing. */
  readonly hostWaitingMs: number | null;
  readonly hostStolenMs: number | null;
  /** Workers that obeyed nothing, were ended and replaced. */
  readonly workersReplaced: number;
}

/** A tick that comes so many times later than it should means that the host did not run this process. */
const LATE_TICKS = 4;
const CLOCK_TICK_MS = 10;

/**
 * Looks at the machines from outside while their CPUs run, and tells the ways in which CPUs hang apart. It reads shared
 * memory and never waits. It gives no verdict itself: it asks a CPU that is in the trial for it (nmi.ts).
 */
export class Watchdog {
  readonly #watches: readonly MachineWatch[];
  readonly #tickMs: number;
  readonly #before: HostPressure = hostPressure();
  #lastMs = performance.now();
  #stalls = 0;
  #stallMs = 0;

  /** `tickMs`: how often `tick` is called. `limitMs`: as WATCHDOG_MS. */
  constructor(machines: readonly HostMachine[], plan: Plan, limitMs: number, tickMs: number) {
    this.#watches = machines.map((machine) => new MachineWatch(machine, plan, limitMs, tickMs));
    this.#tickMs = tickMs;
  }

  /** Call once a tick: the threads that answer nothing, and have to be replaced. */
  tick(): Finding[] {
    const nowMs = performance.now();
    const lateMs = nowMs - this.#lastMs - this.#tickMs;
    this.#lastMs = nowMs;
    if (lateMs >= LATE_TICKS * this.#tickMs) {
      this.#stalls++;
      this.#stallMs += lateMs;
    }
    return this.#watches.flatMap((watch) => {
      const finding = watch.tick();
      return finding === undefined ? [] : [finding];
    });
  }

  /** Whether a machine stands still because its threads get no processor. */
  isStalled(machine: number): boolean {
    return this.#watches[machine].isStalled;
  }

  figures(workersReplaced: number): WatchFigures {
    const after = hostPressure();
    const passed = (now: number | null, before: number | null, unitMs: number): number | null =>
      now === null || before === null ? null : (now - before) * unitMs;
    return {
      hostStalls: this.#stalls + this.#watches.reduce((n, watch) => n + watch.stalls, 0),
      hostStallMs: Math.round(this.#stallMs + this.#watches.reduce((n, watch) => n + watch.stallMs, 0)),
      hostWaitingMs: passed(after.waitingUs, this.#before.waitingUs, 1 / 1000),
      hostStolenMs: passed(after.stolenTicks, this.#before.stolenTicks, CLOCK_TICK_MS),
      workersReplaced,
    };
  }
}
