/** The words of vma-lock-fork, what its variants differ in, and the lock of a VMA. Called by race.ts. */

import {
  LINE,
  READ_ONCE,
  WORD,
  WRITE_ONCE,
  atomic_fetch_add,
  endWindow,
  raceWindow,
  read_trylock,
  read_unlock,
  step,
  struct,
  write_lock,
  write_unlock,
  type Cpu,
} from '../../lib/sdk/index.js';
import { S, W } from './about.js';

export const STATE = struct({
  mmap_lock: LINE,
  /** Raised when mmap_lock is released by a writer. */
  mm_lock_seq: LINE,
  /** The VMA: its lock, and mm_lock_seq as it was when a writer took it last. */
  vm_lock: LINE,
  vm_lock_seq: WORD,
  anon_vma: WORD,
  ptl: LINE,
  /** FILE_PAGE or ANON_PAGE, with or without WRITABLE. */
  pte: WORD,
  /** The child's VMA, which nobody else reaches yet. */
  child_anon_vma: LINE,
  child_pte: WORD,
});
export const [FILE_PAGE, ANON_PAGE, WRITABLE] = [0x10, 0x20, 1];

export interface Config {
  /** Whether fork() locks the VMA: not, before it looks at it, or when it has cloned the anon_vma. */
  readonly startsWrite: 'never' | 'first' | 'late';
  /** Whether faults take the lock of the VMA, and compare the numbers again. */
  readonly byVma: boolean;
  readonly rechecks: boolean;
  /** Whether a writer takes the lock to write its number, so that it waits for faults under way; false for mutants. */
  readonly waitsForReaders: boolean;
  /** Whether the VMA is unlocked before the PTEs are copied, or before the fault is handled; for mutants. */
  readonly endsWriteEarly: boolean;
  readonly endsReadEarly: boolean;
}

/** Locks the VMA for the writer of mmap_lock, until that is released. */
export function vma_start_write(cpu: Cpu, at: number, waits: boolean): void {
  const seq = READ_ONCE(cpu, at + STATE.mm_lock_seq);
  if (READ_ONCE(cpu, at + STATE.vm_lock_seq) === seq) return;
  if (waits) write_lock(cpu, at + STATE.vm_lock);
  WRITE_ONCE(cpu, at + STATE.vm_lock_seq, seq);
  if (waits) write_unlock(cpu, at + STATE.vm_lock);
}

/** Unlocks all VMAs that the writer of mmap_lock has locked. */
export function vma_end_write_all(cpu: Cpu, at: number): void {
  atomic_fetch_add(cpu, at + STATE.mm_lock_seq, 1);
}

/** Takes the lock of the VMA for a fault; returns false if a writer has it. */
export function vma_start_read(cpu: Cpu, at: number, rechecks: boolean): boolean {
  step(cpu, S.L1);
  if (isWriteLocked(cpu, at)) return false;
  raceWindow(cpu, W.W_CHECKED);
  step(cpu, S.L2);
  const isTaken = read_trylock(cpu, at + STATE.vm_lock);
  endWindow(cpu, W.W_CHECKED);
  if (!isTaken) return false;
  step(cpu, S.L3);
  if (!rechecks || !isWriteLocked(cpu, at)) return true;
  read_unlock(cpu, at + STATE.vm_lock);
  return false;
}

export function vma_end_read(cpu: Cpu, at: number): void {
  read_unlock(cpu, at + STATE.vm_lock);
}

function isWriteLocked(cpu: Cpu, at: number): boolean {
  return READ_ONCE(cpu, at + STATE.vm_lock_seq) === READ_ONCE(cpu, at + STATE.mm_lock_seq);
}
