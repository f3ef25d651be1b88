/** What `explain xen-pin` prints: the paths, what the mail asked and what runs show, what rests on the hypervisor. Read by about.ts. */

export const EXPLAIN = `Xen keeps the page tables of a paravirtualised guest read-only and emulates the guest's stores to them, as long as
it knows the page as a page table ("typed"). A new table is first made read-only, page by page (F7), then pinned, which
types it (F8); both are queued and executed by one multicall (F9). Exit does it the other way round (X3, X4).

fork, on CPU 0 (dup_mmap)                        reclaim, on CPU 1 (shrink_page_list)
F3  child's VMA into the prio tree               R1  lock i_mmap_lock, find the child's VMA
F4  copy the parent's PTEs                       R2  walk its page table: is the PTE present?
F5  lock mm.page_table_lock                      R3  lock the PTE lock
F6  interrupts off                               R4  look again
F7  each page p: PG_pinned, queue lin[p] := RO   R5  A bit set? lock btr $5, (pte)
F8  queue the pin of the root                    R6  flush_tlb_page, unlock
F9  the hypervisor executes the queue
F10 unlock

exit, on CPU 0 (exit_mmap)
X1  drop_mm_ref: every CPU lets go of the root   X4  each page p: queue lin[p] := RW
X2  lock mm.page_table_lock, interrupts off      X5  the hypervisor executes the queue
X3  queue the unpin of the root                  X6 unlock; X7 unmap; X8 VMA out of the prio tree

The store of R5 goes through the linear map. If lin[p] is RO it faults into the hypervisor, which emulates it if p is a
typed L1 page and otherwise hands the fault to the guest: oops, error code 0003. That is so between F9's "lin[p] := RO"
and its pin, and between X5's unpin and its "lin[p] := RW". With split PTE locks R3 takes p's own lock, which the
pinning CPU does not hold; without them it is mm.page_table_lock, and the two exclude each other.

What the mail asks, and what the runs show:
- Pins "happen either in execve or fork": execve has the same window (path=exec), and the oops of the mail is PAE's (pae=1: *pdpt).
- "It worked before ... set_pte_at makes a hypercall which always works": not for reclaim, see below.
- "Does making the pagetables visible early cause problems for anyone else?" Not to bare hardware (hypervisor=none): a store of another CPU to
  the child's table is as good as the parent's own. It is the pinning that needs a table nobody else sees.
- Proposal 1 "is pretty blunt": it loads and stores where i386 has one instruction, so under CONFIG_PARAVIRT bare hardware loses dirty bits
  as well. Proposal 2, "raw for everyone else", does not (both: path=run, hypervisor=none).
- Proposal 3, "how much trouble this would be": not the VMA must come late, which truncate then misses, but the pin must come first. An
  empty table that is pinned before it is visible, and unpinned when it is out of sight, has no window (mail3-pin-first).
- Why the lock at all (the mail of pgd-lock, "for Xen only")? vmalloc_sync_all() finds tables by pgd_list, looks whether a page is pinned, and
  stores or asks the hypervisor. Without page_table_lock a pin comes in between (writer=vmalloc_sync, pgt_lock=0); PTE locks do not help, since
  it is no PTE page. With that lock, and flushes by IPI, it is pgd-lock. From notes: 617d34d9e5d8 and xen.git 89acd8b4 were not read.

Two things that reading the mail does not tell:
- copy_one_pte() clears the A bit of the child's PTEs, so that after a plain fork page_referenced_one() has nothing to
  store (knob accessed=mkold). accessed=hw stands for hardware that has set it. try_to_unmap() stores in any case.
- The merged fix spins on a PTE lock with interrupts off. Were the TLB flush of R6 an IPI instead of a hypercall, and
  the pinning CPU one of its targets, the two would wait for each other: variant pte-lock-ipi. That is narrow: X1 takes the
  exiting CPU out of the mask, so R6 must have read the mask before it, and the IPI must come after X2. In the bare model one
  exit in 1,300 did so; two windows make it frequent (W_BEFORE_X1, W_MASK_TO_IPI: what flush_tlb_others() waits for its lock).

What rests on the hypervisor, and on what it does not have:
- "set_pte_at() makes a hypercall, which always works" (the mail) is not so for reclaim: xen_set_pte_at() makes one for current's
  own mm and stores raw otherwise. And a store of a whole PTE, raw or by hypercall, overwrites the D bit that the hardware sets
  after the PTE was read (path=run): each such store is checked where it is made.
- "Always works" is the domain lock of 2007, which excludes a pin while an mmu_update looks at the page's type. \`biglock=0\` takes
  it away: the update is refused, or holds a reference that the pin meets. Later Xen retries (xen.git 89acd8b4, by its title and
  the notes of others: the commit was not read).
- A hypercall that clears bits does not exist: do_mmu_update() stores a whole value, with the A and D bits kept or not. With what
  there is proposal 2 is proposal 1 (mail2-mmu-update); mail2-pv-op is what the mail may have had in mind.`;
