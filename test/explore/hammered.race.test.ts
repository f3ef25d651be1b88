/**
 * Goal: whatever real threads do in random programs is among what a search has found of them: each end, with what each CPU got, and
 * each hang.
 * Method: programs are explored, then hammered under both memory models; a trial that ends as no order does fails. A search that lacks
 * an end is found out in the same way.
 */
import test, { type ExecutionContext } from 'ava';
import { loadRace, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import type { HostMachine } from '../../lib/harness/host/machine.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import { instanceAt } from '../../lib/machine/cpu.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { requireActors } from '../../lib/race/kinds.js';
import { STEP } from '../../lib/explore/trees/step.js';
import { runRace } from '../harness/keptThreads.js';
import { randomProgram, type Program } from './bruteForce.js';
import { randomLines } from './linePrograms.js';
import { randomTask } from './taskPrograms.js';
import { MET_AT } from './programActor.js';
import { searched } from './searched.js';

const TRIALS = 300;
/** A hang is proved in some milliseconds, not in microseconds. */
const TRIALS_OF_HANGS = 40;

async function load(programs: readonly Program[], ends: readonly string[] | null): Promise<LoadedRace> {
  const address = new URL('../fixtures/drawnPrograms.js', import.meta.url);
  address.searchParams.set('drawn', JSON.stringify({ programs, ends }));
  return loadRace(address.href);
}

interface Explored {
  readonly ends: readonly string[];
  readonly hangs: readonly string[];
}

async function explored(programs: readonly Program[], memory: MemoryModel): Promise<Explored> {
  return endsOf(await load(programs, null), memory);
}

function endsOf({ race }: LoadedRace, memory: MemoryModel): Explored {
  const { model, found } = searched(requireActors(race), { memory });
  return {
    ends: [...new Set(model.places.filter(({ step }) => step === STEP.FAIL).map(({ message }) => message))],
    hangs: [...found.failures.keys()].filter((signature) => signature !== 'ended'),
  };
}

/** Hammers the programs. Returns what failed, and how many of the ends were met. */
async function hammered(programs: readonly Program[], { ends, hangs }: Explored, memory: MemoryModel) {
  const loaded = await load(programs, ends);
  const { signatures, machines } = await failuresOf(loaded, hangs, memory);
  const isMet = ends.map((_, end) =>
    machines.some(({ mem, map }) =>
      Array.from({ length: map.shape.instances }, (__, i) => mem[instanceAt(map, i) + MET_AT + end]).includes(1),
    ),
  );
  return { signatures, met: isMet.filter(Boolean).length };
}

/** Hammers a race; returns how its trials failed, and its machines. */
async function failuresOf(loaded: LoadedRace, hangs: readonly string[], memory: MemoryModel) {
  const trials = hangs.length > 0 ? TRIALS_OF_HANGS : TRIALS;
  const plan = makePlan(loaded, { variant: 'any', memory, seed: 1, trials, round: 20, keep: 0 });
  const machines: HostMachine[] = [];
  const outcome = await runRace(loaded.race, plan, { onMachines: (made) => void machines.push(...made) });
  if (outcome.harnessError !== null) throw new Error(outcome.harnessError);
  const signatures = outcome.outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature);
  return { signatures, machines };
}

const SHAPES = [
  { cpus: 2, steps: 4, memory: 'sc', count: 5 },
  { cpus: 3, steps: 3, memory: 'sc', count: 3 },
  { cpus: 2, steps: 4, memory: 'tso', count: 5 },
] as const;

const drawn = (seed: number, cpus: number, steps: number): Program[] =>
  Array.from({ length: cpus }, (_, c) => randomProgram(seed, c, steps));

for (const { cpus, steps, memory, count } of SHAPES) {
  test.serial(`${count} programs of ${cpus} CPUs, ${memory}: threads end as some order does`, async (t) => {
    let [ends, met] = [0, 0];
    for (let seed = 1; seed <= count; seed++) {
      const programs = drawn(seed, cpus, steps);
      const all = await explored(programs, memory);
      const found = await hammered(programs, all, memory);
      t.deepEqual(
        found.signatures.filter((signature) => !all.hangs.includes(signature)),
        [],
        JSON.stringify(programs),
      );
      ends += all.ends.length;
      met += found.met;
    }
    t.true(met > count, `${met} of ${ends} ends were met`);
  });
}

/** Explores programs of a fixture, and hammers them; returns how many ends are known. */
async function compared(
  t: ExecutionContext,
  fixture: string,
  asked: Readonly<Record<string, unknown>>,
): Promise<number> {
  const loadEnds = async (ends: readonly string[] | null): Promise<LoadedRace> => {
    const address = new URL(`../fixtures/${fixture}.js`, import.meta.url);
    address.searchParams.set('drawn', JSON.stringify({ ...asked, ends }));
    return loadRace(address.href);
  };
  const all = endsOf(await loadEnds(null), 'sc');
  const found = await failuresOf(await loadEnds(all.ends), all.hangs, 'sc');
  t.deepEqual(
    found.signatures.filter((signature) => !all.hangs.includes(signature)),
    [],
    JSON.stringify(asked),
  );
  return all.ends.length;
}

const TASK_SHAPES = [
  { cpus: 1, steps: 3, seeds: [1, 2, 4] },
  { cpus: 2, steps: 2, seeds: [8] },
] as const;

for (const { cpus, steps, seeds } of TASK_SHAPES)
  test.serial(`programs of 3 tasks, ${cpus} of which can run at once: threads end as some order does`, async (t) => {
    let ends = 0;
    for (const seed of seeds) {
      const programs = [0, 1, 2].map((task) => randomTask(seed + 40 * cpus, task, steps));
      ends += await compared(t, 'drawnTasks', { programs, cpus });
    }
    t.true(ends > 4, `${ends} ends are known`);
  });

const LINE_SEEDS = [3, 22, 32];

test.serial(`${LINE_SEEDS.length} programs with interrupt lines: threads end as some order does`, async (t) => {
  let ends = 0;
  for (const seed of LINE_SEEDS) {
    const programs = [0, 1].map((cpu) => randomLines(seed, cpu, 3));
    ends += await compared(t, 'drawnLines', { programs });
  }
  t.true(ends > 2 * LINE_SEEDS.length, `${ends} ends are known`);
});

test.serial('an end that no search has found fails', async (t) => {
  const programs = drawn(1, 2, 4);
  const { hangs } = await explored(programs, 'sc');
  const { signatures } = await hammered(programs, { ends: [], hangs }, 'sc');
  t.true(signatures.includes('unexplored'), signatures.join());
});
