/** Compares what random programs of operations do at full speed with what a search says of them. Used by operations.race.test.ts and test/torture/programs.ts. */
import { exploreStates, type Exploration } from '../../lib/explore/explore.js';
import { ExploreRefusal } from '../../lib/explore/trees/refusal.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { loadRace, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import type { HostMachine } from '../../lib/harness/host/machine.js';
import { makePlan } from '../../lib/harness/makePlan.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { instanceAt } from '../../lib/machine/cpu.js';
import type { MemoryModel } from '../../lib/machine/memoryModel.js';
import { requireActors } from '../../lib/race/kinds.js';
import { knobsFor } from '../../lib/race/knobs.js';
import { ON_HOST } from '../../lib/run/explore.js';
import { HANGS } from '../../lib/machine/signatures.js';
import { KINDS, type KindName } from '../fixtures/operations/kinds.js';
import type * as OperationPrograms from '../fixtures/operations/operationPrograms.js';
import { OperationModel, accessesOf, type ModelEnds } from './operationModel.js';
import type { Access } from './operationState.js';
import { runRace, replayThreads } from '../harness/keptThreads.js';

/** How a program is run. */
export interface Asked {
  readonly kind: KindName;
  readonly program: number;
  readonly cpus: number;
  readonly memory: MemoryModel;
  readonly trials: number;
  /** Failures of which the evidence is replayed. */
  readonly replays: number;
  /** States beyond which a program is too large. */
  readonly states: number;
}

/** What is said of a program. */
export interface Compared {
  readonly verdict: Exploration['verdict'];
  /** Ways in which it can fail, by the search; and in which its trials have failed. */
  readonly possible: readonly string[];
  readonly met: readonly string[];
  /** Ends that the search has met, and how many of them trials have. */
  readonly ends: number;
  readonly endsMet: number;
  readonly replayed: number;
  /** Whether a model of its own knows all ends of it. */
  readonly modelled: boolean;
  /** What is wrong, a line each. */
  readonly wrong: readonly string[];
}

const MODEL_STATES_MAX = 60_000;

interface Loaded {
  readonly loaded: LoadedRace;
  readonly module: typeof OperationPrograms;
}

const known = new Map<string, Promise<Loaded>>();

function load(kind: KindName, seek?: number): Promise<Loaded> {
  const address = new URL('../fixtures/operations/operationPrograms.js', import.meta.url);
  address.searchParams.set('kind', kind);
  if (seek !== undefined) address.searchParams.set('seek', String(seek));
  const found = known.get(address.href) ?? loadFrom(address.href);
  known.set(address.href, found);
  return found;
}

async function loadFrom(address: string): Promise<Loaded> {
  return { loaded: await loadRace(address), module: (await import(address)) as typeof OperationPrograms };
}

/** Returns the programs of a race's tasks, in words. */
export async function programText({ kind, program, cpus }: Asked): Promise<string> {
  const { module } = await load(kind);
  return Array.from({ length: module.tasksOn(cpus) }, (_, task) =>
    JSON.stringify(module.programOf(program, task)),
  ).join('\n');
}

/** Searches a program, and hammers it; null for one with too many states, and why for one that the search refuses. */
export async function compareOperations(asked: Asked): Promise<Compared | string | null> {
  const { kind, program, cpus, memory, replays, states } = asked;
  const { loaded, module } = await load(kind);
  const race = requireActors(loaded.race);
  const given = { program: String(program) };
  module.found.clear();
  const explored = { race, variant: 'any', knobs: knobsFor(race, 'any', given), cpus, memory };
  const limits = { states, bytes: 1e9, accesses: 1000, interrupts: 2 };
  const hooks = { signal: new AbortController().signal, ...ON_HOST };
  const exploration = await exploreStates(explored, limits, hooks, 'classes').catch(refusalOf);
  if (typeof exploration === 'string') return exploration;
  const { verdict, found, complete, reduced } = exploration;
  if (!complete || found.cuts > 0 || found.leftOut > 0) return null;
  const ends = [...module.found];
  const possible = [...found.failures.keys()];
  const wrong: string[] = [];
  if ((verdict === 'PROVED') !== (possible.length === 0)) wrong.push(`${verdict}, and can fail as ${possible.join()}`);
  const modelled = reduced ? undefined : modelOf(asked, module);
  if (modelled !== undefined) wrong.push(...differences(modelled, ends, possible));
  const { evidence, met, marks } = await hammer(asked, loaded, module, possible.length > 0 ? replays : 0);
  for (const signature of met)
    if (!possible.includes(signature))
      wrong.push(`failed as ${signature}, possible ${possible.join() || 'is no failure'}`);
  const marksOf = new Set(ends.map(module.markOf));
  if (!reduced)
    for (const mark of marks)
      if (!marksOf.has(mark)) wrong.push(`ended with mark ${mark}, which no order does: ${await endOf(asked, mark)}`);
  let replayed = 0;
  for (const one of evidence) {
    const reason = await replay(one, loaded);
    if (reason === null) replayed++;
    else wrong.push(`evidence of ${one.signature} does not fail again: ${reason}`);
  }
  const endsMet = [...marksOf].filter((mark) => marks.has(mark)).length;
  return { verdict, possible, met, ends: ends.length, endsMet, replayed, modelled: modelled !== undefined, wrong };
}

/** Returns why a search has refused a program: nothing is said of it then. */
function refusalOf(error: unknown): string {
  if (error instanceof ExploreRefusal) return error.message;
  throw error;
}

/** Returns all that a model of its own finds of a program; undefined where it knows too little, or it has too many states. */
function modelOf({ kind, program, cpus, memory }: Asked, module: typeof OperationPrograms): ModelEnds | undefined {
  const { hasLines, tasks } = KINDS[kind];
  const count = module.tasksOn(cpus);
  const tso = memory === 'tso';
  if (hasLines || (tasks > 0 && tso)) return undefined;
  const programs = Array.from({ length: count }, (_, task) => accessesOf(module.programOf(program, task), count, tso));
  if (programs.includes(null)) return undefined;
  return new OperationModel(programs as Access[][], { cpus, tso }).count(MODEL_STATES_MAX) ?? undefined;
}

/** Says where a model and the search differ, a line each. */
export function differences(
  { ends, hangs, failures }: ModelEnds,
  found: readonly string[],
  possible: readonly string[],
): string[] {
  const wrong: string[] = [];
  for (const end of found) if (!ends.has(end)) wrong.push(`the search has an end that the model has not: ${end}`);
  for (const end of ends) if (!found.includes(end)) wrong.push(`the model has an end that the search has not: ${end}`);
  const hang = possible.filter((signature) => HANGS.includes(signature));
  // A hang of some is one though others could go on, and these may fail.
  const isHang = hangs || (hang.length > 0 && failures.size > 0);
  if (hang.length > 0 !== isHang)
    wrong.push(`the search hangs as ${hang.join() || 'nothing'}, the model ${hangs ? 'hangs' : 'does not'}`);
  const others = possible
    .filter((signature) => !HANGS.includes(signature))
    .toSorted()
    .join();
  const fails = [...failures].toSorted().join();
  if (others !== fails) wrong.push(`the search fails as ${others || 'nothing'}, the model as ${fails || 'nothing'}`);
  return wrong;
}

interface Hammered {
  readonly met: readonly string[];
  readonly marks: ReadonlySet<number>;
  readonly evidence: readonly Evidence[];
}

async function hammer(
  { program, cpus, memory, trials }: Asked,
  loaded: LoadedRace,
  module: typeof OperationPrograms,
  keep: number,
): Promise<Hammered> {
  if (trials === 0) return { met: [], marks: new Set(), evidence: [] };
  const knobs = { program: String(program) };
  const plan = makePlan(loaded, { variant: 'any', knobs, cpus, memory, seed: program, trials, round: 16, keep });
  const machines: HostMachine[] = [];
  const { harnessError, outcomes, evidence } = await runRace(loaded.race, plan, {
    onMachines: (made) => void machines.push(...made),
  });
  if (harnessError !== null) throw new Error(`program ${program}: ${harnessError}`);
  const marks = new Set<number>();
  for (const { mem, map } of machines)
    for (let i = 0; i < map.shape.instances; i++)
      for (let mark = 0; mark < module.MARKS; mark++)
        if ((mem[instanceAt(map, i) + module.MARKS_AT + (mark >> 5)] & (1 << (mark & 31))) !== 0) marks.add(mark);
  return { met: outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature), marks, evidence };
}

/** Hammers a program until a trial has an end again, and returns that in words. */
async function endOf(asked: Asked, mark: number): Promise<string> {
  const { loaded, module } = await load(asked.kind, mark);
  const { evidence } = await hammer({ ...asked, trials: 10 * asked.trials }, loaded, module, 1);
  return evidence.find(({ signature }) => signature === 'sought')?.message ?? 'it did not come again';
}

/** Replays evidence; returns why it is not proved, null if it is. */
async function replay(evidence: Evidence, loaded: LoadedRace): Promise<string | null> {
  const threads = replayThreads(evidence.cpus.length);
  try {
    const proof = await prove(evidence, loaded, threads);
    if (isProved(proof)) return null;
    return proof.reason ?? JSON.stringify(proof.replay?.difference ?? proof.replay?.signature);
  } finally {
    await threads.destroy();
  }
}
