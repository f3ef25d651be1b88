/** Makes the document of a litmus test from what was explored. Called by the command `litmus`. */

import { DEADLOCK } from '../machine/signatures.js';
import type {
  ExploredDocument,
  FinalDocument,
  HammeredDocument,
  LitmusTestDocument,
} from '../report/litmus/document.js';
import { oftenIn } from '../report/litmus/herd.js';
import { conditionText } from './conditionText.js';
import { stateText, type LitmusExploration } from './explore.js';
import type { HammeredLitmus } from './hammer/hammer.js';
import type { LitmusProgram, Quantifier } from './program.js';

const KINDS = { exists: 'Allowed', '~exists': 'Forbidden', forall: 'Required' } as const satisfies Record<
  Quantifier,
  string
>;

/** Returns the document of a test. */
export function testDocument(
  file: string,
  program: LitmusProgram,
  explored: readonly ExploredDocument[],
  hammered: readonly HammeredDocument[],
): LitmusTestDocument {
  return {
    file,
    test: program.name,
    architecture: program.architecture,
    kind: KINDS[program.quantifier],
    condition: conditionText(program),
    stated: program.stated ?? null,
    explored,
    hammered,
  };
}

/** Returns the document of one exploration. */
export function exploredDocument(
  program: LitmusProgram,
  { memory, finals, states, deadlocks }: LitmusExploration,
  seconds: number,
): ExploredDocument {
  const shown = finals.map(({ values, holds }) => endDocument(program, values, holds));
  const observation = oftenIn(shown);
  return {
    memory,
    finals: shown,
    observation,
    validated: isValid(program.quantifier, shown),
    states,
    deadlocks,
    contradicts: program.stated === 'Never' && observation !== 'Never',
    seconds,
  };
}

/** Whether what the quantifier says of states is so. */
export function isValid(quantifier: Quantifier, finals: readonly { readonly holds: boolean }[]): boolean {
  if (quantifier === 'forall') return finals.every(({ holds }) => holds);
  return finals.some(({ holds }) => holds) === (quantifier === 'exists');
}

/** Returns the document of what was hammered. */
export function hammeredDocument(
  program: LitmusProgram,
  explored: LitmusExploration,
  { trials, seconds, counts, others, firstOther, failures, harnessError }: HammeredLitmus,
  seed: number,
): HammeredDocument {
  const known = explored.finals.map(({ values, holds }, i) => ({
    ...endDocument(program, values, holds),
    count: counts[i],
  }));
  const other =
    firstOther === undefined ? [] : [{ ...endDocument(program, firstOther.values, firstOther.holds), count: others }];
  const finals = [...known.filter(({ count }) => count > 0), ...other];
  // Every proof of a deadlock holds: one that was not found by exploring is as wrong as a final state.
  const isWrong = others > 0 || (explored.deadlocks === 0 && failures.some(({ signature }) => signature === DEADLOCK));
  return {
    memory: explored.memory,
    trials,
    finals,
    unexplored: firstOther === undefined ? null : { count: others, state: stateText(program, firstOther.values) },
    failures,
    observation: oftenIn(finals),
    validated: isValid(program.quantifier, finals),
    verdict: isWrong ? 'VIOLATED' : harnessError === null ? 'HELD' : 'HARNESS_ERROR',
    harnessError,
    seed,
    seconds,
  };
}

function endDocument(program: LitmusProgram, values: readonly number[], holds: boolean): FinalDocument {
  return { state: stateText(program, values), holds };
}
