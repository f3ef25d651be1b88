import { stripVTControlCharacters } from 'node:util';

/** What the lines of ava's report said so far. */
export interface Tally {
  passed: number;
  /** What failed, in order: tests, and files that broke off. */
  readonly failed: string[];
}

const RESULT = /^\s*(?:(?<passed>[✔√])|[✘×]) (?:\[fail\]: )?(?<what>.*?)\s*$/;

/** Counts a line of ava's report; most lines say nothing about the counts. */
export function countLine(tally: Tally, line: string): void {
  const result = RESULT.exec(stripVTControlCharacters(line))?.groups;
  if (result === undefined) return;
  if (result['passed'] === undefined) tally.failed.push(result['what']);
  else tally.passed++;
}

/**
 * Adds what no line of the report shows as failed: a run that broke off, or that ran nothing.
 * `ending` says how ava ended, undefined where it ended well.
 */
export function closeTally(tally: Tally, ending: string | undefined): void {
  if (tally.failed.length > 0) return;
  if (ending !== undefined) tally.failed.push(`ava itself ended with ${ending}`);
  else if (tally.passed === 0) tally.failed.push('no test ran');
}
