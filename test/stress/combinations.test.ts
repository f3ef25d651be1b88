/** Goal: what a sweep leaves out for one variant another one runs, and no pair of values is left out for any. */
import test from 'ava';
import type { Race } from '../../lib/race/race.js';
import { combinations, dealtTo, type Parts } from './combinations.js';

/** As many knobs with as many values as the sweeps have. */
const SWEEPS: readonly (readonly [sizes: readonly number[], parts: Parts])[] = [
  [[2, 4, 4, 2], 4],
  [[2, 4, 2], 2],
  [[2, 2, 2, 2, 2], 4],
  [[2, 2, 2], 2],
  [[2, 2, 2, 2], 2],
  [[5, 2, 2], 2],
  [[5, 2], 1],
];

for (const [sizes, parts] of SWEEPS) {
  test(`${sizes.join(' x ')} combinations in ${parts} parts`, (t) => {
    const knobs = Object.fromEntries(
      sizes.map((size, k) => [`k${k}`, { values: Array.from({ length: size }, (_, v) => `v${v}`) }]),
    );
    const race = { knobs } as unknown as Pick<Race, 'knobs'>;
    const all = combinations(race, Object.keys(knobs));
    t.is(
      all.length,
      sizes.reduce((n, size) => n * size, 1),
    );
    const dealt = Array.from({ length: parts }, (_, variant) => dealtTo(race, all, { variant, parts }));
    t.is(new Set(dealt.flat()).size, all.length);
    const pairsOf = (some: typeof all): string[] => [
      ...new Set(
        some.flatMap((each) =>
          Object.entries(each).flatMap((a, i, entries) => entries.slice(i + 1).map((b) => [...a, ...b].join())),
        ),
      ),
    ];
    for (const mine of dealt) t.deepEqual(pairsOf(mine).toSorted(), pairsOf(all).toSorted());
  });
}
