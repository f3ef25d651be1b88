/** Replays a failed trial, access by access, on real threads. Used on the host by prove.ts and lib/cli. */

import { processorsOf, type Evidence } from '../../evidence/evidence.js';
import type { RecordedTrace } from '../../evidence/recordedTrace.js';
import { firstDifference, type Difference } from '../../evidence/replayedRecords.js';
import type { ScriptTurn } from '../../evidence/script.js';
import { functionName } from '../../machine/callStack.js';
import { STUCK_WORKER, isTimed, signaturesOf } from '../../machine/signatures.js';
import { FAILURE_DETAIL_WORDS, LOCKSTEP, MACHINE, OWN_WORDS, WATCH } from '../../machine/layout.js';
import { orderAt, turnPartyOf } from '../../machine/lockstep.js';
import { turnFunctionAt } from '../../machine/script.js';
import type { Snapshot } from '../../machine/snapshotView.js';
import { trialTag, outcomeSignature, outcomeWord } from '../../machine/outcome.js';
import { Ring, wake } from '../../sharedarraybuffer-utils/index.js';
import { misfitOf, otherDetails, otherFailure } from './evidenceClaims.js';
import { layoutOf } from '../host/evidenceOf.js';
import { loadInstructions } from '../host/loadInstructions.js';
import type { LoadedRace } from '../host/loadRace.js';
import { HostMachine } from '../host/machine.js';
import { makePlan } from '../makePlan.js';
import type { Plan } from '../plan.js';
import { CpuPool, type CpuThreads } from '../host/pool.js';
import { callRace } from '../raceCall.js';
import { cpuBlock } from '../../race/failureReport.js';
import { requireActors } from '../../race/kinds.js';
import { symbolsFor } from '../host/symbols.js';
import { every, type Timer } from '../host/timers.js';

/** What is replayed. */
export interface ReplaySetup {
  readonly loaded: LoadedRace;
  readonly evidence: Evidence;
  readonly trace: RecordedTrace;
  readonly script: readonly ScriptTurn[];
  /** Threads to run on, at least one for each CPU; the caller ends them. Otherwise the replay starts its own. */
  readonly pool?: CpuThreads;
}

/** How a replay ended. */
export interface ReplayOutcome {
  /** Whether the trial failed in the same way: same signature, CPU, message, and cycle of a deadlock. */
  readonly same: boolean;
  /** What of the failure was otherwise, in words; undefined if it was the same. */
  readonly other: string | undefined;
  /** What its details were, where they were otherwise. */
  readonly otherDetails: string | undefined;
  /** The signature it failed with; null if it did not. */
  readonly signature: string | null;
  /** The first record that was another one than in the evidence; undefined if none was. */
  readonly difference: Difference | undefined;
  /** Turns that were used. */
  readonly turns: number;
  /** Function that each turn was used in; empty where there was none. */
  readonly functions: readonly string[];
  readonly snapshot: Snapshot | undefined;
}

/** The evidence cannot be replayed by this program, which the message explains in one line. */
export class ReplayRefused extends Error {
  override readonly name = 'ReplayRefused';
}

/** Ticks of the watch over a replay, and how many without a turn used end it. */
const TICK_MS = 250;
const STILL_TICKS_MAX = 40;

/**
 * A failed trial run again, access by access, on real threads. Turns are granted by the caller; until the first is granted
 * every CPU stands in front of its first access. Ended by `finish`.
 */
export class Replay {
  readonly machine: HostMachine;
  readonly #setup: ReplaySetup;
  readonly #pool: CpuThreads;
  readonly #tasks: Promise<unknown>;
  #granted = 0;

  private constructor(setup: ReplaySetup) {
    const { loaded, evidence } = setup;
    const plan = planOf(setup);
    this.#setup = setup;
    this.machine = new HostMachine(loaded.race, configOf(setup), plan, evidence.machine);
    this.#prepareMemory();
    this.#pool = setup.pool ?? new CpuPool(plan.places);
    const { memory, map, percpu, own } = this.machine;
    const instructions = loadInstructions();
    const common = { plan, memory, instructions, words: map.words, percpu, own, machine: evidence.machine };
    this.#tasks = Promise.all(evidence.cpus.map((_, cpu) => this.#pool.run({ ...common, cpu })));
    this.#tasks.catch(() => {});
  }

  /** Starts the threads. Throws ReplayRefused if the evidence is from another machine than this program would make. */
  static start(setup: ReplaySetup): Replay {
    const misfit = misfitOf(setup.evidence, setup.loaded.race);
    if (misfit !== undefined) throw new ReplayRefused(misfit);
    if (setup.evidence.signature === STUCK_WORKER)
      throw new ReplayRefused(
        'a thread of it made no access any more and was ended, and one of a replay would do the same',
      );
    return new Replay(setup);
  }

  /** Runs the whole script, or its first turns. */
  static async run(setup: ReplaySetup, turns = Infinity): Promise<ReplayOutcome> {
    const replay = Replay.start(setup);
    replay.grant(turns);
    return await replay.finish();
  }

  #prepareMemory(): void {
    const { mem, map } = this.machine;
    const { loaded, evidence, script } = this.#setup;
    const layout = layoutOf(map);
    const moved = Object.entries(evidence.layout).find(([part, at]) => layout[part as keyof typeof layout] !== at);
    if (moved !== undefined)
      throw new ReplayRefused(
        `the machine of this racehammer has its ${moved[0]} elsewhere than the one that was recorded`,
      );
    const symbols = symbolsFor(loaded.race, configOf(this.#setup), this.machine, evidence.instance);
    const misnamed = callRace(`race ${loaded.race.name}`, () =>
      evidence.names.find(([address, name]) => symbols(address) !== name),
    );
    if (misnamed !== undefined)
      throw new ReplayRefused(`word ${misnamed[0]} is ${symbols(misnamed[0])}, and the evidence calls it otherwise`);
    const end = evidence.instance + map.instanceStride;
    for (const [address, value] of evidence.initial) {
      const isReset = address >= evidence.instance && address < end;
      if (isReset && mem[address] !== value)
        throw new ReplayRefused(
          `the race resets its state to other values than before: ${this.#nameOf(address)} is ${mem[address]}, it was ${value}`,
        );
      mem[address] = value;
    }
    const own = evidence.initial.filter(([address]) => address >= OWN_WORDS);
    const bytes = own.map(([address, value]) => [address - OWN_WORDS, value] as const);
    if (own.length > 0) requireActors(loaded.race).own?.begin(this.machine.own, bytes);
    for (const [i, { code }] of script.entries()) mem[orderAt(map) + i] = code;
    mem[map.lockstep + LOCKSTEP.total] = script.length;
    this.#prepareFailure();
  }

  /**
   * Prepares the watchdog's request, for the turn in which the CPU obeys it: an outcome that depends on time is no
   * consequence of accesses.
   */
  #prepareFailure(): void {
    const { mem, map } = this.machine;
    const { trial, cpu, signature, detail } = this.#setup.evidence;
    if (!isTimed(signature)) return;
    const at = map.machine + MACHINE.watch;
    for (let i = 0; i < FAILURE_DETAIL_WORDS; i++) mem[at + WATCH.detail + i] = detail[i];
    const index = signaturesOf(Object.keys(this.#setup.loaded.race.signatures)).indexOf(signature);
    mem[at + WATCH.request] = outcomeWord(trialTag(trial), cpu, index);
  }

  #nameOf(address: number): string {
    return this.#setup.evidence.names.find(([at]) => at === address)?.[1] ?? `word ${address}`;
  }

  /** Grants the next turns, as far as there are any. */
  grant(turns: number): void {
    const { mem, map } = this.machine;
    this.#granted = Math.min(this.#setup.script.length, this.#granted + turns);
    Atomics.store(mem, map.lockstep + LOCKSTEP.length, this.#granted);
    this.#wakeAll();
  }

  /** Settles when every turn granted so far has been used, or the run has left its script. */
  async used(): Promise<void> {
    const { mem, map } = this.machine;
    const at = map.lockstep + LOCKSTEP.turn;
    await this.#watched(async () => {
      for (;;) {
        const turn = Atomics.load(mem, at);
        if (turn >= this.#granted || this.#hasLeft()) return;
        const result = Atomics.waitAsync(mem, at, turn, 50);
        if (result.async) await result.value;
      }
    });
  }

  /** Returns what every CPU is doing: between two turns each stands in front of its next access. */
  states(): string[] {
    const { loaded, evidence } = this.#setup;
    const cpus = this.machine.cpusNow();
    const symbols = symbolsFor(loaded.race, configOf(this.#setup), this.machine, evidence.instance);
    const word = (address: number): number => Atomics.load(this.machine.mem, address);
    const calls = this.machine.callsNow();
    return cpus.flatMap((cpu) => cpuBlock(cpu, { word, cpus, calls }, symbols));
  }

  /** Ends the run where it is: what happened is compared with the evidence. Rejects with WorkerFailure if a thread fails. */
  async finish(): Promise<ReplayOutcome> {
    try {
      await this.used();
      this.#end();
      await this.#watched(() => this.#tasks);
    } finally {
      this.#end();
      if (this.#setup.pool === undefined) await this.#pool.destroy();
    }
    return this.#outcome();
  }

  #outcome(): ReplayOutcome {
    const { evidence, trace, script } = this.#setup;
    const { mem, map } = this.machine;
    const turns = Math.min(this.#granted, mem[map.lockstep + LOCKSTEP.turn]);
    const outcome = Atomics.load(mem, map.machine + MACHINE.outcome);
    const index = outcomeSignature(outcome);
    const signature = outcome === 0 ? null : signaturesOf(Object.keys(this.#setup.loaded.race.signatures))[index];
    const snapshot = outcome === 0 ? undefined : this.machine.snapshot(index);
    const other = snapshot === undefined ? 'it does not fail' : otherFailure(evidence, snapshot);
    return {
      same: other === undefined,
      other,
      otherDetails: snapshot === undefined ? undefined : otherDetails(evidence, snapshot),
      signature,
      difference: firstDifference(evidence, trace, script.slice(0, this.#granted), this.#records()),
      turns,
      functions: Array.from({ length: turns }, (_, turn) => {
        const id = mem[turnFunctionAt(map, turn)];
        return id === 0 ? '' : functionName(id);
      }),
      snapshot,
    };
  }

  /** Returns the records of the replay for each CPU, four words each. */
  #records(): number[][] {
    const { mem, map } = this.machine;
    return this.#setup.evidence.cpus.map((_, cpu) => {
      const ring = new Ring(mem, map.rings + cpu * map.ringStride, map.shape.ringEntries);
      return Array.from({ length: ring.kept }, (__, i) => [...mem.subarray(ring.at(i), ring.at(i) + 4)]).flat();
    });
  }

  #end(): void {
    Atomics.store(this.machine.mem, this.machine.map.lockstep + LOCKSTEP.over, 1);
    this.#wakeAll();
  }

  #hasLeft(): boolean {
    return Atomics.load(this.machine.mem, this.machine.map.lockstep + LOCKSTEP.left) !== 0;
  }

  #wakeAll(): void {
    const { mem, map } = this.machine;
    for (let c = 0; c < map.shape.cpus; c++) wake(mem, turnPartyOf(map, c));
  }

  /** Waits for something, unless a thread fails or nothing moves any more. */
  async #watched(wait: () => Promise<unknown>): Promise<void> {
    let timer: Timer | undefined;
    const still = new Promise<never>((_, reject) => {
      let last = -1;
      let ticks = 0;
      const look = (): void => {
        const turn = Atomics.load(this.machine.mem, this.machine.map.lockstep + LOCKSTEP.turn);
        ticks = turn === last ? ticks + 1 : 0;
        last = turn;
        if (ticks >= STILL_TICKS_MAX)
          reject(new ReplayRefused(`nothing moved any more after turn ${turn}: a CPU loops without an access`));
      };
      timer = every(TICK_MS, look, reject);
    });
    try {
      await Promise.race([wait(), this.#tasks.then(() => wait()), still]);
    } finally {
      timer?.end();
    }
  }
}

function configOf({ loaded, evidence }: ReplaySetup): unknown {
  return requireActors(loaded.race).configure(evidence.variant, evidence.knobs);
}

function planOf({ loaded, evidence, script }: ReplaySetup): Plan {
  const { variant, knobs, memory, seed, trial, instance, round } = evidence;
  return makePlan(loaded, {
    variant,
    knobs,
    cpus: processorsOf(evidence),
    sync: 'lockstep',
    memory,
    seed,
    trials: 1,
    round,
    orderTurns: script.length,
    replay: { trial, instance, chance: evidence.cpus.map(({ chance }) => chance) },
  });
}
