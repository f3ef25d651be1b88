/** Verifies rows, and keeps failures that are not expected. Called by `verify` and by verify() of programs. */

import type { Evidence } from '../../evidence/evidence.js';
import type { KeptThreads } from '../../harness/host/keptThreads.js';
import { expectedOf } from '../../race/expectation.js';
import type { EvidenceLink, RunDocument } from '../../report/run/document.js';
import { isUnexpected, type RowDocument, type VerifyDocument } from '../../report/verify/document.js';
import { hammerRequest, type HammerHooks } from '../hammer.js';
import type { RowProver } from './proveRows.js';
import { RaceThreads } from '../raceThreads.js';
import type { RunRequest } from '../request.js';
import type { ReadyRow } from '../rows.js';
import { Verification, type HammerRow, type RowTime } from './verification.js';
import type { ViewOf, Viewed } from '../view.js';

/** What the caller sees and controls. */
export interface RowsHooks {
  /** Ends the current row and leaves out the rest. */
  readonly signal: AbortSignal;
  /** The title has the number of the row. */
  readonly view: ViewOf;
  readonly isUnread: () => boolean;
  readonly onEnd?: (title: string, row: RowDocument) => void;
  readonly onEvidence?: (kept: readonly EvidenceLink[]) => void;
  /** Whether rows end as soon as they are decided. */
  readonly quick?: boolean;
  /** Whether no row begins behind one that is not as expected. */
  readonly failFast?: boolean;
  /** Explores the rows, to count the classes of orders that they meet; null where nobody asks. */
  readonly prover?: RowProver | null;
}

/** Returns the rows that ran, in their order, and those that did not. */
export async function verifyRows(
  rows: readonly ReadyRow[],
  hooks: RowsHooks,
): Promise<Pick<VerifyDocument, 'rows' | 'notRun' | 'interrupted' | 'failFast'>> {
  const { signal } = hooks;
  let ended = 0;
  let hasFailed = false;
  const isOver = (): boolean => signal.aborted || hooks.isUnread() || hasFailed;
  const threads = new RaceThreads();
  const hammerOne: HammerRow = async (row, request, time, twin) => {
    const what = `${row.race.name}, ${twin === null ? row.row : `twin ${twin.name} of ${row.row}`}`;
    const shown = [`[${ended + 1}/${rows.length}] ${what}`, twin === null ? 'run' : 'twin'] as const;
    const classes = twin === null ? await hooks.prover?.meterOf(row) : undefined;
    const more = classes === undefined ? {} : { classes };
    return await hammerRow(row, request, { ...time, ...more }, shown, { ...hooks, threads: await threads.of(row) });
  };
  const verification = new Verification(isOver, hammerOne, hooks.quick);
  // What is left of rows that wait for a second try is no result of theirs.
  const late = new Set<RowDocument>();
  const end = ({ race, row }: ReadyRow, document: RowDocument): void => {
    if (hasFailed) {
      late.add(document);
      return;
    }
    hasFailed = hooks.failFast === true && isUnexpected(document);
    hooks.onEnd?.(`[${++ended}/${rows.length}] ${race.name}, ${row}`, document);
  };
  let done: readonly (RowDocument | undefined)[] = [];
  try {
    done = await verification.run(rows, end);
  } finally {
    await threads.end(signal.aborted);
  }
  const ran = done.map((row) => (row === undefined || late.has(row) ? undefined : row));
  const notRun = rows.filter((_, i) => ran[i] === undefined).map(({ race, row }) => ({ race: race.name, row }));
  return {
    rows: ran.filter((row) => row !== undefined),
    notRun,
    interrupted: signal.aborted,
    ...(hasFailed ? { failFast: true } : {}),
  };
}

/** Runs a row once. Failures that are not expected are written to files, explained and replayed. */
async function hammerRow(
  row: ReadyRow,
  request: RunRequest,
  time: RowTime & Pick<HammerHooks, 'classes'>,
  [title, viewed]: readonly [title: string, viewed: Viewed],
  { signal, view: viewOf, threads, onEvidence }: RowsHooks & { readonly threads: KeptThreads },
): Promise<RunDocument> {
  const { race } = row;
  const expected = expectedOf(race, request.plan.variant, request.plan.knobs, request.plan.memory);
  const view = viewOf(title, { trials: Infinity, durationMs: time.longestMs }, viewed);
  let kept: readonly Evidence[] = [];
  const hooks: HammerHooks = {
    ...time,
    signal,
    threads,
    onProgress: (totals, seconds) => view?.update(totals, seconds),
    onEvidence: (evidence) => (kept = evidence),
  };
  const document = await hammerRequest(race, request, hooks);
  view?.end();
  if (typeof request.evidence !== 'string' || document.verdict !== 'VIOLATED') return document;
  // Expected failures are many; only the others are of interest.
  const others = kept.filter(({ signature }) => signature !== expected.fails);
  const evidence = await (
    await import('../evidence/keptEvidence.js')
  ).proveKept(request.evidence, row, others, threads, signal);
  onEvidence?.(evidence);
  return { ...document, evidence };
}
