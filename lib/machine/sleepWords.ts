/**
 * Says what accesses to the machine's words mean in a trial of code over its own shared memory: who sleeps is a bit there. Read by reports
 * (lib/race/ownReport.ts) and timelines (lib/evidence/timeline.ts).
 */

import { SPIN } from './recorder.js';

/** What the words are called that have a bit for each thread that sleeps: they are laid out by lib/js/hammer.ts. */
export const SLEEPERS = 'sleepers';

/** Describes an access by the name of its operation and of the word; undefined for a word that says nothing about sleepers. */
export function sleepWords(op: string, flags: number, name: string, before: number, after: number): string | undefined {
  if (name === 'returned') return 'returns';
  if (!name.startsWith(SLEEPERS)) return undefined;
  if (op === 'fetch_or') return 'sleeps (wait)';
  // The thread takes its own bit away, if nobody has: no notification does it so.
  if (op === 'xchg') return before === after ? 'is woken' : 'is up: its time has passed';
  if (op !== 'fetch_and') return (flags & SPIN) !== 0 ? 'is asleep' : 'wakes up';
  const woken = countBits(before & ~after);
  return woken === 0 ? 'wakes nobody (notify)' : `wakes ${woken} (notify)`;
}

function countBits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
