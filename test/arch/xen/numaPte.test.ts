/**
 * Goal: the hinting helpers do to an entry what each kernel's form of them did: native ones change the present bit and leave
 * the frame number as it is, the others translate; a mark and its removal bring the entry back in every form.
 * Method: a guest of three pages, each form in turn.
 */
import test from 'ava';
import {
  isMapped,
  pfnOf,
  pte_clear_flags,
  pte_mknonnuma,
  pte_mknuma,
  pte_modify,
  pte_numa,
  pte_set_flags,
  pte_special,
  type NumaRules,
} from '../../../lib/arch/xen/numaPte.js';
import { _PAGE_GLOBAL, _PAGE_PROTNONE, _PAGE_SPECIAL } from '../../../lib/arch/xen/p2m.js';
import type { Cpu } from '../../../lib/machine/cpu.js';
import {
  _PAGE_ACCESSED as A,
  _PAGE_DIRTY as D,
  _PAGE_PRESENT as P,
  _PAGE_USER as US,
  pfn_pte,
} from '../../../lib/mm/pgtable.js';
import { boot } from '../../machine/boot.js';

const NATIVE: NumaRules = {
  p2m: 0,
  m2p: 4,
  owned: 12,
  pfns: 3,
  mfns: 8,
  translated: P,
  setsGlobal: true,
  numa: _PAGE_PROTNONE,
  numaMask: _PAGE_PROTNONE | P,
  specialWith: _PAGE_SPECIAL,
  pvFlags: false,
  pvNuma: false,
};
const PV_FLAGS: NumaRules = { ...NATIVE, pvFlags: true };
const PV_NUMA: NumaRules = { ...NATIVE, pvNuma: true };
const SOFT_BIT: NumaRules = {
  ...PV_NUMA,
  numa: _PAGE_SPECIAL,
  numaMask: _PAGE_SPECIAL | _PAGE_PROTNONE | P,
  specialWith: P,
};
/** Page 1 as it is mapped: MFN 2. */
const MAPPED = pfn_pte(2, P | US | A | D);

function guest(): Cpu {
  const { cpus, mem, at } = boot({ cpus: 1, words: 16 });
  mem.set([4, 2, 1], at + NATIVE.p2m);
  mem.set([0, 2, 1, 0, 0, 0, 0, 0], at + NATIVE.m2p);
  return cpus[0];
}

test('a native mark leaves the MFN, a translating one puts the PFN there', (t) => {
  const cpu = guest();
  t.is(pte_mknuma(cpu, NATIVE, MAPPED), pfn_pte(2, US | A | D | _PAGE_PROTNONE));
  for (const rules of [PV_FLAGS, PV_NUMA]) {
    t.is(pte_mknuma(cpu, rules, MAPPED), pfn_pte(1, US | A | D | _PAGE_PROTNONE));
  }
  t.is(pte_mknuma(cpu, SOFT_BIT, MAPPED), pfn_pte(1, US | A | D | _PAGE_SPECIAL));
});

test('marked and unmarked, the entry is what it was', (t) => {
  const cpu = guest();
  for (const rules of [NATIVE, PV_FLAGS, PV_NUMA, SOFT_BIT]) {
    const marked = pte_mknuma(cpu, rules, MAPPED);
    t.true(pte_numa(rules, marked) && isMapped(rules, marked));
    t.is(pte_mknonnuma(cpu, rules, marked), MAPPED);
  }
});

test('a PROT_NONE entry is taken for a hinting one; natively its PFN becomes an MFN', (t) => {
  const cpu = guest();
  const none = pte_modify(cpu, NATIVE, MAPPED, _PAGE_PROTNONE);
  t.is(none, pfn_pte(1, A | D | _PAGE_PROTNONE));
  t.true(pte_numa(NATIVE, none));
  t.is(pte_mknonnuma(cpu, NATIVE, none), pfn_pte(1, P | A | D));
  t.is(pfnOf(cpu, NATIVE, pte_mknonnuma(cpu, NATIVE, none)), 2);
  t.is(pte_mknonnuma(cpu, PV_NUMA, none), pfn_pte(2, P | A | D));
  t.false(pte_numa(SOFT_BIT, none), 'not where the bits differ');
});

test('Global makes a mark with a bit of its own unreadable', (t) => {
  const cpu = guest();
  const marked = pte_mknuma(cpu, SOFT_BIT, MAPPED | _PAGE_GLOBAL);
  t.false(pte_numa(SOFT_BIT, marked));
  t.true(isMapped(SOFT_BIT, marked));
  t.false(pte_special(SOFT_BIT, marked));
  t.true(pte_special({ ...SOFT_BIT, specialWith: P | _PAGE_PROTNONE }, marked));
});

test('flags are set and cleared natively or by way of the PFN', (t) => {
  const cpu = guest();
  t.is(pte_set_flags(cpu, NATIVE, pfn_pte(1, 0), P), pfn_pte(1, P));
  t.is(pte_set_flags(cpu, PV_FLAGS, pfn_pte(1, 0), P), pfn_pte(2, P));
  t.is(pte_clear_flags(cpu, NATIVE, MAPPED, P), MAPPED & ~P);
  t.is(pte_clear_flags(cpu, PV_FLAGS, MAPPED, P), pfn_pte(1, US | A | D));
});

test('pte_modify() keeps frame, A, D and SPECIAL, and nothing else', (t) => {
  const cpu = guest();
  const all = pfn_pte(2, P | US | A | D | _PAGE_GLOBAL | _PAGE_SPECIAL);
  t.is(pte_modify(cpu, NATIVE, all, _PAGE_PROTNONE | A), pfn_pte(1, A | D | _PAGE_SPECIAL | _PAGE_PROTNONE));
  t.is(pte_modify(cpu, NATIVE, pfn_pte(1, D | _PAGE_PROTNONE), P | US | A), pfn_pte(2, P | US | D));
  t.is(pfnOf(cpu, NATIVE, all), 1);
});
