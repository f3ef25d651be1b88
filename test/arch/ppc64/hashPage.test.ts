/**
 * Goal: BUSY keeps pte_update() and a second hash_page() out, rights decide between the hash table and do_page_fault(), an
 * entry that the PTE knows is updated and not inserted again, and a PTE that changes under BUSY is reported (I10, I11).
 * Method: CPUs of one thread; the other CPU acts at the instruction boundaries of the first.
 */
import test from 'ava';
import { HASHED, NOT_ALLOWED, __hash_page_4K, hash_page, hash_preload } from '../../../lib/arch/ppc64/hashPage.js';
import {
  HPTE_R,
  HPTE_V,
  PP_RWRW,
  PP_RXRX,
  frameOf,
  groupOf,
  hpteAt,
  hpte_encode_v,
  makeVpn,
  slotOf,
  vpnOf,
} from '../../../lib/arch/ppc64/hashTable.js';
import { PPC_PAGE, groupIndex, makePpcPte, ppcPteFrame, pte_update } from '../../../lib/arch/ppc64/pte.js';
import { hasFailed } from '../../../lib/machine/outcome.js';
import { isAbandoned } from '../../machine/boot.js';
import { TABLE, bootTable, countOf, ptep, rOf, vOf, vpn } from './table.js';

const CLEAN = PPC_PAGE.PRESENT | PPC_PAGE.USER | PPC_PAGE.RW;

test('a load makes a read-only entry of a clean page, a store a writable one of a dirty page', (t) => {
  for (const [access, pp, dirty] of [
    [0, PP_RXRX, 0],
    [PPC_PAGE.RW, PP_RWRW, PPC_PAGE.DIRTY],
  ]) {
    const { cpus, mem } = bootTable();
    const [cpu] = cpus;
    mem[ptep(cpu, 0)] = makePpcPte(0x123, CLEAN);
    t.is(hash_page(cpu, TABLE, ptep(cpu, 0), vpn(0), access), HASHED);
    const pte = mem[ptep(cpu, 0)];
    t.is(pte & (PPC_PAGE.HASHPTE | PPC_PAGE.ACCESSED), PPC_PAGE.HASHPTE | PPC_PAGE.ACCESSED);
    t.is(pte & (PPC_PAGE.DIRTY | PPC_PAGE.BUSY), dirty);
    t.is(ppcPteFrame(pte), 0x123);
    const slot = slotOf(TABLE, vpn(0), pte);
    t.is(frameOf(rOf(cpu, slot)), 0x123);
    t.is(rOf(cpu, slot) & HPTE_R.PP, pp);
    t.is(rOf(cpu, slot) & HPTE_R.N, HPTE_R.N);
  }
});

test('what the PTE does not allow is left to do_page_fault()', (t) => {
  const { cpus, mem } = bootTable();
  const [cpu] = cpus;
  t.is(hash_page(cpu, TABLE, ptep(cpu, 0), vpn(0), 0), NOT_ALLOWED);
  mem[ptep(cpu, 0)] = makePpcPte(1, CLEAN & ~PPC_PAGE.RW);
  t.is(hash_page(cpu, TABLE, ptep(cpu, 0), vpn(0), PPC_PAGE.RW), NOT_ALLOWED);
  t.is(hash_page(cpu, TABLE, ptep(cpu, 0), vpn(0), PPC_PAGE.EXEC), NOT_ALLOWED);
  t.is(countOf(cpu, 0), 0);
});

test('an entry that the PTE knows of is updated where it is', (t) => {
  const { cpus, mem } = bootTable();
  const [cpu] = cpus;
  mem[ptep(cpu, 0)] = makePpcPte(0x55, CLEAN);
  hash_preload(cpu, TABLE, ptep(cpu, 0), vpn(0));
  const slot = slotOf(TABLE, vpn(0), mem[ptep(cpu, 0)]);
  t.is(hash_page(cpu, TABLE, ptep(cpu, 0), vpn(0), PPC_PAGE.RW), HASHED);
  t.is(slotOf(TABLE, vpn(0), mem[ptep(cpu, 0)]), slot);
  t.is(rOf(cpu, slot) & HPTE_R.PP, PP_RWRW);
  t.is(countOf(cpu, 0), 1);
});

test('an entry that was evicted is inserted again, and the PTE names its new slot', (t) => {
  const { cpus, mem } = bootTable();
  const [cpu] = cpus;
  mem[ptep(cpu, 0)] = makePpcPte(0x55, CLEAN);
  hash_preload(cpu, TABLE, ptep(cpu, 0), vpn(0));
  const slot = slotOf(TABLE, vpn(0), mem[ptep(cpu, 0)]);
  mem[hpteAt(cpu, TABLE, slot)] = hpte_encode_v(makeVpn(7, 7)) | HPTE_V.VALID;
  mem[cpu.instance + TABLE.counts] = 0;
  hash_page(cpu, TABLE, ptep(cpu, 0), vpn(0), 0);
  t.is(slotOf(TABLE, vpn(0), mem[ptep(cpu, 0)]), slot + 1);
  t.is(vpnOf(vOf(cpu, slot + 1)), vpn(0));
});

test('with both groups full one entry goes; with the primary full the secondary is taken', (t) => {
  const evicting = { ...TABLE, evicts: true };
  for (const secondaryFull of [false, true]) {
    const { cpus, mem } = bootTable();
    const [cpu] = cpus;
    const fill = (group: number): void => {
      for (let i = 0; i < 8; i++)
        mem[hpteAt(cpu, TABLE, group + i)] = hpte_encode_v(makeVpn(0x90 + i, group)) | HPTE_V.VALID;
    };
    fill(groupOf(TABLE, vpn(0), false));
    if (secondaryFull) fill(groupOf(TABLE, vpn(0), true));
    mem[ptep(cpu, 0)] = makePpcPte(0x55, CLEAN);
    hash_page(cpu, evicting, ptep(cpu, 0), vpn(0), 0);
    const pte = mem[ptep(cpu, 0)];
    if (!secondaryFull) t.deepEqual([pte & PPC_PAGE.SECONDARY, groupIndex(pte)], [PPC_PAGE.SECONDARY, 0]);
    const v = vOf(cpu, slotOf(TABLE, vpn(0), pte));
    t.is(vpnOf(v), vpn(0));
    t.is((v & HPTE_V.SECONDARY) !== 0, (pte & PPC_PAGE.SECONDARY) !== 0);
  }
});

test('pte_update() waits for BUSY, and what it returns never has it (I11)', (t) => {
  const { cpus, mem, atBoundaries } = bootTable();
  const [a, b] = cpus;
  mem[ptep(a, 0)] = makePpcPte(0x55, CLEAN);
  // Between the CAS that sets BUSY and the store that clears it, the other CPU comes in.
  let old = -1;
  atBoundaries(b, (n) => {
    if (n === 8) mem[ptep(a, 0)] &= ~PPC_PAGE.BUSY;
  });
  mem[ptep(a, 0)] |= PPC_PAGE.BUSY;
  old = pte_update(b, ptep(a, 0), ~0);
  t.is(old, makePpcPte(0x55, CLEAN));
  t.is(mem[ptep(a, 0)], 0);
});

test('a second hash_page() finds BUSY, waits, and has the access tried again', (t) => {
  const { cpus, mem, atBoundaries } = bootTable();
  const [a, b] = cpus;
  mem[ptep(a, 0)] = makePpcPte(0x55, CLEAN) | PPC_PAGE.BUSY;
  atBoundaries(b, (n) => {
    if (n === 9) mem[ptep(a, 0)] &= ~PPC_PAGE.BUSY;
  });
  t.is(__hash_page_4K(b, TABLE, ptep(a, 0), vpn(0), PPC_PAGE.PRESENT), HASHED);
  t.is(mem[ptep(a, 0)], makePpcPte(0x55, CLEAN));
  t.is(countOf(a, 0), 0);
});

test('a PTE that is taken out between the first look and the CAS is not hashed', (t) => {
  for (const boundary of [2, 3]) {
    const { cpus, mem, atBoundaries } = bootTable();
    const [a, b] = cpus;
    mem[ptep(a, 0)] = makePpcPte(0x55, CLEAN);
    atBoundaries(a, (n) => {
      if (n === boundary) pte_update(b, ptep(a, 0), ~0);
    });
    t.is(hash_page(a, TABLE, ptep(a, 0), vpn(0), 0), NOT_ALLOWED);
    t.deepEqual([mem[ptep(a, 0)], countOf(a, 0)], [0, 0]);
  }
});

test('a PTE that changes while it is BUSY is reported (I11)', (t) => {
  const { cpus, mem, atBoundaries } = bootTable();
  const [a] = cpus;
  mem[ptep(a, 0)] = makePpcPte(0x55, CLEAN);
  atBoundaries(a, (n) => {
    if ((mem[ptep(a, 0)] & PPC_PAGE.BUSY) !== 0 && n > 4) mem[ptep(a, 0)] |= PPC_PAGE.EXEC;
  });
  t.true(isAbandoned(() => hash_page(a, TABLE, ptep(a, 0), vpn(0), 0)));
  t.true(hasFailed(a));
});

test('a slot that loses its page while the PTE is BUSY is reported, unless evictions are to be expected (I10)', (t) => {
  for (const evicts of [false, true]) {
    const { cpus, mem, atBoundaries } = bootTable();
    const [a] = cpus;
    mem[ptep(a, 0)] = makePpcPte(0x55, CLEAN);
    atBoundaries(a, () => {
      const slot = groupOf(TABLE, vpn(0), false);
      if (countOf(a, 0) === 1) mem[hpteAt(a, TABLE, slot)] = 0;
    });
    t.is(
      isAbandoned(() => hash_page(a, { ...TABLE, evicts }, ptep(a, 0), vpn(0), 0)),
      !evicts,
    );
  }
});
