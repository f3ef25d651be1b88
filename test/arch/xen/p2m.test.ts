/**
 * Goal: an entry is translated where its bits say so and nowhere else; a number that the guest's table and the machine's do
 * not agree on is lost as in the kernel; the hypervisor refuses foreign frames; a restore rewrites present entries alone.
 * Method: a guest of three pages in a machine of eight frames, one CPU.
 */
import test from 'ava';
import {
  INVALID_P2M_ENTRY,
  _PAGE_GLOBAL,
  _PAGE_PROTNONE,
  get_phys_to_machine,
  isTaggedRight,
  mfn_to_pfn,
  renumberFrames,
  rewriteEntry,
  xen_make_pte,
  xen_pte_val,
  xen_set_pte,
  type FrameTables,
} from '../../../lib/arch/xen/p2m.js';
import type { Cpu } from '../../../lib/machine/cpu.js';
import { _PAGE_PRESENT, _PAGE_USER, pfn_pte } from '../../../lib/mm/pgtable.js';
import { boot, isAbandoned, snapshotOf, type Machine } from '../../machine/boot.js';

const P = _PAGE_PRESENT;
const T: FrameTables = { p2m: 0, m2p: 4, owned: 12, pfns: 3, mfns: 8, translated: P, setsGlobal: true };
const PTE = 13;

/** Page 0 has no frame, page 1 has MFN 2, page 2 has MFN 1; what is not the guest's has PFN 1 elsewhere. */
function guest(): { cpu: Cpu; machine: Machine; mem: Int32Array; at: number } {
  const machine = boot({ cpus: 1, words: 16 });
  const { mem, at } = machine;
  mem.set([INVALID_P2M_ENTRY, 2, 1], at + T.p2m);
  mem.set([1, 2, 1, 1, 1, 1, 1, 1], at + T.m2p);
  mem[at + T.owned] = 0b110;
  return { cpu: machine.cpus[0], machine, mem, at };
}

test("both tables must agree, or the frame is not the guest's", (t) => {
  const { cpu } = guest();
  t.is(get_phys_to_machine(cpu, T, 1), 2);
  t.is(get_phys_to_machine(cpu, T, 0), INVALID_P2M_ENTRY);
  t.is(get_phys_to_machine(cpu, T, 3), INVALID_P2M_ENTRY);
  t.deepEqual(
    [0, 1, 2, 3, 7, 8].map((mfn) => mfn_to_pfn(cpu, T, mfn)),
    [-1, 2, 1, -1, -1, -1],
  );
});

test('the present bit decides what is translated', (t) => {
  const { cpu } = guest();
  t.is(xen_pte_val(cpu, T, pfn_pte(2, P)), pfn_pte(1, P));
  t.is(xen_make_pte(cpu, T, pfn_pte(1, P)), pfn_pte(2, P));
  for (const entry of [0, pfn_pte(1, _PAGE_PROTNONE), pfn_pte(9, _PAGE_USER)]) {
    t.is(xen_pte_val(cpu, T, entry), entry);
    t.is(xen_make_pte(cpu, T, entry), entry);
  }
});

test('under a wider rule PROT_NONE entries are translated as well', (t) => {
  const { cpu } = guest();
  const wider = { ...T, translated: P | _PAGE_PROTNONE };
  t.is(xen_make_pte(cpu, wider, pfn_pte(1, _PAGE_PROTNONE)), pfn_pte(2, _PAGE_PROTNONE));
  t.is(xen_pte_val(cpu, wider, pfn_pte(2, _PAGE_PROTNONE)), pfn_pte(1, _PAGE_PROTNONE));
});

test('a foreign frame loses its number and its present bit, a page without a frame everything', (t) => {
  const { cpu } = guest();
  t.is(xen_pte_val(cpu, T, pfn_pte(5, P | _PAGE_USER)), _PAGE_USER);
  t.is(xen_make_pte(cpu, T, pfn_pte(0, P | _PAGE_USER)), 0);
});

test('the hypervisor makes user entries global, and looks at present ones only', (t) => {
  const { cpu, mem, at } = guest();
  const write = (t2: FrameTables, entry: number): number => {
    xen_set_pte(cpu, t2, at + PTE, entry);
    return mem[at + PTE];
  };
  t.is(write(T, pfn_pte(2, P | _PAGE_USER)), pfn_pte(2, P | _PAGE_USER | _PAGE_GLOBAL));
  t.is(write(T, pfn_pte(2, P)), pfn_pte(2, P));
  t.is(write({ ...T, setsGlobal: false }, pfn_pte(2, P | _PAGE_USER)), pfn_pte(2, P | _PAGE_USER));
  t.is(write(T, pfn_pte(6, _PAGE_USER)), pfn_pte(6, _PAGE_USER));
});

test("the hypervisor refuses a frame that is not the guest's", (t) => {
  const { cpu, machine, mem, at } = guest();
  t.true(isAbandoned(() => xen_set_pte(cpu, T, at + PTE, pfn_pte(3, P))));
  t.is(mem[at + PTE], 0);
  t.is(snapshotOf(machine, 'multicall-failed').detail[1], pfn_pte(3, P));
});

test('I15: an entry leads to its page, by an MFN if it is present and by a PFN if not', (t) => {
  const { cpu, mem, at } = guest();
  const right = (entry: number, pfn: number): boolean => isTaggedRight(cpu, T, entry, pfn);
  t.true(right(pfn_pte(2, P), 1));
  t.true(right(pfn_pte(1, _PAGE_PROTNONE), 1));
  t.true(right(0, 0));
  t.false(right(pfn_pte(1, P), 1), 'a PFN that is taken for an MFN');
  t.false(right(pfn_pte(2, _PAGE_PROTNONE), 1), 'an MFN that is taken for a PFN');
  t.false(right(pfn_pte(5, P), 1), "another domain's frame");
  t.false(right(pfn_pte(9, P), 1), 'a frame that the machine does not have');
  t.false(right(0, 1), 'a page that was dropped');
  t.false(right(pfn_pte(2, P), 0), 'an entry where there should be none');
  mem[at + T.p2m + 1] = 7;
  t.false(right(pfn_pte(2, P), 1), 'the two tables disagree');
});

test('a restore gives other frames and rewrites what is present', (t) => {
  const { cpu, mem, at } = guest();
  const to = [INVALID_P2M_ENTRY, 5, 2];
  mem[at + PTE] = pfn_pte(2, P | _PAGE_USER);
  mem[at + PTE + 1] = pfn_pte(2, _PAGE_PROTNONE);
  renumberFrames(cpu, T, to);
  rewriteEntry(cpu, at + PTE, mem[at + PTE], 1, to);
  rewriteEntry(cpu, at + PTE + 1, mem[at + PTE + 1], 1, to);
  t.is(mem[at + PTE], pfn_pte(5, P | _PAGE_USER));
  t.is(mem[at + PTE + 1], pfn_pte(2, _PAGE_PROTNONE));
  t.is(mem[at + T.owned], 0b100100);
  t.deepEqual(
    [1, 2, 5].map((mfn) => mfn_to_pfn(cpu, T, mfn)),
    [-1, 2, 1],
  );
});
