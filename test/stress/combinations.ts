/** Combinations of knobs for sweeps over real threads: all of them, or a fair part for each variant. */
import type { Race } from '../../lib/race/race.js';
import type { Knobs } from '../../lib/race/expectation.js';

/** Weights of the digits of a combination, by the number of parts: two digits that are fixed never fix the sum. */
const WEIGHTS = { 1: [1], 2: [1], 4: [1, 2, 3] } as const;

/** Into how many parts the combinations are dealt. */
export type Parts = keyof typeof WEIGHTS;

/** All combinations of values of these knobs. */
export function combinations(race: Pick<Race, 'knobs'>, names: readonly string[]): Knobs[] {
  return names.reduce<Knobs[]>(
    (all, name) => all.flatMap((knobs) => race.knobs[name].values.map((value) => ({ ...knobs, [name]: value }))),
    [{}],
  );
}

/**
 * The combinations that a variant runs, one in `parts` of them. It meets any two values of two knobs together in one of them, and
 * all variants together run all combinations (combinations.test.ts).
 */
export function dealtTo(
  race: Pick<Race, 'knobs'>,
  all: readonly Knobs[],
  { variant, parts }: { readonly variant: number; readonly parts: Parts },
): Knobs[] {
  return all.filter((knobs) => {
    let narrow = 0;
    const sum = Object.entries(knobs).reduce((n, [name, value]) => {
      const { values } = race.knobs[name];
      const weight = values.length > 2 ? 1 : WEIGHTS[parts][narrow++ % WEIGHTS[parts].length];
      return n + weight * values.indexOf(value);
    }, variant);
    return sum % parts === 0;
  });
}
