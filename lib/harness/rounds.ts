import { Counters, Gate } from '../sharedarraybuffer-utils/index.js';
import { instanceAt, type Cpu } from '../machine/cpu.js';
import { COUNTER, HEADER, MACHINE } from '../machine/layout.js';
import { idleAtGate } from '../machine/meeting.js';
import type { Race } from '../race/defineRace.js';
import type { Plan } from './plan.js';
import { trialsOf } from './plan.js';
import { freeRound, rendezvousRound, strideRound, type RoundResult } from './loops.js';
import type { TrialWork } from './trial.js';

/** What one CPU needs for a run. */
export interface CpuRun {
  readonly work: TrialWork;
  readonly plan: Plan;
  readonly race: Race;
}

/**
 * One CPU's whole run: rounds of trials between two gates, until CPU 0 finds that it is time to end. Between the gates
 * CPU 0 counts the last round and brings the instances into their first state; nobody else touches them then.
 */
export function runRounds(run: CpuRun): void {
  const { cpu } = run.work;
  const { mem, map } = cpu;
  const gate = new Gate(mem, map.machine + MACHINE.gate, cpu.cpus, map.parties);
  const round = { free: freeRound, stride: strideRound, rendezvous: rendezvousRound, lockstep: rendezvousRound }[run.plan.sync];
  const book = new RoundBook(run);
  const progress = { turn: 0 };
  for (;;) {
    if (cpu.id === 0) book.prepare();
    idleAtGate(cpu, gate);
    const trials = mem[map.machine + MACHINE.roundTrials];
    if (trials === 0) return;
    const first = mem[map.machine + MACHINE.roundFirst];
    const result = round(run.work, first, trials, progress, run.race.recover?.bind(run.race));
    idleAtGate(cpu, gate);
    if (cpu.id === 0) book.count(result);
  }
}

/** CPU 0's book-keeping between rounds. */
class RoundBook {
  readonly #run: CpuRun;
  readonly #cpu: Cpu;
  readonly #counters: Counters;
  readonly #limit: number;
  #done = 0;
  #next = 1;
  #standing = false;

  constructor(run: CpuRun) {
    this.#run = run;
    this.#cpu = run.work.cpu;
    this.#counters = new Counters(this.#cpu.mem, this.#cpu.map.counters);
    this.#limit = trialsOf(run.plan, this.#cpu.machineIndex);
  }

  /** Announces the next round: its first trial, and how many; none ends the run. */
  prepare(): void {
    const { mem, map } = this.#cpu;
    const n = this.#ended() ? 0 : Math.min(map.shape.instances, this.#limit - this.#done);
    for (let i = 0; i < n; i++) this.#reset(i);
    mem[map.machine + MACHINE.roundFirst] = this.#next;
    mem[map.machine + MACHINE.roundTrials] = n;
    this.#standing = true;
  }

  #ended(): boolean {
    const { mem, map } = this.#cpu;
    if (Atomics.load(mem, map.machine + MACHINE.stop) !== 0) return true;
    return this.#run.plan.stopOnFirst && this.#counters.read(COUNTER.failures) > 0;
  }

  /** In a standing workload the one instance lives on, unless a failure has spoilt it. */
  #reset(i: number): void {
    const { mem, map } = this.#cpu;
    if (this.#run.plan.sync === 'free' && (i > 0 || this.#standing)) return;
    const instance = instanceAt(map, i);
    mem.fill(0, instance - HEADER.WORDS, instance);
    this.#run.race.reset(mem, instance, this.#run.work.config);
  }

  count(result: RoundResult): void {
    const { mem, map } = this.#cpu;
    this.#done += result.trials;
    // Trial numbers go on behind those that a failure cut off, so that no two trials share one.
    this.#next = (this.#next + map.shape.instances) | 0;
    this.#counters.add(COUNTER.trials, result.trials);
    this.#counters.add(COUNTER.rounds, 1);
    let near = result.nearMisses;
    if (this.#run.plan.sync !== 'free') {
      for (let i = 0; i < result.trials; i++) if (mem[instanceAt(map, i) - HEADER.WORDS + HEADER.near] !== 0) near++;
    }
    this.#counters.add(COUNTER.nearMisses, near);
    if (result.failed) this.#standing = false;
  }
}
