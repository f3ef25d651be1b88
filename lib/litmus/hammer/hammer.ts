/**
 * Hammers a litmus test that was explored: its threads are CPUs of a machine, which run it with real parallelism. Called by the
 * command `litmus`.
 */

import { loadRace } from '../../harness/host/loadRace.js';
import type { HostMachine } from '../../harness/host/machine.js';
import { runRace } from '../../harness/host/run.js';
import { makePlan } from '../../harness/makePlan.js';
import { instanceAt } from '../../machine/cpu.js';
import { endFrom, type LitmusEnd, type LitmusExploration } from '../explore.js';
import type { Counts } from '../../statistics/counts.js';
import type { LitmusProgram } from '../program.js';
import { TEST, UNEXPLORED, type HammeredTest } from './testAddress.js';
import { instanceLayout, observedKey, observedIn, type InstanceLayout } from './instance.js';

/** Final states that an instance has words for. */
export const HAMMERED_FINALS_MAX = 1000;

export interface HammerLimits {
  readonly durationMs?: number;
  readonly trials?: number;
  readonly seed: number;
  readonly signal: AbortSignal;
}

export interface HammeredLitmus extends Pick<Counts, 'trials' | 'seconds'> {
  /** Trials by the final state, in the order of the exploration. */
  readonly counts: readonly number[];
  /** Trials that ended in a state that was not explored: then a model, or the machine, is wrong. */
  readonly others: number;
  /** The first of those states. */
  readonly firstOther: LitmusEnd | undefined;
  /** Trials that did not end, by what kept them from it. */
  readonly failures: readonly { readonly signature: string; readonly count: number }[];
  readonly harnessError: string | null;
}

/** Hammers a test. `text`: the file that it was parsed from. */
export async function hammerLitmus(
  text: string,
  program: LitmusProgram,
  { memory, finals }: LitmusExploration,
  { durationMs, trials, seed, signal }: HammerLimits,
): Promise<HammeredLitmus> {
  const loaded = await loadRace(addressOf({ text, finals: finals.map(({ values }) => values) }));
  const plan = makePlan(loaded, {
    variant: 'test',
    memory,
    seed,
    ...(trials === undefined ? {} : { trials }),
    // A loop that reads until another thread stores is found to be a wait by its records.
    recording: program.threads.some(({ operations }) =>
      operations.some((one, i) => one.kind === 'jump' && one.target <= i),
    ),
    lockdep: false,
  });
  const machines: HostMachine[] = [];
  const outcome = await runRace(loaded.race, plan, {
    signal,
    ...(durationMs === undefined ? {} : { durationMs }),
    onMachines: (made) => void machines.push(...made),
  });
  const layout = instanceLayout(program, finals.length);
  const instances = outcome.isSpoilt ? [] : machines.flatMap(instancesOf);
  const sum = (offset: number): number => instances.reduce((all, { mem, at }) => all + mem[at + offset], 0);
  return {
    trials: outcome.trials,
    seconds: outcome.seconds,
    counts: finals.map((_, final) => sum(layout.counts + final)),
    others: sum(layout.others),
    firstOther: firstOther(program, layout, instances),
    failures: outcome.outcomes
      .filter(({ signature, count }) => count > 0 && signature !== UNEXPLORED)
      .map(({ signature, count }) => ({ signature, count })),
    harnessError: outcome.harnessError,
  };
}

interface Instance {
  readonly mem: Int32Array;
  readonly at: number;
}

function instancesOf({ mem, map }: HostMachine): Instance[] {
  return Array.from({ length: map.shape.instances }, (_, i) => ({ mem, at: instanceAt(map, i) }));
}

function firstOther(
  program: LitmusProgram,
  layout: InstanceLayout,
  instances: readonly Instance[],
): LitmusEnd | undefined {
  const found = instances.find(({ mem, at }) => mem[at + layout.others] > 0);
  if (found === undefined) return undefined;
  const indexes = new Map(observedIn(program).map((one, i) => [observedKey(one), i]));
  return endFrom(program, (one) => found.mem[found.at + layout.firstOther + indexes.get(observedKey(one))!]);
}

function addressOf(test: HammeredTest): string {
  const address = new URL('./hammeredRace.js', import.meta.url);
  address.searchParams.set(TEST, JSON.stringify(test));
  return address.href;
}
