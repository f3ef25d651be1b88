/** Looks at what a trial has left. Called by member.ts on the thread whose actor was the last to return, and by explored/member.ts. */

import type { Cpu } from '../machine/cpu.js';
import { ABANDONED, fail } from '../machine/outcome.js';
import { wordsOf } from '../machine/thrown.js';
import { RaceFault } from '../race/raceFault.js';
import { isDeferred } from '../race/synchronous.js';
import type { CheckContext, OutcomeGrade } from './definition.js';
import { outcomeText } from './results.js';
import { FORBIDDEN_OUTCOME, signatureIn, type Test } from './test.js';

/** Grades the outcome, and asks `after`; what is wrong fails the trial. `grade` counts the outcome; null where none is graded. */
export function judgeTrial(
  test: Test,
  cpu: Cpu,
  context: CheckContext<unknown>,
  grade: ((outcome: string) => OutcomeGrade) | null,
): void {
  if (grade !== null) {
    const outcome = outcomeText(context.results);
    if (grade(outcome) === 'forbidden')
      fail(cpu, FORBIDDEN_OUTCOME, `the outcome is ${outcome === '' ? 'empty' : outcome}`);
  }
  const { after } = test;
  if (after === undefined) return;
  let found: unknown;
  try {
    found = after(context);
  } catch (thrown) {
    if (thrown === ABANDONED) throw thrown;
    found = wordsOf(thrown);
  }
  if (isDeferred(found)) throw new RaceFault(`race ${test.name}: after() returned a promise, and nobody awaits it`);
  if (found === undefined || found === true) return;
  checkIn(test, cpu, false, typeof found === 'string' ? found : `after() returned ${wordsOf(found)}`);
}

/** Fails the trial unless `holds` is true. */
export function checkIn(test: Test, cpu: Cpu, holds: boolean, message: string): void {
  if (!holds) fail(cpu, signatureIn(test, message), message);
}
