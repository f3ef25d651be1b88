/**
 * Faults on vmalloc memory, and the context switch of the tasks that take them. Called on a CPU's thread by the race
 * lazy-mmu.
 */

import { READ_ONCE, checkWord } from '../../machine/access.js';
import { enter, kernelFunction, leave, step } from '../../machine/callStack.js';
import type { ContextSwitch, Cpu } from '../../machine/cpu.js';
import { preemptHere } from '../../machine/preemption.js';
import { die, fail } from '../../machine/outcome.js';
import { BUG } from '../../kernel/bug.js';
import { irqs_disabled, local_irq_enable, local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { DEFINE_PER_CPU, this_cpu_read, this_cpu_write } from '../../kernel/percpu.js';
import { _PAGE_PRESENT } from '../../mm/pgtable.js';
import {
  lazy_mmu_mode_pause,
  lazy_mmu_mode_resume,
  paravirt_end_context_switch,
  paravirt_flush_lazy_mmu,
  paravirt_start_context_switch,
  type LazyMode,
} from './lazyMode.js';
import { UPDATE_STRANDED, hardwareEntry, set_pte } from './mapping.js';
import { queueLength } from './mmuQueue.js';
import { assertRule } from './rules.js';

/** Steps of a fault, as the race numbers them: the trap, the update, the comparison, the return. */
export interface FaultSteps {
  readonly trap: number;
  readonly sync: number;
  readonly compare: number;
  readonly iret: number;
}

/** How a vmalloc fault is handled. */
export interface VmallocSync extends LazyMode {
  /** The 64-bit handler reads the entry back and compares it with the reference. */
  readonly compares: boolean;
  /** [fix] The queue is flushed behind set_pmd() or set_pgd(). */
  readonly flushAfterSync: boolean;
  /** Breaks rule R4: the handler enables interrupts before it repairs the fault. */
  readonly faultEnablesIrqs: boolean;
  readonly steps: FaultSteps;
}

/** Signature of a fault that came back although it had been handled, and was repaired at last. */
export const VMALLOC_REFAULT = 'vmalloc-refault';
/** Signature of a fault that comes back for ever. */
export const VMALLOC_LIVELOCK = 'vmalloc-livelock';
/** Signature of a 64-bit handler that does not find the entry that it has just set. */
export const BUG_VMALLOC_FAULT = 'bug-vmalloc-fault';
/** Faults of one access from which on it is called a livelock: the longest bounded queue, 32, is issued before that. */
export const FAULTS_MAX = 34;

const F_DO_PAGE_FAULT = kernelFunction('do_page_fault');
const F_VMALLOC_FAULT = kernelFunction('vmalloc_fault');

/** Place behind the address of the loaded page table, in front of its use. */
export const PREEMPT_FAULT = 7;

/** The page table that a CPU walks: the word of its entry above the vmalloc area. A register: nobody else's instruction reads it. */
const cr3 = DEFINE_PER_CPU('cr3', 1);

/**
 * @kernel load_cr3, include/asm-i386/mmu_context.h. Differs: takes the word of the entry above the vmalloc area.
 */
export function load_cr3(cpu: Cpu, pmd: number): void {
  this_cpu_write(cpu, cr3, 0, pmd);
}

/**
 * @kernel read_cr3, include/asm-i386/system.h
 */
export function read_cr3(cpu: Cpu): number {
  return this_cpu_read(cpu, cr3, 0);
}

/**
 * Returns the context switch of a task. `pmd` is the offset of its own address space's entry in the instance; -1 for a
 * kernel thread, which keeps whatever page table the CPU has loaded.
 */
export function paravirtContextSwitch(pv: LazyMode, pmd: number): ContextSwitch {
  return Object.freeze({
    out: (cpu: Cpu): number => {
      const flags = local_irq_save(cpu);
      const wasLazy = pv.taskFlag && paravirt_start_context_switch(cpu, pv);
      local_irq_restore(cpu, flags);
      return wasLazy ? 1 : 0;
    },
    into: (cpu: Cpu, wasLazy: number): void => {
      const flags = local_irq_save(cpu);
      if (pmd >= 0) load_cr3(cpu, cpu.instance + pmd); // switch_mm()
      paravirt_end_context_switch(cpu, pv, wasLazy !== 0);
      local_irq_restore(cpu, flags);
    },
  });
}

/**
 * Uses a page of vmalloc memory in the address space that is loaded. `init_pmd` is the reference entry of init_mm above the
 * page, `pte` the entry of the page, which all address spaces share. A missing entry of the loaded one faults, and the
 * instruction is executed again. One fault is as it should be; more are reported (I7).
 */
export function useVmalloc(cpu: Cpu, pv: VmallocSync, init_pmd: number, pte: number): void {
  if ((init_pmd | 0) !== init_pmd) checkWord('useVmalloc: init_pmd', init_pmd);
  let faults = 0;
  while ((READ_ONCE(cpu, hardwareEntry(pv, read_cr3(cpu))) & _PAGE_PRESENT) === 0) {
    if (faults++ === FAULTS_MAX)
      die(cpu, VMALLOC_LIVELOCK, 'I7: the same access faults for ever', read_cr3(cpu), faults, queueLength(cpu));
    do_page_fault(cpu, pv, init_pmd);
  }
  const found = READ_ONCE(cpu, hardwareEntry(pv, pte));
  if ((found & _PAGE_PRESENT) === 0)
    die(cpu, UPDATE_STRANDED, 'I7: a hardware walk does not find a page that vmalloc has mapped', pte, 0, found);
  if (faults > 1)
    fail(
      cpu,
      VMALLOC_REFAULT,
      'I7: the access faulted again after its fault had been handled',
      read_cr3(cpu),
      faults,
      queueLength(cpu),
    );
}

/**
 * Handles a fault on a kernel address with no bit of the error code set that would make it anything but a vmalloc
 * fault. The interrupt gate has turned interrupts off.
 *
 * @kernel do_page_fault, arch/i386/mm/fault.c. Differs: vmalloc faults alone.
 */
function do_page_fault(cpu: Cpu, pv: VmallocSync, init_pmd: number): void {
  const flags = local_irq_save(cpu);
  enter(cpu, F_DO_PAGE_FAULT);
  step(cpu, pv.steps.trap);
  if (pv.faultEnablesIrqs) local_irq_enable(cpu); // breaks R4
  vmalloc_fault(cpu, pv, init_pmd);
  step(cpu, pv.steps.iret);
  leave(cpu);
  local_irq_restore(cpu, flags);
}

/**
 * Copies the reference entry into the address space's own: the one that is loaded, whatever task it belongs to.
 *
 * @kernel vmalloc_fault and vmalloc_sync_one, arch/i386/mm/fault.c; the comparison as in arch/x86/mm/fault.c, 64 bit
 */
function vmalloc_fault(cpu: Cpu, pv: VmallocSync, init_pmd: number): void {
  enter(cpu, F_VMALLOC_FAULT);
  const pmd = read_cr3(cpu);
  assertRule(cpu, pv.checks, 'R4', irqs_disabled(cpu), pmd);
  preemptHere(cpu, PREEMPT_FAULT);
  step(cpu, pv.steps.sync);
  const pmd_k = READ_ONCE(cpu, init_pmd);
  if ((READ_ONCE(cpu, pmd) & _PAGE_PRESENT) === 0) {
    if (pv.taskCount) lazy_mmu_mode_pause(cpu, pv); // [fix task-count +]
    set_pte(cpu, pv, pmd, pmd_k);
    if (pv.taskCount) lazy_mmu_mode_resume(cpu, pv); // [fix task-count +]
    else if (pv.flushAfterSync) paravirt_flush_lazy_mmu(cpu, pv); // [fix flush +]
  }
  if (pv.compares) {
    step(cpu, pv.steps.compare);
    const found = READ_ONCE(cpu, pmd);
    if (found !== pmd_k)
      BUG(cpu, BUG_VMALLOC_FAULT, 'BUG_ON(entry != reference entry) in vmalloc_fault', pmd, pmd_k, found, init_pmd);
  }
  leave(cpu);
}
