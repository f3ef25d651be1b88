/** `racehammer verify`: every race under every condition whose outcome is known, expected against observed. */

import type { Evidence } from '../evidence/evidence.js';
import { verdictWords } from '../evidence/verdict.js';
import { expectedOf } from '../race/expectation.js';
import { verifyAnnotations } from '../report/annotations.js';
import { junitXml } from '../report/junit.js';
import { formatCount } from '../report/numbers.js';
import type { RunDocument } from '../report/runDocument.js';
import { observedWords, verifyReport } from '../report/verifyReport.js';
import { verifyDocument, type RowDocument, type VerifyDocument } from '../report/verifyDocument.js';
import { annotate } from './annotate.js';
import { formatDuration } from '../run/duration.js';
import { hammer, type HammerHooks } from '../run/hammer.js';
import { catchInterrupts } from './interrupts.js';
import { notKeptLines, proveKept } from '../run/keptEvidence.js';
import { LiveLines, isTerminal, print, printDocument, stdoutLost, tell } from './output.js';
import { OutputFiles, codeOf, type Used } from './outputFiles.js';
import { Progress } from './progress.js';
import { repeatRemark, verifyCommandLine } from '../run/repeat.js';
import type { RunOrder } from '../run/request.js';
import { tunedPath, tunedRowsLines } from './tuned.js';
import { ENOUGH_FAILURES } from '../run/twin.js';
import { Verification, type RowTime } from '../run/verification.js';
import { rowsFor, type VerifyFlags, type VerifyOrder } from './verifyOptions.js';

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
    `${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, ${formatDuration(order.durationMs ?? 0)} each; ` +
      `one that should fail ends after ${ENOUGH_FAILURES} failures; one that is not decided goes on; ` +
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

/** The rows that ran, in their order. An interrupt ends the running one and leaves out the rest, as does a result that nobody can read. */
async function verifyAll(
  rows: readonly VerifyOrder[],
  folder: string | null,
  isUnread: () => boolean,
): Promise<Pick<VerifyDocument, 'rows' | 'notRun' | 'interrupted'>> {
  const interrupts = catchInterrupts();
  const { signal } = interrupts;
  let ended = 0;
  const isOver = (): boolean => signal.aborted || isUnread();
  const verification = new Verification(isOver, (row, order, time, twin) => {
    const what = `${row.race.name}, ${twin === null ? row.row : `twin ${twin.name} of ${row.row}`}`;
    return hammerRow(row, order, time, { title: `[${ended + 1}/${rows.length}] ${what}`, signal, folder });
  });
  let done: (RowDocument | undefined)[];
  try {
    done = await verification.run(rows, ({ race, row }, document) => {
      const title = `[${++ended}/${rows.length}] ${race.name}, ${row}`;
      if (!isTerminal('stderr')) tell(`${title}: ${outcomeWords(document)}`);
    });
  } finally {
    interrupts.release();
  }
  const notRun = rows.filter((_, i) => done[i] === undefined).map(({ race, row }) => ({ race: race.name, row }));
  return { rows: done.filter((row) => row !== undefined), notRun, interrupted: signal.aborted };
}

/** One run of a row. Failures that nobody expected go into files, explained and run again; of the others there are plenty. */
async function hammerRow(
  row: VerifyOrder,
  order: RunOrder,
  time: RowTime,
  { title, signal, folder }: { title: string; signal: AbortSignal; folder: string | null },
): Promise<RunDocument> {
  const { race } = row;
  const expected = expectedOf(race, order.plan.variant, order.plan.knobs);
  const limit = { trials: Infinity, durationMs: time.longestMs };
  // Elsewhere than on a terminal each row has one line, at its end.
  const progress = isTerminal('stderr') ? new Progress(new LiveLines(), title, limit) : undefined;
  let kept: readonly Evidence[] = [];
  const hooks: HammerHooks = {
    ...time,
    signal,
    onProgress: (totals, seconds) => progress?.update(totals, seconds),
    onEvidence: (evidence) => (kept = evidence),
  };
  const document = await hammer(race, order, hooks);
  progress?.end();
  if (folder === null || document.verdict !== 'VIOLATED') return document;
  // Of the expected one there are plenty; what came beside it is what one wants to see.
  const others = kept.filter(({ signature }) => signature !== expected.fails);
  const evidence = await proveKept(folder, row, others, signal);
  tell(notKeptLines(evidence));
  return { ...document, evidence };
}

function outcomeWords(row: RowDocument): string {
  const tries = row.firstTry === null ? '' : ', second try';
  return `${verdictWords(row.verdict)}, ${observedWords(row)} in ${formatCount(row.trials)} trials${tries}`;
}
