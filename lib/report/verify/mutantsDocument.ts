/** The document of the mutants of a verification: what `verify --mutants --json` prints. Made by lib/run; shown by mutantsText.ts. */

import { INTERRUPTED_EXIT } from '../../statistics/verdict.js';
import type { RowDocument, RowNotRun } from './document.js';

/**
 * What has come of a mutant. AS_DECLARED: it fails as declared, with threads or in all states, or survives as declared. SURVIVES: nothing
 * has shown its fault. DIES: it was to survive. FAILS_OTHERWISE: with another signature. CONTRADICTS: threads fail as no state allows.
 */
export type MutantVerdict =
  | 'AS_DECLARED'
  | 'SURVIVES'
  | 'DIES'
  | 'FAILS_OTHERWISE'
  | 'CONTRADICTS'
  | 'INCONCLUSIVE'
  | 'HARNESS_ERROR';

/** One mutant: its row is its name, its variant too. */
export interface MutantDocument extends RowDocument {
  /** The variant that is mutated. */
  readonly of: string;
  readonly about: string;
  /** Why it is declared to survive; null if it must fail. */
  readonly survives: string | null;
  readonly mutant: MutantVerdict;
}

/** How many of the mutants that must fail were killed, and how many survive as declared. */
export interface MutantScore {
  readonly mustFail: number;
  readonly byHammer: number;
  readonly byExplore: number;
  /** By one of the two. */
  readonly killed: number;
  readonly surviveAsDeclared: number;
}

export interface MutantsDocument {
  readonly schema: 'racehammer.mutants/1';
  readonly mutants: readonly MutantDocument[];
  readonly notRun: readonly RowNotRun[];
  readonly score: MutantScore;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** The command that runs all mutants again. */
  readonly repeat: string;
}

/** Completes the document by its score and exit code. */
export function mutantsDocument(
  result: Pick<MutantsDocument, 'mutants' | 'notRun' | 'interrupted' | 'repeat'>,
): MutantsDocument {
  const { mutants } = result;
  return { schema: 'racehammer.mutants/1', ...result, score: scoreOf(mutants), exitCode: exitCodeFor(result) };
}

/** Judges a mutant by its row. `alsoFails`: what it may fail with beside what it must. */
export function mutantVerdict(row: RowDocument, alsoFails: readonly string[]): MutantVerdict {
  const { expectedOutcome: fails, outcomes, proved = null, trials } = row;
  if (row.harnessError !== null) return 'HARNESS_ERROR';
  const shown = [...outcomes.map(({ signature }) => signature), ...(proved?.failures ?? [])];
  if (fails === null && shown.length > 0) return 'DIES';
  if (shown.some((signature) => signature !== fails && !alsoFails.includes(signature))) return 'FAILS_OTHERWISE';
  if (proved?.contradicts === true) return 'CONTRADICTS';
  if (fails !== null) return isKilledByHammer(row) || isKilledByExplore(row) ? 'AS_DECLARED' : 'SURVIVES';
  return trials > 0 ? 'AS_DECLARED' : 'INCONCLUSIVE';
}

/** Whether threads have shown the failure that is declared. */
export function isKilledByHammer({ expectedOutcome, outcomes }: RowDocument): boolean {
  return outcomes.some(({ signature, count }) => signature === expectedOutcome && count > 0);
}

/** Whether some order of all states has it. */
export function isKilledByExplore({ expectedOutcome, proved }: RowDocument): boolean {
  return proved?.failures.some((signature) => signature === expectedOutcome) ?? false;
}

function scoreOf(mutants: readonly MutantDocument[]): MutantScore {
  const mustFail = mutants.filter(({ survives }) => survives === null);
  return {
    mustFail: mustFail.length,
    byHammer: mustFail.filter(isKilledByHammer).length,
    byExplore: mustFail.filter(isKilledByExplore).length,
    killed: mustFail.filter((one) => isKilledByHammer(one) || isKilledByExplore(one)).length,
    surviveAsDeclared: mutants.filter(({ survives, mutant }) => survives !== null && mutant === 'AS_DECLARED').length,
  };
}

function exitCodeFor({ mutants, interrupted }: Pick<MutantsDocument, 'mutants' | 'interrupted'>): number {
  if (interrupted) return INTERRUPTED_EXIT;
  const verdicts = new Set(mutants.map(({ mutant }) => mutant));
  if (verdicts.has('HARNESS_ERROR')) return 70;
  verdicts.delete('AS_DECLARED');
  const isUndecided = verdicts.delete('INCONCLUSIVE');
  if (verdicts.size > 0) return 1;
  return isUndecided ? 4 : 0;
}
