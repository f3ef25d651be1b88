/**
 * Goal: a slot goes to one of two inserters, an insert takes the first free slot and never looks for a match, an eviction
 * leaves bolted entries alone, updatepp touches only the page it is meant for, and the auditor counts it all.
 * Method: CPUs of one thread on a table of two groups; what another CPU does in between is done at instruction boundaries.
 */
import test from 'ava';
import { duplicateFlagged, duplicateSlot, readDuplicate } from '../../../lib/arch/ppc64/audit.js';
import {
  HPTES_PER_GROUP,
  HPTE_R,
  HPTE_V,
  HPTE_V_COMPARE,
  PP_RWRW,
  PP_RXRX,
  frameOf,
  groupOf,
  hpteAt,
  hpt_hash,
  hpte_encode_v,
  makeVpn,
  slotOf,
  vpnOf,
} from '../../../lib/arch/ppc64/hashTable.js';
import {
  native_hpte_insert,
  native_hpte_remove,
  native_hpte_updatepp,
  native_lock_hpte,
  native_unlock_hpte,
} from '../../../lib/arch/ppc64/hpte.js';
import { PPC_PAGE, slotBits } from '../../../lib/arch/ppc64/pte.js';
import { CPU } from '../../../lib/machine/layout.js';
import { fail } from '../../../lib/machine/outcome.js';
import { isAbandoned, recorded } from '../../machine/boot.js';
import { PAGES, TABLE, bootTable, countOf, isValid, rOf, vOf, vpn } from './table.js';

test('the two groups of a page differ, and its PTE names one of their slots', (t) => {
  for (let i = 0; i < PAGES; i++) {
    const primary = groupOf(TABLE, vpn(i), false);
    const secondary = groupOf(TABLE, vpn(i), true);
    t.is(primary, (hpt_hash(vpn(i)) & 1) * HPTES_PER_GROUP);
    t.is(primary + secondary, HPTES_PER_GROUP);
    for (let slot = 0; slot < 16; slot++) {
      const pte = PPC_PAGE.HASHPTE | slotBits(slot);
      t.is(slotOf(TABLE, vpn(i), pte), (slot < 8 ? primary : secondary) + (slot % 8));
    }
  }
});

test('an insert takes the first free slot, stores the second word first, and is counted', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  const group = groupOf(TABLE, vpn(0), false);
  cpu.mem[hpteAt(cpu, TABLE, group)] = hpte_encode_v(makeVpn(9, 9)) | HPTE_V.VALID;
  t.is(native_hpte_insert(cpu, TABLE, group, vpn(0), 0x77, PP_RXRX, 0), 1);
  t.is(vpnOf(vOf(cpu, group + 1)), vpn(0));
  t.is(vOf(cpu, group + 1) & 0x7f, HPTE_V.VALID);
  t.is(frameOf(rOf(cpu, group + 1)), 0x77);
  t.is(countOf(cpu, 0), 1);
  const at = hpteAt(cpu, TABLE, group + 1) - cpu.instance;
  const stores = recorded(cpu).filter((r) => r.startsWith('write'));
  t.deepEqual(
    stores.map((r) => Number(r.split(' ')[1])),
    [at + 1, at],
  );
});

test('a secondary entry says so, and its slot number has bit 3', (t) => {
  const { cpus } = bootTable();
  const group = groupOf(TABLE, vpn(1), true);
  t.is(native_hpte_insert(cpus[0], TABLE, group, vpn(1), 1, PP_RXRX, HPTE_V.SECONDARY), 8);
  t.is(vOf(cpus[0], group) & HPTE_V.SECONDARY, HPTE_V.SECONDARY);
});

test('the second entry of a page is inserted as readily as the first, and flagged with what stood where (I9)', (t) => {
  const { cpus } = bootTable();
  const [cpu, other] = cpus;
  const group = groupOf(TABLE, vpn(2), false);
  native_hpte_insert(other, TABLE, group, vpn(2), 1, PP_RXRX, 0);
  t.false(duplicateFlagged(cpu));
  t.is(native_hpte_insert(cpu, TABLE, group, vpn(2), 2, PP_RWRW, 0), 1);
  t.true(duplicateFlagged(cpu));
  t.false(duplicateFlagged(other));
  t.deepEqual([duplicateSlot(cpu, true), duplicateSlot(cpu, false)], [group, group + 1]);
  const seen = readDuplicate(cpu.mem, cpu.percpu);
  t.deepEqual(
    seen?.groups.slice(0, 3).map(({ v, r }) => [v & 1, frameOf(r)]),
    [
      [1, 1],
      [1, 2],
      [0, 0],
    ],
  );
  t.is(countOf(cpu, 2), 2);
});

test('the entry of another page in the same group is no duplicate', (t) => {
  const { cpus } = bootTable();
  const group = groupOf(TABLE, vpn(0), false);
  t.is(groupOf(TABLE, vpn(2), false), group);
  native_hpte_insert(cpus[0], TABLE, group, vpn(0), 1, PP_RXRX, 0);
  native_hpte_insert(cpus[0], TABLE, group, vpn(2), 2, PP_RXRX, 0);
  t.false(duplicateFlagged(cpus[0]));
});

test('two inserters for one free slot: whoever locks it second looks again, and goes on', (t) => {
  const { cpus, atBoundaries } = bootTable();
  const [a, b] = cpus;
  const group = groupOf(TABLE, vpn(0), false);
  // The second access of `a` locks the slot that its first found free.
  atBoundaries(a, (n) => {
    if (n === 2) native_hpte_insert(b, TABLE, group, vpn(2), 5, PP_RXRX, 0);
  });
  t.is(native_hpte_insert(a, TABLE, group, vpn(0), 6, PP_RXRX, 0), 1);
  t.is(vpnOf(vOf(a, group)), vpn(2));
  t.is(vOf(a, group) & HPTE_V.LOCK, 0);
});

test('a locked slot is waited for', (t) => {
  const { cpus, atBoundaries, mem } = bootTable();
  const [a, b] = cpus;
  const hptep = hpteAt(a, TABLE, 3);
  native_lock_hpte(b, hptep);
  atBoundaries(a, (n) => {
    if (n === 20) native_unlock_hpte(b, hptep);
  });
  t.is(native_lock_hpte(a, hptep), 0);
  t.is(mem[hptep], HPTE_V.LOCK);
});

test('who waits for a slot in a trial that is over leaves it', (t) => {
  const { cpus, atBoundaries } = bootTable();
  const [a, b] = cpus;
  native_lock_hpte(b, hpteAt(b, TABLE, 3));
  atBoundaries(a, (n) => {
    if (n === 20) fail(b, 'bang', 'over');
  });
  t.true(isAbandoned(() => native_lock_hpte(a, hpteAt(a, TABLE, 3))));
});

test('a full group is refused; an eviction makes room, never of a bolted entry, and starts anywhere', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  const group = groupOf(TABLE, vpn(0), false);
  const fill = (): void => {
    for (let i = 0; i < HPTES_PER_GROUP; i++)
      cpu.mem[hpteAt(cpu, TABLE, group + i)] =
        hpte_encode_v(makeVpn(0x90 + i, 0)) | HPTE_V.VALID | (i === 5 ? HPTE_V.BOLTED : 0);
  };
  const evicted = new Set<number>();
  for (let n = 0; n < 200; n++) {
    fill();
    cpu.mem[cpu.block + CPU.chance] = n * 0x9e3779b1;
    t.is(native_hpte_insert(cpu, TABLE, group, vpn(0), 1, PP_RXRX, 0), -1);
    t.not(native_hpte_remove(cpu, TABLE, group), -1);
    for (let i = 0; i < HPTES_PER_GROUP; i++) if (!isValid(cpu, group + i)) evicted.add(i);
    cpu.ring.reset();
  }
  t.deepEqual(
    [...evicted].toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 6, 7],
  );
});

test('with every entry bolted nothing is evicted', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  for (let i = 0; i < HPTES_PER_GROUP; i++) cpu.mem[hpteAt(cpu, TABLE, i)] = HPTE_V.VALID | HPTE_V.BOLTED;
  t.is(native_hpte_remove(cpu, TABLE, 0), -1);
});

test('the eviction of a tracked page is counted', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  const group = groupOf(TABLE, vpn(0), false);
  native_hpte_insert(cpu, TABLE, group, vpn(0), 1, PP_RXRX, 0);
  t.is(countOf(cpu, 0), 1);
  native_hpte_remove(cpu, TABLE, group);
  t.is(countOf(cpu, 0), 0);
});

test('updatepp changes the rights of its page alone, and says when the page is gone', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  const group = groupOf(TABLE, vpn(0), false);
  native_hpte_insert(cpu, TABLE, group, vpn(0), 0x31, PP_RXRX | HPTE_R.N, 0);
  t.is(native_hpte_updatepp(cpu, TABLE, group, PP_RWRW | HPTE_R.C, vpn(2), false), -1);
  t.is(rOf(cpu, group) & HPTE_R.PP, PP_RXRX);
  t.is(native_hpte_updatepp(cpu, TABLE, group, PP_RWRW | HPTE_R.C, vpn(0), false), 0);
  t.is(rOf(cpu, group) & 0xfff, PP_RWRW | HPTE_R.C);
  t.is(frameOf(rOf(cpu, group)), 0x31);
  t.true(HPTE_V_COMPARE(vOf(cpu, group), hpte_encode_v(vpn(0))));
  t.is(vOf(cpu, group) & HPTE_V.LOCK, 0);
});
