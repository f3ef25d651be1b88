/** Writes the rows of a verification as a JUnit file. Called by `verify --junit`. */

import { evidenceHashLines, evidenceLines } from '../run/evidenceLines.js';
import { verdictWords } from '../../statistics/verdict.js';
import { counted } from '../format/numbers.js';
import { powerWords } from '../words/power.js';
import {
  isDisproved,
  isExplored,
  isUnexpected,
  wasCutOff,
  worstOf,
  type RowDocument,
  type RowNotRun,
  type VerifyDocument,
} from './document.js';
import { expectedWords, observedWords, provedWords } from './text.js';
import { escapeXml } from '../format/xml.js';

/** Returns a JUnit XML file: a suite for each race, a case for each row. `hostname` is that of the host on which they ran. */
export function junitXml({ rows, notRun, failFast = false }: VerifyDocument, hostname: string): string {
  const why = failFast ? 'not run: an earlier row was not as expected (--fail-fast)' : 'interrupted before it ran';
  const races = [...new Set([...rows, ...notRun].map(({ race }) => race))];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="racehammer verify" ${totals(rows, notRun)}${begun(rows)}>`,
    ...races.flatMap((race) => {
      const own = rows.filter((row) => row.race === race);
      const left = notRun.filter((row) => row.race === race);
      return [
        `  <testsuite name="${escapeXml(race)}" ${totals(own, left)}${begun(own)} hostname="${escapeXml(hostname)}">`,
        ...properties(hostFacts(own)).map((line) => `    ${line}`),
        ...own.flatMap(testCase),
        ...left.flatMap((row) => caseOf(row, 0, [`<skipped message="${why}"/>`])),
        '  </testsuite>',
      ];
    }),
    '</testsuites>',
    '',
  ].join('\n');
}

function totals(rows: readonly RowDocument[], notRun: readonly RowNotRun[]): string {
  const unexpected = rows.filter((row) => isUnexpected(row) && !isInconclusive(row));
  const errors = unexpected.filter(isError).length;
  const skipped = rows.filter((row) => wasCutOff(row) || isInconclusive(row)).length + notRun.length;
  const seconds = rows.reduce((sum, row) => sum + secondsOf(row), 0);
  return (
    `tests="${rows.length + notRun.length}" failures="${unexpected.length - errors}" errors="${errors}" ` +
    `skipped="${skipped}" time="${seconds.toFixed(3)}"`
  );
}

/** Returns when the first row began, as an attribute: without a zone and parts of a second, as JUnit's schema has it. */
function begun(rows: readonly RowDocument[]): string {
  const [first] = rows.map(({ startedAt }) => startedAt).toSorted();
  return first === undefined ? '' : ` timestamp="${escapeXml(first.slice(0, 'YYYY-MM-DDTHH:MM:SS'.length))}"`;
}

/** Returns what the rows of a race ran with; all of them have run in one process. */
function hostFacts([row]: readonly RowDocument[]): [name: string, value: string][] {
  if (row === undefined) return [];
  const { node, platform, arch, cores, cpuModel } = row.host;
  return [
    ['racehammer', row.version],
    ['node', node],
    ['platform', `${platform} ${arch}`],
    ['cores', String(cores)],
    ['cpu model', cpuModel],
  ];
}

/** Returns a case with its counts, whether it passes or not. */
function testCase(row: RowDocument): string[] {
  const counts: [name: string, value: string][] = [
    ['seed', String(row.seed)],
    ['trials', String(row.trials)],
    ['failures', String(row.failures)],
    ['observed', observedWords(row)],
    ['verdict', verdictWords(row.verdict)],
    ...(isExplored(row) ? [['all states', provedWords(row)] as [string, string]] : []),
  ];
  return caseOf(row, secondsOf(row), [...properties(counts), ...resultOf(row)]);
}

function properties(named: readonly (readonly [name: string, value: string])[]): string[] {
  if (named.length === 0) return [];
  const lines = named.map(([name, value]) => `  <property name="${name}" value="${escapeXml(value)}"/>`);
  return ['<properties>', ...lines, '</properties>'];
}

function resultOf(row: RowDocument): string[] {
  if (wasCutOff(row)) return ['<skipped message="interrupted before its end"/>'];
  if (isInconclusive(row)) return [inconclusive(row)];
  return isUnexpected(row) ? failureOf(row) : [];
}

/** Whether the row is neither a pass nor a failure. JUnit knows only "skipped" for that. */
function isInconclusive(row: RowDocument): boolean {
  return worstOf(row) === 'INCONCLUSIVE';
}

function inconclusive(row: RowDocument): string {
  const observed = `${observedWords(row)} in ${counted(row.trials, 'trial')}`;
  const rests = powerWords(row) ?? verdictWords(row.verdict);
  const message = `expected to ${expectedWords(row)}; observed: ${observed}; ${rests}; repeat: ${row.repeat}`;
  return `<skipped message="${escapeXml(message)}"/>`;
}

function caseOf({ race, row }: RowNotRun, seconds: number, inside: readonly string[]): string[] {
  const start = `    <testcase classname="${escapeXml(race)}" name="${escapeXml(row)}" time="${seconds.toFixed(3)}"`;
  return inside.length === 0
    ? [`${start}/>`]
    : [`${start}>`, ...inside.map((line) => `      ${line}`), '    </testcase>'];
}

/** Returns the failure element of a row: counts, command to repeat it, and the reports of the first failures. */
function failureOf(row: RowDocument): string[] {
  const element = isError(row) ? 'error' : 'failure';
  const observed = `${observedWords(row)} in ${counted(row.trials, 'trial')}`;
  const states = isDisproved(row) ? [`all states: ${provedWords(row)}`] : [];
  const message = [`expected to ${expectedWords(row)}`, `observed: ${observed}`, ...states].join('; ');
  const first = row.firstTry;
  const text = [
    `observed: ${observed}`,
    ...(first === null ? [] : [`first try: ${observedWords(first)} in ${counted(first.trials, 'trial')}`]),
    ...(row.harnessError === null ? [] : [row.harnessError]),
    ...states,
    `repeat: ${row.repeat}`,
    ...(isDisproved(row) ? [`explore: ${row.proved?.repeat}`] : []),
    ...evidenceLines(row.evidence ?? []),
    ...evidenceHashLines(row.evidence ?? []),
    ...Object.values(row.reports).flat(),
  ].join('\n');
  return [`<${element} type="${worstOf(row)}" message="${escapeXml(message)}">${escapeXml(text)}</${element}>`];
}

function isError({ verdict }: RowDocument): boolean {
  return verdict === 'HARNESS_ERROR';
}

function secondsOf({ seconds, firstTry, proved }: RowDocument): number {
  return seconds + (firstTry?.seconds ?? 0) + (proved?.seconds ?? 0);
}
