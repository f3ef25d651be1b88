/**
 * Goal: whatever a file of evidence says, it is refused in one line, or what it says is found to be so: never a stack, never a
 * hang, never "the same failure" of evidence that claims what did not come again.
 * Method: evidence of real failures, changed in some hundred ways by a fixed seed, its checksum made right; then read, compared
 * with its race, and replayed.
 */
import test from 'ava';
import { EvidenceReader } from '../../lib/run/evidence/decodeEvidence.js';
import { RECORD_WORDS, type Evidence } from '../../lib/evidence/evidence.js';
import { EvidenceFileError, encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { timelineOf } from '../../lib/evidence/timeline.js';
import { loadRace, raceUrl, type LoadedRace } from '../../lib/harness/host/loadRace.js';
import type { CpuThreads } from '../../lib/harness/host/pool.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { OP, OP_MASK, SPIN } from '../../lib/machine/recorder.js';
import { timelineTable } from '../../lib/report/replay/timelineTable.js';
import { UNKNOWN, mutationsOf } from '../evidence/mutations.js';
import { planOf } from '../stress/plan.js';
import { runRace, threadsFor } from './keptThreads.js';

const MUTATIONS = 150;
const reader = new EvidenceReader();

async function failureOf(loaded: LoadedRace): Promise<Evidence> {
  const plan = { ...planOf(loaded, { variant: 'buggy', cpus: 2, trials: 1_000_000, stopOnFirst: true }), keep: 1 };
  const { evidence } = await runRace(loaded.race, { ...plan, round: 64 });
  return evidence[0];
}

/** What the evidence says of who made it, and what is noted where it is otherwise. */
const BESIDE: readonly string[] = ['source', 'versions', 'target', 'knobs', 'unrecorded'];

/** What it says of its trial. */
function claimsOf(evidence: Evidence): string {
  const sorted = (list: readonly (readonly [number, unknown])[]): unknown => list.toSorted(([a], [b]) => a - b);
  const claims = { ...evidence, initial: sorted(evidence.initial), names: sorted(evidence.names) };
  // A field that nobody knows is nobody's claim.
  const isClaim = (name: string, value: unknown): unknown =>
    name === UNKNOWN || BESIDE.includes(name) ? undefined : value;
  return JSON.stringify(claims, isClaim);
}

/** What became of a forged file. */
async function fateOf(bytes: Buffer, original: Evidence, loaded: LoadedRace, pool: CpuThreads): Promise<string> {
  let evidence: Evidence;
  try {
    evidence = reader.decode(bytes);
  } catch (error) {
    if (!(error instanceof EvidenceFileError)) throw error;
    return error.message.includes('\n') ? 'more than one line' : 'refused';
  }
  const proof = await prove(evidence, loaded, pool);
  if (proof.reason?.includes('\n') === true) return 'more than one line';
  // What is shown of it can be shown.
  if (proof.explained !== undefined) timelineTable(timelineOf(evidence, proof.explained, proof.replay?.functions));
  if (proof.replay === undefined) return 'refused';
  if (!isProved(proof)) return 'does not replay';
  // Details that came otherwise are told.
  const told = proof.replay.otherDetails === undefined ? evidence : { ...evidence, detail: original.detail };
  return claimsOf(told) === claimsOf(original) ? 'true' : 'called the same';
}

for (const race of ['xen-pin', 'pgd-lock']) {
  test.serial(`${race}: forged evidence is refused, does not replay, or says what is true`, async (t) => {
    t.timeout(120_000);
    const loaded = await loadRace(raceUrl(race)!);
    const pool = threadsFor(t, 2);
    const original = await failureOf(loaded);
    t.deepEqual(reader.decode(encodeEvidence(original)), original);
    t.is(await fateOf(encodeEvidence(original), original, loaded, pool), 'true');
    const otherDetail = { ...original, detail: [...original.detail.slice(0, -1), 77] };
    t.regex((await prove(otherDetail, loaded, pool)).replay?.otherDetails ?? '', /, 77 in the evidence$/);
    for (const [cpu, { records }] of original.cpus.entries()) {
      const forged = structuredClone(original);
      const end = records.findLastIndex((head, i) => i % RECORD_WORDS === 0 && (head & OP_MASK) === OP.ACTOR_END);
      if (end < 0) continue;
      (forged.cpus[cpu].records as number[])[end] = (records[end] & ~OP_MASK) | OP.DIED;
      t.is(await fateOf(encodeEvidence(forged), original, loaded, pool), 'does not replay', `CPU ${cpu} died`);
    }
    const noLook = structuredClone(original);
    (noLook.cpus[0].records as number[])[0] = OP.WRITE | SPIN;
    t.is(await fateOf(encodeEvidence(noLook), original, loaded, pool), 'refused', 'a store is no look of a wait');
    const fates = new Map<string, number>();
    for (const { what, body } of mutationsOf(original, MUTATIONS, 5)) {
      const fate = await fateOf(encodeEvidence(body as Evidence), original, loaded, pool);
      fates.set(fate, (fates.get(fate) ?? 0) + 1);
      t.true(['refused', 'does not replay', 'true'].includes(fate), `${what}: ${fate}`);
    }
    t.true((fates.get('refused') ?? 0) > MUTATIONS / 2);
  });
}

test.serial('an instance far outside of any machine is refused at once', async (t) => {
  const loaded = await loadRace(raceUrl('pgd-lock')!);
  const original = await failureOf(loaded);
  for (const instance of [2 ** 53, 2 ** 31, -1, original.instance + 1])
    t.throws(() => reader.decode(encodeEvidence({ ...original, instance })), { instanceOf: EvidenceFileError });
});
