/**
 * Runs one trial access by access, in an order that the caller chooses. Used on the host by lib/lockstep.ts,
 * lib/api/lockstep.ts and the stepped tests.
 */

import { instanceAt } from '../../machine/cpu.js';
import { HEADER, MACHINE } from '../../machine/layout.js';
import { TURN_DRAINS, TurnOrder } from '../../machine/lockstep.js';
import type { MemoryModel } from '../../machine/memoryModel.js';
import type { CpuSnapshot, Snapshot } from '../../machine/snapshotView.js';
import { signaturesOf } from '../../machine/signatures.js';
import { outcomeSignature } from '../../machine/outcome.js';
import { WAIT, waitKind, waitObject } from '../../machine/wait.js';
import type { Knobs } from '../../race/expectation.js';
import { requireActors } from '../../race/kinds.js';
import { idles, waitsForCpu } from '../../race/placeWords.js';
import { judgeLocks, type Lockdep } from '../../race/possibleDeadlocks.js';
import type { ActorRace } from '../../race/race.js';
import { loadInstructions } from '../host/loadInstructions.js';
import type { LoadedRace } from '../host/loadRace.js';
import { HostMachine } from '../host/machine.js';
import { makePlan } from '../makePlan.js';
import type { Plan } from '../plan.js';
import { CpuPool, type CpuThreads } from '../host/pool.js';
import { callRace } from '../raceCall.js';

export { TURN_DRAINS } from '../../machine/lockstep.js';

/** What is run in lockstep. */
export interface LockstepSetup {
  readonly loaded: LoadedRace;
  readonly variant: string;
  /** Knobs asked for; the variant's and the race's own otherwise. */
  readonly knobs?: Knobs;
  /** The race's default number of CPUs otherwise. */
  readonly cpus?: number;
  /** How the machine orders memory: `sc`. */
  readonly memory?: MemoryModel;
  /** Turns that the run may take, DEFAULT_TURNS otherwise. */
  readonly orderTurns?: number;
  /** Threads to run on, at least one for each CPU; the caller ends them. Otherwise the run starts its own. */
  readonly pool?: CpuThreads;
}

/** How a run in lockstep ended. */
export interface LockstepOutcome {
  /** The signature it failed with; null if it did not. */
  readonly signature: string | null;
  /** The state of the machine when it failed. */
  readonly snapshot: Snapshot | undefined;
  /** The CPUs at rest, with what they still hold and all that they have recorded. */
  readonly cpus: readonly CpuSnapshot[];
  /** What could hang, by the orders in which locks were taken. */
  readonly lockdep: Lockdep;
  /** Which CPU had which turn, with a mark where its store buffer was drained: replays to the same end. */
  readonly order: readonly number[];
}

/** Where `runUntil` stops a CPU: at a step, with a window open, at its end, or when the predicate holds. */
export type Until = { readonly step: string } | { readonly window: string } | 'end' | (() => boolean);

export const DEFAULT_TURNS = 4096;
/** Turns that a CPU may spend in one and the same wait before `runUntil` gives up on it; it looks for a cycle after 16. */
const WAITING_TURNS_MAX = 64;

/**
 * One trial of a race, taken forward access by access: real threads, and every access waits for its turn.
 *
 *     const run = LockstepRun.start({ loaded, variant: 'buggy' });
 *     await run.runUntil(0, { window: 'W_RO_NOT_PINNED' });
 *     await run.runUntil(1, 'end');
 *     const { signature } = await run.finish();
 *
 * 1. Between two calls every CPU stands still in front of its next access, so what can be read then is exact.
 * 2. The same order of turns gives the same values, the same interrupts and the same outcome.
 * 3. No method blocks the calling thread.
 *
 * A run that was started is brought to its end by `finish` or `abort`.
 */
export class LockstepRun {
  readonly machine: HostMachine;
  readonly #plan: Plan;
  readonly #race: ActorRace;
  readonly #config: unknown;
  readonly #turns: TurnOrder;
  readonly #pool: CpuThreads;
  readonly #ownsPool: boolean;
  readonly #tasks: Promise<unknown>;
  #over = false;

  private constructor(setup: LockstepSetup) {
    const race = requireActors(setup.loaded.race);
    this.#race = race;
    this.#plan = planOf(setup);
    this.#config = race.configure(this.#plan.variant, this.#plan.knobs);
    this.machine = new HostMachine(race, this.#config, this.#plan, 0);
    this.#turns = new TurnOrder(this.machine.mem, this.machine.map);
    this.#pool = setup.pool ?? new CpuPool(this.#plan.places);
    this.#ownsPool = setup.pool === undefined;
    this.#tasks = this.#boot();
    // Those that wait for a turn get the error; a thread may fail later, when nobody waits.
    this.#tasks.catch(() => {});
  }

  /** Starts the threads; each CPU stops in front of its first access. The first turn waits until all of them stand there. */
  static start(setup: LockstepSetup): LockstepRun {
    return new LockstepRun(setup);
  }

  /** Runs a whole trial in an order that is known; what the order leaves over is granted as by `finish`. */
  static async replay(setup: LockstepSetup, order: readonly number[]): Promise<LockstepOutcome> {
    const run = LockstepRun.start({ ...setup, orderTurns: Math.max(setup.orderTurns ?? DEFAULT_TURNS, order.length) });
    run.#turns.grant(...order);
    return run.finish();
  }

  #boot(): Promise<unknown> {
    const { machine } = this;
    const instructions = loadInstructions();
    const { memory, map, percpu, own } = machine;
    const common = { plan: this.#plan, instructions, memory, words: map.words, percpu, own, machine: 0 };
    return Promise.all(Array.from({ length: this.#plan.places }, (_, cpu) => this.#pool.run({ ...common, cpu })));
  }

  /** Grants one turn and settles when it has been used. Rejects with WorkerFailure if a thread fails. */
  async step(cpu: number): Promise<void> {
    await this.#standing();
    this.#turns.grant(cpu);
    await this.#used();
  }

  /**
   * Makes the oldest store in the buffer of a CPU visible, in a turn of its own; under `--memory tso` nothing else does, but what
   * empties the whole buffer. Throws RangeError if the buffer is empty.
   */
  async drain(cpu: number): Promise<void> {
    await this.#standing();
    if (this.stateOf(cpu).buffered.length === 0) throw new RangeError(`the store buffer of CPU ${cpu} is empty`);
    this.#turns.grant(cpu | TURN_DRAINS);
    await this.#used();
  }

  /** Steps one CPU until it is there. Throws Error if it ends or waits for another CPU before. */
  async runUntil(cpu: number, until: Until): Promise<void> {
    const there = this.#condition(cpu, until);
    await this.#standing();
    let waited = 0;
    while (!there()) {
      if (this.hasEnded(cpu)) throw new Error(`CPU ${cpu} has ended before ${describe(until)}`);
      const waitsFor = this.waitsFor(cpu);
      waited = waitsFor === null ? 0 : waited + 1;
      if (waited > WAITING_TURNS_MAX) throw new Error(`CPU ${cpu} waits for ${waitsFor} before ${describe(until)}`);
      await this.step(cpu);
    }
  }

  /** Steps one CPU until it waits for another. Throws Error if it ends before. */
  async runUntilItWaits(cpu: number): Promise<void> {
    await this.runUntil(cpu, () => this.waitsFor(cpu) !== null);
  }

  #condition(cpu: number, until: Until): () => boolean {
    if (until === 'end') return () => this.hasEnded(cpu);
    if (typeof until === 'function') return until;
    if ('step' in until) {
      if (!this.#race.steps.includes(until.step)) throw new RangeError(`${until.step} is no step of the race`);
      return () => this.machine.stepOf(cpu) === until.step;
    }
    const window = this.#race.windows.indexOf(until.window);
    if (window < 0) throw new RangeError(`${until.window} is no window of the race`);
    return () => this.machine.mem[this.#instance - HEADER.WORDS + HEADER.window] === window + 1;
  }

  hasEnded(cpu: number): boolean {
    return this.#turns.hasEnded(cpu);
  }

  /** Returns what a CPU is doing. */
  stateOf(cpu: number): CpuSnapshot {
    return this.machine.cpusNow()[cpu];
  }

  /**
   * Returns the name of the lock that a CPU spins on, or of the word that it waits for; `acknowledgements`; `a CPU`, of a task that
   * is ready for one; or null if it waits for nothing.
   */
  waitsFor(cpu: number): string | null {
    const state = this.stateOf(cpu);
    const { wait } = state;
    if (waitKind(wait) === WAIT.RUN || idles(state)) return null;
    if (waitsForCpu(state)) return 'a CPU';
    return waitKind(wait) === WAIT.ACK
      ? 'acknowledgements'
      : this.#race.symbol(waitObject(wait) - this.#instance, this.#config);
  }

  /** Returns a word of the instance, by its offset or by the name that the race gives it. */
  word(offset: number | string): number {
    return Atomics.load(
      this.machine.mem,
      typeof offset === 'number' ? this.#instance + offset : this.addressOf(offset),
    );
  }

  /** Returns where the instance has the word of this name, as records name it. Throws RangeError if it has none. */
  addressOf(name: string): number {
    const race = this.#race;
    const words = race.instanceWords(this.#config);
    // One call, since each that is bounded by itself takes a thread's start.
    const found = callRace(`race ${race.name}`, () => {
      for (let offset = 0; offset < words; offset++) if (race.symbol(offset, this.#config) === name) return offset;
      return null;
    });
    if (found === null) throw new RangeError(`${name} is no word of the race's instance`);
    return this.#instance + found;
  }

  /** Returns the signature the trial has failed with; null if it has not. */
  signature(): string | null {
    const outcome = Atomics.load(this.machine.mem, this.machine.map.machine + MACHINE.outcome);
    if (outcome === 0) return null;
    return signaturesOf(Object.keys(this.#race.signatures))[outcomeSignature(outcome)];
  }

  /** Returns the order of turns so far. */
  order(): number[] {
    return this.#turns.granted();
  }

  /** Grants turns, one to each CPU in its turn, until all actors have ended. Throws RangeError if the order is full before. */
  async finish(): Promise<LockstepOutcome> {
    try {
      await this.#used();
      const all = Array.from({ length: this.#plan.places }, (_, cpu) => cpu);
      for (let left = all; left.length > 0; left = all.filter((cpu) => !this.hasEnded(cpu))) {
        for (const cpu of left) if (!this.hasEnded(cpu)) await this.step(cpu);
      }
      this.#turns.end();
      await this.#tasks;
      this.#over = true;
    } catch (error) {
      await this.abort();
      throw error;
    }
    if (this.#ownsPool) await this.#pool.destroy();
    const signature = this.signature();
    const snapshot = signature === null ? undefined : this.machine.snapshot(this.#signatureIndex(signature));
    const lockdep = judgeLocks(this.#race, this.#config, this.#plan.variant, [this.machine]);
    return { signature, snapshot, cpus: this.machine.cpusNow(), lockdep, order: this.order() };
  }

  #signatureIndex(signature: string): number {
    return signaturesOf(Object.keys(this.#race.signatures)).indexOf(signature);
  }

  /** Whether the run has ended, or was aborted. */
  get isOver(): boolean {
    return this.#over;
  }

  /** Ends the threads wherever they are, with the whole pool if it was lent. Does nothing once the run is over. */
  async abort(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    await this.#pool.destroy();
  }

  get #instance(): number {
    return instanceAt(this.machine.map, 0);
  }

  async #standing(): Promise<void> {
    await Promise.race([this.#turns.arrived(), this.#tasks]);
  }

  async #used(): Promise<void> {
    await Promise.race([this.#turns.used(), this.#tasks]);
  }
}

function describe(until: Until): string {
  if (typeof until === 'function') return 'the condition held';
  if (until === 'end') return 'its end';
  return 'step' in until ? `step ${until.step}` : `window ${until.window} was open`;
}

function planOf(setup: LockstepSetup): Plan {
  const { loaded, variant, knobs = {}, cpus = loaded.race.cpus.default, memory = 'sc', orderTurns } = setup;
  return makePlan(loaded, {
    variant,
    knobs,
    cpus,
    memory,
    sync: 'lockstep',
    trials: 1,
    orderTurns: orderTurns ?? DEFAULT_TURNS,
  });
}
