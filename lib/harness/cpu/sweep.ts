/** The rounds of a litmus test. Made on each CPU's thread by cpuMain.ts, for rounds.ts. */

import { LINE_WORDS } from '../../sharedarraybuffer-utils/index.js';
import type { Cpu } from '../../machine/cpu.js';
import { noteFirstFailure } from '../../machine/firstFailure.js';
import { COUNTER, CPU } from '../../machine/layout.js';
import { meet } from '../../machine/meeting.js';
import type { LitmusRace } from '../../race/race.js';
import { RaceFault, functionThrew } from '../../race/raceFault.js';
import type { Plan } from '../plan.js';
import {
  BLOCK_TRIALS,
  RELAXED,
  SPREAD,
  SWEEP_TRIALS,
  outcomeOf,
  outcomesOf,
  placesAt,
  startAt,
  relaxationOf,
  tallyAt,
  type HostedLitmus,
  type LitmusVariant,
  type SweepPlaces,
} from '../../race/litmus.js';
import { endRound, nextMeeting, type RoundProgress } from './loops.js';
import type { Rounds } from './rounds.js';

/** How long a thread waits at a start: some 20 us. */
const START_POLLS = 2000;

/**
 * A round of a litmus test, in passes over its arrays. In a pass each thread runs its program for all trials, at its own pace
 * but for a start in front of each block; behind it each tallies a share of the trials and clears a share of the words.
 */
export class SweptRounds implements Rounds {
  readonly longest: number;
  readonly #cpu: Cpu;
  readonly #race: LitmusRace;
  readonly #test: HostedLitmus;
  readonly #variant: LitmusVariant;
  readonly #places: SweepPlaces;
  readonly #tally: number;
  readonly #line: number;
  #starts = 0;

  constructor(cpu: Cpu, race: LitmusRace, { variant, round }: Pick<Plan, 'variant' | 'round'>) {
    const { test } = race;
    this.longest = round;
    this.#cpu = cpu;
    this.#race = race;
    this.#test = test;
    this.#variant = variant as LitmusVariant;
    this.#places = placesAt(test, cpu.map.sweep);
    this.#line = startAt(test, cpu.map.sweep, 0);
    this.#tally = tallyAt(test, cpu.map.sweep, cpu.id);
  }

  run(_: Plan['sync'], first: number, trials: number, progress: RoundProgress): void {
    const { mem, block, id } = this.#cpu;
    try {
      for (let done = 0; done < trials; done += SWEEP_TRIALS) {
        mem[block + CPU.trial] = first + done;
        this.#pass(Math.min(SWEEP_TRIALS, trials - done), progress);
      }
    } catch (thrown) {
      throw functionThrew(this.#race.name, `the ${this.#variant} program of thread ${id}`, thrown);
    }
    endRound(progress, trials, false);
  }

  /** Adds what all CPUs have tallied to the machine's counters. */
  count(): void {
    countOutcomes(this.#cpu, this.#test, this.#variant);
  }

  #pass(trials: number, progress: RoundProgress): void {
    const { mem, id } = this.#cpu;
    const sweep = this.#test.threads[id][this.#variant];
    this.#clear(trials);
    meet(this.#cpu, nextMeeting(progress));
    for (let from = 0; from < trials; from += BLOCK_TRIALS) {
      this.#start();
      sweep(mem, this.#places, from, Math.min(trials, from + BLOCK_TRIALS));
    }
    meet(this.#cpu, nextMeeting(progress));
    const { cpus } = this.#cpu;
    const from = Math.floor((trials * id) / cpus);
    const to = Math.floor((trials * (id + 1)) / cpus);
    if (this.#places.registers.length === 2) this.#countPairs(from, to);
    else this.#count(from, to);
  }

  /**
   * Waits at a start for the other threads; all leave it within one transfer of a line. A thread that does not arrive
   * has no processor, and the others continue without it: only what they see together suffers.
   */
  #start(): void {
    const { mem, id, cpus } = this.#cpu;
    const mark = (this.#starts = (this.#starts + 1) | 0);
    Atomics.store(mem, this.#line + id * LINE_WORDS, mark);
    let polls = START_POLLS;
    for (let c = 0; c < cpus; c++) {
      if (c !== id) while (((Atomics.load(mem, this.#line + c * LINE_WORDS) - mark) | 0) < 0 && polls > 0) polls--;
    }
  }

  #clear(trials: number): void {
    const { mem, id, cpus } = this.#cpu;
    const { locations } = this.#places;
    for (let l = 0; l < locations.length; l++) {
      if (l % cpus === id) mem.fill(0, locations[l], locations[l] + trials * SPREAD);
    }
  }

  #countPairs(from: number, to: number): void {
    const { mem } = this.#cpu;
    const [first, second] = this.#places.registers;
    const tally = this.#tally;
    for (let i = from; i < to; i++) {
      const outcome = mem[first + i * SPREAD] | (mem[second + i * SPREAD] << 1);
      if (outcome >>> 2 !== 0) this.#refuse(i);
      mem[tally + outcome]++;
    }
  }

  #count(from: number, to: number): void {
    const { mem } = this.#cpu;
    const { registers } = this.#places;
    const outcomes = outcomesOf(this.#test);
    for (let i = from; i < to; i++) {
      let outcome = 0;
      for (let r = 0; r < registers.length; r++) outcome |= mem[registers[r] + i * SPREAD] << r;
      if (outcome >>> 0 >= outcomes) this.#refuse(i);
      mem[this.#tally + outcome]++;
    }
  }

  /** Throws RaceFault: a value that no register can hold is a fault of the race, and no outcome. */
  #refuse(trial: number): never {
    const { mem } = this.#cpu;
    const held = this.#places.registers.map((at, r) => `${this.#test.registers[r]}=${mem[at + trial * SPREAD]}`);
    throw new RaceFault(`a litmus test's registers hold 0 or 1, not ${held.join('; ')}`);
  }
}

function countOutcomes(cpu: Cpu, test: HostedLitmus, variant: string): void {
  const { mem, map, counters } = cpu;
  const sums = Array.from({ length: outcomesOf(test) }, () => 0);
  for (let c = 0; c < cpu.cpus; c++) {
    const tally = tallyAt(test, map.sweep, c);
    for (let o = 0; o < sums.length; o++) {
      sums[o] += mem[tally + o];
      mem[tally + o] = 0;
    }
  }
  sums.forEach((count, o) => counters.add(COUNTER.signature0 + map.shape.signatures + o, count));
  const relaxed = sums[outcomeOf(test.relaxed)];
  if (relaxed === 0 || relaxationOf(test, variant) === 'allowed') return;
  counters.add(COUNTER.failures, relaxed);
  counters.add(COUNTER.signature0 + cpu.signatures.indexOf(RELAXED), relaxed);
  noteFirstFailure(cpu);
}
