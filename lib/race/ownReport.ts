/**
 * The report of a failure of code over its own shared memory: threads, and operations of `Atomics`, instead of CPUs and a kernel. Called
 * on the host by failureReport.ts and failureFacts.ts.
 */

import { OWN_WORDS } from '../machine/layout.js';
import { SLEEPERS, sleepWords } from '../machine/sleepWords.js';
import type { RecordedStep } from '../machine/snapshotView.js';
import type { CpuFacts } from './failureFacts.js';
import { recordWords } from './recordWords.js';

const OPERATIONS: Readonly<Record<string, string>> = {
  read: 'load',
  write: 'store',
  cmpxchg: 'compareExchange',
  xchg: 'exchange',
  fetch_or: 'or',
  fetch_and: 'and',
  fetch_add: 'add',
};

/** Describes one record in words: of the test's memory as an operation, of the machine's words as what they stand for. */
export function ownRecordWords(r: RecordedStep, symbols: (address: number) => string): string {
  const operation = OPERATIONS[r.op];
  if (r.op === 'gave_up') return 'gives up its sleep';
  if (operation === undefined) return recordWords(r, symbols);
  const name = symbols(r.address);
  if (r.address < OWN_WORDS) return sleepWords(r.op, r.flags, name, r.before, r.after) ?? recordWords(r, symbols);
  if (r.op === 'read') return `${name} is ${r.after}`;
  if (r.before !== r.after) return `${name} ${r.before} -> ${r.after} (${operation})`;
  return r.op === 'cmpxchg' ? `${name} is ${r.after} (compareExchange)` : `${name} stays ${r.after} (${operation})`;
}

/** Describes one thread: what it does, and its last operations. */
export function threadLines(c: CpuFacts): string[] {
  const steps = c.lastSteps.filter(({ what }) => what !== 'done');
  const before = c.stepsBefore > 0 ? ` (${c.stepsBefore} before)` : '';
  return [
    `thread ${c.cpu} (${c.comm}): ${stateWords(c.state)}`,
    ...(steps.length === 0 ? ['  no operation recorded'] : [`  last operations${before}:`]),
    ...steps.map(({ what }) => `    ${what}`),
  ];
}

function stateWords(state: string): string {
  if (state.startsWith(`waits for ${SLEEPERS}`)) return 'sleeps in Atomics.wait';
  return state === 'idle' ? 'has ended' : state;
}
