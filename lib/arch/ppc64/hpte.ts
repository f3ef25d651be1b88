/**
 * Inserts, evicts and changes entries of the hash table. Called on a CPU's thread by hashPage.ts and tlbBatch.ts.
 *
 * The entries of the hash table. A bit in the first word of an entry locks that slot and nothing else: two CPUs that
 * insert into one group race for its free slots. The CPU that holds the bit may store the first word, which releases
 * it.
 */

import { READ_ONCE, WRITE_ONCE, atomic_fetch_and, atomic_fetch_or } from '../../machine/access.js';
import type { Cpu } from '../../machine/cpu.js';
import { beginRetries, nextTry } from '../../machine/retries.js';
import { auditInsert, auditRemove } from './audit.js';
import { spinWhileSet } from './bitSpin.js';
import {
  HPTES_PER_GROUP,
  HPTE_R,
  HPTE_R_WORD,
  HPTE_V,
  HPTE_V_COMPARE,
  hpteAt,
  hpte_encode_r,
  hpte_encode_v,
  vpnOf,
  type HashTable,
} from './hashTable.js';
import { mftb } from './timebase.js';
import { tlbie } from './tlbie.js';

/**
 * Locks a slot; returns its first word as it was found, without the lock bit.
 *
 * @kernel native_lock_hpte, arch/powerpc/mm/hash_native_64.c. Differs: returns the word.
 */
export function native_lock_hpte(cpu: Cpu, hptep: number): number {
  const tries = beginRetries(cpu);
  for (;;) {
    nextTry(cpu, tries);
    const old = atomic_fetch_or(cpu, hptep, HPTE_V.LOCK);
    if ((old & HPTE_V.LOCK) === 0) return old;
    spinWhileSet(cpu, hptep, HPTE_V.LOCK);
  }
}

/**
 * @kernel native_unlock_hpte, arch/powerpc/mm/hash_native_64.c
 */
export function native_unlock_hpte(cpu: Cpu, hptep: number): void {
  atomic_fetch_and(cpu, hptep, ~HPTE_V.LOCK);
}

/** Stores the first word of a locked slot, which releases the lock. */
export function storeAndUnlock(cpu: Cpu, hptep: number, v: number): void {
  WRITE_ONCE(cpu, hptep, v);
}

/**
 * Puts an entry into the first free slot of a group; returns the slot's index in the group, with bit 3 set for a
 * secondary group, or -1 if the group is full. It never looks for an entry of the same page: that none exists is what
 * the caller knows from the PTE.
 *
 * @kernel native_hpte_insert, arch/powerpc/mm/hash_native_64.c
 */
export function native_hpte_insert(
  cpu: Cpu,
  t: HashTable,
  group: number,
  vpn: number,
  pfn: number,
  rflags: number,
  vflags: number,
): number {
  for (let i = 0; i < HPTES_PER_GROUP; i++) {
    const hptep = hpteAt(cpu, t, group + i);
    if ((READ_ONCE(cpu, hptep) & HPTE_V.VALID) !== 0) continue;
    if ((native_lock_hpte(cpu, hptep) & HPTE_V.VALID) !== 0) {
      native_unlock_hpte(cpu, hptep);
      continue;
    }
    // The second word first: the entry counts from the moment its first word says so.
    WRITE_ONCE(cpu, hptep + HPTE_R_WORD, hpte_encode_r(pfn) | rflags);
    storeAndUnlock(cpu, hptep, hpte_encode_v(vpn) | vflags | HPTE_V.VALID);
    auditInsert(cpu, t, vpn, group + i);
    return i | ((vflags & HPTE_V.SECONDARY) !== 0 ? 8 : 0);
  }
  return -1;
}

/**
 * Evicts an entry that is not bolted, beginning at a random slot of the group; -1 if all are bolted. Translations that
 * were made from it stay: the PTE still has HASHPTE, so the path that takes the page away invalidates them.
 *
 * @kernel native_hpte_remove, arch/powerpc/mm/hash_native_64.c
 */
export function native_hpte_remove(cpu: Cpu, t: HashTable, group: number): number {
  const start = mftb(cpu, HPTES_PER_GROUP);
  for (let i = 0; i < HPTES_PER_GROUP; i++) {
    const hptep = hpteAt(cpu, t, group + ((start + i) & (HPTES_PER_GROUP - 1)));
    if (!isEvictable(READ_ONCE(cpu, hptep))) continue;
    const v = native_lock_hpte(cpu, hptep);
    if (isEvictable(v)) {
      auditRemove(cpu, t, vpnOf(v));
      storeAndUnlock(cpu, hptep, 0);
      return i;
    }
    native_unlock_hpte(cpu, hptep);
  }
  return -1;
}

function isEvictable(v: number): boolean {
  return (v & (HPTE_V.VALID | HPTE_V.BOLTED)) === HPTE_V.VALID;
}

/**
 * Gives the entry in a slot new rights; -1 if the slot no longer holds the page. Translations of the page go in any case.
 *
 * @kernel native_hpte_updatepp, arch/powerpc/mm/hash_native_64.c
 */
export function native_hpte_updatepp(
  cpu: Cpu,
  t: HashTable,
  slot: number,
  newpp: number,
  vpn: number,
  local: boolean,
): number {
  const hptep = hpteAt(cpu, t, slot);
  const v = native_lock_hpte(cpu, hptep);
  const hit = (v & HPTE_V.VALID) !== 0 && HPTE_V_COMPARE(v, hpte_encode_v(vpn));
  if (hit) {
    const r = READ_ONCE(cpu, hptep + HPTE_R_WORD);
    const changed = newpp & (HPTE_R.PP | HPTE_R.N | HPTE_R.C);
    WRITE_ONCE(cpu, hptep + HPTE_R_WORD, (r & ~(HPTE_R.PP | HPTE_R.N)) | changed);
  }
  native_unlock_hpte(cpu, hptep);
  tlbie(cpu, t, local);
  return hit ? 0 : -1;
}
