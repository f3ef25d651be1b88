/**
 * Goal: the processor searches 8 + 8 slots with the right secondary mark, caches what it found, and with two entries of a
 * page does what it was told to; two that were never valid at once are no failure.
 * Method: one thread; entries are put into the table by hand or through native_hpte_insert().
 */
import test from 'ava';
import { HPTE_R, HPTE_V, PP_RWRW, PP_RXRX, frameOf, groupOf, hpteAt } from '../../../lib/arch/ppc64/hashTable.js';
import { native_hpte_insert } from '../../../lib/arch/ppc64/hpte.js';
import { PPC_PAGE } from '../../../lib/arch/ppc64/pte.js';
import { hptePermits, htabTranslate, walkHashTable } from '../../../lib/arch/ppc64/walk.js';
import type { Cpu } from '../../../lib/machine/cpu.js';
import { ACTIVITY } from '../../../lib/machine/outcome.js';
import { isAbandoned, look } from '../../machine/boot.js';
import { TABLE, bootTable, vpn } from './table.js';

const { RW, EXEC } = PPC_PAGE;

function insert(cpu: Cpu, pfn: number, pp: number, secondary = false): void {
  native_hpte_insert(cpu, TABLE, groupOf(TABLE, vpn(0), secondary), vpn(0), pfn, pp, secondary ? HPTE_V.SECONDARY : 0);
}

test('rights: PP for stores, N for fetches', (t) => {
  t.deepEqual([hptePermits(PP_RXRX, 0), hptePermits(PP_RXRX, RW), hptePermits(PP_RWRW, RW)], [true, false, true]);
  t.deepEqual([hptePermits(HPTE_R.N | PP_RXRX, EXEC), hptePermits(PP_RXRX, EXEC)], [false, true]);
});

test('an entry is found in either group, and only if its mark fits the search', (t) => {
  for (const secondary of [false, true]) {
    const { cpus, mem } = bootTable();
    const [cpu] = cpus;
    t.is(walkHashTable(cpu, TABLE, vpn(0), 0, 'machine-check'), 0);
    insert(cpu, 0x42, PP_RXRX, secondary);
    t.is(frameOf(walkHashTable(cpu, TABLE, vpn(0), 0, 'machine-check')), 0x42);
    t.is(walkHashTable(cpu, TABLE, vpn(2), 0, 'machine-check'), 0);
    mem[hpteAt(cpu, TABLE, groupOf(TABLE, vpn(0), secondary))] ^= HPTE_V.SECONDARY;
    t.is(walkHashTable(cpu, TABLE, vpn(0), 0, 'machine-check'), 0);
  }
});

test('a translation stays in the TLB when its entry has gone, until it is flushed', (t) => {
  const { cpus, mem } = bootTable();
  const [cpu] = cpus;
  insert(cpu, 0x42, PP_RXRX);
  const r = htabTranslate(cpu, TABLE, 9, vpn(0), 0, 'machine-check');
  mem[hpteAt(cpu, TABLE, groupOf(TABLE, vpn(0), false))] = 0;
  t.is(htabTranslate(cpu, TABLE, 9, vpn(0), 0, 'machine-check'), r);
});

test('two entries of one page: a machine check, with both named', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  insert(cpu, 1, PP_RXRX);
  insert(cpu, 2, PP_RWRW, true);
  t.true(isAbandoned(() => walkHashTable(cpu, TABLE, vpn(0), RW, 'machine-check')));
  t.is(look(cpu).activity, ACTIVITY.DEAD);
  const slots = [groupOf(TABLE, vpn(0), false), groupOf(TABLE, vpn(0), true)].map((slot) => hpteAt(cpu, TABLE, slot));
  t.deepEqual(cpu.detail.slice(0, 4), [vpn(0), ...slots, RW]);
});

test('or the weaker entry is used, or the weaker for loads alone', (t) => {
  for (const newerFirst of [false, true]) {
    const { cpus } = bootTable();
    const [cpu] = cpus;
    insert(cpu, 1, PP_RXRX, newerFirst);
    insert(cpu, 2, PP_RWRW, !newerFirst);
    const used = (access: number, how: 'weaker' | 'weaker-load'): number =>
      frameOf(walkHashTable(cpu, TABLE, vpn(0), access, how));
    t.deepEqual([used(RW, 'weaker'), used(0, 'weaker'), used(RW, 'weaker-load'), used(0, 'weaker-load')], [1, 1, 2, 1]);
  }
});

test('an entry that moves while it is searched for is no duplicate', (t) => {
  const { cpus, mem, atBoundaries } = bootTable();
  const [cpu, other] = cpus;
  insert(other, 1, PP_RXRX);
  const first = hpteAt(cpu, TABLE, groupOf(TABLE, vpn(0), false));
  // Seen in the primary group, it is taken out there and inserted in the secondary before the search gets to it.
  atBoundaries(cpu, (n) => {
    if (n !== 4) return;
    mem[cpu.instance + TABLE.counts] = 0;
    mem[first] = 0;
    insert(other, 2, PP_RWRW, true);
  });
  t.is(frameOf(walkHashTable(cpu, TABLE, vpn(0), 0, 'machine-check')), 2);
  t.is(look(cpu).activity, ACTIVITY.IDLE);
});
