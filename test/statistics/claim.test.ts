// Goal: a claim about a rate rests on as many trials as it must, and is wrong no more often than it says. Method: published sample
// sizes; then, for a run that looks after every trial, the chance of each wrong end by exact summation over all courses of the run.

import test from 'ava';
import { decideClaim, trialsToClaim, trialsToDecide, type Claim } from '../../lib/statistics/claim.js';

/** Wilks, "Statistical prediction with special reference to the problem of tolerance limits" (1942): runs for a one-sided 95 %/95 % limit by its order. */
const WILKS_95_95 = [59, 93, 124, 153, 181, 208, 234, 260];

/** Success-run sizes ln(1 - c) / ln(1 - r), as handbooks of reliability demonstration list them. */
const SUCCESS_RUN = [
  [0.1, 0.9, 22],
  [0.05, 0.9, 45],
  [0.1, 0.95, 29],
  [0.05, 0.95, 59],
  [0.01, 0.95, 299],
  [0.01, 0.99, 459],
  [0.001, 0.95, 2995],
] as const;

test('a run of fixed length needs the published number of trials', (t) => {
  t.deepEqual(
    WILKS_95_95.map((_, failures) => trialsToClaim({ rate: 0.05, confidence: 0.95 }, failures)),
    WILKS_95_95,
  );
  for (const [rate, confidence, trials] of SUCCESS_RUN) t.is(trialsToClaim({ rate, confidence }), trials);
});

test('one in a million at 99.9 % takes 6.9 million trials, a few per cent more where one may look at any time', (t) => {
  const claim = { rate: 1e-6, confidence: 0.999 };
  t.is(trialsToClaim(claim), 6_907_752);
  t.is(trialsToDecide(claim, 0), 7_041_284);
  t.true(trialsToDecide(claim, 1) > trialsToDecide(claim, 0));
  t.true(trialsToDecide({ rate: 1e-12, confidence: 0.999 }, 1000) > 1e15);
});

const CLAIMS: readonly Claim[] = [
  { rate: 0.05, confidence: 0.95 },
  { rate: 0.2, confidence: 0.8 },
  { rate: 0.01, confidence: 0.5 },
];

/** Chance that a run of up to `trials`, with this true rate and a look after every trial, ends in each way. */
function endings(claim: Claim, rate: number, trials: number): { HOLDS: number; REFUTED: number } {
  const ended = { HOLDS: 0, REFUTED: 0 };
  let going = new Map([[0, 1]]);
  for (let n = 1; n <= trials; n++) {
    const next = new Map<number, number>();
    for (const [k, chance] of going) {
      for (const [failures, share] of [
        [k, chance * (1 - rate)],
        [k + 1, chance * rate],
      ]) {
        const result = decideClaim(claim, { failures, trialsMin: n, trialsMax: n });
        if (result === 'OPEN') next.set(failures, (next.get(failures) ?? 0) + share);
        else ended[result] += share;
      }
    }
    going = next;
  }
  return ended;
}

test('a claim that is false is accepted no more often than it says, though one looks after every trial', (t) => {
  for (const claim of CLAIMS) {
    const { HOLDS } = endings(claim, claim.rate, 1500);
    t.true(HOLDS <= 1 - claim.confidence, `${claim.rate}: ${HOLDS}`);
    t.true(HOLDS >= 0.5 * (1 - claim.confidence), `needlessly strict at ${claim.rate}: ${HOLDS}`);
  }
});

test('a claim that is true is refuted no more often than it says', (t) => {
  for (const claim of CLAIMS) {
    const { REFUTED } = endings(claim, claim.rate * 0.999, 1500);
    t.true(REFUTED <= 1 - claim.confidence, `${claim.rate}: ${REFUTED}`);
    t.true(REFUTED > 0);
  }
});

test('a claim is decided at once where the rate is far off, and open where it is near', (t) => {
  const claim = CLAIMS[0];
  t.true(endings(claim, 0.005, 400).HOLDS > 0.99);
  t.true(endings(claim, 0.4, 60).REFUTED > 0.99);
  t.is(decideClaim(claim, { failures: 5, trialsMin: 100, trialsMax: 100 }), 'OPEN');
  t.is(decideClaim(claim, { failures: 0, trialsMin: 0, trialsMax: 0 }), 'OPEN');
});

test('trials that may have been run count against a refutation, not for a claim', (t) => {
  const claim = { rate: 0.01, confidence: 0.95 };
  t.is(decideClaim(claim, { failures: 3, trialsMin: 3, trialsMax: 3 }), 'REFUTED');
  t.is(decideClaim(claim, { failures: 3, trialsMin: 3, trialsMax: 515 }), 'OPEN');
  t.is(decideClaim(claim, { failures: 0, trialsMin: 3, trialsMax: 10_000 }), 'OPEN');
});

test('counts of a long run are judged at once', (t) => {
  const claim = { rate: 1e-9, confidence: 0.999 };
  t.is(decideClaim(claim, { failures: 1e9, trialsMin: 1e10, trialsMax: 1e10 }), 'REFUTED');
  t.is(decideClaim({ rate: 0.5, confidence: 0.999 }, { failures: 1e9, trialsMin: 1e10, trialsMax: 1e10 }), 'HOLDS');
});

test('a claim out of range is refused', (t) => {
  for (const claim of [
    { rate: 0, confidence: 0.9 },
    { rate: 1, confidence: 0.9 },
    { rate: Number.NaN, confidence: 0.9 },
    { rate: 0.1, confidence: 1 },
    { rate: 0.1, confidence: 0.4 },
  ])
    t.throws(() => trialsToClaim(claim), { instanceOf: RangeError });
});
