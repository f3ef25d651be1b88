/**
 * Shows a run as text: verdict, outcomes, figures, reports. Called by `run`, `verify` and the assertions of the API.
 */

import { claimResultWords } from '../words/claim.js';
import { litmusConclusion, litmusLog, litmusSpeed, litmusTable } from '../litmus/text.js';
import { leftPerCpuLines } from './leftPerCpu.js';
import { lockdepLines, lockdepReports } from './lockdepLines.js';
import { counted, formatCount, formatProbability, formatRate, formatSeconds } from '../format/numbers.js';
import { alsoSeen, seenInstead, violations } from '../words/outcomes.js';
import { powerWords } from '../words/power.js';
import { seenWords, worldOf } from '../words/world.js';
import type { OutcomeFigures, RunDocument } from './document.js';
import { classLines } from './classLines.js';
import { gradedLines } from './gradedLines.js';
import { orderResult } from './orderLines.js';
import { hostEffects } from './hostEffects.js';
import { paintedVerdict } from '../words/verdictPaint.js';
import { renderTable, type TableColumn } from '../format/table.js';
import type { Screen } from '../format/screen.js';

const COLUMNS: readonly TableColumn[] = [
  { head: 'outcome', align: 'left' },
  { head: 'count', align: 'right' },
  { head: 'per trial', align: 'right' },
  { head: '95 % interval', align: 'left' },
  { head: 'failures/s', align: 'right' },
  { head: 'expected', align: 'left' },
  { head: 'verdict', align: 'left' },
];

/** Returns the report of a run: verdict, outcomes, figures, and the report of the first failure of each signature. */
export function runReport(run: RunDocument, screen: Screen): string[] {
  const { litmus } = run;
  return [
    `${run.race}:${run.variant}: ${paintedVerdict(screen.paint, run.verdict)}${run.interrupted ? ' (interrupted)' : ''}`,
    ...(litmus === undefined ? renderTable(COLUMNS, outcomeRows(run, screen), screen) : litmusTable(litmus, screen)),
    ...figureLines(run),
    ...(run.from === undefined ? [] : orderResult(run.from)),
    ...(run.classes === undefined ? [] : classLines(run.classes)),
    ...(run.graded === undefined ? [] : gradedLines(run.graded, run.trials)),
    ...lockdepLines(run),
    ...conclusion(run),
    ...Object.values(run.reports).flatMap((lines) => ['', ...lines]),
    ...lockdepReports(run),
    ...(litmus === undefined ? [] : ['', ...litmusLog(run, litmus)]),
  ];
}

/** Returns rows for clean trials, for each counted signature, and for the expected one even if it was not counted. */
function outcomeRows(run: RunDocument, { paint }: Screen): string[][] {
  const word = paintedVerdict(paint, run.verdict);
  const missing = run.expectedOutcome !== null && run.outcomes.every((o) => o.signature !== run.expectedOutcome);
  const none: OutcomeFigures = { signature: run.expectedOutcome ?? '', count: 0, rate: 0, low95: 0, high95: 1 };
  const clean = Math.max(0, run.trials - run.failures);
  return [
    ['clean', formatCount(clean), '', '', '', 'yes', run.expected === 'hold' && run.verdict !== 'VIOLATED' ? word : ''],
    ...run.outcomes.map((outcome) => outcomeRow(run, outcome, word)),
    ...(missing ? [outcomeRow(run, none, word)] : []),
  ];
}

function outcomeRow(run: RunDocument, outcome: OutcomeFigures, word: string): string[] {
  const isExpected = outcome.signature === run.expectedOutcome;
  const counts = outcome.count > 0;
  const verdict = isExpected || (counts && run.verdict === 'VIOLATED') ? word : '';
  return [
    outcome.signature,
    formatCount(outcome.count),
    counts ? formatProbability(outcome.rate) : '0',
    counts ? `${formatProbability(outcome.low95)} .. ${formatProbability(outcome.high95)}` : '',
    formatRate(outcome.count / run.seconds),
    isExpected ? 'yes' : (run.alsoFails ?? []).includes(outcome.signature) ? 'also' : 'no',
    verdict,
  ];
}

function figureLines(run: RunDocument): string[] {
  const ran = `${counted(run.trials, 'trial')} in ${formatSeconds(run.seconds)}: ${formatRate(run.trials / run.seconds)}`;
  const near = worldOf(run).hasWindows ? `; ${nearMissWords(run.nearMisses)}` : '';
  const lines = [run.litmus === undefined ? `${ran}${near}` : litmusSpeed(run, run.litmus)];
  if (run.firstFailureMs !== null) {
    const own = formatSeconds((run.firstFailureMs - run.startedMs) / 1000);
    lines.push(`first failure after ${own} (${formatSeconds(run.firstFailureMs / 1000)} after the process started)`);
  }
  lines.push(...seenWords(run), ...hostEffects(run), ...leftPerCpuLines(run));
  if (run.upperBound95 !== null) {
    lines.push(
      `no failure: its rate per trial is below ${formatProbability(run.upperBound95)} with 95 % confidence (about 3/n)`,
    );
  }
  if (run.claim !== null) lines.push(claimResultWords(run.claim));
  const rests = powerWords(run);
  if (rests !== null) lines.push(rests);
  return lines;
}

/** Returns "5 near misses: ..."; failures are not among them, although their window was open as well. */
function nearMissWords(nearMisses: number): string {
  return `${counted(nearMisses, 'near miss', 'near misses')} (clean trials in which a CPU was within reach of an open window; a lower bound)`;
}

/** Explains the verdict where the table does not. */
export function conclusion(run: RunDocument): string[] {
  if (run.verdict === 'HARNESS_ERROR') {
    const cause = run.harnessError ?? 'no trial was completed';
    return [
      `HARNESS ERROR: ${cause}`,
      ...(run.trials === 0 ? [] : ['The counts above are those up to then; they are no verdict.']),
    ];
  }
  if (run.litmus !== undefined) return litmusConclusion(run);
  const { expectedOutcome, alsoFails = [], minority = null } = run;
  const expected = { fails: expectedOutcome, alsoFails, minority };
  if (expectedOutcome !== null && (run.verdict === 'NOT_REPRODUCED' || run.verdict === 'INCONCLUSIVE')) {
    return [
      `Expected to fail as ${expectedOutcome}, and did not.${seenInstead(run.outcomes, expectedOutcome)} More trials, or other --window and --phase delays, may show it.`,
    ];
  }
  if (run.verdict === 'REPRODUCED') return alsoSeen(run.outcomes, expected);
  return run.verdict === 'VIOLATED' ? violations(run.outcomes, expected) : [];
}
