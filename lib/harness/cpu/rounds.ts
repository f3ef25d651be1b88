/** Runs a CPU round by round: first states, trials, book-keeping. Called on each CPU's thread by cpuMain.ts. */

import { Gate } from '../../sharedarraybuffer-utils/index.js';
import { instanceAt, type Cpu } from '../../machine/cpu.js';
import { COUNTER, CPU, HEADER, MACHINE, PROGRESS } from '../../machine/layout.js';
import { idleAtGate } from '../../machine/meeting.js';
import { SENTENCE } from '../../machine/nmi.js';
import { highOf, lowOf, roundFrom, trialNumber } from '../../machine/trialNumber.js';
import type { Race } from '../../race/race.js';
import { functionThrew } from '../../race/raceFault.js';
import { WARM_UP_TRIALS, type CollectionCount } from './heapFigures.js';
import { appliedSettings, takeOver, takeUp, type RoundSettings } from '../liveSettings.js';
import { PLACE, Whereabouts } from '../places.js';
import { trialsOf, type Plan } from '../plan.js';
import type { PromiseWatch } from './promises.js';
import { freeRound, rendezvousRound, strideRound, type Progress, type RoundResult } from './loops.js';
import { checkReset } from '../strayStores.js';
import { SweptRounds, countOutcomes } from './sweep.js';
import { seedOf } from '../draws.js';
import type { Resumption, TrialWork } from './trial.js';

const ROUNDS = { free: freeRound, stride: strideRound, rendezvous: rendezvousRound, lockstep: rendezvousRound };

/** What one CPU needs for a run. */
export interface CpuRun {
  readonly work: TrialWork;
  readonly plan: Plan;
  readonly race: Race;
  readonly promises: PromiseWatch;
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
  const { cpu } = run.work;
  const { mem, map } = cpu;
  const gate = new Gate(mem, map.machine + MACHINE.gate, cpu.cpus, map.parties);
  const settings = new Followed(run);
  const round = roundOf(run);
  const book = new RoundBook(run, settings);
  // 0, but for a thread that continues where another was ended.
  const progress = { turn: mem[cpu.progress + PROGRESS.turn] };
  let trialsRun = 0;
  let resumed = run.replaces ? resume(cpu, progress) : undefined;
  for (;;) {
    const isFirst = !run.replaces && trialsRun === 0;
    if (resumed === undefined && !beginRound(run, book, gate, settings, isFirst)) return;
    const first = mem[map.machine + MACHINE.roundFirst];
    run.work.seed = seedOf(run.plan.seed, mem[map.machine + MACHINE.roundHigh]);
    const trials = mem[map.machine + MACHINE.roundTrials];
    const result = round(settings.sync, first, trials, progress, resumed);
    resumed = undefined;
    // In front of the gate behind which CPU 0 counts the round.
    run.promises.check(run.work.who);
    trialsRun += trials;
    run.heap?.round(trialsRun > WARM_UP_TRIALS);
    idleAtGate(cpu, gate);
    if (cpu.id === 0) book.count(result);
  }
}

type Round = (
  sync: Plan['sync'],
  first: number,
  trials: number,
  progress: Progress,
  resumed?: Resumption,
) => RoundResult;

function roundOf({ work, plan, race, replaces }: CpuRun): Round {
  if (race.litmus !== undefined) {
    if (replaces) throw new Error('a thread of a litmus race was ended, and none can take up its sweep');
    const swept = new SweptRounds(work.cpu, race.litmus, plan.variant);
    return (_, first, trials, progress) => {
      try {
        return swept.run(first, trials, progress);
      } catch (thrown) {
        throw functionThrew(race.name, `the ${plan.variant} program of thread ${work.cpu.id}`, thrown);
      }
    };
  }
  const forget = forgetOf(work.cpu, race);
  return (sync, first, trials, progress, resumed) => ROUNDS[sync](work, first, trials, progress, forget, resumed);
}

function forgetOf({ mem, progress }: Cpu, race: Race): ((cpu: Cpu) => void) | undefined {
  if (race.recover === undefined) return undefined;
  const where = new Whereabouts(mem, progress);
  return (cpu) => {
    where.enter(PLACE.RECOVERING);
    race.recover?.(cpu);
    where.leave();
  };
}

/** Passes the two gates in front of a round; false if CPU 0 announced the end. */
function beginRound(run: CpuRun, book: RoundBook, gate: Gate, settings: Followed, isFirst: boolean): boolean {
  const { cpu } = run.work;
  const { mem, map } = cpu;
  if (cpu.id === 0) book.announce();
  idleAtGate(cpu, gate);
  const trials = mem[map.machine + MACHINE.roundTrials];
  if (trials === 0) return false;
  settings.follow();
  if (mem[map.machine + MACHINE.roundReset] !== 0) resetShare(run, trials);
  if (isFirst) checkReset(run.race.name, mem, map);
  idleAtGate(cpu, gate);
  return true;
}

/** Returns where the thread was that this one replaces, by what it left in shared memory. */
function resume(cpu: Cpu, progress: Progress): Resumption {
  const { mem, block } = cpu;
  // A thread is ended in the code of the race alone (nmi.ts): in its actor, or in a handler in its idle loop.
  const inActor = mem[cpu.progress + PROGRESS.handlers] === 0;
  const wasAsleep = mem[cpu.progress + PROGRESS.sentence] === SENTENCE.ENDED_ASLEEP;
  Atomics.store(mem, cpu.progress + PROGRESS.sentence, SENTENCE.NONE);
  // One that was ended in a meeting arrives at it once more.
  progress.turn = (mem[cpu.progress + PROGRESS.turn] - (inActor ? 0 : 1)) | 0;
  return { trial: mem[block + CPU.trial], inActor, wasAsleep };
}

/** Brings this CPU's share of the instances into their first state. */
function resetShare(run: CpuRun, trials: number): void {
  const { cpu, config } = run.work;
  const { mem, map } = cpu;
  const where = new Whereabouts(mem, cpu.progress);
  where.enter(PLACE.RESETTING);
  for (let i = cpu.id; i < trials; i += cpu.cpus) {
    const instance = instanceAt(map, i);
    const header = instance - HEADER.WORDS;
    mem[header + HEADER.window] = mem[header + HEADER.reach] = mem[header + HEADER.near] = 0;
    run.race.reset(mem, instance, config);
  }
  where.leave();
}

/** Returns the largest number of trials in a round. */
function roundLimit({ race, plan, work }: CpuRun): number {
  return race.litmus === undefined ? work.cpu.map.shape.instances : plan.round;
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
    this.round = roundLimit(run);
    this.follow();
  }

  /** Takes over new settings, between the first two gates of a round. */
  follow(): void {
    const { plan, work } = this.#run;
    if (!plan.live || appliedSettings(work.cpu) === this.#taken) return;
    this.#taken = appliedSettings(work.cpu);
    takeUp(plan, work, this);
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
    this.#cpu = run.work.cpu;
    this.#trials = roundLimit(run);
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
    // The threads of a litmus test clear what they sweep themselves.
    mem[map.machine + MACHINE.roundReset] = livesOn || this.#run.race.litmus !== undefined ? 0 : 1;
    this.#standing = true;
  }

  #ended(): boolean {
    const { mem, map } = this.#cpu;
    if (Atomics.load(mem, map.machine + MACHINE.stop) !== 0) return true;
    return this.#run.plan.stopOnFirst && this.#cpu.counters.read(COUNTER.failures) > 0;
  }

  count(result: RoundResult): void {
    const { mem, map } = this.#cpu;
    this.#done += result.trials;
    // Trial numbers continue behind those that a failure cut off, so that no two trials share one.
    this.#next += this.#trials;
    this.#cpu.counters.add(COUNTER.trials, result.trials);
    this.#cpu.counters.add(COUNTER.rounds, 1);
    const { litmus } = this.#run.race;
    if (litmus !== undefined) return countOutcomes(this.#cpu, litmus, this.#run.plan.variant);
    let near = 0;
    if (this.#settings.sync !== 'free') {
      for (let i = 0; i < result.trials; i++) if (mem[instanceAt(map, i) - HEADER.WORDS + HEADER.near] !== 0) near++;
    }
    this.#cpu.counters.add(COUNTER.nearMisses, near);
    if (result.failed) this.#standing = false;
  }
}
