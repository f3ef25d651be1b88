/** Notices machines on which nothing moves, as a last resort beside the watchdog. Used on the host by supervise.ts. */

import type { HostMachine } from '../host/machine.js';

/** How long the threads of a machine may take to start: many of them on few cores need seconds. */
const BOOT_MS_MAX = 60_000;
/** How long a host may give a machine no processor. */
const STALL_MS_MAX = 60_000;
/** In place of a fingerprint, which is a 32-bit number. */
const BOOTING = Infinity;

/**
 * Notices a machine on which no CPU makes progress, whatever the watchdog makes of that. It counts its own ticks
 * instead of reading a clock, so that a process that was stopped is not taken for a hang.
 */
export class ProgressWatch {
  readonly #machines: readonly HostMachine[];
  readonly #limitMs: number;
  readonly #tickMs: number;
  readonly #last: number[];
  readonly #still: number[];
  readonly #isStalled: (machine: number) => boolean;

  /** `isStalled`: whether the host gives a machine, by its index, no processor: then it has longer, but not for ever. */
  constructor(
    machines: readonly HostMachine[],
    limitMs: number,
    tickMs: number,
    isStalled: (machine: number) => boolean = () => false,
  ) {
    this.#isStalled = isStalled;
    this.#machines = machines;
    this.#limitMs = limitMs;
    this.#tickMs = tickMs;
    this.#last = machines.map(() => BOOTING);
    this.#still = machines.map(() => 0);
  }

  /** Call once a tick. Returns how long a machine has not changed, in milliseconds, if that is longer than it may; otherwise 0. */
  stuckMs(): number {
    for (const [m, machine] of this.#machines.entries()) {
      if (machine.isEnding()) continue;
      const booting = !machine.hasBegun();
      const now = booting ? BOOTING : this.#fingerprint(machine);
      this.#still[m] = now === this.#last[m] ? this.#still[m] + 1 : 0;
      this.#last[m] = now;
      const stillMs = this.#still[m] * this.#tickMs;
      if (stillMs >= this.#mostMs(m, booting)) return stillMs;
    }
    return 0;
  }

  #mostMs(machine: number, booting: boolean): number {
    if (booting) return BOOT_MS_MAX;
    return this.#isStalled(machine) ? Math.max(STALL_MS_MAX, this.#limitMs) : this.#limitMs;
  }

  #fingerprint(machine: HostMachine): number {
    let all = 0;
    for (let cpu = 0; cpu < machine.map.shape.cpus; cpu++) all = (Math.imul(all, 33) + machine.progressOf(cpu)) | 0;
    return all;
  }
}
