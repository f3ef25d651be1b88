/**
 * Shows explored litmus tests as herd7 does, for programs that read its output. Called by the command `litmus`.
 *
 * Differs: the numbers behind `Positive` and `Observation` count final states; herd counts the executions that end in them. There is no
 * `Hash`, which herd makes from its own form of a test.
 */

import type { ExploredDocument, FinalDocument, LitmusTestDocument, Often } from './document.js';

/** Returns the output for a test under one memory model. */
export function herdLines(test: LitmusTestDocument, explored: ExploredDocument): string[] {
  const { finals, observation, validated, seconds } = explored;
  const [holding, others] = [finals.filter(({ holds }) => holds).length, finals.filter(({ holds }) => !holds).length];
  const [positive, negative] = test.kind === 'Forbidden' ? [others, holding] : [holding, others];
  return [
    `Test ${test.test} ${test.kind}`,
    `States ${finals.length}`,
    ...finals.map(({ state }) => state),
    validated ? 'Ok' : 'No',
    'Witnesses',
    `Positive: ${positive} Negative: ${negative}`,
    `Condition ${test.condition}`,
    `Observation ${test.test} ${observation} ${holding} ${others}`,
    `Time ${test.test} ${seconds.toFixed(2)}`,
    '',
  ];
}

/** Returns how often the proposition holds among these states. */
export function oftenIn(finals: readonly Pick<FinalDocument, 'holds'>[]): Often {
  if (!finals.some(({ holds }) => holds)) return 'Never';
  return finals.every(({ holds }) => holds) ? 'Always' : 'Sometimes';
}
