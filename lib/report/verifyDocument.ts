import { exitCodeOf, INTERRUPTED_EXIT, worstExitCode, type Verdict } from '../statistics/verdict.js';
import type { RunDocument } from './runDocument.js';

/** One row as it came out. A row that should fail and did not had a second try, three times longer: that is the run shown. */
export interface RowDocument extends RunDocument {
  readonly row: string;
  /** The try before, which had not shown what is expected; null if there was only one. */
  readonly firstTry: RunDocument | null;
}

/** A row that an interrupt left out. */
export interface RowNotRun {
  readonly race: string;
  readonly row: string;
}

/** The worst of the rows that are not as expected; INTERRUPTED if there is none and rows were left out or cut off. */
export type VerifyVerdict = Exclude<Verdict, 'REPRODUCED' | 'HELD'> | 'AS_EXPECTED' | 'INTERRUPTED';

/** Expected against observed: what `verify --json` prints, and all that its reports are made of. */
export interface VerifyDocument {
  readonly schema: 'racehammer.verify/1';
  readonly rows: readonly RowDocument[];
  readonly notRun: readonly RowNotRun[];
  readonly verdict: VerifyVerdict;
  readonly exitCode: number;
  readonly interrupted: boolean;
  /** The command that runs the same rows again, those too that are as expected. */
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

/** Whether the row contradicts what was expected of it. One that an interrupt cut off does not. */
export function isUnexpected(row: RowDocument): boolean {
  return exitCodeOf(row.verdict) !== 0 && !wasCutOff(row);
}

/** Whether an interrupt has ended the row before it could show what it should, or hold for as long as it should. */
export function wasCutOff({ interrupted, verdict }: RowDocument): boolean {
  return interrupted && ['NOT_REPRODUCED', 'INCONCLUSIVE', 'HELD'].includes(verdict);
}
