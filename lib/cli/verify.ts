/** `racehammer verify`: every race under every condition whose outcome is known, expected against observed. */

import type { Evidence } from '../evidence/evidence.js';
import { verdictWords } from '../evidence/verdict.js';
import type { Totals } from '../harness/run.js';
import { expectedOutcome } from '../race/defineRace.js';
import { verifyAnnotations } from '../report/annotations.js';
import { junitXml } from '../report/junit.js';
import { formatCount } from '../report/numbers.js';
import type { RunDocument } from '../report/runDocument.js';
import { observedWords, verifyReport } from '../report/verifyReport.js';
import { verifyDocument, type RowDocument, type VerifyDocument } from '../report/verifyDocument.js';
import { annotate } from './annotate.js';
import { formatDuration } from './duration.js';
import { hammer, type HammerHooks } from './hammer.js';
import { catchInterrupts } from './interrupts.js';
import { notKeptLines, proveKept } from './keptEvidence.js';
import { LiveLines, isTerminal, print, printDocument, stdoutLost, tell } from './output.js';
import { OutputFiles, codeOf, type Used } from './outputFiles.js';
import { Progress } from './progress.js';
import { repeatRemark, verifyCommandLine } from './repeat.js';
import type { RunOrder } from './runOrder.js';
import { tunedPath, tunedRowsLines } from './tuned.js';
import { rowsFor, type VerifyFlags, type VerifyOrder } from './verifyOptions.js';

/** A row that should fail has shown it after so many failures of the expected kind. */
const ENOUGH_FAILURES = 100;
/** How much longer the second try of a row is that should have failed. */
const SECOND_TRY_TIMES = 3;

/** Runs the rows that were asked for and prints what came out. Returns the exit code. Throws UsageError. */
export async function verifyCommand(targets: readonly string[], flags: VerifyFlags): Promise<number> {
  const rows = await rowsFor(targets, flags);
  const folder = typeof flags.evidence === 'string' ? flags.evidence : null;
  const files = new OutputFiles(usedBy(rows, flags));
  files.reserve('--junit', flags.junit, 'junit');
  const [{ order }] = rows;
  const say = (lines: readonly string[]): void => {
    if (flags.json !== true) print(lines);
  };
  say([
    `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, at most ${formatDuration(order.durationMs ?? 0)} each; ` +
      `one that should fail ends after ${ENOUGH_FAILURES} failures, and has a second, longer try if there was none; ` +
      `seed ${order.plan.seed}`,
    ...tunedRowsLines(tunedPath(flags), rows),
    '',
  ]);
  const document = verifyDocument({
    ...(await verifyAll(rows, folder, () => stdoutLost.aborted && flags.junit === undefined)),
    repeat: verifyCommandLine(order, targets, flags),
  });
  say([...verifyReport(document, isTerminal('stdout')), repeatRemark(order), `repeat: ${document.repeat}`]);
  files.write('--junit', () => junitXml(document));
  if (flags.json === true) printDocument(files.noted(document));
  annotate(verifyAnnotations(document));
  return files.exitCode(document.exitCode);
}

/** Whatever else the command reads and writes. */
function usedBy(rows: readonly VerifyOrder[], flags: VerifyFlags): Used[] {
  const tuned = tunedPath(flags);
  return [
    ...rows.map(codeOf),
    ...(tuned === null ? [] : [{ what: 'the file of --tuned', path: tuned }]),
    ...(typeof flags.evidence === 'string' ? [{ what: 'the folder of --evidence', path: flags.evidence }] : []),
  ];
}

/** One row after the other; an interrupt ends the running one and leaves out the rest, as does a result that nobody can read. */
async function verifyAll(
  rows: readonly VerifyOrder[],
  folder: string | null,
  isUnread: () => boolean,
): Promise<Pick<VerifyDocument, 'rows' | 'notRun' | 'interrupted'>> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  const done: RowDocument[] = [];
  try {
    for (const [i, row] of rows.entries()) {
      if (signal.aborted || isUnread()) break;
      const title = `[${i + 1}/${rows.length}] ${row.race.name}, ${row.row}`;
      const document = await verifyRow(row, signal, (order) => hammerRow(row, order, { title, signal, folder }));
      // Interrupted while its threads were being made: nothing can be said about it, so it has not run.
      if (signal.aborted && document.trials === 0 && document.harnessError === null) break;
      done.push(document);
      if (!isTerminal('stderr')) tell(`${title}: ${outcomeWords(document)}`);
    }
  } finally {
    interrupts.release();
  }
  const notRun = rows.slice(done.length).map(({ race, row }) => ({ race: race.name, row }));
  return { rows: done, notRun, interrupted: signal.aborted };
}

/** One row: a run, and another one three times longer if it should have failed and did not. */
export async function verifyRow(
  { row, order }: VerifyOrder,
  signal: AbortSignal,
  run: (order: RunOrder) => Promise<RunDocument>,
): Promise<RowDocument> {
  const first = await run(order);
  if (first.verdict !== 'NOT_REPRODUCED' || signal.aborted) return { ...first, row, firstTry: null };
  const second = await run(secondTry(order));
  // Interrupted while its threads were being made: what there is to tell is the first try.
  if (second.interrupted && second.trials === 0) return { ...first, row, firstTry: null, interrupted: true };
  return { ...second, row, firstTry: first };
}

/** Longer, and with other delays. */
export function secondTry(order: RunOrder): RunOrder {
  const { plan, durationMs } = order;
  const seed = (plan.seed + 1) >>> 0;
  return { ...order, plan: { ...plan, seed }, durationMs: (durationMs ?? 0) * SECOND_TRY_TIMES };
}

/** One run of a row. Failures that nobody expected go into files, explained and run again; of the others there are plenty. */
async function hammerRow(
  row: VerifyOrder,
  order: RunOrder,
  { title, signal, folder }: { title: string; signal: AbortSignal; folder: string | null },
): Promise<RunDocument> {
  const { race } = row;
  const expected = expectedOutcome(race, order.plan.variant, order.plan.knobs);
  const limit = { trials: Infinity, durationMs: order.durationMs ?? Infinity };
  // Elsewhere than on a terminal each row has one line, at its end.
  const progress = isTerminal('stderr') ? new Progress(new LiveLines(), title, limit) : undefined;
  let unexpected: readonly Evidence[] = [];
  const hooks: HammerHooks = {
    signal,
    onProgress: (totals, seconds) => progress?.update(totals, seconds),
    onEvidence: (kept) => (unexpected = kept.filter(({ signature }) => signature !== expected)),
    isEnough: (totals) => hasFailedEnough(expected, totals),
  };
  const document = await hammer(race, order, hooks);
  progress?.end();
  if (folder === null || document.verdict !== 'VIOLATED') return document;
  const evidence = await proveKept(folder, row, unexpected, signal);
  tell(notKeptLines(evidence));
  return { ...document, evidence };
}

/** Whether a row that should fail as `expected` has done so often enough; never for one that should hold. */
export function hasFailedEnough(expected: string | null, { outcomes }: Pick<Totals, 'outcomes'>): boolean {
  return outcomes.some(({ signature, count }) => signature === expected && count >= ENOUGH_FAILURES);
}

function outcomeWords(row: RowDocument): string {
  const tries = row.firstTry === null ? '' : ', second try';
  return `${verdictWords(row.verdict)}, ${observedWords(row)} in ${formatCount(row.trials)} trials${tries}`;
}
