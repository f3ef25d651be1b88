/** Runs a CPU round by round: first states, trials, book-keeping. Called on each CPU's thread by cpuMain.ts. */

import { Gate } from '../../sharedarraybuffer-utils/index.js';
import type { Cpu } from '../../machine/cpu.js';
import { COUNTER, CPU, MACHINE, PROGRESS } from '../../machine/layout.js';
import { idleAtGate } from '../../machine/meeting.js';
import { SENTENCE } from '../../machine/nmi.js';
import { highOf, lowOf, roundFrom, trialNumber } from '../../machine/trialNumber.js';
import { WARM_UP_TRIALS, type CollectionCount } from './heapFigures.js';
import { inlineOperations } from './inlining.js';
import { appliedSettings, takeOver, takeUp, type RoundSettings } from '../liveSettings.js';
import { trialsOf, type Plan } from '../plan.js';
import type { Promises } from './promises.js';
import type { RoundProgress } from './loops.js';
import { checkReset } from '../strayStores.js';
import type { Resumption } from './trial.js';

/** What a round consists of: trials of actors (actorRounds.ts), or sweeps of a litmus test (sweep.ts). */
export interface Rounds {
  /** The largest number of trials in a round. */
  readonly longest: number;
  /** Runs this CPU's part of a round, and says in `progress` how it ended. `first`: the number of its first trial; `resumed`: where another thread was ended in it. */
  run(
    sync: Plan['sync'],
    first: number,
    trials: number,
    progress: RoundProgress,
    resumed: Resumption | undefined,
  ): void | Promise<void>;
  /** Brings this CPU's share of what the trials work on into its first state; absent where the rounds do that themselves. */
  reset?(trials: number): void;
  /** Takes up what of the settings its trials look at; absent where they look at none. */
  takeUp?(): void;
  /** Adds what a round of so many trials has counted beside them. CPU 0 only, between rounds. */
  count(sync: Plan['sync'], trials: number): void;
}

/** What one CPU needs for a run. */
export interface CpuRun {
  readonly cpu: Cpu;
  /** The race and what the CPU runs of it, for faults: `race xen-pin: actor dup_mmap`. */
  readonly who: string;
  readonly race: string;
  readonly plan: Plan;
  readonly rounds: Rounds;
  readonly promises: Promises;
  /** Null if the plan does not count collections. */
  readonly heap: CollectionCount | null;
  /** Whether the thread continues where another one was ended. */
  readonly replaces: boolean;
}

/**
 * Runs one CPU, in rounds, until CPU 0 finds that it is time to end. Each round has three gates: behind the first CPU 0
 * has counted the last round and announced this one, behind the second all instances are in their first state, the
 * third closes the round.
 */
export function runRounds(run: CpuRun): void {
  const loop = new RoundLoop(run);
  while (loop.begins()) {
    void loop.run();
    loop.ends();
  }
}

/** Runs one CPU as `runRounds` does, of a race whose actors are awaited. */
export async function awaitRounds(run: CpuRun): Promise<void> {
  const loop = new RoundLoop(run);
  while (loop.begins()) {
    await loop.run();
    loop.ends();
  }
}

/** The rounds of one CPU, one after the other. */
class RoundLoop {
  readonly #run: CpuRun;
  readonly #gate: Gate;
  readonly #settings: Followed;
  readonly #book: RoundBook;
  readonly #progress: RoundProgress;
  /** Where another thread was ended, up to the end of that round. */
  #resumed: Resumption | undefined;
  #trialsRun = 0;

  constructor(run: CpuRun) {
    const { cpu } = run;
    const { mem, map } = cpu;
    this.#run = run;
    this.#gate = new Gate(mem, map.machine + MACHINE.gate, cpu.places, map.parties);
    this.#settings = new Followed(run);
    this.#book = new RoundBook(run, this.#settings);
    // The meeting is 0, but for a thread that continues where another was ended.
    this.#progress = { meeting: mem[cpu.progress + PROGRESS.meeting], trials: 0, failed: false };
    this.#resumed = run.replaces ? resume(cpu, this.#progress) : undefined;
  }

  /** Passes the two gates in front of a round; false if CPU 0 announced the end. */
  begins(): boolean {
    if (this.#resumed !== undefined) return true;
    const { cpu, rounds, replaces } = this.#run;
    const { mem, map } = cpu;
    if (cpu.id === 0) this.#book.announce();
    idleAtGate(cpu, this.#gate);
    const trials = mem[map.machine + MACHINE.roundTrials];
    if (trials === 0) return false;
    this.#settings.follow();
    if (mem[map.machine + MACHINE.roundReset] !== 0) rounds.reset?.(trials);
    if (!replaces && this.#trialsRun === 0) this.#prepare();
    idleAtGate(cpu, this.#gate);
    return true;
  }

  /** Does what comes before the first trial, when all threads have been made. */
  #prepare(): void {
    const { cpu, race } = this.#run;
    if (cpu.id === 0) inlineOperations();
    checkReset(race, cpu.mem, cpu.map);
  }

  run(): void | Promise<void> {
    const { cpu, rounds } = this.#run;
    const { mem, map } = cpu;
    const { roundFirst, roundTrials } = MACHINE;
    const first = mem[map.machine + roundFirst];
    const trials = mem[map.machine + roundTrials];
    return rounds.run(this.#settings.sync, first, trials, this.#progress, this.#resumed);
  }

  /** Closes a round. */
  ends(): void {
    const { cpu, heap, promises, who } = this.#run;
    this.#resumed = undefined;
    // In front of the gate behind which CPU 0 counts the round.
    promises.check(who);
    this.#trialsRun += cpu.mem[cpu.map.machine + MACHINE.roundTrials];
    heap?.round(this.#trialsRun > WARM_UP_TRIALS);
    idleAtGate(cpu, this.#gate);
    if (cpu.id === 0) this.#book.count(this.#progress);
  }
}

/** Returns where the thread was that this one replaces, by what it left in shared memory. */
function resume(cpu: Cpu, progress: RoundProgress): Resumption {
  const { mem, block } = cpu;
  // A thread is ended in the code of the race alone (nmi.ts): in its actor, or in a handler in its idle loop.
  const inActor = mem[cpu.progress + PROGRESS.handlers] === 0;
  const wasAsleep = mem[cpu.progress + PROGRESS.sentence] === SENTENCE.ENDED_ASLEEP;
  Atomics.store(mem, cpu.progress + PROGRESS.sentence, SENTENCE.NONE);
  // One that was ended in a meeting arrives at it once more.
  progress.meeting = (mem[cpu.progress + PROGRESS.meeting] - (inActor ? 0 : 1)) | 0;
  return { trial: mem[block + CPU.trial], inActor, wasAsleep };
}

/** How a CPU runs its rounds: as the plan says, or as what is asked for while it runs. */
class Followed implements RoundSettings {
  sync: Plan['sync'];
  round: number;
  #taken = 0;
  readonly #run: CpuRun;

  constructor(run: CpuRun) {
    this.#run = run;
    this.sync = run.plan.sync;
    this.round = run.rounds.longest;
    this.follow();
  }

  /** Takes over new settings, between the first two gates of a round. */
  follow(): void {
    const { plan, cpu, rounds } = this.#run;
    if (!plan.live || appliedSettings(cpu) === this.#taken) return;
    this.#taken = appliedSettings(cpu);
    takeUp(plan, cpu, this);
    rounds.takeUp?.();
  }
}

/** CPU 0's book-keeping between rounds. */
class RoundBook {
  readonly #run: CpuRun;
  readonly #settings: Followed;
  readonly #cpu: Cpu;
  readonly #limit: number;
  #done = 0;
  /** The first trial of the next round. */
  #next: number;
  #standing = false;
  /** Trials of a round that is not cut short. */
  readonly #trials: number;

  constructor(run: CpuRun, settings: Followed) {
    this.#run = run;
    this.#settings = settings;
    this.#cpu = run.cpu;
    this.#trials = run.rounds.longest;
    this.#limit = trialsOf(run.plan, this.#cpu.machineIndex);
    const { mem, map, counters } = this.#cpu;
    const { roundHigh, roundFirst } = MACHINE;
    this.#next = Math.max(1, trialNumber(mem[map.machine + roundHigh], mem[map.machine + roundFirst]));
    if (!run.replaces) return;
    this.#done = counters.read(COUNTER.trials);
    this.#standing = true;
  }

  /** Announces the next round: its first trial, and how many; none ends the run. */
  announce(): void {
    const { mem, map } = this.#cpu;
    if (this.#run.plan.live && takeOver(this.#cpu)) {
      this.#settings.follow();
      this.#standing = false;
    }
    this.#next = roundFrom(this.#next, this.#trials);
    mem[map.machine + MACHINE.roundFirst] = lowOf(this.#next);
    mem[map.machine + MACHINE.roundHigh] = highOf(this.#next);
    mem[map.machine + MACHINE.roundTrials] = this.#ended()
      ? 0
      : Math.min(this.#settings.round, this.#trials, this.#limit - this.#done);
    // In a standing workload the instance lives on, unless a failure has spoilt it.
    const livesOn = this.#settings.sync === 'free' && this.#standing;
    mem[map.machine + MACHINE.roundReset] = livesOn ? 0 : 1;
    this.#standing = true;
  }

  #ended(): boolean {
    const { mem, map } = this.#cpu;
    if (Atomics.load(mem, map.machine + MACHINE.stop) !== 0) return true;
    return this.#run.plan.stopOnFirst && this.#cpu.counters.read(COUNTER.failures) > 0;
  }

  count({ trials, failed }: RoundProgress): void {
    this.#done += trials;
    // Trial numbers continue behind those that a failure cut off, so that no two trials share one.
    this.#next += this.#trials;
    this.#cpu.counters.add(COUNTER.trials, trials);
    this.#cpu.counters.add(COUNTER.rounds, 1);
    this.#run.rounds.count(this.#settings.sync, trials);
    if (failed) this.#standing = false;
  }
}
