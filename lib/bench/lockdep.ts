/** Part `lockdep` of the bench. Called by bench.ts. */

import { setImmediate as eventLoop } from 'node:timers/promises';
import { loadInstructions } from '../harness/host/loadInstructions.js';
import { loadRace, raceUrl } from '../harness/host/loadRace.js';
import { spin_lock, spin_unlock } from '../kernel/spinlock.js';
import { instanceAt, type Cpu } from '../machine/cpu.js';
import { bootCpu, machineFor } from '../race/bootMachine.js';
import { declareLocks } from '../race/possibleDeadlocks.js';
import { allocateMemory } from '../sharedarraybuffer-utils/index.js';
import { benchRace } from './benchRace.js';
import { FigureSamples, figure, type BenchOptions, type Figure } from './figure.js';
import { WarmRuns } from './warmRuns.js';

const RACES = ['xen-pin', 'pgd-lock', 'hash-batch'];
const RUN_MS = 500;
const PAIRS = 200_000;
/** Two locks on lines of their own. */
const LOCKS = [0, 32];

/**
 * Measures what lockdep costs: a lock and its unlock, two deep, on one CPU; then trials per second of each race's merged fix with it
 * over those without. Each round has the order with, without, without, with, so that a host that changes speed favours neither; the
 * code of both is compiled by then.
 */
export async function measureLockdep(options: BenchOptions): Promise<Figure[]> {
  const samples = new FigureSamples();
  options.onPart('a lock with and without lockdep');
  await measurePairs(samples, options.rounds);
  const runs = new WarmRuns();
  try {
    for (let round = 0; round < options.rounds; round++) {
      for (const race of RACES) {
        options.onPart(`${race} with and without lockdep, round ${round + 1} of ${options.rounds}`);
        samples.add(race, await withOverWithout(runs, race));
      }
    }
  } finally {
    await runs.end();
  }
  return [
    figure('lockdep.lock_pair_ns', 'ns', samples.of('pair.with')),
    figure('lockdep.lock_pair_ns_without', 'ns', samples.of('pair.without')),
    ...RACES.map((race) =>
      figure(`lockdep.with_over_without.${race.replace('-', '_')}`, 'ratio', samples.of(race), '>= 0.85'),
    ),
  ];
}

async function measurePairs(samples: FigureSamples, rounds: number): Promise<void> {
  const looking = bootLone(true);
  const blind = bootLone(false);
  for (let round = -2; round < rounds; round++) {
    // An interrupt is handled between the rounds.
    await eventLoop();
    const withNs = timePairs(looking);
    const withoutNs = timePairs(blind);
    // The first two rounds let the compiler settle.
    if (round < 0) continue;
    samples.add('pair.with', withNs);
    samples.add('pair.without', withoutNs);
  }
}

function bootLone(lockdep: boolean): Cpu {
  const config = benchRace.configure('buggy', {});
  const map = machineFor(benchRace, config, { cpus: 1, instances: 1, orderTurns: 0 });
  const memory = allocateMemory(map.words);
  if (lockdep) declareLocks(benchRace, config, new Int32Array(memory.buffer), map);
  const budget = { min: 1, max: 1, parkMsMax: 1 };
  const needs = { memory, instructions: loadInstructions(), map, id: 0, machine: 0, budget, hostStartMs: 0 };
  const cpu = bootCpu(benchRace, config, { ...needs, recording: true, lockdep });
  cpu.instance = instanceAt(map, 0);
  return cpu;
}

/** Returns the CPU time of a lock and its unlock, in nanoseconds. */
function timePairs(cpu: Cpu): number {
  const [outer, inner] = LOCKS.map((offset) => cpu.instance + offset);
  const before = process.cpuUsage();
  for (let i = 0; i < PAIRS; i += 2) {
    spin_lock(cpu, outer);
    spin_lock(cpu, inner);
    spin_unlock(cpu, inner);
    spin_unlock(cpu, outer);
  }
  return (process.cpuUsage(before).user * 1000) / PAIRS;
}

async function withOverWithout(runs: WarmRuns, name: string): Promise<number> {
  const loaded = await loadRace(raceUrl(name)!);
  const rates = { true: 0, false: 0 };
  for (const lockdep of [true, false, false, true] as const) {
    const request = { variant: loaded.race.merged, lockdep };
    rates[`${lockdep}`] += await runs.trialsPerSecond(`${name} ${lockdep}`, loaded, request, RUN_MS);
  }
  return rates.true / rates.false;
}
