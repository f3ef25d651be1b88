/** What `explain hash-batch` prints: the paths, who looks when, what the mail asked and what runs show. Read by about.ts. */

export const EXPLAIN = `A ppc64 processor translates through a hash table of groups of eight slots. It is a cache of the Linux page
table: the PTE's HASHPTE bit says that an entry may exist, its slot bits say where. An entry is inserted without a search
for one of the same page, and two of them must never be: the processor may use either, or stop with a machine check.

unmap, on CPU 0 (unmap_mapping_range)            a thread, on CPU 1 (copy_tofrom_user)
Z1  lock the PTE lock                            A1  store to the page: its entry is valid but read-only
Z2  PTE := 0, once it is not BUSY                A2  hash_page: the PTE is none -> do_page_fault
Z3  it had HASHPTE: queue (page, PTE)            A3  lock the PTE lock; a new page, a PTE without HASHPTE
Z4  the rest of the PTE page                     A4  hash_preload: insert, into any free slot
Z5  unlock                                       A5  unlock, store again: the processor searches 8 + 8 slots
Z6  other PTE pages
Z7  tlb_finish_mmu: flush the queue: slot by the PTE's bits, compare, v := 0, then tlbie

The old entry has no PTE from Z2 on. While the PTE lock is held no fault can set another; from Z5 to Z7 one can, and A4
makes the second entry. Z7 removes the old one: what is wrong is wrong for a moment. With the fix the queue is empty
whenever a PTE lock is dropped.

mprotect, on CPU 0 (op=mprotect)                 a thread, on CPU 1
M1  lock the PTE lock, enter lazy MMU mode       A1  store to the page: its entry is valid but read-only
M2  PTE := 0                                     A2  hash_page, without the PTE lock: the new PTE allows the store
M3  it had HASHPTE: queue (page, PTE)                and has no HASHPTE -> insert, into any free slot
M4  set_pte_at: the new PTE, without HASHPTE     A5  store again: the processor searches 8 + 8 slots
M5  the rest of the PTE page
M6  leave lazy MMU mode, which flushes; unlock   M7  flush_tlb_range: nothing to do since the merged fix

This is what the mail still had to check, "other similar scenarios with other code path". A PTE that is changed in place is
present from M4 on, and only do_page_fault() takes the PTE lock: hash_page() does not. So neither the quick fix nor the
merged one helps: both flush at M5 or M6, behind M4. A flush between M3 and M4 does (variant flush-before-set). A fault in
front of M4 waits for mmap_sem, or is a SIGSEGV; the store that races is one whose hash_page() comes between M4 and M6.
Caveat: this comes from reading sources and from this simulation. It has not been seen on hardware, and no mail about it was found.
Read: set_pte_at, pte_update and ptep_get_and_clear of include/asm-powerpc/pgtable-ppc64.h @016b33c49586; hpte_need_flush
of arch/powerpc/mm/tlb_64.c @0679c2f47d50; change_pte_range of 2.6.2x and of mm/mprotect.c @003fde4492c8;
arch_enter_lazy_mmu_mode of tlbflush-hash.h @05909cd9a0c8; __hash_page_4K of hash_4k.c @0d8eae7b124e;
set_pte_filter_hash; ptep_modify_prot_start and _commit of book3s64 in the patch that added them (2018). Not read: a741e679
as a whole, the 64K page code, and what a hypervisor's hash table does with a second entry.

the kernel's own range, on CPU 0 (op=kernel)     a thread, on CPU 1
K1  enter lazy MMU mode: address of this CPU's   A1  store to a page that another process shares
    batch, then batch.active := 1                A3  do_wp_page: ptep_clear_flush(), then a PTE of the copy.
K2  pte_clear: PTE := 0                              The flush is queued if batch.active is set: as in mprotect
K3  queue it, as batch.active says               A4  hash_preload: insert
K4  the rest of the PTE page
K5  leave: address of this CPU's batch; flush it, batch.active := 0

Since 2.6.39 apply_to_pte_range() enters lazy MMU mode for init_mm, without a lock: the task can be preempted in it, and
continues on another CPU. What it has queued stays behind (I6). d6bf29b44ddf flushes at a context switch, and the mode goes
with the task. That does not help a task which is preempted between the address of its batch and the use of it (K1, K5):
it sets the mode of a CPU that it has left, whose next task queues what it should flush. b9ef323ea168 disables preemption
in front of the address. \`preempt_at\` chooses the place; by default one is drawn for each trial. That K1 and K5 are what
d6bf29b44ddf leaves open is analysis: no source that was read names the place.

Who looks when: an auditor counts the valid entries of each page in one atomic word, at every insert (I9); a duplicate that
is gone before the processor meets it is counted as duplicate-hpte. One that a walk meets ends as on_duplicate says.

What the mail asks, and what the runs show:
- "Other similar scenarios with other code path": mprotect(), as above. mremap() (op=mremap) takes the PTE out, flushes, and sets it at an
  address of which nobody has an entry; fork() (op=fork) leaves HASHPTE and the slot in the PTE that it write-protects, so hash_page()
  finds the entry or its absence; reclaim (op=rmap) is in no lazy MMU mode, and flushes where it clears. All three hold in every variant,
  and fail where the flush leaves translations or entries behind. Read: move_ptes of 2.6.20-rc6 and of a later patch (lazy MMU mode around
  the loop, both locks held), ptep_set_wrprotect before and after a741e679.
- "I -think- sparc64's hash management is immune": to duplicates, yes (mmu=tsb): its TSB has one slot for a page, so an insert replaces the
  older entry. Not to staleness: between Z5 and Z7 a store through the old translation faults again and again, since the TLB is filled
  from the TSB on a miss alone and the protection trap loads nothing; and a page that is freed with the lock is still reached. sparc64 took
  the same hook over later. Read: dtlb_prot.S @04d9765bd22e, tlb.c @03d22f936420 ("heavily inspired by the ppc64 code"), update_mmu_cache,
  set_pte_at. The order of tag lock, PTE load and flush of a slot is from memory: tsb.S was not read.
- "Software loaded TLBs": it depends on who looks. update_mmu_cache() that writes into a free entry because there was no PTE (mmu=blind)
  makes two entries of a page, and some processors stop; one that looks for an entry first (probe, as MIPS does: tlb_probe in
  __update_tlb, read), or takes it out (demap), does not. The mail's fix repairs the blind one as well: once the PTE lock is free, a PTE that
  is none has no translation. mprotect() harms none of them: the fault that changes an entry has found it.
- "We used to be safe thanks to the PTL": yes (ptl-over-gather). Until 2.6.14 zap_page_range() held page_table_lock from tlb_gather_mmu()
  to tlb_finish_mmu(), and H. Dickins's patches of October 2005 put the latter behind the unlock (both read). It did not help mprotect():
  hash_page() never took that lock.
- "A performance issue in other areas?" Flushes for 1,000 hashed PTEs, as the model counts them (test/stress/hash-batch.cost.test.ts). Each
  takes the lock of tlbie and waits for all CPUs; in it one tlbie is issued for each PTE, whatever the variant:

                            2.6.20   quick fix      merged
  512 of a PTE page              6           6           6
  64 of a PTE page               6          16          16
  8 of a PTE page                6         125         125
  1 of a PTE page                6        1000        1000
  ptep_clear_flush()          1000        1000        1000
  A or D bit cleared             6           6        1000

  So dense ranges cost nothing, sparse ones a flush for each PTE page, and paths outside of lazy MMU mode that clear bits without a flush
  of their own pay for each PTE.

Two things that reading the mail does not tell:
- An entry with full rights (rights=rw) needs no fault: the access just goes to the old page (I17). In Linux that page has
  not been freed: tlb_flush() flushes the batch before the gather lets its pages go. page_free=unlock stands for a page
  whose owner takes the dropped PTE lock for the end of its use. With op=mprotect it is a right that is taken away.
- A machine check in user mode is a SIGBUS for the process. The oops needs an access by the kernel, here read() or write().`;
