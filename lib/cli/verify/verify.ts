/** `racehammer verify`: every race under every condition whose outcome is known, expected against observed. */

import { hostname } from 'node:os';
import { verdictWords } from '../../statistics/verdict.js';
import { verifyAnnotations } from '../../report/verify/annotations.js';
import { junitXml } from '../../report/verify/junit.js';
import { verifySummary } from '../../report/verify/stepSummary.js';
import { counted, formatSeconds } from '../../report/format/numbers.js';
import { observedWords, provedLine, provedWords, endedRowLines, verifyReport } from '../../report/verify/text.js';
import {
  isUnexpected,
  verifyDocument,
  type FoundRow,
  type RowDocument,
  type VerifyDocument,
} from '../../report/verify/document.js';
import { annotate } from '../annotate.js';
import { formatDuration } from '../../run/duration.js';
import { EventFile } from '../eventFile.js';
import { catchInterrupts } from '../interrupts.js';
import type { EvidenceLink } from '../../report/run/document.js';
import { notKeptLines } from '../../report/run/evidenceLines.js';
import { LiveLines, print, screen, printDocument, stdoutLost, tell } from '../output.js';
import { OutputFiles, codeOf, type Used } from '../outputFiles.js';
import { ProgressLine } from '../progress.js';
import { repeatRemark, verifyCommandLine } from '../../run/repeat.js';
import { tunedRowsLines } from '../tuned.js';
import { ENOUGH_FAILURES } from '../../run/twin.js';
import type { ReadyRow } from '../../run/rows.js';
import { RowProver } from '../../run/verify/proveRows.js';
import { verifyRows } from '../../run/verify/verifyRows.js';
import type { ViewOf } from '../../run/view.js';
import { Eta } from './eta.js';
import type { VerifyFlags } from './options.js';
import { SearchLine } from './searchLine.js';
import { rowsFor, verifyRequestOf } from './checkedFlags.js';

/** Runs the requested rows and prints the result. Returns the exit code. Throws UsageError. */
export async function verifyCommand(targets: readonly string[], flags: VerifyFlags): Promise<number> {
  if (flags.mutants) return (await import('./mutants.js')).verifyMutantsCommand(targets, flags);
  const request = verifyRequestOf(flags);
  const rows = await rowsFor(targets, request);
  const files = new OutputFiles(usedBy(rows, flags));
  files.reserve('--junit', flags.junit, 'junit');
  const events = new EventFile(files, flags.events);
  const [{ request: first }] = rows;
  const say = (lines: readonly string[]): void => {
    if (!flags.json) print(lines);
  };
  const onScreen = screen();
  events.begin('verify');
  say([
    `${counted(rows.length, 'row')}, ${paceWords(first.durationMs ?? 0, flags)}; seed ${first.plan.seed}`,
    ...tunedRowsLines(flags.tuned ?? null, rows),
    '',
  ]);
  const document = verifyDocument({
    ...(flags.quick ? { quickMs: first.durationMs ?? 0 } : {}),
    ...(await verifyAll(rows, flags, {
      isUnread: () => stdoutLost.aborted && flags.junit === undefined,
      onEnd(row) {
        events.ended(row);
        say(endedRowLines(row, onScreen));
      },
      onEvidence: (kept) => events.evidence(kept),
      onSearched: (found) => say(found.map((row) => provedLine(row, onScreen))),
      onProved: (row) => say([provedLine(row, onScreen)]),
    })),
    repeat: verifyCommandLine(targets, request),
  });
  say([...verifyReport(document, onScreen), repeatRemark(first), `repeat: ${document.repeat}`]);
  files.write('--junit', () => junitXml(document, hostname()));
  events.end(files.exitCode(document.exitCode));
  if (flags.json) printDocument(files.noted(document));
  annotate(verifyAnnotations(document), () => verifySummary(document));
  return files.exitCode(document.exitCode);
}

/** Says when rows end. */
function paceWords(budgetMs: number, { quick }: VerifyFlags): string {
  const failing = `one that should fail ends after ${counted(ENOUGH_FAILURES, 'failure')}`;
  return quick
    ? `each until it is decided, ${formatDuration(budgetMs)} as a rule; ${failing}`
    : `${formatDuration(budgetMs)} each; ${failing}; one that is not decided runs longer`;
}

/** Returns whatever else the command reads and writes. */
function usedBy(rows: readonly ReadyRow[], flags: VerifyFlags): Used[] {
  const { tuned, evidence } = flags;
  return [
    ...rows.map(codeOf),
    ...(tuned === undefined ? [] : [{ what: 'the file of --tuned', path: tuned }]),
    ...(evidence === null ? [] : [{ what: 'the folder of --evidence', path: evidence }]),
  ];
}

/** What becomes of rows when they have ended. */
interface RowsShown {
  readonly isUnread: () => boolean;
  readonly onEnd: (row: RowDocument) => void;
  readonly onEvidence: (kept: readonly EvidenceLink[]) => void;
  /** Gets the rows that an interrupt leaves with nothing but their search. */
  readonly onSearched: (rows: readonly FoundRow[]) => void;
  readonly onProved: (row: RowDocument) => void;
}

/** Verifies the rows, and returns those that ran. An interrupt ends the running one and leaves out the rest, as does a result that nobody can read. */
async function verifyAll(
  rows: readonly ReadyRow[],
  { prove: proves, quick, failFast, json }: VerifyFlags,
  { isUnread, onEnd, onEvidence, onSearched, onProved }: RowsShown,
): Promise<Pick<VerifyDocument, 'rows' | 'notRun' | 'interrupted' | 'failFast' | 'searchSeconds'>> {
  const interrupts = catchInterrupts();
  const eta = new Eta(rows);
  const whole = (): string => `about ${formatSeconds(eta.leftMs() / 1000)} left; `;
  const view: ViewOf = (title, limit) => new ProgressLine(new LiveLines(), title, limit, whole);
  try {
    const { signal } = interrupts;
    const prover = proves ? new RowProver(signal) : null;
    if (prover !== null) onSearched(await searchAll(prover, rows, signal));
    const verified = await verifyRows(rows, {
      signal,
      prover,
      quick,
      failFast,
      isUnread,
      view,
      onEnd(title, row) {
        eta.ended(row.expectedOutcome !== null);
        // stdout holds one document then.
        if (json) tell(`${title}: ${outcomeWords(row)}`);
        onEnd(row);
      },
      onEvidence(kept) {
        tell(notKeptLines(kept));
        onEvidence(kept);
      },
    });
    if (prover === null) return verified;
    const proved = await prover.prove(rows, verified.rows, {
      failFast,
      onEnd(row) {
        if (json) tell(`${row.race}, ${row.row}: ${provedWords(row)}`);
        onProved(row);
      },
    });
    const endsEarly = failFast && proved.some(isUnexpected);
    const searchSeconds = prover.seconds;
    const early = endsEarly ? { failFast: true } : {};
    return { ...verified, rows: proved, interrupted: signal.aborted, searchSeconds, ...early };
  } finally {
    interrupts.release();
  }
}

/** Searches all rows before they are hammered. Returns what is known where an interrupt leaves nothing else to show. */
async function searchAll(prover: RowProver, rows: readonly ReadyRow[], signal: AbortSignal): Promise<FoundRow[]> {
  const line = new SearchLine(new LiveLines());
  await prover.searchAll(rows, (done, all) => line.update(done, all));
  line.end();
  return signal.aborted ? prover.found(rows) : [];
}

function outcomeWords(row: RowDocument): string {
  const tries = row.firstTry === null ? '' : ', second try';
  return `${verdictWords(row.verdict)}, ${observedWords(row)} in ${counted(row.trials, 'trial')}${tries}`;
}
