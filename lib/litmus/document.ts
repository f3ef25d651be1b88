/** Makes the document of a litmus test from what was explored. Called by the command `litmus`. */

import type { ExploredDocument, LitmusTestDocument } from '../report/litmus/document.js';
import { oftenIn } from '../report/litmus/herd.js';
import { conditionText } from './conditionText.js';
import { stateText, type LitmusExploration } from './explore.js';
import type { LitmusProgram, Quantifier } from './program.js';

const KINDS = { exists: 'Allowed', '~exists': 'Forbidden', forall: 'Required' } as const satisfies Record<
  Quantifier,
  string
>;

/** Returns the document. `seconds`: how long each exploration took. */
export function testDocument(
  file: string,
  program: LitmusProgram,
  explored: readonly ExploredDocument[],
): LitmusTestDocument {
  return {
    file,
    test: program.name,
    architecture: program.architecture,
    kind: KINDS[program.quantifier],
    condition: conditionText(program),
    stated: program.stated ?? null,
    explored,
  };
}

/** Returns the document of one exploration. */
export function exploredDocument(
  program: LitmusProgram,
  { memory, finals, states, deadlocks }: LitmusExploration,
  seconds: number,
): ExploredDocument {
  const shown = finals.map(({ values, holds }) => ({ state: stateText(program, values), holds }));
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
