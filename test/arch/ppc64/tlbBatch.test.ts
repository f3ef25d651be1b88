/**
 * Goal: invalidations are queued and flushed as 2.6.20 did, and as a741e679 does; the flush takes the slot from the PTE's
 * bits, compares before it clears, and invalidates translations even where it clears nothing.
 * Method: one thread; the TLB of a CPU is asked for a translation that was put there before.
 */
import test from 'ava';
import { auditUnhashed } from '../../../lib/arch/ppc64/audit.js';
import {
  HPTE_V,
  PP_RXRX,
  groupOf,
  hpteAt,
  hpte_encode_v,
  makeVpn,
  vpnOf,
  type HashTable,
} from '../../../lib/arch/ppc64/hashTable.js';
import { native_hpte_insert } from '../../../lib/arch/ppc64/hpte.js';
import { PPC_PAGE, slotBits } from '../../../lib/arch/ppc64/pte.js';
import {
  BATCH,
  PPC64_TLB_BATCH_NR,
  dropTlbBatch,
  ppc64_tlb_batch,
  readTlbBatch,
  tlbBatchActive,
  tlbBatchPending,
} from '../../../lib/arch/ppc64/batch.js';
import {
  PREEMPT_ENTER,
  PREEMPT_LEAVE,
  PREEMPT_QUEUE,
  arch_enter_lazy_mmu_mode,
  arch_leave_lazy_mmu_mode,
  flush_tlb_pending,
  hpte_need_flush,
  hpte_update,
} from '../../../lib/arch/ppc64/tlbBatch.js';
import { ppc64ContextSwitch, yieldCpu } from '../../../lib/arch/ppc64/preempt.js';
import { per_cpu_ptr } from '../../../lib/kernel/percpu.js';
import { allowPreemption, preemptHere } from '../../../lib/machine/preemption.js';
import type { Cpu } from '../../../lib/machine/cpu.js';
import { tlbFill, tlbLookup } from '../../../lib/mm/tlb.js';
import { isAbandoned, type Machine } from '../../machine/boot.js';
import { TABLE, bootTable, countOf, isValid, vOf, vpn } from './table.js';

const MM = 1;
/** Any word that names the page in a TLB. */
const KEY = 77;

/** Inserts page `i` and returns the PTE that names its slot. */
function insert(cpu: Cpu, i: number, secondary = false): number {
  const slot = native_hpte_insert(
    cpu,
    TABLE,
    groupOf(TABLE, vpn(i), secondary),
    vpn(i),
    i,
    PP_RXRX,
    secondary ? HPTE_V.SECONDARY : 0,
  );
  return PPC_PAGE.PRESENT | PPC_PAGE.HASHPTE | slotBits(slot);
}

function cache(cpu: Cpu): void {
  tlbLookup(cpu, KEY);
  tlbFill(cpu, KEY, 0x1003);
}

test('2.6.20: a batch waits for a flush, for 192 entries, or for another address space', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  const pte = insert(cpu, 0);
  hpte_update(cpu, TABLE, MM, vpn(0), pte);
  t.deepEqual(readTlbBatch(cpu.mem, cpu.percpu), [{ vpn: vpn(0), pte }]);
  t.is(countOf(cpu, 0), 1);
  hpte_update(cpu, TABLE, MM + 1, vpn(2), pte);
  t.is(countOf(cpu, 0), 0);
  t.is(tlbBatchPending(cpu), 1);
  for (let n = 1; n < PPC64_TLB_BATCH_NR - 1; n++) hpte_update(cpu, TABLE, MM + 1, vpn(2), pte);
  t.is(tlbBatchPending(cpu), PPC64_TLB_BATCH_NR - 1);
  hpte_update(cpu, TABLE, MM + 1, vpn(2), pte);
  t.is(tlbBatchPending(cpu), 0);
});

test('a741e679: outside lazy MMU mode each entry is flushed at once, inside when it is left', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  hpte_need_flush(cpu, TABLE, MM, vpn(0), insert(cpu, 0));
  t.deepEqual([tlbBatchPending(cpu), countOf(cpu, 0)], [0, 0]);
  arch_enter_lazy_mmu_mode(cpu, TABLE);
  hpte_need_flush(cpu, TABLE, MM, vpn(0), insert(cpu, 0));
  t.deepEqual([tlbBatchPending(cpu), countOf(cpu, 0)], [1, 1]);
  arch_leave_lazy_mmu_mode(cpu, TABLE);
  t.deepEqual([tlbBatchPending(cpu), countOf(cpu, 0), tlbBatchActive(cpu)], [0, 0, false]);
});

test('a batch belongs to its CPU', (t) => {
  const { cpus } = bootTable();
  hpte_update(cpus[0], TABLE, MM, vpn(0), insert(cpus[0], 0));
  flush_tlb_pending(cpus[1], TABLE);
  t.deepEqual([tlbBatchPending(cpus[0]), tlbBatchPending(cpus[1]), countOf(cpus[0], 0)], [1, 0, 1]);
  dropTlbBatch(cpus[0]);
  t.is(tlbBatchPending(cpus[0]), 0);
});

test('the flush clears entries of both groups, and every CPU loses its translations', (t) => {
  const { cpus } = bootTable(3);
  const [cpu] = cpus;
  for (const c of cpus) cache(c);
  hpte_update(cpu, TABLE, MM, vpn(0), insert(cpu, 0));
  hpte_update(cpu, TABLE, MM, vpn(1), insert(cpu, 1, true));
  flush_tlb_pending(cpu, TABLE);
  t.deepEqual([countOf(cpu, 0), countOf(cpu, 1)], [0, 0]);
  t.deepEqual(
    cpus.map((c) => tlbLookup(c, KEY)),
    [0, 0, 0],
  );
});

test('a slot that was given to another page since is left alone, and translations go all the same', (t) => {
  const { cpus } = bootTable();
  const [cpu, other] = cpus;
  const pte = insert(cpu, 0);
  const slot = groupOf(TABLE, vpn(0), false);
  cpu.mem[hpteAt(cpu, TABLE, slot)] = hpte_encode_v(makeVpn(0x99, 3)) | HPTE_V.VALID;
  cache(other);
  hpte_update(cpu, TABLE, MM, vpn(0), pte);
  flush_tlb_pending(cpu, TABLE);
  t.is(vpnOf(vOf(cpu, slot)), makeVpn(0x99, 3));
  t.is(vOf(cpu, slot) & HPTE_V.LOCK, 0);
  t.is(tlbLookup(other, KEY), 0);
});

test('tlbiel: where the CPU alone uses the address space, others keep theirs', (t) => {
  const { cpus, mem, at } = bootTable();
  const [cpu, other] = cpus;
  mem[at + TABLE.cpu_vm_mask] = 1;
  cache(cpu);
  cache(other);
  hpte_update(cpu, TABLE, MM, vpn(0), insert(cpu, 0));
  flush_tlb_pending(cpu, TABLE);
  t.deepEqual([tlbLookup(cpu, KEY), tlbLookup(other, KEY)], [0, 0x1003]);
});

test('the two broken flushes: translations stay, or the secondary group is forgotten', (t) => {
  const { cpus } = bootTable();
  const [cpu, other] = cpus;
  const noTlbie: HashTable = { ...TABLE, flushTlbie: false };
  cache(other);
  hpte_update(cpu, noTlbie, MM, vpn(0), insert(cpu, 0));
  flush_tlb_pending(cpu, noTlbie);
  t.deepEqual([countOf(cpu, 0), tlbLookup(other, KEY)], [0, 0x1003]);
  const primaryOnly: HashTable = { ...TABLE, flushSearchesPrimary: true };
  hpte_update(cpu, primaryOnly, MM, vpn(0), insert(cpu, 0));
  hpte_update(cpu, primaryOnly, MM, vpn(1), insert(cpu, 1, true));
  flush_tlb_pending(cpu, primaryOnly);
  t.deepEqual([countOf(cpu, 0), countOf(cpu, 1)], [0, 1]);
  t.true(isValid(cpu, groupOf(TABLE, vpn(1), true) + 1), 'behind page 0, which had the first slot of this group');
});

test('an entry without a PTE is reported where there must be none (I10)', (t) => {
  const { cpus } = bootTable();
  const [cpu] = cpus;
  t.notThrows(() => auditUnhashed(cpu, TABLE, vpn(0), 0));
  insert(cpu, 0);
  t.true(isAbandoned(() => auditUnhashed(cpu, TABLE, vpn(0), 0)));
});

/** A task on CPU 0 can be preempted at `place`, one on CPU 1 takes its CPU then. */
function preempt(machine: Machine, t: HashTable, flushes: boolean, place: number): void {
  const [a, b] = machine.cpus;
  const how = ppc64ContextSwitch(t, flushes);
  allowPreemption(a, how, place, 1);
  allowPreemption(b, how, 0, 0);
  a.lockstep = { boundary: () => {}, finish: () => {}, standAside: () => yieldCpu(b) };
}

const activeOf = ({ cpus: [cpu], mem }: Machine, id: number): number =>
  mem[per_cpu_ptr(cpu, ppc64_tlb_batch, id) + BATCH.active];
const pendingOf = ({ cpus: [cpu], mem }: Machine, id: number): number =>
  mem[per_cpu_ptr(cpu, ppc64_tlb_batch, id) + BATCH.index];

test('a task that nobody takes the CPU of is not switched; with the flush its batch is empty and lazy mode goes on', (t) => {
  for (const flushes of [false, true]) {
    const { cpus } = bootTable();
    const [cpu] = cpus;
    allowPreemption(cpu, ppc64ContextSwitch(TABLE, flushes), PREEMPT_LEAVE, 1);
    arch_enter_lazy_mmu_mode(cpu, TABLE);
    hpte_need_flush(cpu, TABLE, MM, vpn(0), insert(cpu, 0));
    t.notThrows(() => preemptHere(cpu, PREEMPT_LEAVE));
    t.is(tlbBatchPending(cpu), flushes ? 0 : 1);
    t.true(tlbBatchActive(cpu));
  }
});

test('preempted between the address of the batch and its use, a task enters the lazy mode of the CPU it has left', (t) => {
  for (const flushes of [false, true]) {
    const machine = bootTable();
    const [a] = machine.cpus;
    preempt(machine, TABLE, flushes, PREEMPT_ENTER);
    arch_enter_lazy_mmu_mode(a, TABLE);
    t.is(a.id, 1);
    t.deepEqual([activeOf(machine, 0), activeOf(machine, 1)], [1, 0]);
  }
});

test('preempted behind the address of the batch, a task queues on the CPU it has left, unless it is kept there', (t) => {
  for (const needFlushPins of [false, true]) {
    const machine = bootTable();
    const [a] = machine.cpus;
    const table = { ...TABLE, needFlushPins };
    const pte = insert(a, 0);
    arch_enter_lazy_mmu_mode(a, TABLE);
    preempt(machine, table, false, PREEMPT_QUEUE);
    hpte_need_flush(a, table, MM, vpn(0), pte);
    t.is(a.id, needFlushPins ? 0 : 1);
    t.deepEqual([pendingOf(machine, 0), pendingOf(machine, 1)], [1, 0]);
  }
});

test('preempted behind the address of the batch, a task leaves the lazy mode that it has left already, and not its own', (t) => {
  const machine = bootTable();
  const [a] = machine.cpus;
  arch_enter_lazy_mmu_mode(a, TABLE);
  hpte_need_flush(a, TABLE, MM, vpn(0), insert(a, 0));
  preempt(machine, TABLE, true, PREEMPT_LEAVE);
  arch_leave_lazy_mmu_mode(a, TABLE);
  t.is(a.id, 1);
  t.deepEqual([pendingOf(machine, 0), pendingOf(machine, 1), countOf(a, 0)], [0, 0, 0], 'the switch has flushed');
  t.deepEqual([activeOf(machine, 0), activeOf(machine, 1)], [0, 1]);
});

test('a task that goes with its batch pending is reported (I6); with the flush it takes lazy mode along', (t) => {
  for (const flushes of [false, true]) {
    const machine = bootTable();
    const [a] = machine.cpus;
    arch_enter_lazy_mmu_mode(a, TABLE);
    hpte_need_flush(a, TABLE, MM, vpn(0), insert(a, 0));
    preempt(machine, TABLE, flushes, PREEMPT_LEAVE);
    t.is(
      isAbandoned(() => preemptHere(a, PREEMPT_LEAVE)),
      !flushes,
    );
    t.is(a.id, 1);
    t.deepEqual([pendingOf(machine, 0), activeOf(machine, 1)], flushes ? [0, 1] : [1, 0]);
  }
});
