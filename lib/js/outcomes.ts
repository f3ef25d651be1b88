/** Grades and counts the outcomes of trials. Called on the CPUs' threads by member.ts, and on the host by memory.ts. */

import type { GradedOutcome } from '../race/ownMemory.js';
import { CONTROL, OUTCOMES_MAX } from './control.js';
import type { OutcomeGrade } from './definition.js';

type Grades = Readonly<Record<string, OutcomeGrade>>;

/** What stands for all outcomes that are not named. */
export const OTHERS = '*';

/** Returns the names of outcomes in the order in which they are counted. */
export function namedOutcomes(grades: Grades): string[] {
  return Object.keys(grades).filter((outcome) => outcome !== OTHERS);
}

/** Returns the grade of an outcome. */
export function outcomeGrade(grades: Grades, outcome: string): OutcomeGrade {
  return grades[outcome] ?? grades[OTHERS] ?? 'forbidden';
}

/** Grades the outcomes of one thread's trials, and counts them in words that all threads share. */
export class Grader {
  readonly #control: Int32Array;
  readonly #places: ReadonlyMap<string, number>;
  readonly #grades: Grades;

  constructor(control: Int32Array, grades: Grades) {
    this.#control = control;
    this.#grades = grades;
    this.#places = new Map(namedOutcomes(grades).map((outcome, i) => [outcome, i]));
  }

  /** Counts a trial, and returns the grade of its outcome. Nobody else counts meanwhile. */
  grade(outcome: string): OutcomeGrade {
    this.#control[CONTROL.tally + (this.#places.get(outcome) ?? OUTCOMES_MAX)]++;
    return outcomeGrade(this.#grades, outcome);
  }
}

/** Sums up what the threads of some machines have counted: the named outcomes, and all others if there were any. */
export function countOutcomes(grades: Grades, machines: readonly Int32Array[]): GradedOutcome[] {
  const count = (place: number): number =>
    machines.reduce((sum, control) => sum + (control[CONTROL.tally + place] >>> 0), 0);
  const named = namedOutcomes(grades).map((outcome, i) => ({ outcome, grade: grades[outcome], count: count(i) }));
  const others = { outcome: OTHERS, grade: grades[OTHERS] ?? 'forbidden', count: count(OUTCOMES_MAX) };
  return others.count === 0 ? named : [...named, others];
}
