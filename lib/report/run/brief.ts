/**
 * Shows runs in short: the verdict of each variant with its number, then its failures in a few lines each. Called by the `run` command.
 * What may change what a reader concludes is always there: what was not expected, too little CPU time, lockdep, lost evidence.
 */

import type { ReportFacts } from '../../race/failureReport.js';
import { verdictWords, unexpectedOutcomes } from '../../statistics/verdict.js';
import { counted, formatCount, formatProbability, formatSeconds } from '../format/numbers.js';
import type { Paint, Screen } from '../format/screen.js';
import { wrapped } from '../format/wrap.js';
import { litmusConclusion, litmusTable } from '../litmus/text.js';
import { claimResultWords } from '../words/claim.js';
import { powerCell, powerShare, powerWords } from '../words/power.js';
import { paintedVerdict } from '../words/verdictPaint.js';
import { classLines } from './classLines.js';
import type { EvidenceLink, OutcomeFigures, RunDocument } from './document.js';
import { evidenceLines } from './evidenceLines.js';
import { failureLines } from './failureLines.js';
import { gradedLines } from './gradedLines.js';
import { hostEffects } from './hostEffects.js';
import { leftPerCpuLines } from './leftPerCpu.js';
import { deadlockWords } from './lockdepLines.js';
import { orderResult } from './orderLines.js';
import { conclusion } from './text.js';

/** Failures of a run that are shown; of the others the names. */
const FAILURES_MAX = 3;
const VERDICT_WIDTH = 10;
const GAP = '  ';

/** Returns the verdict of a run and its number. `names`: those of all variants that are run. */
export function briefVerdict(run: RunDocument, names: readonly string[], { width: room, paint }: Screen): string[] {
  const width = Math.max(...names.map((name) => name.length));
  const words = `${verdictWords(run.verdict)}${run.interrupted ? ' (interrupted)' : ''}`;
  const head = `${run.variant.padEnd(width)}${GAP}${words.padEnd(VERDICT_WIDTH)}${GAP}`;
  const [first, ...others] = wrapped(`${head}${numberWords(run, names)}`, room, ' '.repeat(head.length));
  return [first.replace(words, paintedVerdict(paint, run.verdict, words)), ...others];
}

/** Returns "oops-0003 in 232,497 of 301,632 trials, 77.1 %"; "no failure in 243,136 trials, < 1.2e-5, 1/62,000 of buggy". */
export function numberWords(run: RunDocument, names: readonly string[] = []): string {
  const { outcomes, trials, failures, upperBound95 } = run;
  if (run.verdict === 'HARNESS_ERROR')
    return `${counted(failures, 'failure')} in ${counted(trials, 'trial')} up to then`;
  if (failures === 0) {
    const bound = upperBound95 === null ? '' : `, < ${formatProbability(upperBound95)}`;
    // The rate of a twin that is run beside it stands in the line of that.
    const power = names.includes(run.power?.name ?? '') ? powerShare(run) : powerCell(run);
    const beside = run.verdict === 'HELD' ? power : '';
    return `no failure in ${counted(trials, 'trial')}${bound}${beside === '' ? '' : `, ${beside}`}`;
  }
  const [only, ...more] = outcomes;
  const of = `of ${counted(trials, 'trial')}, ${formatProbability(failures / trials)}`;
  if (more.length === 0) return `${only.signature} in ${formatCount(only.count)} ${of}`;
  return `${outcomes.map(({ signature, count }) => `${signature} ${formatCount(count)}`).join(', ')} ${of}`;
}

/** Returns what a reader must know of the runs beside their verdicts; with the name of the variant where there are several. */
export function briefNotes(runs: readonly RunDocument[], screen: Screen): string[] {
  return runs.flatMap((run) => {
    const { litmus } = run;
    const before = runs.length === 1 ? '' : `${run.variant}: `;
    const table = litmus === undefined ? [] : ['', `${before}${litmus.condition}`, ...litmusTable(litmus, screen)];
    return [...table, ...noteLines(run).map((line) => (line.startsWith(' ') ? line : `${before}${line}`))];
  });
}

function noteLines(run: RunDocument): string[] {
  const { lockdep, verdict } = run;
  const rests = verdict === 'HELD' && (powerShare(run) !== '' || run.claim !== null) ? null : powerWords(run);
  return [
    ...(run.litmus === undefined ? conclusion(run) : litmusConclusion(run)),
    ...(run.claim === null ? [] : [claimResultWords(run.claim)]),
    ...(rests === null ? [] : [rests]),
    ...hostEffects(run),
    ...leftPerCpuLines(run),
    ...(run.from === undefined ? [] : orderResult(run.from)),
    ...(run.classes === undefined ? [] : classLines(run.classes)),
    ...(run.graded === undefined ? [] : gradedLines(run.graded, run.trials)),
    ...(lockdep?.possibleDeadlocks ?? []).map((found) => `possible deadlock (lockdep): ${deadlockWords(found)}`),
    ...(lockdep?.complete === false ? ['lockdep: its tables became full, so a possible deadlock may be missing'] : []),
  ];
}

/** Returns the failures of a run: those that nobody expected first, then the most frequent. */
export function briefFailures(run: RunDocument, { paint }: Pick<Screen, 'paint'>): string[] {
  const { expectedOutcome: fails, alsoFails = [] } = run;
  const unexpected = unexpectedOutcomes({ fails, alsoFails }, run).map(({ signature }) => signature);
  const isUnexpected = ({ signature }: OutcomeFigures): boolean => unexpected.includes(signature);
  const sorted = run.outcomes
    .filter(({ count }) => count > 0)
    .toSorted((a, b) => Number(isUnexpected(b)) - Number(isUnexpected(a)) || b.count - a.count);
  const shown = sorted.filter((outcome, i) => i < FAILURES_MAX || isUnexpected(outcome));
  const left = sorted.filter((outcome) => !shown.includes(outcome)).map(({ signature }) => signature);
  const named = new Set(shown.map(({ signature }) => signature));
  return [
    ...shown.flatMap((outcome) => failureOf(run, outcome, isUnexpected(outcome), paint)),
    ...(left.length === 0 ? [] : ['', `also: ${left.join(', ')}`]),
    // Evidence of failures that are not shown may be lost as well.
    ...(run.evidence ?? []).filter(({ signature }) => !named.has(signature)).flatMap(lostLine),
  ];
}

function failureOf(run: RunDocument, { signature }: OutcomeFigures, isUnexpected: boolean, paint: Paint): string[] {
  const facts = run.facts?.[signature] as ReportFacts | undefined;
  const first =
    run.firstFailureMs === null || run.outcomes.length > 1
      ? ''
      : `, first after ${formatSeconds((run.firstFailureMs - run.startedMs) / 1000)}`;
  const kept = (run.evidence ?? []).filter((entry) => entry.signature === signature);
  // A litmus race records nothing: its table says all.
  if (facts === undefined && kept.length === 0 && !isUnexpected) return [];
  return [
    '',
    `${run.variant} fails as ${isUnexpected ? paint.bad(`${signature}, which is not expected`) : paint.signature(signature)}${first}`,
    ...(facts === undefined ? [] : failureLines(facts)).map((line) => `${GAP}${line}`),
    ...evidenceOf(kept),
  ];
}

/** Returns what is known of the kept failures of one signature, and which of them are lost. */
function evidenceOf(kept: readonly EvidenceLink[]): string[] {
  const [, ...lines] = evidenceLines(kept);
  return [...lines, ...kept.slice(1).flatMap(lostLine)].map((line) => `${GAP}${line}`);
}

function lostLine({ signature, notKept = null }: EvidenceLink): string[] {
  return notKept === null ? [] : [`evidence of ${signature}: not kept: ${notKept}`];
}
