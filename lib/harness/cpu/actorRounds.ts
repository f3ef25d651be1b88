/** The rounds of a race with actors: first states, trials, near misses. Made on each CPU's thread by cpuMain.ts, for rounds.ts. */

import { instanceAt, type Cpu } from '../../machine/cpu.js';
import { COUNTER, HEADER, MACHINE } from '../../machine/layout.js';
import { clearLines } from '../../machine/lines.js';
import { resetEach } from '../../race/guardedRace.js';
import type { Joined } from '../../race/ownMemory.js';
import type { ActorRace } from '../../race/race.js';
import { seedOf } from '../draws.js';
import { takeUpDelays } from '../liveSettings.js';
import { PLACE, Whereabouts } from '../places.js';
import type { Plan } from '../plan.js';
import { awaitedRound, freeRound, rendezvousRound, strideRound, type RoundProgress } from './loops.js';
import type { Rounds } from './rounds.js';
import type { Resumption, TrialWork } from './trial.js';

const ROUNDS = { free: freeRound, stride: strideRound, rendezvous: rendezvousRound, lockstep: rendezvousRound };

export class ActorRounds implements Rounds {
  readonly longest: number;
  readonly #work: TrialWork;
  readonly #race: ActorRace;
  readonly #seed: number;
  readonly #own: Joined | null;
  readonly #where: Whereabouts;
  readonly #forget: ((cpu: Cpu) => void) | undefined;

  constructor(work: TrialWork, race: ActorRace, plan: Plan, own: Joined | null = null) {
    this.#own = own;
    this.longest = work.cpu.map.shape.instances;
    this.#work = work;
    this.#race = race;
    this.#seed = plan.seed;
    this.#where = new Whereabouts(work.cpu.mem, work.cpu.progress);
    this.#forget = forgetOf(race, this.#where);
  }

  run(
    sync: Plan['sync'],
    first: number,
    trials: number,
    progress: RoundProgress,
    resumed: Resumption | undefined,
  ): void | Promise<void> {
    const work = this.#work;
    const { mem, map } = work.cpu;
    work.seed = seedOf(this.#seed, mem[map.machine + MACHINE.roundHigh]);
    if (this.#race.own?.isAwaited === true) return awaitedRound(work, first, trials, progress, this.#forget, resumed);
    return ROUNDS[sync](work, first, trials, progress, this.#forget, resumed);
  }

  /** Brings this CPU's share of the instances into their first state. */
  reset(trials: number): void {
    const { cpu, config } = this.#work;
    const { mem, map } = cpu;
    this.#where.enter(PLACE.RESETTING);
    this.#own?.prepare();
    for (let i = cpu.id; i < trials; i += cpu.places) {
      const header = instanceAt(map, i) - HEADER.WORDS;
      mem[header + HEADER.window] = mem[header + HEADER.reach] = mem[header + HEADER.near] = 0;
    }
    const share = Math.ceil((trials - cpu.id) / cpu.places);
    resetEach(this.#race, mem, instanceAt(map, cpu.id), cpu.places * map.instanceStride, share, config);
    this.#where.leave();
    clearLines(cpu);
  }

  takeUp(): void {
    takeUpDelays(this.#work);
  }

  /** Counts near misses. Without meetings the instance lives on, and its trials count theirs themselves (loops.ts). */
  count(sync: Plan['sync'], trials: number): void {
    if (sync === 'free') return;
    const { mem, map, counters } = this.#work.cpu;
    let near = 0;
    for (let i = 0; i < trials; i++) if (mem[instanceAt(map, i) - HEADER.WORDS + HEADER.near] !== 0) near++;
    counters.add(COUNTER.nearMisses, near);
  }
}

function forgetOf(race: ActorRace, where: Whereabouts): ((cpu: Cpu) => void) | undefined {
  if (race.recover === undefined) return undefined;
  return (cpu) => {
    where.enter(PLACE.RECOVERING);
    race.recover?.(cpu);
    where.leave();
  };
}
