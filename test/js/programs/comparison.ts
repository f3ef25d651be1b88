/**
 * Compares what drawn programs over `Atomics` do on real threads, what the search of all states says of them, and what their model does. Used
 * by programs.race.test.ts and test/torture/atomics.ts.
 */
import { loadRace, type LoadedRace } from '../../../lib/harness/host/loadRace.js';
import { makePlan } from '../../../lib/harness/makePlan.js';
import { isProved, prove } from '../../../lib/harness/replay/prove.js';
import { instrumented } from '../../../lib/instrument/marked.js';
import { instrumentThread } from '../../../lib/instrument/register.js';
import { RECORD_WORDS, type Evidence } from '../../../lib/evidence/evidence.js';
import type { Exploration } from '../../../lib/explore/explore.js';
import { LIVELOCK, STARVATION } from '../../../lib/machine/signatures.js';
import { recordWitness } from '../../../lib/run/evidence/witness.js';
import type * as AtomicsPrograms from '../../fixtures/atomicsPrograms.js';
import { exploreRace } from '../../harness/exploredRace.js';
import { replayThreads, runRace } from '../../harness/keptThreads.js';
import { drawnProgram, mixesSizes, type Family } from './drawn.js';
import { possible, type Possible } from './model.js';

/** How a program is run. */
export interface Asked {
  readonly number: number;
  readonly family: Family;
  /** Trials on real threads; 0 for the search alone. */
  readonly trials: number;
}

/** What was found of a program. */
export interface Compared {
  /** What is not as the model has it; empty if all is. */
  readonly wrong: readonly string[];
  readonly ends: number;
  /** Ends that real threads have met. */
  readonly met: number;
  readonly hangs: readonly string[];
  /** Names of hangs that real threads have met, and failures that a replay has shown again. */
  readonly hung: readonly string[];
  readonly proved: number;
}

/** Failures of a run that are kept and replayed. */
const KEPT = 2;

/** Compares one program. */
export async function compareProgram(asked: Asked): Promise<Compared> {
  const { number, family } = asked;
  const program = drawnProgram(number, family);
  const { ends, hangs } = possible(program);
  const loaded = await loadFamily(family);
  const exploration = family.isAwaited ? null : await exploreRace(loaded.loaded.race, loaded.variant(number));
  const wrong = exploration === null ? [] : wrongInSearch(exploration, [...loaded.seen.ends], { ends, hangs });
  if (asked.trials === 0) return { wrong, ends: ends.length, met: 0, hangs, hung: [], proved: 0 };
  const { signatures, met, evidence } = await hammeredProgram(loaded, asked);
  const others = signatures.filter((signature) => !hangs.includes(signature));
  if (others.length > 0) wrong.push(`threads fail as ${others.join()}, possible: ${hangs.join()}`);
  const hung = signatures.filter((signature) => hangs.includes(signature));
  if (mixesSizes(program)) return { wrong, ends: ends.length, met, hangs, hung, proved: 0 };
  const before = wrong.length;
  for (const one of evidence) wrong.push(...(await unprovedOf(one, loaded.loaded)));
  const proved = evidence.length - (wrong.length - before);
  if (exploration !== null) wrong.push(...(await unprovedOrders(exploration, loaded, number)));
  return { wrong, ends: ends.length, met, hangs, hung, proved };
}

interface LoadedFamily {
  readonly loaded: LoadedRace;
  readonly seen: typeof AtomicsPrograms.seen;
  readonly variant: (number: number) => string;
}

async function loadFamily({ threads, isPlain, isAwaited, isEndless }: Family): Promise<LoadedFamily> {
  const address = new URL('../../fixtures/atomicsPrograms.js', import.meta.url);
  address.searchParams.set('threads', String(threads));
  if (isPlain) address.searchParams.set('plain', '');
  if (isAwaited) address.searchParams.set('awaited', '');
  if (isEndless) address.searchParams.set('endless', '');
  if (isPlain) instrumentThread();
  const url = isPlain ? instrumented(address.href) : address.href;
  const { seen, variantOf } = (await import(url)) as typeof AtomicsPrograms;
  return { loaded: await loadRace(url), seen, variant: variantOf };
}

function wrongInSearch({ found, verdict }: Exploration, ended: readonly string[], { ends, hangs }: Possible): string[] {
  const wrong: string[] = [];
  const failures = [...found.failures.keys()].toSorted();
  if (failures.join() !== hangs.join()) wrong.push(`the search fails as ${failures.join()}, possible: ${hangs.join()}`);
  const met = ended.toSorted();
  if (met.join('; ') !== ends.join('; '))
    wrong.push(`the search ends as ${met.join('; ')}, possible: ${ends.join('; ')}`);
  if (verdict !== (failures.length === 0 ? 'PROVED' : 'FAILS'))
    wrong.push(`${verdict} with ${failures.length} failures`);
  return wrong;
}

/** Returns the shortest orders of the search in which threads do not fail as it says, or not again. */
async function unprovedOrders(
  exploration: Exploration,
  { loaded, variant }: LoadedFamily,
  number: number,
): Promise<string[]> {
  const named = { ...loaded, typed: loaded.race.name };
  const cpus = loaded.race.cpus.default;
  const asked = { variant: variant(number), knobs: {}, cpus, memory: 'sc' } as const;
  const unproved: string[] = [];
  for (const witness of exploration.witnesses) {
    // Such an order has no end, and what is stored in it has no place in a record.
    if (witness.signature === LIVELOCK) continue;
    const pool = replayThreads(cpus);
    const evidence = await recordWitness(named, asked, exploration, witness, pool);
    await pool.destroy();
    if ('reason' in evidence) unproved.push(`threads in the order of ${witness.signature}: ${evidence.reason}`);
    else unproved.push(...(await unprovedOf(evidence, loaded)));
  }
  return unproved;
}

interface HammeredProgram {
  readonly signatures: readonly string[];
  readonly met: number;
  readonly evidence: readonly Evidence[];
}

async function hammeredProgram(family: LoadedFamily, { number, trials }: Asked): Promise<HammeredProgram> {
  const { loaded, seen, variant } = family;
  const plan = makePlan(loaded, { variant: variant(number), knobs: {}, seed: number, trials, round: 16, keep: KEPT });
  const { harnessError, outcomes, evidence } = await runRace(loaded.race, plan, {});
  if (harnessError !== null) throw new Error(`program ${number}: ${harnessError}`);
  return {
    signatures: outcomes.filter(({ count }) => count > 0).map(({ signature }) => nameOf(signature)),
    met: (seen.shared?.met ?? new Int32Array()).filter((count) => count > 0).length,
    evidence,
  };
}

/** Returns what the search calls a hang: the watchdog says starvation of a livelock beside which a thread sleeps. */
function nameOf(signature: string): string {
  return signature === STARVATION ? LIVELOCK : signature;
}

/** Returns what a replay of a failure lacks. Of a loop of waits with a time the first records are lost, and nothing explains it. */
async function unprovedOf(evidence: Evidence, loaded: LoadedRace): Promise<string[]> {
  if (evidence.cpus.some(({ written, records }) => written * RECORD_WORDS > records.length)) return [];
  const pool = replayThreads(evidence.cpus.length);
  try {
    const proof = await prove(evidence, loaded, pool);
    if (isProved(proof)) return [];
    return [
      `a replay of ${evidence.signature} does not fail again: ${proof.reason ?? JSON.stringify(proof.replay?.difference)}`,
    ];
  } finally {
    await pool.destroy();
  }
}
