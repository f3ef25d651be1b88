/**
 * Goal: what public reports describe is met by hammer(), proved where it is a sleep without an end, explained, and fails again in a replay;
 * the fixed forms never fail.
 * Method: each protocol at full speed until some trials have failed, through capture, its file, explanation and replay; and its fixed form.
 */
import test from 'ava';
import { RECORD_WORDS } from '../../lib/evidence/evidence.js';
import { encodeEvidence } from '../../lib/evidence/evidenceFile.js';
import { loadRace } from '../../lib/harness/host/loadRace.js';
import { isProved, prove } from '../../lib/harness/replay/prove.js';
import { EvidenceReader } from '../../lib/run/evidence/decodeEvidence.js';
import { recordWitness } from '../../lib/run/evidence/witness.js';
import { PROTOCOLS } from '../fixtures/sharedMemory.js';
import { exploreRace } from '../harness/exploredRace.js';
import { threadsFor } from '../harness/keptThreads.js';
import { failsProved, hammer, signaturesOf } from '../harness/hammered.js';

const loaded = await loadRace(new URL('../fixtures/sharedMemory.js', import.meta.url).href);
const reader = new EvidenceReader();
const KEPT = 3;
/** Protocols of half a million states. */
const LARGE = ['second-look'];

for (const [variant, { fails, also = [], plain = false }] of Object.entries(PROTOCOLS)) {
  test.serial(`${variant}: ${fails}${plain ? '' : ', explained, and failing again'}`, async (t) => {
    t.timeout(120_000);
    if (plain) {
      t.deepEqual(signaturesOf(await hammer(loaded, { variant }, KEPT)), [fails]);
      return;
    }
    const { evidence } = await failsProved(t, loaded, { variant }, { signature: fails, wanted: KEPT, also });
    t.deepEqual(reader.decode(encodeEvidence(evidence[0])), evidence[0]);
  });

  test.serial(`${variant}, fixed: no trial fails`, async (t) => {
    t.timeout(120_000);
    t.deepEqual(signaturesOf(await hammer(loaded, { variant: `${variant}-fixed` }, 0)), []);
  });

  if (LARGE.includes(variant)) continue;
  test.serial(`${variant}: all states say what threads do, and threads fail in the shortest order`, async (t) => {
    t.timeout(120_000);
    if (plain) {
      await t.throwsAsync(exploreRace(loaded.race, variant), {
        name: 'ExploreRefusal',
        message: /without an operation/,
      });
      return;
    }
    t.is((await exploreRace(loaded.race, `${variant}-fixed`)).verdict, 'PROVED');
    const exploration = await exploreRace(loaded.race, variant);
    t.deepEqual([...exploration.found.failures.keys()], [fails]);
    const pool = threadsFor(t, 2);
    const asked = { variant, knobs: {}, cpus: 2, memory: 'sc' } as const;
    const evidence = await recordWitness(
      { ...loaded, typed: loaded.race.name },
      asked,
      exploration,
      exploration.witnesses[0],
      pool,
    );
    if ('reason' in evidence) throw new Error(evidence.reason);
    const proof = await prove(evidence, loaded, pool);
    t.true(isProved(proof), proof.reason);
  });
}

test.serial('tries that the records leave out are put back, and counted', async (t) => {
  t.timeout(120_000);
  const { evidence } = await hammer(loaded, { variant: 'spin-then-sleep' }, 1);
  const [{ cpus }] = evidence;
  const proof = await prove(evidence[0], loaded, threadsFor(t, 2));
  t.true(isProved(proof), proof.reason);
  const tries = proof.evidence.cpus[0].records.length - cpus[0].records.length;
  t.deepEqual([tries > 0, proof.putBack], [true, tries / RECORD_WORDS]);
});
