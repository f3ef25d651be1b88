/** Says in words how many classes of orders a run has met. Called by text.ts, by `verify` and by soaks. */

import type { OrderStep } from '../explore/document.js';
import { counted, formatCount } from '../format/numbers.js';
import type { ClassFigures, MissingClass } from './document.js';

/** Returns the lines of a run. */
export function classLines(figures: ClassFigures): string[] {
  const { classes, met, sampled, unclear, crowded, unknown, missing, reason } = figures;
  if (classes === null) return [`classes of orders: not counted: ${reason ?? ''}`];
  const of = `classes of orders: met ${formatCount(met)} of ${formatCount(classes)} in ${counted(sampled, 'sampled trial')}`;
  const left = [
    ...(unclear === 0 ? [] : [`${formatCount(unclear)} could not be told apart`]),
    ...(crowded === 0 ? [] : [`${formatCount(crowded)} found no room`]),
  ];
  return [
    ...(unknown === 0 ? [] : [unknownClasses(unknown)]),
    [of, ...left].join('; '),
    ...missing.flatMap(missingLines),
  ];
}

/** Says what trials of no class that exists mean. */
export function unknownClasses(unknown: number): string {
  return `AMONG NO STATES: ${counted(unknown, 'sampled trial')} of no class that all states have: the search, the machine or the race is wrong`;
}

/** Returns "11 of 12 classes". */
export function classWords({ classes, met, unknown }: Pick<ClassFigures, 'classes' | 'met' | 'unknown'>): string {
  if (classes === null) return '-';
  return `${formatCount(met)} of ${counted(classes, 'class', 'classes')}${unknown === 0 ? '' : ', AND OTHERS'}`;
}

function missingLines({ outcome, preemptions, order }: MissingClass): string[] {
  return [
    `  not met: ${outcome}, with ${counted(preemptions, 'preemption')}:`,
    ...blocksOf(order).map((line) => `    ${line}`),
  ];
}

/** Returns a line for each time that a CPU goes on, with its first and its last step. */
function blocksOf(order: readonly OrderStep[]): string[] {
  const lines: string[] = [];
  for (let from = 0, to = 0; from < order.length; from = to) {
    while (to < order.length && order[to].cpu === order[from].cpu) to++;
    const [first, last] = [order[from], order[to - 1]].map(stepWords);
    const steps = to - from;
    lines.push(`CPU ${order[from].cpu}  ${steps === 1 ? first : `${first} .. ${last} (${steps} steps)`}`);
  }
  return lines;
}

function stepWords({ does, label, text }: OrderStep): string {
  const what = does === 'step' ? text : does === 'drains' ? 'a store becomes visible' : does;
  return label === '' ? what : `${label} ${what}`;
}
