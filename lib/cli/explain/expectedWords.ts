/** What a variant is expected to do, in words: for `explain`, of its expectations and of the rows of `verify`. */

import type { Expectation, Knobs } from '../../race/expectation.js';

type Outcome = Pick<Expectation, 'fails' | 'alsoFails' | 'minority'>;

/** Returns "fails as oops-0003 with pae=1; also as bad-pte; oops-0003 may be fewer: it needs two faults". */
export function expectationWords({ fails, alsoFails = [], minority }: Outcome, condition = ''): string {
  if (fails === undefined) return `holds${condition}`;
  return [
    `fails as ${fails}${condition}`,
    ...(alsoFails.length === 0 ? [] : [`also as ${alsoFails.join(', ')}`]),
    ...(minority === undefined ? [] : [`${fails} may be fewer: ${minority}`]),
  ].join('; ');
}

/** Returns "buggy split_ptl=1" */
export function formWords(knobs: Knobs = {}, ...variant: readonly string[]): string {
  return [...variant, ...Object.entries(knobs).map(([knob, value]) => `${knob}=${value}`)].join(' ');
}
