/**
 * Shows hammered litmus tests as litmus7 does, for programs that read its logs. Called by the command `litmus`.
 */

import type { HammeredDocument, LitmusTestDocument } from './document.js';

/** Returns the log of a test that was hammered under one memory model. */
export function litmus7Lines(test: LitmusTestDocument, hammered: HammeredDocument): string[] {
  const { finals, unexplored, observation, validated, seconds } = hammered;
  const sum = (holds: boolean): number =>
    finals.filter((one) => one.holds === holds).reduce((n, { count }) => n + count, 0);
  const [holding, others] = [sum(true), sum(false)];
  const [positive, negative] = test.kind === 'Forbidden' ? [others, holding] : [holding, others];
  return [
    `Test ${test.test} ${test.kind}`,
    `Histogram (${finals.length} states)`,
    ...finals.map(({ state, holds, count }) => `${String(count).padEnd(8)}${holds ? '*' : ':'}>${state}`),
    validated ? 'Ok' : 'No',
    'Witnesses',
    `Positive: ${positive}, Negative: ${negative}`,
    `Condition ${test.condition} is ${validated ? '' : 'NOT '}validated`,
    `Observation ${test.test} ${observation} ${holding} ${others}`,
    `Time ${test.test} ${seconds.toFixed(2)}`,
    ...(unexplored === null ? [] : [`Unexplored ${unexplored.count} ${unexplored.state}`]),
    '',
  ];
}
