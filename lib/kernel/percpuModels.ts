/*
 * The per-CPU variables of the package's own models, with their words. A process may have loaded several races, and its threads
 * one each: the map of a machine must not depend on which. Read by percpu.ts.
 */

export const MODEL_WORDS: Readonly<Record<string, number>> = Object.freeze({
  cpu_pcid_tlb: 84,
  cpu_tlb: 64,
  cr3: 1,
  duplicate_seen: 36,
  kmap_pte: 4,
  mc_buffer: 163,
  mmu_queue: 194,
  paravirt_lazy_mode: 1,
  ppc64_tlb_batch: 387,
  taken_dirty: 4,
  task_struct: 2,
});
