/** Describes waits for a word: what is waited for, who stored it last, who could have. Called by hang.ts and failureFacts.ts. */

import { CONDITION_IS, type WordCondition } from '../machine/condition.js';
import { LOCK_PARKED, lockWordSeen } from '../machine/lockWord.js';
import type { CpuSnapshot, Snapshot } from '../machine/snapshotView.js';
import { ACTIVITY } from '../machine/outcome.js';
import { WAIT, waitKind, waitObject } from '../machine/wait.js';
import { hex } from '../kernel/oops.js';
import { idles, placeAndTask, placeName } from './placeWords.js';

/** Returns whether the CPU waits for a word. */
export function waitsForWord(cpu: Pick<CpuSnapshot, 'wait'>): boolean {
  return waitKind(cpu.wait) === WAIT.WORD;
}

/** Whether the CPU waits for a word that says who holds a lock. */
export function waitsForHolder(cpu: Pick<CpuSnapshot, 'wait' | 'condition'>): boolean {
  return waitsForWord(cpu) && (cpu.condition.flags & CONDITION_IS.HELD) !== 0;
}

/** Whether the CPU waits for readers of RCU to end: in synchronize_rcu(). */
export function waitsForReader(cpu: Pick<CpuSnapshot, 'wait' | 'condition'>): boolean {
  return waitsForHolder(cpu) && (cpu.condition.flags & CONDITION_IS.READER) !== 0;
}

/** Whether the CPU waits in a handler, for what the code that it has interrupted may store as well. */
export function waitsInside(cpu: Pick<CpuSnapshot, 'wait' | 'condition'>): boolean {
  return waitsForWord(cpu) && (cpu.condition.flags & CONDITION_IS.INSIDE) !== 0;
}

/** Whether the wait is a loop of tries to take a lock. */
function isTry({ flags, mask }: WordCondition): boolean {
  return (flags & CONDITION_IS.LOOP) !== 0 && mask === ~LOCK_PARKED;
}

/** Returns the value that ends a wait: `0x0`, `anything but 0x1`, `0x0 in the bits 0x6`; of a lock that is tried, `free`. */
export function wantedWords(condition: WordCondition): string {
  const { flags, mask, value } = condition;
  if (isTry(condition)) return 'free';
  const not = (flags & CONDITION_IS.NOT) === 0 ? '' : 'anything but ';
  return `${not}0x${hex(value, 1)}${mask === -1 ? '' : ` in the bits 0x${hex(mask, 1)}`}`;
}

/** Returns what the word is that a CPU waits for, and who left it so. */
export function foundWords(cpu: CpuSnapshot, s: Snapshot): string {
  const address = waitObject(cpu.wait);
  const value = isTry(cpu.condition) ? lockWordSeen(s.word(address)) : s.word(address);
  const { iterations, flags, others } = cpu.condition;
  const also = others.length === 0 ? '' : ` with ${others.length} others`;
  const often =
    (flags & CONDITION_IS.LOOP) === 0
      ? ''
      : `; it has ${isTry(cpu.condition) ? 'tried to take' : 'read'} it${also} ${iterations} times in a row, and nothing else`;
  return `it is 0x${hex(value, 1)}${storedBy(s, address, value)}${often}`;
}

/** Returns who could have ended the wait of a CPU, and what has become of each. */
export function providerWords(cpu: CpuSnapshot, s: Snapshot): string {
  const { flags, by } = cpu.condition;
  const named = (flags & CONDITION_IS.NAMED) !== 0;
  if (by.length === 0) return 'no other CPU is there to store it';
  if ((flags & CONDITION_IS.TASKS) !== 0 && waitsForHolder(cpu))
    return `the task that began on CPU ${by.join(', ')} has it, and runs no more`;
  const whose =
    (flags & CONDITION_IS.TASKS) === 0 ? by.map((c) => s.cpus[c]) : s.cpus.filter((c) => by.includes(c.task));
  const states = whose.map((c) => `${placeAndTask(c)}, which ${doesWords(c, c.id === cpu.id)}`);
  return `${named ? 'by the race ' : ''}it could have been stored by ${states.join('; ')}`;
}

function doesWords(cpu: CpuSnapshot, isSelf: boolean): string {
  if (isSelf) return 'waits itself';
  if (cpu.activity === ACTIVITY.DEAD) return 'has died';
  if (cpu.activity === ACTIVITY.EXITED) return 'has exited';
  return waitKind(cpu.wait) === WAIT.RUN || idles(cpu) ? 'has ended' : 'waits, too';
}

/** Names those whose record has a store that left this value; there may be more than one, in an order that no record has. */
function storedBy(s: Snapshot, address: number, value: number): string {
  const stores = s.cpus.flatMap((cpu) => {
    const last = cpu.records.findLast((r) => r.address === address && r.op !== 'failed' && r.before !== r.after);
    return last === undefined || last.after !== value ? [] : [{ cpu, last }];
  });
  if (stores.length === 0) return s.cpus.some(({ records }) => records.length > 0) ? ', as it was at first' : '';
  const words = stores.map(({ cpu, last }) => `${placeName(cpu)} at ${last.step} (0x${hex(last.before, 1)} before)`);
  return `, stored last by ${words.join(' or ')}`;
}
