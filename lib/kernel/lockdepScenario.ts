/** The table "Possible unsafe locking scenario" of a lockdep report. Called on the host by lockdepReport.ts. */

import { IRQ } from './lockdepEvents.js';
import { className, type Link, type PossibleCycle } from './lockdepGraph.js';
import type { LockClass } from './lockClass.js';

const COLUMN = 32;

/** Returns the table of a `Possible unsafe locking scenario`: a column for each CPU, what it does from top to bottom. */
export function unsafeScenario({ kind, links }: PossibleCycle): string[] {
  const [{ from, to }] = links;
  if (kind === 'recursive') return table([[hold(from), wait(to)]]);
  if (kind === 'inconsistent') return table([[hold(from), '<Interrupt>', `  ${wait(to)}`]]);
  // A CPU that waits for another's interrupts with its own off does to the other what the other does to it.
  if (kind === 'ipi-wait-irqs-off') return table([steps(links[0]), steps(links[0])]);
  return table(links.map(steps));
}

function steps({ from, to, interrupt }: Link): string[] {
  return interrupt === null ? [hold(from), wait(to)] : [hold(from), '<Interrupt>', `  ${wait(to)}`];
}

function hold(lockClass: LockClass): string {
  return lockClass === IRQ ? 'local_irq_disable();' : `${lockWord(lockClass)};`;
}

function wait(lockClass: LockClass): string {
  return lockClass === IRQ ? '<waits for an IPI>' : `${lockWord(lockClass)};`;
}

function lockWord(lockClass: LockClass): string {
  return `${lockClass.read ? 'read_lock' : 'lock'}(${className(lockClass)})`;
}

/** Lays out the columns: each CPU takes what it holds, the first one first; then each waits, the first one last. */
function table(columns: readonly (readonly string[])[]): string[] {
  const line = (column: number, text: string): string => `  ${' '.repeat(column * COLUMN)}${text}`;
  const head = (text: (cpu: number) => string): string =>
    columns
      .map((_, cpu) => text(cpu).padEnd(COLUMN))
      .join('')
      .trimEnd();
  return [
    `       ${head((cpu) => `CPU${cpu}`)}`,
    `       ${head(() => '----')}`,
    ...columns.map(([first], i) => line(i, first)),
    ...columns
      .map(([, ...rest], i) => rest.map((text) => line(i, text)))
      .toReversed()
      .flat(),
  ];
}
