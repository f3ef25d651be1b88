/** Watches all machines of a run for hangs, and the host for stalls. Used on the host by supervise.ts. */

import type { HostMachine } from '../host/machine.js';
import type { Departure } from './departures.js';
import { ownTid } from '../ownTid.js';
import { MachineWatch } from './machineWatch.js';
import { PlaceWatch, type Stay } from './placeWatch.js';
import type { Plan } from '../plan.js';
import { hostPressure, threadRanMs, type HostPressure } from '../host/threadTime.js';

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
 * memory and never waits. It sets no outcome itself: it asks a CPU that is in the trial for it (nmi.ts).
 */
export class Watchdog {
  readonly #machines: readonly HostMachine[];
  readonly #watches: readonly MachineWatch[];
  readonly #places: readonly PlaceWatch[];
  readonly #tickMs: number;
  readonly #before: HostPressure = hostPressure();
  #lastMs = performance.now();
  /** The thread that this runs on, and its CPU time at the last tick. */
  readonly #ownTid = ownTid();
  #ownMs = 0;
  #stalls = 0;
  #stallMs = 0;

  /** `tickMs`: how often `tick` is called. `limitMs`: as WATCHDOG_MS; Infinity for one that only looks. */
  constructor(machines: readonly HostMachine[], plan: Plan, limitMs: number, tickMs: number) {
    this.#machines = machines;
    this.#watches = machines.map((machine) => new MachineWatch(machine, plan, limitMs, tickMs));
    this.#places = machines.map((machine) => new PlaceWatch(machine, tickMs));
    this.#tickMs = tickMs;
  }

  /** Call once a tick. Returns the threads that do not respond, and are condemned to be replaced. */
  tick(): Departure[] {
    this.#noteLateness();
    return this.#watches.flatMap((watch) => watch.tick());
  }

  /** Counts a stall: the process was stopped, or its own thread had no processor. While threads are being made, that is no stall. */
  #noteLateness(): void {
    const [beforeMs, ownBeforeMs] = [this.#lastMs, this.#ownMs];
    this.#lastMs = performance.now();
    this.#ownMs = threadRanMs(this.#ownTid) ?? 0;
    // What this thread itself had to do is no stall either.
    const lateMs = this.#lastMs - beforeMs - this.#tickMs - (this.#ownMs - ownBeforeMs);
    if (lateMs < LATE_TICKS * this.#tickMs || !this.#machines.every((machine) => machine.hasBegun())) return;
    this.#stalls++;
    this.#stallMs += lateMs;
  }

  /** Call once a tick. Returns a thread that does not leave the race's code outside the trials, or null. */
  tickPlaces(): Stay | null {
    return this.#places.find((watch) => watch.tick())?.longest ?? null;
  }

  /** Returns the longest stay in such a place on one machine; null if there is none. */
  stayOn(machine: number): Stay | null {
    return this.#places[machine].longest;
  }

  /** Returns the watch over one machine. */
  over(machine: number): MachineWatch {
    return this.#watches[machine];
  }

  figures(workersReplaced: number): WatchFigures {
    const after = hostPressure();
    const passed = (now: number | null, before: number | null, unitMs: number): number | null =>
      now === null || before === null ? null : (now - before) * unitMs;
    // Machines side by side stand still at the same time: the one that had least stands for all.
    const worst = this.#watches.reduce((a, b) => (b.stallMs > a.stallMs ? b : a));
    return {
      hostStalls: this.#stalls + worst.stalls,
      hostStallMs: Math.round(this.#stallMs + worst.stallMs),
      hostWaitingMs: passed(after.waitingUs, this.#before.waitingUs, 1 / 1000),
      hostStolenMs: passed(after.stolenTicks, this.#before.stolenTicks, CLOCK_TICK_MS),
      workersReplaced,
    };
  }
}
