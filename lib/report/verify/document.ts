/**
 * The document of a verification. Made by lib/run and the API; shown by text.ts, junit.ts, annotations.ts and
 * the page.
 */

import { exitCodeOf, INTERRUPTED_EXIT, worstExitCode, type Verdict } from '../../statistics/verdict.js';
import type { RunDocument } from '../run/document.js';

/** The result of one row. A row that should fail and did not gets a second try, three times longer, which is the run shown. */
export interface RowDocument extends RunDocument {
  readonly row: string;
  /** The first try, which did not show the expected failure; null if there was only one. */
  readonly firstTry: RunDocument | null;
  /** Absent if it was not asked for, null if an interrupt came before, or the verification ended with another row (`--fail-fast`). */
  readonly proved?: ProvedRow | null;
}

/** What all states of a row's trial say (`--prove`). */
export interface ProvedRow {
  /** Null where the search was refused. */
  readonly verdict: 'PROVED' | 'FAILS' | 'BOUNDED' | null;
  /** The signatures with which some order fails. */
  readonly failures: readonly string[];
  /** Whether that is what is expected of the row; null where it is not known. */
  readonly agrees: boolean | null;
  readonly complete: boolean;
  /** As in the document of an exploration. */
  readonly reduced?: boolean;
  /** Preemptions up to which every order was looked at, where not all states were. */
  readonly preemptions: number | null;
  /** States that were not searched further. */
  readonly cuts: number;
  readonly states: number;
  readonly seconds: number;
  /** Whether threads have failed as no state allows. */
  readonly contradicts: boolean;
  /** The command that explores it again. */
  readonly repeat: string | null;
  /** Why the search was refused. */
  readonly refused: string | null;
}

/** A row of which all states are known. */
export interface FoundRow {
  readonly race: string;
  readonly row: string;
  readonly proved: ProvedRow;
}

/** A row that was not run because of an interrupt, or of an earlier one that was not as expected (`--fail-fast`). */
export interface RowNotRun {
  readonly race: string;
  readonly row: string;
}

/** The worst of the rows that are not as expected; INTERRUPTED if there is none and rows were interrupted or not run. */
export type VerifyVerdict = Exclude<Verdict, 'REPRODUCED' | 'HELD'> | 'AS_EXPECTED' | 'INTERRUPTED';

/** Expected against observed: what `verify --json` prints. All its reports are made of it. */
export interface VerifyDocument {
  readonly schema: 'racehammer.verify/1';
  readonly rows: readonly RowDocument[];
  readonly notRun: readonly RowNotRun[];
  readonly verdict: VerifyVerdict;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** Whether it ended with the first row that was not as expected (`--fail-fast`), so that `notRun` holds those behind it. */
  readonly failFast?: boolean;
  /** With `--quick`: the time in which each row was to be decided. */
  readonly quickMs?: number;
  /** With --prove: seconds in which all rows were searched, several at the same time. */
  readonly searchSeconds?: number;
  /** The command that runs all rows again. */
  readonly repeat: string;
}

/** The verdicts that are not as expected. */
export const WORST_FIRST = ['HARNESS_ERROR', 'VIOLATED', 'NOT_REPRODUCED', 'INCONCLUSIVE'] as const;

export function verifyDocument(
  result: Pick<VerifyDocument, 'rows' | 'notRun' | 'interrupted' | 'failFast' | 'quickMs' | 'searchSeconds' | 'repeat'>,
): VerifyDocument {
  const { rows, interrupted } = result;
  const worst = WORST_FIRST.find((verdict) => rows.some((row) => worstOf(row) === verdict && isUnexpected(row)));
  return {
    schema: 'racehammer.verify/1',
    ...result,
    verdict: worst ?? (interrupted ? 'INTERRUPTED' : 'AS_EXPECTED'),
    exitCode: interrupted ? INTERRUPTED_EXIT : worstExitCode(rows.map((row) => exitCodeOf(worstOf(row)))),
  };
}

/** Returns the verdict of a row: what all states say against it is VIOLATED, whatever its threads have shown. */
export function worstOf(row: RowDocument): Verdict {
  return isDisproved(row) && row.verdict !== 'HARNESS_ERROR' ? 'VIOLATED' : row.verdict;
}

/** Whether the row contradicts its expectation, or itself. A row that was interrupted does not. */
export function isUnexpected(row: RowDocument): boolean {
  return exitCodeOf(worstOf(row)) !== 0 && !wasCutOff(row);
}

/** Whether it was asked for what all states of the row say. */
export function isExplored({ proved }: RowDocument): boolean {
  return proved !== undefined;
}

/** Whether all states say otherwise than is expected of the row, or than its threads. */
export function isDisproved({ proved }: Pick<RowDocument, 'proved'>): boolean {
  return proved !== undefined && proved !== null && (proved.agrees === false || proved.contradicts);
}

/** Whether an interrupt ended the row before it could fail, or hold, as expected. What all states say against it stands. */
export function wasCutOff(row: RowDocument): boolean {
  return row.interrupted && !isDisproved(row) && ['NOT_REPRODUCED', 'INCONCLUSIVE', 'HELD'].includes(row.verdict);
}
