/** Follows what each CPU does in a trial that does not end. Used on the host by machineWatch.ts and accuser.ts. */

import { blockOf } from '../../machine/cpu.js';
import { CPU } from '../../machine/layout.js';
import { lockGeneration } from '../../machine/lockWord.js';
import { IRR_NMI, sendNmi } from '../../machine/nmi.js';
import { WAIT, waitKind, waitObject } from '../../machine/wait.js';
import { cpusInRaceCode, threadOf } from './awaited.js';
import type { HostMachine } from '../host/machine.js';
import type { TrialClock } from './trialClock.js';

/** One CPU that is in the code of the race, in a trial that does not end. */
export interface Suspect {
  readonly cpu: number;
  /** The CPU that its thread started as. */
  readonly thread: number;
  /** Its wait record, since which millisecond of the trial it stands, and the generation of the lock that it waits for. */
  wait: number;
  waitSinceMs: number;
  generation: number;
  /** In how many waits it was seen, and in which millisecond of the trial it was seen at all. */
  waits: number;
  readonly seenMs: number;
  /** What its thread had been served, and had of the processor, when it was first seen with an NMI that it has not taken since. */
  deafAt: { readonly servedMs: number; readonly ranMs: number } | null;
  isProbed: boolean;
}

/** A thread that sleeps has next to nothing of the processor: less than this share of the time. */
const ASLEEP_SHARE = 0.1;

/** The CPUs that are in the code of the race, looked at once a tick, and what each has done since the trial stands still. */
export class Suspects {
  readonly #machine: HostMachine;
  readonly #clock: TrialClock;
  #all: Suspect[] = [];

  constructor(machine: HostMachine, clock: TrialClock) {
    this.#machine = machine;
    this.#clock = clock;
  }

  get all(): readonly Suspect[] {
    return this.#all;
  }

  forget(): void {
    this.#all = [];
  }

  look(): void {
    const known = this.#all;
    this.#all = cpusInRaceCode(this.#machine).map((cpu) => {
      const thread = threadOf(this.#machine, cpu);
      const suspect = known.find((s) => s.cpu === cpu && s.thread === thread) ?? this.#make(cpu, thread);
      this.#update(suspect);
      return suspect;
    });
  }

  #make(cpu: number, thread: number): Suspect {
    return {
      cpu,
      thread,
      wait: -1,
      waitSinceMs: 0,
      generation: 0,
      waits: 0,
      seenMs: this.#clock.trialMs,
      deafAt: null,
      isProbed: false,
    };
  }

  #update(suspect: Suspect): void {
    const { mem, map } = this.#machine;
    const block = blockOf(map, suspect.cpu);
    const wait = Atomics.load(mem, block + CPU.wait);
    if (wait !== suspect.wait) {
      suspect.wait = wait;
      suspect.waitSinceMs = this.#clock.trialMs;
      if (waitKind(wait) !== WAIT.RUN) suspect.waits++;
      // What the race has stored over the record is the index of no word: then there is 0.
      suspect.generation = waitKind(wait) === WAIT.LOCK ? lockGeneration(mem[waitObject(wait)]) : 0;
    }
    const { thread } = suspect;
    if ((Atomics.load(mem, block + CPU.irr) & IRR_NMI) === 0) suspect.deafAt = null;
    else suspect.deafAt ??= { servedMs: this.#clock.servedMs(thread), ranMs: this.#clock.ranMs(thread) };
  }

  /** Asks those that have not been asked yet whether they still respond. */
  probe(): void {
    for (const suspect of this.#all) {
      if (suspect.isProbed) continue;
      suspect.isProbed = true;
      sendNmi(this.#machine.mem, this.#machine.map, suspect.cpu);
    }
  }

  /** Returns those that have not taken their NMI although they could have run, or would have done nothing with a processor, for so long. */
  deafFor(ms: number): Suspect[] {
    return this.#all.filter(
      ({ deafAt, thread }) => deafAt !== null && this.#clock.servedMs(thread) - deafAt.servedMs >= ms,
    );
  }

  /** Whether each has answered. */
  haveAnswered(): boolean {
    return this.#all.every(({ isProbed, deafAt }) => isProbed && deafAt === null);
  }

  /** Whether a deaf one sleeps in the kernel. */
  isAsleep({ thread, deafAt }: Suspect): boolean {
    if (deafAt === null) return false;
    const servedMs = this.#clock.servedMs(thread) - deafAt.servedMs;
    return this.#clock.ranMs(thread) - deafAt.ranMs < ASLEEP_SHARE * servedMs;
  }

  /** Returns those that wait for something that the machine knows, the longest first, and for how long in milliseconds of the trial. */
  waiting(): { readonly suspect: Suspect; readonly ms: number }[] {
    return this.#all
      .filter(({ wait }) => waitKind(wait) !== WAIT.RUN)
      .map((suspect) => ({ suspect, ms: this.#clock.trialMs - suspect.waitSinceMs }))
      .toSorted((a, b) => b.ms - a.ms);
  }

  /** Returns the one that had most of the processor. */
  busiest(): Suspect {
    return this.#all.reduce((a, b) => (this.#clock.ranMs(b.thread) > this.#clock.ranMs(a.thread) ? b : a));
  }
}
