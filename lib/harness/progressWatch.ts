import type { HostMachine } from './machine.js';

/**
 * Notices a machine on which no CPU gets anywhere. It counts its own ticks instead of reading a clock, so that a process
 * that was stopped, or a host that had no time for it, is not taken for a hang.
 */
export class ProgressWatch {
  readonly limitMs: number;
  readonly #machines: readonly HostMachine[];
  readonly #ticksMax: number;
  readonly #last: number[];
  readonly #still: number[];

  constructor(machines: readonly HostMachine[], limitMs: number, tickMs: number) {
    this.limitMs = limitMs;
    this.#machines = machines;
    this.#ticksMax = Math.ceil(limitMs / tickMs);
    this.#last = machines.map(() => 0);
    this.#still = machines.map(() => 0);
  }

  /** Call once a tick. True when a machine has not changed for the whole limit. */
  isStuck(): boolean {
    return this.#machines.some((machine, m) => {
      const now = this.#fingerprint(machine);
      this.#still[m] = now === this.#last[m] ? this.#still[m] + 1 : 0;
      this.#last[m] = now;
      return this.#still[m] >= this.#ticksMax;
    });
  }

  #fingerprint(machine: HostMachine): number {
    let all = 0;
    for (let cpu = 0; cpu < machine.map.shape.cpus; cpu++) all = (Math.imul(all, 33) + machine.progressOf(cpu)) | 0;
    return all;
  }
}
