/** Many short runs of a race, in threads that are there already: starting them takes longer than the trials. */
import type { ExecutionContext } from 'ava';
import { configOf } from '../../lib/race/kinds.js';
import { UNDECLARED } from '../../lib/statistics/verdict.js';
import { CoreBinding } from '../../lib/harness/host/coreBinding.js';
import { loadInstructions } from '../../lib/harness/host/loadInstructions.js';
import type { LoadedRace } from '../../lib/harness/host/loadRace.js';
import { HostMachine } from '../../lib/harness/host/machine.js';
import type { CpuThreads } from '../../lib/harness/host/pool.js';
import { threadsFor } from '../harness/keptThreads.js';
import { planOf, type Short } from './plan.js';

export class Sweep {
  readonly #loaded: LoadedRace;
  readonly #pool: CpuThreads;
  readonly #instructions = loadInstructions();
  #seed = 0;
  /** Whether its threads, which the first run has shown, are being bound to cores. */
  #isBound = false;

  constructor(t: ExecutionContext, loaded: LoadedRace, cpus: number) {
    this.#loaded = loaded;
    this.#pool = threadsFor(t, cpus);
  }

  /** The signatures that were counted. */
  async run(short: Omit<Short, 'seed'>): Promise<string[]> {
    const { race } = this.#loaded;
    const plan = planOf(this.#loaded, { ...short, seed: ++this.#seed });
    const machine = new HostMachine(race, configOf(race, plan.variant, plan.knobs), plan, 0);
    const { memory, map, percpu } = machine;
    const task = { plan, memory, instructions: this.#instructions, words: map.words, percpu, machine: 0 };
    await Promise.all(Array.from({ length: plan.cpus }, (_, cpu) => this.#pool.run({ ...task, cpu })));
    // As those of a run: three CPUs on two cores wait in a relay, which takes many times as long where threads move.
    if (!this.#isBound) void new CoreBinding([machine], plan).bind();
    this.#isBound = true;
    const { trials, signatures } = machine.counts();
    if (trials !== short.trials) throw new Error(`${trials} trials of ${short.trials}`);
    return [...Object.keys(race.signatures), UNDECLARED].filter((_, i) => signatures[i] > 0);
  }
}
