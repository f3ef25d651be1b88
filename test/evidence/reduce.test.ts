/**
 * Goal: a reduced failure has no access that the failure can do without at the end of a CPU, and every access that is left
 * finds what it found.
 * Method: records written by hand, with CPUs and ends that are of no use.
 */
import test from 'ava';
import { explain, isExplained, type Explained } from '../../lib/evidence/explain.js';
import type { Evidence } from '../../lib/evidence/evidence.js';
import { firstMismatch } from '../../lib/evidence/interleaving/check.js';
import { reduceEvidence } from '../../lib/evidence/reduce.js';
import { DEADLOCK } from '../../lib/machine/signatures.js';
import { OP, SPIN } from '../../lib/machine/recorder.js';
import { OUTCOME, FAILED, madeUp, windowRace } from './madeUpEvidence.js';

function explained(evidence: Evidence): Explained {
  const answer = explain(evidence);
  if (!isExplained(answer)) throw new Error(answer.reason);
  return answer;
}

function lengths(evidence: Evidence): number[] | undefined {
  const reduced = reduceEvidence(evidence, explained(evidence));
  if (reduced === undefined) return undefined;
  const { trace, interleaving } = reduced.explained;
  if (firstMismatch(trace, interleaving.order) !== undefined) throw new Error('the reduced order is wrong');
  // What is written down says the same as what was cut.
  const again = explained(reduced.evidence);
  if (again.script.length !== reduced.explained.script.length) throw new Error('the reduced evidence says otherwise');
  return trace.cpus.map((accesses) => accesses.length);
}

test('what comes behind the failure goes', (t) => {
  t.deepEqual(lengths(windowRace()), [2, 3]);
});

test('a CPU that has no part in the failure goes, one that stored what was found stays', (t) => {
  const race = windowRace();
  const bystander = madeUp([[[OP.WRITE, 4, 0, 1], [OP.READ, 2, 0, 0], [OP.WRITE, 4, 1, 2], [OP.ACTOR_END]]]).cpus[0];
  t.deepEqual(lengths({ ...race, cpus: [...race.cpus, bystander] }), [2, 3, 0]);
});

test('of a deadlock the members stay, up to their waits', (t) => {
  const evidence = madeUp(
    [
      [[OP.ACQUIRE, 1, 0, 1], [OP.READ | SPIN, 2, 2, 2], [OP.GAVE_UP, 2], [OP.ACTOR_END]],
      [
        [OP.ACQUIRE, 2, 0, 2],
        [OP.READ | SPIN, 1, 1, 1],
        [OP.FAILED, FAILED, 0, OUTCOME],
        [OP.GAVE_UP, 1],
      ],
      [
        [OP.READ, 3, 0, 0],
        [OP.READ | SPIN, 1, 1, 1],
        [OP.GAVE_UP, 1],
      ],
    ],
    { signature: DEADLOCK, detail: [2, 1, 0] },
  );
  t.deepEqual(lengths(evidence), [2, 3, 0]);
});
