// Goal: sums and differences of counts are right in each field, and lose or invent no outcome. Method: laws of addition over
// made-up counts, whole ones and parts of them.

import test from 'ava';
import fc from 'fast-check';
import {
  NO_COUNTS,
  countOf,
  minus,
  plus,
  plusPlaced,
  sumOfCounts,
  type CountedOutcome,
  type Counts,
  type FailureCounts,
} from '../../lib/statistics/counts.js';

const NUMBER = fc.nat({ max: 2 ** 48 });
/** Few signatures, so that two counts share some; among them names that every object has a property of. */
const SIGNATURE = fc.constantFrom('oops', 'deadlock', '__proto__', 'constructor');
const DECLARED = ['oops', 'constructor'];

const OUTCOMES: fc.Arbitrary<readonly CountedOutcome[]> = fc
  .uniqueArray(fc.record({ signature: SIGNATURE, count: fc.integer({ min: 1, max: 2 ** 48 }) }), {
    selector: ({ signature }) => signature,
  })
  .map((all) => all.map((one) => (DECLARED.includes(one.signature) ? one : { ...one, declared: false })));

const COUNTS: fc.Arbitrary<Counts> = fc.record({
  trials: NUMBER,
  failures: NUMBER,
  nearMisses: NUMBER,
  seconds: NUMBER,
  outcomes: OUTCOMES,
});

function holds<T>(law: fc.IPropertyWithHooks<T>): void {
  fc.assert(law, { numRuns: 300 });
}

/** The same counts with their outcomes in the order of their names. */
function sorted(counts: Counts): Counts {
  return { ...counts, outcomes: counts.outcomes.toSorted((a, b) => (a.signature < b.signature ? -1 : 1)) };
}

test('each field is added and subtracted', (t) => {
  const a = { trials: 10, failures: 4, nearMisses: 3, seconds: 2.5, outcomes: [{ signature: 'x', count: 4 }] };
  const b = { trials: 7, failures: 3, nearMisses: 1, seconds: 1, outcomes: [{ signature: 'y', count: 3 }] };
  t.deepEqual(plus(a, b), {
    trials: 17,
    failures: 7,
    nearMisses: 4,
    seconds: 3.5,
    outcomes: [
      { signature: 'x', count: 4 },
      { signature: 'y', count: 3 },
    ],
  });
  t.deepEqual(minus(a, b), {
    trials: 3,
    failures: 1,
    nearMisses: 2,
    seconds: 1.5,
    outcomes: [
      { signature: 'x', count: 4 },
      { signature: 'y', count: -3 },
    ],
  });
});

test('(a + b) - b is a', (t) => {
  holds(fc.property(COUNTS, COUNTS, (a, b) => void t.deepEqual(minus(plus(a, b), b), a)));
});

test('nothing is neutral', (t) => {
  holds(
    fc.property(COUNTS, (a) => {
      t.deepEqual(plus(a, NO_COUNTS), a);
      t.deepEqual(plus(NO_COUNTS, a), a);
      t.deepEqual(minus(a, NO_COUNTS), a);
      t.deepEqual(minus(a, a), NO_COUNTS);
    }),
  );
});

test('the order in which counts are added does not matter', (t) => {
  holds(
    fc.property(COUNTS, COUNTS, COUNTS, (a, b, c) => {
      t.deepEqual(sorted(plus(a, b)), sorted(plus(b, a)));
      t.deepEqual(plus(plus(a, b), c), plus(a, plus(b, c)));
    }),
  );
});

test('a sum is what plus adds up to, and nothing is 0', (t) => {
  holds(
    fc.property(fc.array(COUNTS, { maxLength: 5 }), (all) => {
      t.deepEqual(
        sumOfCounts(all),
        all.reduce((sum, counts) => plus(sum, counts), NO_COUNTS),
      );
    }),
  );
});

test('the failures of a sum are those of its signatures, if they were before', (t) => {
  const failures = ({ outcomes }: Counts): number => outcomes.reduce((n, { count }) => n + count, 0);
  holds(
    fc.property(COUNTS, COUNTS, (a, b) => {
      t.is(failures(plus(a, b)), failures(a) + failures(b));
      for (const signature of ['oops', '__proto__', 'constructor'])
        t.is(countOf(signature, plus(a, b)), countOf(signature, a) + countOf(signature, b));
    }),
  );
});

test('of parts only what both have is added, and a part of a sum is the sum of the parts', (t) => {
  const part = ({ trials, failures }: Counts): FailureCounts => ({ trials, failures });
  holds(
    fc.property(COUNTS, COUNTS, (a, b) => {
      t.deepEqual(plus(part(a), b), part(plus(a, b)));
      t.deepEqual(minus(a, part(b)), part(minus(a, b)));
      t.deepEqual(sumOfCounts([part(a), part(b)]), part(plus(a, b)));
    }),
  );
});

test('other fields of a document stay out of a sum', (t) => {
  const run = { ...NO_COUNTS, race: 'x', outcomes: [{ signature: 'oops', count: 2, rate: 0.5, low95: 0.1 }] };
  t.deepEqual(plus(run, run), { ...NO_COUNTS, outcomes: [{ signature: 'oops', count: 4 }] });
});

test('a signature that was not counted, and none, are 0', (t) => {
  t.is(countOf('oops', NO_COUNTS), 0);
  t.is(countOf(null, { outcomes: [{ signature: 'null', count: 3 }] }), 0);
});

test('failures of two runs lie in the blocks of both, whichever was longer', (t) => {
  const short = { trials: 3, failures: 2, blocks: [1, 2].map((trials) => ({ trials, count: 2 })) };
  const long = { trials: 9, failures: 3, blocks: [1, 2, 4, 8].map((trials) => ({ trials, count: 3 })) };
  const both = { trials: 12, failures: 5, blocks: [5, 5, 3, 3].map((count, s) => ({ trials: 2 ** s, count })) };
  t.deepEqual(plusPlaced(short, long), both);
  t.deepEqual(plusPlaced(long, short), both);
});
