/** Counts from ava's report, and what went wrong in each failure. Called by summary.ts, which prints both at the end. */
import { stripVTControlCharacters } from 'node:util';

/** A test that failed, or a file that broke off. */
export interface Failure {
  readonly what: string;
  /** What the report says about it, without blank lines. */
  readonly lines: string[];
}

/** What the lines of ava's report said so far. */
export interface Tally {
  passed: number;
  /** In the order of the report. */
  readonly failed: Failure[];
  /** The failure that the next lines of the report are about. */
  about: Failure | undefined;
  /** Failures of tests that the report has not explained yet: it does that at the end of a run. */
  readonly unexplained: Failure[];
  /** Whether the report has come to its own counts: all tests have run then. */
  isWhole: boolean;
}

export function emptyTally(): Tally {
  return { passed: 0, failed: [], about: undefined, unexplained: [], isWhole: false };
}

const PASSED = /^\s*[✔√] /;
const FAILED_TEST = /^\s*[✘×] \[(?:fail|unexpected pass)\]: (?<what>.*?)\s*$/;
const BROKEN_FILE = /^\s*(?:[✘×] |(?=Uncaught exception in |Unhandled rejection in ))(?<what>.*?)\s*$/;
const RULE = /^\s*─\s*$/;
/** Ends the report of a run: `395 tests passed`, `1 test failed`. */
const COUNTED = /^ {2}\d+ (?:tests?|uncaught|unhandled) [a-z ]+$/;

/** Counts a line of ava's report; most lines say nothing about the counts. */
export function countLine(tally: Tally, line: string): void {
  const text = stripVTControlCharacters(line);
  const [failedTest, brokenFile] = [FAILED_TEST, BROKEN_FILE].map((pattern) => pattern.exec(text)?.groups?.['what']);
  if (PASSED.test(text)) {
    tally.passed++;
    tally.about = undefined;
  } else if (failedTest !== undefined) {
    tally.about = undefined;
    tally.unexplained.push(fail(tally, failedTest));
  } else if (brokenFile !== undefined) tally.about = fail(tally, brokenFile);
  else if (RULE.test(text)) tally.about = undefined;
  else if (COUNTED.test(text)) tally.isWhole = true;
  else explain(tally, text);
}

function fail(tally: Tally, what: string): Failure {
  const failure = { what, lines: [] };
  tally.failed.push(failure);
  return failure;
}

/** Keeps a line for the failure that it is about: ava explains the failed tests at the end of a run, in order, each below its title. */
function explain(tally: Tally, text: string): void {
  const [next] = tally.unexplained;
  const title = /^ {2}(?! )(?<title>.*?)\s*$/.exec(text)?.groups?.['title'];
  // The result has the error's message behind the title.
  if (next !== undefined && title !== undefined && `${next.what} `.startsWith(`${title} `)) {
    tally.about = tally.unexplained.shift();
  } else if (text.trim() !== '') tally.about?.lines.push(text.replace(/^ {2}/, ''));
}

/**
 * Ends the count of a run, and adds what no line of its report shows as failed: a run that broke off, whether tests had failed
 * before or not, or that ran nothing. `ending` says how ava ended, undefined where it ended well.
 */
export function closeTally(tally: Tally, ending: string | undefined): void {
  const { isWhole } = tally;
  tally.about = undefined;
  tally.unexplained.length = 0;
  tally.isWhole = false;
  if (!isWhole) {
    const how = ending === undefined ? 'as if all was well' : `with ${ending}`;
    tally.failed.push({ what: `ava ended ${how} before its report did: not all tests have run`, lines: [] });
  } else if (tally.failed.length > 0) return;
  else if (ending !== undefined) tally.failed.push({ what: `ava itself ended with ${ending}`, lines: [] });
  else if (tally.passed === 0) tally.failed.push({ what: 'no test ran', lines: [] });
}
