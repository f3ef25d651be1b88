/** Which CPUs have the page table of a dying mm loaded in xen-pin, and how they let go of it. */
import {
  READ_ONCE,
  atomic_fetch_and,
  enter,
  kernelFunction,
  leave,
  local_irq_restore,
  local_irq_save,
  smp_call_function_many,
  type Cpu,
} from '../../lib/sdk/index.js';
import { new_guest_cr3, ptPageOf } from '../../lib/sdk/xen.js';
import { MM, PGD, type Config } from './state.js';

const F_DROP_MM_REF = kernelFunction('drop_mm_ref');

/** Own cr3 first, then that of every CPU that still refers to the mm; all of them must let go before the unpin. */
export function drop_mm_ref(cpu: Cpu, mm: number, c: Config): void {
  enter(cpu, F_DROP_MM_REF);
  if (!c.ownMm) atomic_fetch_and(cpu, mm + MM.cpu_vm_mask, ~(1 << cpu.id)); // leave_mm(); load_cr3() alone keeps the bit
  drop_cr3(cpu, mm, c);
  if (c.dropMmRef !== 'no') {
    let mask = READ_ONCE(cpu, mm + MM.cpu_vm_mask);
    if (c.dropMmRef === 'full') mask |= READ_ONCE(cpu, mm + MM.xen_current_cr3); // 9f79991d: the loaded cr3 may lag
    if ((mask & ~(1 << cpu.id)) !== 0) smp_call_function_many(cpu, mask, 0, drop_other_mm_ref, mm, true);
  }
  leave(cpu);
}

/** IPI handler. */
export function drop_other_mm_ref(cpu: Cpu, mm: number, c: Config): void {
  const bit = 1 << cpu.id;
  if ((READ_ONCE(cpu, mm + MM.cpu_vm_mask) & bit) !== 0) atomic_fetch_and(cpu, mm + MM.cpu_vm_mask, ~bit); // leave_mm()
  drop_cr3(cpu, mm, c);
}

/** As in xen_write_cr3(), interrupts are off: another CPU's drop_other_mm_ref in between would drop the root twice. */
export function drop_cr3(cpu: Cpu, mm: number, c: Config): void {
  const flags = local_irq_save(cpu);
  if ((READ_ONCE(cpu, mm + MM.xen_current_cr3) & (1 << cpu.id)) !== 0) {
    new_guest_cr3(cpu, c.domain, ptPageOf(c.domain, mm, PGD), 0, 0);
    atomic_fetch_and(cpu, mm + MM.xen_current_cr3, ~(1 << cpu.id));
  }
  local_irq_restore(cpu, flags);
}
