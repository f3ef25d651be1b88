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
}

/** A row that was not run because of an interrupt. */
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
  /** The command that runs all rows again. */
  readonly repeat: string;
}

/** The verdicts that are not as expected. */
export const WORST_FIRST = ['HARNESS_ERROR', 'VIOLATED', 'NOT_REPRODUCED', 'INCONCLUSIVE'] as const;

export function verifyDocument(
  result: Pick<VerifyDocument, 'rows' | 'notRun' | 'interrupted' | 'repeat'>,
): VerifyDocument {
  const { rows, interrupted } = result;
  const worst = WORST_FIRST.find((verdict) => rows.some((row) => row.verdict === verdict && isUnexpected(row)));
  return {
    schema: 'racehammer.verify/1',
    ...result,
    verdict: worst ?? (interrupted ? 'INTERRUPTED' : 'AS_EXPECTED'),
    exitCode: interrupted ? INTERRUPTED_EXIT : worstExitCode(rows.map(({ verdict }) => exitCodeOf(verdict))),
  };
}

/** Whether the row contradicts its expectation. A row that was interrupted does not. */
export function isUnexpected(row: RowDocument): boolean {
  return exitCodeOf(row.verdict) !== 0 && !wasCutOff(row);
}

/** Whether an interrupt ended the row before it could fail, or hold, as expected. */
export function wasCutOff({ interrupted, verdict }: RowDocument): boolean {
  return interrupted && ['NOT_REPRODUCED', 'INCONCLUSIVE', 'HELD'].includes(verdict);
}
