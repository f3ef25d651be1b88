/**
 * Runs an order of accesses that is known on real threads, and keeps what they record as evidence. Called on the host by
 * lib/run/evidence/witness.ts.
 */

import type { Evidence } from '../../evidence/evidence.js';
import { instanceAt } from '../../machine/cpu.js';
import { FAILURE, FAILURE_DETAIL_WORDS, LOCKSTEP, MACHINE, MESSAGE_WORDS } from '../../machine/layout.js';
import { TURN_DRAINS, orderAt, turnPartyOf } from '../../machine/lockstep.js';
import type { MemoryModel } from '../../machine/memoryModel.js';
import { outcomeSignature } from '../../machine/outcome.js';
import { TURN_GIVES_UP, deliversFlags, switchFlags } from '../../machine/script.js';
import { readText } from '../../machine/text.js';
import type { Knobs } from '../../race/expectation.js';
import { requireActors } from '../../race/kinds.js';
import { placesOf } from '../../race/tasks.js';
import { Ring, wake } from '../../sharedarraybuffer-utils/index.js';
import { chanceOf } from '../draws.js';
import { EvidenceMaker } from '../host/evidenceOf.js';
import { loadInstructions } from '../host/loadInstructions.js';
import type { LoadedRace } from '../host/loadRace.js';
import { HostMachine } from '../host/machine.js';
import { CpuPool, type CpuThreads } from '../host/pool.js';
import { every } from '../host/timers.js';
import { makePlan } from '../makePlan.js';
import type { Plan } from '../plan.js';

/**
 * What a CPU does next: an access, which may be the first of a handler; a store that becomes visible; it gives up its wait; or its task
 * leaves it to that of thread `to`.
 */
export interface ScriptedStep {
  readonly cpu: number;
  readonly does: 'access' | 'takes a call' | 'takes an interrupt' | 'drains' | 'gives up' | 'switches';
  readonly to?: number;
  /** The line of the interrupt. */
  readonly of?: number;
}

/** What is run. */
export interface ScriptedTrial {
  readonly loaded: LoadedRace;
  readonly variant: string;
  readonly knobs: Knobs;
  readonly cpus: number;
  readonly memory: MemoryModel;
  /** They decide what the trial draws. */
  readonly seed: number;
  readonly trial: number;
  readonly steps: readonly ScriptedStep[];
  /** Threads to run on; otherwise it starts its own. */
  readonly pool?: CpuThreads;
}

/** Looks at the turn, and how many that find it where it was end the run: a busy host may let threads wait for long. */
const TICK_MS = 250;
const STILL_TICKS_MAX = 40;

/** Runs the steps; returns the evidence of the failure in which they end, or null if they end in none. */
export async function recordScript(scripted: ScriptedTrial): Promise<Evidence | null> {
  const { loaded, cpus, steps } = scripted;
  const race = requireActors(loaded.race);
  const turns = turnsOf(steps);
  const plan = planOf(scripted, turns.length);
  const config = race.configure(plan.variant, plan.knobs);
  const machine = new HostMachine(race, config, plan, 0);
  const { mem, map, memory, percpu, own } = machine;
  for (const [i, code] of turns.entries()) mem[orderAt(map) + i] = code;
  mem[map.lockstep + LOCKSTEP.total] = turns.length;
  Atomics.store(mem, map.lockstep + LOCKSTEP.length, turns.length);
  const threads = placesOf(race, cpus);
  const pool = scripted.pool ?? new CpuPool(threads);
  const common = { plan, memory, instructions: loadInstructions(), words: map.words, percpu, own, machine: 0 };
  const tasks = Promise.all(Array.from({ length: threads }, (_, cpu) => pool.run({ ...common, cpu })));
  let last = -1;
  let ticks = 0;
  const look = (): void => {
    const turn = Atomics.load(mem, map.lockstep + LOCKSTEP.turn);
    ticks = turn === last ? ticks + 1 : 0;
    last = turn;
    if (ticks === STILL_TICKS_MAX) end(machine);
  };
  const limit = every(TICK_MS, look, () => undefined);
  try {
    await tasks;
  } finally {
    limit.end();
    if (scripted.pool === undefined) await pool.destroy();
  }
  const outcome = Atomics.load(mem, map.machine + MACHINE.outcome);
  return outcome === 0
    ? null
    : evidenceOfTrial(machine, new EvidenceMaker(race, config, { ...plan, sync: 'rendezvous' }));
}

/** Ends the run where it is. */
function end({ mem, map }: HostMachine): void {
  Atomics.store(mem, map.lockstep + LOCKSTEP.over, 1);
  for (let c = 0; c < map.shape.cpus; c++) wake(mem, turnPartyOf(map, c));
}

/** Returns the words that lib/machine/script.ts reads. */
function turnsOf(steps: readonly ScriptedStep[]): number[] {
  const interrupted = new Map<number, number>();
  return steps.flatMap(({ cpu, does, to = 0, of = 0 }) => {
    switch (does) {
      case 'takes a call':
        interrupted.set(cpu, deliversFlags(0));
        return [];
      case 'takes an interrupt':
        interrupted.set(cpu, deliversFlags(of + 1));
        return [];
      case 'drains':
        return [cpu | TURN_DRAINS];
      case 'gives up':
        return [cpu | TURN_GIVES_UP];
      case 'switches':
        return [cpu | switchFlags(to)];
      default:
        return [cpu | taken(interrupted, cpu)];
    }
  });
}

/** Returns the flags of the interrupt that a CPU has begun with, once. */
function taken(interrupted: Map<number, number>, cpu: number): number {
  const flags = interrupted.get(cpu) ?? 0;
  interrupted.delete(cpu);
  return flags;
}

function planOf({ loaded, variant, knobs, cpus, memory, seed, trial }: ScriptedTrial, turns: number): Plan {
  const asked = {
    variant,
    knobs,
    cpus,
    memory,
    seed,
    trials: 1,
    round: 1,
    sync: 'lockstep',
    orderTurns: turns,
  } as const;
  const { map } = new HostMachine(
    loaded.race,
    requireActors(loaded.race).configure(variant, knobs),
    makePlan(loaded, asked),
    0,
  );
  const threads = placesOf(requireActors(loaded.race), cpus);
  const chance = Array.from({ length: threads }, (_, cpu) => chanceOf(seed, 0, cpu, trial));
  return makePlan(loaded, { ...asked, replay: { trial, instance: instanceAt(map, 0), chance } });
}

/** Makes evidence of what the machine of one trial, which has ended, holds. Tests of runs in lockstep call it too. */
export function evidenceOfTrial(machine: HostMachine, maker: EvidenceMaker): Evidence {
  const { mem, map } = machine;
  const outcome = mem[map.machine + MACHINE.outcome];
  const failure = map.machine + MACHINE.failure;
  const rings = Array.from({ length: map.shape.cpus }, (_, cpu) => {
    const ring = new Ring(mem, map.rings + cpu * map.ringStride, map.shape.ringEntries);
    const words = Array.from({ length: ring.kept }, (__, i) => [...mem.subarray(ring.at(i), ring.at(i) + 4)]).flat();
    return { words: Int32Array.from(words), written: ring.written };
  });
  const at = instanceAt(map, 0);
  return maker.make(machine, {
    outcome,
    signature: outcomeSignature(outcome),
    cpu: mem[failure + FAILURE.cpu],
    trial: mem[failure + FAILURE.trial],
    instance: mem[failure + FAILURE.instance],
    detail: Array.from({ length: FAILURE_DETAIL_WORDS }, (_, i) => mem[failure + FAILURE.detail + i]),
    message: readText(mem, failure + FAILURE.message, MESSAGE_WORDS),
    rings,
    final: mem.slice(at, at + map.instanceStride),
  });
}
