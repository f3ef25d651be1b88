/**
 * Unfair rwlocks in reports: a race names the words of one, which are a spinlock for each CPU (brlock.ts); a reader wants the
 * lock itself. Called on the host by lockup.ts and lib/race/hang.ts.
 */

import { SPIN } from '../machine/recorder.js';
import type { CpuSnapshot, HeldLock } from '../machine/snapshotView.js';
import { WAIT, waitKind, waitObject } from '../machine/wait.js';

/** Name of a word of the machine, by its word index. */
type Symbols = (address: number) => string;

export type Mode = 'reading' | 'writing';

/** A lock that a CPU holds, by its own name; the mode of an rwlock. */
export interface NamedLock {
  readonly name: string;
  readonly mode?: Mode;
  readonly step: string;
}

/** A lock that a CPU waits for: by its own name, and what it wants an rwlock for. */
export interface WantedLock {
  readonly name: string;
  readonly mode?: Mode;
}

/** Returns the rwlock that a word is a part of, and the CPU whose part it is, by the name of the word; undefined for any other word. */
export function rwlockPart(symbol: string): { readonly lock: string; readonly cpu: number } | undefined {
  const [, lock, cpu] = /^(.+)\.of_cpu\[(\d+)\]$/.exec(symbol) ?? [];
  return lock === undefined ? undefined : { lock, cpu: Number(cpu) };
}

/** Returns the name of what a CPU holds: of a reader of RCU as lockdep has it, and whose. */
export function heldName({ lock, isReader }: Pick<HeldLock, 'lock' | 'isReader'>, symbols: Symbols): string {
  return isReader ? `rcu_read_lock(${symbols(lock)})` : symbols(lock);
}

/** Returns the locks that a CPU holds. A reader holds its own CPU's part of an rwlock, a writer the parts of all. */
export function locksHeld(cpu: CpuSnapshot, symbols: Symbols): NamedLock[] {
  const named = cpu.held.map((held) => ({ symbol: heldName(held, symbols), step: held.step }));
  const parts = (lock: string): number[] =>
    named.flatMap(({ symbol }) => {
      const part = rwlockPart(symbol);
      return part?.lock === lock ? [part.cpu] : [];
    });
  const seen = new Set<string>();
  return named.flatMap(({ symbol, step }): NamedLock[] => {
    const part = rwlockPart(symbol);
    if (part === undefined) return [{ name: symbol, step }];
    if (seen.has(part.lock)) return [];
    seen.add(part.lock);
    const isRead = parts(part.lock).every((c) => c === cpu.id);
    return [{ name: part.lock, mode: isRead ? 'reading' : 'writing', step }];
  });
}

/** Returns the lock that a CPU waits for; undefined if it waits for none. */
export function lockWanted(cpu: CpuSnapshot, symbols: Symbols): WantedLock | undefined {
  if (waitKind(cpu.wait) !== WAIT.LOCK) return undefined;
  const address = waitObject(cpu.wait);
  const part = rwlockPart(symbols(address));
  if (part === undefined) return { name: symbols(address) };
  // A reader wants no other CPU's part than its own, and has it already if it holds the lock for reading.
  const held = locksHeld(cpu, symbols).find(({ name }) => name === part.lock)?.mode;
  const writes = part.cpu !== cpu.id || held === 'reading' || (held === undefined && hasTried(cpu, address));
  return { name: part.lock, mode: writes ? 'writing' : 'reading' };
}

/** Whether the CPU has tried to take the lock. A writer tries all parts before it waits for the one that is held. */
function hasTried({ records }: CpuSnapshot, address: number): boolean {
  const waits = records.findLastIndex((r) => r.op === 'read' && r.address === address && (r.flags & SPIN) !== 0);
  const before = records[waits - 1];
  return before?.op === 'read' && before.address === address && (before.flags & SPIN) === 0;
}

/** Returns the kernel's function in which a CPU spins on a lock. */
export function spinFunction(cpu: CpuSnapshot, symbols: Symbols): string {
  const mode = lockWanted(cpu, symbols)?.mode;
  if (mode === undefined) return '_raw_spin_lock';
  return mode === 'reading' ? '_raw_read_lock' : '_raw_write_lock';
}
