/**
 * Compares what drawn programs over `Atomics` do on real threads, what the search of all states says of them, and what their model does. Used
 * by programs.race.test.ts and test/torture/atomics.ts.
 */
import { loadRace, type LoadedRace } from '../../../lib/harness/host/loadRace.js';
import { makePlan } from '../../../lib/harness/makePlan.js';
import { isProved, prove } from '../../../lib/harness/replay/prove.js';
import { instrumented } from '../../../lib/instrument/marked.js';
import { instrumentThread } from '../../../lib/instrument/register.js';
import type { Evidence } from '../../../lib/evidence/evidence.js';
import type * as AtomicsPrograms from '../../fixtures/atomicsPrograms.js';
import { exploreRace } from '../../harness/exploredRace.js';
import { replayThreads, runRace } from '../../harness/keptThreads.js';
import { drawnProgram, mixesSizes, type Family } from './drawn.js';
import { possible } from './model.js';

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
  const wrong = family.isAwaited ? [] : await wrongInSearch(loaded, number, ends, hangs);
  const hammered = asked.trials === 0 ? null : await hammeredProgram(loaded, asked);
  if (hammered === null) return { wrong, ends: ends.length, met: 0, hangs, hung: [], proved: 0 };
  const { signatures, met, unproved, proved } = hammered;
  const others = signatures.filter((signature) => !hangs.includes(signature));
  if (others.length > 0) wrong.push(`threads fail as ${others.join()}, possible: ${hangs.join()}`);
  if (!mixesSizes(program)) wrong.push(...unproved);
  const hung = signatures.filter((signature) => hangs.includes(signature));
  return { wrong, ends: ends.length, met, hangs, hung, proved };
}

interface LoadedFamily {
  readonly loaded: LoadedRace;
  readonly seen: typeof AtomicsPrograms.seen;
  readonly variant: (number: number) => string;
}

async function loadFamily({ threads, isPlain, isAwaited }: Family): Promise<LoadedFamily> {
  const address = new URL('../../fixtures/atomicsPrograms.js', import.meta.url);
  address.searchParams.set('threads', String(threads));
  if (isPlain) address.searchParams.set('plain', '');
  if (isAwaited) address.searchParams.set('awaited', '');
  if (isPlain) instrumentThread();
  const url = isPlain ? instrumented(address.href) : address.href;
  const { seen, variantOf } = (await import(url)) as typeof AtomicsPrograms;
  return { loaded: await loadRace(url), seen, variant: variantOf };
}

async function wrongInSearch(
  { loaded, seen, variant }: LoadedFamily,
  number: number,
  ends: readonly string[],
  hangs: readonly string[],
): Promise<string[]> {
  const { found, verdict } = await exploreRace(loaded.race, variant(number));
  const wrong: string[] = [];
  const failures = [...found.failures.keys()].toSorted();
  if (failures.join() !== hangs.join()) wrong.push(`the search fails as ${failures.join()}, possible: ${hangs.join()}`);
  const met = [...seen.ends].toSorted();
  if (met.join('; ') !== ends.join('; '))
    wrong.push(`the search ends as ${met.join('; ')}, possible: ${ends.join('; ')}`);
  if (verdict !== (failures.length === 0 ? 'PROVED' : 'FAILS'))
    wrong.push(`${verdict} with ${failures.length} failures`);
  return wrong;
}

interface HammeredProgram {
  readonly signatures: readonly string[];
  readonly met: number;
  readonly proved: number;
  readonly unproved: readonly string[];
}

async function hammeredProgram(family: LoadedFamily, { number, trials }: Asked): Promise<HammeredProgram> {
  const { loaded, seen, variant } = family;
  const plan = makePlan(loaded, { variant: variant(number), knobs: {}, seed: number, trials, round: 16, keep: KEPT });
  const { harnessError, outcomes, evidence } = await runRace(loaded.race, plan, {});
  if (harnessError !== null) throw new Error(`program ${number}: ${harnessError}`);
  const unproved: string[] = [];
  for (const one of evidence) unproved.push(...(await unprovedOf(one, loaded)));
  return {
    signatures: outcomes.filter(({ count }) => count > 0).map(({ signature }) => signature),
    met: (seen.shared?.met ?? new Int32Array()).filter((count) => count > 0).length,
    proved: evidence.length - unproved.length,
    unproved,
  };
}

/** Returns what a replay of a failure lacks. */
async function unprovedOf(evidence: Evidence, loaded: LoadedRace): Promise<string[]> {
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
