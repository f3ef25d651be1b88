import { READ_ONCE } from '../../machine/access.js';
import { enter, kernelFunction, leave, step } from '../../machine/callStack.js';
import type { Cpu } from '../../machine/cpu.js';
import { die, fail } from '../../machine/verdict.js';
import { BUG } from '../../kernel/bug.js';
import { irqs_disabled, local_irq_enable, local_irq_restore, local_irq_save } from '../../kernel/irqflags.js';
import { _PAGE_PRESENT } from '../../mm/pgtable.js';
import { paravirt_flush_lazy_mmu, lazy_mmu_mode_pause, lazy_mmu_mode_resume, type LazyMode } from './lazyMode.js';
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

/**
 * Uses a page of vmalloc memory in the address space that is loaded. `pmd` is the entry of that address space above the
 * page, `init_pmd` the reference entry of init_mm, `pte` the entry of the page, which all address spaces share. A missing
 * pmd faults, and the instruction is executed again. One fault is as it should be; more are reported (I7).
 */
export function useVmalloc(cpu: Cpu, pv: VmallocSync, pmd: number, init_pmd: number, pte: number): void {
  let faults = 0;
  while ((READ_ONCE(cpu, hardwareEntry(pv, pmd)) & _PAGE_PRESENT) === 0) {
    if (faults++ === FAULTS_MAX)
      die(cpu, VMALLOC_LIVELOCK, 'I7: the same access faults for ever', pmd, faults, queueLength(cpu));
    do_page_fault(cpu, pv, pmd, init_pmd);
  }
  const found = READ_ONCE(cpu, hardwareEntry(pv, pte));
  if ((found & _PAGE_PRESENT) === 0)
    die(cpu, UPDATE_STRANDED, 'I7: a hardware walk does not find a page that vmalloc has mapped', pte, 0, found);
  if (faults > 1)
    fail(
      cpu,
      VMALLOC_REFAULT,
      'I7: the access faulted again after its fault had been handled',
      pmd,
      faults,
      queueLength(cpu),
    );
}

/**
 * A fault on a kernel address with no bit of the error code set that would make it anything but a vmalloc fault.
 * The interrupt gate has turned interrupts off.
 *
 * @kernel do_page_fault, arch/i386/mm/fault.c. Differs: vmalloc faults alone.
 */
function do_page_fault(cpu: Cpu, pv: VmallocSync, pmd: number, init_pmd: number): void {
  const flags = local_irq_save(cpu);
  enter(cpu, F_DO_PAGE_FAULT);
  step(cpu, pv.steps.trap);
  if (pv.faultEnablesIrqs) local_irq_enable(cpu); // breaks R4
  vmalloc_fault(cpu, pv, pmd, init_pmd);
  step(cpu, pv.steps.iret);
  leave(cpu);
  local_irq_restore(cpu, flags);
}

/**
 * Copies the reference entry into the address space's own.
 *
 * @kernel vmalloc_fault and vmalloc_sync_one, arch/i386/mm/fault.c; the comparison as in arch/x86/mm/fault.c, 64 bit
 */
function vmalloc_fault(cpu: Cpu, pv: VmallocSync, pmd: number, init_pmd: number): void {
  enter(cpu, F_VMALLOC_FAULT);
  assertRule(cpu, pv.checks, 'R4', irqs_disabled(cpu), pmd);
  step(cpu, pv.steps.sync);
  const pmd_k = READ_ONCE(cpu, init_pmd);
  if ((READ_ONCE(cpu, pmd) & _PAGE_PRESENT) === 0) {
    if (pv.taskCount) lazy_mmu_mode_pause(cpu, pv); // [fix task-count +]
    set_pte(cpu, pv, pmd, pmd_k);
    if (pv.taskCount)
      lazy_mmu_mode_resume(cpu, pv); // [fix task-count +]
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
