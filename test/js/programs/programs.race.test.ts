/**
 * Goal: the search of all states of Atomics code meets the ends and the hangs that exist and no other, and real threads meet no other; each
 * failure of theirs fails again when it is replayed.
 * Method: small programs of two and three threads, drawn at random, and a model that tries all of their interleavings; `npm run
 * torture:atomics` compares as many as are wanted.
 */
import test from 'ava';
import { compareProgram } from './comparison.js';
import type { Family } from './drawn.js';

interface Sample {
  readonly family: Family;
  readonly first: number;
  readonly count: number;
  readonly trials: number;
  /** The least that is compared, so that it says something: ends, hangs; and what threads are sure to meet of it. */
  readonly ends: number;
  readonly hangs: number;
  readonly proved: number;
}

const SAMPLES: Readonly<Record<string, Sample>> = {
  'of two threads, searched': sample({ count: 100, ends: 120, hangs: 30 }),
  'of three threads, searched': sample({ threads: 3, first: 0, count: 25, ends: 60, hangs: 8 }),
  'with plain accesses, searched': sample({ isPlain: true, count: 25, ends: 40, hangs: 5 }),
  'with loops, searched': sample({ isEndless: true, count: 40, ends: 30, hangs: 20 }),
  'of two threads': sample({ count: 4, trials: 60, ends: 4, hangs: 1, proved: 1 }),
  'of three threads': sample({ threads: 3, first: 0, count: 1, trials: 100, ends: 5 }),
  'with plain accesses': sample({ isPlain: true, first: 20, count: 3, trials: 60, ends: 3, hangs: 1, proved: 1 }),
  'that await': sample({ isAwaited: true, first: 10, count: 3, trials: 60, ends: 3, hangs: 1, proved: 1 }),
};

function sample({
  threads = 2,
  isPlain = false,
  isAwaited = false,
  isEndless = false,
  ...more
}: Partial<Family & Omit<Sample, 'family'>> & Pick<Sample, 'count' | 'ends'>): Sample {
  return { family: { threads, isPlain, isAwaited, isEndless }, first: 1, trials: 0, hangs: 0, proved: 0, ...more };
}

for (const [what, { family, first, count, trials, ends, hangs, proved }] of Object.entries(SAMPLES))
  test.serial(`${count} programs ${what} do what the model does`, async (t) => {
    t.timeout(120_000);
    const sum = { ends: 0, hangs: 0, proved: 0 };
    for (let number = first; number < first + count; number++) {
      const compared = await compareProgram({ number, family, trials });
      t.deepEqual(compared.wrong, [], `program ${number}`);
      sum.ends += compared.ends;
      sum.hangs += compared.hangs.length;
      sum.proved += compared.proved;
    }
    t.true(sum.ends >= ends && sum.hangs >= hangs && sum.proved >= proved, JSON.stringify(sum));
  });
