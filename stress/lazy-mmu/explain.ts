/** What `explain lazy-mmu` prints: the two bugs, the rules of the mail and what each is good for. Read by about.ts. */

export const EXPLAIN = `A paravirtualised guest asks the hypervisor to change its page tables. In lazy MMU mode it collects the changes in a
per-CPU queue and hands them over when it leaves the mode, or when the queue is full. The mode is a per-CPU word. Two
things can go wrong.

Bug 1: an update that is needed at once is only queued.
unmap, on CPU 0 (exit_mmap)                      new cgroup, on CPU 1 (mem_cgroup_create)
T0  account the exit: may use the vmalloc area   V1  clear a page through kmap_atomic
T1  lock the PTE lock, enter lazy mode           P1-P5  map the pages of a vmalloc area
T2  queue set_pte of each page                   V2  interrupt CPU 0 (kmap_atomic there, I1)
T3  account the page: uses the vmalloc area      V3  the area's entry in init_mm; hand the area over
    if there is one -> not in this mm -> fault   V4  wait until the interrupt has been taken
T4  fault: interrupts off
T5  set_pmd(this mm's entry) -> only queued
T6  64 bit: read it back and compare -> BUG
T7  return; the access faults again (T4)
T8  leave lazy mode;  T9 unlock

With direct paging each pass queues another set_pmd until the queue is full and issued (an interrupt that uses
kmap_atomic heals it as well). With shadow paging (VMI) the guest's own table has the entry after the first pass, so
nothing is queued again and the access faults for ever. The 64-bit handler compares and stops at once.

Bug 2: an update and its flush are made on different CPUs.
P1  enter lazy mode with preemption on, set_pte of a kernel page: queued on this CPU
P2  preempted; the task continues on another CPU
P3  paravirt_flush_lazy_mmu(): looks at the mode of that CPU: nothing to flush
P4  use the mapping: the hardware does not find it
P5  leave lazy mode: BUG_ON, the mode of that CPU is none; the next enter on the first CPU: BUG_ON, it is on

The mail proves that bug 2 cannot happen, by rules: R1 lazy mode only with preemption off; R2 flushes are needed for
kmap_atomic and the vmalloc sync alone; R3 kmap_atomic only with preemption off; R4 the vmalloc sync only with interrupts
off; A lazy mode only for user PTEs under spinlock; hence B only kernel mappings need a flush; C interrupts and faults in
it do only these two; D they cannot use the other mappings of the kernel. Each operation asserts its rules; the knob
\`broken\` breaks one, with \`checks=0\` nobody looks and the consequence shows. While the rules hold, the flush alone and
the flush with preemption off cannot be told apart, as the mail says.

"The patch is a nop": all states of both forms were searched under 459 settings (paging, preempt_at, and each rule held, broken, or broken
and checked; two CPUs, the task moves in each trial), and what can come of a trial compared. In 456 it is the same, among them all in
which the rules hold. In the other three R1 is broken, nobody looks, and the task goes in the flush itself: there the patch helps. In front
of the flush, where Rusty Russell's objection puts it, it does not.
"The PTE copy routine gets deep enough" (section=copy): copy_one_pte() counts a PTE of swap in swap_map, by swap_duplicate(), and swap_map is
from vmalloc() (both read). So that depth takes vmalloc faults in lazy mode: bug 1, which the flush repairs. A kmap() there is stranded
(R2), in front of the mode or where the routine leaves it for another task it is not (kmap_at). What else it calls was not read.

What each rule is good for, by what happens without it (checks=0):
- R1, R2, B, C, D: an update that is needed is in a queue, or the mode of a CPU is not its task's.
- R3: kmap_atomic() is "which CPU am I", then set_pte of that CPU's slot, flush, use. A task that goes elsewhere in between uses
  the slot of the CPU that it has left, where the next task maps its own page. The flush has no part in it: that is Rusty's
  objection in the mail.
- R4: the handler repairs the page table that cr3 names. A kernel thread has that of some process. With interrupts on it can be
  preempted behind read_cr3(), continues on a CPU with another one, and faults again there. (Here a worker uses the new area, V5.)
- A: asserted only. A caller that breaks A alone takes some lock, so that preemption is off, and flushes or leaves the mode before
  the mapping is used: no harm comes of it here. What A prevents is R1 and B.

The move to another CPU is real: two threads exchange the CPUs that they run. Where a task can be preempted is a place in the
code (preempt_at): between a per-CPU word that is read and what is done with it. On x86 reading such a word, or storing one, is
one instruction and no place.`;
