/** Compares what random programs of locks do at full speed with what a search says of them. Used by lockPrograms.race.test.ts and test/torture/locks.ts. */
import { loadRace, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { requireActors } from '../../lib/race/kinds.js';
import { runRace } from '../harness/keptThreads.js';
import { searched } from './searched.js';

const loaded: LoadedRace = await loadRace(new URL('../fixtures/lockPrograms.js', import.meta.url).href);

/** How a program is run. */
export interface Asked {
  readonly program: number;
  readonly cpus: number;
  readonly memory: MemoryModel;
  readonly trials: number;
}

/** What is said of a program: ways in which it can fail, by the search; and in which its trials have failed. */
export interface Compared {
  readonly possible: readonly string[];
  readonly met: readonly string[];
}

/** Searches a program, and hammers it; null for one with too many states. */
export async function compareLocks({ program, cpus, memory, trials }: Asked): Promise<Compared | null> {
  const knobs = { program: String(program) };
  const possible = possibleOf(knobs, cpus, memory);
  if (possible === null) return null;
  const plan = makePlan(loaded, { variant: 'any', knobs, cpus, memory, seed: program, trials, round: 16, keep: 0 });
  const { harnessError, outcomes } = await runRace(loaded.race, plan, {});
  if (harnessError !== null) throw new Error(`program ${program}: ${harnessError}`);
  return { possible, met: outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature) };
}

function possibleOf(knobs: Readonly<Record<string, string>>, cpus: number, memory: MemoryModel): string[] | null {
  try {
    const { found } = searched(requireActors(loaded.race), { variant: 'any', knobs, cpus, memory });
    return [...found.failures.keys()];
  } catch (error) {
    if (error instanceof Error && error.message === 'the test is too large') return null;
    throw error;
  }
}
